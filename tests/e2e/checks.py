"""What the scripts in Python share: tests whose docstrings are their sentences."""
import sys
import time


class Wrong(Exception):
    pass


any_bad = False
given_up = False  # a test that the rest needs has failed


def test(function):
    """Runs the test and prints its line: its docstring is the sentence. What follows a failed test that is `needed` is not run."""
    global any_bad, given_up
    if given_up:
        return function
    started = time.monotonic()
    problem = None
    try:
        function()
    except Exception as error:  # noqa: BLE001: a test that breaks has failed
        problem = "%s: %s" % (type(error).__name__, error)
    print("%s %s (%.1f s)" % ("not ok" if problem else "ok", function.__doc__, time.monotonic() - started))
    if problem:
        any_bad = True
        given_up = getattr(function, "needed", False)
        print(problem[:2000])
    sys.stdout.flush()
    return function


def needed(function):
    """The tests behind this one make no sense without it."""
    function.needed = True
    return function


def check(condition, what):
    if not condition:
        raise Wrong(what)
