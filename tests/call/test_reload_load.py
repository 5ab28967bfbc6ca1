#!/usr/bin/python3
"""A reload every second while people talk and others call: nobody notices, and a broken
file changes nothing.

RELOAD_SECONDS=300 for five minutes, RELOAD_RATE for more calls a second."""

import os
import signal
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.scenario import Callee, Caller
from lib.sipp import Sipp

SECONDS = int(os.environ.get("RELOAD_SECONDS", "12"))
RATE = int(os.environ.get("RELOAD_RATE", "20"))

EXTENSIONS = """\
[office]
exten => 800,1,Dial(SIP/bob@127.0.0.6:5080,20)
exten => _10XX,1,Dial(SIP/${EXTEN},20)
exten => 9,1,Set(GLOBAL(ROUND)=%d)
"""
SIPP = "\n[sipp]\ntype = phone\nmatch = 127.0.0.5\ncontext = office\n"

# One for each file that is read, so that the error is not always the same one's.
BROKEN = (("sip.conf", "\n[oops]\ntype = phne\n"), ("rtp.conf", "[general]\nrtpstart = x\n"),
          ("queues.conf", "[q]\nstrategy = none\n"), ("extensions.conf", "\n[office\n"))


class ReloadUnderLoad(CallTest):
    extensions = EXTENSIONS % 0
    files = {"sip.conf": SIP_CONF + SIPP,
             "logger.conf": "[logfiles]\nconsole => error,warning,notice\n"}

    def reload(self, turn):
        """By signal and by command, in turn; says whether something was to be wrong."""
        phone = "\n[2%03d]\ntype = phone\ncontext = office\nsecret = x-%d\n" % (turn, turn)
        self.exchange.write("sip.conf", SIP_CONF + SIPP + phone)
        self.exchange.write("extensions.conf", EXTENSIONS % turn)
        name, more = BROKEN[turn // 3 % len(BROKEN)]
        broken = turn % 3 == 2
        kept = None
        if broken:
            path = os.path.join(self.exchange.config, name)
            kept = open(path).read() if os.path.exists(path) else None
            self.exchange.write(name, (kept or "") + more)
        if turn % 2:
            self.exchange.process.send_signal(signal.SIGHUP)
            time.sleep(0.5)
        else:
            status, said = self.exchange.run("core reload")
            self.assertEqual(status, int(broken), said)
        if broken:
            shown = self.exchange.ask("sip show phones")
            self.assertIn("2%03d" % (turn - 1), shown)
            self.assertNotIn("2%03d" % turn, shown)
            if kept is None:
                os.remove(path)
            else:
                self.exchange.write(name, kept)
        return broken

    def test_nobody_notices(self):
        alice, bob = (self.phone(user, hz, seconds=SECONDS + 20, life=SECONDS + 120)
                      for user, hz in (("1001", 440), ("1002", 1000)))
        calls = RATE * SECONDS
        called = Sipp(self.folder, Callee().expect_invite().ringing().answer().receive("ACK")
                      .expect_bye(), 5080, "127.0.0.6", calls=calls, trace=False,
                      timeout=SECONDS + 30)
        time.sleep(0.5)
        alice.dial("1002")
        bob.wait_for("CALL_ESTABLISHED")
        alice.wait_for("CALL_ESTABLISHED")
        began = time.monotonic()
        calling = Sipp(self.folder, Caller("800").invite().answered().ack().pause(500).bye(),
                       5090, "127.0.0.5", calls=calls, extra=["-r", str(RATE)], trace=False,
                       timeout=SECONDS + 30)
        turns = refused = 0
        while time.monotonic() - began < SECONDS:
            refused += self.reload(turns)
            turns += 1
            time.sleep(max(0, began + turns - time.monotonic()))
        self.assertGreater(turns, SECONDS / 2)
        calling.finish(SECONDS + 40)
        called.finish(SECONDS + 40)
        self.assertIn("2 active channels", self.exchange.ask("core show channels"))
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_heard(alice, 1000, SECONDS - 1)
        self.assert_heard(bob, 440, SECONDS - 1)
        log = self.exchange.log()
        self.assertEqual(log.count("reload: nothing was changed"),
                         sum(turn % 3 == 2 and turn % 2 for turn in range(turns)), log[-3000:])
        self.assertNotIn("holds the switch thread", log)


if __name__ == "__main__":
    tap.main()
