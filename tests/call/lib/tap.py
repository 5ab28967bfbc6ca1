"""Runs a file's tests in a network namespace of its own and prints TAP. A test that fails
is played twice more, for phones and their sound are as late as the machine is busy, and has
to pass both times; never where the daemon crashed, hung or a sanitizer spoke, nor with
RD_ONCE in the environment (docs/decisions/0027)."""

import os
import re
import sys
import traceback
import unittest

from .daemon import FAULT

MARK = "RD_CALL_NAMESPACE"
FATAL = re.compile(FAULT.pattern + "|ringdown (ended with|did not stop)")


def enter_namespace():
    """Start over with a loopback interface that nobody else sees."""
    if os.environ.get(MARK):
        return
    unshare = ["unshare", "-n"] if os.getuid() == 0 else ["unshare", "-rn"]
    os.environ[MARK] = "1"
    os.execvp("unshare", unshare + [
        "sh", "-c", 'ip link set lo up && exec "$0" "$@"',
        "/usr/bin/python3", *sys.argv])


class Trouble(unittest.TestResult):
    """What was wrong with one test, as text."""

    def __init__(self):
        super().__init__()
        self.text = ""

    def addError(self, test, err):
        self.text += "".join(traceback.format_exception(*err))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err:
            self.text += str(subtest) + "\n"
            self.addError(test, err)


def played(test):
    """What was wrong with it, "" when nothing was."""
    trouble = Trouble()
    test.run(trouble)
    return trouble.text


def say(number, test, trouble, remark=""):
    """One line, its title the method's name as a sentence, and what was wrong."""
    title = test.id().split(".")[-1].replace("test_", "").replace("_", " ")
    print("%s %d - %s" % ("not ok" if trouble and not remark else "ok", number, title + remark))
    for line in trouble.splitlines():
        print("# " + line)
    sys.stdout.flush()


def twice_more(test):
    name = test.id().split(".")[-1]
    return played(type(test)(name)) or played(type(test)(name))


def passes(number, test):
    trouble = played(test)
    late = trouble and not FATAL.search(trouble) and not os.environ.get("RD_ONCE")
    again = twice_more(test) if late else trouble
    if late and not again:
        say(number, test, trouble, " (played again)")
    else:
        say(number, test, again)
    return not again


def main():
    """The main program of a test file; arguments choose tests by name."""
    enter_namespace()
    wanted = [a for a in sys.argv[1:] if not a.startswith("-")]
    suite = unittest.defaultTestLoader.loadTestsFromModule(
        sys.modules["__main__"])
    tests = [t for group in suite for t in group
             if not wanted or any(w in t.id() for w in wanted)]
    print("1..%d" % len(tests))
    good = [passes(number, test) for number, test in enumerate(tests, 1)]
    sys.exit(0 if good and all(good) else 1)
