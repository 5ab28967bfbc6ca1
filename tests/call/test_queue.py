#!/usr/bin/python3
"""Three baresip phones and a queue: callers hear music until the member has heard who
comes, then the two hear each other; the second waits for the end of the first."""

import os
import re
import time

from lib import sound, tap
from lib.case import CallTest, scratch_folder

OFFICE = """\
[office]
exten => 600,1,Queue(support)
"""

QUEUE = """\
[support]
ringinuse = no
retry = 1
announce = who
member => SIP/1002,0,Bob
"""

TONES = {"1001": 440, "1002": 700, "1003": 1000}
MUSIC, ANNOUNCEMENT = 1500, 2100


class Queue(CallTest):
    extensions = OFFICE

    def setUp(self):
        sounds = scratch_folder(self)
        os.makedirs(os.path.join(sounds, "en"))
        os.makedirs(os.path.join(sounds, "moh"))
        sound.write_tone(os.path.join(sounds, "moh", "music.wav"), MUSIC, 20)
        sound.write_tone(os.path.join(sounds, "en", "who.wav"), ANNOUNCEMENT, 2)
        self.files = {
            "queues.conf": QUEUE,
            "ringdown.conf": "[directories]\nsounds = %s\n" % sounds,
            "musiconhold.conf": "[default]\nmode = files\ndirectory = %s/moh\n" % sounds,
        }
        super().setUp()

    def seconds_of(self, phone, hz):
        return self.heard(phone, hz)[0].seconds()

    def assert_seconds(self, phone, hz, least, most):
        heard = self.seconds_of(phone, hz)
        self.assertGreaterEqual(heard, least, "%s, %d Hz" % (phone.user, hz))
        self.assertLessEqual(heard, most, "%s, %d Hz" % (phone.user, hz))

    def log(self):
        path = os.path.join(self.exchange.state, "log", "queue_log")
        with open(path) as f:
            return [re.sub(r"\d+\.\d+", "ID", line.split("|", 1)[1].strip()) for line in f]

    def test_music_announcement_talk_and_the_next_caller(self):
        phones = {user: self.phone(user, hz) for user, hz in TONES.items()}
        first, member, second = phones.values()
        first.dial("600")
        member.wait_for("CALL_ESTABLISHED")
        time.sleep(4.5)
        second.dial("600")
        time.sleep(3)
        first.hangup()
        member.wait_for("CALL_ESTABLISHED", count=2)
        time.sleep(4.5)
        member.hangup()
        second.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        time.sleep(1)
        self.assert_seconds(first, MUSIC, 1.5, 4)
        self.assert_seconds(first, TONES["1002"], 4, 6.5)
        self.assert_seconds(first, ANNOUNCEMENT, 0, 0.1)
        self.assert_seconds(first, TONES["1003"], 0, 0.1)
        self.assert_seconds(second, MUSIC, 4, 7.5)
        self.assert_seconds(second, TONES["1001"], 0, 0.1)
        calls = [line.split("|")[3:5] for line in self.log() if "CONNECT" in line or
                 "COMPLETE" in line]
        self.assertEqual([verb for verb, _ in calls],
                         ["CONNECT", "COMPLETECALLER", "CONNECT", "COMPLETEAGENT"])


if __name__ == "__main__":
    tap.main()
