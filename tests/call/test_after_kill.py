#!/usr/bin/python3
"""The daemon is killed with everything that it can know in its head, and started again:
what it knew it knows, what its phones were told is true, and what ended with it is over."""

import os
import re
import signal
import time
import wave

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF, TCP_CONF
from lib.panel import Panel
from lib.wire import Wire

EXTENSIONS = """\
[office]
include => parkedcalls
exten => 1001,hint,SIP/1001
exten => 701,hint,park:701@parkedcalls
exten => night,hint,Custom:night
exten => away,hint,DND:1002
exten => 600,1,Answer()
 same => n,Echo()
exten => 601,1,Answer()
 same => n,Park()
exten => 603,1,Answer()
 same => n,Wait(1)
exten => 500,1,VoiceMail(1005,s)
exten => 602,1,Set(DEVICE_STATE(Custom:night)=INUSE)
 same => n,Set(DND(1002)=yes)
 same => n,Set(FORWARD(1003,busy)=1001)
 same => n,Set(MWI(1001)=3,1)
 same => n,Set(DB(office/word)=kept)
 same => n,Hangup()
"""

PEERS = """
[panel]
type = phone
mailbox = 1005@default
match = 127.0.0.7
context = office

[caller]
type = phone
match = 127.0.0.5
context = office
"""

SAFE = 0.1  # seconds after which what was said outlives the daemon

LAMPS = ("1001", "701", "night", "away")
SDP = ("v=0\no=- 1 1 IN IP4 127.0.0.5\ns=-\nc=IN IP4 127.0.0.5\nt=0 0\n"
       "m=audio 7000 RTP/AVP 0\n")


