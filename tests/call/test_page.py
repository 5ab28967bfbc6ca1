#!/usr/bin/python3
"""Paging with real phones: each hears who pages, who hears nobody, or in a duplex page
everybody else. baresip does not understand that it is to answer by itself: it does so always."""

import time

from lib import tap
from lib.meeting import TONES, Meeting

DIALPLAN = """\
[office]
exten => 610,1,Page(SIP/1001&SIP/1002&SIP/1003,q)
exten => 611,1,Page(SIP/1001&SIP/1002&SIP/1003,dq)
"""


class Page(Meeting):
    extensions = DIALPLAN

    def page(self, number):
        phones = self.talk(TONES)
        phones["1001"].dial(number)
        for phone in phones.values():
            phone.wait_for("CALL_ESTABLISHED")
        time.sleep(4)
        phones["1001"].hangup()
        for number in ("1002", "1003"):
            phones[number].wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        return phones

    def test_all_phones_hear_who_pages_and_nobody_is_heard_by_him(self):
        phones = self.page("610")
        self.assert_hears(phones, "1001", [])
        self.assert_hears(phones, "1002", ["1001"])
        self.assert_hears(phones, "1003", ["1001"])

    def test_in_a_duplex_page_all_hear_all(self):
        phones = self.page("611")
        self.assert_hears(phones, "1001", ["1002", "1003"])
        self.assert_hears(phones, "1002", ["1001", "1003"])
        self.assert_hears(phones, "1003", ["1001", "1002"])


if __name__ == "__main__":
    tap.main()
