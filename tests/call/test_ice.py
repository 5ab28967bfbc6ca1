#!/usr/bin/python3
"""baresip with its ICE module: on one network, through a NAT without any
address that could be learned from the description, and by a TURN server."""

import time

from lib import network, tap
from lib.case import CallTest, scratch_folder
from lib.certificates import Authority
from lib.daemon import SIP_CONF
from lib.turn import TurnServer

OFFICE = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},10)
exten => 600,1,Answer()
 same => n,Echo()
"""

MODULES = "module stun.so\nmodule turn.so\nmodule ice.so\nice_mode full\n"
CAMERA = """\
module vp8.so
module fakevideo.so
module snapshot.so
video_source fakevideo,
video_display fakevideo,
video_bitrate 200000
video_fps 10
"""
DTLS = "rtcp_mux yes\nmodule srtp.so\nmodule dtls_srtp.so\n"


def everywhere(options):
    """A sip.conf whose phones have these, and that listens at every address."""
    return (SIP_CONF.replace("context = office", "context = office\n" + options)
            .replace("127.0.0.1:5060", "0.0.0.0:5060"))


class IceTest(CallTest):
    extensions = OFFICE

    def ice_phone(self, user, hz, more="", extra="", **options):
        return self.phone(user, hz, config=MODULES + more,
                          extra=";medianat=ice" + extra, **options)

    def browser_like_phone(self, user, hz, size=None, **options):
        camera = CAMERA + "video_size %s\n" % size if size else ""
        return self.ice_phone(user, hz, DTLS + camera, ";mediaenc=dtls_srtp", **options)


class OnWires(IceTest):
    """The exchange and two machines, each on a wire of its own: baresip does
    not tell loopback addresses."""

    def setUp(self):
        self.machines = [network.Machine(self), network.Machine(self)]
        for i, machine in enumerate(self.machines):
            network.wire("net%d" % i, None, "198.51.10%d.1/24" % i, machine,
                         "198.51.10%d.2/24" % i)
            self.addCleanup(network.run, "ip", "link", "delete", "net%da" % i)
        super().setUp()

    def at(self, i):
        return {"address": "198.51.10%d.2" % i, "machine": self.machines[i],
                "server": "198.51.10%d.1:5060" % i}


class TwoNetworks(OnWires):
    files = {"sip.conf": everywhere("ice_support = yes")}

    def test_both_ends_speak_ice(self):
        one = self.ice_phone("1001", 440, **self.at(0))
        other = self.ice_phone("1002", 1000, **self.at(1))
        one.dial("1002")
        other.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        shown = self.exchange.ask("rtp show ice")
        self.assertRegex(shown, r"completed +follows host 198\.51\.100\.1:\d+ to "
                                r"host 198\.51\.100\.2:\d+\n")
        self.assertRegex(shown, r"completed +leads +host 198\.51\.101\.1:\d+ to "
                                r"host 198\.51\.101\.2:\d+\n")
        one.hangup()
        self.exchange.wait_idle()
        self.assert_heard(one, 1000, 2.5, level=-10)
        self.assert_heard(other, 440, 2.5, level=-10)

    def test_one_that_does_not_is_called_as_ever(self):
        one = self.ice_phone("1001", 440, **self.at(0))
        other = self.phone("1002", 1000, **self.at(1))
        self.talk(one, "1002", other)
        self.talk(other, "1001", one)
        self.assert_heard(one, 1000, 2.5, level=-10)
        self.assert_heard(other, 440, 2.5, level=-10)


class AsBrowsers(OnWires):
    """webrtc = yes: ICE, DTLS, RTCP by RTP's port, all in one."""

    files = {"sip.conf": everywhere("webrtc = yes\nallow = ulaw,vp8")}

    def test_pictures_have_a_way_of_their_own(self):
        one = self.browser_like_phone("1001", 440, "176x144", **self.at(0))
        other = self.browser_like_phone("1002", 1000, "128x96", **self.at(1))
        one.dial("1002")
        other.wait_for("CALL_ESTABLISHED")
        time.sleep(4)
        shown = self.exchange.ask("rtp show ice")
        self.assertEqual(shown.count(" completed "), 4, shown)
        self.assertEqual((one.picture_size(), other.picture_size()),
                         ((128, 96), (176, 144)))
        one.hangup()
        self.exchange.wait_idle()
        self.assert_heard(one, 1000, 2.5, level=-10)
        self.assert_heard(other, 440, 2.5, level=-10)

    def test_ice_and_dtls_together(self):
        one = self.browser_like_phone("1001", 440, **self.at(0))
        other = self.browser_like_phone("1002", 1000, **self.at(1))
        self.talk(one, "1002", other, 4)
        self.assert_heard(one, 1000, 2.5, level=-10)
        self.assert_heard(other, 440, 2.5, level=-10)


