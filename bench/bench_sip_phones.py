#!/usr/bin/python3
"""What an OPTIONS costs, and what a phone takes when 100,000 of them are
registered, beside the budgets; and what a dialog takes, which has none of its
own. PHONES=n: so many instead."""

import os
import shutil
import tempfile
import time

from load import (OPTIONS_SENT, ROOM, Caller, Sipp, cpu_us, floor_row, print_bare,
                  register_scenario, row, rss_kib, start, tap, write_users)

PHONES = int(os.environ.get("PHONES", "100000"))
FEW = 10
RATE = int(os.environ.get("RATE", "200"))
REGISTER_RATE, OPTIONS_RATE, CALL_RATE = 10 * RATE, 5 * RATE, 200
SECONDS = int(os.environ.get("SECONDS", "12"))


def bench_options(folder):
    daemon = start(folder, "options", FEW)
    ask = Caller("600").request("OPTIONS", in_dialog=False).receive(200)
    count = OPTIONS_RATE * SECONDS
    for _ in "warm up", "measure":
        before = cpu_us(daemon)
        Sipp(folder, ask, 5090, "127.0.0.5", calls=count, trace=False,
             extra=["-r", str(OPTIONS_RATE)], timeout=90).finish(100)
    row("OPTIONS answered, %d/s" % OPTIONS_RATE,
        (cpu_us(daemon) - before) / count, "us", 15)
    floor_row(OPTIONS_RATE, OPTIONS_SENT)
    daemon.stop()


def held(folder, daemon, calls, hold_ms):
    """Resident memory while so many callers listen to an application."""
    flow = Caller("801").invite().answered().ack().pause(hold_ms).bye()
    calling = Sipp(folder, flow, 5090, "127.0.0.5", calls=calls, trace=False,
                   extra=["-r", str(CALL_RATE), "-l", str(calls)], timeout=90)
    daemon.wait_output("core show channels", r"\b%d active channels" % calls, 60)
    size = rss_kib(daemon)
    calling.finish(100)
    return size


def bench_dialogs(folder):
    daemon = start(folder, "dialogs", FEW)
    small = held(folder, daemon, 200, 5000)
    large = held(folder, daemon, 1200, 14000)
    print("%-44s %10.1f KiB" % ("memory per dialog, with channel and sound",
                                (large - small) / 1000))
    daemon.stop()


def registered(folder, phones):
    """(start to ready in ms, resident KiB) after PHONES registrations."""
    users = os.path.join(folder, "users-%d.csv" % phones)
    write_users(users, phones)
    begun = time.monotonic()
    daemon = start(folder, "phones-%d" % phones, phones)
    ready = (time.monotonic() - begun) * 1000
    Sipp(folder, register_scenario(), 5090, calls=PHONES, trace=False,
         extra=["-inf", users, "-r", str(REGISTER_RATE), *ROOM],
         timeout=600).finish(620)
    size = rss_kib(daemon)
    last = str(100000 + phones - 1)
    if "sip:%s@" % last not in daemon.ask("sip show contacts " + last):
        raise AssertionError("%s is not registered" % last)
    listed = daemon.ask("sip show contacts").splitlines()
    if len(listed) != phones + 2 or listed[-1] != "%d contacts" % phones:
        raise AssertionError("sip show contacts: %d lines" % len(listed))
    daemon.stop(120)  # where others use the machine, too
    return ready, size


def bench_phones(folder):
    # the same traffic with few phones: what transactions hold cancels out
    _, few = registered(folder, FEW)
    ready, many = registered(folder, PHONES)
    row("memory per phone, %d registered" % PHONES,
        (many - few) / (PHONES - FEW), "KiB", 4)
    print("%-44s %10.0f ms" % ("start with %d phones to ready" % PHONES, ready))


def main():
    tap.enter_namespace()
    folder = tempfile.mkdtemp(prefix="ringdown-bench-")
    try:
        print_bare()
        bench_options(folder)
        bench_dialogs(folder)
        bench_phones(folder)
        print_bare()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
