#!/usr/bin/python3
"""What phones hear while the bridge that they are in changes: third parties, spies and
recordings come and go, calls are held, transferred, parked, waited for. Where two go on
talking, each packet of it is there, at its level; where another one is heard from then on,
he is heard whole; and to a phone it is one stream all the time."""

import glob
import math
import os
import re
import time

from lib import capture, sound, tap
from lib.case import CallTest, scratch_folder
from lib.daemon import SIP_CONF

# Whole periods in each block: none of them is seen in another one's measure.
ALICE, BOB, CAROL, MUSIC = 400, 1000, 1600, 700
BLOCK_MS = 10
LEVEL_DB = -10
SILENT_DB = LEVEL_DB - 6
GAP_MS = 10  # half a packet
G722 = 9

DIALPLAN = """\
[office]
include => parkedcalls
exten => 1001,1,Dial(SIP/1001,20)
exten => 1002,1,Dial(SIP/1002,20,tTxX)
exten => 1003,1,Dial(SIP/1003,20)
exten => 600,1,Answer()
 same => n,Queue(help)
exten => 606,1,Answer()
 same => n,Dial(SIP/1006,20)
exten => 607,1,ConfBridge(office,,quiet)
exten => 608,1,BridgeWait(hall)
exten => 609,1,Bridge(SIP/1001)
exten => 700,1,ChanSpy(SIP/1001,q)
exten => 701,1,ChanSpy(SIP/1001,qw)
exten => 702,1,ChanSpy(SIP/1001,qB)
"""

MORE_PHONES = """
[1004](phone)
secret = secret-1004

[1005](phone)
secret = secret-1005
allow = ulaw,g722

[1006](phone)
secret = secret-1006
allow = g722
"""

FILES = {
    "sip.conf": SIP_CONF + MORE_PHONES,
    "features.conf": "[general]\ntransferannouncesound =\nxfersound =\nxferfailsound =\n"
                     "[featuremap]\natxfer => *2\nautomixmon => *8\n",
    "confbridge.conf": "[quiet]\ntype = user\nquiet = yes\nmusic_on_hold_when_empty = no\n",
    "queues.conf": "[help]\nstrategy = ringall\nretry = 1\nmember => SIP/1004\n",
    "res_parking.conf": "[default]\nparkext = 710\nparkpos = 711-712\n",
}


class Ear:
    """What came to a phone of one sender: blocks of it, by the time of arrival."""

    def __init__(self, stream):
        self.stream = stream
        self.rate = capture.RATE

    def levels(self, begin, end, hz):
        """dB of a tone in each block between these moments."""
        samples = self.stream.between(begin, end).samples()
        step = self.rate * BLOCK_MS // 1000
        return [10 * math.log10(max(sound.power_at(samples[at:at + step], self.rate, hz), 1)
                                / (32767 ** 2 / 2))
                for at in range(0, len(samples) - step + 1, step)]

    def first_ms(self, begin, end, hz):
        """How long until the tone is heard."""
        for i, level in enumerate(self.levels(begin, end, hz)):
            if level > SILENT_DB:
                return i * BLOCK_MS
        return float("inf")


