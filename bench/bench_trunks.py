#!/usr/bin/python3
"""Calls over a trunk: so many a second for so long, each two seconds long, from a trunk
of a group to a provider; what failed, and what the daemon paid for each. Beside them half as
many again as a limit allows go to one prefix: never more than that are there at a time,
and each other one gets 503.

    bench/bench_trunks.py [SECONDS]       five minutes by default
    RATE=n: calls a second, 50 by default
"""

import csv
import os
import shutil
import sys
import tempfile
import time

from load import (CALL_SENT, Ringdown, SIP_HEAD, Sipp, callee, caller, cpu_us, floor_row,
                  rss_kib, tap)

from lib.scenario import made_or_refused

RATE = int(os.environ.get("RATE", "50"))
HOLD_MS = 2000
ROOM = 20  # for numbers that begin with 0900 ...
OVER = 15  # ... of which so many are called a second

TRUNKS = """\
[tel]
host = 127.0.0.6:5080
country = DE
numbers = none
context = office
qualify = 0
limit_out = %d/%d, 0900:%d
[out]
type = group
trunks = tel
""" % (RATE * 3 + ROOM, RATE * 3, ROOM)

EXTENSIONS = "[office]\nexten => _0X.,1,Dial(TRUNK/out/${EXTEN},20)\n"


def failed(path):
    with open(path, encoding="ascii") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    return int(last["FailedCall(C)"]), int(last["SuccessfulCall(C)"])


def short_messages(sipp):
    """Of each message: received?, its call, its first line."""
    for line in sipp.read(".short").splitlines():
        _, _, _, way, call, _, first = line.split("\t", 6)
        yield way == "R", call, first


def at_a_time(provider, prefix):
    """The most calls to the prefix that the provider has had, and how many in all."""
    seen, now, most = set(), set(), 0
    for received, call, first in short_messages(provider):
        if received and first.startswith("INVITE sip:" + prefix) and call not in seen:
            seen.add(call)
            now.add(call)
            most = max(most, len(now))
        elif received and first.startswith("BYE"):
            now.discard(call)
    return most, len(seen)


def noting(sipp_folder, name):
    """What has SIPp note each message in a line."""
    return ["-trace_shortmsg", "-shortmessage_file", os.path.join(sipp_folder, name + ".short")]


def limit_row(provider, over):
    """How many were made, and is the limit not exact? The calls above it are those that
    got 503."""
    most, made = at_a_time(provider, "0900")
    refused = len({call for received, call, first in short_messages(over)
                   if received and first.startswith("SIP/2.0 503")})
    bad, good = failed(over.base + ".stat")
    print("0900, %d/s with a limit of %d: %d at a time at most, %d made, %d got 503, "
          "%d otherwise" % (OVER, ROOM, most, made, refused, bad))
    return made, bad or most != ROOM or made + refused != good


def run(folder, seconds):
    daemon = Ringdown(os.path.join(folder, "trunks"), {
        "sip.conf": SIP_HEAD, "trunks.conf": TRUNKS,
        "logger.conf": "[logfiles]\nconsole => error,warning,notice\n"}, EXTENSIONS)
    calls, stat = RATE * seconds, os.path.join(folder, "calling.csv")
    called = Sipp(folder, callee(), 5080, "127.0.0.6", calls=10 * calls, trace=False,
                  timeout=seconds + 60, extra=noting(folder, "sipp-127.0.0.6-5080"))
    time.sleep(0.5)
    before, memory = cpu_us(daemon), rss_kib(daemon)
    calling = Sipp(folder, caller(HOLD_MS, "0301234567"), 5090, "127.0.0.5", calls=calls,
                   trace=False, timeout=seconds + 60,
                   extra=["-r", str(RATE), "-l", str(RATE * 10), "-trace_stat",
                          "-stf", stat, "-fd", "10"])
    over = Sipp(folder, made_or_refused("0900123", HOLD_MS), 5091, "127.0.0.5",
                calls=OVER * seconds, trace=False, timeout=seconds + 60,
                extra=["-r", str(OVER), "-l", str(OVER * 10), "-trace_stat", "-stf",
                       os.path.join(folder, "sipp-127.0.0.5-5091.stat"), "-fd", "10",
                       *noting(folder, "sipp-127.0.0.5-5091")])
    calling.process.wait(seconds + 90)
    over.process.wait(30)
    spent = cpu_us(daemon) - before
    bad, good = failed(stat)
    print("%d calls/s over a trunk for %d s: %d answered, %d failed; %d KiB more resident"
          % (RATE, seconds, good, bad, rss_kib(daemon) - memory))
    made, inexact = limit_row(called, over)
    print(daemon.ask("sip show trunks tel"))
    print("%-44s %10.1f us" % ("call over a trunk, up and down, and refusals",
                               spent / (calls + made)))
    floor_row(RATE, CALL_SENT)
    called.stop()
    daemon.stop()
    return bad or good != calls or inexact


def main():
    tap.enter_namespace()
    folder = tempfile.mkdtemp(prefix="ringdown-bench-")
    try:
        return run(folder, int(sys.argv[1]) if len(sys.argv) > 1 else 300)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
