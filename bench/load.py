"""What the benches of SIP share: a daemon, the traffic that SIPp makes, and the
daemon's own costs from the kernel's accounts."""

import collections
import contextlib
import csv
import glob
import os
import re
import subprocess
import sys
import time

SOURCE = os.environ.get("RD_SOURCE",
                        os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, os.path.join(SOURCE, "tests", "call"))

from lib import tap  # noqa: E402, F401
from lib.daemon import Ringdown  # noqa: E402
from lib.scenario import Callee, Caller, Scenario  # noqa: E402
from lib.sipp import Sipp  # noqa: E402

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
exten => 801,1,Answer()
 same => n,Wait(300)
"""


# What SIPp says of a call that failed.
COMPLAINTS = (
    (r"received 'SIP/2\.0 503[^']*?Retry-After: (\d+)",
     "refused with 503, Retry-After %s"),
    (r"received '(SIP/2\.0 \d+ [^\r\n]*)", "unexpected %s"),
    (r"received '([A-Z]+) ", "unexpected %s"),
    (r"(retransmission timeout|receive timeout)", "%s"),
    (r"(Dead call|can't be mapped)", "a message of a call that had ended"),
)


def sip_conf(phones):
    return SIP_HEAD + "".join(
        "\n[%d](phone)\nsecret = secret-%d\n" % (100000 + n, 100000 + n)
        for n in range(phones))


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(child) for child in f.read().split()]


def cpu_us(daemon):
    """Microseconds of CPU that all its threads, and its children's, have used."""
    total, pids = 0, [daemon.process.pid]
    for pid in pids:
        pids += children(pid)
        for path in glob.glob("/proc/%d/task/*/schedstat" % pid):
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


def say(text):
    print(text)
    sys.stdout.flush()


# SIPp's own socket: what comes while it does something else is lost in it, and looks as if
# we had not answered.
ROOM = ("-buff_size", "4194304")


class Counted(Sipp):
    """SIPp as callers, which says meanwhile how many calls went well."""

    def __init__(self, folder, scenario, port, address="127.0.0.5", extra=(), **more):
        super().__init__(folder, scenario, port, address, trace=False, extra=[
            *extra, "-trace_stat", "-fd", "1",
            "-stf", os.path.join(folder, "sipp-%d.csv" % port)], **more)
        self.stat_path = os.path.join(folder, "sipp-%d.csv" % port)

    def counts(self):
        """Succeeded, failed, retransmissions."""
        try:
            with open(self.stat_path) as f:
                row = list(csv.DictReader(f, delimiter=";"))[-1]
        except (OSError, IndexError):
            return 0, 0, 0
        return tuple(int(row[name + "(C)"] or 0) for name in
                     ("SuccessfulCall", "FailedCall", "Retransmissions"))


def complaints(sipp):
    """Why calls failed, and how often, as this side has it."""
    found = collections.Counter()
    for report in re.split(r"(?m)^'?\d{4}-\d\d-\d\d\s", sipp.read(".err")):
        for pattern, text in COMPLAINTS:
            match = re.search(pattern, report, re.S)
            if match:
                found[text % match.group(1) if "%s" in text else text] += 1
                break
    return found


def start(folder, name, phones):
    return Ringdown(os.path.join(folder, name), {
        "sip.conf": sip_conf(phones),
        "logger.conf": "[logfiles]\nconsole => error,warning\n",
    }, EXTENSIONS)


@contextlib.contextmanager
def running(folder, name, phones):
    daemon = start(folder, name, phones)
    try:
        yield daemon
    finally:
        daemon.stop()


@contextlib.contextmanager
def as_far_as_it_goes(what):
    """On a machine that is busy with other things calls are refused: the other rows are
    measured all the same."""
    try:
        yield
    except AssertionError:
        say("%s: not measured, some were refused: the machine is too busy" % what)


def register_scenario(keeps=None):
    """keeps: after so many ms it is taken back."""
    headers = ["Via: SIP/2.0/[transport] [local_ip]:[local_port];"
               "branch=[branch]",
               "From: <sip:[field0]@127.0.0.1>;tag=[call_number]",
               "To: <sip:[field0]@127.0.0.1>", "Call-ID: [call_id]",
               "Contact: <sip:[field0]@[local_ip]:[local_port]>",
               "Max-Forwards: 70"]
    register = Scenario()

    def ask(cseq, more):
        register.send("REGISTER sip:127.0.0.1 SIP/2.0",
                      headers + ["CSeq: %d REGISTER" % cseq, *more], retrans=True)

    def both(cseq, expires):
        ask(cseq, [expires])
        register.receive(401, auth=True)
        ask(cseq + 1, [expires, "[field1]"])
        register.receive(200)

    both(1, "Expires: 3600")
    if keeps:
        register.pause(keeps)
        both(3, "Expires: 0")
    return register


def write_users(path, phones):
    with open(path, "w") as f:
        f.write("SEQUENTIAL\n")
        for n in range(phones):
            user = 100000 + n
            f.write("%d;[authentication username=%d password=secret-%d]\n"
                    % (user, user, user))


def bare(*arguments):
    build = os.environ.get("RD_BUILD", os.path.join(SOURCE, "build"))
    return subprocess.run(
        [os.path.join(build, "bench", "bench_bare"), *map(str, arguments)],
        check=True, stdout=subprocess.PIPE).stdout.decode()


# What goes out for each message that comes in.
REGISTER_SENT = 1, 1
OPTIONS_SENT = 1,
CALL_SENT = 2, 1, 2, 0, 2, 0  # INVITE, 180, 200, ACK, BYE, 200


def floor_row(rate, sent):
    """What a thread pays now that receives and sends as much, and no more."""
    print("%-44s %10.1f us" % (
        "  of which receiving %d, sending %d, waiting" % (len(sent), sum(sent)),
        float(bare(rate, *sent))))
    sys.stdout.flush()


def print_bare():
    """A slow day shows here: the other figures grow with these. A call of ours
    answers six messages, a registration two."""
    sys.stdout.write(bare())
    sys.stdout.flush()


def caller(hold_ms, number="800"):
    flow = Caller(number).invite().answered().ack()
    if hold_ms:
        flow.pause(hold_ms)
    return flow.bye()


def callee():
    return (Callee().expect_invite().ringing().answer().receive("ACK")
            .expect_bye())


def run_calls(folder, daemon, calls, rate, hold_ms, server="127.0.0.1:5060"):
    """CPU per call; and resident memory while all are up, if held."""
    called = Sipp(folder, callee(), 5080, "127.0.0.6", calls=calls,
                  trace=False, timeout=90)
    time.sleep(0.5)
    before = cpu_us(daemon)
    calling = Sipp(folder, caller(hold_ms), 5090, "127.0.0.5", calls=calls,
                   extra=["-r", str(rate), "-l", str(calls)],
                   server=server, trace=False, timeout=90)
    held = 0
    try:
        if hold_ms:
            time.sleep(calls / rate + 1)
            held = rss_kib(daemon)
        calling.finish(100)
        called.finish(100)
    finally: # where one was refused the other waits
        calling.stop()
        called.stop()
    return (cpu_us(daemon) - before) / calls, held
