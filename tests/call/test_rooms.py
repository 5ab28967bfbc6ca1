#!/usr/bin/python3
"""Three baresip phones, each with a tone of its own, in one conference and around a
call that is listened to: each is measured for what it must hear and for what it
must not."""

import time

from lib import tap
from lib.meeting import SAID_DB, TONES, Meeting

OFFICE = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},10)
exten => 607,1,ConfBridge(office)
 same => n,Hangup()
exten => 700,1,ChanSpy(SIP/1001,q)
exten => 701,1,ChanSpy(SIP/1001,qw)
"""


class Rooms(Meeting):
    extensions = OFFICE

    def test_each_in_a_conference_hears_the_others_and_not_itself(self):
        phones = self.talk(["1001", "1002", "1003"])
        for phone in phones.values():
            phone.dial("607")
            phone.wait_for("CALL_ESTABLISHED")
        time.sleep(7)
        self.assertRegex(self.exchange.ask("confbridge list"), r"office +3 ")
        listed = self.exchange.ask("confbridge list office")
        self.assertEqual(listed.count(" no     yes "), 3, listed)
        self.assertIn("mix", self.exchange.ask("core show calls"))
        for phone in phones.values():
            phone.hangup()
        time.sleep(1)
        for number in phones:
            self.assert_hears(phones, number, set(phones) - {number})
        self.exchange.wait_idle()

    def test_a_spy_hears_both_and_nobody_hears_the_spy(self):
        phones = self.talk(["1001", "1002", "1003"])
        phones["1001"].dial("1002")
        phones["1002"].wait_for("CALL_ESTABLISHED")
        phones["1003"].dial("700")
        phones["1003"].wait_for("CALL_ESTABLISHED")
        time.sleep(5)
        self.assertIn("relay", self.exchange.ask("core show calls"))
        phones["1003"].hangup()
        phones["1001"].hangup()
        time.sleep(1)
        self.assert_hears(phones, "1001", {"1002"})
        self.assert_hears(phones, "1002", {"1001"})
        self.assert_hears(phones, "1003", {"1001", "1002"})
        self.assert_heard(phones["1002"], TONES["1001"], 4.5, level=SAID_DB)

    def test_a_whisper_reaches_one_and_the_call_has_no_gap(self):
        phones = self.talk(["1001", "1002", "1003"])
        phones["1001"].dial("1002")
        phones["1002"].wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        phones["1003"].dial("701")
        phones["1003"].wait_for("CALL_ESTABLISHED")
        time.sleep(5)
        self.assertIn("mix", self.exchange.ask("core show calls"))
        phones["1001"].hangup()
        time.sleep(1)
        self.assert_hears(phones, "1001", {"1002", "1003"})
        self.assert_hears(phones, "1002", {"1001"})
        # From relayed to mixed: what 1002 hears of 1001 goes on.
        self.assert_heard(phones["1002"], TONES["1001"], 5.5, level=SAID_DB)


if __name__ == "__main__":
    tap.main()
