#!/usr/bin/python3
"""Pictures and text beside the sound: baresip phones that show each other VP8, an
echo of it, a room where whoever talks is seen, and characters (T.140) typed on one
leg and read on the other. Encrypted, pictures are looked at where they are decoded."""

import re
import socket
import struct
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.wire import Wire

DIALPLAN = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},10)
exten => 600,1,Answer()
 same => n,Echo()
exten => 607,1,ConfBridge(office)
exten => 2002,1,Dial(SIP/reader)
"""

SETTINGS = SIP_CONF.replace("office\n", "office\nallow = ulaw,vp8\n") + """
[1003](+)
allow = ulaw

[1004](phone)
secret = secret-1004

[typist]
type = peer
context = office
host = 127.0.0.7:5555
allow = ulaw,t140

[reader]
type = peer
context = office
host = 127.0.0.8:5555
allow = ulaw,t140
"""

CAMERA = """\
module vp8.so
module fakevideo.so
video_source fakevideo,
video_display fakevideo,
video_size {size}
video_bitrate 200000
video_fps 10
"""

DYNAMIC = range(96, 128)


class Vp8:
    """A packet of VP8 (RFC 7741)."""

    def __init__(self, packet):
        at = 1
        first = packet.payload[0]
        if first & 0x80:
            more = packet.payload[1]
            at = 2
            if more & 0x80:
                at += 2 if packet.payload[2] & 0x80 else 1
            at += bool(more & 0x40) + bool(more & 0x30)
        self.begins = (bool(first & 0x10) and not first & 0x07 and
                       len(packet.payload) > at + 9)
        # a key frame has this code, which noise has not
        self.whole = (self.begins and not packet.payload[at] & 0x01 and
                      packet.payload[at + 3:at + 6] == b"\x9d\x01\x2a")
        if self.whole:
            self.width = struct.unpack_from("<H", packet.payload, at + 6)[0] & 0x3fff


class PictureTest(CallTest):
    extensions = DIALPLAN
    files = {"sip.conf": SETTINGS}

    def camera(self, user, size="176x144", **more):
        return self.phone(user, config=CAMERA.format(size=size), extra=";video_codecs=vp8",
                          **more)

    def seen(self, phone):
        """The packets of pictures that came to it, of who sent the most."""
        if not self.line:
            self.skipTest("reading packets off the line is not allowed")
        found = self.line.streams(*phone.rtp, kinds=DYNAMIC)
        self.assertTrue(found, "phone %s saw nothing" % phone.user)
        return max(found, key=lambda one: len(one.packets)).packets

    def assert_sees(self, phone, frames):
        packets = self.seen(phone)
        ends = sum(packet.marker for packet in packets)
        self.assertGreaterEqual(ends, frames)
        self.assertTrue(any(Vp8(packet).whole for packet in packets))
        numbers = [packet.seq for packet in packets]
        steps = {(b - a) & 0xffff for a, b in zip(numbers, numbers[1:])}
        self.assertEqual(steps, {1}, "phone %s missed packets" % phone.user)

    def widths(self, packets):
        """Of the whole pictures in there, each as often as it begins anew."""
        widths = [picture.width for picture in map(Vp8, packets) if picture.whole]
        return [width for i, width in enumerate(widths) if not i or widths[i - 1] != width]


class Pictures(PictureTest):
    def test_two_phones_see_each_other(self):
        one, other = self.camera("1001"), self.camera("1002")
        one.dial("1002")
        other.wait_for("CALL_ESTABLISHED")
        one.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        one.hangup()
        other.wait_for("CALL_CLOSED")
        self.assert_sees(one, 15)
        self.assert_sees(other, 15)
        self.exchange.wait_idle()

    def test_a_camera_sees_itself_by_echo(self):
        one = self.camera("1001")
        one.dial("600")
        one.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        one.hangup()
        self.assert_sees(one, 15)
        self.exchange.wait_idle()

    def test_who_has_no_camera_talks(self):
        one, other = self.camera("1001"), self.phone("1003", 1000)
        one.dial("1003")
        other.wait_for("CALL_ESTABLISHED")
        one.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        one.hangup()
        other.wait_for("CALL_CLOSED")
        self.assert_heard(one, 1000, 1.5)
        if self.line:
            self.assertEqual(self.line.streams(*other.rtp, kinds=DYNAMIC), [])
        self.exchange.wait_idle()

    def test_who_talks_in_a_room_is_seen(self):
        first = self.camera("1001", "176x144", hz=0)
        other = self.camera("1002", "160x128", hz=0)
        talker = self.camera("1004", "128x96", hz=440)
        # the first is told for a while that there is nobody else
        for phone, seconds in (first, 0.2), (other, 4), (talker, 3.5):
            phone.dial("607")
            phone.wait_for("CALL_ESTABLISHED")
            time.sleep(seconds)
        listed = self.exchange.ask("confbridge list office")
        self.assertRegex(listed, r"SIP/1004-\S+ +1004 +no +yes +yes ")
        for phone in (first, other, talker):
            phone.hangup()
        # the two saw each other until they saw the talker, and he who was seen before
        self.assertEqual(self.widths(self.seen(first)), [160, 128])
        self.assertEqual(self.widths(self.seen(other)), [176, 128])
        self.assertEqual(self.widths(self.seen(talker)), [160])
        for phone in (first, other, talker):
            self.assert_sees(phone, 10)
        self.exchange.wait_idle()


SECURE = CAMERA + """\
module snapshot.so
module srtp.so
module dtls_srtp.so
"""


class SecretPictures(PictureTest):
    """A phone that can take a snapshot of what it sees has decrypted it."""

    files = {"sip.conf": SETTINGS
             .replace("secret-1001\n", "secret-1001\nmedia_encryption = sdes\n"
                      "sdes_in_clear = yes\n")
             .replace("secret-1002\n", "secret-1002\nmedia_encryption = dtls\n")
             .replace("secret-1004\n", "secret-1004\nmedia_encryption = sdes\n"
                      "sdes_in_clear = yes\n")}

    def secret_camera(self, user, size, mode, **more):
        return self.phone(user, config=SECURE.format(size=size) + more.pop("config", ""),
                          extra=";video_codecs=vp8;mediaenc=" + mode + more.pop("extra", ""),
                          **more)

    def talk(self, one, other, number):
        one.dial(number)
        other.wait_for("CALL_ESTABLISHED")
        one.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        seen = one.picture_size(), other.picture_size()
        one.hangup()
        other.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        return seen

    def assert_secret(self, phone, width):
        """Nobody on the wire sees the other's pictures."""
        packets = self.seen(phone)
        self.assertGreater(len(packets), 15)
        self.assertNotIn(width, self.widths(packets))

    def test_keys_of_the_descriptions(self):
        one = self.secret_camera("1001", "176x144", "srtp-mand")
        other = self.secret_camera("1004", "128x96", "srtp-mand")
        self.assertEqual(self.talk(one, other, "1004"), ((128, 96), (176, 144)))
        self.assert_secret(one, 128)
        self.assert_secret(other, 176)

    def test_keys_by_handshake_on_one_leg(self):
        one = self.secret_camera("1001", "176x144", "srtp-mand")
        other = self.secret_camera("1002", "128x96", "dtls_srtp",
                                   config="rtcp_mux yes\n")
        self.assertEqual(self.talk(one, other, "1002"), ((128, 96), (176, 144)))
        self.assert_secret(one, 128)
        self.assert_secret(other, 176)


