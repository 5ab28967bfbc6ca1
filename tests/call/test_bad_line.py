#!/usr/bin/python3
"""A phone whose packets get lost, come late and overtake each other, in a room or a
call with one that has a good line: speech stays continuous, in clear and encrypted."""

import time

from lib import capture, impair, sound, tap
from lib.case import CallTest
from lib.daemon import SIP_CONF

ROOM = """\
[office]
exten => 900,1,ConfBridge(1)
exten => 901,1,Set(JITTERBUFFER(fixed)=120)
 same => n,ConfBridge(1)
exten => 1001,1,Set(JITTERBUFFER(adaptive)=default)
 same => n,Dial(SIP/1001)
exten => 91001,1,Set(JITTERBUFFER(fixed)=120)
 same => n,Dial(SIP/1001)
"""
SECONDS = 6  # that are listened to, at the end of the call
SECURE = "module srtp.so\nmodule dtls_srtp.so\n"


class BadLineTest(CallTest):
    extensions = ROOM
    options, config, mode = "", "", ""  # of the phone with the bad line

    def setUp(self):
        self.bad = impair.BadLine(self, loss=0.05, jitter_ms=50)
        self.files = {"sip.conf": SIP_CONF.replace("127.0.0.1:5060", "0.0.0.0:5060").replace(
            "secret = secret-1002\n", "secret = secret-1002\n" + self.options)}
        super().setUp()

    def two_phones(self):
        good = self.phone("1001", 1000)
        bad = self.phone("1002", 440, server="198.51.100.1:5060", address="198.51.100.20",
                         machine=self.bad.phone, config=self.config,
                         extra=";mediaenc=" + self.mode if self.mode else "")
        return good, bad

    def assert_continuous(self, good, bad):
        """Each lost packet would be a hole of 20 ms."""
        time.sleep(4)  # a prompt, and the first guess at the jitter
        lost = self.bad.lost
        time.sleep(SECONDS)
        lost = self.bad.lost - lost
        stream = max(self.streams(good), key=lambda one: len(one.packets))
        heard = sound.Heard(stream.samples()[-SECONDS * capture.RATE:], capture.RATE, 440)
        bad.hangup()
        good.hangup()
        self.exchange.wait_idle()
        self.assertGreater(lost, 5)
        self.assertLessEqual(heard.longest_gap_ms(), 20)
        self.assertGreater(heard.seconds(), SECONDS - lost * 0.02 / 4)
        self.assertAlmostEqual(heard.level(), -10, delta=1)

    def meet(self, number="900"):
        good, bad = self.two_phones()
        for phone in (good, bad):
            phone.dial(number)
            phone.wait_for("CALL_ESTABLISHED")
        self.assert_continuous(good, bad)

    def call(self, number):
        good, bad = self.two_phones()
        bad.dial(number)
        for phone in (good, bad):
            phone.wait_for("CALL_ESTABLISHED")
        self.assert_continuous(good, bad)


class BadLine(BadLineTest):
    def test_what_is_lost_is_concealed(self):
        self.meet()

    def test_a_call_of_two_with_a_jitter_buffer(self):
        self.call("1001")

    def test_a_call_of_two_with_a_fixed_one(self):
        self.call("91001")

    def test_a_room_with_fixed_ones(self):
        self.meet("901")


class KeysInDescriptions(BadLineTest):
    options, config, mode = "media_encryption = sdes\nsdes_in_clear = yes\n", SECURE, "srtp-mand"

    def test_a_room(self):
        self.meet()

    def test_a_call_of_two(self):
        self.call("1001")


class KeysByHandshake(BadLineTest):
    options, config, mode = "media_encryption = dtls\n", SECURE + "rtcp_mux yes\n", "dtls_srtp"

    def test_a_room(self):
        self.meet()

    def test_a_call_of_two(self):
        self.call("1001")


if __name__ == "__main__":
    tap.main()
