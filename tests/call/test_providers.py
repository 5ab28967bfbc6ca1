#!/usr/bin/python3
"""Trunks to providers that want a password, played by Kamailio: calls out and in, and
what becomes of them when a provider is silent, gone, back, busy, or wants another password."""

import itertools
import os
import re
import signal
import subprocess
import time

from lib import sound, tap
from lib.case import CallTest, scratch_folder
from lib.certificates import Authority
from lib.daemon import SECOND_RTP_CONF, SIP_CONF, Ringdown, tls_conf
from lib.provider import ACCOUNT, BULK, IN_BULK, IN_TO, Carrier, Distributed, Provider, Teams

SOURCE = os.environ.get("RD_SOURCE", ".")

DIALPLAN = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},20)
exten => _0X.,1,Dial(TRUNK/out/${EXTEN},30)
[from-provider]
exten => _4930555XX,1,Dial(SIP/10${EXTEN:-2},20)
"""

TRUNKS = """\
[tel]
host = 127.0.0.9
user = %s
secret = hush
numbers = _4930555XX
context = from-provider

[bell]
host = 127.0.0.10
user = %s
secret = hush
numbers = _4930555XX
context = from-provider

[out]
type = group
trunks = tel, bell
""" % (ACCOUNT, ACCOUNT)



INVITE = ("INVITE sip:999@127.0.0.1 SIP/2.0\r\n"
          "Via: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK%(n)d\r\n"
          "From: <sip:carrier@b>;tag=%(n)d\r\nTo: <sip:999@127.0.0.1>\r\n"
          "Call-ID: %(n)d\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
          "Contact: <sip:x@127.0.0.1:9;transport=tls>\r\nContent-Length: 0\r\n\r\n")


def profile(name, changes):
    """A section of configs/office/trunks.conf, the semicolons taken away, with changes."""
    with open(os.path.join(SOURCE, "configs", "office", "trunks.conf")) as file:
        text = re.sub(r"(?m)^;(?=[^ \n])", "", file.read())
    text = re.search(r"(?ms)^\[%s\](\([^\n]*\))?\n.*?(?=^\[|\Z)" % name, text).group()
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


TEL, BELL = "127.0.0.9", "127.0.0.10"
TALK = 1.5  # seconds


class ProviderTest(CallTest):
    extensions = DIALPLAN
    trunks = TRUNKS

    def setUp(self):
        self.files = {"sip.conf": SIP_CONF, "trunks.conf": self.trunks}
        super().setUp()

    def provider(self, address, **more):
        one = Provider(self.folder, address, **more)
        self.addCleanup(one.stop)
        return one

    def both(self, **more):
        self.tel = self.provider(TEL, refused="030503", **more)
        self.bell = self.provider(BELL, **more)
        self.exchange.ask("core reload")  # they were not there when we asked first
        self.registered("tel")
        self.registered("bell")

    def registered(self, name, state="registered", timeout=8):
        self.exchange.wait_output("sip show trunks", r"%s +%s " % (name, state), timeout)

    def subscriber(self, address, hz=1000, **more):
        phone = self.phone("2001", hz, registered=False, server=address + ":5060", **more)
        phone.wait_for("REGISTER_OK", timeout=15)
        return phone

    def connects(self, caller, called, times=1):
        """Dials 030 2001; how long it took until the other was rung."""
        began = time.monotonic()
        caller.dial("0302001")
        called.wait_for("CALL_ESTABLISHED", timeout=10, count=times)
        took = time.monotonic() - began
        caller.wait_for("CALL_ESTABLISHED", count=times)
        caller.hangup()
        called.wait_for("CALL_CLOSED", count=times)
        return took

    def comes_to(self, caller, called, patience=40):
        """Dials until it is this provider's subscriber who is rung."""
        end = time.monotonic() + patience
        while True:
            caller.dial("0302001")
            try:
                return called.wait_for("CALL_ESTABLISHED", timeout=4)
            except AssertionError:
                if time.monotonic() > end:
                    raise
            caller.hangup()
            time.sleep(1)

    def counts(self, name):
        """Incoming, outgoing, answered of a trunk."""
        shown = self.exchange.ask("sip show trunks")
        row = re.search(r"(?m)^%s +[a-z]+ +(?:-|[0-9.]+ ms) +\d+ +\d+ +(\d+) +(\d+) +(\d+) "
                        % name, shown)
        self.assertTrue(row, shown)
        return [int(number) for number in row.groups()]


