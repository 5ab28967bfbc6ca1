#!/usr/bin/python3
"""A conference with video_mode = sfu: phones made here, with up to four lines of pictures
or with all of them by one port, each of which sends whole pictures that have its name in
them, and tells whom it sees on which line."""

import re
import select
import socket
import struct
import threading
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.wire import Wire, reply

DIALPLAN = """\
[office]
exten => 607,1,ConfBridge(office,all)
"""

CONFBRIDGE = """\
[all]
type = bridge
video_mode = sfu
"""

SECTION = """
[%s]
type = peer
context = office
host = 127.0.0.%d:5555
allow = ulaw,vp8
max_video_streams = 4
%s
"""

NAMES = {"ann": 41, "bea": 42, "cat": 43, "dot": 44}
VP8 = "a=rtpmap:100 VP8/90000\na=rtcp-fb:100 nack pli\n"
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
FIRST_PORT = 7002
PLI = 0x81


class Camera:
    """Its sockets and what comes there; .sees is whom it saw last on which line since it
    was told to look anew."""

    def __init__(self, name, lines=4, bundled=False):
        self.name, self.lines, self.bundled = name, lines, bundled
        self.address = "127.0.0.%d" % NAMES[name]
        self.ssrc, self.seq = 1000 + NAMES[name], 0
        self.wire = Wire(self.address, 5555)
        # of each line RTP and RTCP
        ports = [FIRST_PORT] if bundled else range(FIRST_PORT, FIRST_PORT + 2 * lines)
        self.sockets = {port: self._bind(port) for port in ports}
        self.sees, self.sources, self.mids, self.asked = {}, {}, {}, 0
        self.to, self.tag, self.offers, self.over = [], "", 0, False
        self.thread = threading.Thread(target=self._live, daemon=True)

    def _bind(self, port):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind((self.address, port))
        return one

    def close(self):
        self.over = True
        if self.thread.is_alive():
            self.thread.join()
        self.wire.close()
        for one in self.sockets.values():
            one.close()

    # ---- what it says ----

    def sdp(self, offer=""):
        """Its own description, or an answer to an offer with more lines."""
        theirs = offer.split("\nm=video ")[1:] or [""]
        mids = ["v"] + re.findall(r"^a=mid:(more\d+)", offer, re.M)
        taken = [i < self.lines and not line.startswith("0 ") for i, line in enumerate(theirs)]
        taken[0] = True
        text = "v=0\no=- 1 1 IN IP4 %s\ns=-\nc=IN IP4 %s\nt=0 0\n" % (self.address, self.address)
        ports = [FIRST_PORT + 2 * i for i in range(len(theirs))]
        more = [""] * len(theirs)
        audio = "m=audio 7000 RTP/AVP 0\n"
        if self.bundled:
            each = "a=rtcp-mux\na=mid:%s\n"
            # closed lines have no name
            names = iter(mids)
            more = [each % next(names) + "a=extmap:4 %s\n" % MID if here else ""
                    for here in taken]
            ports = [FIRST_PORT] * len(theirs)
            kept = re.findall("a=mid:(\\S+)", "".join(more))
            text += "a=group:BUNDLE a %s\n" % " ".join(kept)
            audio = "m=audio %d RTP/AVP 0\n" % FIRST_PORT + each % "a"
        text += audio
        for i, here in enumerate(taken):
            text += "m=video %d RTP/AVPF 100\n" % (ports[i] if here else 0)
            if here:
                text += VP8 + more[i] + ("a=recvonly\n" if i else "")
        return text

    def request(self, method, cseq):
        return ("%s sip:607@127.0.0.1 SIP/2.0\n"
                "Via: SIP/2.0/UDP %s:5555;branch=z9hG4bK%s%d%s\nMax-Forwards: 70\n"
                "From: <sip:%s@127.0.0.1>;tag=%s\nTo: <sip:607@127.0.0.1>%s\n"
                "Call-ID: %s\nCSeq: %d %s\nContact: <sip:%s@%s:5555>\n"
                % (method, self.address, self.name, cseq, method, self.name, self.name, self.tag,
                   self.name, cseq, method, self.name, self.address))

    def send(self, method, cseq, body=""):
        kind = "Content-Type: application/sdp\n" if body else ""
        self.wire.send("%s%sContent-Length: %d\n\n%s" % (
            self.request(method, cseq), kind, len(body.replace("\n", "\r\n")), body))

    def _take_ports(self, text):
        self.to = [int(port) for port in re.findall(r"^m=video (\d+) ", text, re.M)]

    def enter(self):
        self.send("INVITE", 1, self.sdp())
        ok = self.wire.final()
        assert ok and ok.startswith("SIP/2.0 200"), ok
        self.tag = re.search(r"^To:.*(;tag=\S+)", ok, re.M).group(1)
        self._take_ports(ok)
        self.send("ACK", 1)
        self.thread.start()

    def leave(self):
        """Its last words are a BYE."""
        self.send("BYE", 2)
        time.sleep(0.2)
        self.over = True
        self.thread.join()

    # ---- what comes ----

    def _live(self):
        due = time.monotonic()
        while not self.over:
            waits = [self.wire.socket, *self.sockets.values()]
            for one in select.select(waits, [], [], 0.02)[0]:
                if one is self.wire.socket:
                    self._signalled()
                else:
                    self._came(one)
            if time.monotonic() >= due:
                due += 0.05
                self._show()

    def _signalled(self):
        request = self.wire.receive()
        if request.startswith("INVITE "):
            self.offers += 1
            self._take_ports(request)
            self.wire.send(reply(request, "200 OK", self.name,
                                 "Contact: <sip:%s@%s:5555>\nContent-Type: application/sdp\n"
                                 % (self.name, self.address), self.sdp(request)))
        elif not request.startswith(("SIP/2.0", "ACK")):
            self.wire.send(reply(request, "200 OK", self.name))

    def _show(self):
        """A whole picture: a first partition of a key frame, and a name."""
        self.seq += 1
        header = struct.pack("!BBHII", 0x80, 0xe4, self.seq & 0xffff, self.seq * 4500, self.ssrc)
        self.sockets[FIRST_PORT].sendto(header + b"\x10\x00" + self.name.encode(),
                                        ("127.0.0.1", self.to[0]))

    def _came(self, one):
        packet = one.recv(1500)
        if 192 <= packet[1] <= 223:
            self._reported(packet)
        if packet[1] & 0x7f != 100:
            return
        start, ssrc = 12, struct.unpack_from("!I", packet, 8)[0]
        if packet[0] & 0x10:
            words = struct.unpack_from("!H", packet, 14)[0]
            self.mids[ssrc] = packet[17:17 + (packet[16] & 15) + 1].decode()
            start = 16 + words * 4
        line = self.mids.get(ssrc, "v") if self.bundled else one.getsockname()[1]
        self.sees[line] = packet[start + 2:].decode()
        self.sources[line] = ssrc

    def _reported(self, packet):
        while packet:
            size = struct.unpack_from("!H", packet, 2)[0] * 4 + 4
            if packet[0] == PLI and packet[1] == 206:
                self.asked += 1
            packet = packet[size:]

    def look(self, seconds=0.6):
        self.sees = {}
        time.sleep(seconds)
        return dict(self.sees)

    def ask_on(self, line):
        """For a whole picture of whoever is on that line."""
        wish = struct.pack("!BBHII", PLI, 206, 2, self.ssrc, self.sources[line])
        report = struct.pack("!BBHI", 0x80, 201, 1, self.ssrc)
        if self.bundled:
            one, to = self.sockets[FIRST_PORT], self.to[0]
        else:
            one, to = self.sockets[line + 1], self.to[(line - FIRST_PORT) // 2] + 1
        one.sendto(report + wish, ("127.0.0.1", to))


class Selective(CallTest):
    extensions = DIALPLAN
    more, bundled = "", False
    files = {"confbridge.conf": CONFBRIDGE}

    def setUp(self):
        self.files = dict(self.files, **{"sip.conf": SIP_CONF + "".join(
            SECTION % (name, last, self.more) for name, last in NAMES.items())})
        super().setUp()

    def camera(self, name, lines=4):
        camera = Camera(name, lines, self.bundled)
        self.addCleanup(camera.close)
        camera.enter()
        return camera

    def all_enter(self, lines_of_dot=4):
        cameras = [self.camera(name, lines_of_dot if name == "dot" else 4) for name in NAMES]
        # the first is told for a while that there is nobody else
        time.sleep(4)
        return cameras

    def all_look(self, cameras):
        for camera in cameras:
            camera.sees = {}
        time.sleep(0.6)
        return [sorted(camera.sees.values()) for camera in cameras]

    def assert_all_see_all(self, cameras):
        names = sorted(camera.name for camera in cameras)
        self.assertEqual(self.all_look(cameras),
                         [[name for name in names if name != camera.name]
                          for camera in cameras])

    def test_each_sees_all_others(self):
        cameras = self.all_enter()
        self.assert_all_see_all(cameras)
        # changes are gathered: who came first was not asked for each
        self.assertLessEqual(cameras[0].offers, 2)
        ann = cameras[0]
        stays = {line: name for line, name in ann.look().items() if name != "bea"}
        cameras.pop(1).leave()
        time.sleep(1.5)
        self.assert_all_see_all(cameras)
        kept = ann.look()
        self.assertTrue(set(stays.items()) & set(kept.items()), (stays, kept))
        cameras.pop().leave()
        time.sleep(1.5)
        self.assert_all_see_all(cameras)
        for camera in cameras:
            camera.leave()
        self.exchange.wait_idle()

    def test_a_whole_picture_is_asked_of_who_is_on_that_line(self):
        cameras = self.all_enter()
        ann, others = cameras[0], cameras[1:]
        sees = ann.look()
        self.assertEqual(len(sees), 3)
        for line, name in sees.items():
            before = {other.name: other.asked for other in others}
            ann.ask_on(line)
            time.sleep(0.8)
            asked = [other.name for other in others if other.asked > before[other.name]]
            self.assertEqual(asked, [name])
        for camera in cameras:
            camera.leave()
        self.exchange.wait_idle()

    def test_who_takes_two_lines_sees_two(self):
        """And is asked no more; the others see all."""
        cameras = self.all_enter(lines_of_dot=2)
        *three, dot = self.all_look(cameras)
        self.assertEqual([len(sees) for sees in three], [3, 3, 3])
        self.assertEqual(len(set(dot)), 2)
        offers = cameras[-1].offers
        time.sleep(1)
        self.assertEqual(cameras[-1].offers, offers)
        for camera in cameras:
            camera.leave()
        self.exchange.wait_idle()


class BundledSelective(Selective):
    """All lines by one port (RFC 9143): packets say which line they are of."""

    more, bundled = "bundle = yes", True


if __name__ == "__main__":
    tap.main()
