#!/usr/bin/python3
"""Two baresip phones: one writes to the other, at once and by the dialplan."""

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF

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


if __name__ == "__main__":
    tap.main()
