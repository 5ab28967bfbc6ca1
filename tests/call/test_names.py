#!/usr/bin/python3
"""Hosts that have names (RFC 3263), with dnsmasq as the name server and SIPp as
whoever is called."""

import socket
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import TCP_CONF
from lib.nameserver import NameServer
from lib.scenario import Callee
from lib.sipp import Sipp
from lib.wire import Wire, status

CONF = """\
[global]
dns_servers = %s
dns_timeout = 500ms
dns_hosts = %s
failover_time = 500ms

[udp]
type = transport
bind = 127.0.0.1:5060

[udp6]
type = transport
bind = [::1]:5060

[provider]
type = peer
host = provider.test
context = office

[known]
type = peer
host = 127.0.0.6:5080
context = office
"""

# dead: nobody listens there. On the second host is SIPp.
RECORDS = [
    "naptr-record=provider.test,20,1,S,SIP+D2T,,_sip._tcp.provider.test",
    "naptr-record=provider.test,30,1,S,SIP+D2U,,_sip._udp.provider.test",
    "srv-host=_sip._udp.provider.test,sipp.provider.test,5081,1,1",
    "srv-host=_sip._tcp.provider.test,sipp.provider.test,5081,1,1",
    "host-record=sipp.provider.test,127.0.0.6",
    "srv-host=_sip._udp.failing.test,dead.failing.test,5089,1,1",
    "srv-host=_sip._udp.failing.test,sipp.provider.test,5081,2,1",
    "host-record=dead.failing.test,127.0.0.7",
    "host-record=six.test,::1",
    "naptr-record=4.3.2.1.9.4.e164.test,10,1,u,E2U+sip,!^[+]49(.*)$!sip:\\1@provider.test!",
]


class Names(CallTest):
    extensions = ("[office]\nexten => 600,1,Answer()\n same => n,Wait(5)\n"
                  "exten => 601,1,Wait(1)\n same => n,Hangup(17)\n"
                  "exten => 602,1,Dial(SIP/${ENUMLOOKUP(+491234,sip,,1,e164.test)})\n")
    silent = False
    more = ""

    def setUp(self):
        super().setUp()
        self.exchange.stop()
        if self.silent:
            self.server = None
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind(("127.0.0.1", 0))
            self.addCleanup(self.socket.close)
            address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        else:
            self.server = NameServer(self.folder, RECORDS)
            self.addCleanup(self.server.stop)
            address = self.server.address
        hosts = self.folder + "/hosts"
        with open(hosts, "w") as f:
            f.write("127.0.0.6 byfile byfile.test\n")
        self.exchange.write("sip.conf", CONF % (address, hosts) + self.more)
        self.exchange.start()
        self.exchange.wait_ready()

    def callee(self, port=5081, address="127.0.0.6", server="127.0.0.1:5060",
               **more):
        scenario = (Callee().expect_invite().answer().receive("ACK")
                    .expect_bye())
        sipp = Sipp(self.folder, scenario, port, address, server=server,
                    **more)
        self.addCleanup(sipp.stop)
        time.sleep(0.3)
        return sipp

    def dial(self, where):
        self.exchange.ask("channel originate SIP/%s application Wait 0.3"
                          % where)


