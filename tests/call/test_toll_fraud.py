#!/usr/bin/python3
"""Attacks of those who call at our cost, played with their own tools: a scanner, guessed
passwords, a password that was found, a phone that forwards to a costly number. What may
not be reaches no provider, and is told in the log."""

import re
import subprocess
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.scenario import Callee, Caller
from lib.sipp import Sipp
from lib.wire import Wire, answer, reply

# What gives itself away is banned at once; here it must be found out.
UNMASKED = SIP_CONF.replace("type = global\n", "type = global\nscanners =\n")

PHONE = """\
[1009]
type = phone
context = office
match = 127.0.0.13
host = 127.0.0.13:5070
"""

TRUNKS = """\
[tel]
host = 127.0.0.11
country = DE
numbers = _4930555XX
context = from-tel
qualify = 0
rates = tel.csv

[guard]
type = guard
destinations = 5
stop = yes
daily_spend = 0.02
"""

DIALPLAN = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},20)
exten => _0X.,1,Dial(SIP/${EXTEN}@tel,20)
[from-tel]
exten => _4930555XX,1,Dial(SIP/10${EXTEN:-2},20)
"""

INVITE = """\
INVITE sip:%(number)s@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP %(host)s:%(port)d;branch=z9hG4bKfraud%(n)d;rport
Max-Forwards: 70
From: <sip:%(user)s@127.0.0.1>;tag=%(n)d
To: <sip:%(number)s@127.0.0.1>
Call-ID: fraud%(call)s
CSeq: %(n)d INVITE
Contact: <sip:%(user)s@%(host)s:%(port)d>
%(more)sContent-Type: application/sdp
Content-Length: 89

