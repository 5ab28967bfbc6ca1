#!/usr/bin/python3
"""Who hears which prompt, in which order, told by real phones: each prompt is a tone of its own."""

import os
import time

from lib import capture, sound, tap
from lib.case import CallTest, scratch_folder
from lib.daemon import TOP
from lib.prompts import Prompts

ALICE, BOB, CAROL = 200, 250, 300  # Hz, below those of the prompts


class Spoken(CallTest):
    """Names: of the prompts that may be heard, and no others are there."""

    names = ""
    conf = {}

    def setUp(self):
        self.prompts = Prompts(scratch_folder(self), self.names.split(),
                               alice=ALICE, bob=BOB, carol=CAROL)
        self.files = dict(self.conf, **{"ringdown.conf": self.prompts.conf()})
        super().setUp()
        if not self.line:
            self.skipTest("reading packets off the line is not allowed")

    def said_to(self, phone):
        """What that phone has heard, by name."""
        if not self.streams(phone):
            return []
        ear = self.heard(phone, ALICE)[0]
        return self.prompts.heard(ear.samples, ear.rate)

    def wait_said(self, phone, count, timeout=20):
        """So many names; the line is read while they come."""
        end = time.monotonic() + timeout
        while len(self.said_to(phone)) < count:
            self.assertLess(time.monotonic(), end, self.said_to(phone))
            time.sleep(0.3)

    def forget(self):
        """What was heard until now."""
        self.line.stop()
        self.line = capture.Capture()

    def assert_said(self, phone, words):
        self.assertEqual(" ".join(self.said_to(phone)), words, "phone " + phone.user)


class Voicemail(Spoken):
    names = ("own vm-theperson digits/1 digits/0 digits/2 vm-isunavail vm-isonphone vm-intro beep "
             "vm-youhave vm-INBOX vm-messages vm-message vm-onefor vm-opts vm-helpexit vm-first "
             "vm-repeat vm-advopts vm-next vm-delete vm-toforward vm-savemessage vm-goodbye "
             "vm-msgsaved vm-Old vm-no")
    conf = {"voicemail.conf": "[general]\nenvelope = no\nsayduration = no\n"
                              "[default]\n1002 => 4711,Bob\n1003 => 4711,Carol\n"}
    extensions = """\
[office]
exten => 500,1,VoiceMail(1003,u)
exten => 501,1,VoiceMail(1002,u)
exten => 502,1,VoiceMail(1002,b)
exten => 503,1,VoiceMailMain(1003,s)
exten => 504,1,VoiceMail(1003,us)
"""

    def leave(self, number, prompts):
        """A message of a second, after so many prompts."""
        caller = self.phone("1001", ALICE)
        caller.dial(number)
        caller.wait_for("CALL_ESTABLISHED")
        self.wait_said(caller, prompts)
        time.sleep(1.5)
        caller.hangup()
        self.exchange.wait_idle()
        return caller

    def test_the_greeting_of_the_box_comes_before_the_beep(self):
        self.prompts.write("own", os.path.join(
            self.exchange.state, "spool/voicemail/default/1003/unavail.wav"))
        self.assert_said(self.leave("500", 3), "own vm-intro beep")

    def test_a_box_without_one_is_named(self):
        box = "vm-theperson digits/1 digits/0 digits/0 digits/2 "
        self.assert_said(self.leave("501", 8), box + "vm-isunavail vm-intro beep")

    def test_a_box_of_one_who_talks_says_that(self):
        box = "vm-theperson digits/1 digits/0 digits/0 digits/2 "
        self.assert_said(self.leave("502", 8), box + "vm-isonphone vm-intro beep")

    def test_the_owner_is_told_how_many_there_are_and_what_to_press(self):
        self.prompts.write("own", os.path.join(
            self.exchange.state, "spool/voicemail/default/1003/unavail.wav"))
        caller = self.leave("504", 2)
        self.assert_said(caller, "own beep")
        caller.dial("504")
        caller.wait_for("CALL_ESTABLISHED", count=2)
        time.sleep(3)
        caller.hangup()
        self.exchange.wait_idle()
        owner = self.phone("1003", CAROL)
        owner.dial("503")
        owner.wait_for("CALL_ESTABLISHED")
        menu = ("vm-youhave digits/2 vm-INBOX vm-messages "
                "vm-onefor vm-INBOX vm-messages vm-opts vm-helpexit")
        self.wait_said(owner, 9)
        self.assert_said(owner, menu)
        owner.keys("1")
        message = " vm-first vm-message alice"
        self.wait_said(owner, 19)
        self.assert_said(owner, menu + message + " vm-advopts vm-repeat vm-next vm-delete "
                                                 "vm-toforward vm-savemessage vm-helpexit")
        owner.hangup()
        self.exchange.wait_idle()