class PhoneBehindANat(IceTest):
    """Nothing but ICE may find the router's address: rtp_symmetric is off."""

    files = {"sip.conf": everywhere("ice_support = yes\nrtp_symmetric = no")}

    def setUp(self):
        self.gate, self.inside = network.Machine(self), network.Machine(self)
        network.wire("world", None, "198.51.100.1/24", self.gate, "198.51.100.2/24")
        network.wire("lan", self.gate, "192.168.7.1/24", self.inside, "192.168.7.10/24")
        self.addCleanup(network.run, "ip", "link", "delete", "worlda")
        self.inside.run("ip", "route", "add", "default", "via", "192.168.7.1")
        network.nat(self.gate, "worldb")
        super().setUp()

    def test_its_checks_show_where_it_is(self):
        phone = self.ice_phone("1001", 440, address="192.168.7.10", machine=self.inside,
                               server="198.51.100.1:5060", more="rtcp_mux yes\n")
        phone.dial("600")
        phone.wait_for("CALL_ESTABLISHED")
        time.sleep(4)
        phone.hangup()
        self.exchange.wait_idle()
        self.assert_heard(phone, 440, 2.5, level=-10)


class ByARelay(IceTest):
    """A gate between the exchange and the phone lets signalling pass, and no
    other packet; both reach the TURN server that stands on it."""

    certificate = None
    rtp_conf = ("[general]\nturnaddr = 198.51.100.2\n"
                "turnusername = exchange\nturnpassword = s3cret\n")

    def setUp(self):
        self.gate, self.far = network.Machine(self), network.Machine(self)
        network.wire("near", None, "198.51.100.1/24", self.gate, "198.51.100.2/24")
        network.wire("far", self.gate, "203.0.113.1/24", self.far, "203.0.113.2/24")
        self.addCleanup(network.run, "ip", "link", "delete", "neara")
        network.run("ip", "route", "add", "203.0.113.0/24", "via", "198.51.100.2")
        self.far.run("ip", "route", "add", "default", "via", "203.0.113.1")
        self.gate.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        self.gate.run("nft", "add table ip gate; add chain ip gate pass { type filter "
                      "hook forward priority 0; policy drop; }; "
                      "add rule ip gate pass udp dport { 5060, 6000-6100 } accept")
        super().setUp()
        self.turn = TurnServer(self.folder, ["198.51.100.2"], machine=self.gate,
                               certificate=self.certificate)
        self.addCleanup(self.turn.stop)

    def at_the_far_end(self):
        return {"address": "203.0.113.2", "machine": self.far,
                "server": "198.51.100.1:5060"}


class OnlyByARelay(ByARelay):
    files = {"sip.conf": everywhere("ice_support = yes\nrtcp_mux = yes"),
             "rtp.conf": ByARelay.rtp_conf}

    def test_sound_goes_there_and_back(self):
        one = self.ice_phone("1001", 440, "rtcp_mux yes\n", **self.at_the_far_end())
        other = self.phone("1002", 1000, address="198.51.100.1",
                           server="198.51.100.1:5060")
        for caller, number, called in ((one, "1002", other), (other, "1001", one)):
            # baresip first tries in vain what the gate forbids, for two seconds
            self.talk(caller, number, called, 5.5)
            self.assert_heard(one, 1000, 2.5, level=-10)
            self.assert_heard(other, 440, 2.5, level=-10)
        log = self.turn.log()
        self.assertIn("CHANNEL_BIND processed, success", log)
        # what was taken is given back
        self.assertEqual(log.count("ALLOCATE processed, success"),
                         log.count("refreshed, realm=<example.org>, "
                                   "username=<exchange>, lifetime=0"))


class ByATunnel(ByARelay):
    """Not even the relay is reached by datagrams from where the exchange is."""

    def setUp(self):
        super().setUp()
        self.gate.run("nft", "add chain ip gate in { type filter hook input priority 0; }; "
                      "add rule ip gate in ip saddr 198.51.100.1 udp dport 3478 drop")

    def talk_by_it(self):
        one = self.ice_phone("1001", 440, "rtcp_mux yes\n", **self.at_the_far_end())
        other = self.phone("1002", 1000, address="198.51.100.1",
                           server="198.51.100.1:5060")
        self.talk(one, "1002", other, 5.5)
        self.assert_heard(one, 1000, 2.5, level=-10)
        self.assert_heard(other, 440, 2.5, level=-10)
        self.assertIn("CHANNEL_BIND processed, success", self.turn.log())


