#!/usr/bin/python3
"""A call for help, over a provider that has one line: it gets that line though somebody else talks
there, says from where it comes, the house gets a mail, and who calls back finds the phone, also
after a restart and though it does not want to be disturbed."""

import email
import email.policy
import glob
import os
import re
import threading
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.wire import Wire, reply

DIALPLAN = """\
[office]
exten => 112,1,EmergencyCall(TRUNK/out/112)
exten => _0X.,1,Dial(TRUNK/out/${EXTEN},30)
exten => dnd,1,Set(DND(1002)=1)
 same => n,Hangup()
[from-provider]
exten => _X.,1,Set(phone=${EMERGENCY_CALLBACK(${EXTEN})})
 same => n,GotoIf($["${phone}" = ""]?usual)
 same => n,Set(REACH_IGNORE=1)
 same => n(usual),Dial(${IF($["${phone}" = ""]?SIP/1002:${phone})},20)
"""

TRUNKS = """\
[line]
host = 127.0.0.9
numbers = _49305551XX
context = from-provider
main_number = 4930555100
qualify = 0

[out]
type = group
trunks = line
"""

EMERGENCY = """\
[general]
email = guard@example.org
[workshop]
phones = 1002
callback = 4930555112
location = country=DE, A3=Berlin, RD=Lange Strasse, HNO=7
"""

SDP = ("v=0\no=- 1 1 IN IP4 127.0.0.9\ns=-\nc=IN IP4 127.0.0.9\nt=0 0\n"
       "m=audio 30000 RTP/AVP 0\na=rtpmap:0 PCMU/8000\n")

INVITE = ("INVITE sip:%(number)s@127.0.0.1 SIP/2.0\n"
          "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKback%(n)d\n"
          "Max-Forwards: 70\nFrom: <sip:112@127.0.0.9>;tag=back%(n)d\n"
          "To: <sip:%(number)s@127.0.0.1>\nCall-ID: back%(n)d\nCSeq: 1 INVITE\n"
          "Contact: <sip:112@127.0.0.9:5060>\nContent-Type: application/sdp\n"
          "Content-Length: %(size)d\n\n%(sdp)s")


class Line(threading.Thread):
    """A provider with one line. invites: all that came; busy: the Call-ID that has it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.wire = Wire("127.0.0.9", 5060)
        self.invites, self.byes, self.answers, self.busy, self.ends = [], [], [], None, False
        self.start()

    def stop(self):
        self.ends = True
        self.join()
        self.wire.close()

    def run(self):
        while not self.ends:
            text = self.wire.receive(0.2)
            if text:
                getattr(self, "on_" + text.split()[0].replace("/", "_").replace(".", "_").lower(),
                        lambda text: None)(text)

    def on_sip_2_0(self, text):
        self.answers.append(text)

    def on_invite(self, text):
        call = re.search(r"^Call-ID: *(\S+)", text, re.M).group(1)
        self.invites.append(text)
        if self.busy not in (None, call):
            self.wire.send(reply(text, "503 No Line"))
            return
        self.busy = call
        self.wire.send(reply(text, "200 OK", more="Contact: <sip:9@127.0.0.9:5060>\n"
                             "Content-Type: application/sdp\n", body=SDP))

    def on_bye(self, text):
        self.byes.append(text)
        self.busy = None
        self.wire.send(reply(text, "200 OK"))

    def call(self, number, n):
        self.wire.send(INVITE % {"number": number, "n": n, "sdp": SDP,
                                 "size": len(SDP.replace("\n", "\r\n"))})


class Emergency(CallTest):
    extensions = DIALPLAN
    files = {"sip.conf": SIP_CONF, "trunks.conf": TRUNKS, "emergency.conf": EMERGENCY,
             "voicemail.conf": "[general]\nmailcmd = false\nserveremail = pbx@example.org\n"}

    def setUp(self):
        self.provider = Line()
        self.addCleanup(self.provider.stop)
        super().setUp()

    def wait(self, what, seconds=8):
        end = time.monotonic() + seconds
        while not what():
            self.assertLess(time.monotonic(), end, self.exchange.log()[-3000:])
            time.sleep(0.05)

    def mails(self):
        return glob.glob(os.path.join(self.exchange.state, "spool/voicemail_outbox/*.eml"))

    def assert_place_is_told(self, invite):
        self.assertRegex(invite, r"(?m)^From: .*<sip:4930555112@")
        cid = re.search(r"(?m)^Geolocation: <cid:(.*)>$", invite).group(1)
        self.assertRegex(invite, r"(?m)^Geolocation-Routing: yes$")
        self.assertRegex(invite, r"(?m)^Content-Type: multipart/mixed")
        part = invite[invite.index("Content-ID: <%s>" % cid):]
        for element in ("<ca:country>DE", "<ca:A3>Berlin", "<ca:RD>Lange Strasse", "<ca:HNO>7"):
            self.assertIn(element, part)
        self.assertIn("m=audio", invite)

    def test_a_call_for_help_has_the_line_and_is_found_when_called_back(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        alice.dial("0301234")
        alice.wait_for("CALL_ESTABLISHED")
        self.assertNotIn("Geolocation", self.provider.invites[0])
        bob.dial("112")
        alice.wait_for("CALL_CLOSED")
        bob.wait_for("CALL_ESTABLISHED")
        self.assertRegex(self.provider.byes[0], r"(?m)^Reason: Q\.850;cause=8")
        self.assert_place_is_told(self.provider.invites[-1])
        self.wait(self.mails)
        with open(self.mails()[0], "rb") as f:
            mail = email.message_from_binary_file(f, policy=email.policy.default)
        self.assertEqual(mail["To"], "guard@example.org")
        self.assertEqual(mail["Subject"], "Emergency call from 1002, workshop")
        self.assertIn("RD: Lange Strasse", mail.get_content())
        alice.dial("0301234")
        alice.wait_for("CALL_CLOSED", count=2)  # this one is not ended for anybody
        self.assertEqual(bob.seen("CALL_CLOSED"), [])
        bob.hangup()
        bob.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.exchange.ask("channel originate Local/dnd@office application Wait 1")
        self.exchange.wait_output("reach show", r"1002 +dnd +1", 5)
        self.exchange.stop()
        self.exchange.start()
        self.exchange.wait_ready()
        self.provider.call("4930555113", 1)
        self.wait(lambda: any(" 486 " in text for text in self.provider.answers))
        self.provider.call("4930555112", 2)
        bob.wait_for("CALL_ESTABLISHED", 10, count=2)


if __name__ == "__main__":
    tap.main()
