#!/usr/bin/python3
"""A message is spoken, lights the lamps of those who share the mailbox, and is heard
again; and the daemon is killed a hundred times while messages are stored."""

import glob
import os
import random
import re
import signal
import sqlite3
import threading
import time
import unittest

from lib import sound, tap
from lib.case import CallTest, scratch_folder
from lib.daemon import SIP_CONF, Ringdown

OFFICE = """\
[office]
exten => 500,1,VoiceMail(1003,s)
 same => n,Hangup()
exten => 501,1,VoiceMailMain(1003,sa(0))
 same => n,Hangup()
"""

SHARED = SIP_CONF.replace("[1002](phone)", "[1002](phone)\nmailbox = 1003@default") \
                 .replace("[1003](phone)", "[1003](phone)\nmailbox = 1003@default")
SPOKEN = 3  # seconds


class Message(CallTest):
    extensions = OFFICE
    files = {"sip.conf": SHARED, "voicemail.conf": "[general]\nenvelope = no\n"
                                                   "sayduration = no\n"
                                                   "[default]\n1003 => 4711,Carol\n"}

    def folder_of(self, name):
        return os.path.join(self.folder, "state/spool/voicemail/default/1003", name)

    def leave(self):
        caller = self.phone("1001", 440)
        caller.dial("500")
        caller.wait_for("CALL_ESTABLISHED")
        time.sleep(1 + SPOKEN)
        caller.hangup()
        self.exchange.wait_idle()

    def wait_lamp(self, phone, counts):
        end = time.monotonic() + 8
        while not any(counts in event["param"] for event in phone.seen("MWI_NOTIFY")):
            self.assertLess(time.monotonic(), end, counts)
            phone.poll()

    def test_what_was_spoken_is_heard_and_lamps_follow(self):
        self.exchange.ask("sip trace on")
        owner = self.phone("1003", 1000, config="module_app mwi.so\n", extra=";mwi=yes")
        self.phone("1002", 700)  # does not ask, and is told
        self.leave()
        self.wait_lamp(owner, "Voice-Message: 1/0")
        samples, rate = sound.read(self.folder_of("INBOX/msg0000.wav"))
        heard = sound.Heard(samples, rate, 440)
        self.assertAlmostEqual(heard.seconds(), SPOKEN, delta=1.2)
        self.assertLessEqual(heard.longest_gap_ms(), 40)
        owner.dial("501")
        owner.wait_for("CALL_ESTABLISHED")
        time.sleep(SPOKEN + 4)
        owner.hangup()
        self.exchange.wait_idle()
        self.wait_lamp(owner, "Voice-Message: 0/1")
        self.assertGreaterEqual(self.heard(owner, 440)[0].seconds(), heard.seconds() - 0.1)
        self.assertEqual(self.told("1002"), ["1/0", "0/1"])

    def told(self, user):
        """What NOTIFYs said to a phone after its first."""
        notices = re.findall(r"NOTIFY sip:%s-.*?Voice-Message: (\S+)" % user,
                             self.exchange.log(), re.S)
        return [counts for counts in notices if counts != "0/0"]


# Without a prompt a message takes as long as its sound.
BUSY = """\
[office]
exten => leave,1,Answer()
 same => n(again),VoiceMail(1001,st)
 same => n,Verbose(1,acknowledged ${VMSTATUS})
 same => n,Goto(again)
exten => talk,1,Milliwatt()
"""
MODULES = """\
[modules]
autoload = no
load = app_voicemail, app_say, app_answer, app_goto, app_verbose, app_milliwatt
load = chan_local, format_wav, dialplan, codec_slin
"""
DAEMONS, KILLS, CALLS = 2, 50, 3


class Killed:
    """A daemon that stores messages, again and again, until it is killed."""

    def __init__(self, folder, seed):
        self.random = random.Random(seed)
        os.makedirs(folder + "/sounds")
        self.exchange = Ringdown(folder, {
            "ringdown.conf": "[directories]\nsounds = %s/sounds\n" % folder,
            "modules.conf": MODULES,
            "voicemail.conf": "[general]\nmaxsecs = 120ms\nmaxmsg = 9999\n"
                              "[default]\n1001 =>\n"}, BUSY, start=False)
        self.box = folder + "/state/spool/voicemail/default/1001"
        self.store = folder + "/state/ringdown.db"

    def once(self):
        self.exchange.start()
        self.exchange.wait_ready()
        for _ in range(CALLS):
            self.exchange.ask("channel originate Local/leave@office extension talk@office")
        time.sleep(self.random.uniform(0, 0.2))
        self.exchange.process.send_signal(signal.SIGKILL)
        self.exchange.process.wait()

    def run(self):
        for _ in range(KILLS):
            self.once()

    def names(self, folder):
        return sorted(os.path.basename(path)
                      for path in glob.glob(os.path.join(self.box, folder, "*")))

    def rows(self):
        with sqlite3.connect(self.store) as store:
            return store.execute("SELECT count(*) FROM voicemail_message "
                                 "WHERE box = '1001@default' AND folder = 'INBOX'").fetchone()[0]

    def wait_indexed(self, count):
        end = time.monotonic() + 8
        while self.rows() != count:
            if time.monotonic() > end:
                raise AssertionError("%d rows for %d messages" % (self.rows(), count))
            time.sleep(0.1)


class Kills(unittest.TestCase):
    def look_at(self, killed):
        killed.exchange.start()
        killed.exchange.wait_ready()
        end = time.monotonic() + 8
        while killed.names("tmp") and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(killed.names("tmp"), [])
        names = killed.names("INBOX")
        count = len([name for name in names if name.endswith(".txt")])
        self.assertEqual(names, sorted("msg%04d.%s" % (n, end) for n in range(count)
                                       for end in ("txt", "wav")))
        killed.wait_indexed(count)
        killed.exchange.stop()
        acknowledged = len(re.findall(r"(?<!,)acknowledged SUCCESS", killed.exchange.log()))
        self.assertGreaterEqual(count, acknowledged)
        self.assertGreater(acknowledged, KILLS // 5)
        for n in range(count):
            self.look_at_message(killed, n)
        return count

    def look_at_message(self, killed, n):
        path = os.path.join(killed.box, "INBOX", "msg%04d" % n)
        with open(path + ".txt") as f:
            self.assertRegex(f.read(), r"^\[message\]\n(\w+=.*\n)+duration=\d+\n$")
        samples, rate = sound.read(path + ".wav")
        self.assertGreaterEqual(len(samples) / rate, 0.1)

    def test_a_hundred_kills_lose_nothing_and_leave_nothing_half(self):
        folder = scratch_folder(self)
        daemons = [Killed("%s/%d" % (folder, n), n) for n in range(DAEMONS)]
        threads = [threading.Thread(target=daemon.run) for daemon in daemons]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counts = [self.look_at(daemon) for daemon in daemons]
        print("# messages stored: %s" % counts)


if __name__ == "__main__":
    tap.main()
