#!/usr/bin/python3
"""Two baresip phones: one writes to the other, at once and by the dialplan."""

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF, TCP_CONF
from lib.wire import Wire

DIALPLAN = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},10)
[texts]
exten => _10XX,1,Set(MESSAGE(body)=${MESSAGE(body)} and more)
 same => n,MessageSend(pjsip:${EXTEN},${MESSAGE(from)})
 same => n,Verbose(1,the text: ${MESSAGE_SEND_STATUS})
"""

CONTACT = "\"Bob\" <sip:1002@127.0.0.1:5060>\n"


class Texts(CallTest):
    extensions = DIALPLAN
    files = {"sip.conf": SIP_CONF.replace(
        "secret-1003", "secret-1003\nmessage_context = texts")}

    def write(self, writer, text):
        """What the other phone is sent, once it has taken it with a 200."""
        alice = self.phone(writer, config="module_app contact.so\n",
                           contacts=CONTACT)
        self.phone("1002")
        self.exchange.ask("sip trace on")
        alice.command("message", text)
        self.exchange.wait_log("Server: baresip")
        with open(self.exchange.log_path) as f:
            return f.read().split("MESSAGE sip:1002-")[1]

    def test_a_text_reaches_the_other_phone(self):
        self.assertIn(" Grüß Gott\n", self.write("1001", "Grüß Gott"))

    def test_the_dialplan_may_change_it(self):
        self.assertIn("Hello and more\n", self.write("1003", "Hello"))
        self.exchange.wait_log("the text: SUCCESS")


class LongTexts(CallTest):
    files = {"sip.conf": SIP_CONF + TCP_CONF + """
[1005](phone)
match = 127.0.0.5
[1006](phone)
match = 127.0.0.6
"""}

    def test_one_that_no_datagram_holds_is_too_large_for_who_takes_no_connection(self):
        """RFC 3428 §8. Nobody listens at the phone's port for TCP."""
        phone, writer = Wire("127.0.0.5"), Wire("127.0.0.6")
        self.addCleanup(phone.close)
        self.addCleanup(writer.close)
        phone.send(phone.register("1005"))
        self.assertIn("SIP/2.0 200 ", phone.final())
        body = "x" * 1400
        writer.send(
            "MESSAGE sip:1005@127.0.0.1 SIP/2.0\n"
            "Via: SIP/2.0/UDP 127.0.0.6:5555;branch=z9hG4bKlong;rport\nMax-Forwards: 70\n"
            "From: <sip:1006@127.0.0.1>;tag=long\nTo: <sip:1005@127.0.0.1>\n"
            "Call-ID: long\nCSeq: 1 MESSAGE\nContent-Type: text/plain\n"
            "Content-Length: %d\n\n%s" % (len(body), body))
        self.assertIn("SIP/2.0 413 ", writer.final())
        self.assertIsNone(phone.receive(0.5))


if __name__ == "__main__":
    tap.main()
