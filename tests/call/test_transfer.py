#!/usr/bin/python3
"""Transfers with real phones: after each, the two who remain hear each other.
Baresip transfers blindly and obeys a REFER; the phone with two lines, for
attended transfers, is a few lines of Python here."""

import re
import socket
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF

DIALPLAN = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},8)
 same => n,Hangup()

exten => 604,1,Busy()

exten => 650,1,Answer()
 same => n,Wait(1)
 same => n,Transfer(1003)
 same => n,Verbose(1,told ${TRANSFERSTATUS} ${TRANSFERSTATUSPROTOCOL})
 same => n,Wait(10)
"""

DESK = """
[desk]
type = phone
match = 127.0.0.5
context = office
"""

SDP = ("v=0\r\no=desk 1 1 IN IP4 127.0.0.5\r\ns=-\r\nc=IN IP4 127.0.0.5\r\n"
       "t=0 0\r\nm=audio 7200 RTP/AVP 0\r\n")


class Desk:
    """A phone with as many lines as it has calls, and no sound. It answers
    what it must, and remembers it."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.5", 5075))
        self.calls, self.seen = {}, []

    def close(self):
        self.socket.close()

    def send(self, call, method, cseq, more="", body=""):
        to = "<sip:x@127.0.0.1>" + (";tag=" + call["tag"] if call["tag"] else "")
        self.socket.sendto((
            "%s sip:%s@127.0.0.1:5060 SIP/2.0\r\n"
            "Via: SIP/2.0/UDP 127.0.0.5:5075;branch=z9hG4bK%s%d%s;rport\r\n"
            "Max-Forwards: 70\r\nFrom: <sip:desk@127.0.0.5>;tag=%s\r\nTo: %s\r\n"
            "Call-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:desk@127.0.0.5:5075>\r\n"
            "%s%sContent-Length: %d\r\n\r\n%s" % (
                method, call["number"], call["id"], cseq, method, call["own"],
                to, call["id"], cseq, method, more,
                "Content-Type: application/sdp\r\n" if body else "",
                len(body), body)).encode(), ("127.0.0.1", 5060))

    def receive(self, timeout):
        """One message; requests are answered. None: nothing came."""
        self.socket.settimeout(timeout)
        try:
            text = self.socket.recv(65535).decode()
        except socket.timeout:
            return None
        self.seen.append(text)
        if not text.startswith("SIP/2.0"):
            kept = [line for line in text.split("\r\n") if re.match(
                "(Via|From|To|Call-ID|CSeq):", line)]
            self.socket.sendto(("SIP/2.0 200 OK\r\n" + "\r\n".join(kept) +
                                "\r\nContent-Length: 0\r\n\r\n").encode(),
                               ("127.0.0.1", 5060))
        return text

    def wait_for(self, pattern, timeout=5.0):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            text = self.receive(0.2)
            if text and re.search(pattern, text):
                return text
        raise AssertionError("desk: no %s; it saw\n%s" % (
            pattern, "\n".join(t.split("\r\n")[0] for t in self.seen)))

    def dial(self, number):
        n = len(self.calls) + 1
        call = {"number": number, "id": "desk%d" % n, "own": "own%d" % n,
                "tag": ""}
        self.calls[number] = call
        self.send(call, "INVITE", 1, body=SDP)
        answer = self.wait_for(r"^SIP/2.0 200(.|\n)*Call-ID: %s\r" % call["id"])
        call["tag"] = re.search(r"\r\nTo:[^\r]*;tag=([^\r;]*)", answer).group(1)
        self.send(call, "ACK", 1)
        return call

    def refer(self, call, uri):
        self.send(call, "REFER", 2, "Refer-To: <%s>\r\n" % uri)

    def join(self, first, second):
        """Attended transfer: refer the first call to the second's dialog."""
        self.refer(first, "sip:%s@127.0.0.1?Replaces=%s%%3Bto-tag%%3D%s"
                   "%%3Bfrom-tag%%3D%s" % (second["number"], second["id"],
                                           second["tag"], second["own"]))


