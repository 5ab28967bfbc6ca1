#!/usr/bin/python3
"""Paging with real phones: each hears who pages, who hears nobody, or in a duplex page
everybody else. baresip does not understand that it is to answer by itself: it does so always."""

import socket
import struct
import time

from lib import capture, sound, tap
from lib.meeting import TONES, Meeting

DIALPLAN = """\
[office]
exten => 610,1,Page(SIP/1001&SIP/1002&SIP/1003,q)
exten => 611,1,Page(SIP/1001&SIP/1002&SIP/1003,dq)
exten => 612,1,Page(MulticastRTP/basic/239.1.2.3:5004//i(127.0.0.1)l(1),q)
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

    def test_a_loudspeaker_that_listens_to_a_group_hears_who_pages(self):
        speaker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(speaker.close)
        speaker.bind(("239.1.2.3", 5004))
        speaker.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack(
            "4s4s", socket.inet_aton("239.1.2.3"), socket.inet_aton("127.0.0.1")))
        speaker.settimeout(5)
        pager = self.phone("1001", TONES["1001"])
        pager.dial("612")
        pager.wait_for("CALL_ESTABLISHED")
        packets = [speaker.recv(2048) for _ in range(150)]
        pager.hangup()
        self.exchange.wait_idle()
        numbers = [struct.unpack(">H", packet[2:4])[0] for packet in packets]
        self.assertEqual(numbers, [(numbers[0] + i) % 65536 for i in range(150)])
        said = [capture.ulaw(byte) for packet in packets[-100:] for byte in packet[12:]]
        self.assertEqual(sound.dominant_hz(said, 8000, TONES.values()), TONES["1001"])


if __name__ == "__main__":
    tap.main()