class Calls(ProviderTest):
    def test_out_and_in(self):
        self.both()
        ours, its = self.phone("1001", 440), self.subscriber(TEL)
        self.assert_call_sounds(TALK, ours, "0302001", its, (440, 1000))
        self.assert_call_sounds(TALK, its, "493055501", ours, (1000, 440), times=2)
        self.assertEqual(self.counts("tel"), [1, 1, 1])
        self.assertEqual(self.counts("bell"), [0, 0, 0])

    def test_a_number_that_is_none_of_ours_is_refused(self):
        self.both()
        its = self.subscriber(TEL)
        its.dial("4930666")
        its.wait_for("CALL_CLOSED")
        self.exchange.wait_log("a call for 4930666 is refused")
        self.assertEqual(self.counts("tel")[0], 0)


class NumberInTo(ProviderTest):
    trunks = TRUNKS.replace("context =", "number_in = to\ncontext =")

    def test_the_account_is_called_and_to_has_the_number(self):
        self.both(number=IN_TO)
        ours, its = self.phone("1001", 440), self.subscriber(TEL)
        self.assert_call_sounds(TALK, its, "493055501", ours, (1000, 440))


class NumberNotSought(ProviderTest):
    def test_who_calls_the_account_is_refused_and_the_log_knows_why(self):
        self.both(number=IN_TO)
        its = self.subscriber(TEL)
        its.dial("493055501")
        its.wait_for("CALL_CLOSED")
        self.exchange.wait_log(r"none of its numbers; To has 493055501, which is one: "
                               r"\"number_in = to\" reads it there")
        its.dial("4930666")
        its.wait_for("CALL_CLOSED", count=2)
        self.exchange.wait_log(r"none of its numbers\n")


class AllNumbersAtOnce(ProviderTest):
    trunks = TRUNKS.replace("context =", "register_gin = yes\ncontext =")

    def test_a_call_for_each_of_them_comes(self):
        self.both(bulk=BULK, number=IN_BULK)
        ours, its = self.phone("1001", 440), self.subscriber(TEL)
        self.assert_call_sounds(TALK, its, "493055501", ours, (1000, 440))
        self.assert_call_sounds(TALK, ours, "0302001", its, (440, 1000), times=2)


class AsItIsDistributed(ProviderTest):
    """A Kamailio that is configured as it comes: who calls is whom it knows the password
    of, and our account is called, the number in To."""

    trunks = TRUNKS.replace("context =", "number_in = to\nidentity = account\n"
                            "called_out_rules = _030X. -> {3}\ncontext =")

    def test_out_and_in(self):
        if not Distributed.exists():
            self.skipTest("kamailio.cfg or its tables are not there")
        tel = Distributed(self.folder, TEL, {ACCOUNT: "hush", "2001": "secret-2001"},
                          {"493055501": ACCOUNT})
        self.addCleanup(tel.stop)
        self.exchange.ask("core reload")
        self.registered("tel")
        ours, its = self.phone("1001", 440), self.subscriber(TEL)
        self.assert_call_sounds(TALK, ours, "0302001", its, (440, 1000))
        self.assert_call_sounds(TALK, its, "493055501", ours, (1000, 440), times=2)


