#!/usr/bin/python3
"""The registrar, RFC 3261 §10, and what it tells to strangers."""

import re
import subprocess
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.wire import Wire, answer, contacts, status


class Registrar(CallTest):
    extensions = "[office]\nexten => 600,1,Answer()\n same => n,Echo()\n"

    def wire(self, **more):
        wire = Wire(**more)
        self.addCleanup(wire.close)
        return wire

    def test_digest_by_md5_and_by_sha_256(self):
        self.exchange.write("sip.conf",
                            "[global]\ndigest = both\n" +
                            SIP_CONF.replace("[global]\ntype = global\n", ""))
        self.exchange.ask("core reload")
        wire = self.wire()
        for n, algorithm in enumerate(("MD5", "SHA-256")):
            self.assertEqual(status(wire.registered(
                "1001", "secret-1001", algorithm, cseq=10 * n + 1)), 200)

    def test_a_wrong_password_is_401_then_403(self):
        wire = self.wire()
        wire.send(wire.register("1001"))
        challenge = wire.final()
        self.assertEqual(status(challenge), 401)
        wire.send(wire.register("1001", cseq=2, more=answer(
            challenge, "REGISTER", "sip:127.0.0.1", "1001", "guess")))
        self.assertEqual(status(wire.final()), 403)

    def test_an_unknown_user_looks_like_a_wrong_password(self):
        wire = self.wire()
        seen = []
        for user in ("1001", "9999"):
            wire.send(wire.register(user, call_id="c" + user))
            challenge = wire.final()
            wire.send(wire.register(user, cseq=2, call_id="c" + user,
                                    more=answer(challenge, "REGISTER",
                                                "sip:127.0.0.1", user,
                                                "guess")))
            both = challenge + wire.final()
            both = both.replace(user, "USER")
            both = re.sub(r'nonce="[^"]*"', 'nonce=""', both)
            both = re.sub(r"opaque=\"[^\"]*\"", "", both)
            both = re.sub(r"tag=[^;\s]*", "tag", both)
            both = re.sub(r"branch=[^;\s]*", "branch", both)
            both = re.sub(r"Date:.*", "", both)
            seen.append(both)
        self.assertEqual(seen[0], seen[1])

    def test_svwar_learns_nothing(self):
        done = subprocess.run(
            ["timeout", "-k", "1", "40", "svwar", "-e1000-1010",
             "-m", "REGISTER", "127.0.0.1"], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        said = done.stdout.decode()
        self.assertIn("found nothing", said)  # it ran, and told what it saw
        self.assertNotRegex(said, r"\b100[1-3]\b.*reqauth")

    def test_a_response_cannot_be_replayed(self):
        wire = self.wire()
        wire.send(wire.register("1001"))
        credentials = answer(wire.final(), "REGISTER", "sip:127.0.0.1",
                             "1001", "secret-1001")
        wire.send(wire.register("1001", cseq=2, more=credentials))
        self.assertEqual(status(wire.final()), 200)
        wire.send(wire.register("1001", cseq=3, more=credentials))
        again = wire.final()
        self.assertEqual(status(again), 401)

    def test_several_contacts_are_kept_and_listed(self):
        wire = self.wire()
        for n, port in enumerate((7001, 7002)):
            reply = wire.registered(
                "1001", "secret-1001", call_id="phone%d" % n,
                contact="<sip:1001@127.0.0.1:%d>" % port)
        self.assertEqual(len(contacts(reply)), 2)
        shown = self.exchange.ask("sip show contacts")
        self.assertIn("7001", shown)
        self.assertIn("7002", shown)

    def test_contacts_survive_a_restart(self):
        wire = self.wire()
        wire.registered("1001", "secret-1001", expires=600,
                        contact="<sip:1001@127.0.0.1:7003>")
        time.sleep(0.5)
        self.exchange.stop()
        self.exchange.start()
        self.exchange.wait_ready()
        self.assertIn("7003", self.exchange.ask("sip show contacts"))

    def test_flows_and_what_they_say_survive_a_restart(self):
        wire = self.wire()
        contact = ('<sip:1001@127.0.0.1:7005>;+sip.instance="<urn:uuid:1>";'
                   'reg-id=%d;video')
        for n in (1, 2):
            reply = wire.registered(
                "1001", "secret-1001", expires=600, contact=contact % n,
                call_id="flow%d" % n,
                more="Supported: path, outbound, gruu\nPath: <sip:p@h;lr>\n")
        self.assertEqual(status(reply), 200)
        device = re.search(r'temp-gruu="([^"]+)"', reply).group(1)
        time.sleep(0.5)
        self.exchange.stop()
        self.exchange.start()
        self.exchange.wait_ready()
        # The temporary GRUU is still known: as a contact it goes in circles.
        reply = wire.registered("1001", "secret-1001", cseq=20,
                                call_id="circle", contact="<%s>" % device)
        self.assertEqual(status(reply), 403)
        reply = wire.registered("1001", "secret-1001", cseq=9, contact="",
                                expires=None)
        self.assertEqual(len(contacts(reply)), 2)
        for line in contacts(reply):
            self.assertIn(';video;+sip.instance="<urn:uuid:1>";reg-id=', line)

    def test_contacts_survive_a_kill(self):
        wire = self.wire()
        wire.registered("1001", "secret-1001", expires=600,
                        contact="<sip:1001@127.0.0.1:7004>")
        time.sleep(0.5)  # as the documentation promises
        self.exchange.process.kill()
        self.exchange.process.wait()
        self.exchange.start()
        self.exchange.wait_ready()
        self.assertIn("7004", self.exchange.ask("sip show contacts"))

    def test_the_star_removes_all(self):
        wire = self.wire()
        wire.registered("1001", "secret-1001")
        reply = wire.registered("1001", "secret-1001", cseq=5, contact="*",
                                expires=0)
        self.assertEqual(status(reply), 200)
        self.assertEqual(contacts(reply), [])

    def test_a_star_with_a_time_is_400(self):
        wire = self.wire()
        reply = wire.registered("1001", "secret-1001", contact="*",
                                expires=60)
        self.assertEqual(status(reply), 400)

    def test_too_short_a_time_is_423(self):
        wire = self.wire()
        reply = wire.registered("1001", "secret-1001", expires=1)
        self.assertEqual(status(reply), 423)
        self.assertRegex(reply, r"Min-Expires: *\d+")

    def test_a_contact_expires(self):
        self.exchange.write("sip.conf", (
            "[udp]\ntype = transport\nbind = 127.0.0.1:5060\n"
            "[1001]\ntype = phone\nsecret = secret-1001\n"
            "context = office\nmin_expires = 1\n"))
        self.exchange.ask("core reload")
        wire = self.wire()
        self.assertEqual(status(wire.registered(
            "1001", "secret-1001", expires=2)), 200)
        self.assertIn("5555", self.exchange.ask("sip show contacts"))
        time.sleep(3.2)
        self.assertNotIn("5555", self.exchange.ask("sip show contacts"))

    def test_an_old_request_changes_nothing(self):
        wire = self.wire()
        wire.registered("1001", "secret-1001", cseq=100)
        reply = wire.registered("1001", "secret-1001", cseq=50, expires=0)
        self.assertNotEqual(status(reply), 200)
        self.assertIn("5555", self.exchange.ask("sip show contacts"))

    def test_a_query_lists_without_change(self):
        wire = self.wire()
        wire.registered("1001", "secret-1001")
        reply = wire.registered("1001", "secret-1001", cseq=9, contact="",
                                expires=None)
        self.assertEqual(status(reply), 200)
        self.assertEqual(len(contacts(reply)), 1)


class Six(CallTest):
    """The same over IPv6."""

    extensions = Registrar.extensions
    files = {"sip.conf": "[six]\ntype = transport\nbind = [::1]:5060\n"
                         "[1001]\ntype = phone\nsecret = secret-1001\n"
                         "context = office\n"}

    def test_a_phone_registers_over_ipv6(self):
        wire = Wire("::1", server=("::1", 5060))
        self.addCleanup(wire.close)
        self.assertEqual(status(wire.registered("1001", "secret-1001")), 200)
        self.assertIn("[::1]", self.exchange.ask("sip show contacts"))


if __name__ == "__main__":
    tap.main()
