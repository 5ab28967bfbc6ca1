#!/usr/bin/python3
"""Who answers is heard and seen at once, also where what came early came from another
address: from a carrier's announcements, or by another branch of the same carrier."""

import re
import socket
import struct
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.wire import Wire, reply, status

PEER = """
[{name}]
type = peer
context = office
host = {host}:5555
allow = ulaw,vp8
"""
KINDS = {"audio": (7000, 0, 160), "video": (7002, 96, 1800)}  # port, payload, steps of time
EARLY, PACKETS, EVERY = 100, 50, 0.02  # of early ones 50 are believed; seconds


class End:
    """Signals by hand; its media come from the ports told, or from elsewhere."""

    def __init__(self, host):
        self.host, self.wire, self.sockets = host, Wire(host, 5555), {}
        for kind, (port, *_) in KINDS.items():
            for place in 0, 600:
                one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                one.bind((host, port + place))
                one.setblocking(False)
                self.sockets[kind, place] = one

    def close(self):
        self.wire.close()
        for one in self.sockets.values():
            one.close()

    def sdp(self):
        return ("v=0\no=- 1 1 IN IP4 {0}\ns=-\nc=IN IP4 {0}\nt=0 0\n"
                "m=audio 7000 RTP/AVP 0\nm=video 7002 RTP/AVP 96\na=rtpmap:96 VP8/90000\n"
                .format(self.host))

    def contact(self):
        return ("Contact: <sip:x@%s:5555>\nContent-Type: application/sdp\n" % self.host)

    def send(self, to, place, count, ssrc):
        """So many packets of all kinds; to: what the exchange's description says."""
        ports = {kind: int(re.search(r"^m=%s (\d+)" % kind, to, re.M).group(1))
                 for kind in KINDS}
        for number in range(count):
            for kind, (_, payload, step) in KINDS.items():
                self.sockets[kind, place].sendto(
                    struct.pack("!BBHII", 0x80, payload, number, number * step, ssrc) +
                    b"\x10\x00\x9d\x01\x2a" * 32, ("127.0.0.1", ports[kind]))
            time.sleep(EVERY)

    def received(self, kind):
        """How many packets have come, reports left out."""
        count = 0
        while True:
            try:
                packet = self.sockets[kind, 0].recv(1500)
            except BlockingIOError:
                return count
            count += not 192 <= packet[1] <= 223


class EarlySound(CallTest):
    extensions = "[office]\nexten => 2002,1,Dial(SIP/callee)\n"
    files = {"sip.conf": SIP_CONF + PEER.format(name="caller", host="127.0.0.7") +
             PEER.format(name="callee", host="127.0.0.8")}

    def setUp(self):
        super().setUp()
        self.caller, self.callee = End("127.0.0.7"), End("127.0.0.8")
        self.addCleanup(self.caller.close)
        self.addCleanup(self.callee.close)

    def request(self, method, cseq, to_tag="", body=""):
        self.caller.wire.send(
            "%s sip:2002@127.0.0.1 SIP/2.0\n"
            "Via: SIP/2.0/UDP 127.0.0.7:5555;branch=z9hG4bKe%d%s\nMax-Forwards: 70\n"
            "From: <sip:caller@127.0.0.1>;tag=caller\nTo: <sip:2002@127.0.0.1>%s\n"
            "Call-ID: early\nCSeq: %d %s\n%sContent-Length: %d\n\n%s" % (
                method, cseq, method, to_tag, cseq, method, self.caller.contact(),
                len(body.replace("\n", "\r\n")), body))

    def answers(self, invite, text, tag):
        self.callee.wire.send(reply(invite, text, tag, self.callee.contact(),
                                    self.callee.sdp()))

    def heard_after_early(self, tag, pause):
        """What the caller gets of who answers as tag, by kind."""
        self.request("INVITE", 1, body=self.caller.sdp())
        invite = self.callee.wire.receive()
        self.answers(invite, "183 Session Progress", "early")
        self.callee.send(invite, 600, EARLY, ssrc=5)
        for kind in KINDS:
            self.assertGreater(self.caller.received(kind), EARLY - 10)
        time.sleep(pause)
        self.answers(invite, "200 OK", tag)
        ok = self.caller.wire.final()
        self.assertEqual(status(ok), 200)
        to_tag = re.search(r"^To:.*(;tag=\S+)", ok, re.M).group(1)
        self.request("ACK", 1, to_tag)
        self.assertTrue(self.callee.wire.receive().startswith("ACK"))
        self.callee.send(invite, 0, PACKETS, ssrc=88)
        time.sleep(0.2)
        heard = {kind: self.caller.received(kind) for kind in KINDS}
        self.request("BYE", 2, to_tag)
        self.assertEqual(status(self.caller.wire.final()), 200)
        self.callee.wire.send(reply(self.callee.wire.receive(), "200 OK"))
        self.exchange.wait_idle()
        return heard

    def assert_all_heard(self, heard):
        for kind, count in heard.items():
            self.assertGreaterEqual(count, PACKETS - 3, kind)

    def test_of_the_branch_that_was_heard_early(self):
        self.assert_all_heard(self.heard_after_early("early", 0.1))

    def test_of_another_branch_at_the_same_address(self):
        self.assert_all_heard(self.heard_after_early("other", 0.1))

    def test_after_a_silence(self):
        self.assert_all_heard(self.heard_after_early("other", 2.5))


if __name__ == "__main__":
    tap.main()