class Failures(ProviderTest):
    def setUp(self):
        super().setUp()
        self.both()

    def test_a_silent_provider_is_passed_within_two_seconds(self):
        ours, its = self.phone("1001"), self.subscriber(BELL)
        self.tel.signal(signal.SIGSTOP)
        self.assertLess(self.connects(ours, its), 2.2)
        self.tel.signal(signal.SIGCONT)

    def test_one_that_is_gone_is_passed_and_comes_back(self):
        ours, its = self.phone("1001"), self.subscriber(BELL)
        self.tel.stop()
        self.assertLess(self.connects(ours, its), 1)
        self.assertEqual(self.counts("bell")[1:], [1, 1])
        self.tel.start()
        self.comes_to(ours, self.subscriber(TEL))
        ours.hangup()

    def test_a_call_outlives_its_provider(self):
        ours, its = self.phone("1001", 440), self.subscriber(TEL)
        ours.dial("0302001")
        its.wait_for("CALL_ESTABLISHED")
        self.tel.signal(signal.SIGKILL)
        time.sleep(2)
        self.assertRegex(self.exchange.ask("sip show trunks"), r"tel .* 0 +1 +0 +1 +1 ")
        ours.hangup()
        self.exchange.wait_idle(timeout=40)
        self.assert_heard(ours, 1000, 1.5)
        self.assertRegex(self.exchange.ask("sip show trunks"), r"tel .* 0 +0 +0 +1 +1 ")

    def dies_with_a_call(self, ours, its):
        """After it was heard of; the call comes by the other trunk, soon enough."""
        self.tel.signal(signal.SIGKILL)
        began = time.monotonic()
        its.wait_for("CALL_ESTABLISHED", timeout=15)
        self.assertLess(time.monotonic() - began, 4)
        ours.wait_for("CALL_ESTABLISHED")
        self.assertEqual(self.counts("tel")[1:], [1, 0])
        self.assertEqual(self.counts("bell")[1:], [1, 1])
        ours.hangup()
        its.wait_for("CALL_CLOSED")

    def test_a_call_that_rings_there_goes_by_the_other(self):
        ours, rings = self.phone("1001"), self.subscriber(TEL, answer="manual")
        its = self.subscriber(BELL)
        ours.dial("0302001")
        rings.wait_for("CALL_INCOMING")
        ours.wait_for("CALL_RINGING")
        self.dies_with_a_call(ours, its)

    def test_one_that_has_said_100_alone_does_too(self):
        ours, silent = self.phone("1001"), self.subscriber(TEL)
        its = self.subscriber(BELL)
        os.killpg(silent.process.pid, signal.SIGSTOP)
        self.addCleanup(os.killpg, silent.process.pid, signal.SIGCONT)
        ours.dial("0302001")
        self.exchange.wait_output("sip show trunks", r"tel +registered .* 0 +1 +0 +1 +0 ", 5)
        time.sleep(0.3)
        self.dies_with_a_call(ours, its)

    def test_503_leads_on_and_its_retry_after_is_heeded(self):
        ours = self.phone("1001")
        for count in 1, 2:
            ours.dial("030503")
            ours.wait_for("CALL_CLOSED", count=count)
        self.assertEqual(self.counts("tel")[1], 1)
        self.assertEqual(self.counts("bell")[1], 2)
        self.registered("tel", "resting")


class Secure(ProviderTest):
    """The profiles of the office, with nothing changed but names and secrets."""

    def setUp(self):
        self.authority = Authority(scratch_folder(self))
        self.trunks = profile("secure", {
            "sip.carrier.example": TEL + ":5061", "4930556\n": ACCOUNT + "\n",
            "_49305561X": "_4930555XX", "from-trunk": "from-provider"}) + (
                "[out]\ntype = group\ntrunks = secure\n")
        super().setUp()
        self.exchange.write("sip.conf", SIP_CONF + tls_conf(
            self.authority.sign("pbx"), self.authority))
        self.tel = self.provider(
            TEL, certificate=self.authority.sign("carrier", "IP:" + TEL),
            authority=self.authority.path)
        self.exchange.ask("core reload")
        self.registered("secure")

    def phones_of_both(self):
        return self.phone("1001", 440), self.subscriber(
            TEL, config="module srtp.so\n", extra=";mediaenc=srtp-mand")

    def test_signalling_and_sound_are_encrypted(self):
        ours, its = self.phones_of_both()
        self.talk(ours, "0302001", its)
        self.assert_heard(ours, 1000, 2)
        heard = sound.Heard(*sound.read(its.recording()), 440)
        self.assertGreaterEqual(heard.seconds(), 2)
        for stream in self.streams(its):
            secret = sound.Heard(stream.samples(), 8000, 440)
            self.assertLess(secret.seconds(), 0.1)
        self.assertRegex(self.exchange.ask("sip show transports"),
                         r" 127\.0\.0\.9:5061 .*TLSv1\.3 ")

    def test_a_call_comes_by_it(self):
        ours, its = self.phones_of_both()
        self.talk(its, "493055501", ours)
        self.assert_heard(ours, 1000, 2)
        self.assertEqual(self.counts("secure"), [1, 0, 0])


