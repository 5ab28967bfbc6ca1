#!/usr/bin/python3
"""Scanners: they learn nothing and are locked out; phones are not."""

import os
import subprocess

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.wire import Wire, status

# What gives itself away is banned at once; here it must be found out.
UNMASKED = SIP_CONF.replace("type = global\n", "type = global\nscanners =\n")


class Scanners(CallTest):
    extensions = "[office]\nexten => 600,1,Answer()\n"
    files = {"logger.conf": "[logfiles]\nconsole => error,warning,notice\n"
                            "security => security\nmessages => notice,warning,error\n"}

    def tool(self, *arguments):
        done = subprocess.run(
            ["timeout", "-k", "1", "20", *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout.decode(errors="replace")

    def unmask(self):
        self.exchange.write("sip.conf", UNMASKED)
        self.exchange.ask("core reload")

    def register(self, port=5555):
        wire = Wire(port=port)
        self.addCleanup(wire.close)
        return wire, status(wire.registered("1001", "secret-1001",
                                            call_id="port%d" % port))

    def test_svmap_finds_nobody(self):
        self.assertNotIn("Ringdown", self.tool("svmap", "127.0.0.1"))
        self.assertRegex(self.exchange.ask("sip show bans"),
                         r"127\.0\.0\.1 +\d+ +\d+ +it is a scanner")

    def walk(self):
        return self.tool("svwar", "--force", "-e1000-1010", "-m", "REGISTER",
                         "127.0.0.1")

    def test_svwar_finds_no_user_and_is_locked_out(self):
        self.unmask()
        self.assertIn("found nothing", self.walk())
        self.exchange.write("sip.conf", SIP_CONF)
        self.exchange.ask("core reload")
        self.assertIn("found nothing", self.walk())
        self.assertIn("scanner", self.exchange.ask("sip show bans"))

    def test_svcrack_does_not_find_the_password_that_it_knows(self):
        self.unmask()
        wire, answered = self.register()
        self.assertEqual(answered, 200)
        words = os.path.join(self.folder, "words")
        with open(words, "w") as f:
            f.writelines("guess-%d\n" % n for n in range(400))
            f.write("secret-1001\n")
        said = self.tool("svcrack", "-u1001", "-d", words, "127.0.0.1")
        self.assertNotIn("secret-1001", said)
        self.assertIn("wrong passwords", self.exchange.ask("sip show bans"))
        # The phone beside it, known before, goes on.
        self.assertEqual(status(wire.registered(
            "1001", "secret-1001", cseq=10)), 200)
        # Another one must wait, or be let in by hand.
        self.assertEqual(self.register(5556)[1], None)
        self.exchange.ask("sip unban 127.0.0.1")
        self.assertEqual(self.register(5557)[1], 200)
        self.check_with_fail2ban("security")
        self.check_with_fail2ban("messages")

    def check_with_fail2ban(self, name):
        log = self.tool("find", self.folder, "-name", name).strip()
        said = self.tool("fail2ban-regex", log,
                         "/etc/fail2ban/filter.d/asterisk.conf")
        with open(log) as f:
            failures = f.read().count("Failed to authenticate")
        self.assertGreater(failures, 20)
        self.assertRegex(said, r"Lines: .*\b%d matched" % failures)

    def test_a_ban_by_hand(self):
        wire, _ = self.register()
        self.exchange.ask("sip ban 127.0.0.1")
        self.assertIn("by hand", self.exchange.ask("sip show bans"))
        wire.send(wire.register("1001", cseq=20))
        self.assertIsNone(wire.receive(0.3))
        self.exchange.ask("sip unban 127.0.0.1")
        self.assertEqual(status(wire.registered(
            "1001", "secret-1001", cseq=30)), 200)
        self.assertNotEqual(self.exchange.run("sip unban 127.0.0.1")[0], 0)
        self.assertNotEqual(self.exchange.run("sip ban somebody")[0], 0)


if __name__ == "__main__":
    tap.main()
