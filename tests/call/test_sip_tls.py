#!/usr/bin/python3
"""SIP over TLS: phones that talk, openssl as a client that looks closely, and
certificates that are renewed or wrong."""

import os
import re
import shutil
import subprocess
import time
import unittest

from lib import tap
from lib.case import CallTest, scratch_folder
from lib.certificates import Authority
from lib.daemon import SIP_CONF, Ringdown, tls_conf

DIALPLAN = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},10)
"""

OPTIONS = ("OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n"
           "Via: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK1\r\n"
           "From: <sip:a@b>;tag=1\r\nTo: <sip:x@127.0.0.1>\r\n"
           "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
           "Content-Length: 0\r\n\r\n")


class TlsTest(CallTest):
    extensions = DIALPLAN
    more = ""

    def setUp(self):
        self.pki = scratch_folder(self)
        self.authority = Authority(self.pki)
        self.base = self.authority.sign("pbx")
        self.files = {"sip.conf": SIP_CONF + tls_conf(
            self.base, self.authority) + self.more}
        super().setUp()

    def s_client(self, *arguments, send=OPTIONS, wait=0.6):
        """What openssl says about a connection to the exchange."""
        process = subprocess.Popen(
            ["openssl", "s_client", "-connect", "127.0.0.1:5061", "-CAfile",
             self.authority.path, "-servername", "pbx.example.com",
             "-ign_eof", *arguments], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdout.close)
        try:
            process.stdin.write(send.encode())
            process.stdin.flush()
            time.sleep(wait)
        except BrokenPipeError:
            pass
        process.terminate()
        return process.communicate()[0].decode(errors="replace")

    def tls_phone(self, user, hz):
        return self.phone(
            user, hz, config="sip_cafile %s\nsip_verify_server yes\n"
            % self.authority.path,
            extra=';outbound="sip:127.0.0.1:5061;transport=tls"')


class Phones(TlsTest):
    def test_two_phones_hear_each_other(self):
        alice, bob = self.tls_phone("1001", 440), self.tls_phone("1002", 1000)
        self.assertEqual(len(re.findall(
            r"  in .* open .*TLSv1\.3 ",
            self.exchange.ask("sip show transports"))), 2)
        self.talk(alice, "1002", bob)
        self.assert_heard(alice, 1000, 2.5, level=-10)
        self.assert_heard(bob, 440, 2.5, level=-10)


class OpenSSL(TlsTest):
    def test_a_request_is_answered_over_either_version(self):
        for version in "-tls1_2", "-tls1_3":
            output = self.s_client(version)
            self.assertIn("Verify return code: 0 (ok)", output)
            self.assertIn("SIP/2.0 200 OK", output)
            self.assertRegex(output, r"Contact: <sip:127\.0\.0\.1:5061;"
                                     r"transport=tls>")

    def test_old_versions_are_refused(self):
        output = self.s_client("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
        self.assertNotIn("SIP/2.0", output)
        self.assertRegex(output, "alert|error")

    def test_a_session_is_resumed(self):
        ticket = os.path.join(self.pki, "session")
        self.assertIn("New, TLSv1.3", self.s_client("-sess_out", ticket))
        self.assertIn("Reused, TLSv1.3", self.s_client("-sess_in", ticket))

    def test_a_renewed_certificate_is_used_and_nobody_is_cut_off(self):
        alice = self.tls_phone("1001", 440)
        ticket = os.path.join(self.pki, "session")
        self.assertIn("CN = pbx", self.s_client("-sess_out", ticket))
        renewed = self.authority.sign("renewed")
        for suffix in ".crt", ".key":
            shutil.copy(renewed + suffix, self.base + suffix)
        self.exchange.ask("core reload")
        self.assertIn("CN = renewed", self.s_client())
        self.assertIn("Reused, TLSv1.3", self.s_client("-sess_in", ticket))
        self.assertRegex(self.exchange.ask("sip show transports"),
                         r"  in .* open .*TLSv1\.3 ")
        bob = self.tls_phone("1002", 1000)
        bob.dial("1001")
        alice.wait_for("CALL_ESTABLISHED")
        bob.hangup()
        alice.wait_for("CALL_CLOSED")

    def test_a_reload_with_a_broken_certificate_changes_nothing(self):
        with open(self.base + ".crt", "w") as f:
            f.write("half of it\n")
        status, output = self.exchange.run("core reload")
        self.assertRegex(output, r"sip\.conf:\d+: tls: certificate: "
                                 r".*pbx\.crt: no start line")
        self.assertIn("SIP/2.0 200 OK", self.s_client())


class ClientCertificates(TlsTest):
    more = "verify_client = yes\n"

    def test_a_client_needs_a_certificate_of_ours(self):
        self.assertNotIn("SIP/2.0", self.s_client())
        mine = self.authority.sign("client")
        self.assertIn("SIP/2.0 200 OK", self.s_client(
            "-cert", mine + ".crt", "-key", mine + ".key"))
        folder = os.path.join(self.pki, "foreign")
        os.mkdir(folder)
        other = Authority(folder).sign("client")
        self.assertNotIn("SIP/2.0", self.s_client(
            "-cert", other + ".crt", "-key", other + ".key"))


class Start(unittest.TestCase):
    """What cannot work is refused before anything is open."""

    def refused(self, base, key, pattern):
        folder = scratch_folder(self)
        conf = SIP_CONF + tls_conf(base, self.authority)
        exchange = Ringdown(folder, {"sip.conf": conf.replace(
            "key = %s.key" % base, "key = %s.key" % key)}, start=False)
        done = subprocess.run(exchange.arguments("--check"), timeout=20,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout.decode(), pattern)

    def test_missing_expired_and_mismatched_are_told(self):
        self.authority = Authority(scratch_folder(self))
        pbx, other = self.authority.sign("pbx"), self.authority.sign("other")
        old = self.authority.sign("old", days=-1)
        self.refused(old, old, r"sip\.conf:\d+: tls: certificate: "
                               r".*old\.crt: it expired on ")
        self.refused(pbx, other, r"sip\.conf:\d+: tls: key: "
                                 r".*other\.key: it is not the key of ")
        self.refused("/nowhere/pbx", "/nowhere/pbx",
                     r"sip\.conf:\d+: tls: certificate: /nowhere/pbx\.crt: "
                     r"no such file")


if __name__ == "__main__":
    tap.main()
