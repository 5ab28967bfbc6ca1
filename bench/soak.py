#!/usr/bin/python3
"""Hours of an office at moderate load: calls with and without sound, transfers, a queue,
voicemail, phones that come and go, two packets of RTP lost of a hundred, and each minute a
reload, and modules that are read again, unloaded and loaded. A row each minute says how the
daemon does; at the end, whether anything of it has grown.

    bench/soak.py [SECONDS]          two hours by default
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from load import (SIP_HEAD, Caller, Counted, Ringdown, Sipp, callee, caller, complaints, cpu_us,
                  register_scenario, rss_kib, say, tap, write_users)
from lib.pcap import speech, write_pcap

PHONES = 500
BOXES = 40
SPOKEN_S = 4
LOSS = 2           # of a hundred packets of RTP
SETTLED = 5        # rows, after which buffers are as large as they get
GROWTH = 1.05      # of the mean of the last third of what follows, against the first
REPORT_S = 60
RTP_PORTS = "20000-29999"

EXTENSIONS = """\
[office]
exten => _80X,1,Dial(SIP/bob@127.0.0.6:5080,20)
exten => 601,1,Answer()
 same => n,Wait(2)
exten => 602,1,Answer()
 same => n,Echo()
exten => 700,1,Queue(help,,,,30)
exten => 500,1,VoiceMail(${RAND(%d,%d)},s)
""" % (2000, 2000 + BOXES - 1)

FILES = {
    "rtp.conf": "[general]\nrtpstart = %s\nrtpend = %s\n" % tuple(RTP_PORTS.split("-")),
    "queues.conf": "[help]\nstrategy = rrmemory\nwrapuptime = 0\nretry = 1\n" +
                   "".join("member => Local/80%d@office/n\n" % n for n in range(6)),
    "voicemail.conf": "[general]\nminsecs = 1\nmaxsecs = 60\n[default]\n" +
                      "".join("%d => 1234\n" % (2000 + n) for n in range(BOXES)),
    "logger.conf": "[logfiles]\nconsole => error,warning\n",
}

MODULES = ("module reload app_queue", "module reload app_voicemail", "module reload app_dial",
           "module unload app_milliwatt", "module load app_milliwatt")


def sip_conf(turn):
    """A phone comes and goes with each reload."""
    more = "\n[extra](phone)\nsecret = secret-extra\n" if turn % 2 else ""
    return SIP_HEAD + more + "".join("\n[%d](phone)\nsecret = secret-%d\n" % (n, n)
                                     for n in range(100000, 100000 + PHONES))


def lose_rtp():
    for rule in ("add table inet soak",
                 "add chain inet soak line { type filter hook input priority 0; }",
                 "add rule inet soak line udp dport %s numgen random mod 100 < %d drop"
                 % (RTP_PORTS, LOSS)):
        subprocess.run(["nft", rule], check=True)


def speaks(number, path):
    return (Caller(number).invite().answered().ack().play_pcap(path)
            .pause(SPOKEN_S * 1000).bye())


def transfers():
    """Whoever is called is sent to an application, which hangs up."""
    return (Caller("800").invite().answered().ack().pause(500)
            .request("REFER", more=["Refer-To: <sip:601@127.0.0.1>", "Refer-Sub: false"])
            .receive(202).receive("BYE").reply())


class Traffic:
    """Everybody who calls, and the one who is called."""

    def __init__(self, folder, seconds):
        self.folder, self.seconds, self.callers = folder, seconds, {}
        self.called = Sipp(folder, callee(), 5080, "127.0.0.6", calls=100 * seconds,
                           trace=False, timeout=seconds + 300, extra=["-rtp_echo"])
        time.sleep(0.5)
        talk = write_pcap(os.path.join(folder, "talk.pcap"),
                          [(n * 0.02, speech(n)) for n in range(SPOKEN_S * 50)])
        users = os.path.join(folder, "users.csv")
        write_users(users, PHONES)
        self.add("short", caller(1000), 5)
        self.add("spoken", speaks("802", talk), 2)
        self.add("echo", speaks("602", talk), 1)
        self.add("transfer", transfers(), 1)
        self.add("queue", caller(2000, "700"), 1)
        self.add("voicemail", speaks("500", talk), 1, per_s=5)
        self.add("register", register_scenario(20000), 5, address="127.0.0.1",
                 extra=["-inf", users])

    def add(self, name, scenario, calls, per_s=1, extra=(), **more):
        """So many calls in so many seconds."""
        n = len(self.callers)
        self.callers[name] = Counted(
            self.folder, scenario, 5100 + 10 * n, calls=self.seconds * calls // per_s,
            timeout=self.seconds + 120, extra=[
                *extra, "-r", str(calls), "-rp", str(1000 * per_s), "-mp", str(6000 + 100 * n)],
            **more)

    def is_on(self):
        return any(one.process.poll() is None for one in self.callers.values())

    def counts(self):
        """Succeeded, failed."""
        each = [one.counts() for one in self.callers.values()]
        return sum(one[0] for one in each), sum(one[1] for one in each)

    def say_failures(self):
        for name, one in self.callers.items():
            succeeded, failed, resent = one.counts()
            say("%-10s %8d succeeded, %d failed, %d messages sent again"
                % (name, succeeded, failed, resent))
            for what, n in complaints(one).most_common(5):
                say("  %6d x %s" % (n, what))

    def stop(self):
        for one in (*self.callers.values(), self.called):
            one.stop()


class Timeline:
    """A row each minute."""

    NAMES = "KiB", "descriptors", "fibers"

    def __init__(self, daemon, traffic):
        self.daemon, self.traffic = daemon, traffic
        self.begun, self.cpu, self.rows = time.monotonic(), cpu_us(daemon), []
        say("%7s %9s %7s %9s %6s %7s %8s %7s %s" % (
            "seconds", "succeeded", "failed", "KiB", "fds", "fibers", "lag ms", "CPU %",
            "slow, stuck"))

    def age(self):
        return time.monotonic() - self.begun

    def row(self):
        health = self.daemon.run("core show health")[1]
        found = re.search(r"lately (\d+) ms.*slow (\d+) times, stuck (\d+).*?Fibers +(\d+)",
                          health, re.S)
        lag, slow, stuck, fibers = (int(n) for n in found.groups())
        fds = len(os.listdir("/proc/%d/fd" % self.daemon.process.pid))
        cpu, rss = cpu_us(self.daemon), rss_kib(self.daemon)
        succeeded, failed = self.traffic.counts()
        say("%7.0f %9d %7d %9d %6d %7d %8d %7.1f %d, %d" % (
            self.age(), succeeded, failed, rss, fds, fibers, lag,
            (cpu - self.cpu) / REPORT_S / 1e4, slow, stuck))
        self.cpu = cpu
        self.rows.append((rss, fds, fibers))

    def is_flat(self):
        """Says, for each figure, whether it is."""
        flat, third = True, (len(self.rows) - SETTLED) // 3
        if third < 1:
            say("too short to say whether anything grows")
            return True
        for name, values in zip(self.NAMES, zip(*self.rows[SETTLED:])):
            first, last = (sum(part) / third for part in (values[:third], values[-third:]))
            grown = last > first * GROWTH
            flat = flat and not grown
            say("%-12s %10.1f in the first third, %10.1f in the last: %s"
                % (name, first, last, "GROWN" if grown else "flat"))
        return flat


def disturb(daemon, turn):
    """A reload, and a module. Whether both went well."""
    daemon.write("sip.conf", sip_conf(turn))
    done = [(command, *daemon.run(command))
            for command in ("core reload", MODULES[turn % len(MODULES)])]
    for command, status, said in done:
        if status:
            say("%s: %s" % (command, said.strip()))
    return not any(status for _, status, _ in done)


def soak(daemon, traffic):
    timeline, turn, ok = Timeline(daemon, traffic), 0, True
    while traffic.is_on():
        time.sleep(1)
        if daemon.process.poll() is not None:
            say("the daemon ended with %s" % daemon.process.returncode)
            return False
        if timeline.age() >= REPORT_S * (turn + 1):
            timeline.row()
            ok = disturb(daemon, turn) and ok
            turn += 1
    traffic.say_failures()
    flat = timeline.is_flat()
    daemon.wait_idle(60)
    for line in daemon.log().splitlines()[-20:]:
        say("log: " + line)
    return ok and flat and traffic.counts()[1] == 0


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 7200
    tap.enter_namespace()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = tempfile.mkdtemp(prefix="ringdown-soak-")
    daemon = traffic = None
    try:
        lose_rtp()
        daemon = Ringdown(os.path.join(folder, "soak"), {**FILES, "sip.conf": sip_conf(0)},
                          EXTENSIONS)
        traffic = Traffic(folder, seconds)
        ok = soak(daemon, traffic)
    finally:
        if traffic:
            traffic.stop()
        if daemon:
            daemon.stop()
        shutil.rmtree(folder, ignore_errors=True)
    say("%d s: %s" % (seconds, "well" if ok else "NOT WELL"))
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