class Transfer(CallTest):
    extensions = DIALPLAN
    files = {"sip.conf": SIP_CONF + DESK}

    def three(self):
        return (self.phone("1001", 440), self.phone("1002", 1000),
                self.phone("1003", 1600))

    def assert_they_hear(self, a, hz_a, b, hz_b, seconds=2.0):
        self.assert_heard(a, hz_b, seconds, gap_ms=60)
        self.assert_heard(b, hz_a, seconds, gap_ms=60)

    def assert_transferred(self, transferer, goes, hz, carol):
        transferer.command("transfer", "1003")
        carol.wait_for("CALL_ESTABLISHED")
        transferer.wait_for("CALL_CLOSED")
        time.sleep(3)
        calls = self.exchange.ask("core show channels")
        self.assertRegex(calls, r"\b2 active channels\b")
        goes.hangup()
        carol.wait_for("CALL_CLOSED")
        self.assert_they_hear(goes, hz, carol, 1600)
        self.exchange.wait_idle()

    def test_the_caller_transfers_blindly(self):
        alice, bob, carol = self.three()
        alice.dial("1002")
        alice.wait_for("CALL_ESTABLISHED")
        bob.wait_for("CALL_ESTABLISHED")
        time.sleep(0.5)
        self.assert_transferred(alice, bob, 1000, carol)

    def test_the_called_one_transfers_blindly(self):
        alice, bob, carol = self.three()
        alice.dial("1002")
        alice.wait_for("CALL_ESTABLISHED")
        bob.wait_for("CALL_ESTABLISHED")
        time.sleep(0.5)
        self.assert_transferred(bob, alice, 440, carol)

    def test_a_refused_transfer_gives_the_call_back(self):
        """With our own phone: baresip hangs up when its transfer fails."""
        desk = Desk()
        self.addCleanup(desk.close)
        bob = self.phone("1002", 1000)
        call = desk.dial("1002")
        bob.wait_for("CALL_ESTABLISHED")
        desk.refer(call, "sip:604@127.0.0.1")
        desk.wait_for(r"^NOTIFY(.|\n)*SIP/2.0 486 Busy Here")
        for _ in range(5):
            self.assertIsNone(desk.receive(0.2))
        self.assertRegex(self.exchange.ask("core show channels"),
                         r"\b2 active channels\b")
        bob.hangup()
        desk.wait_for(r"^BYE ")
        self.exchange.wait_idle()

    def test_two_calls_are_joined(self):
        desk = Desk()
        self.addCleanup(desk.close)
        bob, carol = self.phone("1002", 1000), self.phone("1003", 1600)
        first, second = desk.dial("1002"), desk.dial("1003")
        bob.wait_for("CALL_ESTABLISHED")
        carol.wait_for("CALL_ESTABLISHED")
        desk.join(first, second)
        desk.wait_for(r"^SIP/2.0 202")
        desk.wait_for(r"^NOTIFY(.|\n)*SIP/2.0 200 OK")
        for _ in range(15):
            desk.receive(0.2)
        ended = [t for t in desk.seen if t.startswith("BYE")]
        self.assertEqual(len(ended), 2)
        bob.hangup()
        carol.wait_for("CALL_CLOSED")
        self.assert_they_hear(bob, 1000, carol, 1600)
        self.exchange.wait_idle()

    def test_the_dialplan_sends_a_phone_elsewhere(self):
        alice, carol = self.phone("1001", 440), self.phone("1003", 1600)
        alice.dial("650")
        alice.wait_for("CALL_ESTABLISHED")
        carol.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        self.assertIn("told SUCCESS 200", self.exchange.log())
        carol.hangup()
        self.assert_heard(carol, 440, 2.0)


if __name__ == "__main__":
    tap.main()