class TextPhone:
    """Signals by hand, types and reads T.140; bundled: by the port of its sound."""

    def __init__(self, address, payload, bundled=False):
        self.bundled, self.named, self.mid = bundled, 0, "1"
        self.wire = Wire(address, 5555)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 7004))
        self.socket.settimeout(3)
        self.address, self.payload, self.seq = address, payload, 100

    def close(self):
        self.wire.close()
        self.socket.close()

    def sdp(self):
        if self.bundled:
            return self.bundle()
        return ("v=0\no=- 1 1 IN IP4 %s\ns=-\nc=IN IP4 %s\nt=0 0\n"
                "m=audio 7000 RTP/AVP 0\n"
                "m=text 7004 RTP/AVP %d\na=rtpmap:%d t140/1000\n"
                % (self.address, self.address, self.payload, self.payload))

    def bundle(self):
        line = "a=mid:%s\na=rtcp-mux\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\n"
        return ("v=0\no=- 1 1 IN IP4 %s\ns=-\nc=IN IP4 %s\nt=0 0\na=group:BUNDLE 0 %s\n"
                "m=audio 7004 RTP/AVP 0\n%sm=text 7006 RTP/AVP %d\na=rtpmap:%d t140/1000\n%s"
                % (self.address, self.address, self.mid, line % "0", self.payload, self.payload,
                   line % self.mid))

    def message(self, start, headers, body=""):
        if body:
            headers += "Content-Type: application/sdp\n"
        self.wire.send("%s\n%sContent-Length: %d\n\n%s" % (
            start, headers, len(body.replace("\n", "\r\n")), body))

    def type(self, text, port):
        for character in text:
            self.seq += 1
            self.socket.sendto(
                struct.pack("!BBHII", 0x80, self.payload, self.seq, self.seq * 300, 77) +
                character.encode(), ("127.0.0.1", port))

    def read(self, count):
        text = ""
        while len(text) < count:
            packet = self.socket.recv(1500)
            if 192 <= packet[1] <= 223:
                continue  # a report
            assert packet[1] & 0x7f == self.payload
            start = 12
            if packet[0] & 0x10:
                assert packet[12:18] == b"\xbe\xde\0\1\x40" + self.mid.encode(), packet
                start, self.named = 20, self.named + 1
            text += packet[start:].decode()
        return text


