#!/usr/bin/python3
"""A conference with a leader and real phones: who comes before the leader hears that he
waits, then everybody hears everybody else and not himself; a PIN opens the door; what is
recorded is what was said; with the leader all leave."""

import glob
import os
import time

from lib import sound, tap
from lib.case import scratch_folder
from lib.meeting import TONES, Meeting

WAIT, JOIN, ONLY, PIN, LEFT = 1500, 1700, 1900, 2100, 2300
PROMPTS = {"conf-waitforleader": WAIT, "confbridge-join": JOIN, "conf-onlyperson": ONLY,
           "conf-getpin": PIN, "conf-leaderhasleft": LEFT}
PROMPT_S = 0.6

CONFBRIDGE = """\
[taped]
type = bridge
record_conference = yes
record_file = talk.wav
record_file_timestamp = no
[leader]
type = user
marked = yes
pin = 4711
[guest]
type = user
wait_marked = yes
end_marked = yes
"""

DIALPLAN = """\
[office]
exten => 607,1,ConfBridge(office,taped,guest)
 same => n,Goto(done,1)
exten => 608,1,ConfBridge(office,taped,leader)
 same => n,Goto(done,1)
exten => done,1,NoOp(${CALLERID(num)} ${CONFBRIDGE_RESULT})
 same => n,Hangup()
exten => 607,hint,confbridge:office
"""


class Conference(Meeting):
    extensions = DIALPLAN
    last_s = 2  # the leader has left, which guests are told

    def setUp(self):
        sounds = scratch_folder(self)
        os.makedirs(os.path.join(sounds, "en"))
        for name, hz in PROMPTS.items():
            sound.write_tone(os.path.join(sounds, "en", name + ".wav"), hz, PROMPT_S)
        self.files = {"ringdown.conf": "[directories]\nsounds = %s\n" % sounds,
                      "confbridge.conf": CONFBRIDGE}
        super().setUp()

    def wait_result(self, number, result):
        end = time.monotonic() + 5
        while "NoOp(%s %s)" % (number, result) not in self.exchange.log():
            self.assertLess(time.monotonic(), end, number + " is not " + result)
            time.sleep(0.1)

    def assert_prompt(self, phone, hz, times=1):
        self.assertAlmostEqual(self.heard(phone, hz)[0].seconds(), times * PROMPT_S,
                               delta=0.2, msg="phone %s, %d Hz" % (phone.user, hz))

    def recorded_hz(self):
        [path] = glob.glob(os.path.join(self.folder, "**", "talk.wav"), recursive=True)
        samples, rate = sound.read(path)
        part = samples[-3 * rate:-2 * rate]
        return {hz for hz in TONES.values() if sound.power_at(part, rate, hz) > 1e5}

    def test_guests_wait_for_the_leader_hear_each_other_and_leave_with_him(self):
        phones = self.talk(["1001", "1002", "1003"])
        leader = phones["1003"]
        for number in ("1001", "1002"):
            phones[number].dial("607")
            phones[number].wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        self.assertRegex(self.exchange.ask("core show hints"), "confbridge:office +INUSE")
        leader.dial("608")
        leader.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        leader.keys("4711")
        time.sleep(6)
        self.assertRegex(self.exchange.ask("confbridge list office"), r"SIP/1003\S+ +1003 +M ")
        leader.hangup()
        for number in ("1001", "1002"):
            self.wait_result(number, "ENDMARKED")
        self.exchange.wait_idle()
        for number in phones:
            self.assert_hears(phones, number, set(phones) - {number})
        for number in ("1001", "1002"):
            self.assert_prompt(phones[number], WAIT)
            self.assert_prompt(phones[number], LEFT)
        self.assert_prompt(leader, PIN)
        self.assertEqual(self.recorded_hz(), set(TONES.values()))


if __name__ == "__main__":
    tap.main()