class ByAddress(ProviderTest):
    """By the profile of a provider that knows our address, and we its."""

    def setUp(self):
        self.trunks = profile("carrier", {
            "sip.carrier.example": TEL, "192.0.2.0/28,198.51.100.7": TEL,
            "_49305551X": "_4930555XX", "from-trunk": "from-provider"}) + (
                "qualify = 2s\n[out]\ntype = group\ntrunks = carrier\n")
        super().setUp()
        self.tel = Carrier(self.folder, TEL)
        self.addCleanup(self.tel.stop)
        self.exchange.ask("core reload")
        self.registered("carrier", "reachable")

    def test_out_and_in_without_any_password(self):
        ours, its = self.phone("1001", 440), self.subscriber(TEL)
        self.assert_call_sounds(TALK, ours, "0302001", its, (440, 1000))
        self.assert_call_sounds(TALK, its, "493055501", ours, (1000, 440), times=2)
        self.assertEqual(self.counts("carrier"), [1, 1, 1])

    def test_who_calls_from_elsewhere_is_nobody(self):
        other = self.phone("2002", registered=False)
        other.dial("493055501")
        other.wait_for("CALL_CLOSED")
        self.assertEqual(self.counts("carrier"), [0, 0, 0])


class MicrosoftTeams(ProviderTest):
    """By the profile for direct routing, at who is as strict as the documents say."""

    extensions = DIALPLAN.replace("_4930555XX", "_+4930555XX")

    def setUp(self):
        self.authority = Authority(scratch_folder(self))
        self.trunks = "".join(profile(name, changes) for name, changes in (
            ("teams", {"52.112.0.0/14,52.120.0.0/14": TEL + "," + BELL,
                       "_+49305551X": "_+4930555XX", "from-trunk": "from-provider",
                       "qualify = 60s": "qualify = 2s"}),
            ("teams1", {"sip.pstnhub.microsoft.com": TEL}),
            ("teams2", {"sip2.pstnhub.microsoft.com": BELL}))) + (
                "[out]\ntype = group\ntrunks = teams1, teams2\n")
        super().setUp()
        self.exchange.write("sip.conf", SIP_CONF + tls_conf(
            self.authority.sign("pbx", "DNS:sbc.example.com,IP:127.0.0.1"), self.authority))
        self.tel, self.bell = self.teams(TEL), self.teams(BELL)
        self.exchange.ask("core reload")
        self.registered("teams1", "reachable")
        self.registered("teams2", "reachable")

    def teams(self, address):
        one = Teams(self.folder, address, authority=self.authority.path,
                    certificate=self.authority.sign(address, "IP:" + address))
        self.addCleanup(one.stop)
        return one

    def user(self, address=TEL):
        phone = self.phone("2001", 1000, registered=False, server=address + ":5060",
                           config="module srtp.so\n", extra=";mediaenc=srtp-mand")
        phone.wait_for("REGISTER_OK", timeout=15)
        return phone

    def test_calls_go_both_ways_and_are_encrypted(self):
        ours, its = self.phone("1001", 440), self.user()
        self.talk(ours, "0302001", its, TALK)
        its.dial("+493055501")
        ours.wait_for("CALL_ESTABLISHED", count=2)
        time.sleep(TALK)
        its.hangup()
        ours.wait_for("CALL_CLOSED", count=2)
        self.exchange.wait_idle()
        self.assert_heard(ours, 1000, TALK - 0.5, gap_ms=80)
        for stream in self.streams(its):
            secret = sound.Heard(stream.samples(), 8000, 440)
            self.assertLess(secret.seconds(), 0.1)
        self.assertEqual(self.counts("teams1"), [1, 1, 1])
        self.assertEqual(self.counts("teams2"), [0, 0, 0])

    def test_a_call_is_of_the_place_that_it_comes_from(self):
        ours, its = self.phone("1001"), self.user(BELL)
        its.dial("+493055501")
        ours.wait_for("CALL_ESTABLISHED")
        its.hangup()
        self.exchange.wait_idle()
        self.assertEqual(self.counts("teams1"), [0, 0, 0])
        self.assertEqual(self.counts("teams2"), [1, 0, 0])

    def test_it_transfers_a_call_of_ours(self):
        ours, its = self.phone("1001", 440), self.user()
        other = self.phone("1002", 1600)
        ours.dial("0302001")
        its.wait_for("CALL_ESTABLISHED")
        its.command("transfer", "sip:+493055502@sip.pstnhub.microsoft.com:5061")
        other.wait_for("CALL_ESTABLISHED")
        its.wait_for("CALL_CLOSED")
        time.sleep(TALK)
        ours.hangup()
        self.assert_heard(other, 440, TALK - 0.5, gap_ms=80)

    def test_the_second_place_takes_over(self):
        ours, its = self.phone("1001"), self.user(BELL)
        self.tel.stop()
        self.assertLess(self.connects(ours, its), 2.2)


