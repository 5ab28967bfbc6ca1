#!/usr/bin/python3
"""Two baresip phones, one exchange: they register, talk, and hear."""

import time

from lib import capture, sound, tap
from lib.case import CallTest

OFFICE = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},10)
 same => n,GotoIf($["${DIALSTATUS}" = "BUSY"]?busy:end)
 same => n(busy),Busy(2)
 same => n(end),Hangup()

exten => 600,1,Answer()
 same => n,Echo()

exten => 601,1,Answer()
 same => n,Milliwatt()

exten => 602,1,Answer()
 same => n,Playback(vm-goodbye)
 same => n,Hangup()

exten => 700,1,Answer()
 same => n(again),Background(silence/5)
 same => n,WaitExten(5)
exten => 1,1,PlayTones(1000)
 same => n,Wait(3)
exten => 2,1,PlayTones(1600)
 same => n,Wait(3)
"""


class FirstCall(CallTest):
    extensions = OFFICE

    def test_two_phones_hear_each_other(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        alice.dial("1002")
        alice.wait_for("CALL_ESTABLISHED")
        bob.wait_for("CALL_ESTABLISHED")
        time.sleep(4)
        channels = self.exchange.ask("core show channels")
        self.assertRegex(channels, r"SIP/1001-[0-9a-f]{8}")
        self.assertRegex(channels, r"\b1 active call\b")
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.assert_heard(alice, 1000, 3.5, level=-10)
        self.assert_heard(bob, 440, 3.5, level=-10)
        self.exchange.wait_idle()

    def test_the_called_phone_may_hang_up_too(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        alice.dial("1002")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        bob.hangup()
        alice.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()

    def test_phones_with_different_laws_hear_each_other(self):
        alice = self.phone("1001", 440, codecs="pcmu")
        bob = self.phone("1002", 1000, codecs="pcma")
        alice.dial("1002")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        self.assertIn("transcode", self.exchange.ask("core show calls"))
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.assert_heard(alice, 1000, 2.5, level=-10)
        self.assert_heard(bob, 440, 2.5, level=-10)

    def test_echo_returns_the_caller_to_himself(self):
        alice = self.phone("1001", 700)
        alice.dial("600")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        alice.hangup()
        self.exchange.wait_idle()
        self.assert_heard(alice, 700, 2.5, level=-10)

    def test_milliwatt_is_1004_hz_at_0_dbm(self):
        alice = self.phone("1001")
        alice.dial("601")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        alice.hangup()
        self.assert_heard(alice, 1004, 2.5)

    def test_a_prompt_is_heard_and_the_call_ends(self):
        alice = self.phone("1001")
        alice.dial("602")
        alice.wait_for("CALL_ESTABLISHED")
        alice.wait_for("CALL_CLOSED", timeout=10)
        heard, rate = sound.read(alice.recording())
        prompt, _ = sound.read("/usr/share/asterisk/sounds/en/vm-goodbye.wav")
        self.assertGreater(sound.mean_square(heard),
                           sound.mean_square(prompt) * 0.5)
        self.assertGreater(len(heard) / rate, len(prompt) / rate * 0.9)

    def test_keys_drive_the_menu(self):
        alice = self.phone("1001")
        alice.dial("700")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        alice.keys("2")
        alice.wait_for("CALL_CLOSED", timeout=12)
        self.assert_heard(alice, 1600, 2.0)

    def test_hold_and_resume(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        alice.dial("1002")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(1.5)
        held = time.time()
        alice.hold()
        time.sleep(2)
        resumed = time.time()
        alice.resume()
        time.sleep(2)
        ended = time.time()
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        for phone, hz in (alice, 1000), (bob, 440):
            self.assert_tone_between(phone, hz, held - 1, held, True)
            self.assert_tone_between(phone, hz, held + 0.5, resumed, False)
            self.assert_tone_between(phone, hz, resumed + 0.5, ended, True)

    def assert_tone_between(self, phone, hz, begin, end, present):
        """Nearly all of that time, or not at all."""
        share = sum(
            sound.Heard(part.samples(), capture.RATE, hz).seconds()
            for part in (one.between(begin, end) for one in self.streams(phone))
            if part.packets) / (end - begin)
        where = "phone %s, %d Hz: heard %d %% of %.1f s" % (
            phone.user, hz, share * 100, end - begin)
        if present:
            self.assertGreater(share, 0.9, where)
        else:
            self.assertLess(share, 0.05, where)

    def test_busy_is_told_to_the_caller(self):
        alice = self.phone("1001")
        bob = self.phone("1002", answer="manual")
        alice.dial("1002")
        bob.wait_for("CALL_INCOMING")
        bob.hangup()
        closed = alice.wait_for("CALL_CLOSED")
        self.assertRegex(closed["param"], "486|Busy")

    def test_no_answer_ends_after_the_time_limit(self):
        alice = self.phone("1001")
        bob = self.phone("1002", answer="manual")
        alice.dial("1002")
        bob.wait_for("CALL_INCOMING")
        alice.wait_for("CALL_RINGING")
        bob.wait_for("CALL_CLOSED", timeout=14)
        alice.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()

    def test_an_unknown_number_is_404(self):
        alice = self.phone("1001")
        alice.dial("9999")
        closed = alice.wait_for("CALL_CLOSED")
        self.assertIn("404", closed["param"])

    def test_a_wrong_password_is_refused(self):
        alice = self.phone("1001", password="wrong", registered=False)
        failed = alice.wait_for("REGISTER_FAIL")
        self.assertIn("403", failed["param"])
        self.assertNotIn("sip:1001@", self.exchange.ask("sip show contacts"))


if __name__ == "__main__":
    tap.main()
