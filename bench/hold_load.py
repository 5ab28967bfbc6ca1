#!/usr/bin/python3
"""Finds the highest rate of calls at which none fails, holds four fifths of it,
and says what failed and why, and what memory and CPU did meanwhile. Each call has
two legs through Dial() and lasts a second.

    bench/hold_load.py [SECONDS]          ten minutes by default
    RATE=n: hold this rate, without a search
"""

import collections
import os
import shutil
import sys
import tempfile
import time

from load import (Counted, Sipp, callee, caller, complaints, cpu_us, rss_kib, say,
                  start, tap)

HOLD_MS = 1000
FIRST_RATE, STEP, STEP_SECONDS = 100, 1.25, 8
TRIES = 3      # of a rate: one failure may be a moment of the machine's
LATEST = 1.25  # times what a run should take; slower, and the rate was not reached
REPORT_S = 30
SETTLED_S = 40 # transactions of 32 s have come and gone; then memory should be flat
GROWTH = 1.10  # that memory may take from then to the end
REST_S = 75    # after which what the load took should have been given back
BUFFER = 1 << 20 # of SIPp's sockets: a burst is not to be lost in them

def udp_drops():
    """Datagrams that found a full buffer, the daemon's or SIPp's."""
    with open("/proc/net/snmp") as f:
        head, values = [line.split()[1:] for line in f if line.startswith("Udp:")]
    return int(values[head.index("RcvbufErrors")])


class Run:
    """So many calls at a rate, both sides by SIPp."""

    def __init__(self, folder, rate, seconds):
        self.calls, self.seconds = rate * seconds, seconds
        limit = int(seconds * 2) + 60
        buffers = ["-buff_size", str(BUFFER)]
        self.called = Sipp(folder, callee(), 5080, "127.0.0.6", calls=self.calls,
                           trace=False, timeout=limit, extra=buffers)
        time.sleep(0.5)
        self.begun = time.monotonic()
        self.calling = Counted(folder, caller(HOLD_MS), 5090, calls=self.calls,
                               timeout=limit,
                               extra=[*buffers, "-r", str(rate), "-l", str(10 * rate)])

    def is_on(self):
        return self.calling.process.poll() is None

    def age(self):
        return time.monotonic() - self.begun

    def finish(self):
        """Whether every call succeeded, in time."""
        self.calling.process.wait()
        self.took = self.age()
        self.called.stop()
        return self.calling.process.returncode == 0 and self.is_in_time()

    def is_in_time(self):
        return self.took < (self.seconds + HOLD_MS / 1000) * LATEST + 2

    def counts(self):
        return self.calling.counts()

    def reasons(self):
        """Why calls failed, and how often, as either side has it."""
        found = collections.Counter()
        for side, sipp in ("caller", self.calling), ("callee", self.called):
            for what, n in complaints(sipp).items():
                found[side + ": " + what] += n
        return found


def say_reasons(run, daemon, drops):
    for what, n in run.reasons().most_common(10):
        say("  %6d x %s" % (n, what))
    if not run.is_in_time():
        say("  it took %.0f s instead of %.0f: the load was not made, or not borne"
            % (run.took, run.seconds + HOLD_MS / 1000))
    say("  datagrams dropped for want of room, here or at SIPp: %d" % drops)
    say("  daemon: " + daemon.ask("core show fibers").splitlines()[-1])
    for line in daemon.log().splitlines()[-5:]:
        say("  log: " + line)


def bears(folder, daemon, rate):
    """Whether a rate goes without a failure, in one of a few tries."""
    for attempt in range(TRIES):
        drops = udp_drops()
        run = Run(folder, rate, STEP_SECONDS)
        ok = run.finish()
        say("%6d calls/s: %s" % (rate, "none failed" if ok else
                                 "%d of %d failed" % (run.counts()[1], run.calls)))
        if not ok:
            say_reasons(run, daemon, udp_drops() - drops)
        daemon.wait_idle(60)
        if ok:
            return True
    return False


def highest_rate(folder, daemon):
    rate, best = FIRST_RATE, 0
    while bears(folder, daemon, rate):
        rate, best = int(rate * STEP), rate
    return best


class Timeline:
    """A row each half minute: what happened since the one before."""

    def __init__(self, run, daemon):
        self.run, self.daemon = run, daemon
        self.succeeded, self.cpu = 0, cpu_us(daemon)
        self.rss = []  # (age, KiB)
        say("%8s %10s %8s %8s %12s %10s" % (
            "seconds", "succeeded", "failed", "resent", "CPU us/call", "KiB"))

    def row(self):
        succeeded, failed, resent = self.run.counts()
        cpu, rss = cpu_us(self.daemon), rss_kib(self.daemon)
        calls = max(succeeded - self.succeeded, 1)
        say("%8.0f %10d %8d %8d %12.1f %10d" % (
            self.run.age(), succeeded, failed, resent,
            (cpu - self.cpu) / calls, rss))
        self.succeeded, self.cpu = succeeded, cpu
        self.rss.append((self.run.age(), rss))

    def growth(self):
        """Of memory, from when it should be flat to the end; None: too short."""
        flat = [rss for age, rss in self.rss if age >= SETTLED_S]
        return flat[-1] / flat[0] if len(flat) > 1 else None


def hold(folder, daemon, rate, seconds):
    """Whether no call failed and memory stayed flat."""
    drops, cpu = udp_drops(), cpu_us(daemon)
    run = Run(folder, rate, seconds)
    timeline = Timeline(run, daemon)
    due = 10
    while run.is_on():
        time.sleep(0.2)
        if run.age() >= due and run.is_on():
            timeline.row()
            due += REPORT_S
    ok = run.finish()
    timeline.row()
    succeeded, failed, _ = run.counts()
    say("calls: %d of %d succeeded, %d failed (%.3f %%)" % (
        succeeded, run.calls, failed, 100 * failed / run.calls))
    say_reasons(run, daemon, udp_drops() - drops)
    say("CPU: %.1f us a call" % ((cpu_us(daemon) - cpu) / max(succeeded, 1)))
    growth = timeline.growth()
    if growth is not None:
        say("memory: %.2f times what it was after %d s, at most %.2f: %s" % (
            growth, SETTLED_S, GROWTH, "flat" if growth <= GROWTH else "NOT FLAT"))
    return ok and (growth is None or growth <= GROWTH)


def rest(daemon, before):
    """What is left of the load when all has come to an end."""
    begun = time.monotonic()
    daemon.wait_idle(60)
    say("memory idle: %d KiB before all" % before)
    for seconds in 0, 40, REST_S:
        time.sleep(max(0, begun + seconds - time.monotonic()))
        say("             %d KiB %d s after" % (rss_kib(daemon), seconds))


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    tap.enter_namespace()
    folder = tempfile.mkdtemp(prefix="ringdown-load-")
    try:
        daemon = start(folder, "load", 10)
        before = rss_kib(daemon)
        rate = int(os.environ.get("RATE", "0"))
        if not rate:
            best = highest_rate(folder, daemon)
            if not best:
                sys.exit("not even %d calls/s" % FIRST_RATE)
            rate = best * 4 // 5
            say("highest rate without a failure: %d calls/s" % best)
        say("holding %d calls/s for %d s" % (rate, seconds))
        ok = hold(folder, daemon, rate, seconds)
        rest(daemon, before)
        daemon.stop()
        sys.exit(0 if ok else 1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
