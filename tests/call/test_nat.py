#!/usr/bin/python3
"""Two networks and a NAT between them, made with nftables: a phone behind it has
no option of its own; then the exchange is behind it, and a provider outside."""

import time

from lib import network, tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.provider import ACCOUNT, Edge
from lib.scenario import Callee
from lib.sipp import Sipp
from lib.wire import Wire

OFFICE = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},10)
"""


class NatTest(CallTest):
    extensions = OFFICE
    inside, outside = "192.168.7.10", "198.51.100.2"

    def build(self):
        """The test's own machine at 198.51.100.1; the NAT's other side is the
        network 192.168.7.0/24, where the other machine is."""
        self.gate, self.other = network.Machine(self), network.Machine(self)
        network.wire("world", None, "198.51.100.1/24", self.gate,
                     "198.51.100.2/24")
        network.wire("lan", self.gate, "192.168.7.1/24", self.other,
                     "192.168.7.10/24")
        self.other.run("ip", "route", "add", "default", "via", "192.168.7.1")
        self.addCleanup(network.run, "ip", "link", "delete", "worlda")

    def talk(self, caller, number, called, during=lambda: None):
        caller.dial(number)
        called.wait_for("CALL_ESTABLISHED")
        caller.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        during()
        caller.hangup()
        called.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()


class PhoneBehindNat(NatTest):
    files = {"sip.conf": SIP_CONF.replace("127.0.0.1:5060", "198.51.100.1:5060")
             .replace("[udp]\ntype = transport",
                      "[tcp]\ntype = transport\nprotocol = tcp\n"
                      "bind = 198.51.100.1:5060\n\n"
                      "[udp]\ntype = transport\nkeepalive = 1s")}

    def setUp(self):
        self.build()
        network.nat(self.gate, "worldb")
        super().setUp()

    def two_phones(self, more=""):
        hidden = self.phone("1001", 440, address=self.inside,
                            server="198.51.100.1:5060", machine=self.other,
                            extra=more)
        public = self.phone("1002", 1000, address="198.51.100.1",
                            server="198.51.100.1:5060")
        return hidden, public

    def both_ways(self, more=""):
        hidden, public = self.two_phones(more)
        contacts = self.exchange.ask("sip show contacts")
        self.assertIn("198.51.100.2", contacts)
        self.assertIn("@192.168.7.10", contacts)
        self.talk(hidden, "1002", public)
        self.assert_heard(hidden, 1000, 2.5, level=-10)
        self.assert_heard(public, 440, 2.5, level=-10)
        self.talk(public, "1001", hidden)
        self.assert_heard(hidden, 1000, 2.5, level=-10)
        self.assert_heard(public, 440, 2.5, level=-10)

    def test_a_phone_behind_a_nat_calls_and_is_called(self):
        self.both_ways()

    def test_so_does_one_over_tcp(self):
        self.both_ways(";outbound=\"sip:198.51.100.1:5060;transport=tcp\"")

    def test_the_console_shows_where_its_sound_really_goes(self):
        hidden, public = self.two_phones()
        shown = []
        self.talk(hidden, "1002", public,
                  lambda: shown.append(self.exchange.ask("rtp show streams")))
        self.assertRegex(shown[0], r"198\.51\.100\.1:\d+ +198\.51\.100\.2:\d+ ")
        self.assertNotIn("192.168.7.10", shown[0])

    def test_its_door_is_kept_open(self):
        self.gate.run("sysctl", "-q", "-w",
                      "net.netfilter.nf_conntrack_udp_timeout=3",
                      "net.netfilter.nf_conntrack_udp_timeout_stream=3")
        hidden, public = self.two_phones()
        time.sleep(6)
        public.dial("1001")
        hidden.wait_for("CALL_ESTABLISHED")
        public.hangup()
        hidden.wait_for("CALL_CLOSED")


class OldWire(Wire):
    """One that does not ask for rport (RFC 3581)."""

    def send(self, text):
        super().send(text.replace(";rport", ""))


# As long as a phone's request, or its 401 would be more than it sent.
TALKATIVE = "User-Agent: %s\n" % ("An-old-phone/1.0 " * 12)


class OldPhoneBehindNat(NatTest):
    """The NAT gives it another port, and its Via tells the one that it has inside."""

    files = PhoneBehindNat.files

    def setUp(self):
        self.build()
        network.nat(self.gate, "worldb", ports="to :40000-40100")
        super().setUp()

    def test_it_registers_and_is_called(self):
        with self.other.inside():
            phone = OldWire(self.inside, 5060, ("198.51.100.1", 5060))
        self.addCleanup(phone.close)
        ok = phone.registered("1001", "secret-1001", more=TALKATIVE) or "nothing"
        self.assertTrue(ok.startswith("SIP/2.0 200"), ok)
        public = self.phone("1002", 1000, address="198.51.100.1",
                            server="198.51.100.1:5060")
        public.dial("1001")
        invite = phone.receive() or "nothing"
        self.assertTrue(invite.startswith("INVITE sip:1001@192.168.7.10:5060"),
                        invite)


class ExchangeBehindNat(NatTest):
    """The exchange moves in: the phone outside knows the NAT's address only."""

    files = {"sip.conf": SIP_CONF.replace(
        "bind = 127.0.0.1:5060",
        "bind = 192.168.7.10:5060\nexternal_address = 198.51.100.2"),
        "rtp.conf": "[general]\nrtpstart = 20000\nrtpend = 20100\n"}

    def setUp(self):
        self.build()
        network.nat(
            self.gate, "worldb",
            'add rule ip nat in iifname "worldb" udp dport { 5060, '
            '20000-20100 } dnat to 192.168.7.10')
        self.machine = self.other
        super().setUp()

    def test_a_phone_outside_talks_to_one_inside(self):
        outside = self.phone("1001", 440, address="198.51.100.1",
                             server="198.51.100.2:5060")
        inside = self.phone("1002", 1000, address=self.inside,
                            server="192.168.7.10:5060", machine=self.other)
        self.talk(outside, "1002", inside)
        self.assert_heard(outside, 1000, 2.5, level=-10)
        self.assert_heard(inside, 440, 2.5, level=-10)
        self.talk(inside, "1001", outside)
        self.assert_heard(outside, 1000, 2.5, level=-10)
        self.assert_heard(inside, 440, 2.5, level=-10)


