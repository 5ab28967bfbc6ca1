#!/usr/bin/python3
"""New files take the places of modules while phones are in a conference, parked, and in a queue:
who comes by the new code meets those who are in the old; and a mail that is being sent is sent
once."""

import glob
import os
import shutil
import time

from lib import tap
from lib.case import CallTest, scratch_folder
from lib.daemon import BUILD

OFFICE = """\
[office]
exten => 500,1,VoiceMail(1003,s)
 same => n,Hangup()
exten => 607,1,ConfBridge(office,,quiet)
 same => n,Hangup()
exten => 700,1,Answer()
 same => n,Park(,s)
exten => 701,1,ParkedCall(default,701)
exten => 800,1,Answer()
 same => n,Queue(support)
 same => n,Hangup()
"""


class Replace(CallTest):
    extensions = OFFICE

    def setUp(self):
        scratch = scratch_folder(self)
        self.modules, self.mails = (os.path.join(scratch, n) for n in ("modules", "mails"))
        shutil.copytree(os.path.join(BUILD, "modules"), self.modules,
                        ignore=lambda _, names: [n for n in names if not n.endswith(".so")])
        self.files = {
            "ringdown.conf": "[directories]\nmodules = %s\n" % self.modules,
            "confbridge.conf": "[quiet]\ntype = user\nquiet = yes\n",
            "queues.conf": "[support]\nmember => SIP/1002\n",
            "voicemail.conf": "[general]\nmailcmd = sleep 2 && cat >> %s\n[default]\n"
                              "1003 => 4711,Carol,carol@example.org\n" % self.mails,
        }
        super().setUp()

    def replace(self, *names):
        for name in names:
            beside = os.path.join(self.modules, name + ".new")
            shutil.copy(os.path.join(BUILD, "modules", name + ".so"), beside)
            os.replace(beside, os.path.join(self.modules, name + ".so"))
            self.exchange.ask("module reload " + name)

    def dial(self, phone, number):
        phone.dial(number)
        phone.wait_for("CALL_ESTABLISHED")

    def end(self, *phones):
        for phone in phones:
            phone.hangup()
        self.exchange.wait_idle()

    def test_who_comes_to_a_conference_hears_who_is_there(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        self.dial(alice, "607")
        self.replace("app_confbridge", "dialplan", "app_confbridge")
        self.dial(bob, "607")
        self.assertRegex(self.exchange.ask("confbridge list"), r"office +2 ")
        time.sleep(4)
        self.end(alice, bob)
        self.assert_heard(alice, 1000, 3)
        self.assert_heard(bob, 440, 3)

    def test_who_is_parked_is_got_back(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        self.dial(alice, "700")
        self.replace("res_parking", "dialplan")
        self.dial(bob, "701")
        time.sleep(4)
        self.end(alice, bob)
        self.assert_heard(alice, 1000, 3)
        self.assert_heard(bob, 440, 3)

    def test_who_waits_in_a_queue_is_served_and_recorded(self):
        self.exchange.ask("queue pause member SIP/1002")
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        self.dial(alice, "800")
        self.replace("app_queue", "cdr", "cdr_sqlite")
        self.exchange.ask("queue unpause member SIP/1002")
        bob.wait_for("CALL_ESTABLISHED")
        self.replace("app_queue", "cdr", "cdr_sqlite")
        time.sleep(4)
        self.end(alice, bob)
        self.assert_heard(bob, 440, 3)
        self.assertIn("1 calls", self.exchange.ask("queue show support"))
        time.sleep(1.5)
        records = self.exchange.ask("report calls --all --csv").splitlines()[1:]
        self.assertEqual(len(records), 1, records)

    def outbox(self):
        return glob.glob(os.path.join(self.folder, "**/voicemail_outbox/*.eml"), recursive=True)

    def test_a_mail_that_is_being_sent_is_sent_once(self):
        alice = self.phone("1001", 440)
        self.dial(alice, "500")
        time.sleep(3)
        self.replace("app_voicemail")
        self.end(alice)
        deadline = time.monotonic() + 10
        while not self.outbox():
            self.assertLess(time.monotonic(), deadline, self.exchange.log())
            time.sleep(0.1)
        time.sleep(0.5)
        self.assertFalse(os.path.exists(self.mails) and os.path.getsize(self.mails))
        self.replace("app_voicemail")
        deadline = time.monotonic() + 10
        while self.outbox():
            self.assertLess(time.monotonic(), deadline, self.exchange.log())
            time.sleep(0.1)
        time.sleep(3)
        with open(self.mails) as f:
            self.assertEqual(f.read().count("\nMessage-ID:"), 1)


if __name__ == "__main__":
    tap.main()
