#!/usr/bin/python3
"""What the exchange makes of what real phones say: fax machines, answering machines,
tones; and keys on their way from a phone that sends them in one way to one that wants
them in another."""

import array
import math
import os
import time
import wave

from lib import sound, tap
from lib.case import CallTest
from lib.daemon import SIP_CONF

PHONES = SIP_CONF.replace("secret = secret-1001", "secret = secret-1001\nfax_detect = yes")
PHONES = PHONES.replace("secret = secret-1002", "secret = secret-1002\ndtmf_mode = inband")
PHONES = PHONES.replace("secret = secret-1003", "secret = secret-1003\ndtmf_mode = info")

EXTENSIONS = """[office]
exten => 500,1,Answer()
 same => n,Wait(20)
exten => fax,1,Verbose(1,outcome fax from ${FAXEXTEN})
 same => n,Hangup()
exten => 600,1,Answer()
 same => n,AMD()
 same => n,Verbose(1,outcome ${AMDSTATUS})
 same => n,Hangup()
exten => 700,1,WaitForTone(1700,300,8)
 same => n,Verbose(1,outcome ${WAITFORTONESTATUS})
 same => n,Hangup()
exten => _1XXX,1,Dial(SIP/${EXTEN},20)
"""

RATE, ROWS, COLUMNS = 8000, (697, 770, 852, 941), (1209, 1336, 1477, 1633)
TELEPHONE_EVENT = 101


def frequencies(key):
    at = "123A456B789C*0#D".index(key)
    return ROWS[at // 4], COLUMNS[at % 4]


def write_voice(path, parts):
    """parts: (frequencies or None, seconds), one after the other."""
    samples = array.array("h")
    for tones, seconds in parts:
        for n in range(int(RATE * seconds)):
            samples.append(int(sum(5000 * math.sin(2 * math.pi * hz * n / RATE)
                                   for hz in tones or ())))
    with wave.open(path, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())


class Detection(CallTest):
    extensions = EXTENSIONS
    files = {"sip.conf": PHONES}

    def speaker(self, user, parts):
        """A phone that says this."""
        real = sound.write_tone
        sound.write_tone = lambda path, *rest, **more: write_voice(path, parts)
        try:
            return self.phone(user)
        finally:
            sound.write_tone = real

    def outcome(self, phone, number, seconds=10):
        phone.dial(number)
        phone.wait_for("CALL_CLOSED", seconds)
        time.sleep(0.5)  # the log is written a moment later
        return [line.split(": outcome ")[1] for line in self.exchange.log().splitlines()
                if ": outcome " in line]

    def test_a_fax_machine_goes_to_its_extension(self):
        machine = self.phone("1001", 1100, every=2)
        self.assertEqual(self.outcome(machine, "500"), ["fax from 500"])

    def test_a_person_and_a_machine_are_told_from_each_other(self):
        hello = (200, 500, 900), 0.7
        person = self.speaker("1003", [(None, 0.5), hello, (None, 20)])
        self.assertEqual(self.outcome(person, "600"), ["HUMAN"])
        machine = self.speaker("1002", [(None, 0.3)] + [hello, (None, 0.1)] * 12)
        self.assertEqual(self.outcome(machine, "600"), ["HUMAN", "MACHINE"])

    def test_a_tone_is_waited_for(self):
        self.assertEqual(self.outcome(self.phone("1001", 1700), "700"), ["SUCCESS"])

    # ---- keys ----

    def talk(self, caller, user, hz):
        callee = self.phone(user, hz)
        caller.dial(user)
        caller.wait_for("CALL_ESTABLISHED")
        callee.wait_for("CALL_ESTABLISHED")
        time.sleep(0.5)
        return callee

    def test_events_become_tones_for_who_wants_those(self):
        caller = self.phone("1001", 440)
        callee = self.talk(caller, "1002", 440)
        caller.keys("5")
        time.sleep(0.7)
        caller.hangup()
        callee.wait_for("CALL_CLOSED")
        samples = max(self.streams(callee), key=lambda one: len(one.packets)).samples()
        step = RATE // 50
        both = [all(sound.power_at(samples[at:at + step], RATE, hz) > 1e6
                    for hz in frequencies("5"))
                for at in range(0, len(samples) - step, step)]
        self.assertGreaterEqual(sum(both), 3)

    def test_events_become_info_for_who_wants_that(self):
        caller = self.phone("1001", 440)
        callee = self.talk(caller, "1003", 440)
        self.exchange.ask("sip trace on")
        caller.keys("7")
        time.sleep(1)
        caller.hangup()
        callee.wait_for("CALL_CLOSED")
        self.assertRegex(self.exchange.log(), r"(?s)INFO sip:1003.*Signal ?= ?7")

    def test_tones_become_events_for_who_wants_those(self):
        caller = self.speaker("1002", [(None, 2), (frequencies("8"), 0.2), (None, 20)])
        callee = self.talk(caller, "1001", 440)
        time.sleep(2.5)
        caller.hangup()
        callee.wait_for("CALL_CLOSED")
        events = self.line.streams(*callee.rtp, kinds=(TELEPHONE_EVENT, 96, 97, 98, 99, 100))
        payloads = [packet.payload for stream in events for packet in stream.packets]
        self.assertTrue(payloads)
        self.assertEqual({payload[0] for payload in payloads}, {8})
        ends = [payload for payload in payloads if payload[1] & 0x80]
        self.assertEqual(len(ends), 3)


if __name__ == "__main__":
    tap.main()
