"""Runs a file's tests in a network namespace of its own and prints TAP."""

import os
import sys
import traceback
import unittest

MARK = "RD_CALL_NAMESPACE"


def enter_namespace():
    """Start over with a loopback interface that nobody else sees."""
    if os.environ.get(MARK):
        return
    unshare = ["unshare", "-n"] if os.getuid() == 0 else ["unshare", "-rn"]
    os.environ[MARK] = "1"
    os.execvp("unshare", unshare + [
        "sh", "-c", 'ip link set lo up && exec "$0" "$@"',
        "/usr/bin/python3", *sys.argv])


class Tap(unittest.TestResult):
    """One line per test, its title the method's name as a sentence."""

    def __init__(self):
        super().__init__()
        self.number = 0
        self.bad = False

    def startTest(self, test):
        super().startTest(test)
        self.number += 1
        self.trouble = []

    def stopTest(self, test):
        title = test.id().split(".")[-1].replace("test_", "").replace("_", " ")
        self.bad = self.bad or bool(self.trouble)
        print("%s %d - %s" % ("not ok" if self.trouble else "ok",
                              self.number, title))
        for line in "".join(self.trouble).splitlines():
            print("# " + line)
        sys.stdout.flush()
        super().stopTest(test)

    def addError(self, test, err):
        self.trouble.append("".join(traceback.format_exception(*err)))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err:
            self.trouble.append(str(subtest) + "\n")
            self.addError(test, err)


def main():
    """The main program of a test file; arguments choose tests by name."""
    enter_namespace()
    wanted = [a for a in sys.argv[1:] if not a.startswith("-")]
    suite = unittest.defaultTestLoader.loadTestsFromModule(
        sys.modules["__main__"])
    tests = [t for group in suite for t in group
             if not wanted or any(w in t.id() for w in wanted)]
    result = Tap()
    print("1..%d" % len(tests))
    for test in tests:
        test.run(result)
    sys.exit(1 if result.bad or not tests else 0)
