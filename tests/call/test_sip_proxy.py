#!/usr/bin/python3
"""Calls that pass through: phones talk directly to each other, SIPp over two
transports, Kamailio as the neighbouring proxy, the redirect server."""

import os
import re
import shutil
import subprocess
import time
import unittest

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF, TCP_CONF, TOP
from lib.scenario import Callee, Caller
from lib.sipp import Sipp
from lib.wire import Wire

CONF = SIP_CONF + TCP_CONF + """
[sipp]
type = phone
match = 127.0.0.5
context = office
"""

PROXY = """\
[phones]
pattern = _10XX

[tie]
pattern = _8XX
to = sip:127.0.0.6:5080

[second]
pattern = _7XX
to = sip:127.0.0.66:5099, sip:127.0.0.6:5080

[kamailio]
pattern = _9XX
to = sip:127.0.0.7:5070
"""

KAMAILIO = """\
#!KAMAILIO
debug=1
log_stderror=yes
fork=no
listen=udp:127.0.0.7:5070
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "siputils.so"
loadmodule "textops.so"
request_route {
	if (has_totag()) {
		if (loose_route()) t_relay();
		else if (is_method("ACK") && t_check_trans()) t_relay();
		exit;
	}
	if (is_method("CANCEL")) {
		if (t_check_trans()) t_relay();
		exit;
	}
	record_route();
	$ru = "sip:" + $rU + "@127.0.0.6:5080";
	t_relay();
}
"""


ANSWERS = (Callee().expect_invite().ringing().answer().receive("ACK")
           .expect_bye())


class ProxyTest(CallTest):
    extensions = "[office]\nexten => _10XX,1,Redirect(${EXTEN})\n"
    files = {"sip.conf": CONF, "proxy.conf": PROXY}

    def sipp(self, scenario, port=5090, address="127.0.0.5", **more):
        sipp = Sipp(self.folder, scenario, port, address, **more)
        self.addCleanup(sipp.stop)
        return sipp

    def callee(self, scenario, **more):
        bob = self.sipp(scenario, port=5080, address="127.0.0.6", **more)
        time.sleep(0.3)
        return bob

    def assert_no_call_here(self):
        self.assertRegex(self.exchange.ask("core show channels"),
                         r"\b0 active channels")


