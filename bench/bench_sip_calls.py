#!/usr/bin/python3
"""What the running daemon pays per REGISTER, per call through Dial, per held
call and per registered phone, beside the budgets. SIPp makes the load; CPU is
the daemon's own, from the kernel's accounts; memory is its resident set."""

import os
import shutil
import tempfile

from load import (CALL_SENT, REGISTER_SENT, ROOM, Sipp, as_far_as_it_goes, cpu_us,
                  floor_row, print_bare, register_scenario, row, rss_kib,
                  run_calls, running, tap, write_users)

PHONES = 5000
RATE = int(os.environ.get("RATE", "200"))
REGISTER_RATE = 5 * RATE
SECONDS = int(os.environ.get("SECONDS", "12"))


def register_all(folder, daemon, phones, port):
    """PHONES registrations over so many phones; CPU of each."""
    users = os.path.join(folder, "users-%d.csv" % phones)
    write_users(users, phones)
    before = cpu_us(daemon)
    Sipp(folder, register_scenario(), port, calls=PHONES,
         extra=["-inf", users, "-r", str(REGISTER_RATE), *ROOM], trace=False,
         timeout=60).finish(70)
    return (cpu_us(daemon) - before) / PHONES


def bench_register(folder):
    # the same traffic with few phones: what transactions hold cancels out
    with running(folder, "few", 10) as daemon:
        register_all(folder, daemon, 10, 5090)
        register_all(folder, daemon, 10, 5091)
        few = rss_kib(daemon)
    with running(folder, "many", PHONES) as daemon:
        register_all(folder, daemon, PHONES, 5090)
        cost = register_all(folder, daemon, PHONES, 5091)  # all warm
        many = rss_kib(daemon)
    row("REGISTER with its 401, digest, %d/s" % REGISTER_RATE, cost, "us", 40)
    floor_row(REGISTER_RATE, REGISTER_SENT)
    row("memory per registered phone", (many - few) / (PHONES - 10), "KiB", 4)


def bench_call_rate(folder, daemon, rate):
    cost, _ = run_calls(folder, daemon, rate * SECONDS, rate, 0)
    row("call through Dial, up and down, %d/s" % rate, cost, "us", 180)
    floor_row(rate, CALL_SENT)


def bench_calls(folder):
    with running(folder, "calls", 10) as daemon:
        with as_far_as_it_goes("warming up"):
            run_calls(folder, daemon, 2 * RATE, RATE, 0)
        for rate in (RATE, 2 * RATE, 4 * RATE):
            with as_far_as_it_goes("calls through Dial, %d/s" % rate):
                bench_call_rate(folder, daemon, rate)


def bench_held_calls(folder):
    # a daemon of its own: what former calls left free would hide what these take
    with running(folder, "held", 10) as daemon:
        _, small = run_calls(folder, daemon, 200, 100, 6000)
        _, large = run_calls(folder, daemon, 1200, 100, 16000)
    row("memory per held call", (large - small) / 1000, "KiB", 30)


def main():
    tap.enter_namespace()
    folder = tempfile.mkdtemp(prefix="ringdown-bench-")
    try:
        print_bare()
        with as_far_as_it_goes("registrations"):
            bench_register(folder)
        bench_calls(folder)
        with as_far_as_it_goes("held calls"):
            bench_held_calls(folder)
        print_bare()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
