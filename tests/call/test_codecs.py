#!/usr/bin/python3
"""A phone for each codec that baresip speaks, and each of them calls each other:
both hear the tone of the other at its level, without a gap."""

import glob
import os
import time

from lib import sound, tap
from lib.case import CallTest
from lib.daemon import SIP_CONF

# user, its codec here, what baresip calls it, the tone that it plays, at the codec's
# rate: baresip's own resampling is off by a dB or two. It packs G726-32 as AAL2 does.
PHONES = (
    ("2001", "ulaw", "pcmu", 440, 8000),
    ("2002", "g722", "G722/8000", 550, 16000),
    ("2003", "opus", "opus/48000/2", 660, 48000),
    ("2004", "gsm", "GSM", 770, 8000),
    ("2005", "g726nonstd", "G726-32/8000/1", 880, 8000),
    ("2006", "slin16", "L16/16000/1", 990, 16000),
)
# Each plays with each once; in a round all talk at a time.
ROUNDS = (
    ((0, 5), (1, 4), (2, 3)),
    ((5, 3), (4, 2), (0, 1)),
    ((1, 5), (2, 0), (3, 4)),
    ((5, 4), (0, 3), (1, 2)),
    ((2, 5), (3, 1), (4, 0)),
)
MODULES = "".join("module %s.so\n" % name
                  for name in ("g722", "g726", "gsm", "opus", "l16"))
SECONDS = 2.2
TONES = (500, 800, 1200, 1700)
OUR_STEREO = "useinbandfec=1;stereo=1;sprop-stereo=1"
STEREO = "opus_stereo yes\nopus_sprop_stereo yes\n"


class Codecs(CallTest):
    extensions = ("[office]\nexten => _20XX,1,Dial(SIP/${EXTEN},10)\n"
                  "exten => _720XX,1,Answer()\n same => n,Dial(SIP/${EXTEN:1},10)\n"
                  "exten => _820XX,1,Dial(Local/${EXTEN:1}@office,10)\n")
    files = {"sip.conf": SIP_CONF + "".join(
        "[%s](phone)\nsecret = secret-%s\nallow = %s\n" % (user, user, codec)
        for user, codec in [phone[:2] for phone in PHONES] + [("2007", "opus")])}

    def everyone(self):
        return [self.phone(user, hz, codecs=name, config=MODULES, rate=rate)
                for user, _, name, hz, rate in PHONES]

    def talk(self, pairs, count):
        """All of these pairs at a time: the count-th call of each phone."""
        for one, other in pairs:
            one.dial(other.user)
        for pair in pairs:
            for phone in pair:
                phone.wait_for("CALL_ESTABLISHED", count=count)
        time.sleep(SECONDS)
        ways = self.exchange.ask("core show calls")
        for one, _ in pairs:
            one.hangup()
        for pair in pairs:
            for phone in pair:
                phone.wait_for("CALL_CLOSED", count=count)
        return ways

    def check(self, phone, codec, other):
        """What it recorded last is the tone of the other."""
        _, spoken, _, hz, _ = other
        samples, rate = sound.read(phone.recording())
        # the beginning is the codec's, and the phone's own buffer
        heard = sound.Heard(samples[rate // 2:], rate, hz)
        where = "%s hears %s: " % (codec, spoken)
        self.assertGreaterEqual(heard.seconds(), SECONDS - 1, where + "too short")
        self.assertLessEqual(heard.longest_gap_ms(), 20, where + "gap")
        self.assertAlmostEqual(heard.level(), -10, delta=1.0, msg=where + "level")

    def test_each_codec_hears_each_other_one(self):
        phones = self.everyone()
        for count, pairs in enumerate(ROUNDS, 1):
            for phone in phones:
                for old in glob.glob(os.path.join(phone.folder, "*-dec.wav")):
                    os.unlink(old)
            ways = self.talk([(phones[a], phones[b]) for a, b in pairs], count)
            self.assertEqual(ways.count("transcode"), len(pairs))
            for a, b in pairs:
                self.check(phones[a], PHONES[a][1], PHONES[b])
                self.check(phones[b], PHONES[b][1], PHONES[a])
        self.exchange.wait_idle()

    def bandwidths(self, since):
        """Of the Opus that came to the exchange (RFC 6716, table 2)."""
        names = "n" * 4 + "m" * 4 + "w" * 4 + "s" * 2 + "f" * 2 + "nwsf"
        packets = [packet for stream in self.line.streams(10000, 19999, range(96, 128))
                   for packet in stream.packets if packet.arrived >= since and packet.payload]
        configs = [packet.payload[0] >> 3 for packet in packets]
        return {names[c] if c < 16 else names[16 + (c - 16) // 4] for c in configs}

    def test_opus_comes_no_wider_than_the_other_side_hears(self):
        if not self.line:
            self.skipTest("reading packets off the line is not allowed")
        phones = self.everyone()
        for other, widest in ((0, "n"), (1, "w")):
            begin = time.time()
            phones[2].dial(PHONES[other][0])
            phones[other].wait_for("CALL_ESTABLISHED")
            time.sleep(SECONDS)
            phones[2].hangup()
            phones[other].wait_for("CALL_CLOSED")
            self.exchange.wait_idle()
            self.assertEqual(self.bandwidths(begin), {widest}, PHONES[other][1])

    def stereo_phone(self, user, tones):
        """It says stereo=1;sprop-stereo=1, and plays a tone on each side."""
        return self.phone(user, tones, codecs="opus/48000/2", rate=48000, channels=2,
                          config=MODULES + STEREO)

    def assert_sides(self, phone, *tones):
        """Each side has its own tone, and next to nothing of the others."""
        for side, hz in enumerate(tones):
            samples, rate = sound.read(phone.recording(), side)
            samples = samples[rate // 2:]
            power = {tone: sound.power_at(samples, rate, tone) for tone in TONES}
            where = "phone %s, side %d, " % (phone.user, side)
            self.assertGreater(len(samples), (SECONDS - 1) * rate, where)
            for other in TONES:
                if other != hz:
                    self.assertGreater(power[hz], power[other] * 1000, where + str(power))

    def test_what_is_relayed_in_stereo_is_heard_in_stereo(self):
        one, other = (self.stereo_phone(*each) for each in (("2003", TONES[:2]),
                                                            ("2007", TONES[2:])))
        self.exchange.ask("sip trace on")
        for count, number in enumerate(("2007", "72007", "82007"), 1):
            for phone in (one, other):
                for old in glob.glob(os.path.join(phone.folder, "*-dec.wav")):
                    os.unlink(old)
            one.dial(number)
            for phone in (one, other):
                phone.wait_for("CALL_ESTABLISHED", count=count)
            time.sleep(SECONDS)
            one.hangup()
            other.wait_for("CALL_CLOSED", count=count)
            self.exchange.wait_idle()
            self.assert_sides(one, *TONES[2:])
            self.assert_sides(other, *TONES[:2])
            # baresip would send two channels to who asks for one; others do not
            self.assertEqual(self.exchange.log().count(OUR_STEREO), 2 * count)


if __name__ == "__main__":
    tap.main()
