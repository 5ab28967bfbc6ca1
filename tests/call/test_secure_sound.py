#!/usr/bin/python3
"""Phones with encrypted sound: baresip in each of its modes, keys in the
description and by handshake. What a phone hears is measured in its own
recording; what went over the wire must not be the tone."""

import re
import subprocess
import time

from lib import sound, tap
from lib.case import CallTest, scratch_folder
from lib.certificates import Authority
from lib.daemon import SIP_CONF, tls_conf
from lib.wire import Wire

DIALPLAN = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},10)
exten => 600,1,Answer()
 same => n,Set(DB(test/secure)=${CHANNEL(secure_media)}${CHANNEL(rtp,secure)})
 same => n,Echo()
"""

SDES = "media_encryption = sdes\nsdes_in_clear = yes\n"
DTLS = "media_encryption = dtls\n"
MODULES = "module srtp.so\nmodule dtls_srtp.so\n"


def settings(*per_phone):
    """sip.conf whose nth phone has these options more."""
    text = SIP_CONF
    for i, options in enumerate(per_phone):
        secret = "secret = secret-100%d\n" % (i + 1)
        text = text.replace(secret, secret + options)
    return text


class SecureTest(CallTest):
    extensions = DIALPLAN

    def secure_phone(self, user, hz, mode, **options):
        extra = options.pop("extra", "") + (";mediaenc=" + mode if mode else "")
        return self.phone(user, hz, config=MODULES + options.pop("config", ""),
                          extra=extra, **options)

    def assert_recorded(self, phone, hz, seconds=2.3):
        heard = sound.Heard(*sound.read(phone.recording()), hz)
        where = "phone %s, %d Hz" % (phone.user, hz)
        self.assertGreaterEqual(heard.seconds(), seconds, where)
        self.assertLessEqual(heard.longest_gap_ms(), 40, where)
        self.assertAlmostEqual(heard.level(), -10, delta=1.0, msg=where)

    def assert_secret(self, phone, hz):
        """What came to the phone over the wire is longer, and no tone."""
        for stream in self.streams(phone):
            if len(stream.packets) < 10:
                continue
            heard = sound.Heard(stream.samples(), 8000, hz)
            self.assertLess(heard.seconds(), 0.1)

    def assert_secure_talk(self, one, other):
        self.talk(one, "1002", other)
        self.assert_recorded(one, 1000)
        self.assert_recorded(other, 440)


class KeysByTls(SecureTest):
    """As it should be: keys go by TLS, no option more is needed."""

    def setUp(self):
        self.authority = Authority(scratch_folder(self))
        base = self.authority.sign("pbx")
        self.files = {"sip.conf": settings(*["media_encryption = sdes\n"] * 2) +
                      tls_conf(base, self.authority)}
        super().setUp()

    def test_two_phones_hear_each_other_and_nobody_else_does(self):
        options = {"config": "sip_cafile %s\n" % self.authority.path,
                   "extra": ';outbound="sip:127.0.0.1:5061;transport=tls"'}
        one = self.secure_phone("1001", 440, "srtp-mand", **options)
        other = self.secure_phone("1002", 1000, "srtp-mand", **options)
        self.assert_secure_talk(one, other)
        self.assert_secret(one, 1000)
        self.assert_secret(other, 440)
        one.dial("600")
        one.wait_for("CALL_ESTABLISHED", count=2)
        self.exchange.wait_output("database show test", r"secure +: 11")
        one.hangup()
        self.exchange.wait_idle()


class Keys(SecureTest):
    files = {"sip.conf": settings(SDES, SDES, "")}

    def test_a_secure_and_a_plain_phone_talk(self):
        secure = self.secure_phone("1001", 440, "srtp-mand")
        plain = self.phone("1003", 1000)
        self.talk(secure, "1003", plain)
        self.assert_recorded(secure, 1000)
        self.assert_heard(plain, 440, 2.3, level=-10)
        self.assert_secret(secure, 1000)
        self.talk(plain, "1001", secure)
        self.assert_recorded(secure, 1000)

    def test_hold_and_resume_keep_the_keys(self):
        """The recording of the one who holds ends there, with plain sound too;
        it would say what it cannot decrypt."""
        secure = self.secure_phone("1001", 440, "srtp-mand")
        plain = self.phone("1003", 1000)
        secure.dial("1003")
        plain.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        secure.hold()
        time.sleep(0.7)
        secure.resume()
        time.sleep(2)
        secure.hangup()
        plain.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        heard, _ = self.heard(plain, 440)
        self.assertGreater(heard.seconds(), 2.3)
        sent = max(len(one.packets) for one in self.streams(secure))
        self.assertGreater(sent, 120)
        with open(secure.folder + "/log") as log:
            self.assertNotRegex(log.read(), r"srtp.*(fail|error)")

    def test_what_is_in_clear_is_refused(self):
        plain = self.phone("1001", 440)
        plain.dial("600")
        closed = plain.wait_for("CALL_CLOSED")
        self.assertIn("488", closed["param"])
        self.exchange.wait_log("sip/1001: it has no encryption that fits media_encryption")


class KeysIfPossible(SecureTest):
    files = {"sip.conf": settings(*[SDES + "media_encryption_optimistic = yes\n"] * 2)}

    def test_who_can_gets_it_and_who_cannot_talks_too(self):
        secure = self.secure_phone("1001", 440, "srtp")
        plain = self.phone("1002", 1000)
        self.talk(secure, "1002", plain)
        self.assert_recorded(secure, 1000)
        self.assert_heard(plain, 440, 2.3, level=-10)
        self.assert_secret(secure, 1000)


class Handshakes(SecureTest):
    files = {"sip.conf": settings(DTLS, DTLS, SDES)}

    def test_two_phones_hear_each_other_and_nobody_else_does(self):
        one = self.secure_phone("1001", 440, "dtls_srtp")
        other = self.secure_phone("1002", 1000, "dtls_srtp")
        self.assert_secure_talk(one, other)
        self.assert_secret(one, 1000)
        self.assert_secret(other, 440)

    def test_handshake_and_keys_meet_in_one_call(self):
        one = self.secure_phone("1001", 440, "dtls_srtp")
        other = self.secure_phone("1003", 1000, "srtp-mand")
        self.talk(one, "1003", other)
        self.assert_recorded(one, 1000)
        self.assert_recorded(other, 440)

    def test_tshark_sees_a_handshake_and_no_sound(self):
        one = self.secure_phone("1001", 440, "dtls_srtp")
        path = self.folder + "/call.pcap"
        dump = subprocess.Popen(
            ["dumpcap", "-q", "-i", "lo", "-f", "udp portrange 30000-30019", "-w", path],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(dump.stderr.close)
        self.addCleanup(dump.wait)
        self.addCleanup(dump.terminate)
        if not any(b"File:" in line for line in dump.stderr):  # from then on it sees all
            self.skipTest("dumpcap may not capture here")
        one.dial("600")
        one.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        one.hangup()
        self.exchange.wait_idle()
        dump.terminate()
        dump.wait()
        fields = subprocess.run(
            ["tshark", "-r", path, "-d", "udp.port==30000-30019,rtp", "-T", "fields",
             "-e", "dtls.handshake.type", "-e", "udp.payload"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode()
        if not fields:
            self.skipTest("tshark may not capture here")
        payloads = [line.split("\t")[-1] for line in fields.splitlines()]
        self.assertTrue(any(p.startswith("16fefd") for p in payloads), "no handshake")
        packets = [p[24:24 + 320] for p in payloads if p.startswith("80")]
        self.assertGreater(len(packets), 100)
        # the tone repeats in clear; encrypted, no packet is like another
        self.assertEqual(len(set(packets)), len(packets))


BROWSER = """\
v=0
o=- 1 %(cseq)d IN IP4 127.0.0.9
s=-
c=IN IP4 127.0.0.9
t=0 0
m=audio 7000 UDP/TLS/RTP/SAVP 0
a=ice-ufrag:%(ice)s
a=ice-pwd:%(ice)s%(ice)s%(ice)s%(ice)s%(ice)s%(ice)s
a=candidate:1 1 UDP 2130706431 127.0.0.9 7000 typ host
a=rtcp-mux
a=setup:actpass
a=fingerprint:sha-256 %(fingerprint)s
"""
HEAD = """\
From: <sip:web@127.0.0.1>;tag=web
To: %(to)s
Call-ID: renewed
Contact: <sip:web@127.0.0.9:5099>
Max-Forwards: 70
"""
INVITE = """\
INVITE sip:600@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.9:5099;branch=z9hG4bK%(branch)s
CSeq: %(cseq)d INVITE
""" + HEAD + """\
Content-Type: application/sdp
Content-Length: %(size)d

