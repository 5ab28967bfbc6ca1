#!/usr/bin/python3
"""Two exchanges that have IPv4 and IPv6 both, each with a phone of its own: between
them ICE finds the family by which sound gets through, and another one when that is cut."""

import os
import time

from lib import network, tap
from lib.case import CallTest
from lib.daemon import Ringdown

SIP_CONF = """\
[udp]
type = transport
bind = 0.0.0.0:5060

[udp6]
type = transport
bind = [::]:5060

[%(own)s]
type = phone
context = office
secret = secret-%(own)s

[other]
type = peer
context = office
host = %(host)s
ice_support = yes
rtcp_mux = yes
"""
DIALPLAN = """\
[office]
exten => %(own)s,1,Dial(SIP/%(own)s,10)
exten => %(far)s,1,Dial(SIP/%(far)s@other,10)
"""
RTP_CONF = {"rtp.conf": "[general]\nrtpstart = 20000\nrtpend = 20100\n"}
FOUR = ["198.51.100.1", "198.51.100.2"]
SIX = ["2001:db8:1::1", "2001:db8:1::2"]


def files(own, host):
    return {"sip.conf": SIP_CONF % {"own": own, "host": host}, **RTP_CONF}


class Families(CallTest):
    extensions = DIALPLAN % {"own": "1001", "far": "1002"}
    hosts = FOUR  # by which the exchanges know each other

    def setUp(self):
        self.far = network.Machine(self)
        network.wire("wire", None, FOUR[0] + "/24", self.far, FOUR[1] + "/24")
        self.addCleanup(network.run, "ip", "link", "delete", "wirea")
        for run, name, i in ((network.run, "wirea", 0), (self.far.run, "wireb", 1)):
            run("ip", "address", "add", SIX[i] + "/64", "dev", name, "nodad")
            # None of theirs is known when a call goes out: any address will do.
            run("ip", "route", "add", "default", "via", FOUR[1 - i])
            run("ip", "-6", "route", "add", "default", "via", SIX[1 - i])
        self.files = files("1001", self.hosts[1])
        super().setUp()
        folder = os.path.join(self.folder, "far")
        os.makedirs(folder)
        self.other = Ringdown(folder, files("1002", self.hosts[0]),
                              DIALPLAN % {"own": "1002", "far": "1001"}, machine=self.far)
        self.addCleanup(self.other.stop)
        self.one = self.phone("1001", 440, seconds=60)
        self.two = self.phone("1002", 1000, seconds=60, registered=False, address=FOUR[1],
                              server=FOUR[1] + ":5060", machine=self.far)
        self.two.wait_for("REGISTER_OK")

    def cut(self, family):
        """No sound passes by it any more; calls do."""
        self.far.run("nft", "add table %s cut; "
                     "add chain %s cut in { type filter hook input priority 0; }; "
                     'add rule %s cut in iifname "wireb" udp dport 20000-20101 drop'
                     % (family, family, family))

    def ways(self, hosts):
        """What both show, once the call goes between these."""
        host = r"(host|prflx) \[?%s\]?:\d+"
        for exchange, own, far in ((self.exchange, 0, 1), (self.other, 1, 0)):
            exchange.wait_output("rtp show ice", r"completed +\w+ +%s to %s\n" % (
                host % hosts[own], host % hosts[far]), timeout=15)

    def connect(self):
        self.one.dial("1002")
        self.two.wait_for("CALL_ESTABLISHED")

    def hang_up(self):
        self.one.hangup()
        self.two.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()

    def assert_both_hear(self, seconds=2.5):
        self.assert_heard(self.one, 1000, seconds, level=-10)
        self.assert_heard(self.two, 440, seconds, level=-10)

    def expect_way(self, hosts):
        self.connect()
        self.ways(hosts)
        time.sleep(3)
        self.hang_up()
        self.assert_both_hear()


class KnownByIpv4(Families):
    def test_ipv6_is_preferred(self):
        self.expect_way(SIX)

    def test_where_ipv6_leads_nowhere_ipv4_is_used(self):
        self.cut("ip6")
        self.expect_way(FOUR)

    def test_who_calls_by_ipv4_may_speak_by_ipv6_alone(self):
        self.cut("ip")
        self.expect_way(SIX)

    def test_a_way_that_is_cut_is_replaced_by_the_other_family(self):
        self.connect()
        self.ways(SIX)
        time.sleep(2)
        self.cut("ip6")
        # Consent ends after thirty seconds without an answer; a re-INVITE begins anew.
        time.sleep(31)
        self.ways(FOUR)
        time.sleep(3)
        end = time.time()
        self.hang_up()
        # What the phone recorded is what came; in between nothing did.
        self.assertGreaterEqual(self.heard(self.two, 440)[0].seconds(), 4)
        if self.line:
            for stream in self.streams(self.one):
                self.assertGreater(len(stream.between(end - 2, end).packets), 90)


class KnownByIpv6(Families):
    hosts = ["[%s]" % host for host in SIX]

    def test_who_calls_by_ipv6_may_speak_by_ipv4_alone(self):
        self.cut("ip6")
        self.expect_way(FOUR)


if __name__ == "__main__":
    tap.main()
