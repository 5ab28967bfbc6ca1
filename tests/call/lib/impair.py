"""A bad line between the exchange and a phone: a machine in the middle that
repeats what comes at one end at the other, but RTP late, unevenly, in another
order, or not at all. What tc's netem does, where the kernel has no netem."""

import heapq
import random
import select
import socket
import threading
import time

from . import network

ETH_P_ALL = 3
PACKET_OUTGOING = 4


def plug(name, machine, other):
    """A wire without addresses: name-a at the machine (None: here), name-b."""
    network.run("ip", "link", "add", name + "a", "type", "veth", "peer", "name", name + "b")
    network.run("ip", "link", "set", name + "b", "netns", str(other.process.pid))
    other.run("ip", "link", "set", name + "b", "up")
    if machine:
        network.run("ip", "link", "set", name + "a", "netns", str(machine.process.pid))


def is_rtp(frame):
    """IPv4, UDP, above SIP's ports, version 2, and no RTCP."""
    return (frame[12:14] == b"\x08\0" and frame[23] == 17 and
            int.from_bytes(frame[36:38], "big") > 10000 and
            frame[42] >> 6 == 2 and not 192 <= frame[43] <= 223)


def without_checksum(frame):
    """The kernel leaves the sum to the card, which there is none of."""
    if frame[12:14] == b"\x08\0" and frame[23] == 17:
        return frame[:40] + b"\0\0" + frame[42:]
    return frame


class BadLine:
    """here (the test's own machine) has 198.51.100.1, .phone 198.51.100.20."""

    def __init__(self, test, loss=0.05, jitter_ms=50, seed=1):
        self.loss, self.jitter, self.chance = loss, jitter_ms / 1000, random.Random(seed)
        self.middle, self.phone = network.Machine(test), network.Machine(test)
        plug("north", None, self.middle)
        network.run("ip", "address", "add", "198.51.100.1/24", "dev", "northa")
        network.run("ip", "link", "set", "northa", "up")
        plug("south", self.middle, self.phone)
        self.middle.run("ip", "link", "set", "southa", "up")
        self.phone.address("southb", "198.51.100.20/24")
        test.addCleanup(network.run, "ip", "link", "delete", "northa")
        with self.middle.inside():
            self.north, self.south = (self._open(name) for name in ("northb", "southa"))
        self.passed = self.lost = 0
        self.stopping = False
        self.thread = threading.Thread(target=self._repeat, daemon=True)
        self.thread.start()
        test.addCleanup(self.stop)

    @staticmethod
    def _open(interface):
        end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        end.bind((interface, ETH_P_ALL))
        return end

    def _delay(self, frame):
        """In seconds; None: lost."""
        if not is_rtp(frame):
            return 0
        if self.chance.random() < self.loss:
            self.lost += 1
            return None
        self.passed += 1
        return self.chance.random() * self.jitter

    def _read(self, end, waiting):
        frame, address = end.recvfrom(2048)
        if address[2] == PACKET_OUTGOING:
            return
        # Only the way from the phone is bad: what the exchange makes of it counts.
        delay = self._delay(frame) if end is self.south else 0
        if delay is not None:
            other = self.north if end is self.south else self.south
            heapq.heappush(waiting, (time.monotonic() + delay, id(frame), frame, other))

    def _repeat(self):
        waiting = []
        while not self.stopping:
            pause = waiting[0][0] - time.monotonic() if waiting else 0.1
            for end in select.select([self.north, self.south], [], [], max(pause, 0))[0]:
                self._read(end, waiting)
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, frame, other = heapq.heappop(waiting)
                other.send(without_checksum(frame))

    def stop(self):
        if self.thread.is_alive():
            self.stopping = True
            self.thread.join()
            self.north.close()
            self.south.close()
