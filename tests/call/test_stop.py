#!/usr/bin/python3
"""Stopping while people talk: in their own time, or at once."""

import re
import signal
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.scenario import Caller
from lib.sipp import Sipp
from lib.wire import Wire

EXTENSIONS = """\
[office]
exten => 600,1,Answer()
 same => n,Echo()
exten => 700,1,Ringing()
 same => n,Wait(30)
exten => 800,1,Answer()
 same => n,Wait(2)
 same => n,Queue(help)
exten => _10XX,1,Dial(SIP/${EXTEN},20)
"""

PEER = """
[sipp]
type = peer
match = 127.0.0.5
context = office
"""


class Stop(CallTest):
    extensions = EXTENSIONS
    files = {"sip.conf": SIP_CONF + PEER, "queues.conf": "[help]\nmember = SIP/1002\n"}

    def talk(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        alice.dial("1002")
        alice.wait_for("CALL_ESTABLISHED")
        return alice, bob

    def assert_ends(self):
        self.exchange.process.wait(10)
        self.assertEqual(self.exchange.process.returncode, 0)

    def test_a_graceful_stop_lets_calls_end_and_takes_no_new_ones(self):
        alice, bob = self.talk()
        said = self.exchange.ask("core stop gracefully")
        self.assertIn("Waiting for 1 call (2 channels)", said)
        flow = (Caller("600").invite().receive(100, optional=True)
                .receive(503, match="Retry-After: [0-9]").ack_failure())
        Sipp(self.folder, flow, 5090, "127.0.0.5").finish()
        status, said = self.exchange.run("channel originate Local/600@office "
                                         "application Milliwatt")
        self.assertNotEqual(status, 0, said)
        said = self.exchange.ask("core stop gracefully")
        self.assertIn("Waiting for 1 call (2 channels)", said)
        self.assertIsNone(self.exchange.process.poll())
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.assert_ends()
        self.assertEqual(self.exchange.log().count("stop: waiting for"), 1)

    def test_who_waits_is_put_through_after_a_graceful_stop_was_asked_for(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        alice.dial("800")
        alice.wait_for("CALL_ESTABLISHED")
        self.exchange.ask("core stop gracefully")
        bob.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.assert_ends()
        self.assert_heard(alice, 1000, 2)
        self.assert_heard(bob, 440, 2)

    def test_who_is_in_a_hurry_cuts_a_graceful_stop_short(self):
        alice, bob = self.talk()
        self.exchange.ask("core stop gracefully")
        self.exchange.ask("core stop now")
        alice.wait_for("CALL_CLOSED")
        bob.wait_for("CALL_CLOSED")
        self.assert_ends()

    def test_who_asks_again_as_it_stops_loses_nothing(self):
        """The store is written last."""
        self.exchange.ask("database put office night 1")
        for _ in range(40):
            if self.exchange.process.poll() is not None:
                break
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                self.exchange.process.send_signal(number)
            time.sleep(0.002)
        self.assert_ends()
        self.exchange.start()
        self.exchange.wait_ready()
        self.assertIn("1", self.exchange.ask("database get office night"))

    def test_who_waits_for_an_answer_is_not_declined(self):
        flow = (Caller("700").invite().receive(100, optional=True).receive(180)
                .receive(503).ack_failure())
        caller = Sipp(self.folder, flow, 5090, "127.0.0.5")
        self.exchange.wait_output("core show channels", "Wait")
        self.exchange.ask("core stop now")
        caller.finish()
        self.assert_ends()

    def test_a_stop_when_idle_takes_calls_until_there_is_none(self):
        alice, bob = self.talk()
        said = self.exchange.ask("core stop when idle")
        self.assertIn("Waiting for 1 call (2 channels)", said)
        self.exchange.ask("channel originate Local/600@office application Wait 60")
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        time.sleep(0.5)
        self.assertIsNone(self.exchange.process.poll())
        self.exchange.ask("channel hangup all")
        self.assert_ends()

    def test_a_stop_is_called_off(self):
        status, said = self.exchange.run("core abort shutdown")
        self.assertEqual((status, said), (1, "Nobody has asked for a stop.\n"))
        alice, bob = self.talk()
        for how in ("gracefully", "when idle"):
            self.exchange.ask("core stop " + how)
            self.assertIn("called off", self.exchange.ask("core abort shutdown"))
            self.exchange.ask("channel originate Local/600@office application Wait 1")
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        time.sleep(0.5)
        self.assertIsNone(self.exchange.process.poll())
        self.exchange.ask("core show health")

    def test_with_no_call_a_graceful_stop_is_one_at_once(self):
        self.assertIn("Stopping", self.exchange.ask("core stop gracefully"))
        self.assert_ends()


PROVIDER = """
[provider]
type = peer
host = 127.0.0.6:5555
username = me
secret = x
register = yes
outbound = no
"""


class OneWhoRegistered(CallTest):
    def setUp(self):
        self.wire = Wire("127.0.0.6")
        self.addCleanup(self.wire.close)
        super().setUp()

    def answer(self, request, status, more=""):
        same = re.findall(r"(?m)^(?:Via|From|To|Call-ID|CSeq): .*\n", request)
        self.wire.send("SIP/2.0 %s\n%s%sContent-Length: 0\n\n" % (
            status, "".join(same), more))

    def asked(self, expires):
        request = self.wire.receive()
        self.assertRegex(request or "", "(?m)^Expires: %d$" % expires)
        return request

    def register(self):
        self.answer(self.asked(3600), "200 OK", "Expires: 3600\n")
        self.exchange.wait_output("sip show registrations", "registered")


class StopOfOneWhoRegistered(OneWhoRegistered):
    files = {"sip.conf": SIP_CONF + PROVIDER}

    def test_the_registrar_may_ask_for_the_password_again(self):
        self.register()
        self.exchange.ask("core stop now")
        farewell = self.asked(0)
        time.sleep(0.3)  # far away
        self.answer(farewell, "401 Unauthorized",
                    'WWW-Authenticate: Digest realm="p", nonce="n"\n')
        farewell = self.asked(0)
        self.assertIn("\nAuthorization: Digest", farewell)
        self.answer(farewell, "200 OK")
        self.exchange.process.wait(1)


class StopOfWhatWasLoadedFirst(CallTest):
    """The last to go: its codecs are gone by then."""
    files = {"modules.conf": "[modules]\nload = chan_sip\nautoload = yes\n"}

    def test_it_does_not_complain_of_codecs_that_go_before_it(self):
        self.exchange.ask("core stop now")
        self.exchange.process.wait(10)
        self.assertEqual(self.exchange.process.returncode, 0)
        self.assertNotIn("none of its codecs", self.exchange.log())


class UnloadOfOneWhoRegistered(OneWhoRegistered):
    files = {"sip.conf": SIP_CONF + PROVIDER,
             "modules.conf": "[modules]\nautoload = no\nload = chan_sip\n"}

    def test_the_module_takes_its_leave_too(self):
        self.register()
        self.exchange.ask("module unload chan_sip")
        self.asked(0)


if __name__ == "__main__":
    tap.main()
