#!/usr/bin/python3
"""Two providers that die, fall silent and come back while calls are made, and while these
wait there for an answer: none is lost that the other could take."""

import os
import random
import re
import signal
import threading
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.scenario import Callee, Caller
from lib.sipp import Sipp

DIALPLAN = "[office]\nexten => _0X.,1,Dial(TRUNK/out/${EXTEN},30)\n"

# No OPTIONS: that one has died is seen of the next call. The group is as it is when nothing is
# said of it.
TRUNKS = """\
[provider](!)
numbers = none
context = office
qualify = 0
[one](provider)
host = 127.0.0.11
[two](provider)
host = 127.0.0.12
[out]
type = group
trunks = one & two
"""

# Two have room for fewer calls than there are; a third one, which nothing happens to, takes
# what they cannot. No next call shows that a full one has died, with all its calls waiting:
# OPTIONS do.
LIMITED = """\
[provider](!)
numbers = none
context = office
qualify_retry = 1s
[limited](!,provider)
limit_out = %d/%d
rest = 1s
[one](limited)
host = 127.0.0.11
[two](limited)
host = 127.0.0.12
[three](provider)
host = 127.0.0.13
[out]
type = group
trunks = one & two, three
"""

# As Asterisk has it.
WIZARD = """\
[wiz]
type = wizard
remote_hosts = %s
endpoint/context = office
endpoint/allow = !all,ulaw,alaw
"""

RATE = 15
RINGS_AFTER, RINGS_FOR = 300, 300  # ms
ROOM, STARTS = 5, 6


class Storm(CallTest):
    extensions = DIALPLAN
    troubled = "127.0.0.11", "127.0.0.12"
    at_peace = ()  # providers that nothing happens to
    by = ()        # SIPp's way to say how they are reached
    dead_for = 0.5, 2  # seconds
    calls = 300
    files = {"sip.conf": SIP_CONF + "[load]\ntype = peer\nmatch = 127.0.0.5\n"
                                    "context = office\n",
             "trunks.conf": TRUNKS}

    def provider(self, address):
        answering = Callee().expect_invite().reply("100 Trying", tag=False).pause(RINGS_AFTER)
        answering.ringing().pause(RINGS_FOR).answer().receive("ACK").expect_bye()
        one = Sipp(self.folder, answering, 5060, address, calls=100000, timeout=90,
                   trace=False, extra=self.by)
        self.addCleanup(one.stop)
        return one

    def look(self):
        """Beside the trouble."""

    def trouble(self, seed):
        """One after the other, never both: killed, or stopped, and back after a while."""
        chance = random.Random(seed)
        while not self.over.wait(chance.uniform(0.5, 1)):
            address = chance.choice(self.troubled)
            victim = self.providers[address]
            if chance.random() < 0.5:
                os.killpg(victim.process.pid, signal.SIGKILL)
                victim.process.wait()
                self.over.wait(chance.uniform(*self.dead_for))
                self.providers[address] = self.provider(address)
            else:
                os.killpg(victim.process.pid, signal.SIGSTOP)
                self.over.wait(chance.uniform(0.5, 3))
                os.killpg(victim.process.pid, signal.SIGCONT)
            self.troubles += 1
            time.sleep(0.5)  # it takes a moment to listen

    def test_no_call_is_lost(self):
        seed = int(os.environ.get("SEED", random.randrange(10000)))
        print("# seed %d" % seed)
        self.providers = {address: self.provider(address)
                          for address in self.troubled + self.at_peace}
        self.over, self.troubles = threading.Event(), 0
        threads = [threading.Thread(target=self.trouble, args=(seed,)),
                   threading.Thread(target=self.look)]
        caller = Caller("0301234").invite().receive(100, optional=True)
        caller.receive(180, optional=True).receive(183, optional=True)
        caller.receive(200, routes=True).ack().pause(500).request("BYE").receive(200)
        time.sleep(0.5)
        for thread in threads:
            thread.start()
        try:
            load = Sipp(self.folder, caller, 5090, "127.0.0.5", calls=self.calls, timeout=60,
                        extra=["-r", str(RATE)], trace=False)
            self.addCleanup(load.stop)
            load.finish(70)
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
        print("# %d times a provider was away" % self.troubles)
        print("# " + self.exchange.ask("sip show trunks").replace("\n", "\n# "))
        self.assertGreater(self.troubles, 5)
        self.check_that_some_died()

    def check_that_some_died(self):
        """There were such calls, and they went on."""
        died = self.exchange.ask("sip show trunks one") + self.exchange.ask("sip show trunks two")
        self.assertIn("with cause 18", died)


class Connected(Storm):
    """The same by TCP, where whoever dies takes the connection with him."""

    by = ("-t", "t1")
    files = {"sip.conf": Storm.files["sip.conf"] + "[tcp]\ntype = transport\nprotocol = tcp\n"
                                                   "bind = 127.0.0.1:5060\n",
             "trunks.conf": re.sub(r"(host = \S+)", r"\1\\;transport=tcp", TRUNKS)}


class Limited(Storm):
    """The same where each that is in trouble is full again and again as well."""

    files = {**Storm.files, "trunks.conf": LIMITED % (ROOM, STARTS)}
    at_peace = ("127.0.0.13",)
    by = ("-aa",)  # it answers OPTIONS
    dead_for = 2.5, 3.5  # for less than qualify_retry it goes unseen
    calls = 500

    def look(self):
        """How many calls each has, while there is trouble."""
        while not self.over.wait(0.1):
            for line in self.exchange.ask("sip show trunks").splitlines():
                name, *_, out = line.replace(" ms ", " ").split()[:5]
                if name in self.most:
                    self.most[name] = max(self.most[name], int(out))

    def test_no_call_is_lost(self):
        self.most = {"one": 0, "two": 0, "three": 0}
        super().test_no_call_is_lost()
        print("# at a time:", self.most)
        self.assertEqual(max(self.most["one"], self.most["two"]), ROOM)
        self.assertGreater(self.most["three"], 0)


class Wizard(Storm):
    """The same where both are hosts of one trunk of pjsip_wizard.conf."""

    extensions = "[office]\nexten => _0X.,1,Dial(PJSIP/${EXTEN}@wiz,30)\n"
    hosts = Storm.troubled
    files = {"sip.conf": Storm.files["sip.conf"], "pjsip_wizard.conf": WIZARD % ",".join(hosts)}

    def check_that_some_died(self):
        """To the trunk each is one call that was answered, wherever."""
        shown = self.exchange.ask("sip show trunks wiz")
        self.assertRegex(shown, r"(?m)^wiz .* %d +%d +100 %%" % (self.calls, self.calls))


class Ways(Wizard):
    """The same where such a trunk is one of the ways of a group."""

    extensions = DIALPLAN
    troubled = Storm.troubled + ("127.0.0.13",)
    files = {**Wizard.files, "trunks.conf": TRUNKS.replace("one & two", "wiz & three") +
             "[three](provider)\nhost = 127.0.0.13\nrest = 1s\n"}

    def check_that_some_died(self):
        """Both have had calls."""
        shown = self.exchange.ask("sip show trunks")
        for name in "wiz", "three":
            self.assertRegex(shown, r"(?m)^%s .* [1-9]\d* +\d+ +\d+ %%" % name)


if __name__ == "__main__":
    tap.main()
