#!/usr/bin/python3
"""Several sockets of each kind, IPv4 and IPv6, UDP and TCP: a phone is answered and called from
the one at which it registered, whose address Via and Contact tell."""

import re
import socket

from lib import tap
from lib.case import CallTest
from lib.wire import Wire

SOCKETS = [("one", "udp", "127.0.0.1", 5060), ("two", "udp", "127.0.0.2", 5070),
           ("six", "udp", "::1", 5060), ("stream", "tcp", "127.0.0.1", 5060),
           ("stream2", "tcp", "127.0.0.2", 5080), ("stream6", "tcp", "::1", 5060)]


def host(address):
    return "[%s]" % address if ":" in address else address


def conf():
    text = "[global]\ntype = global\n[phone](!)\ntype = phone\ncontext = office\n" \
           "match = 127.0.0.0/8, ::1\n"
    for number, (name, protocol, address, port) in enumerate(SOCKETS):
        text += "[%s]\ntype = transport\nprotocol = %s\nbind = %s:%d\n[%d](phone)\n" % (
            name, protocol, host(address), port, 1001 + number)
    return text


class Phone:
    """On one socket, for what comes and goes as text."""

    def __init__(self, user, protocol, address, port):
        self.user, self.protocol, self.own = user, protocol.upper(), host(address)
        self.socket = socket.socket(
            socket.AF_INET6 if ":" in address else socket.AF_INET,
            socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
        self.socket.settimeout(4)
        self.socket.connect((address, port))
        self.where = "%s:%d" % (host(self.socket.getsockname()[0]),
                                self.socket.getsockname()[1])

    def send(self, start, lines):
        self.socket.sendall("\r\n".join([start, *lines, "Content-Length: 0", "", ""]).encode())

    def receive(self):
        return self.socket.recv(65536).decode().replace("\r\n", "\n")

    def register(self):
        self.send("REGISTER sip:%s SIP/2.0" % self.own, [
            "Via: SIP/2.0/%s %s;branch=z9hG4bK%s" % (self.protocol, self.where, self.user),
            "From: <sip:%s@pbx>;tag=1" % self.user, "To: <sip:%s@pbx>" % self.user,
            "Call-ID: c%s" % self.user, "CSeq: 1 REGISTER", "Max-Forwards: 70",
            "Contact: <sip:%s@%s;transport=%s>;expires=600" % (
                self.user, self.where, self.protocol.lower())])
        return self.receive()

    def is_alive(self):
        """What keeps a flow open is answered: two line ends, or STUN (RFC 5626)."""
        if self.protocol == "TCP":
            self.socket.sendall(b"\r\n\r\n")
            return self.socket.recv(100) == b"\r\n"
        cookie = bytes.fromhex("2112a442")
        self.socket.send(b"\0\1\0\0" + cookie + b"roles-stun-1")
        said = self.socket.recv(1000)
        port = self.socket.getsockname()[1] ^ 0x2112
        return (said[:2] == b"\1\1" and said[8:20] == b"roles-stun-1" and
                bytes([port >> 8, port & 255]) in said[20:])

    def refuse(self, invite):
        kept = [line for line in invite.split("\n")
                if re.match("(Via|From|To|Call-ID|CSeq):", line)]
        self.send("SIP/2.0 486 Busy Here", [
            line + ";tag=x" if line.startswith("To:") else line for line in kept])


class Listeners(CallTest):
    extensions = ("[office]\nexten => 600,1,Answer()\n"
                  "exten => 601,1,Answer()\n same => n,Milliwatt()\n")
    files = {"sip.conf": conf()}

    def test_each_phone_is_reached_by_the_one_that_it_knows(self):
        for number, (name, protocol, address, port) in enumerate(SOCKETS):
            with self.subTest(name):
                self.reach(Phone(str(1001 + number), protocol, address, port),
                           "%s:%d" % (host(address), port))

    def reach(self, phone, place):
        self.addCleanup(phone.socket.close)
        self.assertIn("SIP/2.0 200", phone.register())
        self.assertTrue(phone.is_alive())
        self.exchange.run("channel originate SIP/%s application Wait 1" % phone.user)
        invite = phone.receive()
        self.assertTrue(invite.startswith("INVITE sip:%s@" % phone.user), invite)
        self.assertRegex(invite, r"\nVia: SIP/2\.0/%s %s;" % (phone.protocol, re.escape(place)))
        self.assertRegex(invite, r"\nContact: <sip:%s[;>]" % re.escape(place))
        self.assertRegex(invite, r"\nc=IN IP%d %s\n" % (
            6 if "[" in place else 4, re.escape(place.rpartition(":")[0].strip("[]"))))
        phone.refuse(invite)
        self.assertIn("ACK ", phone.receive())


    def request(self, method, tag=""):
        return ("%s sip:601@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;"
                "branch=z9hG4bK%s\nFrom: <sip:1001@pbx>;tag=1\n"
                "To: <sip:601@pbx>%s\nCall-ID: kinds\nCSeq: 1 %s\n"
                "Max-Forwards: 70\nContact: <sip:1001@127.0.0.1:5099>\n"
                % (method, method, tag, method))

    def test_sound_of_the_other_kind_is_sent_from_an_address_of_that_kind(self):
        caller = Wire("127.0.0.1", 5099)
        ear = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        ear.bind(("::1", 30000))
        ear.settimeout(3)
        self.addCleanup(caller.close)
        self.addCleanup(ear.close)
        body = ("v=0\no=- 1 1 IN IP6 ::1\ns=-\nc=IN IP6 ::1\nt=0 0\n"
                "m=audio 30000 RTP/AVP 0\n")
        caller.send(self.request("INVITE") + "Content-Type: application/sdp\n"
                    "Content-Length: %d\n\n%s" % (
                        len(body.replace("\n", "\r\n")), body))
        ok = caller.final() or "nothing"
        self.assertTrue(ok.startswith("SIP/2.0 200"), ok)
        self.assertRegex(ok, r"\nc=IN IP6 ::1\n")
        caller.send(self.request("ACK", re.search(r"\nTo:.*?(;tag=.*)", ok).group(1)) +
                    "Content-Length: 0\n\n")
        port = int(re.search(r"\nm=audio (\d+) ", ok).group(1))
        self.assertEqual(ear.recvfrom(2000)[1][:2], ("::1", port))


if __name__ == "__main__":
    tap.main()
