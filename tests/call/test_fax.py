#!/usr/bin/python3
"""A page by fax: two machines of spandsp, each behind a phone that signals by hand, switch
from sound to T.38 and back, and the page goes through the daemon. Each datagram that comes
is one that was sent, byte for byte. Where it stays sound, a page goes through a trunk."""

import os
import re

from lib import fax, tap
from lib.capture import ALAW, ULAW
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.wire import Wire

DIALPLAN = """\
[office]
exten => 2002,1,Dial(SIP/receiver,10)
exten => 2003,1,Dial(SIP/other,10)
"""

PEER = """
[%s]
type = peer
context = office
host = %s:5555
allow = alaw,ulaw
"""

SETTINGS = (SIP_CONF + PEER % ("sender", "127.0.0.7") + "t38 = yes\n" +
            PEER % ("receiver", "127.0.0.8") + "t38 = yes\n" +
            PEER % ("other", "127.0.0.9"))

LINE = """\
m=image %d udptl t38
a=T38FaxVersion:0
a=T38MaxBitRate:14400
a=T38FaxRateManagement:transferredTCF
a=T38FaxMaxBuffer:1800
a=T38FaxMaxDatagram:%d
a=T38FaxUdpEC:t38UDPRedundancy
"""

FAX_PORT, SOUND_PORT = 7010, 7000


class Adapter:
    """What a fax machine is behind: one dialog, by hand."""

    def __init__(self, address, takes, law=ALAW):
        self.wire, self.law = Wire(address, 5555), law
        self.address, self.takes, self.cseq = address, takes, 0
        self.call_id, self.ours, self.theirs = "fax", address.replace(".", "-"), ""

    def close(self):
        self.wire.close()

    def body(self, line):
        return ("v=0\no=- 1 %d IN IP4 %s\ns=-\nc=IN IP4 %s\nt=0 0\n%s"
                % (self.cseq + 1, self.address, self.address, line))

    def sound(self):
        return self.body("m=audio %d RTP/AVP %d\n" % (SOUND_PORT, self.law))

    def image(self):
        return self.body(LINE % (FAX_PORT, self.takes))

    def send(self, start, headers, body=""):
        if body:
            headers += "Content-Type: application/sdp\n"
        self.wire.send("%s\n%sContact: <sip:fax@%s:5555>\nContent-Length: %d\n\n%s" % (
            start, headers, self.address, len(body.replace("\n", "\r\n")), body))

    def request(self, method, body="", user=""):
        if method != "ACK":
            self.cseq += 1
        self.send("%s sip:%s127.0.0.1 SIP/2.0" % (method, user), (
            "Via: SIP/2.0/UDP %s:5555;branch=z9hG4bK%s%s%d\nMax-Forwards: 70\n"
            "From: <sip:fax@%s>;tag=%s\nTo: <sip:x@127.0.0.1>%s\nCall-ID: %s\nCSeq: %d %s\n"
            % (self.address, self.ours, method, self.cseq, self.address, self.ours,
               self.theirs, self.call_id, self.cseq, method)), body)

    def called(self):
        """The next request; the dialog is its."""
        request = self.wire.receive()
        self.call_id = re.search(r"^Call-ID: *(\S+)", request, re.M).group(1)
        self.theirs = re.search(r"^From:.*(;tag=\S+)", request, re.M).group(1)
        return request

    def answer(self, request, status, body=""):
        lines = [line + (";tag=" + self.ours if line.startswith("To:") and
                         "tag=" not in line else "")
                 for line in request.split("\n")
                 if re.match(r"(Via|From|To|Call-ID|CSeq):", line)]
        self.send("SIP/2.0 " + status, "\n".join(lines) + "\n", body)

    def answered(self):
        answer = self.wire.final()
        if "tag=" not in self.theirs:
            self.theirs = re.search(r"^To:.*(;tag=\S+)", answer, re.M).group(1)
        if answer.startswith("SIP/2.0 200") and " INVITE" in answer:
            self.request("ACK")
        return answer


class FaxTest(CallTest):
    extensions = DIALPLAN
    files = {"sip.conf": SETTINGS}

    def adapter(self, address, takes=400, law=ALAW):
        adapter = Adapter(address, takes, law)
        self.addCleanup(adapter.close)
        return adapter

    def connect(self, one, other, number):
        one.request("INVITE", one.sound(), number + "@")
        invite = other.called()
        self.assertNotIn("m=image", invite)
        other.answer(invite, "200 OK", other.sound())
        answer = one.answered()
        self.assertIn("SIP/2.0 200", answer)
        self.assertTrue(other.wire.receive().startswith("ACK "))
        return answer, invite

    def switch(self, asks, is_asked, by, status="200 OK"):
        """One asks, the other answers; what each is told."""
        asks.request("INVITE", by(asks))
        invite = is_asked.wire.receive()
        self.assertTrue(invite.startswith("INVITE "), invite)
        is_asked.answer(invite, status, by(is_asked) if status.startswith("2") else "")
        self.assertTrue(is_asked.wire.receive().startswith("ACK "))
        answer = asks.answered()
        self.assertIn("SIP/2.0 " + status, answer)
        return answer, invite

    def where(self, message):
        """To which a machine is to send."""
        return (re.search(r"^c=IN IP4 (\S+)", message, re.M).group(1),
                int(re.search(r"^m=image (\d+) udptl t38", message, re.M).group(1)))

    def fax_at(self, address, to, **what):
        machine = fax.Machine(address, FAX_PORT, **what)
        self.addCleanup(machine.close)
        machine.to = to
        return machine

    def hang_up(self, one, other):
        one.request("BYE")
        self.assertIn("SIP/2.0 200", one.answered())
        other.answer(other.wire.receive(), "200 OK")
        self.exchange.wait_idle()

    def send_page(self, sender, receiver, to_sender, to_receiver):
        lines = fax.page(300)
        sheet, copy = (os.path.join(self.folder, name) for name in ("sheet.tif", "copy.tif"))
        fax.write_page(sheet, lines)
        machines = [self.fax_at(sender.address, self.where(to_sender), sends=sheet),
                    self.fax_at(receiver.address, self.where(to_receiver), receives=copy)]
        fax.run(machines)
        one, other = machines
        self.assertEqual((one.result, other.result), (0, 0))
        self.assertEqual(fax.read_page(copy), lines)
        self.assertGreater(len(one.sent), 100)
        self.assertEqual(other.received, one.sent)
        self.assertEqual(one.received, other.sent)
        return one, other


