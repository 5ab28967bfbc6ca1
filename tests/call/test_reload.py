#!/usr/bin/python3
"""A reload that changes the sockets of a running exchange: all or nothing, and no call
is lost by it."""

import os
import re
import signal
import socket
import time

from lib import tap, wire
from lib.case import CallTest
from lib.daemon import SIP_CONF

OFFICE = """\
[office]
exten => 600,1,Answer()
 same => n,Wait(60)
"""
GATE = "\n[gate]\ntype = phone\nmatch = 127.0.0.1\ncontext = office\n"
SDP = ("v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n"
       "m=audio 7000 RTP/AVP 0\n")


class Caller(wire.Wire):
    def send_request(self, method, branch, to="", body=""):
        self.send("%s sip:600@127.0.0.1 SIP/2.0\n"
                  "Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%s;rport\nMax-Forwards: 70\n"
                  "From: <sip:g@127.0.0.1>;tag=f\nTo: <sip:600@127.0.0.1>%s\n"
                  "Call-ID: reload%d\nCSeq: %d %s\nContact: <sip:g@127.0.0.1:%d>\n"
                  "%sContent-Length: %d\n\n%s" % (
                      method, self.port, branch, to, self.port, 2 if method == "BYE" else 1,
                      method, self.port, "Content-Type: application/sdp\n" if body else "",
                      len(body.replace("\n", "\r\n")), body))

    def call(self):
        self.send_request("INVITE", "i", body=SDP)
        answer = self.final()
        self.to = re.search(r"^To: .*?(;tag=\S+)", answer, re.M).group(1)
        self.send_request("ACK", "a", self.to)
        return wire.status(answer)

    def hang_up(self):
        self.send_request("BYE", "b", self.to)
        return wire.status(self.final())


class Reload(CallTest):
    extensions = OFFICE
    files = {"sip.conf": SIP_CONF + GATE}

    def caller(self, port=5555):
        caller = Caller(port=port)
        self.addCleanup(caller.close)
        return caller

    def bind(self, port):
        self.exchange.write("sip.conf", SIP_CONF.replace(":5060", ":%d" % port) + GATE)
        return self.exchange.run("core reload")

    def test_an_occupied_port_changes_nothing(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 5999))
            caller = self.caller()
            self.assertEqual(caller.call(), 200)
            status, said = self.bind(5999)
            self.assertEqual(status, 1)
            self.assertRegex(said, r"sip\.conf:\d+: .*127\.0\.0\.1:5999 is in use")
            self.assertIn("nothing was changed", said)
            self.assertIn("127.0.0.1:5060", self.exchange.ask("sip show transports"))
            self.assertEqual(caller.hang_up(), 200)

    def test_calls_end_over_the_socket_that_they_began_on(self):
        ours, theirs, late = self.caller(), self.caller(5556), self.caller(5557)
        self.assertEqual(ours.call(), 200)
        self.assertEqual(theirs.call(), 200)
        self.assertEqual(self.bind(5999)[0], 0)
        self.assertIn("leaves", self.exchange.ask("sip show transports"))
        self.assertEqual(ours.hang_up(), 200)
        self.exchange.ask("channel hangup all")
        self.assertRegex(theirs.receive(), r"^BYE ")
        late.server = ("127.0.0.1", 5999)
        self.assertEqual(late.call(), 200)
        self.assertEqual(late.hang_up(), 200)

    def test_a_mistake_does_not_lock_the_operator_out(self):
        self.exchange.write("ringdown.conf", "[directories]\nlag = /x\n[options]\nfoo = 1\n")
        status, said = self.exchange.run("core show uptime")
        self.assertEqual(status, 0)
        self.assertIn("ringdown.conf:2: ", said)
        status, said = self.exchange.run("core reload")
        self.assertEqual(status, 1)
        self.assertIn("ringdown.conf:4: ", said)
        self.assertEqual(self.caller().call(), 200)

    def test_a_command_that_hangs_delays_no_stop(self):
        self.exchange.write("ringdown.conf",
                            "[options]\nexecincludes = yes\nexec_timeout = 5m\n")
        self.exchange.write("extensions.conf", "#exec sleep 299\n" + OFFICE)
        os.kill(self.exchange.process.pid, signal.SIGHUP)
        time.sleep(0.5)
        self.assertEqual(self.exchange.run("core reload")[0], 1)  # that one is under way
        os.kill(self.exchange.process.pid, signal.SIGTERM)
        self.assertEqual(self.exchange.process.wait(5), 0)
        self.assertIn("#exec sleep 299: it was ended", self.exchange.log())


if __name__ == "__main__":
    tap.main()
