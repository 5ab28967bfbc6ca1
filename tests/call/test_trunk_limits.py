#!/usr/bin/python3
"""A hundred calls a second at a trunk with room for fifty: exactly fifty are made, the
others get 503, or the next trunk of the group."""

import re
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.scenario import Callee, made_or_refused
from lib.sipp import Sipp

ROOM, RATE, CALLS = 50, 100, 200
HOLD_MS = 8000

TRUNKS = """\
[provider](!)
numbers = _555X.
context = office
qualify = 0
[one](provider)
host = 127.0.0.11
limit = %d
[two](provider)
host = 127.0.0.12
[out]
type = group
trunks = one, two
""" % ROOM

DIALPLAN = """\
[office]
exten => _555X.,1,Answer()
 same => n,Wait(60)
exten => _1X.,1,Dial(TRUNK/one/${EXTEN},30)
exten => _2X.,1,Dial(TRUNK/out/${EXTEN},30)
"""


class Limits(CallTest):
    extensions = DIALPLAN
    files = {"sip.conf": SIP_CONF + "[load]\ntype = peer\nmatch = 127.0.0.5\n"
                                    "context = office\n",
             "trunks.conf": TRUNKS}

    def provider(self, address):
        flow = Callee().expect_invite().answer().receive("ACK").expect_bye()
        one = Sipp(self.folder, flow, 5060, address, calls=100000, timeout=60)
        self.addCleanup(one.stop)
        return one

    def load(self, address, number, calls=CALLS):
        """Made; returned when the last has begun and all that begin are up."""
        one = Sipp(self.folder, made_or_refused(number, HOLD_MS), 5090, address,
                   calls=calls, timeout=60, extra=["-r", str(RATE), "-l", str(calls)])
        self.addCleanup(one.stop)
        time.sleep(calls / RATE + 2)
        return one

    def now(self, name):
        """Calls from it, and to it."""
        row = re.search(r"(?m)^%s +[a-z]+ +- +(\d+) +(\d+) " % name,
                        self.exchange.ask("sip show trunks"))
        return [int(number) for number in row.groups()]

    def refused(self, load):
        return len(load.received("SIP/2.0 503"))

    def test_calls_out(self):
        provider = self.provider("127.0.0.11")
        time.sleep(0.5)
        load = self.load("127.0.0.5", "1234")
        self.assertEqual(self.now("one"), [0, ROOM])
        load.finish()
        self.assertEqual(self.refused(load), CALLS - ROOM)
        self.assertEqual(len(provider.received("INVITE")), ROOM)
        self.assertRegex(self.exchange.ask("sip show trunks one"),
                         r"limit = %d: 0 calls now, %d refused" % (ROOM, CALLS - ROOM))
        # There is room again, for so many.
        load = self.load("127.0.0.5", "1234", ROOM)
        load.finish()
        self.assertEqual(self.refused(load), 0)

    def test_the_next_trunk_takes_the_others(self):
        self.provider("127.0.0.11")
        self.provider("127.0.0.12")
        time.sleep(0.5)
        load = self.load("127.0.0.5", "2234")
        self.assertEqual(self.now("one"), [0, ROOM])
        self.assertEqual(self.now("two"), [0, CALLS - ROOM])
        load.finish()
        self.assertEqual(self.refused(load), 0)

    def test_calls_in(self):
        load = self.load("127.0.0.11", "55512")
        self.assertEqual(self.now("one"), [ROOM, 0])
        load.finish()
        self.assertEqual(self.refused(load), CALLS - ROOM)


if __name__ == "__main__":
    tap.main()
