#!/usr/bin/python3
"""Keys of features.conf, pressed on real phones: who asks somebody before a transfer talks to
them, and the two others, or all three, hear each other in the end; a key records the call."""

import glob
import os
import time

from lib import sound, tap
from lib.case import CallTest, scratch_folder

DIALPLAN = """\
[office]
exten => 1002,1,Dial(SIP/1002,20,tTxX)
exten => 1003,1,Dial(SIP/1003,20)
exten => h,1,NoOp()
"""

FEATURES = """\
[general]
transferannouncesound =
xfersound =
xferfailsound =
[featuremap]
atxfer => *2
automixmon => *8
"""

MUSIC = 700
TONES = {"alice": 440, "bob": 1000, "carol": 1600}


def power(samples, rate, hz):
    """Of the last second and a half, without its end."""
    return sound.power_at(samples[-2 * rate:-rate // 2], rate, hz)


class Keys(CallTest):
    extensions = DIALPLAN

    def setUp(self):
        music = scratch_folder(self)
        sound.write_tone(os.path.join(music, "music.wav"), MUSIC, 20)
        self.files = {"features.conf": FEATURES,
                      "musiconhold.conf": "[default]\nmode = files\ndirectory = %s\n" % music}
        super().setUp()
        self.alice = self.phone("1001", TONES["alice"])
        self.bob = self.phone("1002", TONES["bob"])
        self.alice.dial("1002")
        self.alice.wait_for("CALL_ESTABLISHED")
        self.bob.wait_for("CALL_ESTABLISHED")
        time.sleep(0.5)

    def ask(self, who):
        """They talk to carol for two seconds and a half."""
        self.carol = self.phone("1003", TONES["carol"])
        who.keys("*21003")
        self.carol.wait_for("CALL_ESTABLISHED")
        time.sleep(2.5)

    def end(self, phone):
        phone.hangup()
        self.exchange.wait_idle()

    def assert_two_talked(self, a, hz_a, b, hz_b, seconds=2.0):
        self.assertGreater(self.heard(a, hz_b)[0].seconds(), seconds)
        self.assertGreater(self.heard(b, hz_a)[0].seconds(), seconds)

    def assert_hears_now(self, phone, *names):
        """At the end these tones, and no other."""
        heard = self.heard(phone, TONES["alice"])[0]
        for name, hz in TONES.items():
            (self.assertGreater if name in names else self.assertLess)(
                power(heard.samples, heard.rate, hz), 1e5, "%s: %s" % (phone.user, name))

    def test_who_was_called_asks_and_hangs_up(self):
        self.ask(self.bob)
        self.bob.hangup()
        self.bob.wait_for("CALL_CLOSED")
        time.sleep(3)
        self.end(self.alice)
        self.assertGreater(self.heard(self.alice, MUSIC)[0].seconds(), 2.0)
        self.assert_two_talked(self.bob, 1000, self.carol, 1600)
        self.assert_two_talked(self.alice, 440, self.carol, 1600)
        self.assert_hears_now(self.alice, "carol")
        self.assert_hears_now(self.carol, "alice")

    def test_who_called_asks_and_hangs_up(self):
        self.ask(self.alice)
        self.alice.hangup()
        self.alice.wait_for("CALL_CLOSED")
        time.sleep(3)
        self.end(self.carol)
        self.assertGreater(self.heard(self.bob, MUSIC)[0].seconds(), 2.0)
        self.assert_hears_now(self.bob, "carol")
        self.assert_hears_now(self.carol, "bob")

    def test_a_key_leads_back(self):
        self.ask(self.bob)
        self.bob.keys("*1")
        self.carol.wait_for("CALL_CLOSED")
        time.sleep(3)
        self.end(self.bob)
        self.assert_hears_now(self.alice, "bob")
        self.assert_hears_now(self.bob, "alice")

    def test_a_key_makes_three(self):
        self.ask(self.bob)
        self.bob.keys("*3")
        time.sleep(3)
        self.bob.hangup()
        time.sleep(3)
        self.end(self.alice)
        self.assert_hears_now(self.bob, "alice", "carol")
        self.assert_hears_now(self.alice, "carol")
        self.assert_hears_now(self.carol, "alice")

    def test_who_asked_hangs_up_while_it_rings(self):
        carol = self.phone("1003", TONES["carol"], answer="manual")
        self.bob.keys("*21003")
        carol.wait_for("CALL_INCOMING")
        self.bob.hangup()
        time.sleep(1)
        carol.command("accept")
        carol.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        self.end(self.alice)
        self.assert_hears_now(self.alice, "carol")
        self.assert_hears_now(carol, "alice")

    def test_a_key_records_the_call(self):
        self.alice.keys("*8")
        time.sleep(3)
        self.alice.keys("*8")
        time.sleep(1)
        self.end(self.alice)
        [path] = glob.glob(os.path.join(self.folder, "**", "monitor", "auto-*-1001-1002.wav"),
                           recursive=True)
        samples, rate = sound.read(path)
        self.assertGreater(len(samples), 2.5 * rate)
        self.assertLess(len(samples), 4.5 * rate)
        for hz in (440, 1000):
            self.assertGreater(power(samples, rate, hz), 1e5)


if __name__ == "__main__":
    tap.main()