class Fax(FaxTest):
    def test_a_page_goes_through(self):
        if not fax.exists():
            self.skipTest("spandsp or libtiff is not there")
        sender, receiver = self.adapter("127.0.0.7", 500), self.adapter("127.0.0.8", 300)
        self.connect(sender, receiver, "2002")
        # mostly it is whoever is called that switches
        to_receiver, to_sender = self.switch(receiver, sender, Adapter.image)
        self.assertIn("a=T38FaxMaxDatagram:500\n", to_receiver)
        self.assertIn("a=T38FaxMaxDatagram:300\n", to_sender)
        self.assertIn("a=T38FaxUdpEC:t38UDPRedundancy\n", to_sender)
        self.assertNotIn("m=audio", to_sender)
        for message, other in (to_sender, "127.0.0.8"), (to_receiver, "127.0.0.7"):
            self.assertNotIn(other, message)
        one, other = self.send_page(sender, receiver, to_sender, to_receiver)
        self.exchange.wait_output("core show channel SIP/sender", (
            "t38, received %d sent %d lost 0" % (len(one.sent), len(other.sent))))
        answer, invite = self.switch(sender, receiver, Adapter.sound)
        self.assertIn("m=audio ", answer)
        self.assertNotIn("m=image", answer + invite)
        self.hang_up(sender, receiver)

    def test_a_page_goes_back(self):
        """The caller switches, and it is the called one that sends."""
        if not fax.exists():
            self.skipTest("spandsp or libtiff is not there")
        caller, called = self.adapter("127.0.0.7"), self.adapter("127.0.0.8")
        self.connect(caller, called, "2002")
        to_caller, to_called = self.switch(caller, called, Adapter.image)
        self.send_page(called, caller, to_called, to_caller)
        self.hang_up(caller, called)

    def test_who_is_refused_keeps_its_sound(self):
        caller, called = self.adapter("127.0.0.7"), self.adapter("127.0.0.8")
        self.connect(caller, called, "2002")
        answer, _ = self.switch(called, caller, Adapter.image, "488 Not Acceptable Here")
        called.request("ACK")
        self.assertIn("Warning: 305", answer)
        answer, _ = self.switch(caller, called, Adapter.image, "488 Not Acceptable Here")
        caller.request("ACK")
        shown = self.exchange.ask("core show channel SIP/sender")
        self.assertIn("alaw, received", shown)
        self.assertNotIn("t38", shown)
        self.hang_up(caller, called)

    def test_who_has_no_fax_is_not_asked(self):
        caller, called = self.adapter("127.0.0.7"), self.adapter("127.0.0.9")
        self.connect(caller, called, "2003")
        for asks in caller, called:
            asks.request("INVITE", asks.image())
            self.assertIn("SIP/2.0 488", asks.answered())
            asks.request("ACK")
        self.assertIsNone(called.wire.receive(0.3))
        self.hang_up(caller, called)


class AsSound(FaxTest):
    """Through a trunk without T.38."""

    extensions = "[office]\nexten => 2004,1,Dial(TRUNK/tel/2004,10)\n"
    files = {"sip.conf": SETTINGS, "trunks.conf": "[tel]\nhost = 127.0.0.6:5555\n"
             "numbers = none\nqualify = 0\nallow = alaw\ncontext = office\n"}

    def page_goes_through(self, law):
        if not fax.exists():
            self.skipTest("spandsp or libtiff is not there")
        sender, receiver = self.adapter("127.0.0.9", law=law), self.adapter("127.0.0.6")
        lines = fax.page(100)
        sheet, copy = (os.path.join(self.folder, name) for name in ("sheet.tif", "copy.tif"))
        fax.write_page(sheet, lines)
        modems = [fax.Modem(sender.address, SOUND_PORT, law, sends=sheet),
                  fax.Modem(receiver.address, SOUND_PORT, ALAW, receives=copy)]
        for modem, message in zip(modems, self.connect(sender, receiver, "2004")):
            self.addCleanup(modem.close)
            modem.to = "127.0.0.1", int(re.search(r"^m=audio (\d+)", message, re.M).group(1))
        fax.run_as_sound(modems)
        self.assertEqual([modem.result for modem in modems], [0, 0])
        self.assertEqual(fax.read_page(copy), lines)
        self.hang_up(sender, receiver)

    def test_a_page_passes_untouched(self):
        self.page_goes_through(ALAW)

    def test_and_from_one_law_to_the_other(self):
        self.page_goes_through(ULAW)


if __name__ == "__main__":
    tap.main()