class Parking(Spoken):
    names = "digits/0 digits/1 digits/2 digits/7 pbx-parkedcall"
    extensions = """\
[office]
include => parkedcalls
exten => _10XX,1,Dial(SIP/${EXTEN},20,kK)
exten => 720,1,ParkAndAnnounce(,,pbx-parkedcall:PARKED,SIP/1003)
"""
    conf = {"features.conf": "[featuremap]\nparkcall = *7\n",
            "res_parking.conf": "[default]\nparkext = 700\nparkpos = 701-702\n"}

    def test_who_parks_hears_the_place_and_who_is_parked_does_not(self):
        alice, bob = self.phone("1001", ALICE), self.phone("1002", BOB)
        alice.dial("1002")
        for phone in (alice, bob):
            phone.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        bob.keys("*7")
        bob.wait_for("CALL_CLOSED")
        self.exchange.wait_output("parkedcalls show", "1 parked call")
        alice.hangup()
        self.exchange.wait_idle()
        self.assert_said(bob, "alice digits/7 digits/0 digits/1")
        self.assert_said(alice, "bob")

    def test_who_dials_the_lot_hears_it_and_the_next_is_one_further(self):
        alice, bob = self.phone("1001", ALICE), self.phone("1002", BOB)
        for phone in (alice, bob):
            phone.dial("700")
            phone.wait_for("CALL_ESTABLISHED")
            self.wait_said(phone, 3)
        for phone in (alice, bob):
            phone.hangup()
        self.exchange.wait_idle()
        self.assert_said(alice, "digits/7 digits/0 digits/1")
        self.assert_said(bob, "digits/7 digits/0 digits/2")

    def test_the_place_is_announced_to_a_third(self):
        alice, carol = self.phone("1001", ALICE), self.phone("1003", CAROL)
        alice.dial("720")
        carol.wait_for("CALL_ESTABLISHED")
        carol.wait_for("CALL_CLOSED")
        alice.hangup()
        self.exchange.wait_idle()
        self.assert_said(carol, "pbx-parkedcall digits/7 digits/0 digits/1")

