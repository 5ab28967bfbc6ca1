"""Phones that meet, each with a tone of its own, and what each of them hears."""

import math
import statistics

from . import capture, sound
from .case import CallTest

TONES = {"1001": 440, "1002": 700, "1003": 1000}
SAID_DB = -10


class Meeting(CallTest):
    last_s = 0.5  # of a call, not looked at

    def talk(self, numbers):
        return {number: self.phone(number, TONES[number]) for number in numbers}

    def level_of(self, phone, hz, seconds=3):
        """The tone's level in the last seconds of what came to a phone, dB: the
        median of quarters of a second, so that one lost packet does not count."""
        stream = max(self.streams(phone), key=lambda one: len(one.packets))
        rate = capture.RATE
        end = int(self.last_s * rate)
        part = stream.samples()[-(seconds * rate + end):-end]
        self.assertEqual(len(part), seconds * rate)
        step = rate // 4
        power = statistics.median(sound.power_at(part[at:at + step], rate, hz)
                                  for at in range(0, len(part), step))
        return 10 * math.log10(max(power, 1e-3) / (32767 ** 2 / 2))

    def assert_hears(self, phones, hearer, whom):
        for number, hz in TONES.items():
            level = self.level_of(phones[hearer], hz)
            if number in whom:
                self.assertAlmostEqual(level, SAID_DB, delta=1.0,
                                       msg=f"{hearer} hears {number}")
            else:
                self.assertLess(level, -45, f"{hearer} hears {number}")
