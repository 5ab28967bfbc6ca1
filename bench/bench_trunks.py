#!/usr/bin/python3
"""Calls over a trunk: so many a second for so long, each two seconds long, from a trunk
of a group to a provider; what failed, and what the daemon paid for each.

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

RATE = int(os.environ.get("RATE", "50"))
HOLD_MS = 2000

TRUNKS = """\
[tel]
host = 127.0.0.6:5080
country = DE
numbers = none
context = office
qualify = 0
limit_out = %d/%d, 0900:0
[out]
type = group
trunks = tel
""" % (RATE * 3, RATE * 2)

EXTENSIONS = "[office]\nexten => _0X.,1,Dial(TRUNK/out/${EXTEN},20)\n"


def failed(path):
    with open(path, encoding="ascii") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    return int(last["FailedCall(C)"]), int(last["SuccessfulCall(C)"])


def run(folder, seconds):
    daemon = Ringdown(os.path.join(folder, "trunks"), {
        "sip.conf": SIP_HEAD, "trunks.conf": TRUNKS,
        "logger.conf": "[logfiles]\nconsole => error,warning,notice\n"}, EXTENSIONS)
    calls, stat = RATE * seconds, os.path.join(folder, "calling.csv")
    called = Sipp(folder, callee(), 5080, "127.0.0.6", calls=calls, trace=False,
                  timeout=seconds + 60)
    time.sleep(0.5)
    before, memory = cpu_us(daemon), rss_kib(daemon)
    calling = Sipp(folder, caller(HOLD_MS, "0301234567"), 5090, "127.0.0.5", calls=calls,
                   trace=False, timeout=seconds + 60,
                   extra=["-r", str(RATE), "-l", str(RATE * 10), "-trace_stat",
                          "-stf", stat, "-fd", "10"])
    calling.process.wait(seconds + 90)
    cost = (cpu_us(daemon) - before) / calls
    bad, good = failed(stat)
    print("%d calls/s over a trunk for %d s: %d answered, %d failed; %d KiB more resident"
          % (RATE, seconds, good, bad, rss_kib(daemon) - memory))
    print(daemon.ask("sip show trunks tel"))
    print("%-44s %10.1f us" % ("call over a trunk, up and down, %d/s" % RATE, cost))
    floor_row(RATE, CALL_SENT)
    called.stop()
    daemon.stop()
    return bad or good != calls


def main():
    tap.enter_namespace()
    folder = tempfile.mkdtemp(prefix="ringdown-bench-")
    try:
        return run(folder, int(sys.argv[1]) if len(sys.argv) > 1 else 300)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
