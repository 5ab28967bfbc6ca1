#!/usr/bin/python3
"""Hold, resume, and transfers of both kinds over TCP and TLS, by Linphone and by two
baresips, as one story, and presence and waiting messages: all signalling goes over that transport. (Over UDP, each by itself:
test_linphone.py and test_transfer.py.)"""

import os
import re
import time

from lib import sound, tap
from lib.case import CallTest, scratch_folder
from lib.certificates import Authority
from lib.daemon import SIP_CONF, TCP_CONF, tls_conf
from lib.linphone import Linphone

CONF = SIP_CONF.replace("[phone](!)", "[phone](!)\nmailbox = 7@default")
NOT_HELD = r"(?s)^((?! held ).)*$"
TALK = 2.5  # seconds


class Story(CallTest):
    """A class says how phones reach the exchange."""

    extensions = "[office]\nexten => _10XX,1,Dial(SIP/${EXTEN},20)\n"
    files = {"sip.conf": CONF + TCP_CONF}
    server, transport = "127.0.0.1:5060", "tcp"
    authority = None

    def linphone(self):
        """It is 1003 and plays 1600 Hz."""
        tone = os.path.join(self.folder, "tone-1600.wav")
        sound.write_tone(tone, 1600, 60)
        phone = Linphone(self.folder, "1003", "secret-1003", tone=tone,
                         server=self.server, transport=self.transport,
                         authority=self.authority and self.authority.path)
        self.phones.append(phone)
        self.exchange.wait_output("sip show contacts", "sip:1003@")
        return phone

    def baresip(self, user, hz, config="", extra="", **more):
        if self.authority:
            config += "sip_cafile %s\nsip_verify_server yes\n" % self.authority.path
        return self.phone(user, hz, config=config, seconds=60, extra=(
            ';outbound="sip:%s;transport=%s"%s' % (self.server, self.transport, extra)),
            **more)

    def assert_one_transport(self):
        """Nothing went by another."""
        self.assertEqual(set(re.findall(r" ([A-Z]+) (?:<--|-->) ", self.exchange.log())),
                         {self.transport.upper()})

    def be_told(self):
        """Presence and waiting messages, to a baresip."""
        self.exchange.ask("sip trace on")
        self.exchange.ask("mwi update 7@default 2 5")
        watcher = self.baresip(
            "1001", 440, "module_app mwi.so\nmodule_app contact.so\n"
            "module_app presence.so\n", ";mwi=yes",
            contacts='"Bob" <sip:1002@%s;transport=%s>;presence=p2p\n' % (
                self.server, self.transport))
        self.assertIn("Voice-Message: 2/5", watcher.wait_for("MWI_NOTIFY")["param"])
        self.exchange.wait_output("sip show subscriptions 1001", "presence +1002 +active")
        self.baresip("1002", 1000)
        self.exchange.wait_log(r"<basic>open</basic>")
        self.wait_seen(watcher, "to \033[32mOnline")
        self.assert_one_transport()

    def wait_seen(self, phone, text):
        """Until its screen shows it."""
        end = time.monotonic() + 8
        while True:
            with open(phone.log.name, errors="replace") as f:
                shown = f.read()
            if text in shown:
                return
            self.assertLess(time.monotonic(), end, shown)
            time.sleep(0.05)

    def linphone_holds_and_resumes(self, linphone):
        linphone.command("pause")
        linphone.wait_for("is now paused")
        self.exchange.wait_output("sip show calls", r" held ")
        linphone.command("resume")
        linphone.wait_established(count=2)
        self.exchange.wait_output("sip show calls", NOT_HELD)

    def linphone_transfers_attended(self, linphone, bob):
        linphone.command("pause")
        linphone.wait_for("is now paused", count=2)
        linphone.dial("1002")
        bob.wait_for("CALL_ESTABLISHED")
        linphone.wait_established(count=3)
        linphone.command("transfer 1 --to-call 2")
        linphone.wait_closed(count=2)
        self.exchange.wait_output("core show channels", r"\b2 active channels")

    def baresip_holds_and_resumes(self, phone):
        phone.hold()
        self.exchange.wait_output("sip show calls", r" held ")
        phone.resume()
        self.exchange.wait_output("sip show calls", NOT_HELD)

    def tell(self):
        self.exchange.ask("sip trace on")
        linphone = self.linphone()
        alice, bob = self.baresip("1001", 440), self.baresip("1002", 1000)
        alice.dial("1003")
        linphone.wait_established()
        alice.wait_for("CALL_ESTABLISHED")
        self.linphone_holds_and_resumes(linphone)
        self.linphone_transfers_attended(linphone, bob)
        self.baresip_holds_and_resumes(bob)
        time.sleep(TALK)
        alice.command("transfer", "1003")
        linphone.wait_established(count=4)
        alice.wait_for("CALL_CLOSED")
        self.exchange.wait_output("core show channels", r"\b2 active channels")
        time.sleep(TALK)
        bob.hangup()
        linphone.wait_closed(count=3)
        self.exchange.wait_idle()
        for phone, hz in (alice, 1000), (bob, 440), (bob, 1600):
            self.assert_heard(phone, hz, TALK - 0.5, gap_ms=20000)
        self.assert_one_transport()


class Tcp(Story):
    def test_over_tcp(self):
        self.tell()

    def test_it_is_told_over_tcp(self):
        self.be_told()


class Tls(Story):
    server, transport = "127.0.0.1:5061", "tls"

    def setUp(self):
        self.authority = Authority(scratch_folder(self))
        # Linphone's TLS library knows names only, the address too.
        base = self.authority.sign("pbx", "DNS:127.0.0.1,IP:127.0.0.1")
        self.files = {"sip.conf": CONF + tls_conf(base, self.authority)}
        super().setUp()

    def test_over_tls(self):
        self.tell()

    def test_it_is_told_over_tls(self):
        self.be_told()


if __name__ == "__main__":
    tap.main()
