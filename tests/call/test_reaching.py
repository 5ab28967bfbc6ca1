#!/usr/bin/python3
"""Reaching people, with real phones: FollowMe() gives the caller to whom has pressed the key and
to nobody else; a call file rings a phone, and again after the daemon was killed meanwhile."""

import os
import time
import unittest

from lib import sound, tap
from lib.case import CallTest, scratch_folder
from lib.daemon import SIP_CONF, Ringdown
from lib.slow_disk import SlowDisk
from lib.wire import Wire, reply

DIALPLAN = """\
[office]
exten => 611,1,FollowMe(1002)
exten => 1002,1,Dial(SIP/1002,20)
exten => 1003,1,Dial(SIP/1003,20)
exten => reminder,1,Answer()
 same => n,Playback(%(tone)s)
 same => n,Wait(1)
 same => n,Hangup()
"""

FOLLOWME = """\
[1002]
context = office
number => 1002&1003,20
"""


class Reaching(CallTest):
    files = {"followme.conf": FOLLOWME}

    def setUp(self):
        self.extensions = DIALPLAN % {"tone": "/nowhere"}
        super().setUp()
        self.outgoing = os.path.join(self.exchange.state, "spool", "outgoing")
        tone = os.path.join(self.folder, "reminder")
        sound.write_tone(tone + ".wav", 1300, 3)
        self.exchange.write("extensions.conf", DIALPLAN % {"tone": tone})
        self.exchange.ask("dialplan reload")

    def put(self, text, at=None):
        """As a script would: written beside the folder, and moved in when it is whole."""
        new = os.path.join(self.exchange.state, "spool", "new.call")
        with open(new, "w") as f:
            f.write(text)
        if at:
            os.utime(new, (at, at))
        os.rename(new, os.path.join(self.outgoing, "new.call"))

    def is_there(self):
        return os.path.exists(os.path.join(self.outgoing, "new.call"))

    def wait_gone(self):
        end = time.monotonic() + 8
        while self.is_there():
            self.assertLess(time.monotonic(), end, self.exchange.log()[-3000:])
            time.sleep(0.1)

    def test_who_presses_the_key_has_the_caller(self):
        alice, bob, carol = (self.phone("1001", 440), self.phone("1002", 1000),
                             self.phone("1003", 1600))
        alice.dial("611")
        for phone in (bob, carol):
            phone.wait_for("CALL_ESTABLISHED", 15)
        time.sleep(2)
        carol.keys("1")
        bob.wait_for("CALL_CLOSED")
        time.sleep(3)
        alice.hangup()
        carol.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_heard(alice, 1600, 2.5, gap_ms=80)
        self.assert_heard(carol, 440, 2.5, gap_ms=80)
        self.assertLess(sound.Heard(*sound.read(bob.recording()), 440).seconds(), 0.2)

    def test_a_file_rings_a_phone_and_says_what_it_is_to_say(self):
        bob = self.phone("1002", 1000)
        self.put("Channel: SIP/1002\nContext: office\nExtension: reminder\n")
        bob.wait_for("CALL_ESTABLISHED")
        bob.wait_for("CALL_CLOSED", 10)
        self.exchange.wait_idle()
        self.assertGreater(sound.Heard(*sound.read(bob.recording()), 1300).seconds(), 2.5)
        self.wait_gone()

    def test_it_waits_for_its_time(self):
        bob = self.phone("1002", 1000)
        self.put("Channel: SIP/1002\nApplication: Wait\nData: 1\n", int(time.time()) + 4)
        time.sleep(2)
        self.assertEqual(bob.seen("CALL_ESTABLISHED"), [])
        self.assertIn("new.call", self.exchange.ask("spool show"))
        bob.wait_for("CALL_ESTABLISHED", 6)
        self.wait_gone()

    def test_a_daemon_that_is_killed_while_it_rings_calls_again(self):
        bob = self.phone("1002", 1000, answer="manual")
        self.put("Channel: SIP/1002\nContext: office\nExtension: reminder\nWaitTime: 60\n")
        bob.wait_for("CALL_INCOMING")
        self.exchange.process.kill()
        self.exchange.process.wait()
        self.assertTrue(self.is_there())
        self.exchange.start()
        self.exchange.wait_ready()
        bob.wait_for("CALL_INCOMING", 15, count=2)
        self.assertTrue(self.is_there())


