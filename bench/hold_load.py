#!/usr/bin/python3
"""Finds the highest rate of calls at which none fails, holds four fifths of it,
and says what failed and what the memory did. Each call has two legs through
Dial() and lasts a second.

    bench/hold_load.py [SECONDS]          ten minutes by default
"""

import collections
import os
import re
import shutil
import sys
import tempfile
import time

from load import Sipp, callee, caller, cpu_us, rss_kib, start, tap

HOLD_MS = 1000
FIRST_RATE, STEP, STEP_SECONDS = 100, 1.3, 5
LATEST = 1.25  # times what a run should take; slower, and the rate was not reached
SETTLED = 40   # seconds until transactions of 32 s have come and gone


class Run:
    """So many calls at a rate, both sides by SIPp."""

    def __init__(self, folder, calls, rate):
        self.rate = rate
        self.should_take = calls / rate + HOLD_MS / 1000
        limit = int(self.should_take * 2) + 60
        self.begun = time.monotonic()
        self.called = Sipp(folder, callee(), 5080, "127.0.0.6", calls=calls,
                           trace=False, timeout=limit)
        time.sleep(0.5)
        self.calling = Sipp(folder, caller(HOLD_MS), 5090, "127.0.0.5",
                            calls=calls, trace=False, timeout=limit,
                            extra=["-r", str(rate), "-l", str(10 * rate)])

    def is_on(self):
        return self.calling.process.poll() is None

    def end(self):
        """Whether every call succeeded, at that rate."""
        self.calling.process.wait()
        in_time = time.monotonic() - self.begun < self.should_take * LATEST + 2
        self.called.stop()
        return self.calling.process.returncode == 0 and in_time

    def count(self, kind):
        """SIPp's own count, from the last screen that it wrote."""
        found = re.findall(r"%s call\s*\|\s*\d+\s*\|\s*(\d+)" % kind,
                           self.calling.read(".log"))
        return int(found[-1]) if found else -1

    def reasons(self):
        """What came instead of what was due, and how often: for each call
        that failed at the caller's side."""
        came = re.findall(r"received '(SIP/2\.0 \d+ [^\r\n]*|[A-Z]+)",
                          self.calling.read(".err"))
        return ", ".join("%d x %s" % (n, what) for what, n in
                         collections.Counter(came).most_common(5))


def highest_rate(folder, daemon):
    rate, best = FIRST_RATE, 0
    while True:
        run = Run(folder, rate * STEP_SECONDS, rate)
        ok = run.end()
        print("%6d calls/s: %s" % (rate, "none failed" if ok else
                                   "%d failed, or late %s" % (
                                       run.count("Failed"), run.reasons())))
        sys.stdout.flush()
        daemon.wait_idle(60)
        if not ok:
            return best
        rate, best = int(rate * STEP), rate


def hold(folder, daemon, rate, seconds):
    run = Run(folder, rate * seconds, rate)
    cpu, settled = cpu_us(daemon), None
    while run.is_on():
        time.sleep(0.5)
        if settled is None and time.monotonic() - run.begun > min(SETTLED, seconds / 2):
            settled = rss_kib(daemon)
        if run.is_on():
            last = rss_kib(daemon)
    used = cpu_us(daemon) - cpu
    run.end()
    calls = run.count("Successful")
    print("calls: %d succeeded, %d failed %s" % (calls, run.count("Failed"),
                                                 run.reasons()))
    print("memory under load: %d KiB at first, %d KiB at the end" % (settled, last))
    print("CPU: %.0f us a call" % (used / max(calls, 1)))
    daemon.wait_idle(60)
    return run.calling.process.returncode == 0


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    tap.enter_namespace()
    folder = tempfile.mkdtemp(prefix="ringdown-load-")
    try:
        daemon = start(folder, "load", 10)
        before = rss_kib(daemon)
        best = highest_rate(folder, daemon)
        if not best:
            sys.exit("not even %d calls/s" % FIRST_RATE)
        rate = best * 4 // 5
        print("highest rate without a failure: %d calls/s; holding %d for %d s"
              % (best, rate, seconds))
        sys.stdout.flush()
        ok = hold(folder, daemon, rate, seconds)
        print("memory idle: %d KiB before all, %d KiB after" % (before, rss_kib(daemon)))
        daemon.stop()
        sys.exit(0 if ok else 1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