class AfterKill(CallTest):
    extensions = EXTENSIONS
    files = {"sip.conf": SIP_CONF + PEERS + TCP_CONF,
             "voicemail.conf": "[general]\nminsecs = 1\n[default]\n1005 => 7394\n",
             "queues.conf": "[general]\npersistentmembers = yes\n[help]\nmember => SIP/1003\n"}

    QUESTIONS = ("queue show help", "mwi show", "database show office", "sip show contacts",
                 "reach show")

    def ask_all(self):
        said = {}
        for question in self.QUESTIONS:
            status, text = self.exchange.run(question)
            self.assertEqual(status, 0, (question, text))
            said[question] = text
        # How long they are valid is less by now.
        said["contacts"] = re.findall(r"sip:\S+", said.pop("sip show contacts"))
        return said

    def call(self, number):
        caller = Wire("127.0.0.5", 5000 + int(number))
        self.addCleanup(caller.close)
        caller.send("INVITE sip:%s@127.0.0.1 SIP/2.0\n"
                    "Via: SIP/2.0/UDP 127.0.0.5:5%s;branch=z9hG4bKi%s;rport\n"
                    "Max-Forwards: 70\nFrom: <sip:caller@127.0.0.1>;tag=c\n"
                    "To: <sip:%s@127.0.0.1>\nCall-ID: call%s\nCSeq: 1 INVITE\n"
                    "Contact: <sip:caller@127.0.0.5:5%s>\nContent-Type: application/sdp\n"
                    "Content-Length: %d\n\n%s" % (
                        number, number, number, number, number, number, len(SDP.replace("\n", "\r\n")), SDP))
        answer = caller.final()
        caller.send("ACK sip:%s@127.0.0.1 SIP/2.0\n"
                    "Via: SIP/2.0/UDP 127.0.0.5:5%s;branch=z9hG4bKa%s;rport\n"
                    "Max-Forwards: 70\n%sCSeq: 1 ACK\nContent-Length: 0\n\n" % (
                        number, number, number,
                        "".join(re.findall(r"(?m)^(?:From|To|Call-ID): .*\n", answer))))
        return answer

    def kill(self):
        time.sleep(SAFE)
        self.exchange.process.send_signal(signal.SIGKILL)
        self.exchange.process.wait()

    def test_it_goes_on_where_it_was(self):
        alice = self.phone("1001", 440)
        panel = Panel()
        self.addCleanup(panel.close)
        for number in LAMPS:
            panel.subscribe(number)
            panel.look(0.3)
        alice.dial("600")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        alice.hangup()
        alice.wait_for("CALL_CLOSED")
        self.call("602")
        self.exchange.ask("queue add member SIP/1001 to help penalty 3 as Alice")
        self.exchange.ask("queue pause member SIP/1001 queue help reason lunch")
        self.exchange.ask("queue pause member SIP/1003 queue help reason tea")
        self.exchange.ask("queue set penalty 7 on SIP/1003")
        self.call("601")
        panel.wait({"1001": "terminated", "701": "confirmed", "night": "confirmed",
                    "away": "confirmed"})
        self.exchange.wait_output("parkedcalls show", "1 parked call")
        before = self.ask_all()
        self.assertIn("Alice", before["queue show help"])
        self.assertIn("penalty 7, unavailable, paused for tea", before["queue show help"])
        self.assertIn("kept", before["database show office"])
        subscriptions = self.exchange.ask("sip show subscriptions").count("active")
        self.kill()
        panel.lamps.clear()
        self.exchange.start()
        self.exchange.wait_ready()
        self.assertEqual(self.ask_all(), before)
        self.assertEqual(self.exchange.ask("sip show subscriptions").count("active"),
                         subscriptions)
        self.assertIn("0 parked calls", self.exchange.ask("parkedcalls show"))
        # The one that was parked is gone, and the panel is told without being asked.
        panel.wait({"1001": "terminated", "701": "terminated", "night": "confirmed",
                    "away": "confirmed"})
        self.assertEqual(set(panel.active.values()), {"active"})
        self.assertRegex(self.exchange.ask("report calls"), r"(?m)^\d+ calls?, \d+ answered")
        self.assertIn("600", self.exchange.ask("report calls"))
        # The phone is called where it was, and its lamp follows.
        self.exchange.ask("channel originate SIP/1001 application Wait 3")
        alice.wait_for("CALL_ESTABLISHED", count=2)
        panel.wait({"1001": "confirmed", "701": "terminated", "night": "confirmed",
                    "away": "confirmed"})

    def test_a_call_that_is_cut_off_has_its_record(self):
        alice = self.phone("1001", 440)
        alice.dial("600")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(11)  # it is looked for every 5 s
        self.kill()
        self.exchange.start()
        self.exchange.wait_ready()
        self.exchange.wait_output("report calls", r"(?m)^1 call, 1 answered")
        self.assertRegex(self.exchange.ask("report calls"),
                         r"(?m) 1001 +600 +ANSWERED +0:(0[5-9]|1\d) +0:(0[5-9]|1\d) .*Echo")
        with open(os.path.join(self.exchange.state, "log", "cdr-csv", "Master.csv")) as f:
            self.assertEqual(f.read().count('"Echo"'), 1)

    def test_each_thing_is_kept_that_was_said_a_tenth_of_a_second_before(self):
        caller = Wire("127.0.0.5", 5098)
        self.addCleanup(caller.close)

        def register(seconds):
            caller.send("REGISTER sip:127.0.0.1 SIP/2.0\n"
                        "Via: SIP/2.0/UDP 127.0.0.5:5098;branch=z9hG4bKr%d;rport\n"
                        "Max-Forwards: 70\nFrom: <sip:caller@127.0.0.1>;tag=r\n"
                        "To: <sip:caller@127.0.0.1>\nCall-ID: register\nCSeq: %d REGISTER\n"
                        "Contact: <sip:caller@127.0.0.5:5098>\nExpires: %d\n"
                        "Content-Length: 0\n\n" % (*[self.exchange.process.pid] * 2, seconds))
            self.assertIn("200 OK", caller.final())

        def subscribe():
            panel = Panel()
            panel.subscribe("night")
            panel.wait({"night": "terminated"})
            panel.close()

        def publish():
            body = ('<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" '
                    'entity="sip:caller@127.0.0.1"><tuple id="a"><status><basic>open</basic>'
                    '</status></tuple></presence>')
            caller.send("PUBLISH sip:caller@127.0.0.1 SIP/2.0\n"
                        "Via: SIP/2.0/UDP 127.0.0.5:5098;branch=z9hG4bKp;rport\n"
                        "Max-Forwards: 70\nFrom: <sip:caller@127.0.0.1>;tag=p\n"
                        "To: <sip:caller@127.0.0.1>\nCall-ID: publish\nCSeq: 1 PUBLISH\n"
                        "Event: presence\nExpires: 600\nContent-Type: application/pidf+xml\n"
                        "Content-Length: %d\n\n%s" % (len(body), body))
            self.assertIn("200 OK", caller.final())

        def call():
            ask("channel originate Local/603@office application Wait 5")
            self.exchange.wait_output("core show channels", r"\b[12] active channel")
            self.exchange.wait_idle()

        ask = self.exchange.ask
        for do, question, answer in (
                (lambda: register(600), "sip show contacts caller", r"127\.0\.0\.5:5098"),
                (lambda: register(3600), "sip show contacts caller", r"5098 +3[56]\d\d\b"),
                (lambda: register(0), "sip show contacts caller", r"(?m)^0 contacts"),
                (subscribe, "sip show subscriptions", "night"),
                (publish, "sip show publications", r"caller +caller .* 5[89]\d\b"),
                (lambda: ask("queue add member SIP/1001 to help as Alice"),
                 "queue show help", "Alice"),
                (lambda: ask("queue pause member SIP/1001 queue help reason lunch"),
                 "database show Queue", "lunch"),
                (lambda: ask("queue remove member SIP/1001 from help"),
                 "queue show help", "(?s)^(?!.*Alice)"),
                (lambda: ask("database put office word said"), "database show office", "said"),
                (lambda: ask("database del office word"), "database show office",
                 "(?s)^(?!.*said)"),
                (lambda: self.call("602"), "mwi show", r"(?m)^1001\b.*\b3\b"),
                (call, "report calls", r"(?s)(?=.* 603 +s +ANSWERED)(?=.* {9}603 +ANSWERED)"
                 r".*\n1 call, 1 answered")):
            with self.subTest(question=question, answer=answer):
                do()
                self.kill()
                self.exchange.start()
                self.exchange.wait_ready()
                self.assertRegex(ask(question), answer)

    def test_a_phone_by_tcp_is_called_where_it_was(self):
        alice = self.phone("1001", 440, extra=';outbound="sip:127.0.0.1:5060;transport=tcp"')
        before = self.ask_all()
        self.assertIn("transport=tcp", before["contacts"][0])
        self.kill()
        self.exchange.start()
        self.exchange.wait_ready()
        self.assertEqual(self.ask_all(), before)
        self.exchange.ask("channel originate SIP/1001 application Wait 3")
        alice.wait_for("CALL_ESTABLISHED")

    def speak(self, phone, seconds):
        phone.dial("500")
        phone.wait_for("CALL_ESTABLISHED", count=phone.said + 1)
        phone.said += 1
        time.sleep(seconds)

    def leave_message(self, phone, closed):
        self.speak(phone, 3)
        phone.hangup()
        phone.wait_for("CALL_CLOSED", count=closed)

    def messages(self):
        """The files of the mailbox, by folder; what lies about is there too."""
        box = os.path.join(self.exchange.state, "spool", "voicemail", "default", "1005")
        return sorted(os.path.relpath(os.path.join(folder, name), box)
                      for folder, _, names in os.walk(box) for name in names)

    def test_messages_and_their_lamps_are_there_with_what_was_said_until_then(self):
        alice, panel = self.phone("1001", 440), Panel()
        alice.said = 0
        self.addCleanup(panel.close)
        panel.subscribe("panel", "message-summary", "application/simple-message-summary")
        panel.wait({"panel": "0/0"})
        self.leave_message(alice, 1)
        panel.wait({"panel": "1/0"})
        whole = self.messages()
        self.speak(alice, 5)  # it is being recorded when the end comes
        self.kill()
        panel.lamps.clear()
        self.exchange.start()
        self.exchange.wait_ready()
        self.assertIn("1005", self.exchange.ask("voicemail show users"))
        alice.hangup()
        alice.wait_for("CALL_CLOSED", count=2)
        panel.wait({"panel": "2/0"})
        self.assertEqual(self.messages(), sorted(
            whole + [name.replace("msg0000", "msg0001") for name in whole]))
        path = os.path.join(self.exchange.state, "spool", "voicemail", "default", "1005",
                            "INBOX", "msg0001.")
        with wave.open(path + "wav") as f:
            self.assertGreater(f.getnframes(), 2.5 * f.getframerate())
        with open(path + "txt") as f:
            self.assertRegex(f.read(), r"(?s)callerid=.*1001.*duration=[3-6]\n")
        self.leave_message(alice, 3)
        panel.wait({"panel": "3/0"})
        self.assertEqual(len(self.messages()), 3 * len(whole))

    def test_a_kill_while_it_starts_and_again_loses_nothing(self):
        self.phone("1001", 440)
        self.call("602")
        self.exchange.ask("queue add member SIP/1001 to help as Alice")
        before = self.ask_all()
        self.kill()
        for delay in (0.02, 0.05, 0.1, 0.2, 0.4):
            self.exchange.start()
            time.sleep(delay)
            self.exchange.process.send_signal(signal.SIGKILL)
            self.exchange.process.wait()
        self.exchange.start()
        self.exchange.wait_ready()
        self.assertEqual(self.ask_all(), before)


if __name__ == "__main__":
    tap.main()
