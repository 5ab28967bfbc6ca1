#!/usr/bin/python3
"""What the running daemon pays per REGISTER, per call through Dial, per held
call and per registered phone, beside the budgets. SIPp makes the load; CPU is
the daemon's own, from the kernel's accounts; memory is its resident set."""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ.get("RD_SOURCE",
                        os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, os.path.join(SOURCE, "tests", "call"))

from lib import tap  # noqa: E402
from lib.daemon import Ringdown  # noqa: E402
from lib.scenario import Callee, Caller, Scenario  # noqa: E402
from lib.sipp import Sipp  # noqa: E402

PHONES = 5000
RATE = int(os.environ.get("RATE", "200"))
REGISTER_RATE = 5 * RATE
SECONDS = int(os.environ.get("SECONDS", "12"))

SIP_HEAD = """\
[udp]
type = transport
bind = 127.0.0.1:5060

[phone](!)
type = phone
context = office

[sipp]
type = phone
match = 127.0.0.5
context = office
"""

EXTENSIONS = """\
[office]
exten => 800,1,Dial(SIP/bob@127.0.0.6:5080,20)
"""


def sip_conf(phones):
    return SIP_HEAD + "".join(
        "\n[%d](phone)\nsecret = secret-%d\n" % (100000 + n, 100000 + n)
        for n in range(phones))


def cpu_us(daemon):
    """Microseconds of CPU that all its threads have used."""
    total = 0
    for path in glob.glob("/proc/%d/task/*/schedstat" % daemon.process.pid):
        with open(path) as f:
            total += int(f.read().split()[0])
    return total / 1000


def rss_kib(daemon):
    with open("/proc/%d/smaps_rollup" % daemon.process.pid) as f:
        for line in f:
            if line.startswith("Rss:"):
                return int(line.split()[1])
    return 0


def row(what, value, unit, budget):
    print("%-44s %10.1f %-4s budget %8s  %s"
          % (what, value, unit, budget,
             "within" if value <= budget else "OVER BUDGET"))
    sys.stdout.flush()


def start(folder, name, phones):
    return Ringdown(os.path.join(folder, name), {
        "sip.conf": sip_conf(phones),
        "logger.conf": "[logfiles]\nconsole => error,warning\n",
    }, EXTENSIONS)


def register_scenario():
    headers = ["Via: SIP/2.0/[transport] [local_ip]:[local_port];"
               "branch=[branch]",
               "From: <sip:[field0]@127.0.0.1>;tag=[call_number]",
               "To: <sip:[field0]@127.0.0.1>", "Call-ID: [call_id]",
               "Contact: <sip:[field0]@[local_ip]:[local_port]>",
               "Max-Forwards: 70", "Expires: 3600"]
    register = Scenario()
    register.send("REGISTER sip:127.0.0.1 SIP/2.0",
                  headers + ["CSeq: 1 REGISTER"], retrans=True)
    register.receive(401, auth=True)
    register.send("REGISTER sip:127.0.0.1 SIP/2.0",
                  headers + ["CSeq: 2 REGISTER", "[field1]"], retrans=True)
    register.receive(200)
    return register


def write_users(path, phones):
    with open(path, "w") as f:
        f.write("SEQUENTIAL\n")
        for n in range(phones):
            user = 100000 + n
            f.write("%d;[authentication username=%d password=secret-%d]\n"
                    % (user, user, user))


def print_bare():
    """A slow day shows here: the other figures grow with these. A call of ours
    answers six messages, a registration two."""
    build = os.environ.get("RD_BUILD", os.path.join(SOURCE, "build"))
    bare = os.path.join(build, "bench", "bench_bare")
    sys.stdout.write(subprocess.run([bare], check=True,
                                    stdout=subprocess.PIPE).stdout.decode())
    sys.stdout.flush()


def register_all(folder, daemon, phones, port):
    """PHONES registrations over so many phones; CPU of each."""
    users = os.path.join(folder, "users-%d.csv" % phones)
    write_users(users, phones)
    before = cpu_us(daemon)
    Sipp(folder, register_scenario(), port, calls=PHONES,
         extra=["-inf", users, "-r", str(REGISTER_RATE)],
         timeout=60).finish(70)
    return (cpu_us(daemon) - before) / PHONES


def bench_register(folder):
    # the same traffic with few phones: what transactions hold cancels out
    daemon = start(folder, "few", 10)
    register_all(folder, daemon, 10, 5090)
    register_all(folder, daemon, 10, 5091)
    few = rss_kib(daemon)
    daemon.stop()
    daemon = start(folder, "many", PHONES)
    register_all(folder, daemon, PHONES, 5090)
    cost = register_all(folder, daemon, PHONES, 5091)  # all warm
    many = rss_kib(daemon)
    daemon.stop()
    row("REGISTER with its 401, digest, %d/s" % REGISTER_RATE, cost, "us", 40)
    row("memory per registered phone", (many - few) / (PHONES - 10), "KiB", 4)


def caller(hold_ms):
    flow = Caller("800").invite().answered().ack()
    if hold_ms:
        flow.pause(hold_ms)
    return flow.bye()


def callee():
    return (Callee().expect_invite().ringing().answer().receive("ACK")
            .expect_bye())


def run_calls(folder, daemon, calls, rate, hold_ms):
    """CPU per call; and resident memory while all are up, if held."""
    called = Sipp(folder, callee(), 5080, "127.0.0.6", calls=calls,
                  timeout=90)
    time.sleep(0.5)
    before = cpu_us(daemon)
    calling = Sipp(folder, caller(hold_ms), 5090, "127.0.0.5", calls=calls,
                   extra=["-r", str(rate), "-l", str(calls)], timeout=90)
    held = 0
    if hold_ms:
        time.sleep(calls / rate + 1)
        held = rss_kib(daemon)
    calling.finish(100)
    called.finish(100)
    return (cpu_us(daemon) - before) / calls, held


def bench_call_rate(folder, daemon, rate):
    cost, _ = run_calls(folder, daemon, rate * SECONDS, rate, 0)
    row("call through Dial, up and down, %d/s" % rate, cost, "us", 180)


def bench_calls(folder):
    daemon = start(folder, "calls", 10)
    run_calls(folder, daemon, 2 * RATE, RATE, 0)  # warm up
    for rate in (RATE, 2 * RATE, 4 * RATE):
        try:
            bench_call_rate(folder, daemon, rate)
        except AssertionError:
            print("%d calls/s: refused, the machine is too busy" % rate)
    daemon.stop()


def bench_held_calls(folder):
    # a daemon of its own: what former calls left free would hide what these take
    daemon = start(folder, "held", 10)
    _, small = run_calls(folder, daemon, 200, 100, 6000)
    _, large = run_calls(folder, daemon, 1200, 100, 16000)
    row("memory per held call", (large - small) / 1000, "KiB", 30)
    daemon.stop()


def main():
    tap.enter_namespace()
    folder = tempfile.mkdtemp(prefix="ringdown-bench-")
    try:
        print_bare()
        bench_register(folder)
        bench_calls(folder)
        bench_held_calls(folder)
        print_bare()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
