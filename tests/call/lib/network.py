"""Machines of a network: namespaces joined by wires. The test itself stands in
the first of them, where the exchange runs."""

import contextlib
import ctypes
import os
import subprocess
import time

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_NET = 0x40000000


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.PIPE,
                   stderr=subprocess.STDOUT)


class Machine:
    """A namespace that a sleeping process holds open."""

    def __init__(self, test):
        self.process = subprocess.Popen(["unshare", "-n", "sleep", "600"])
        test.addCleanup(self._end)
        here = os.readlink("/proc/self/ns/net")
        while os.readlink(self._path()) == here:
            time.sleep(0.01)
        self.run("ip", "link", "set", "lo", "up")

    def _path(self):
        return "/proc/%d/ns/net" % self.process.pid

    def _end(self):
        self.process.terminate()
        self.process.wait(5)

    def prefix(self):
        """Before a command that is to run there."""
        return ["nsenter", "--net=" + self._path()]

    def run(self, *command):
        run(*self.prefix(), *command)

    @contextlib.contextmanager
    def inside(self):
        """Sockets that are opened meanwhile are opened there."""
        here = os.open("/proc/self/ns/net", os.O_RDONLY)
        there = os.open(self._path(), os.O_RDONLY)
        try:
            assert LIBC.setns(there, NEW_NET) == 0
            yield
        finally:
            LIBC.setns(here, NEW_NET)
            os.close(here)
            os.close(there)

    def address(self, interface, address):
        self.run("ip", "address", "add", address, "dev", interface)
        self.run("ip", "link", "set", interface, "up")


def wire(name, machine, address, other, other_address):
    """name-a here (machine None: the test's own), name-b at the other."""
    run("ip", "link", "add", name + "a", "type", "veth", "peer", "name",
        name + "b")
    run("ip", "link", "set", name + "b", "netns", str(other.process.pid))
    other.address(name + "b", other_address)
    if machine:
        run("ip", "link", "set", name + "a", "netns",
            str(machine.process.pid))
        machine.address(name + "a", address)
    else:
        run("ip", "address", "add", address, "dev", name + "a")
        run("ip", "link", "set", name + "a", "up")


def nat(machine, outside, rules="", ports=""):
    """It hides all that it forwards behind its address at `outside`, and behind
    these ports of UDP ("to :40000-40100")."""
    machine.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
    machine.run("nft", "add table ip nat; "
                "add chain ip nat out { type nat hook postrouting priority 100; }; "
                "add chain ip nat in { type nat hook prerouting priority -100; }; "
                '%sadd rule ip nat out oifname "%s" masquerade; %s'
                % (ports and 'add rule ip nat out oifname "%s" meta l4proto udp '
                   'masquerade %s; ' % (outside, ports), outside, rules))
