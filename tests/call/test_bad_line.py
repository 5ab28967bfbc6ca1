#!/usr/bin/python3
"""A phone whose packets get lost, come late and overtake each other, in a room
with one that has a good line: speech stays continuous."""

import time

from lib import capture, impair, sound, tap
from lib.case import CallTest
from lib.daemon import SIP_CONF

ROOM = """\
[office]
exten => 900,1,ConfBridge(1)
"""
SECONDS = 6  # that are listened to, at the end of the call


class BadLine(CallTest):
    extensions = ROOM
    files = {"sip.conf": SIP_CONF.replace("127.0.0.1:5060", "0.0.0.0:5060")}

    def setUp(self):
        self.bad = impair.BadLine(self, loss=0.05, jitter_ms=50)
        super().setUp()

    def test_what_is_lost_is_concealed(self):
        good = self.phone("1001", 1000)
        bad = self.phone("1002", 440, server="198.51.100.1:5060", address="198.51.100.20",
                         machine=self.bad.phone)
        for phone in (good, bad):
            phone.dial("900")
            phone.wait_for("CALL_ESTABLISHED")
        time.sleep(4)  # a prompt, and the first guess at the jitter
        lost = self.bad.lost
        time.sleep(SECONDS)
        lost = self.bad.lost - lost
        stream = max(self.streams(good), key=lambda one: len(one.packets))
        heard = sound.Heard(stream.samples()[-SECONDS * capture.RATE:], capture.RATE, 440)
        bad.hangup()
        good.hangup()
        self.exchange.wait_idle()
        # Each lost packet would be a hole of 20 ms.
        self.assertGreater(lost, 5)
        self.assertLessEqual(heard.longest_gap_ms(), 20)
        self.assertGreater(heard.seconds(), SECONDS - lost * 0.02 / 4)
        self.assertAlmostEqual(heard.level(), -10, delta=1)


if __name__ == "__main__":
    tap.main()
