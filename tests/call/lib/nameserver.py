"""A real name server on loopback: dnsmasq with the records of one test."""

import os
import shutil
import socket
import subprocess
import time

from . import PATIENCE


def program():
    """Where it is; Debian puts it beside what only root calls."""
    return shutil.which("dnsmasq", path=os.environ.get("PATH", "") +
                        ":/usr/sbin:/sbin")


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        return udp.getsockname()[1]


class NameServer:
    """`records` are options of dnsmasq: "srv-host=_sip._udp.x,y,5060"."""

    def __init__(self, folder, records, ttl=60):
        self.port = free_port()
        self.queries = os.path.join(folder, "dnsmasq.log")
        config = os.path.join(folder, "dnsmasq.conf")
        with open(config, "w") as f:
            f.write("\n".join([
                "port=%d" % self.port, "listen-address=127.0.0.1",
                "bind-interfaces", "no-resolv", "no-hosts", "no-poll",
                "local=/test/", "local-ttl=%d" % ttl, "log-queries",
                "log-facility=" + self.queries, "pid-file=", *records, ""]))
        self.process = subprocess.Popen(
            [program(), "--keep-in-foreground", "--conf-file=" + config,
             "--user=root", "--group=root"] if os.getuid() == 0 else
            [program(), "--keep-in-foreground", "--conf-file=" + config],
            stdin=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while "started" not in self.log():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError("dnsmasq did not start:\n" + self.log())
            time.sleep(0.02)

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port

    def log(self):
        try:
            with open(self.queries, errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(5)
