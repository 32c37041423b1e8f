"""What the scripts in Python share: tests whose docstrings are their sentences."""
import sys
import time


class Wrong(Exception):
    pass


any_bad = False


def test(function):
    """Runs the test and prints its line: its docstring is the sentence."""
    global any_bad
    started = time.monotonic()
    problem = None
    try:
        function()
    except Exception as error:  # noqa: BLE001: a test that breaks has failed
        problem = "%s: %s" % (type(error).__name__, error)
    print("%s %s (%.1f s)" % ("not ok" if problem else "ok", function.__doc__, time.monotonic() - started))
    if problem:
        any_bad = True
        print(problem[:2000])
    sys.stdout.flush()
    return function


def check(condition, what):
    if not condition:
        raise Wrong(what)
