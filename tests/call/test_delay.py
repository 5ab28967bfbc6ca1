#!/usr/bin/python3
"""How long sound takes through the exchange, between a packet that comes in and
the one that goes out with it, both read off the line."""

import statistics
import time
import unittest

from lib import capture, sound, tap
from lib.case import CallTest

OFFICE = """\
[office]
exten => 900,1,ConfBridge(1)
exten => _10XX,1,Dial(SIP/${EXTEN},10)
"""
PORTS = 20000, 20199  # the exchange's own, and no phone's
LOUD = 1e6  # mean square


def from_phone(line, phone_tone):
    """The stream that came in with that tone."""
    streams = line.streams(*PORTS)
    return max(streams, key=lambda one: sum(
        sound.power_at(packet_samples(p), capture.RATE, phone_tone) for p in one.packets[-100:]))


def packet_samples(packet):
    return [capture.TABLES[packet.kind][byte] for byte in packet.payload]


def beginnings(stream):
    """When packets came that are loud after a silence of ten."""
    quiet, found = 0, []
    for packet in stream.packets:
        loud = sound.mean_square(packet_samples(packet)) > LOUD
        if loud and quiet >= 10:
            found.append(packet.arrived)
        quiet = 0 if loud else quiet + 1
    return found


def loud_between(stream, begin, end):
    """How many packets are loud."""
    return sum(sound.mean_square(packet_samples(p)) > LOUD
               for p in stream.between(begin, end).packets)


def delays_ms(causes, effects):
    """From each effect back to the last cause before it."""
    found = []
    for effect in effects:
        before = [cause for cause in causes if cause <= effect]
        if before:
            found.append((effect - before[-1]) * 1000)
    return found


@unittest.skipUnless(capture.possible(), "reading packets off the line is not allowed")
class Delay(CallTest):
    """The machine may be busy: what counts is the better half."""

    extensions = OFFICE
    files = {"rtp.conf": "[general]\nrtpstart = %d\nrtpend = %d\n" % PORTS}

    def talk(self, *numbers, seconds, **more):
        caller, other = self.phone("1001", 440, **more), self.phone("1002", 1000)
        for phone, number in zip((caller, other), numbers):
            phone.dial(number)
            phone.wait_for("CALL_ESTABLISHED")
        time.sleep(seconds)
        heard = max(self.streams(other), key=lambda one: len(one.packets))
        said = from_phone(self.line, 440)
        for phone in (caller, other)[:len(numbers)]:
            phone.hangup()
        self.exchange.wait_idle()
        return said, heard

    def test_a_relayed_packet_goes_out_at_once(self):
        said, heard = self.talk("1002", seconds=6, every=1)
        delays = delays_ms(beginnings(said), beginnings(heard))
        print("# relay: median %.2f ms of %d" % (statistics.median(delays), len(delays)))
        self.assertGreater(len(delays), 3)
        self.assertLess(statistics.median(delays), 2)

    def test_a_room_mixes_within_two_packets(self):
        said, heard = self.talk("900", "900", seconds=12, every=1)
        begun, talk = beginnings(said), beginnings(heard)
        delays = [ms for ms in delays_ms(begun, talk) if ms < 500]
        print("# room: median %.2f ms of %d" % (statistics.median(delays), len(delays)))
        self.assertGreater(len(delays), 5)
        self.assertLess(statistics.median(delays), 40)
        # Each time is heard from its beginning to its end.
        self.assertGreater(loud_between(heard, talk[1], talk[-1]),
                           loud_between(said, begun[-len(talk) + 1], begun[-1]) * 0.95)


if __name__ == "__main__":
    tap.main()
