#!/usr/bin/python3
"""The instrument itself: what it says of a stream that has a hole, of one that
pauses, and of one that is merely uneven."""

import math
import socket
import struct
import time
import unittest

from lib import capture, sound, tap

PORT = 9000


def encode(value):
    """16 bits to \xb5-law: the code that decodes to the nearest value."""
    table = capture.TABLES[capture.ULAW]
    return min(range(256), key=lambda code: abs(table[code] - value))


CYCLE = bytes(encode(10000 * math.sin(2 * math.pi * n / 8)) for n in range(8))
FRAME = CYCLE * 20  # 1000 Hz, 20 ms


def send(frames):
    """frames: (when in ms, sequence number, timestamp)."""
    line = capture.Capture()
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    begin = time.monotonic()
    for ms, seq, ts in frames:
        time.sleep(max(begin + ms / 1000 - time.monotonic(), 0))
        out.sendto(struct.pack("!BBHII", 0x80, 0, seq, ts, 7) + FRAME, ("127.0.0.1", PORT))
    time.sleep(0.1)
    line.stop()
    out.close()
    return line.streams(PORT, PORT)[0]


def steady(count, hole=(), clock_stops=False):
    """Frames every 20 ms; those of the hole are not sent."""
    frames, seq, ts = [], 0, 0
    for n in range(count):
        missing = n in hole
        if not missing:
            frames.append((n * 20, seq, ts))
        if not (missing and clock_stops):
            seq, ts = seq + 1, ts + 160
    return frames


@unittest.skipUnless(capture.possible(), "reading packets off the line is not allowed")
class Instrument(unittest.TestCase):
    def measure(self, frames):
        stream = send(frames)
        heard = sound.Heard(stream.samples(), capture.RATE, 1000)
        return heard, stream.longest_pause_ms()

    def test_a_whole_stream_has_no_gap(self):
        heard, pause = self.measure(steady(75))
        self.assertEqual(heard.longest_gap_ms(), 0)
        self.assertLess(pause, 40)
        self.assertAlmostEqual(heard.seconds(), 1.5, delta=0.02)

    def test_lost_packets_are_a_gap_of_their_length(self):
        heard, pause = self.measure(steady(75, hole=range(30, 45)))
        self.assertEqual(heard.longest_gap_ms(), 300)
        self.assertLess(pause, 40)
        self.assertAlmostEqual(heard.seconds(), 1.2, delta=0.02)

    def test_a_sender_that_pauses_is_seen_by_the_clock(self):
        heard, pause = self.measure(steady(75, hole=range(30, 45), clock_stops=True))
        self.assertEqual(heard.longest_gap_ms(), 0)
        self.assertAlmostEqual(pause, 300, delta=40)

    def test_what_is_late_and_made_up_for_is_no_gap(self):
        late = [(680 if 30 <= n < 34 else ms, seq, ts)
                for n, (ms, seq, ts) in enumerate(steady(75))]
        heard, pause = self.measure(late)
        self.assertEqual(heard.longest_gap_ms(), 0)
        self.assertLess(pause, 40)

    def test_both_laws_are_decoded(self):
        for kind, name in (capture.ULAW, "\xb5"), (capture.ALAW, "A"):
            table = capture.TABLES[kind]
            self.assertGreater(max(table), 31000, name)
            self.assertEqual(sorted(-n for n in table), sorted(table), name)
            self.assertLess(min(abs(n) for n in table), 9, name)


if __name__ == "__main__":
    tap.main()
