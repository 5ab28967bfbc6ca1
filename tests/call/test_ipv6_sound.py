#!/usr/bin/python3
"""Sound over IPv6: call after call at the same ports, and with a phone that is
elsewhere from now on. Loopback has one address of IPv6 only, which hides what the
kernel remembers of a socket: the phones have others."""

import re
import socket
import struct
import time

from lib import network, tap
from lib.case import CallTest
from lib.wire import Wire, reply

EXCHANGE, PHONE, ELSEWHERE, STRANGER = ["fd00:7::%d" % i for i in range(1, 5)]
QUARANTINE_S = 3.2 # then the ports of a call may be used again
HEAD = """\
%(method)s sip:600@[fd00:7::1] SIP/2.0
Via: SIP/2.0/UDP [fd00:7::2]:5555;branch=z9hG4bK%(call)s.%(cseq)d%(method)s
From: <sip:1001@pbx>;tag=1
To: <sip:600@pbx>%(to)s
Call-ID: %(call)s
CSeq: %(cseq)d %(method)s
Max-Forwards: 70
Contact: <sip:1001@[fd00:7::2]:5555>
"""
SOUND = "v=0\no=- 1 %d IN IP6 %s\ns=-\nc=IN IP6 %s\nt=0 0\nm=audio %d RTP/AVP 0\n"


class Ear:
    """Where a phone has its sound."""

    def __init__(self, test, address):
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.settimeout(0.2)
        test.addCleanup(self.socket.close)
        self.address, self.port = self.socket.getsockname()[:2]
        self.seq = 0

    def says(self, port, byte):
        self.seq += 1
        self.socket.sendto(struct.pack(">BBHII", 0x80, 0, self.seq, 160 * self.seq, self.port) +
                           byte * 160, (EXCHANGE, port))

    def echoes(self, port, byte):
        """How many of five packets come back; the first may be quicker than Echo()."""
        count = 0
        for _ in range(5):
            self.says(port, byte)
            try:
                count += self.socket.recv(2000)[12:] == byte * 160
            except socket.timeout:
                pass
        return count


class SoundByIpv6(CallTest):
    extensions = "[office]\nexten => 600,1,Answer()\n same => n,Echo()\n"
    files = {"sip.conf": "[global]\ntype = global\n"
                         "[six]\ntype = transport\nbind = [%s]:5060\n"
                         "[1001]\ntype = phone\ncontext = office\nmatch = fd00:7::/64\n"
                         % EXCHANGE,
             "rtp.conf": "[general]\nrtpstart = 20000\nrtpend = 20001\n"}

    def setUp(self):
        for address in (EXCHANGE, PHONE, ELSEWHERE, STRANGER):
            network.run("ip", "address", "add", address + "/64", "dev", "lo", "nodad")
            self.addCleanup(network.run, "ip", "address", "del", address + "/64", "dev", "lo")
        super().setUp()
        self.wire = Wire(PHONE, 5555, (EXCHANGE, 5060))
        self.addCleanup(self.wire.close)

    def request(self, method, call, cseq, to="", body=""):
        size = len(body.replace("\n", "\r\n"))
        text = (HEAD % {"method": method, "call": call, "cseq": cseq, "to": to} +
                ("Content-Type: application/sdp\n" if body else "") +
                "Content-Length: %d\n\n%s" % (size, body))
        self.wire.send(text)
        return text

    def answer(self, request):
        """The exchange asks first whether there is anybody (OPTIONS), and takes what comes
        again then."""
        text = self.wire.final() or "nothing"
        while text.startswith("OPTIONS "):
            self.wire.send(reply(text, "200 OK"))
            self.wire.send(request)
            text = self.wire.final() or "nothing"
        self.assertTrue(text.startswith("SIP/2.0 200"), text)
        return text

    def invite(self, call, cseq, ear, to=""):
        """The tag of the other end, and its port of sound."""
        ok = self.answer(self.request("INVITE", call, cseq, to, SOUND % (
            cseq, ear.address, ear.address, ear.port)))
        to = re.search(r"\nTo:.*?(;tag=.*)", ok).group(1)
        self.request("ACK", call, cseq, to)
        return to, int(re.search(r"\nm=audio (\d+) ", ok).group(1))

    def hang_up(self, call, cseq, to):
        self.answer(self.request("BYE", call, cseq, to))

    def test_each_call_is_heard_at_the_same_ports(self):
        for call in ("one", "two", "three"):
            ear = Ear(self, PHONE if call != "two" else ELSEWHERE)
            to, port = self.invite(call, 1, ear)
            self.assertEqual(port, 20000)
            self.assertGreaterEqual(ear.echoes(port, call[:1].encode()), 4, call)
            self.hang_up(call, 2, to)
            time.sleep(QUARANTINE_S)

    def test_a_phone_that_is_elsewhere_now_is_heard_there(self):
        here, there, stranger = (Ear(self, at) for at in (PHONE, ELSEWHERE, STRANGER))
        to, port = self.invite("moves", 1, here)
        self.assertGreaterEqual(here.echoes(port, b"a"), 4)
        self.invite("moves", 2, there, to)
        self.assertGreaterEqual(there.echoes(port, b"b"), 4)
        self.assertEqual(stranger.echoes(port, b"c"), 0)
        self.assertEqual(here.echoes(port, b"d"), 0)
        self.assertGreaterEqual(there.echoes(port, b"e"), 4)
        self.hang_up("moves", 3, to)


if __name__ == "__main__":
    tap.main()
