"""Make tones and measure recordings: what a far phone heard, not what was said
to have been sent. Works on mono 16-bit WAV files; standard library only."""

import array
import math
import wave

BLOCK_MS = 10


def write_tone(path, hz, seconds, rate=8000, level_db=-10.0, every=None):
    """A sine of one frequency; 0 dB is full scale. With every: only the first
    quarter of so many seconds each, then silence."""
    peak = 32767 * 10 ** (level_db / 20)
    samples = array.array("h", (
        int(peak * math.sin(2 * math.pi * hz * n / rate))
        if not every or n / rate % every < every / 4 else 0
        for n in range(int(rate * seconds))))
    with wave.open(path, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())


def write_two_tones(path, left_hz, right_hz, seconds, rate=48000, level_db=-10.0):
    """In stereo: a sine on each side."""
    peak = 32767 * 10 ** (level_db / 20)
    samples = array.array("h", (
        int(peak * math.sin(2 * math.pi * hz * n / rate))
        for n in range(int(rate * seconds)) for hz in (left_hz, right_hz)))
    with wave.open(path, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())


def read(path, channel=0):
    """(samples, rate) of one channel; a header cut short is forgiven."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:4] != b"RIFF":
        raise ValueError(path + ": not a WAV file")
    at, rate, channels = 12, 8000, 1
    while at + 8 <= len(data):
        name = data[at:at + 4]
        size = int.from_bytes(data[at + 4:at + 8], "little")
        if name == b"fmt ":
            channels = int.from_bytes(data[at + 10:at + 12], "little")
            rate = int.from_bytes(data[at + 12:at + 16], "little")
        if name == b"data":
            body = data[at + 8:at + 8 + size] if size else data[at + 8:]
            samples = array.array("h", body[:len(body) // 2 * 2])
            return samples[channel::channels], rate
        at += 8 + size + (size & 1)
    return array.array("h"), rate


def power_at(samples, rate, hz):
    """Goertzel: the mean square of the component at hz."""
    n = len(samples)
    if n == 0:
        return 0.0
    coeff = 2 * math.cos(2 * math.pi * hz / rate)
    s1 = s2 = 0.0
    for x in samples:
        s1, s2 = x + coeff * s1 - s2, s1
    return 2 * (s1 * s1 + s2 * s2 - coeff * s1 * s2) / (n * n)


def mean_square(samples):
    return sum(x * x for x in samples) / len(samples) if samples else 0.0


def level_db(samples):
    """RMS level relative to a full-scale sine."""
    ms = mean_square(samples)
    return 10 * math.log10(ms / (32767 ** 2 / 2)) if ms else -120.0


class Heard:
    """What samples hold of one tone."""

    def __init__(self, samples, rate, hz):
        self.samples, self.rate = samples, rate
        self.hz = hz
        step = self.rate * BLOCK_MS // 1000
        self.blocks = []
        for at in range(0, len(self.samples) - step + 1, step):
            block = self.samples[at:at + step]
            total = mean_square(block)
            own = power_at(block, self.rate, hz)
            self.blocks.append(total > 1e4 and own / total > 0.6)

    def seconds(self):
        return sum(self.blocks) * BLOCK_MS / 1000

    def longest_gap_ms(self):
        """Between the first and the last block that hold the tone."""
        if not any(self.blocks):
            return float("inf")
        first = self.blocks.index(True)
        last = len(self.blocks) - 1 - self.blocks[::-1].index(True)
        longest = run = 0
        for present in self.blocks[first:last + 1]:
            run = 0 if present else run + 1
            longest = max(longest, run)
        return longest * BLOCK_MS

    def level(self):
        """dB, over the blocks that hold the tone."""
        step = self.rate * BLOCK_MS // 1000
        total = [x for i, here in enumerate(self.blocks) if here
                 for x in self.samples[i * step:(i + 1) * step]]
        return level_db(total)


def dominant_hz(samples, rate, candidates):
    """Which of these frequencies is strongest."""
    return max(candidates, key=lambda hz: power_at(samples, rate, hz))
