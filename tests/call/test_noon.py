#!/usr/bin/python3
"""The office changes its configuration, its certificates and its modules at noon, one a second,
while two people talk: nobody notices.

NOON_SECONDS=60 for a minute."""

import os
import shutil
import time

from lib import sound, tap
from lib.case import CallTest, scratch_folder
from lib.certificates import Authority
from lib.daemon import BUILD, SIP_CONF, tls_conf

SECONDS = int(os.environ.get("NOON_SECONDS", "20"))

PLAN = """\
[office]
exten => 1002,1,Set(VOLUME(TX)=1)
 same => n,Set(JITTERBUFFER(adaptive)=default)
 same => n,Set(TALK_DETECT(set)=)
 same => n,Set(GROUP()=noon)
 same => n,MixMonitor(%s/noon.wav)
 same => n,Dial(SIP/1002,20)
 same => n,Hangup()
exten => 9,1,NoOp(round %d)
"""

# What has a part in the call, and takes another's place while it does.
REPLACED = ("app_dial", "func_volume", "codec_ulaw", "app_mixmonitor", "func_jitterbuffer",
            "codec_alaw", "func_talkdetect", "format_wav", "func_groupcount", "app_set",
            "func_channel", "app_bridge", "app_queue", "dialplan", "cdr", "app_voicemail",
            "res_parking", "app_confbridge", "cdr_sqlite", "res_reach", "cel", "chan_local")
# These are told to read their files again.
READ_AGAIN = ("chan_sip", "dialplan", "app_voicemail", "cdr")


class Noon(CallTest):
    def setUp(self):
        scratch = scratch_folder(self)
        self.authority = Authority(scratch)
        self.signed = [self.authority.sign(name) for name in ("even", "odd")]
        self.base = os.path.join(scratch, "pbx")
        self.put_certificate(0)
        self.modules = os.path.join(scratch, "modules")
        shutil.copytree(os.path.join(BUILD, "modules"), self.modules,
                        ignore=lambda _, names: [n for n in names if not n.endswith(".so")])
        self.extensions = PLAN % (scratch, 0)
        self.scratch = scratch
        self.files = {"sip.conf": self.sip_conf(0), "rtp.conf": self.rtp_conf(0),
                      "ringdown.conf": "[directories]\nmodules = %s\n" % self.modules,
                      "voicemail.conf": "[default]\n1001 => 1234,Alice\n"}
        super().setUp()

    def put_certificate(self, turn):
        for end in ".crt", ".key":
            shutil.copy(self.signed[turn % 2] + end, self.base + ".new")
            os.replace(self.base + ".new", self.base + end)

    def sip_conf(self, turn):
        secure = SIP_CONF.replace("secret = secret-1001\n",
                                  "secret = secret-1001\nmedia_encryption = dtls\n")
        return (secure + "\n[2%03d]\ntype = phone\ncontext = office\nsecret = x-%d-y\n"
                % (turn, turn) + tls_conf(self.base, self.authority))

    def rtp_conf(self, turn):
        base = self.signed[turn % 2]
        return "[general]\ndtls_cert_file = %s.crt\ndtls_private_key = %s.key\n" % (base, base)

    def change_files(self, turn):
        """And the certificate of TLS, where it is."""
        self.put_certificate(turn)
        self.exchange.write("sip.conf", self.sip_conf(turn))
        self.exchange.write("rtp.conf", self.rtp_conf(turn))
        self.exchange.write("extensions.conf", PLAN % (self.scratch, turn))
        self.exchange.write("voicemail.conf", "[default]\n1001 => 1234,Alice %d\n" % turn)
        self.exchange.ask("core reload")

    def change_module(self, turn):
        name = REPLACED[turn % len(REPLACED)]
        beside = os.path.join(self.modules, name + ".new")
        shutil.copy(os.path.join(BUILD, "modules", name + ".so"), beside)
        os.replace(beside, os.path.join(self.modules, name + ".so"))
        self.exchange.ask("module reload " + name)
        self.exchange.ask("module reload " + READ_AGAIN[turn % len(READ_AGAIN)])

    def assert_recorded(self, phone, hz):
        """What comes over its wire is encrypted."""
        heard = sound.Heard(*sound.read(phone.recording()), hz)
        self.assertGreaterEqual(heard.seconds(), SECONDS - 1)
        self.assertLessEqual(heard.longest_gap_ms(), 40)

    def test_nobody_notices(self):
        alice = self.phone("1001", 440, seconds=SECONDS + 20, life=SECONDS + 120,
                           config="module srtp.so\nmodule dtls_srtp.so\nsip_cafile %s\n"
                           % self.authority.path,
                           extra=';outbound="sip:127.0.0.1:5061;transport=tls";mediaenc=dtls_srtp')
        bob = self.phone("1002", 1000, seconds=SECONDS + 20, life=SECONDS + 120, codecs="pcma")
        alice.dial("1002")
        bob.wait_for("CALL_ESTABLISHED")
        alice.wait_for("CALL_ESTABLISHED")
        began, turn = time.monotonic(), 0
        while time.monotonic() - began < SECONDS:
            turn += 1
            self.change_files(turn)
            self.change_module(turn)
            time.sleep(max(0, began + turn - time.monotonic()))
        self.assertGreater(turn, SECONDS / 4)
        self.assertIn("2%03d" % turn, self.exchange.ask("sip show phones"))
        self.assertIn("2 active channels", self.exchange.ask("core show channels"))
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_recorded(alice, 1000)
        self.assert_heard(bob, 440, SECONDS - 1)
        log = self.exchange.log()
        self.assertNotRegex(log, r"holds the switch thread|dtls: no keys|ERROR", log[-3000:])


if __name__ == "__main__":
    tap.main()