class OverTcp(ByATunnel):
    files = {"sip.conf": everywhere("ice_support = yes\nrtcp_mux = yes"),
             "rtp.conf": ByARelay.rtp_conf + "turntransport = tcp\n"}

    def test_sound_goes_there_and_back(self):
        self.talk_by_it()


class OverTls(ByATunnel):
    name = "IP:198.51.100.2"

    def setUp(self):
        authority = Authority(scratch_folder(self))
        self.certificate = authority.sign("relay", self.name)
        self.files = {"sip.conf": everywhere("ice_support = yes\nrtcp_mux = yes"),
                      "rtp.conf": ByARelay.rtp_conf + "turntransport = tls\n"
                      "turncafile = %s\n" % authority.path}
        super().setUp()

    def test_sound_goes_there_and_back(self):
        self.talk_by_it()


class OverTlsToAnother(OverTls):
    name = "IP:198.51.100.9"

    def test_sound_goes_there_and_back(self):
        """It does not: this is not the server that rtp.conf names."""
        phone = self.ice_phone("1001", 440, "rtcp_mux yes\n", **self.at_the_far_end())
        phone.dial("600")
        self.exchange.wait_log("no tunnel to the server 198.51.100.2: IP address mismatch")
        phone.hangup()
        self.exchange.wait_idle()


class BrowsersByARelay(ByARelay):
    files = {"sip.conf": everywhere("webrtc = yes"), "rtp.conf": ByARelay.rtp_conf}

    def test_handshakes_go_by_the_relay_too(self):
        phone = self.browser_like_phone("1001", 440, **self.at_the_far_end())
        phone.dial("600")
        phone.wait_for("CALL_ESTABLISHED")
        time.sleep(6)
        phone.hangup()
        self.exchange.wait_idle()
        self.assertIn("CHANNEL_BIND processed, success", self.turn.log())
        self.assert_heard(phone, 440, 2, level=-10)


class ExchangeBehindANat(IceTest):
    """The router knows the exchange's SIP port only, and gives other packets
    outside ports of its choice: the STUN server tells which."""

    files = {
        "sip.conf": SIP_CONF.replace("context = office",
                                     "context = office\nice_support = yes")
        .replace("bind = 127.0.0.1:5060",
                 "bind = 192.168.7.10:5060\nexternal_address = 198.51.100.2"),
        "rtp.conf": "[general]\nstunaddr = 198.51.100.1\n"
                    "rtpstart = 20000\nrtpend = 20100\n",
    }

    def setUp(self):
        gate, inside = network.Machine(self), network.Machine(self)
        network.wire("world", None, "198.51.100.1/24", gate, "198.51.100.2/24")
        network.wire("lan", gate, "192.168.7.1/24", inside, "192.168.7.10/24")
        self.addCleanup(network.run, "ip", "link", "delete", "worlda")
        inside.run("ip", "route", "add", "default", "via", "192.168.7.1")
        gate.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        gate.run("nft", "add table ip nat; "
                 "add chain ip nat out { type nat hook postrouting priority 100; }; "
                 "add chain ip nat in { type nat hook prerouting priority -100; }; "
                 "add rule ip nat out udp sport 20000-20100 masquerade to :40000-40100; "
                 "add rule ip nat out oifname worldb masquerade; "
                 "add rule ip nat in iifname worldb udp dport 5060 dnat to 192.168.7.10")
        self.machine = inside
        super().setUp()
        self.turn = TurnServer(self.folder, ["198.51.100.1"])
        self.addCleanup(self.turn.stop)

    def test_the_stun_server_tells_its_address(self):
        phone = self.ice_phone("1001", 440, address="198.51.100.1",
                               server="198.51.100.2:5060", more="rtcp_mux yes\n")
        self.exchange.ask("sip trace on")
        phone.dial("600")
        phone.wait_for("CALL_ESTABLISHED")
        time.sleep(11.5)  # baresip first gives up the pairs that fail
        phone.hangup()
        self.exchange.wait_idle()
        self.assertRegex(self.exchange.log(),
                         r"a=candidate:\d+ 1 UDP \d+ 198\.51\.100\.2 40[01]\d\d typ srflx "
                         r"raddr 192\.168\.7\.10 rport 20\d\d\d")
        self.assert_heard(phone, 440, 2.5, level=-10)


if __name__ == "__main__":
    tap.main()