def headers_of(request, tag):
    """What an answer repeats."""
    lines = [line for line in request.split("\n")
             if re.match(r"(Via|From|To|Call-ID|CSeq):", line)]
    return "\n".join(line + ";tag=" + tag if line.startswith("To:") and "tag=" not in line
                     else line for line in lines) + "\n"


def port_of(kind, message):
    return int(re.search(r"^m=%s (\d+) " % kind, message, re.M).group(1))


def text_port(message):
    return port_of("text", message)


class Text(CallTest):
    extensions = DIALPLAN
    files = {"sip.conf": SETTINGS}

    def request(self, method, cseq, to_tag=""):
        return ("Via: SIP/2.0/UDP 127.0.0.7:5555;branch=z9hG4bKt%d%s\nMax-Forwards: 70\n"
                "From: <sip:typist@127.0.0.1>;tag=typist\nTo: <sip:2002@127.0.0.1>%s\n"
                "Call-ID: typed\nCSeq: %d %s\nContact: <sip:typist@127.0.0.7:5555>\n"
                % (cseq, method, to_tag, cseq, method))

    def test_what_one_types_the_other_reads(self):
        ok, invite = self.type_and_read(TextPhone("127.0.0.7", 98), TextPhone("127.0.0.8", 96))
        self.assertNotEqual(port_of("audio", ok), text_port(ok))
        self.assertNotIn("BUNDLE", ok + invite)

    def type_and_read(self, typist, reader):
        self.addCleanup(typist.close)
        self.addCleanup(reader.close)
        typist.message("INVITE sip:2002@127.0.0.1 SIP/2.0", self.request("INVITE", 1),
                       typist.sdp())
        invite = reader.wire.receive()
        self.assertIn("T140/1000", invite)
        reader.message("SIP/2.0 200 OK", headers_of(invite, "reader") +
                       "Contact: <sip:reader@127.0.0.8:5555>\n", reader.sdp())
        ok = typist.wire.final()
        self.assertIn("SIP/2.0 200", ok)
        to_tag = re.search(r"^To:.*(;tag=\S+)", ok, re.M).group(1)
        typist.message("ACK sip:127.0.0.1 SIP/2.0", self.request("ACK", 1, to_tag))
        self.assertIn("ACK", reader.wire.receive())
        time.sleep(0.3)
        typist.type("Grüß Gott", text_port(ok))
        self.assertEqual(reader.read(9), "Grüß Gott")
        reader.type("hello", port_of("audio" if reader.bundled else "text", invite))
        self.assertEqual(typist.read(5), "hello")
        typist.message("BYE sip:127.0.0.1 SIP/2.0", self.request("BYE", 2, to_tag))
        self.assertIn("SIP/2.0 200", typist.wire.final())
        bye = reader.wire.receive()
        reader.message("SIP/2.0 200 OK", headers_of(bye, "reader"))
        self.exchange.wait_idle()
        return ok, invite


class BundledText(Text):
    """The same where lines share a port (RFC 9143), with whoever wants to."""

    files = {"sip.conf": SETTINGS.replace("context = office\nhost",
                                          "context = office\nbundle = yes\nhost")}

    def test_what_one_types_the_other_reads(self):
        """Whoever does not bundle gets ports as ever."""
        ok, invite = self.type_and_read(TextPhone("127.0.0.7", 98), TextPhone("127.0.0.8", 122))
        self.assertNotIn("BUNDLE", ok)
        self.assertIn("a=group:BUNDLE 0 2\n", invite)
        self.assertNotEqual(port_of("audio", invite), text_port(invite))

    def test_the_caller_bundles(self):
        typist = TextPhone("127.0.0.7", 98, bundled=True)
        ok, _ = self.type_and_read(typist, TextPhone("127.0.0.8", 122))
        self.assertIn("a=group:BUNDLE 0 1\n", ok)
        self.assertEqual(port_of("audio", ok), text_port(ok))
        self.assertGreater(typist.named, 0)

    def test_the_callee_bundles(self):
        reader = TextPhone("127.0.0.8", 122, bundled=True)
        reader.mid = "2"  # as our offer calls it
        _, invite = self.type_and_read(TextPhone("127.0.0.7", 98), reader)
        self.assertNotEqual(port_of("audio", invite), text_port(invite))
        self.assertGreater(reader.named, 0)


if __name__ == "__main__":
    tap.main()