class Phones(ProxyTest):
    def test_two_phones_talk_directly(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        alice.dial("1002")
        bob.wait_for("CALL_ESTABLISHED")
        self.assert_no_call_here()
        time.sleep(2)
        bob.hangup()
        alice.wait_for("CALL_CLOSED")
        self.assert_heard(alice, 1000, 1.5, level=-10)
        self.assert_heard(bob, 440, 1.5, level=-10)


class Sipping(ProxyTest):
    def call(self, number, **more):
        self.sipp(Caller(number).invite().answered().ack().pause(200).bye(),
                  **more).finish()

    def test_from_tcp_to_udp_there_are_two_record_routes(self):
        bob = self.callee(ANSWERS)
        self.call("801", extra=("-t", "t1"))
        bob.finish()
        routes = re.findall(r"^Record-Route: <sip:rr[0-9a-f]{16}[.\w]*@(.*)>",
                            bob.received("INVITE")[0], re.M)
        self.assertEqual(routes, ["127.0.0.1:5060;lr",
                                  "127.0.0.1:5060;transport=tcp;lr"])
        self.assert_no_call_here()

    def test_of_two_servers_the_one_that_lives_answers(self):
        bob = self.callee(ANSWERS)
        self.exchange.write("proxy.conf", PROXY.replace(
            "sip:127.0.0.66:5099,", "sip:127.0.0.66:5099 &"))
        self.exchange.ask("core reload")
        self.call("701")
        bob.finish()

    def test_a_call_that_is_cancelled(self):
        bob = self.callee(Callee().expect_invite().ringing()
                          .receive("CANCEL").reply("200 OK", tag=False)
                          .reply("487 Request Terminated", to_invite=True)
                          .receive("ACK"))
        self.sipp(Caller("801").invite().receive(100, optional=True)
                  .receive(180).cancel().receive(200).receive(487)
                  .ack_failure()).finish()
        bob.finish()

    def test_a_dialog_outlives_a_restart(self):
        bob = self.callee(ANSWERS)
        caller = self.sipp(Caller("801").invite().answered().ack().pause(2500)
                           .bye())
        time.sleep(1)
        self.exchange.stop()
        self.exchange.start()
        self.exchange.wait_ready()
        caller.finish()
        bob.finish()
        # And the key that let it is nothing that a dialplan may read.
        self.assertNotIn("sip_proxy", self.exchange.ask("database show"))

    def call_that_rings(self, then, refusal):
        bob = self.callee(then)
        caller = self.sipp(Caller("801").invite().receive(100, optional=True)
                           .receive(180).receive(refusal).ack_failure())
        self.exchange.wait_output("sip show proxy", "proceeding")
        return bob, caller

    def test_who_rings_is_cancelled_when_the_proxy_goes(self):
        for farewell in ("module unload sip_proxy", "core stop now"):
            bob, caller = self.call_that_rings(
                Callee().expect_invite().ringing().receive("CANCEL")
                .reply("200 OK", tag=False).reply("487 Request Terminated", to_invite=True),
                500)
            self.exchange.ask(farewell)
            caller.finish()
            bob.finish()
            if farewell.startswith("module"):
                self.exchange.ask("module load sip_proxy")

    def test_a_graceful_stop_waits_for_who_rings(self):
        bob, caller = self.call_that_rings(
            Callee().expect_invite().ringing().pause(1500).reply("486 Busy Here", to_invite=True)
            .receive("ACK"), 486)
        self.assertIn("Waiting for 1 call (0 channels)",
                      self.exchange.ask("core stop gracefully"))
        caller.finish()
        bob.finish()
        self.exchange.process.wait(10)
        self.assertEqual(self.exchange.process.returncode, 0)

    def test_many_calls_at_once(self):
        bob = self.callee(ANSWERS, calls=100)
        self.call("801", calls=100, extra=("-r", "100"))
        bob.finish()
        self.assert_no_call_here()


@unittest.skipUnless(shutil.which("kamailio"), "kamailio is not installed")
class Neighbour(ProxyTest):
    def setUp(self):
        super().setUp()
        path = os.path.join(self.folder, "kamailio.cfg")
        with open(path, "w") as f:
            f.write(KAMAILIO)
        self.log = open(os.path.join(self.folder, "kamailio.log"), "w")
        self.kamailio = subprocess.Popen(
            ["timeout", "-k", "1", "60", "kamailio", "-DD", "-E", "-f", path,
             "-w", self.folder, "-Y", self.folder, "-m", "16", "-M", "4"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.addCleanup(self.log.close)
        self.addCleanup(self.kamailio.wait)
        self.addCleanup(self.kamailio.terminate)
        time.sleep(1)

    def test_a_call_by_way_of_kamailio(self):
        bob = self.callee(ANSWERS)
        self.sipp(Caller("901").invite().answered().ack().pause(200).bye()
                  ).finish()
        bob.finish()
        routes = re.findall(r"^Record-Route: <sip:([^>]*)>",
                            bob.received("INVITE")[0], re.M)
        self.assertRegex(routes[0], r"^127\.0\.0\.7:5070;")
        self.assertRegex(routes[1], r"^rr[0-9a-f]{16}[.\w]*@127\.0\.0\.1:5060;lr$")
        self.assertEqual(len(bob.received("BYE")), 1)


class Redirect(ProxyTest):
    files = {"sip.conf": CONF}

    def test_the_caller_is_told_where_the_phone_is(self):
        wire = Wire(address="127.0.0.8")
        self.addCleanup(wire.close)
        wire.registered("1002", "secret-1002",
                        contact="<sip:1002@127.0.0.8:5555>;q=0.4")
        caller = self.sipp(Caller("1002").invite().receive(100, optional=True)
                           .receive(302).ack_failure())
        caller.finish()
        self.assertRegex(caller.received("SIP/2.0 302")[0],
                         r"\nContact: <sip:1002@127\.0\.0\.8:5555>;q=0\.400\n")


class Documented(CallTest):
    """The examples of docs/sip.md, one for each role, together in one configuration."""

    @staticmethod
    def blocks():
        with open(os.path.join(TOP, "docs/sip.md")) as f:
            chapter = f.read().split("## Registrar, redirect server, proxy")[1]
        return re.findall(r"```ini\n(.*?)```", chapter.split("\n## ")[0], re.S)

    def setUp(self):
        registrar, redirect, proxy = self.blocks()
        plan, peer = redirect.split("; sip.conf:")
        self.extensions = "[default]\n" + plan
        self.files = {"sip.conf": registrar + "[proxy]" + peer.split("[proxy]")[1],
                      "proxy.conf": proxy}
        super().setUp()

    def test_the_examples_are_accepted(self):
        done = subprocess.run(self.exchange.arguments("--check"), timeout=20,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("warning", done.stdout)
        self.assertRegex(self.exchange.ask("sip show phones"), r"(?m)^1001 ")
        self.assertIn("Redirect(1002)", self.exchange.ask("dialplan show default"))


if __name__ == "__main__":
    tap.main()