SDP = ("v=0\no=- 1 1 IN IP4 127.0.0.5\ns=-\nc=IN IP4 127.0.0.5\nt=0 0\n"
       "m=audio 30000 RTP/AVP 0\na=rtpmap:0 PCMU/8000\n")


class Early(CallTest):
    """Who sounds before he answers, and perhaps never does."""

    extensions = """\
[office]
exten => hear,1,Verbose(1,it is ${CHANNEL(state)})
 same => n,Wait(2)
 same => n,Verbose(1,then ${CHANNEL(state)})
 same => n,Hangup()
"""
    files = {"sip.conf": SIP_CONF + "\n[1005](phone)\nmatch = 127.0.0.5\n",
             "cdr.conf": "[general]\nunanswered = yes\n"}

    def answer(self, request, status):
        self.far.send(reply(request, status, more="Contact: <sip:1005@127.0.0.5:5555>\n"
                            "Content-Type: application/sdp\n", body=SDP))

    def ring(self):
        """The INVITE of the call that a file makes, answered by 183."""
        self.far = Wire("127.0.0.5")
        self.addCleanup(self.far.close)
        self.far.send(self.far.register("1005"))
        self.assertIn("SIP/2.0 200 ", self.far.final())
        outgoing = os.path.join(self.exchange.state, "spool", "outgoing")
        with open(os.path.join(outgoing, "early.call"), "w") as f:
            f.write("Channel: SIP/1005\nEarly_Media: yes\nContext: office\nExtension: hear\n")
        invite = self.far.receive(10)
        self.answer(invite, "183 Session Progress")
        self.exchange.wait_log("it is Dialing")
        return invite

    def record(self):
        """The call's in Master.csv."""
        self.exchange.wait_idle()
        path = os.path.join(self.exchange.state, "log", "cdr-csv", "Master.csv")
        end = time.monotonic() + 5
        while not os.path.exists(path) or not os.path.getsize(path):
            self.assertLess(time.monotonic(), end, self.exchange.log()[-2000:])
            time.sleep(0.1)
        with open(path) as f:
            return f.read()

    def test_the_dialplan_goes_on_before_the_answer(self):
        invite = self.ring()
        self.answer(invite, "200 OK")
        self.exchange.wait_log("then Up")
        while True:
            text = self.far.receive()
            if text.startswith("BYE "):
                break
        self.far.send(reply(text, "200 OK"))
        self.assertIn('"ANSWERED"', self.record())

    def test_and_ends_when_it_is_refused(self):
        invite = self.ring()
        self.far.send(reply(invite, "486 Busy"))
        self.assertIn('"NO ANSWER"', self.record())
        self.assertNotIn("then", self.exchange.log())


class Hang(unittest.TestCase):
    """The module goes, and what waits for the disk comes back into it."""

    @unittest.skipUnless(SlowDisk.possible(), "there is no compiler")
    def test_a_disk_that_hangs_may_outlive_the_module(self):
        folder = scratch_folder(self)
        exchange = Ringdown(folder, machine=SlowDisk(folder, "outgoing/slow.call", 8))
        self.addCleanup(exchange.process.kill)
        time.sleep(3.5)  # until files are looked at
        with open(os.path.join(exchange.state, "spool/outgoing/slow.call"), "w") as f:
            f.write("Channel: SIP/1001\nApplication: Wait\nData: 1\n")
        time.sleep(1)
        self.assertEqual(exchange.run("module unload pbx_spool", timeout=30)[0], 0)
        exchange.wait_log("the disk hangs")
        time.sleep(4)  # by now it is back
        self.assertEqual(exchange.run("module load pbx_spool", timeout=30)[0], 0)
        self.assertIn("slow.call", exchange.ask("spool show"))


if __name__ == "__main__":
    tap.main()
