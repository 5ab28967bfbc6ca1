#!/usr/bin/python3
"""We register with others, who then call us: a second Ringdown over a flow of TCP with
GRUUs and a password, and Kamailio over UDP with neither."""

import os
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SECOND_RTP_CONF, SIP_CONF, TCP_CONF, Ringdown
from lib.kamailio import Kamailio

DIALPLAN = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},20)
exten => _20XX,1,Dial(SIP/${EXTEN}@provider,20)
"""

PROVIDER_SIP = """\
[udp]
type = transport
bind = 127.0.0.2:5060
[tcp]
type = transport
protocol = tcp
bind = 127.0.0.2:5060
[2001]
type = phone
secret = secret-2001
context = office
[branch]
type = phone
secret = between-us
context = office
"""

PROVIDER_DIALPLAN = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN}@branch,20)
exten => _20XX,1,Dial(SIP/${EXTEN},20)
"""

TRUNK = """
[provider]
type = peer
host = %s
username = %s
secret = between-us
context = office
register = yes
"""

REGISTERED = r"provider +registered +200"
TALK = 1.5  # seconds


class Trunk(CallTest):
    extensions = DIALPLAN

    def its_phone(self, address):
        phone = self.phone("2001", 1000, registered=False, server=address + ":5060")
        phone.wait_for("REGISTER_OK", timeout=15)
        return phone


class WithRingdown(Trunk):
    files = {"sip.conf": SIP_CONF + TCP_CONF + TRUNK % (
        "127.0.0.2:5060\\;transport=tcp", "branch")}

    def setUp(self):
        super().setUp()
        self.exchange.ask("sip trace on 127.0.0.2")
        folder = os.path.join(self.folder, "provider")
        os.makedirs(folder)
        self.provider = Ringdown(folder, {
            "sip.conf": PROVIDER_SIP,
            "rtp.conf": SECOND_RTP_CONF},
            PROVIDER_DIALPLAN)
        self.addCleanup(self.provider.stop)
        self.exchange.ask("core reload")  # it was not there when we asked first
        self.exchange.wait_output("sip show registrations", REGISTERED)

    def test_calls_both_ways_over_a_flow(self):
        ours, its = self.phone("1001", 440), self.its_phone("127.0.0.2")
        self.assert_call_sounds(TALK, ours, "2001", its, (440, 1000))
        self.exchange.wait_log(r"(?s)INVITE sip:2001@127\.0\.0\.2.*"
                               r"Contact: <sip:branch@[^>]*;gr=urn:uuid:")
        self.assert_call_sounds(TALK, its, "1001", ours, (1000, 440), times=2)

    def test_it_is_restarted_and_we_leave(self):
        self.provider.stop()
        self.exchange.wait_output("sip show registrations", r"provider +waits")
        self.provider.start()
        self.provider.wait_ready()
        self.exchange.ask("core reload")
        self.exchange.wait_output("sip show registrations", REGISTERED)
        self.assertIn("branch", self.provider.ask("sip show contacts"))
        self.exchange.stop()
        self.exchange = None
        self.assertNotIn("branch", self.provider.ask("sip show contacts"))


class WithKamailio(Trunk):
    files = {"sip.conf": SIP_CONF + TRUNK % ("127.0.0.9", "2005")}
    extensions = DIALPLAN + "exten => 2005,1,Dial(SIP/1001,20)\n"

    def setUp(self):
        super().setUp()
        self.kamailio = Kamailio(self.folder, "sip:127.0.0.1:5060")
        self.addCleanup(self.leave)
        self.exchange.ask("core reload")
        self.exchange.wait_output("sip show registrations", REGISTERED)

    def leave(self):
        while self.phones:
            self.phones.pop().stop()
        self.kamailio.stop()

    def test_calls_both_ways_with_kamailio(self):
        ours, its = self.phone("1001", 440), self.its_phone("127.0.0.9")
        self.assert_call_sounds(TALK, ours, "2001", its, (440, 1000))
        self.assert_call_sounds(TALK, its, "2005", ours, (1000, 440), times=2)


if __name__ == "__main__":
    tap.main()
