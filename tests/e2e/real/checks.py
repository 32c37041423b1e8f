"""Sentences that hold or not, printed as the other end-to-end tests do."""
import contextlib
import time
import traceback


class Checks:
    def __init__(self, name):
        self.name, self.passed, self.failed = name, 0, 0

    @contextlib.contextmanager
    def __call__(self, sentence):
        started = time.monotonic()
        try:
            yield
        except Exception:  # noqa: BLE001: the next sentence is tried anyway
            self.failed += 1
            print("not ok %s: %s" % (self.name, sentence))
            print("    " + traceback.format_exc().strip().replace("\n", "\n    "), flush=True)
        else:
            self.passed += 1
            print("ok %s: %s (%.1f s)" % (self.name, sentence, time.monotonic() - started), flush=True)
