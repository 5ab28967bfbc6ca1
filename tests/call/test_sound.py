#!/usr/bin/python3
"""Music on hold as a phone hears it, and recordings of real calls: on which
side who is heard, and what is left when the exchange is killed."""

import os
import time
import wave

from lib import sound, tap
from lib.case import CallTest
from lib.daemon import SIP_CONF

EXTENSIONS = """[office]
exten => 300,1,MixMonitor(%s/record.wav,D)
 same => n,Dial(SIP/1002,20)
exten => 400,1,Answer()
 same => n,MusicOnHold(program,5)
 same => n,Hangup()
exten => 500,1,Ringing()
 same => n,Wait(4)
 same => n,Hangup()
exten => _1XXX,1,Dial(SIP/${EXTEN},20)
"""

MUSIC = """[default]
mode = files
directory = {folder}/music

[program]
mode = custom
application = sh {folder}/program
"""


class Sound(CallTest):
    def setUp(self):
        super().setUp()
        os.makedirs(os.path.join(self.folder, "music"))
        # Whole packets long, and whole periods: a circle without a seam.
        for name in "a", "b":
            sound.write_tone(os.path.join(self.folder, "music", name + ".wav"), 700, 1)
        sound.write_tone(os.path.join(self.folder, "tone.wav"), 700, 1)
        with open(os.path.join(self.folder, "program"), "w") as f:
            f.write("while tail -c +45 %s/tone.wav; do :; done\n" % self.folder)
        self.exchange.write("musiconhold.conf", MUSIC.format(folder=self.folder))
        self.exchange.write("extensions.conf", EXTENSIONS % self.folder)
        self.exchange.ask("core reload")
        self.record = os.path.join(self.folder, "record.wav")

    def test_music_and_tones_are_shown(self):
        shown = self.exchange.ask("moh show classes")
        self.assertRegex(shown, r"Class: default\n +Mode: +files")
        self.assertRegex(shown, r"Class: program\n +Mode: +custom")
        self.assertRegex(shown, r"Runs as: +process \d+")
        self.assertIn("music/b\n", self.exchange.ask("moh show files"))
        self.exchange.write("indications.conf", "[general]\ncountry = xy\n[xy]\n"
                            "description = Nowhere\nbusy = 425/200,0/200\n")
        self.exchange.ask("core reload")
        self.assertIn("xy       Nowhere", self.exchange.ask("indication show"))
        self.assertRegex(self.exchange.ask("indication show xy"), r"busy +425/200,0/200")

    def test_ringing_is_a_tone_for_who_wants_it_so(self):
        self.exchange.write("indications.conf", "[general]\ncountry = xy\n[xy]\n"
                            "description = Nowhere\nring = 425\n")
        self.exchange.write("sip.conf", SIP_CONF.replace(
            "[1001](phone)\n", "[1001](phone)\ninband_progress = yes\n"))
        self.exchange.ask("core reload")
        alice = self.phone("1001", 440)
        alice.dial("500")
        alice.wait_for("CALL_CLOSED", timeout=15)
        self.assert_heard(alice, 425, 3)

    def talk(self, number):
        alice = self.phone("1001", 440)
        bob = self.phone("1002", 880)
        alice.dial(number)
        alice.wait_for("CALL_ESTABLISHED")
        bob.wait_for("CALL_ESTABLISHED")
        return alice, bob

    def test_who_is_held_hears_music(self):
        alice, bob = self.talk("1002")
        time.sleep(1)
        bob.hold()
        time.sleep(4)
        bob.resume()
        time.sleep(1)
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.assert_heard(alice, 700, 3, gap_ms=60)

    def test_a_program_is_heard(self):
        alice = self.phone("1001", 440)
        alice.dial("400")
        alice.wait_for("CALL_CLOSED", 12)
        self.assert_heard(alice, 700, 4, gap_ms=60)

    def sides(self):
        """The two channels of the recording, and its length in seconds."""
        with wave.open(self.record, "rb") as file:
            self.assertEqual(file.getnchannels(), 2)
            frames, rate = file.getnframes(), file.getframerate()
            samples = memoryview(file.readframes(frames)).cast("h")
        return samples[::2], samples[1::2], rate, frames / rate

    def assert_sides(self, seconds):
        caller, callee, rate, length = self.sides()
        self.assertGreaterEqual(length, seconds)
        for side, own, other in (caller, 440, 880), (callee, 880, 440):
            side = list(side[rate:])  # the first second may be the ringing
            self.assertGreater(sound.power_at(side, rate, own), 1e6)
            self.assertLess(sound.power_at(side, rate, other),
                            sound.power_at(side, rate, own) / 1000)

    def test_each_voice_is_on_its_side_of_the_recording(self):
        alice, bob = self.talk("300")
        time.sleep(4)
        self.exchange.wait_output("core show channels verbose", "SIP/1002")
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        time.sleep(0.5)
        self.assert_sides(3.5)
        # Neither heard anything of it.
        self.assert_heard(bob, 440, 3)

    def test_what_was_recorded_until_the_kill_is_there(self):
        self.talk("300")
        time.sleep(4)
        self.exchange.process.kill()
        self.exchange.process.wait()
        self.exchange = None  # which need not end well any more
        self.assert_sides(3.3)


if __name__ == "__main__":
    tap.main()
