#!/usr/bin/python3
"""Two baresip phones: one writes to the other, at once and by the dialplan."""

import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF, TCP_CONF
from lib.wire import Wire, reply

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


class AwayPhones(CallTest):
    """What is written to a phone that is switched off, over an end of the exchange."""

    def test_it_comes_when_the_phone_is_back(self):
        alice = self.phone("1001", config="module_app contact.so\n", contacts=CONTACT)
        alice.command("message", "Grüß Gott")
        self.exchange.wait_output("sip show texts", "1002")
        self.exchange.process.kill()
        self.exchange.process.wait()
        self.exchange.start()
        self.exchange.wait_ready()
        self.assertIn("1002", self.exchange.ask("sip show texts"))
        self.exchange.ask("sip trace on")
        self.phone("1002")
        self.exchange.wait_log("Server: baresip")
        self.assertIn(" Grüß Gott\n", self.exchange.log().split("MESSAGE sip:1002-")[1])
        self.assertNotIn("1002", self.exchange.ask("sip show texts"))


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


MESSAGE = ("MESSAGE sip:%(to)s@127.0.0.1 SIP/2.0\n"
           "Via: SIP/2.0/UDP 127.0.0.6:5555;branch=z9hG4bK%(body)s;rport\n"
           "Max-Forwards: 70\nFrom: <sip:1006@127.0.0.1>;tag=%(body)s\n"
           "To: <sip:%(to)s@127.0.0.1>\nCall-ID: %(body)s\nCSeq: 1 MESSAGE\n%(more)s"
           "Content-Type: text/plain\nContent-Length: %(size)d\n\n%(body)s")


class KeptTexts(CallTest):
    """For a phone that is away."""

    files = {"sip.conf": SIP_CONF + """
[1005](phone)
match = 127.0.0.5
max_kept_texts = 3
[1006](phone)
match = 127.0.0.6
[1007](phone)
match = 127.0.0.7
keep_texts = 0
"""}

    def setUp(self):
        super().setUp()
        self.reader, self.writer, self.cseq = Wire("127.0.0.5"), Wire("127.0.0.6"), 0
        self.addCleanup(self.reader.close)
        self.addCleanup(self.writer.close)

    def write(self, body, to="1005", more=""):
        self.writer.send(MESSAGE % {"to": to, "body": body, "more": more, "size": len(body)})
        return self.writer.final(5).split("\n")[0]

    def register(self):
        self.cseq += 1
        self.reader.send(self.reader.register("1005", cseq=self.cseq, expires=3600))
        self.assertIn("SIP/2.0 200 ", self.reader.final())

    def read(self, status="200 OK", timeout=3.0):
        text = self.reader.receive(timeout)
        if text:
            self.reader.send(reply(text, status))
        return text

    def assert_read(self, body, **more):
        text = self.read(**more)
        self.assertIsNotNone(text, self.exchange.log()[-2000:])
        self.assertTrue(text.endswith("\n\n" + body), text)
        return text

    def test_what_was_written_meanwhile_comes_in_order_and_once(self):
        for body in ("one", "two", "three"):
            self.assertIn(" 202 ", self.write(body))
        self.assertIn(" 480 ", self.write("four"))
        self.assertIn("1005", self.exchange.ask("sip show texts"))
        self.exchange.process.kill()
        self.exchange.process.wait()
        self.exchange.start()
        self.exchange.wait_ready()
        self.register()
        text = self.assert_read("one")
        self.assertIn("\nFrom: <sip:1006@", text)
        self.assertRegex(text, r"\nDate: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\n")
        self.assert_read("two")
        self.assert_read("three")
        self.register()
        self.assertIsNone(self.read(timeout=1.5))
        self.writer.send(MESSAGE % {"to": "1005", "body": "five", "more": "", "size": 4})
        self.assert_read("five")  # at once, as ever
        self.assertIn(" 200 ", self.writer.final(5))

    def test_who_does_not_take_it_now_gets_it_before_what_comes_later(self):
        self.register()
        self.writer.send(MESSAGE % {"to": "1005", "body": "one", "more": "", "size": 3})
        self.assert_read("one", status="480 Later")
        self.assertIn(" 202 ", self.writer.final(5))
        self.assertIn(" 202 ", self.write("two"))
        self.assert_read("one", status="480 Later")  # it is asked again, and has its way
        self.assertIsNone(self.read(timeout=1))
        self.register()
        self.assert_read("one")
        self.assert_read("two")
        self.assertIsNone(self.read(timeout=1.5))

    def test_what_is_old_or_refused_does_not_come(self):
        self.assertIn(" 202 ", self.write("old", more="Expires: 1\n"))
        self.assertIn(" 202 ", self.write("odd"))
        self.assertIn(" 202 ", self.write("new"))
        time.sleep(2)
        self.register()
        self.assert_read("odd", status="415 What")
        self.assert_read("new")
        self.exchange.wait_log("a text that was kept for it is thrown away: it says 415")
        self.register()
        self.assertIsNone(self.read(timeout=1.5))

    def test_what_is_for_now_alone_is_not_kept(self):
        self.assertIn(" 480 ", self.write("now", more="Expires: 0\n"))

    def test_none_are_kept_where_the_section_says_so(self):
        self.assertIn(" 480 ", self.write("one", to="1007"))


if __name__ == "__main__":
    tap.main()