class Changes(CallTest):
    extensions = DIALPLAN

    def setUp(self):
        music = scratch_folder(self)
        sound.write_tone(os.path.join(music, "music.wav"), MUSIC, 20)
        self.files = {**FILES, "musiconhold.conf":
                      "[default]\nmode = files\ndirectory = %s\n" % music}
        super().setUp()
        if not self.line:
            self.skipTest("reading packets off the line is not allowed")
        self.alice = self.phone("1001", ALICE, seconds=60)
        self.bob = self.phone("1002", BOB, seconds=60)
        self.carol = self.phone("1003", CAROL, seconds=60)

    # ---- what happens ----

    def connect(self, caller, number, called=None, count=1):
        caller.dial(number)
        for phone in (caller, called) if called else (caller,):
            phone.wait_for("CALL_ESTABLISHED", count=count)

    def talk(self):
        """Alice and Bob, since a moment."""
        self.connect(self.alice, "1002", self.bob)
        time.sleep(0.6)
        return time.time()

    def end(self, *phones):
        for phone in phones:
            phone.hangup()
        self.exchange.wait_idle()

    # ---- what is heard ----

    def ear(self, phone):
        """To a phone a call is one stream."""
        [stream] = self.streams(phone)
        return Ear(stream)

    def assert_whole(self, phone, hz, begin, end, gap_ms=GAP_MS):
        """The tone is there all the time, at its level."""
        levels = self.ear(phone).levels(begin, end, hz)
        where = "phone %s, %d Hz" % (phone.user, hz)
        self.assertGreater(len(levels) * BLOCK_MS, (end - begin) * 1000 - 100, where)
        longest = max(len(run) for run in re.findall(
            "x*", "".join("x" if level < SILENT_DB else "." for level in levels)))
        self.assertLessEqual(longest * BLOCK_MS, gap_ms, where)
        heard = sorted(levels)[len(levels) // 20:]  # but for the edge of a gap
        self.assertAlmostEqual(heard[0], LEVEL_DB, delta=1.0, msg=where)
        self.assertAlmostEqual(heard[-1], LEVEL_DB, delta=1.0, msg=where)

    def assert_nothing(self, phone, hz, begin, end):
        levels = self.ear(phone).levels(begin, end, hz)
        self.assertLess(max(levels, default=-99), LEVEL_DB - 30,
                        "phone %s, %d Hz" % (phone.user, hz))

    def assert_both(self, a, hz_a, b, hz_b, begin, end):
        self.assert_whole(a, hz_b, begin, end)
        self.assert_whole(b, hz_a, begin, end)

    def assert_soon(self, phone, hz, begin, limit_ms=400):
        """From a moment on, soon."""
        self.assertLessEqual(self.ear(phone).first_ms(begin, begin + 3, hz), limit_ms,
                             "phone %s, %d Hz" % (phone.user, hz))

    # ---- somebody else comes and goes ----

    def someone_comes_and_goes(self, number):
        begin = self.talk()
        self.connect(self.carol, number)
        time.sleep(0.5)
        there = time.time()
        time.sleep(1.5)
        self.carol.hangup()
        time.sleep(1.5)
        self.end_s = time.time()
        self.end(self.alice)
        self.assert_both(self.alice, ALICE, self.bob, BOB, begin, self.end_s - 0.2)
        return begin, there, there + 1.3

    def test_a_spy_enters_and_leaves(self):
        begin, there, gone = self.someone_comes_and_goes("700")
        self.assert_whole(self.carol, ALICE, there, gone)
        self.assert_whole(self.carol, BOB, there, gone)
        self.assert_nothing(self.alice, CAROL, begin, gone)
        self.assert_nothing(self.bob, CAROL, begin, gone)

    def test_a_whisperer_enters_and_leaves(self):
        begin, there, gone = self.someone_comes_and_goes("701")
        self.assert_whole(self.alice, CAROL, there, gone)
        self.assert_nothing(self.bob, CAROL, begin, gone)

    def test_a_third_breaks_in_and_leaves(self):
        _, there, gone = self.someone_comes_and_goes("702")
        self.assert_whole(self.alice, CAROL, there, gone)
        self.assert_whole(self.bob, CAROL, there, gone)
        self.assert_whole(self.carol, ALICE, there, gone)

    def test_a_third_enters_a_room_of_two_and_leaves(self):
        self.connect(self.alice, "607")
        self.connect(self.bob, "607")
        time.sleep(0.8)
        begin = time.time()
        self.connect(self.carol, "607")
        time.sleep(0.8)
        there = time.time()
        time.sleep(1.5)
        self.carol.hangup()
        time.sleep(1.5)
        end = time.time()
        self.end(self.alice, self.bob)
        self.assert_both(self.alice, ALICE, self.bob, BOB, begin, end - 0.2)
        for phone, hz in ((self.alice, CAROL), (self.bob, CAROL), (self.carol, ALICE),
                          (self.carol, BOB)):
            self.assert_whole(phone, hz, there, there + 1.3)

    def test_a_recording_starts_and_stops(self):
        begin = self.talk()
        for _ in range(2):
            self.alice.keys("*8")
            time.sleep(2)
        end = time.time()
        self.end(self.alice)
        # While she presses keys, her phone sends nothing else.
        self.assert_whole(self.alice, BOB, begin, end - 0.2)
        self.assert_whole(self.bob, ALICE, end - 1.5, end - 0.2)
        [path] = glob.glob(os.path.join(self.folder, "**", "monitor", "auto-*-1001-1002.wav"),
                           recursive=True)
        heard = sound.Heard(*sound.read(path), BOB)
        self.assertGreater(len(heard.samples) / heard.rate, 1.5)

    def test_a_room_is_recorded_for_a_while(self):
        self.connect(self.alice, "607")
        self.connect(self.bob, "607")
        time.sleep(0.8)
        begin = time.time()
        path = os.path.join(self.folder, "room.wav")
        time.sleep(0.5)
        self.exchange.ask("confbridge record start office " + path)
        time.sleep(2)
        self.exchange.ask("confbridge record stop office")
        time.sleep(1)
        end = time.time()
        self.end(self.alice, self.bob)
        self.assert_both(self.alice, ALICE, self.bob, BOB, begin, end - 0.2)
        samples, rate = sound.read(path)
        for hz in ALICE, BOB:
            level = 10 * math.log10(sound.power_at(samples[rate // 2:rate * 3 // 2], rate, hz)
                                    / (32767 ** 2 / 2))
            self.assertAlmostEqual(level, LEVEL_DB, delta=1.0)

    # ---- another codec ----

    def test_another_codec_is_agreed_on(self):
        """Who was answered in u-law is asked for G.722, which the other speaks: what that
        one hears is converted first, and then passed on."""
        config = "module g722.so\n"
        caller = self.phone("1005", ALICE, codecs="pcmu,G722/16000", config=config)
        called = self.phone("1006", BOB, codecs="G722/16000", config=config, rate=16000)
        self.connect(caller, "606", called)
        self.exchange.wait_output("core show calls", "relay")
        time.sleep(2)
        self.end(caller)
        [stream] = self.line.streams(*called.rtp, kinds=(G722,))
        stamps = [packet.ts for packet in stream.packets]
        self.assertGreater(len(stamps), 80)
        self.assertEqual({(b - a) % 2 ** 32 for a, b in zip(stamps, stamps[1:])}, {160})
        self.assertLessEqual(stream.longest_pause_ms(), 60)
        samples, rate = sound.read(called.recording())
        heard = sound.Heard(samples[rate // 2:], rate, ALICE)
        self.assertLessEqual(heard.longest_gap_ms(), GAP_MS)
        self.assertAlmostEqual(heard.level(), LEVEL_DB, delta=1.0)
        self.assertIn(G722, {packet.kind for one in self.line.streams(*caller.rtp, kinds=(
            capture.ULAW, G722)) for packet in one.packets})

    # ---- hold ----

    def test_hold_and_resume(self):
        begin = self.talk()
        time.sleep(1)
        self.bob.hold()
        held = time.time()
        time.sleep(2)
        resumed = time.time()
        self.bob.resume()
        time.sleep(2)
        end = time.time()
        self.end(self.alice)
        self.assert_whole(self.alice, BOB, begin, held - 0.1)
        self.assert_soon(self.alice, MUSIC, held)
        self.assert_whole(self.alice, MUSIC, held + 0.5, resumed - 0.1)
        self.assert_soon(self.alice, BOB, resumed)
        self.assert_both(self.alice, ALICE, self.bob, BOB, resumed + 0.5, end - 0.2)

    # ---- another one is there ----

    def assert_carol_took_over(self, begin, left, taken, end, gone_s=0):
        """Alice heard Bob, and then Carol, who may have heard Bob for so long."""
        self.assert_whole(self.alice, BOB, begin, left - 0.1)
        self.assert_both(self.alice, ALICE, self.carol, CAROL, taken + 0.5, end - 0.2)
        self.assert_nothing(self.carol, BOB, taken + gone_s, end - 0.2)

    def test_a_blind_transfer(self):
        begin = self.talk()
        time.sleep(1)
        left = time.time()
        self.bob.command("transfer", "1003")
        self.carol.wait_for("CALL_ESTABLISHED")
        taken = time.time()
        time.sleep(2.5)
        end = time.time()
        self.end(self.alice)
        self.assert_carol_took_over(begin, left, taken, end)
        self.assert_soon(self.alice, CAROL, taken)

    def ask_carol(self):
        """Bob asks her by key while Alice hears music."""
        left = time.time()
        self.bob.keys("*21003")
        self.carol.wait_for("CALL_ESTABLISHED")
        time.sleep(0.6)
        asked = time.time()
        time.sleep(2)
        self.assert_whole(self.alice, MUSIC, asked, asked + 1.8)
        self.assert_both(self.bob, BOB, self.carol, CAROL, asked, asked + 1.8)
        return left

    def test_a_transfer_by_key_after_a_question(self):
        begin = self.talk()
        time.sleep(1)
        left = self.ask_carol()
        taken = time.time()
        self.bob.hangup()
        time.sleep(2.5)
        end = time.time()
        self.end(self.alice)
        self.assert_carol_took_over(begin, left, taken, end, gone_s=0.3)
        self.assert_soon(self.alice, CAROL, taken)
        self.assert_soon(self.carol, ALICE, taken)

    def test_a_key_makes_three_and_one_leaves(self):
        self.talk()
        self.ask_carol()
        self.bob.keys("*3")
        time.sleep(0.6)
        three = time.time()
        time.sleep(1.5)
        self.bob.hangup()
        time.sleep(2)
        end = time.time()
        self.end(self.alice)
        # Whoever leaves: the two others go on.
        self.assert_both(self.alice, ALICE, self.carol, CAROL, three, end - 0.2)
        self.assert_whole(self.bob, ALICE, three, three + 1.3)
        self.assert_whole(self.bob, CAROL, three, three + 1.3)
        self.assert_whole(self.alice, BOB, three, three + 1.3)

    def test_parked_and_fetched(self):
        begin = self.talk()
        time.sleep(1)
        left = time.time()
        self.bob.command("transfer", "710")
        self.exchange.wait_output("parkedcalls show", "1 parked call")
        time.sleep(0.5)
        parked = time.time()
        time.sleep(1.5)
        fetched = time.time()
        self.connect(self.carol, "711")
        taken = time.time()
        time.sleep(2.5)
        end = time.time()
        self.end(self.alice)
        self.assert_whole(self.alice, MUSIC, parked, fetched - 0.1)
        self.assert_carol_took_over(begin, left, taken, end)
        self.assert_soon(self.alice, CAROL, taken)

    # ---- who waited is fetched ----

    def waited(self, number, answers):
        """Music until somebody comes; then the two."""
        self.connect(self.alice, number)
        time.sleep(0.6)
        begin = time.time()
        time.sleep(1.5)
        came = time.time()
        answers()
        taken = time.time()
        time.sleep(2.5)
        end = time.time()
        self.end(self.alice)
        self.assert_whole(self.alice, MUSIC, begin, came - 0.1)
        return taken, end

    def test_bridgewait_and_bridge(self):
        taken, end = self.waited("608", lambda: self.connect(self.carol, "609"))
        self.assert_both(self.alice, ALICE, self.carol, CAROL, taken + 0.5, end - 0.2)
        self.assert_soon(self.alice, CAROL, taken)

    def test_a_queue_and_its_member(self):
        member = self.phone("1004", BOB, seconds=60, answer="manual")

        def answer():
            member.command("accept")
            member.wait_for("CALL_ESTABLISHED")

        taken, end = self.waited("600", answer)
        self.assert_both(self.alice, ALICE, member, BOB, taken + 0.5, end - 0.2)
        self.assert_soon(self.alice, BOB, taken)


if __name__ == "__main__":
    tap.main()