class Moving(Spoken):
    """Calls that another phone takes, and keys that say something to one of two."""

    names = "please-wait own answered"
    extensions = """\
[office]
exten => _10XX,1,Set(DYNAMIC_FEATURES=tell#note)
 same => n,Dial(SIP/${EXTEN},20)
exten => *87,1,PullCall(SIP/1002)
exten => *88,1,PickupChan(SIP/1002)
"""
    conf = {"features.conf": "[general]\npickupsound = answered\n[applicationmap]\n"
                             "tell => *5,peer,Playback,please-wait\n"
                             "note => *6,self,Playback,own\n"}

    def call(self, answer="auto"):
        self.alice = self.phone("1001", ALICE)
        self.bob = self.phone("1002", BOB, answer=answer)
        self.alice.dial("1002")
        if answer == "auto":
            for phone in (self.alice, self.bob):
                phone.wait_for("CALL_ESTABLISHED")
            time.sleep(1.5)

    def test_a_second_phone_pulls_the_call_without_a_break(self):
        carol = self.phone("1003", CAROL)
        self.call()
        carol.dial("*87")
        carol.wait_for("CALL_ESTABLISHED")
        self.bob.wait_for("CALL_CLOSED")
        time.sleep(2)
        self.alice.hangup()
        carol.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_said(self.alice, "bob carol")
        self.assert_said(self.bob, "alice")
        self.assert_said(carol, "alice")
        self.assertLessEqual(self.silence_ms(self.alice), 100)
        self.assert_heard(carol, ALICE, 1.5, gap_ms=60)

    def silence_ms(self, phone):
        """The longest, once anything was heard."""
        ear = self.heard(phone, ALICE)[0]
        step = ear.rate // 100
        loud = [sound.mean_square(ear.samples[at:at + step]) > 1e4
                for at in range(0, len(ear.samples), step)]
        gaps = "".join("x" if one else "." for one in loud).strip(".").split("x")
        return 10 * max(map(len, gaps))

    def press(self, keys):
        self.call()
        self.alice.keys(keys)
        time.sleep(2)
        self.alice.hangup()
        self.exchange.wait_idle()

    def test_a_key_says_its_prompt_to_the_other(self):
        self.press("*5")
        self.assert_said(self.bob, "alice please-wait alice")
        self.assert_said(self.alice, "bob bob")

    def test_a_key_says_its_prompt_to_who_pressed_it(self):
        self.press("*6")
        self.assert_said(self.alice, "bob own bob")
        self.assert_said(self.bob, "alice alice")

    def test_who_picks_up_hears_so_and_then_the_caller(self):
        carol = self.phone("1003", CAROL)
        self.call(answer="manual")
        self.bob.wait_for("CALL_INCOMING")
        carol.dial("*88")
        self.alice.wait_for("CALL_ESTABLISHED")
        self.bob.wait_for("CALL_CLOSED")
        time.sleep(2)
        self.alice.hangup()
        self.exchange.wait_idle()
        self.assert_said(carol, "answered alice")
        self.assertEqual(self.said_to(self.alice)[-1:], ["carol"])
        self.assertEqual(self.said_to(self.bob), [])


class Disa(Spoken):
    names = "beep"
    extensions = """\
[office]
exten => 640,1,DISA(4711,inside)
[inside]
exten => 1002,1,Dial(SIP/1002,20)
"""
    DIAL, CONGESTION = (350, 440), (480, 620)

    def power(self, phone, hz, begin, end):
        ear = self.heard(phone, ALICE)[0]
        return sound.power_at(ear.samples[int(begin * ear.rate):int(end * ear.rate)],
                              ear.rate, hz)

    def assert_tone(self, phone, tone, other, begin, end):
        """In that part of what it heard, in seconds."""
        for hz in tone:
            self.assertGreater(self.power(phone, hz, begin, end), 1e5, hz)
        for hz in set(other) - set(tone):
            self.assertLess(self.power(phone, hz, begin, end), 1e4, hz)

    def test_the_passcode_opens_the_house(self):
        alice, bob = self.phone("1001", ALICE), self.phone("1002", BOB)
        alice.dial("640")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        alice.keys("4711#")
        time.sleep(2)
        told = len(self.heard(alice, ALICE)[0].samples) / 8000
        alice.keys("1002")
        bob.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        alice.hangup()
        self.exchange.wait_idle()
        self.assert_tone(alice, self.DIAL, self.CONGESTION, 0.5, 1.5)
        self.assert_tone(alice, self.DIAL, self.CONGESTION, told - 1.2, told - 0.2)
        self.assertEqual(self.said_to(alice)[-1:], ["bob"])
        self.assert_said(bob, "alice")

    def test_a_wrong_one_hears_so_and_reaches_nobody(self):
        alice, bob = self.phone("1001", ALICE), self.phone("1002", BOB)
        alice.dial("640")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        alice.keys("4712#1002")
        time.sleep(3)
        told = len(self.heard(alice, ALICE)[0].samples) / 8000
        alice.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_tone(alice, self.DIAL, self.CONGESTION, 0.5, 1.5)
        self.assert_tone(alice, self.CONGESTION, self.DIAL, told - 2, told)
        self.assertEqual(bob.seen("CALL_INCOMING"), [])