class WithServer(Names):
    def test_naptr_and_srv_lead_to_an_address(self):
        called = self.callee()
        self.dial("42@provider")
        called.finish()
        self.assertIn("INVITE sip:42@provider.test", called.received("INVITE")[0])
        cache = self.exchange.ask("sip show dns")
        self.assertRegex(cache, r'20 1 "S" "SIP\+D2T" _sip\._tcp\.provider')
        self.assertRegex(cache, r"1 1 5081 sipp\.provider\.test")
        self.assertRegex(cache, r"A +\d+ known +sipp\.provider\.test\n +127\.0\.0\.6")
        self.exchange.wait_idle()

    def test_a_number_leads_to_an_address(self):
        called = self.callee()
        self.exchange.ask("channel originate Local/602@office application Wait 5")
        called.finish()
        self.assertIn("INVITE sip:1234@provider.test", called.received("INVITE")[0])

    def test_a_uri_of_any_host_and_again_from_the_cache(self):
        called = self.callee()
        self.dial("42@provider.test")
        called.finish()
        asked = self.server.log().count("query[")
        called = self.callee()
        self.dial("43@provider.test")
        called.finish()
        self.assertEqual(self.server.log().count("query["), asked)

    def test_a_dead_target_gives_way_to_the_next(self):
        called = self.callee()
        self.dial("42@failing.test")
        called.finish()
        self.assertRegex(self.exchange.ask("sip show dns"),
                         r"dead +\d+ UDP 127\.0\.0\.7:5089")
        # the second call does not try it any more
        called = self.callee()
        start = time.monotonic()
        self.dial("43@failing.test")
        called.finish()
        self.assertLess(time.monotonic() - start, 1.5)

    def test_a_port_where_nobody_listens_is_noticed_at_once(self):
        start = time.monotonic()
        self.dial("42@127.0.0.7:5089")
        self.exchange.wait_idle()
        self.assertLess(time.monotonic() - start, 3)
        self.assertRegex(self.exchange.ask("sip show dns"),
                         r"dead +\d+ UDP 127\.0\.0\.7:5089")

    def test_ipv6(self):
        called = self.callee(5090, "::1", "[::1]:5060")
        self.dial("42@six.test:5090")
        called.finish()
        self.assertRegex(called.received("INVITE")[0], r"c=IN IP6 ::1")

    def test_the_hosts_file_comes_first(self):
        called = self.callee()
        self.dial("42@byfile.test:5081")
        called.finish()
        self.assertNotIn("byfile", self.server.log())

    def test_a_host_that_is_none(self):
        self.dial("42@nobody.test")
        self.exchange.wait_output("sip show dns", r"none +nobody\.test")
        self.exchange.wait_idle()

    def test_a_name_tells_who_calls(self):
        self.exchange.wait_output("sip show dns", r"known +sipp\.provider")
        for address, expected in (("127.0.0.6", 200), ("127.0.0.8", 401)):
            wire = Wire(address, 5777)
            self.addCleanup(wire.close)
            wire.send("INVITE sip:600@127.0.0.1 SIP/2.0\n"
                      "Via: SIP/2.0/UDP %s:5777;branch=z9hG4bKn%s;rport\n"
                      "Max-Forwards: 70\nFrom: <sip:x@%s>;tag=1\n"
                      "To: <sip:600@127.0.0.1>\nCall-ID: n%s\n"
                      "CSeq: 1 INVITE\nContact: <sip:x@%s:5777>\n"
                      "Content-Length: 0\n\n" % ((address,) * 5))
            self.assertEqual(status(wire.final()), expected)


class OverTcp(Names):
    more = TCP_CONF

    def test_naptr_leads_to_a_connection(self):
        called = self.callee(extra=("-t", "t1"))
        self.dial("42@provider")
        called.finish()
        invite = called.received("INVITE")[0]
        self.assertIn("INVITE sip:42@provider.test", invite)
        self.assertIn("SIP/2.0/TCP 127.0.0.1:5060", invite)
        self.exchange.wait_idle()

    def call_and_break_off(self, sent_by):
        with socket.create_connection(("127.0.0.1", 5060), 3, ("127.0.0.6", 0)) as sock:
            sock.sendall(("INVITE sip:601@127.0.0.1 SIP/2.0\r\n"
                          "Via: SIP/2.0/TCP %s;branch=z9hG4bKgone\r\n"
                          "Max-Forwards: 70\r\nFrom: <sip:x@provider.test>;tag=1\r\n"
                          "To: <sip:601@127.0.0.1>\r\nCall-ID: gone\r\n"
                          "CSeq: 1 INVITE\r\nContact: <sip:x@provider.test>\r\n"
                          "Content-Length: 0\r\n\r\n" % sent_by).encode())
            self.exchange.wait_output("core show channels", "601@office")

    def test_an_answer_whose_connection_is_gone_finds_the_name_in_via(self):
        """RFC 3263 section 5; nobody listens at the usual port."""
        with socket.create_server(("127.0.0.6", 5081)) as listener:
            listener.settimeout(4)
            self.call_and_break_off("provider.test")
            answer, _ = listener.accept()
            with answer:
                answer.settimeout(3)
                self.assertTrue(answer.recv(4096).startswith(b"SIP/2.0 486 "))
        self.assertIn("query[SRV] _sip._tcp.provider.test", self.server.log())


class WithoutServer(Names):
    silent = True

    def test_a_silent_name_server_holds_up_nobody_else(self):
        called = self.callee(5080)
        for n in range(20):
            self.dial("42@host%d.test" % n)
        start = time.monotonic()
        self.dial("42@known")
        called.finish()
        self.assertLess(time.monotonic() - start, 1.5)
        self.assertRegex(self.exchange.ask("sip show dns"), r"asked +host7\.test")
        self.exchange.wait_idle(10)
        # said once, not for each of twenty names
        self.exchange.wait_log("no name server answers")
        self.assertEqual(self.exchange.log().count("no name server answers"), 1)
        self.exchange.wait_log("the address of provider.test is not known: no name server says it")


if __name__ == "__main__":
    tap.main()