class ProviderOutside(NatTest):
    """We register through the NAT, which lets nothing in but answers, by ports of its own."""

    extensions = OFFICE + """\
exten => _0X.,1,Dial(TRUNK/tel/${EXTEN},20)
[from-tel]
exten => _4930555XX,1,Dial(SIP/10${EXTEN:-2},20)
"""
    sip = SIP_CONF.replace("bind = 127.0.0.1:5060", "bind = 192.168.7.10:5060\nkeepalive = 1s")
    trunks = """\
[tel]
host = 198.51.100.1%s
user = """ + ACCOUNT + """
secret = hush
numbers = _4930555XX
context = from-tel
"""

    def setUp(self):
        self.build()
        network.nat(self.gate, "worldb", ports="to :40000-40100")
        self.gate.run("sysctl", "-q", "-w",
                      "net.netfilter.nf_conntrack_udp_timeout=3",
                      "net.netfilter.nf_conntrack_udp_timeout_stream=3")
        self.machine = self.other
        self.files = {"sip.conf": self.sip, "trunks.conf": self.trunks % ""}
        super().setUp()
        self.tel = Edge(self.folder, "198.51.100.1")
        self.addCleanup(self.tel.stop)

    def calls_go_both_ways(self):
        self.exchange.ask("core reload")
        self.exchange.wait_output("sip show trunks", r"tel +registered ")
        ours = self.phone("1001", 440, address=self.inside, machine=self.other,
                          server="192.168.7.10:5060")
        its = self.phone("2001", 1000, address="198.51.100.1", registered=False,
                         server="198.51.100.1:5060")
        its.wait_for("REGISTER_OK")
        echo = Sipp(self.folder, Callee().expect_invite().answer().receive("ACK")
                    .expect_bye(), 5080, "198.51.100.1", extra=["-rtp_echo"])
        self.addCleanup(echo.stop)
        ours.dial("030600")
        ours.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        ours.hangup()
        echo.finish()
        self.assert_heard(ours, 440, 2.5)
        time.sleep(6)  # longer than the NAT remembers
        its.dial("493055501")
        ours.wait_for("CALL_ESTABLISHED", count=2)
        its.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        ours.hangup()
        its.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_heard(its, 440, 1.5)

    def test_calls_go_both_ways(self):
        self.calls_go_both_ways()

    def test_so_they_do_by_tcp(self):
        self.exchange.write("sip.conf", self.sip + "[tcp]\ntype = transport\n"
                            "protocol = tcp\nbind = 192.168.7.10:5060\n")
        self.exchange.write("trunks.conf", self.trunks % "\\;transport=tcp")
        self.calls_go_both_ways()


if __name__ == "__main__":
    tap.main()
