#!/usr/bin/python3
"""Linphone and baresip on one exchange: each calls the other over UDP and TCP,
both hear; hold, and transfers of both kinds by Linphone."""

import os
import time

from lib import sound, tap
from lib.case import CallTest, scratch_folder
from lib.certificates import Authority
from lib.daemon import SIP_CONF, TCP_CONF, tls_conf
from lib.linphone import Linphone

CONF = SIP_CONF + TCP_CONF

DIALPLAN = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},20)
"""

TALK = 2.5  # seconds


class LinphoneTest(CallTest):
    extensions = DIALPLAN
    files = {"sip.conf": CONF}

    def linphone(self, transport="udp"):
        """It is 1003 and plays 1600 Hz."""
        tone = os.path.join(self.folder, "tone-1600.wav")
        sound.write_tone(tone, 1600, 40)
        phone = Linphone(self.folder, "1003", "secret-1003", tone=tone,
                         transport=transport)
        self.phones.append(phone)
        self.exchange.wait_output("sip show contacts", "sip:1003@")
        return phone

    def assert_talk(self, phone, hz, linphone, seconds=TALK - 0.5):
        self.assert_heard(phone, 1600, seconds, gap_ms=80)
        self.assert_heard(linphone, hz, seconds, gap_ms=80)

    def call_both_ways(self, transport):
        linphone, alice = self.linphone(transport), self.phone("1001", 440)
        linphone.dial("1001")
        linphone.wait_established()
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(TALK)
        linphone.hangup()
        alice.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        alice.dial("1003")
        alice.wait_for("CALL_ESTABLISHED", count=2)
        linphone.wait_established(count=2)
        time.sleep(TALK)
        alice.hangup()
        linphone.wait_closed(count=2)
        self.exchange.wait_idle()
        self.assert_talk(alice, 440, linphone)


class Calls(LinphoneTest):
    def test_it_calls_and_is_called_over_udp(self):
        self.call_both_ways("udp")

    def test_it_calls_and_is_called_over_tcp(self):
        self.call_both_ways("tcp")
        self.assertRegex(self.exchange.ask("sip show transports"),
                         r"(?m)^  in +.*127\.0\.0\.1")


class Tls(LinphoneTest):
    def setUp(self):
        self.authority = Authority(scratch_folder(self))
        # Its TLS library knows names only, this one too.
        base = self.authority.sign("pbx", "DNS:127.0.0.1,IP:127.0.0.1")
        self.files = {"sip.conf": CONF + tls_conf(base, self.authority)}
        super().setUp()

    def linphone(self, transport="tls"):
        tone = os.path.join(self.folder, "tone-1600.wav")
        sound.write_tone(tone, 1600, 40)
        phone = Linphone(self.folder, "1003", "secret-1003", tone=tone,
                         transport="tls", server="127.0.0.1:5061",
                         authority=self.authority.path)
        self.phones.append(phone)
        self.exchange.wait_output("sip show contacts", "sip:1003@")
        return phone

    def test_it_calls_and_is_called_over_tls(self):
        self.call_both_ways("tls")
        self.assertRegex(self.exchange.ask("sip show transports"),
                         r"(?m)^  in +.*127\.0\.0\.1.* TLSv1\.[23]")


class Through(LinphoneTest):
    """By the proxy: its Contact is the GRUU that it was given."""
    files = {"sip.conf": CONF, "proxy.conf": "[phones]\npattern = _10XX\n"}

    def test_calls_pass_through_and_either_end_ends_them(self):
        linphone, alice = self.linphone(), self.phone("1001", 440)
        linphone.dial("1001")
        linphone.wait_established()
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(TALK)
        alice.hangup()
        linphone.wait_closed()
        alice.dial("1003")
        alice.wait_for("CALL_ESTABLISHED", count=2)
        linphone.wait_established(count=2)
        time.sleep(TALK)
        linphone.hangup()
        alice.wait_for("CALL_CLOSED", count=2)
        self.assert_talk(alice, 440, linphone)
        self.assertIn("0 active calls", self.exchange.ask("core show channels"))


class Watching(LinphoneTest):
    def test_it_is_told_of_presence(self):
        linphone = Linphone(self.folder, "1003", "secret-1003",
                            friend="sip:1001@127.0.0.1:5060")
        self.phones.append(linphone)
        linphone.wait_for("Friend .* is ")
        self.exchange.wait_output("sip show subscriptions 1003", "presence +1001 +active")
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        linphone.wait_for("is Available|is Online|is open", timeout=15)
        alice.dial("1002")
        bob.wait_for("CALL_ESTABLISHED")
        linphone.wait_for("is On the phone|is Busy")
        alice.hangup()
        self.exchange.wait_idle()


class Features(LinphoneTest):
    def test_it_holds_and_resumes(self):
        linphone, alice = self.linphone(), self.phone("1001", 440)
        linphone.dial("1001")
        linphone.wait_established()
        alice.wait_for("CALL_ESTABLISHED")
        linphone.command("pause")
        linphone.wait_for("is now paused")
        self.exchange.wait_output("sip show calls", r" held ")
        linphone.command("resume")
        linphone.wait_established(count=2)
        time.sleep(TALK)
        linphone.hangup()
        alice.wait_for("CALL_CLOSED")
        self.assert_heard(alice, 1600, TALK - 0.5, gap_ms=10000)
        self.exchange.wait_idle()

    def test_it_transfers_blindly(self):
        linphone = self.linphone()
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        alice.dial("1003")
        linphone.wait_established()
        alice.wait_for("CALL_ESTABLISHED")
        linphone.command("transfer sip:1002@127.0.0.1")
        bob.wait_for("CALL_ESTABLISHED")
        linphone.wait_closed()
        self.assert_joined(alice, bob)

    def test_it_transfers_attended(self):
        linphone = self.linphone()
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        alice.dial("1003")
        linphone.wait_established()
        alice.wait_for("CALL_ESTABLISHED")
        linphone.command("pause")
        linphone.wait_for("is now paused")
        linphone.dial("1002")
        bob.wait_for("CALL_ESTABLISHED")
        linphone.wait_established(count=2)
        linphone.command("transfer 1 --to-call 2")
        linphone.wait_closed(count=2)
        self.assert_joined(alice, bob)

    def assert_joined(self, alice, bob):
        """Those who remain hear each other."""
        self.exchange.wait_output("core show channels", r"\b2 active channels")
        time.sleep(TALK)
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_heard(bob, 440, TALK - 0.5, gap_ms=80)
        self.assert_heard(alice, 1000, TALK - 0.5, gap_ms=80)


if __name__ == "__main__":
    tap.main()
