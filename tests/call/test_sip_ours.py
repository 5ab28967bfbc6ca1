#!/usr/bin/python3
"""A machine with several addresses, and one socket for all: a phone is called, and told of
its lamps, from the address that it has written to, after a restart too. A NAT between us
knows no other."""

import socket
import time

from lib import tap
from lib.case import CallTest
from lib.wire import Wire, reply

OURS = ("127.0.0.77", 5060)
SUBSCRIBE = """\
SUBSCRIBE sip:1001@pbx SIP/2.0
Via: SIP/2.0/UDP 127.0.0.6:5555;branch=z9hG4bKlamp;rport
Max-Forwards: 70
From: <sip:1001@pbx>;tag=f
To: <sip:1001@pbx>
Call-ID: lamp
CSeq: 1 SUBSCRIBE
Contact: <sip:1001@127.0.0.6:5555>
Event: dialog
Accept: application/dialog-info+xml
Expires: 600
Content-Length: 0

"""


class Phone(Wire):
    """Which knows where a message came from."""

    def next(self, method, timeout=5):
        self.socket.settimeout(timeout)
        while True:
            try:
                data, source = self.socket.recvfrom(65536)
            except socket.timeout:
                return None, None
            text = data.decode().replace("\r\n", "\n")
            if not text.startswith("SIP/2.0"):
                self.socket.sendto(reply(text, "200 OK").replace("\n", "\r\n").encode(), source)
            if text.startswith(method):
                return text, source


class OurAddresses(CallTest):
    extensions = "[office]\nexten => 1001,hint,SIP/1001\nexten => 600,1,Answer()\n"
    files = {"sip.conf": "[global]\ntype = global\n"
                         "[udp]\ntype = transport\nbind = 0.0.0.0:5060\n"
                         "[1001]\ntype = phone\ncontext = office\nmatch = 127.0.0.6\n"}

    def test_a_phone_is_called_from_where_it_registered(self):
        phone = Phone("127.0.0.6", 5555, OURS)
        self.addCleanup(phone.close)
        phone.send(phone.register("1001", expires=600))
        self.assertTrue(phone.next("SIP/2.0 200")[0])
        phone.send(SUBSCRIBE)
        self.assertEqual(phone.next("NOTIFY")[1], OURS)
        self.rings(phone)
        time.sleep(0.5)  # what was said is on the disk by then
        self.exchange.process.kill()
        self.exchange.process.wait()
        self.exchange.start()
        self.exchange.wait_ready()
        self.assertEqual(phone.next("NOTIFY")[1], OURS)
        self.rings(phone)

    def rings(self, phone):
        self.exchange.run("channel originate SIP/1001 application Wait 1")
        text, source = phone.next("INVITE")
        self.assertTrue(text)
        self.assertEqual(source, OURS)
        self.assertIn("Via: SIP/2.0/UDP 127.0.0.77:5060;", text)


if __name__ == "__main__":
    tap.main()