class ByCertificate(CallTest):
    """Who shows the carrier's certificate is the carrier, whatever From says."""

    extensions = DIALPLAN

    def setUp(self):
        self.authority = Authority(scratch_folder(self))
        self.files = {
            "sip.conf": SIP_CONF + tls_conf(self.authority.sign("pbx"), self.authority) +
                        "verify_client = optional\n",
            "trunks.conf": "[carrier]\nhost = 127.0.0.1\nmatch_certificate = "
                           "sip.carrier.example\nnumbers = 4930555\nqualify = 0\n"
                           "context = from-provider\n"}
        super().setUp()

    number = itertools.count()

    def answer(self, certificate):
        """To an INVITE for a number that is none of the carrier's."""
        shown = [] if certificate is None else [
            "-cert", certificate + ".crt", "-key", certificate + ".key"]
        client = subprocess.run(
            ["timeout", "2", "openssl", "s_client", "-connect", "127.0.0.1:5061",
             "-CAfile", self.authority.path, "-quiet", *shown],
            input=(INVITE % {"n": next(self.number)}).encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            check=False)
        found = re.search(rb"SIP/2\.0 ([2-6]\d\d)", client.stdout)
        return found and found.group(1).decode()

    def test_the_certificate_says_who_calls(self):
        carrier = self.authority.sign("carrier", "DNS:sip.carrier.example")
        other = self.authority.sign("other", "DNS:sip.other.example")
        stranger = Authority(scratch_folder(self), "stranger").sign(
            "forged", "DNS:sip.carrier.example")
        self.assertEqual(self.answer(carrier), "404")
        self.exchange.wait_log("trunk carrier: a call for 999 is refused")
        self.assertEqual(self.answer(other), "401")
        self.assertEqual(self.answer(None), "401")
        self.assertIsNone(self.answer(stranger))


class TwoOffices(CallTest):
    """By the profile for another exchange of ours, on both sides."""

    extensions = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},20)
