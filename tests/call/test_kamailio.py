#!/usr/bin/python3
"""Kamailio as a neighbour: its phones and ours call each other through it over
UDP, TCP and TLS, hold and transfer. It records its route, so that everything in a
call has to pass through it, to the last BYE."""

import time

from lib import tap
from lib.case import CallTest, scratch_folder
from lib.certificates import Authority
from lib.daemon import SIP_CONF, TCP_CONF, tls_conf
from lib.kamailio import Kamailio
from lib.linphone import Linphone
from lib.nameserver import NameServer
from lib.scenario import Caller
from lib.sipp import Sipp

PEER = """
[kamailio]
type = peer
host = %s
match = 127.0.0.9
context = office
mailbox = 1@default
"""

DIALPLAN = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},20)
exten => _20XX,1,Dial(SIP/${EXTEN}@kamailio,20)
 same => n,Hangup(${HANGUPCAUSE})
"""

TALK = 1.5  # seconds


class Neighbour(CallTest):
    """A class sets how each reaches the other."""

    extensions = DIALPLAN
    to_exchange = "sip:127.0.0.1:5060;transport=udp"
    to_kamailio = ":5060"
    secure = False
    name = None
    names = None

    def setUp(self):
        pki, conf = {}, SIP_CONF + TCP_CONF + PEER % (
            self.name or "127.0.0.9" + self.to_kamailio)
        if self.names:
            conf = conf.replace("type = global", "type = global\ndns_servers = "
                                + self.names.address)
        if self.secure:
            authority = Authority(scratch_folder(self))
            conf += tls_conf(authority.sign("pbx"), authority)
            pki = {"certificate": authority.sign(
                "kamailio", "IP:127.0.0.9,DNS:kamailio.test"),
                   "authority": authority.path}
        self.files = {"sip.conf": conf}
        super().setUp()
        self.exchange.ask("sip trace on 127.0.0.9")
        self.kamailio = Kamailio(self.folder, self.to_exchange, **pki)
        self.addCleanup(self.leave)

    def leave(self):
        """Its phones first: they wait long for a registrar that is gone."""
        while self.phones:
            self.phones.pop().stop()
        self.kamailio.stop()

    def its_phone(self, user, hz, **more):
        """It registers with Kamailio, which asks for no password."""
        phone = self.phone(user, hz, registered=False,
                           server="127.0.0.9:5060", **more)
        phone.wait_for("REGISTER_OK", timeout=15)
        return phone

    def call_both_ways(self):
        ours, its = self.phone("1001", 440), self.its_phone("2001", 1000)
        self.assert_call_sounds(TALK, ours, "2001", its, (440, 1000))
        self.assert_bye_took_the_route()
        self.assert_call_sounds(TALK, its, "1001", ours, (1000, 440), times=2)

    def assert_bye_took_the_route(self):
        """Ours, as it left: by the proxy that recorded its route."""
        self.exchange.wait_log(
            r"BYE sip:2001[^\n]*SIP/2\.0(\n[^\n]*    [^\n]+)*"
            r"\n[^\n]*Route: <sip:127\.0\.0\.9[^>]*;lr")

    def hold_and_transfer(self):
        """By its phone: held, resumed, transferred blindly."""
        ours, its = self.phone("1001", 440), self.its_phone("2001", 1000)
        other = self.phone("1002", 1600)
        its.dial("1001")
        its.wait_for("CALL_ESTABLISHED", timeout=15)
        ours.wait_for("CALL_ESTABLISHED")
        its.hold()
        self.exchange.wait_output("sip show calls", r" held ")
        its.resume()
        self.exchange.wait_output("sip show calls", r"(?s)^((?! held ).)*$")
        its.command("transfer", "sip:1002@127.0.0.9:5060")
        other.wait_for("CALL_ESTABLISHED", timeout=15)
        its.wait_for("CALL_CLOSED")
        self.assert_joined(ours, other)

    def attended_transfer(self):
        """By Linphone, which is its phone: Replaces names a dialog of ours."""
        linphone = Linphone(self.folder, "2001", "none", server="127.0.0.9:5060")
        self.phones.append(linphone)
        linphone.wait_registered()
        ours, other = self.phone("1001", 440), self.phone("1002", 1600)
        ours.dial("2001")
        linphone.wait_established()
        linphone.command("pause")
        linphone.wait_for("is now paused")
        linphone.dial("1002")
        other.wait_for("CALL_ESTABLISHED", timeout=15)
        linphone.wait_established(count=2)
        linphone.command("transfer 1 --to-call 2")
        linphone.wait_closed(count=2)
        self.exchange.wait_output("core show channels", r"\b2 active channels")
        self.assert_joined(ours, other)

    def assert_joined(self, ours, other):
        """The two who remain hear each other."""
        time.sleep(TALK)
        ours.hangup()
        other.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_heard(ours, 1600, TALK - 0.5, gap_ms=80)
        self.assert_heard(other, 440, TALK - 0.5, gap_ms=80)


class Udp(Neighbour):
    def test_calls_over_udp(self):
        self.call_both_ways()

    def test_hold_and_transfer_over_udp(self):
        self.hold_and_transfer()

    def test_attended_transfer_over_udp(self):
        self.attended_transfer()

    def test_a_number_that_it_does_not_have(self):
        ours = self.phone("1001", 440)
        ours.dial("2099")
        self.assertIn("404", ours.wait_for("CALL_CLOSED")["param"])
        self.exchange.wait_idle()


class Tcp(Neighbour):
    to_exchange = "sip:127.0.0.1:5060;transport=tcp"
    to_kamailio = ":5060\\;transport=tcp"

    def test_calls_over_tcp(self):
        self.call_both_ways()

    def test_hold_and_transfer_over_tcp(self):
        self.hold_and_transfer()

    def test_attended_transfer_over_tcp(self):
        self.attended_transfer()


class Tls(Neighbour):
    to_exchange = "sip:127.0.0.1:5061;transport=tls"
    to_kamailio = ":5061\\;transport=tls"
    secure = True

    def test_calls_over_tls(self):
        self.call_both_ways()
        self.assertRegex(self.exchange.ask("sip show transports"),
                         r"127\.0\.0\.9:\d+ .*TLSv1\.[23]")

    def test_hold_and_transfer_over_tls(self):
        self.hold_and_transfer()

    def test_attended_transfer_over_tls(self):
        self.attended_transfer()


class ByName(Neighbour):
    """TLS to wherever NAPTR and SRV lead, in the name that was asked for."""

    to_exchange = Tls.to_exchange
    secure = True
    name = "kamailio.test"

    def setUp(self):
        self.names = NameServer(scratch_folder(self), [
            "naptr-record=kamailio.test,10,1,S,SIPS+D2T,,_sips._tcp.kamailio.test",
            "naptr-record=kamailio.test,20,1,S,SIP+D2U,,_sip._udp.kamailio.test",
            "srv-host=_sips._tcp.kamailio.test,edge.kamailio.test,5061,1,1",
            "srv-host=_sip._udp.kamailio.test,edge.kamailio.test,5060,1,1",
            "host-record=edge.kamailio.test,127.0.0.9"])
        self.addCleanup(self.names.stop)
        super().setUp()

    def test_calls_to_where_naptr_leads(self):
        ours, its = self.phone("1001", 440), self.its_phone("2001", 1000)
        self.assert_call_sounds(TALK, ours, "2001", its, (440, 1000))
        self.exchange.wait_log(r"INVITE sip:2001@kamailio\.test ")
        self.assertRegex(self.exchange.ask("sip show transports"),
                         r"127\.0\.0\.9:\d+ .*TLSv1\.[23]")


class Told(Neighbour):
    def subscribed(self, event, what, match):
        scenario = Caller(what).request(
            "SUBSCRIBE", in_dialog=False,
            more=["Event: " + event, "Expires: 600"])
        scenario.receive(200, routes=True)
        scenario.receive("NOTIFY", match=match).reply()
        sipp = Sipp(self.folder, scenario, 5090, "127.0.0.5",
                    server="127.0.0.9:5060")
        self.addCleanup(sipp.stop)
        sipp.finish()
        self.assertIn("Via: SIP/2.0/UDP 127.0.0.9", sipp.received("NOTIFY")[0])

    def test_subscriptions_through_it(self):
        self.subscribed("message-summary", "kamailio", "Messages-Waiting: no")
        self.subscribed("presence", "1001", "application/pidf.xml")
        self.exchange.wait_output("sip show subscriptions kamailio",
                                  r"presence +1001 +active")


if __name__ == "__main__":
    tap.main()
