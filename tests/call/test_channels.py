#!/usr/bin/python3
"""Channels as the console moves them, and the ways that calls take: Local
channels, originated calls, transfers, legs taken out of their call."""

import re
import time

from lib import tap
from lib.case import CallTest

EXTENSIONS = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},20,${OPTIONS})
exten => 200,1,Answer()
 same => n,Milliwatt()
exten => 300,1,Dial(Local/1002@office,20)
exten => 310,1,Dial(Local/320@office,20)
exten => 320,1,Dial(Local/1002@office,20)
exten => 330,1,Dial(Local/200@office,20)
exten => 400,1,Answer()
 same => n,Wait(60)
exten => 500,1,Bridge(SIP/1001)
exten => 600,1,Originate(SIP/1002,exten,office,200,1,10)
 same => n,Verbose(1,origin ${ORIGINATE_STATUS})
exten => 700,1,Dial(SIP/1002&SIP/1003,20)
"""


class Channels(CallTest):
    extensions = EXTENSIONS

    def talk(self, *numbers):
        """Phones 1001, 1002, ...; the first dials, then all may talk."""
        phones = [self.phone("1001", 440), self.phone("1002", 1000)]
        phones[0].dial(numbers[0] if numbers else "1002")
        phones[0].wait_for("CALL_ESTABLISHED")
        return phones

    def channel(self, device):
        """The name of the newest channel of a device."""
        return self.exchange.wait_output(
            "core show channels concise", r"(%s-[0-9a-f]{8})!" % device)[1]

    def hear_each_other_through(self, number):
        alice, bob = self.talk(number)
        time.sleep(3)
        self.assertIn("relay", self.exchange.ask("core show calls"))
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_heard(alice, 1000, 2.0, gap_ms=100)
        self.assert_heard(bob, 440, 2.0, gap_ms=100)

    def test_two_hear_each_other_through_a_local_channel(self):
        self.hear_each_other_through("300")

    def test_two_hear_each_other_through_a_chain_of_local_channels(self):
        self.hear_each_other_through("310")

    def test_a_local_channel_brings_the_sound_of_an_application(self):
        alice = self.phone("1001")
        alice.dial("330")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        alice.hangup()
        self.exchange.wait_idle()
        self.assert_heard(alice, 1004, 2.0, gap_ms=100)

    def test_a_call_made_by_the_console_runs_an_extension(self):
        alice = self.phone("1001")
        self.exchange.ask("channel originate SIP/1001 extension 200@office")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        alice.hangup()
        self.exchange.wait_idle()
        self.assert_heard(alice, 1004, 1.5)

    def test_a_call_made_by_the_console_runs_an_application(self):
        alice = self.phone("1001")
        self.exchange.ask("channel originate SIP/1001 application Milliwatt")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        self.exchange.ask("channel request hangup " + self.channel("SIP/1001"))
        alice.wait_for("CALL_CLOSED")
        self.assert_heard(alice, 1004, 1.5)

    def test_nothing_is_rung_for_what_does_not_exist(self):
        for command in ("SIP/1001 extension 999@office",
                        "SIP/1001 application NoSuchThing",
                        "nonsense application Milliwatt",
                        "Nonsense/1001 application Milliwatt"):
            status, _ = self.exchange.run("channel originate " + command)
            self.assertNotEqual(status, 0, command)

    def test_a_call_to_who_cannot_be_called_fails_with_the_reason(self):
        for target, why in (("SIP/1003", "Subscriber absent"),
                            ("Local/999@office", "Unallocated (unassigned) number")):
            status, said = self.exchange.run("channel originate %s application "
                                             "Milliwatt" % target)
            self.assertNotEqual(status, 0, target)
            self.assertIn("%s cannot be called: %s" % (target, why), said)

    def test_the_called_leg_is_sent_elsewhere(self):
        alice, bob = self.talk()
        time.sleep(1)
        shown = self.exchange.ask("channel redirect %s office,200,1"
                                  % self.channel("SIP/1002"))
        self.assertIn("successfully redirected", shown)
        alice.wait_for("CALL_CLOSED")
        time.sleep(2)
        bob.hangup()
        self.exchange.wait_idle()
        self.assert_heard(bob, 1004, 1.5)

    def test_the_calling_leg_is_sent_elsewhere(self):
        alice, bob = self.talk()
        time.sleep(1)
        self.exchange.ask("channel redirect %s office,200,1"
                          % self.channel("SIP/1001"))
        bob.wait_for("CALL_CLOSED")
        time.sleep(2)
        alice.hangup()
        self.exchange.wait_idle()
        self.assert_heard(alice, 1004, 1.5)

    def test_a_channel_cannot_go_where_nothing_is(self):
        alice, _ = self.talk()
        status, output = self.exchange.run(
            "channel redirect %s office,999,1" % self.channel("SIP/1001"))
        self.assertNotEqual(status, 0)
        self.assertIn("999", output)
        self.assertIn("1 active call",
                      self.exchange.ask("core show channels"))
        alice.hangup()

    def test_bridge_takes_a_channel_out_of_its_wait(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        alice.dial("400")
        alice.wait_for("CALL_ESTABLISHED")
        bob.dial("500")
        bob.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        bob.hangup()
        bob.wait_for("CALL_CLOSED")
        self.exchange.ask("channel request hangup all")
        self.exchange.wait_idle()
        self.assert_heard(alice, 1000, 2.0, gap_ms=100)
        self.assert_heard(bob, 440, 2.0, gap_ms=100)

    def test_originate_in_the_dialplan_tells_its_outcome(self):
        alice, bob = self.phone("1001"), self.phone("1002")
        alice.dial("600")
        bob.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        bob.hangup()
        self.exchange.wait_log("origin SUCCESS")
        self.exchange.wait_idle()
        self.assert_heard(bob, 1004, 1.0)

    def test_one_of_two_phones_answers_and_the_other_stops(self):
        alice, bob = self.phone("1001"), self.phone("1002", 1000)
        carol = self.phone("1003", answer="manual")
        alice.dial("700")
        alice.wait_for("CALL_ESTABLISHED")
        carol.wait_for("CALL_CLOSED")
        time.sleep(2)
        self.assertEqual(len(re.findall(
            r"^SIP/", self.exchange.ask("core show channels concise"), re.M)), 2)
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_heard(alice, 1000, 1.5)

    def test_a_channel_is_shown_with_its_call(self):
        alice, _ = self.talk()
        name = self.channel("SIP/1001")
        shown = self.exchange.ask("core show channel " + name)
        for word in ("1002", "relay", "Dial", "Up", "office"):
            self.assertIn(word, shown)
        alice.hangup()
        self.exchange.wait_idle()
        status, output = self.exchange.run("core show channel " + name)
        self.assertNotEqual(status, 0)
        self.assertIn("is not a known channel", output)


if __name__ == "__main__":
    tap.main()