v=0
o=- 1 1 IN IP4 127.0.0.66
s=-
c=IN IP4 127.0.0.66
t=0 0
m=audio 7000 RTP/AVP 0
"""


def request(method, values, got):
    """What belongs to an INVITE of these values, which was answered so."""
    text = (INVITE % values).partition("Content-Type")[0].replace("INVITE", method)
    text += "Content-Length: 0\n\n"
    return re.sub(r"(?m)^To: .*", re.search(r"(?m)^To: .*", got).group(), text)


class Fraud(CallTest):
    extensions = DIALPLAN
    files = {"sip.conf": UNMASKED + PHONE, "trunks.conf": TRUNKS,
             "tel.csv": "49,0.01\n4990,1.99\n43,0.05\n8,1\n",
             "logger.conf": "[logfiles]\nconsole => error,warning,notice\n"}

    def provider(self):
        """It answers whoever calls."""
        scenario = Callee().expect_invite().answer().receive("ACK").expect_bye()
        one = Sipp(self.folder, scenario, 5060, "127.0.0.11", calls=1000, timeout=60)
        self.addCleanup(one.stop)
        while not re.search(r"(?m)^ *\d+: 0B00007F:13C4 ", self.udp()):
            time.sleep(0.05)
        return one

    @staticmethod
    def udp():
        """The sockets that there are."""
        with open("/proc/net/udp", encoding="ascii") as file:
            return file.read()

    def called(self, provider):
        """The numbers that have reached it."""
        return re.findall(r"(?m)^INVITE sip:(\S+?)@", "".join(provider.received("INVITE")))

    def tool(self, *arguments):
        done = subprocess.run(
            ["timeout", "-k", "1", "20", *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.stdout.decode(errors="replace")

    def scan(self):
        return self.tool("svwar", "--force", "-m", "INVITE", "-e0900123400-0900123450",
                         "127.0.0.1")

    def told(self, *parts):
        """A line of the log has all of these."""
        self.exchange.wait_log(".*".join(parts))

    # ---- without a password ----

    def test_a_scanner_calls_nobody(self):
        provider = self.provider()
        self.assertIn("found nothing", self.scan())
        self.assertEqual(self.called(provider), [])
        # By its name it is known at once.
        self.exchange.write("sip.conf", SIP_CONF + PHONE)
        self.exchange.ask("core reload")
        self.assertIn("found nothing", self.scan())
        self.told("127.0.0.1 ", "banned", "scanner")
        self.assertEqual(self.called(provider), [])

    def test_who_guesses_passwords_is_locked_out(self):
        words = self.folder + "/words"
        with open(words, "w", encoding="ascii") as file:
            file.writelines("guess-%d\n" % n for n in range(400))
            file.write("secret-1001\n")
        said = self.tool("svcrack", "-u1001", "-d", words, "127.0.0.1")
        self.assertNotIn("secret-1001", said)
        self.told("1001", "Failed to authenticate")
        self.assertIn("wrong passwords", self.exchange.ask("sip show bans"))

    # ---- with one ----

    def thief(self):
        """It knows the password of 1001."""
        wire = Wire(address="127.0.0.66")
        self.addCleanup(wire.close)
        return wire

    def final(self, wire, values):
        """The answer to this request; BYEs of others are answered on the way."""
        while True:
            text = wire.receive(5)
            self.assertIsNotNone(text)
            if text.startswith("BYE"):
                wire.send(reply(text, "200 OK"))
            elif re.search("(?m)^SIP/2.0 [2-6](.*\n)*Call-ID: fraud%s\nCSeq: %d INVITE"
                           % (values["call"], values["n"]), text):
                return text

    def settle(self, wire):
        """It answers until nobody says any more."""
        while True:
            text = wire.receive(1.5)
            if not text:
                break
            if text.startswith("BYE"):
                wire.send(reply(text, "200 OK"))
        self.exchange.wait_idle(timeout=40)

    def steal(self, wire, number, n):
        """The final answer to a call."""
        values = {"number": number, "host": wire.address, "port": wire.port,
                  "user": "1001", "call": number, "n": 2 * n, "more": ""}
        wire.send(INVITE % values)
        challenge = self.final(wire, values)
        wire.send(request("ACK", values, challenge))
        values["n"] += 1
        values["more"] = answer(challenge, "INVITE", "sip:%s@127.0.0.1" % number, "1001",
                                "secret-1001")
        wire.send(INVITE % values)
        got = self.final(wire, values)
        if got.startswith("SIP/2.0 200"):
            wire.send(request("ACK", values, got))
        return got

    def test_a_found_password_is_stopped_when_it_calls_all_the_world(self):
        provider, wire = self.provider(), self.thief()
        got = [self.steal(wire, "00%d" % (8821300000 + n), n) for n in range(1, 9)]
        refused = [text.startswith("SIP/2.0 403") for text in got]
        # The fifth number is one too many.
        self.assertEqual(refused, [False] * 4 + [True] * 4)
        self.told("UnusualCalls: user '1001'", "8821300005")
        self.told("TollFraud: user '1001', trunk 'tel', number '008821300006'")
        self.assertEqual(len(set(self.called(provider))), 4)
        self.assertRegex(self.exchange.ask("sip show guard"), r"1001 .* stopped")
        self.settle(wire)

    def test_its_calls_end_with_the_money_of_the_day(self):
        wire = self.thief()
        self.provider()
        self.assertIn("SIP/2.0 200", self.steal(wire, "0900123456", 1))
        self.told("TollLimit: user '1001'", "daily_spend")
        self.settle(wire)
        self.assertRegex(self.exchange.ask("sip show guard"), r"1001 +0\.0 +0\.02 +0 ")
        self.assertTrue(self.steal(wire, "0301234567", 2).startswith("SIP/2.0 403"))

    # ---- a phone that forwards ----

    def test_no_phone_forwards_to_a_costly_number(self):
        provider = self.provider()
        moved = Callee().expect_invite()
        moved.reply("302 Moved", more=["Contact: <sip:0900123456@127.0.0.1>"])
        moved.receive("ACK")
        phone = Sipp(self.folder, moved, 5070, "127.0.0.13", calls=1)
        caller = Caller("493055509").invite().receive(100, optional=True)
        caller.receive(181, optional=True).receive(403).ack_failure()
        # From the provider itself, who calls 1009.
        Sipp(self.folder, caller, 5090, "127.0.0.11", calls=1).finish()
        phone.finish()
        self.told("TollFraud: user '1009', trunk 'tel', number '0900123456'", "forward")
        self.assertEqual(self.called(provider), [])


if __name__ == "__main__":
    tap.main()
