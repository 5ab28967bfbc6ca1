#!/usr/bin/python3
"""Parking and pickup with real phones: who is parked hears music, who dials the place
has the call, and the two hear each other; so do they after a pickup."""

import glob
import os
import sqlite3
import time

from lib import sound, tap
from lib.case import CallTest, scratch_folder
from lib.daemon import SIP_CONF

DIALPLAN = """\
[office]
include => parkedcalls
exten => _10XX,1,Dial(SIP/${EXTEN},20,kK)
 same => n,Hangup()
exten => *8,1,Pickup()
 same => n,Hangup()
exten => s,1,Hangup()
"""


class Parking(CallTest):
    extensions = DIALPLAN

    def setUp(self):
        music = scratch_folder(self)
        sound.write_tone(os.path.join(music, "music.wav"), 700, 20)
        self.files = {
            "sip.conf": SIP_CONF.replace("context = office\n", "context = office\n"
                                         "call_group = 2\npickup_group = 1-3\n"),
            "musiconhold.conf": "[default]\nmode = files\ndirectory = %s\n" % music,
            "features.conf": "[featuremap]\nparkcall = *7\n",
            "res_parking.conf": "[default]\nparkext = 700\nparkpos = 701-702\n"
                                "parkingtime = 4\ncomebackcontext = office\n",
        }
        super().setUp()

    def call(self, alice, bob):
        alice.dial("1002")
        alice.wait_for("CALL_ESTABLISHED")
        bob.wait_for("CALL_ESTABLISHED")
        time.sleep(0.5)

    def wait_parked(self, count):
        end = time.monotonic() + 8
        while "%d parked call" % count not in self.exchange.ask("parkedcalls show"):
            self.assertLess(time.monotonic(), end, self.exchange.log())
            time.sleep(0.1)

    def records(self, count):
        """(device, the other device, lastapp, billsec) as they were written."""
        [path] = glob.glob(os.path.join(self.folder, "**", "ringdown.db"), recursive=True)
        end = time.monotonic() + 5
        while True:
            with sqlite3.connect(path) as db:
                rows = db.execute("SELECT channel, dstchannel, lastapp, billsec FROM cdr "
                                  "ORDER BY start, channel").fetchall()
            if len(rows) >= count or time.monotonic() > end:
                return [(a.rpartition("-")[0], b.rpartition("-")[0], app, seconds)
                        for a, b, app, seconds in rows]
            time.sleep(0.2)

    def assert_music_then_talk(self, alice, carol):
        parked_s = 2
        time.sleep(parked_s)
        carol.dial("701")
        carol.wait_for("CALL_ESTABLISHED")
        time.sleep(2.5)
        self.assertIn("0 parked calls", self.exchange.ask("parkedcalls show"))
        carol.hangup()
        alice.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assertGreater(self.heard(alice, 700)[0].seconds(), parked_s - 0.5)
        self.assert_heard(alice, 1600, 2.0, gap_ms=60)
        self.assert_heard(carol, 440, 2.0, gap_ms=60)
        first, *rest = self.records(3)
        self.assertEqual(first[:3], ("SIP/1001", "SIP/1002", "Dial"))
        self.assertEqual(sorted(row[:3] for row in rest),
                         [("SIP/1001", "SIP/1003", "Park"), ("SIP/1003", "", "ParkedCall")])
        [parked] = [row for row in rest if row[0] == "SIP/1001"]
        self.assertGreaterEqual(parked[3], parked_s + 2)

    def test_a_transfer_to_the_lot_parks_and_its_number_has_the_call(self):
        alice, bob, carol = (self.phone("1001", 440), self.phone("1002", 1000),
                             self.phone("1003", 1600))
        self.call(alice, bob)
        bob.command("transfer", "700")
        self.wait_parked(1)
        bob.wait_for("CALL_CLOSED")
        self.assert_music_then_talk(alice, carol)

    def test_the_key_parks_and_when_nobody_comes_that_phone_rings(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        self.call(alice, bob)
        bob.keys("*7")
        self.wait_parked(1)
        bob.wait_for("CALL_CLOSED")
        bob.wait_for("CALL_ESTABLISHED", 8, count=2)
        time.sleep(2.5)
        alice.hangup()
        bob.wait_for("CALL_CLOSED", count=2)
        self.exchange.wait_idle()
        self.assertGreater(sound.Heard(*sound.read(bob.recording()), 440).seconds(), 2.0)
        self.assertGreater(self.heard(alice, 1000)[0].seconds(), 2.0)

    def test_another_phone_of_the_group_picks_up(self):
        alice, bob, carol = (self.phone("1001", 440),
                             self.phone("1002", 1000, answer="manual"),
                             self.phone("1003", 1600))
        alice.dial("1002")
        bob.wait_for("CALL_INCOMING")
        carol.dial("*8")
        alice.wait_for("CALL_ESTABLISHED")
        carol.wait_for("CALL_ESTABLISHED")
        bob.wait_for("CALL_CLOSED")
        time.sleep(2.5)
        carol.hangup()
        alice.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_heard(alice, 1600, 2.0, gap_ms=60)
        self.assert_heard(carol, 440, 2.0, gap_ms=60)


if __name__ == "__main__":
    tap.main()