%(sdp)s"""
ACK = """\
ACK sip:600@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.9:5099;branch=z9hG4bKack%(cseq)d
CSeq: %(cseq)d ACK
""" + HEAD + """\
Content-Length: 0

"""
WEB = "\n[web]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\nice_support = yes\n" + DTLS


class Renewed(SecureTest):
    """The certificate of rtp.conf is another one from one moment to the next."""

    def setUp(self):
        self.authority = Authority(scratch_folder(self))
        self.files = {"sip.conf": settings("", DTLS) + WEB,
                      "rtp.conf": self.rtp_conf(self.authority.sign("morning"))}
        super().setUp()
        self.exchange.ask("sip trace on 1002")

    def rtp_conf(self, base):
        return "[general]\ndtls_cert_file = %s.crt\ndtls_private_key = %s.key\n" % (base, base)

    def renew(self):
        self.exchange.write("rtp.conf", self.rtp_conf(self.authority.sign("noon")))
        self.exchange.ask("core reload")

    def fingerprints(self):
        """That we have told, one after the other."""
        sent = re.findall(r"(?s) UDP --> (.*?)(?= UDP (?:-->|<--) |\Z)", self.exchange.log())
        return [fingerprint for message in sent for fingerprint in
                re.findall(r"a=fingerprint:sha-256 ([0-9A-F:]{95})", message)]

    def fingerprint_of(self, name):
        out = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in",
                              "%s/%s.crt" % (self.authority.folder, name)],
                             stdout=subprocess.PIPE, check=True).stdout.decode()
        return out.strip().split("=")[1]

    def assert_talk_goes_on(self, plain, secure, seconds=2.3):
        time.sleep(seconds + 0.4)
        plain.hangup()
        secure.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_recorded(secure, 440, seconds)
        self.assert_heard(plain, 1000, seconds, level=-10)

    def test_a_call_that_rings_keeps_the_one_that_it_has_told(self):
        plain = self.phone("1001", 440)
        secure = self.secure_phone("1002", 1000, "dtls_srtp", answer="manual")
        plain.dial("1002")
        secure.wait_for("CALL_INCOMING")
        self.renew()
        secure.command("accept")
        secure.wait_for("CALL_ESTABLISHED")
        self.assert_talk_goes_on(plain, secure)
        self.assertEqual(set(self.fingerprints()), {self.fingerprint_of("morning")})
        plain.dial("1002")
        secure.wait_for("CALL_INCOMING", count=2)
        self.exchange.wait_log(self.fingerprint_of("noon"))

    def test_a_call_that_is_up_keeps_it_when_it_is_held(self):
        secure = self.secure_phone("1002", 1000, "dtls_srtp")
        secure.dial("600")
        secure.wait_for("CALL_ESTABLISHED")
        time.sleep(0.5)
        self.renew()
        secure.hold()
        time.sleep(0.5)
        secure.resume()
        time.sleep(1)
        secure.hangup()
        self.exchange.wait_idle()
        told = self.fingerprints()
        self.assertGreaterEqual(len(told), 3)
        self.assertEqual(set(told), {self.fingerprint_of("morning")})

    def invite(self, wire, cseq, to, ice, fingerprint):
        """With ICE under that name; answered with our description."""
        sdp = BROWSER % {"cseq": cseq, "ice": ice, "fingerprint": fingerprint}
        wire.send(INVITE % {"cseq": cseq, "to": to, "branch": "b%d" % cseq,
                            "size": len(sdp.replace("\n", "\r\n")), "sdp": sdp})
        answer = wire.final()
        self.assertRegex(answer, r"^SIP/2\.0 200 ")
        wire.send(ACK % {"cseq": cseq, "to": re.search("(?m)^To: (.*)$", answer)[1]})
        return answer

    def test_neither_does_ice_that_begins_anew_change_it_nor_another_device(self):
        """Whose fingerprint is another one: that is a new association (RFC 8842)."""
        wire = Wire("127.0.0.9", 5099)
        self.addCleanup(wire.close)
        first = self.invite(wire, 1, "<sip:600@127.0.0.1>", "aaaa", ":".join(["AA"] * 32))
        self.renew()
        to = re.search("(?m)^To: (.*)$", first)[1]
        again = self.invite(wire, 2, to, "bbbb", ":".join(["AA"] * 32))
        other = self.invite(wire, 3, to, "bbbb", ":".join(["BB"] * 32))
        ours = "a=fingerprint:sha-256 " + self.fingerprint_of("morning")
        for answer in first, again, other:
            self.assertIn(ours, answer)
        ufrag = r"a=ice-ufrag:(\S+)"
        self.assertNotEqual(re.search(ufrag, first)[1], re.search(ufrag, again)[1])


if __name__ == "__main__":
    tap.main()