class Spying(Spoken):
    names = "beep"
    extensions = """\
[office]
exten => 1002,1,Dial(SIP/1002,20)
exten => 702,1,ExtenSpy(1002@office,q)
"""

    def test_who_listens_to_an_extension_hears_both(self):
        alice, bob, carol = (self.phone("1001", ALICE), self.phone("1002", BOB),
                             self.phone("1003", CAROL))
        alice.dial("1002")
        for phone in (alice, bob):
            phone.wait_for("CALL_ESTABLISHED")
        carol.dial("702")
        carol.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        carol.hangup()
        self.exchange.wait_idle()
        ear = self.heard(carol, ALICE)[0]
        part = ear.samples[ear.rate:5 * ear.rate // 2]
        for hz in (ALICE, BOB):
            self.assertGreater(sound.power_at(part, ear.rate, hz), 1e6, hz)
        self.assertLess(sound.power_at(part, ear.rate, CAROL), 1e4)
        self.assert_said(alice, "bob")
        self.assert_said(bob, "alice")


SMALL = ["digits/%d" % n for n in range(1, 21)]
TENS = ["digits/30", "digits/40", "digits/50"]


def in_words(number):
    """What is said of 1 to 59."""
    if number <= 20:
        return ["digits/%d" % number]
    return ["digits/%d" % (number // 10 * 10)] + in_words(number % 10) * (number % 10 > 0)


def small(number):
    """Of minutes and seconds: below ten they are "oh one", and none is not said."""
    return (["digits/oh"] if 0 < number < 10 else []) + (in_words(number) if number else [])


def hour_and_minute(at):
    now = time.localtime(at)
    return in_words(now.tm_hour % 12 or 12) + small(now.tm_min)


def half_of_day(at):
    return ["digits/a-m" if time.localtime(at).tm_hour < 12 else "digits/p-m"]


class Clock(Spoken):
    """The clock and the wake-up call of configs/office."""

    names = " ".join("at-tone-time-exactly beep time is-set-to hello is vm-goodbye".split() +
                     ["digits/oh", "digits/a-m", "digits/p-m"] + SMALL + TENS)

    def setUp(self):
        with open(os.path.join(TOP, "configs/office/extensions.conf")) as f:
            self.extensions = f.read()
        super().setUp()

    def wait_spool(self, there):
        path = os.path.join(self.exchange.state, "spool/outgoing/wakeup-1001.call")
        end = time.monotonic() + 20
        while os.path.exists(path) != there:
            self.assertLess(time.monotonic(), end, self.exchange.log()[-2000:])
            time.sleep(0.1)
        return path

    def test_the_clock_says_when_it_is_that_time(self):
        phone = self.phone("1001", ALICE)
        phone.dial("601")
        phone.wait_for("CALL_ESTABLISHED")
        first = int(time.time()) + 8
        time.sleep(9.5)
        phone.hangup()
        self.exchange.wait_idle()
        words = self.said_to(phone)
        self.assertIn(words[1:words.index("beep")],
                      [hour_and_minute(at) + small(time.localtime(at).tm_sec) + half_of_day(at)
                       for at in range(first - 3, first + 2)])
        self.assertEqual(words[0], "at-tone-time-exactly")

    def test_a_wake_up_call_says_what_was_set_and_what_time_it_is(self):
        phone = self.phone("1001", ALICE)
        phone.dial("*68")
        phone.wait_for("CALL_ESTABLISHED")
        self.wait_said(phone, 1)
        phone.keys("0642")
        path = self.wait_spool(True)
        phone.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_said(phone, "time time is-set-to digits/6 digits/40 digits/2 digits/a-m")
        begun = time.time()
        self.forget()
        os.utime(path)
        phone.wait_for("CALL_ESTABLISHED", count=2)
        phone.wait_for("CALL_CLOSED", count=2)
        self.exchange.wait_idle()
        self.assertIn(self.said_to(phone),
                      [["hello", "time", "is"] + hour_and_minute(at) + half_of_day(at) +
                       ["vm-goodbye"] for at in (begun, time.time())])


class Closed(Spoken):
    """Who is not wanted, and a day on which nobody is there."""

    names = "blocked closed"
    extensions = """\
[office]
exten => 1002,1,GotoIf(${BLACKLIST()}?blocked)
 same => n,GotoIf(${LEN(${HOLIDAY()})}?closed)
 same => n,Dial(SIP/1002,20)
 same => n(blocked),Answer()
 same => n,Playback(blocked)
 same => n,Hangup()
 same => n(closed),Answer()
 same => n,Playback(closed)
 same => n,Hangup()
"""

    def setUp(self):
        super().setUp()
        self.alice, self.bob = self.phone("1001", ALICE), self.phone("1002", BOB)

    def listen(self, times):
        self.forget()
        self.alice.dial("1002")
        self.alice.wait_for("CALL_CLOSED", count=times)
        self.exchange.wait_idle()
        self.assertEqual(self.bob.seen("CALL_INCOMING"), [])

    def test_who_is_blocked_hears_so_until_he_is_not(self):
        self.exchange.ask("database put blacklist 1001 1")
        self.listen(1)
        self.assert_said(self.alice, "blocked")
        self.exchange.ask("database del blacklist 1001")
        self.talk(self.alice, "1002", self.bob)
        self.assert_said(self.bob, "alice")

    def test_on_a_holiday_it_is_closed_and_after_it_not(self):
        day = [time.strftime("%Y-%m-%d", time.localtime(time.time() + 86400 * n))
               for n in (-1, 1, 3, 4)]
        self.exchange.write("holidays.conf", "[default]\n%s - %s = Fair\n" % tuple(day[:2]))
        self.exchange.ask("module reload func_holiday")
        self.listen(1)
        self.assert_said(self.alice, "closed")
        self.exchange.write("holidays.conf", "[default]\n%s - %s = Fair\n" % tuple(day[2:]))
        self.exchange.ask("module reload func_holiday")
        self.talk(self.alice, "1002", self.bob)
        self.assert_said(self.bob, "alice")


class Recording(Spoken):
    names = "own"
    extensions = """\
[office]
exten => 1002,1,Set(DYNAMIC_FEATURES=pause#resume)
 same => n,MixMonitor(talk.wav)
 same => n,Dial(SIP/1002,20)
"""
    conf = {"features.conf": "[applicationmap]\npause => *5,self,PauseMonitor\n"
                             "resume => *6,self,UnpauseMonitor\n"}

    def test_what_is_said_in_a_pause_is_not_recorded(self):
        alice, bob = self.phone("1001", ALICE), self.phone("1002", BOB)
        alice.dial("1002")
        for phone in (alice, bob):
            phone.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        alice.keys("*5")
        time.sleep(3)
        alice.keys("*6")
        time.sleep(2)
        alice.hangup()
        self.exchange.wait_idle()
        samples, rate = sound.read(os.path.join(self.exchange.state, "spool/monitor/talk.wav"))
        spoken = len(self.heard(bob, ALICE)[0].samples) / 8000
        self.assertAlmostEqual(spoken - len(samples) / rate, 3.5, delta=1.0)
        for begin in (0.5, len(samples) / rate - 1.5):
            part = samples[int(begin * rate):int((begin + 1) * rate)]
            for hz in (ALICE, BOB):
                self.assertGreater(sound.power_at(part, rate, hz), 1e5, hz)


class Names(Spoken):
    names = ("dir-welcome dir-pls-enter dir-last dir-usingkeypad dir-instr dir-nomatch dir-nomore "
             "anna own")
    conf = {"voicemail.conf": "[default]\n1002 => 4711,Bob Bergmann\n1003 => 4711,Anna Berg\n"}
    extensions = """\
[office]
exten => 411,1,Directory(default,office)
exten => _10XX,1,Dial(SIP/${EXTEN},20)
"""

    def test_who_keys_a_name_hears_it_and_is_connected(self):
        for user, name in (("1002", "own"), ("1003", "anna")):
            self.prompts.write(name, os.path.join(
                self.exchange.state, "spool/voicemail/default", user, "greet.wav"))
        alice, carol = self.phone("1001", ALICE), self.phone("1003", CAROL)
        alice.dial("411")
        alice.wait_for("CALL_ESTABLISHED")
        self.wait_said(alice, 4)
        alice.keys("237")
        self.wait_said(alice, 6)
        alice.keys("*")
        self.wait_said(alice, 8)
        alice.keys("1")
        carol.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        alice.hangup()
        self.exchange.wait_idle()
        heard = self.said_to(alice)
        self.assertEqual(heard[:4], "dir-welcome dir-pls-enter dir-last dir-usingkeypad".split())
        self.assertEqual(heard[4:8], ["own", "dir-instr", "anna", "dir-instr"])
        self.assertEqual(heard[-1], "carol")
        self.assert_said(carol, "alice")



if __name__ == "__main__":
    tap.main()
