"""Prompts that are tones, one for each name, and which of them were heard, in their order."""

import os

from . import sound

LOWEST, STEP = 350, 100  # Hz; a block tells 50 apart
BLOCK_MS, LEAST_BLOCKS = 20, 4
SECONDS = 0.3  # each, then a third of it nothing


class Prompts:
    """The voice is a folder of sounds; more: tones of other origin, by name."""

    def __init__(self, folder, names, **more):
        self.folder = folder
        self.tones = {name: LOWEST + STEP * i for i, name in enumerate(names)}
        assert max(self.tones.values()) < 3600, "more names than tones"
        for name in names:
            self.write(name, os.path.join(folder, "en", name + ".wav"))
        self.tones.update(more)

    def write(self, name, path):
        """That name's tone as this file."""
        os.makedirs(os.path.dirname(path), exist_ok=True)
        sound.write_tone(path, self.tones[name], SECONDS * 4 / 3, every=SECONDS * 4)

    def conf(self):
        return "[directories]\nsounds = %s\n" % self.folder

    def _name(self, block, rate):
        """Of the tone that a block is, "" for silence, None for anything else."""
        total = sound.mean_square(block)
        if total < 1e4:
            return ""
        for name, hz in self.tones.items():
            if sound.power_at(block, rate, hz) > 0.8 * total:
                return name
        return None

    def heard(self, samples, rate):
        """The names, each once for each time that it sounded."""
        step = rate * BLOCK_MS // 1000
        names, last, run = [], "", 0
        for at in range(0, len(samples) - step + 1, step):
            name = self._name(samples[at:at + step], rate)
            run = run + 1 if name == last else 1
            last = name
            if name and run == LEAST_BLOCKS:
                names.append(name)
        return names