exten => _20XX,1,Dial(TRUNK/branch/${EXTEN},20)
[texts]
exten => _10XX,1,MessageSend(pjsip:${EXTEN},${MESSAGE(from)})
exten => _20XX,1,MessageSend(pjsip:${EXTEN}@branch,${MESSAGE(from)})
"""
    sip = SIP_CONF.replace("context = office", "context = office\nmessage_context = texts")
    changes = {"_1XXX": "_10XX", "branch.example.com": "127.0.0.2"}

    def setUp(self):
        self.files = {"sip.conf": self.sip, "trunks.conf": profile("branch", self.changes)}
        super().setUp()
        folder = os.path.join(self.folder, "branch")
        os.makedirs(folder)
        self.branch = Ringdown(folder, {
            "sip.conf": self.sip.replace("127.0.0.1", "127.0.0.2").replace("[100", "[200")
                        .replace("secret-100", "secret-200"),
            "rtp.conf": SECOND_RTP_CONF,
            "trunks.conf": profile("branch", {
                "[branch]": "[headquarters]", "user = headquarters": "user = branch",
                "auth_user = branch": "auth_user = headquarters", "_1XXX": "_20XX",
                "branch.example.com": "127.0.0.1"})},
            self.extensions.replace("_10", "_30").replace("_20", "_10")
            .replace("_30", "_20").replace("/branch", "/headquarters")
            .replace("@branch", "@headquarters"))
        self.addCleanup(self.branch.stop)

    def phones_of_both(self, **more):
        ours = self.phone("1001", 440, **more)
        its = self.phone("2001", 1000, registered=False, server="127.0.0.2:5060")
        its.wait_for("REGISTER_OK")
        return ours, its

    def test_extensions_call_each_other(self):
        ours, its = self.phones_of_both()
        self.assert_call_sounds(TALK, ours, "2001", its, (440, 1000))
        self.assert_call_sounds(TALK, its, "1001", ours, (1000, 440), times=2)
        self.branch.wait_log("SIP/headquarters-")

    def test_its_people_call_out_by_our_provider(self):
        tel = Provider(self.folder, TEL)
        self.addCleanup(tel.stop)
        self.exchange.write("trunks.conf", profile("branch", self.changes) + TRUNKS)
        self.exchange.write("extensions.conf", DIALPLAN)
        self.branch.write("extensions.conf", "[office]\nexten => _0X.,1,"
                          "Dial(TRUNK/headquarters/${EXTEN},20)\n")
        for one in self.exchange, self.branch:
            one.ask("core reload")
        self.exchange.wait_output("sip show trunks", r"tel +registered ")
        its = self.phone("2001", 1000, registered=False, server="127.0.0.2:5060")
        theirs = self.phone("2001", 440, registered=False, server=TEL + ":5060")
        for phone in its, theirs:
            phone.wait_for("REGISTER_OK")
        self.assert_call_sounds(TALK, its, "0302001", theirs, (1000, 440))

    def test_a_text_goes_across(self):
        ours, _ = self.phones_of_both(config="module_app contact.so\n",
                                      contacts="\"There\" <sip:2001@127.0.0.1:5060>\n")
        self.branch.ask("sip trace on")
        ours.command("message", "Grüß Gott")
        self.branch.wait_log("Server: baresip")  # it has taken it
        text = self.branch.log().split("MESSAGE sip:2001-")[1]
        self.assertIn("From: <sip:1001@", text)
        self.assertIn(" Grüß Gott\n", text)

    def test_a_transfer_goes_across(self):
        ours, its = self.phones_of_both()
        other = self.phone("1002", 1600)
        its.dial("1001")
        ours.wait_for("CALL_ESTABLISHED")
        ours.command("transfer", "sip:1002@127.0.0.1:5060")
        other.wait_for("CALL_ESTABLISHED")
        ours.wait_for("CALL_CLOSED")
        time.sleep(TALK)
        its.hangup()
        self.assert_heard(other, 1000, TALK - 0.5, gap_ms=80)


class WrongPassword(ProviderTest):
    trunks = TRUNKS.replace("hush", "loud", 1)

    def test_the_other_trunk_gets_the_calls(self):
        self.tel, self.bell = self.provider(TEL), self.provider(BELL)
        self.exchange.ask("core reload")
        self.registered("bell")
        self.registered("tel", "unregistered")
        ours, its = self.phone("1001"), self.subscriber(BELL)
        self.assertLess(self.connects(ours, its), 1)
        self.assertEqual(self.counts("tel")[1], 0)


if __name__ == "__main__":
    tap.main()
