#!/usr/bin/python3
"""SIP over TCP: SIPp in one connection and in many, phones that register and
talk, large requests, connections that break."""

import re
import socket
import struct
import time

from lib import sound, tap, wire
from lib.case import CallTest
from lib.daemon import SIP_CONF, TCP_CONF
from lib.scenario import Callee, Caller
from lib.sipp import Sipp

CONF = SIP_CONF + TCP_CONF + """
[tcp6]
type = transport
protocol = tcp
bind = [::1]:5060

[sipp]
type = phone
match = 127.0.0.5
context = office
"""

DIALPLAN = """\
[globals]
LARGE = """ + "x" * 1000 + """
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},10)
exten => 600,1,Answer()
 same => n,Wait(20)
exten => 601,1,Ringing()
 same => n,Wait(20)
exten => 801,1,Set(SIP_HEADER(add,X-Large)=${LARGE})
 same => n,Dial(SIP/bob@127.0.0.6:5080,5)
 same => n,Hangup(${HANGUPCAUSE})
exten => 800,1,Dial(SIP/bob@127.0.0.6:5080\\;transport=tcp,5)
 same => n,Verbose(1,dial status ${DIALSTATUS} cause ${HANGUPCAUSE})
 same => n,Hangup(${HANGUPCAUSE})
"""


class TcpTest(CallTest):
    extensions = DIALPLAN
    files = {"sip.conf": CONF}

    def sipp(self, scenario, port=5090, address="127.0.0.5", **more):
        sipp = Sipp(self.folder, scenario, port, address, **more)
        self.addCleanup(sipp.stop)
        return sipp

    def call_600(self, mode, calls):
        flow = (Caller("600").invite().answered(match="m=audio").ack()
                .pause(100).bye())
        self.sipp(flow, calls=calls,
                  extra=("-t", mode, "-r", "50", "-max_socket",
                         "1000")).finish()
        self.exchange.wait_idle()

    def connections(self):
        return re.findall(r"^  (in|out) +(\S+) +(\S+)",
                          self.exchange.ask("sip show transports"), re.M)


class Sipping(TcpTest):
    def test_many_calls_share_one_connection(self):
        self.call_600("t1", 30)
        self.assertRegex(self.exchange.ask("sip show transports"),
                         r"tcp +TCP +127\.0\.0\.1:5060 +90 ")

    def test_each_call_has_a_connection_of_its_own(self):
        self.call_600("tn", 30)

    def test_we_call_over_tcp_and_say_so(self):
        bob = self.sipp(Callee().expect_invite().ringing().answer()
                        .receive("ACK").expect_bye(),
                        port=5080, address="127.0.0.6", extra=("-t", "t1"))
        time.sleep(0.3)
        self.sipp(Caller("800").invite().answered().ack().pause(200).bye()
                  ).finish()
        bob.finish()
        invite = bob.received("INVITE")[0]
        self.assertRegex(invite, r"\nVia: SIP/2\.0/TCP 127\.0\.0\.1:5060;alias")
        self.assertRegex(
            invite, r"\nContact: <sip:127\.0\.0\.1:5060;transport=tcp>")
        self.exchange.wait_idle()

    def large(self, mode):
        bob = self.sipp(Callee().expect_invite("X-Large").ringing()
                        .reply("486 Busy Here").receive("ACK"),
                        port=5080, address="127.0.0.6", extra=("-t", mode))
        time.sleep(0.3)
        self.sipp(Caller("801").invite().receive(100, optional=True)
                  .receive(180, optional=True).receive(486).ack_failure()
                  ).finish()
        bob.finish()
        return bob.received("INVITE")[0]

    def test_a_large_request_goes_by_tcp(self):
        self.assertIn("\nVia: SIP/2.0/TCP ", self.large("t1"))

    def test_and_by_udp_where_nobody_takes_connections(self):
        self.assertIn("\nVia: SIP/2.0/UDP ", self.large("u1"))

    def test_nobody_there_is_told_at_once(self):
        before = time.monotonic()
        self.sipp(Caller("800").invite().receive(100, optional=True)
                  .receive(503).ack_failure()).finish()
        self.assertLess(time.monotonic() - before, 3)
        self.exchange.wait_log("dial status CONGESTION")


class Phones(TcpTest):
    def tcp_phone(self, user, hz):
        return self.phone(user, hz, extra=";outbound=\"sip:127.0.0.1:5060;"
                          "transport=tcp\"")

    def test_two_phones_hear_each_other(self):
        alice, bob = self.tcp_phone("1001", 440), self.tcp_phone("1002", 1000)
        self.assertEqual(len(self.connections()), 2)
        self.talk(alice, "1002", bob)
        self.assert_heard(alice, 1000, 2.5, level=-10)
        self.assert_heard(bob, 440, 2.5, level=-10)
        self.assertEqual(len(self.connections()), 2)

    def test_udp_and_tcp_phones_hear_each_other(self):
        alice, bob = self.tcp_phone("1001", 440), self.phone("1002", 1000)
        bob.dial("1001")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.assert_heard(alice, 1000, 1.5, level=-10)
        self.assert_heard(bob, 440, 1.5, level=-10)


    def traced(self):
        return [line for line in self.exchange.log().splitlines()
                if " TCP <-- " in line]

    def test_a_trace_follows_a_phone_to_its_next_connection(self):
        said = self.exchange.ask("sip trace on 1001")
        self.assertIn("from and to 1001 (not registered yet)", said)
        first = self.tcp_phone("1001", 440)
        self.exchange.wait_log("    From: .*sip:1001@")
        said = self.exchange.ask("sip trace on 1001")
        self.assertRegex(said, r"from and to 1001 \(127.0.0.1:\d+\)")
        first.stop()
        self.phones.remove(first)
        self.exchange.wait_log("sip/1001: .* is gone")
        time.sleep(0.3)
        before = len(self.traced())
        self.tcp_phone("1002", 1000)
        time.sleep(0.3)
        self.assertEqual(len(self.traced()), before)
        self.tcp_phone("1001", 440)
        time.sleep(0.3)
        self.assertEqual(len(self.traced()), before + 2)
        status, _ = self.exchange.run("sip trace off 1002")
        self.assertNotEqual(status, 0)
        self.exchange.ask("sip trace off 1001")


class Cut(TcpTest):
    """A connection breaks while the call rings over it."""

    def stream(self, address):
        stream = wire.StreamWire(address)
        self.addCleanup(lambda: stream.socket.close())
        return stream

    def cut(self, stream):
        stream.cut()
        time.sleep(0.3)

    def bob(self):
        bob = self.stream("127.0.0.6")
        self.register(bob)
        return bob

    def contact(self, bob):
        return "<sip:1002@127.0.0.6:%d;transport=tcp>" % bob.port

    def register(self, bob):
        self.assertEqual(wire.status(bob.registered(
            "1002", "secret-1002", contact=self.contact(bob),
            call_id="bob%d" % bob.port)), 200)

    def rings(self, bob):
        """His INVITE, to which he has said that he rings."""
        invite = bob.receive()
        self.assertTrue(invite.startswith("INVITE "), invite)
        bob.send(wire.reply(invite, "180 Ringing",
                            more="Contact: %s\n" % self.contact(bob)))
        return invite

    def comes_back(self, bob):
        bob.connect()
        self.register(bob)

    def sound(self):
        """Where bob hears, and what he says of it."""
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(ear.close)
        ear.bind(("127.0.0.6", 0))
        ear.settimeout(3)
        return ear, (
            "v=0\no=- 1 1 IN IP4 127.0.0.6\ns=-\nc=IN IP4 127.0.0.6\nt=0 0\n"
            "m=audio %d RTP/AVP 0\n" % ear.getsockname()[1])

    def test_the_phone_comes_back_and_answers(self):
        alice, bob = self.phone("1001", 440), self.bob()
        ear, sdp = self.sound()
        alice.dial("1002")
        invite = self.rings(bob)
        self.cut(bob)
        self.exchange.wait_log("sip/1002: .* is gone")
        self.comes_back(bob)
        bob.send(wire.reply(invite, "200 OK", body=sdp, more=(
            "Contact: %s\nContent-Type: application/sdp\n" % self.contact(bob))))
        self.assertTrue(bob.receive().startswith("ACK "))
        alice.wait_for("CALL_ESTABLISHED")
        packets = [ear.recvfrom(2000) for _ in range(25)]
        for sequence in range(75):
            ear.sendto(struct.pack("!BBHII", 0x80, 0, sequence, 160 * sequence, 7)
                       + b"\x20" * 160, packets[0][1])
            time.sleep(0.02)
        if self.line:
            heard = sum(len(one.packets) for one in self.streams(alice))
            self.assertGreater(heard, 50)
        alice.hangup()
        bye = bob.receive()
        self.assertTrue(bye.startswith("BYE "), bye)
        bob.send(wire.reply(bye, "200 OK"))
        self.exchange.wait_idle()

    def test_the_caller_gives_up_and_the_phone_is_told_when_it_is_back(self):
        alice, bob = self.phone("1001", 440), self.bob()
        alice.dial("1002")
        invite = self.rings(bob)
        self.cut(bob)
        alice.hangup()
        alice.wait_for("CALL_CLOSED")
        bob.connect()
        said = self.registers_and_hears(bob)
        cancel = [text for text in said if text.startswith("CANCEL ")]
        self.assertEqual(len(cancel), 1, said)
        bob.send(wire.reply(cancel[0], "200 OK"))
        bob.send(wire.reply(invite, "487 Request Terminated"))
        self.assertTrue(bob.receive().startswith("ACK "))
        self.exchange.wait_idle()

    def registers_and_hears(self, bob):
        bob.send(bob.register("1002", contact=self.contact(bob), call_id="back"))
        challenge = bob.receive()
        bob.send(bob.register(
            "1002", contact=self.contact(bob), call_id="back", cseq=2,
            more=wire.answer(challenge, "REGISTER", "sip:127.0.0.1", "1002",
                             "secret-1002")))
        return [bob.receive(), bob.receive()]

    def caller(self, method, stream, more=""):
        return ("%s sip:601@127.0.0.1 SIP/2.0\n"
                "Via: SIP/2.0/TCP 127.0.0.5:9;branch=z9hG4bKcut;rport\n"
                "From: <sip:sipp@127.0.0.1>;tag=cut\nTo: <sip:601@127.0.0.1>\n"
                "Call-ID: cut\nCSeq: 1 %s\nMax-Forwards: 70\n"
                "Contact: <sip:sipp@127.0.0.5:%d;transport=tcp>\n%s"
                "Content-Length: 0\n\n" % (method, method, stream.port, more))

    def test_the_caller_cancels_by_another_connection(self):
        carol = self.stream("127.0.0.5")
        carol.send(self.caller("INVITE", carol))
        self.assertEqual(wire.status(carol.receive()), 100)
        self.assertEqual(wire.status(carol.receive()), 180)
        self.cut(carol)
        carol.connect()
        carol.send(self.caller("CANCEL", carol))
        said = sorted(wire.status(carol.receive()) for _ in range(2))
        self.assertEqual(said, [200, 487])
        carol.send(self.caller("ACK", carol))
        self.exchange.wait_idle()


class Bytes(TcpTest):
    """A connection by hand."""

    def connect(self, host="127.0.0.1"):
        sock = socket.create_connection((host, 5060), 3)
        self.addCleanup(sock.close)
        return sock

    def options(self, number=1):
        return ("OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n"
                "Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK%d\r\n"
                "From: <sip:a@b>;tag=1\r\nTo: <sip:x@127.0.0.1>\r\n"
                "Call-ID: %d\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
                "Content-Length: 0\r\n\r\n" % (number, number)).encode()

    def read(self, sock, pattern):
        sock.settimeout(3)
        text = ""
        while not re.search(pattern, text):
            data = sock.recv(65536)
            self.assertTrue(data, "closed after:\n" + text)
            text += data.decode()
        return text

    def test_a_train_of_requests_is_answered_in_order(self):
        sock = self.connect()
        sock.sendall(b"\r\n\r\n" + b"".join(map(self.options, range(20))))
        text = self.read(sock, r"Call-ID: 19\r\n(.*\r\n)*\r\n")
        self.assertTrue(text.startswith("\r\nSIP/2.0 200"))
        self.assertEqual(re.findall(r"Call-ID: (\d+)", text),
                         [str(n) for n in range(20)])

    def test_ipv6_works_too(self):
        sock = self.connect("::1")
        sock.sendall(self.options())
        self.assertIn("Contact: <sip:[::1]:5060;transport=tcp>",
                      self.read(sock, "\r\n\r\n"))

    def test_garbage_costs_the_connection(self):
        sock = self.connect()
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        sock.settimeout(3)
        self.assertEqual(sock.recv(100), b"")

    def test_a_request_without_an_end_is_told_so(self):
        sock = self.connect()
        sock.sendall(self.options().replace(b"Content-Length: 0\r\n", b""))
        self.assertIn("SIP/2.0 400 a message without Content-Length",
                      self.read(sock, "\r\n\r\n"))
        self.assertEqual(sock.recv(100), b"")

    def test_a_request_that_is_too_large_is_told_so(self):
        sock = self.connect()
        sock.sendall(self.options().replace(b"Content-Length: 0",
                                            b"Content-Length: 200000")
                     + b"x" * 200000)
        self.assertIn("SIP/2.0 413 ", self.read(sock, "\r\n\r\n"))
        self.assertEqual(sock.recv(100), b"")

    def test_a_header_that_is_too_large_is_told_so(self):
        sock = self.connect()
        sock.sendall(self.options().replace(b"Content-Length: 0",
                                            b"X-Long: " + b"x" * 200000))
        self.assertIn("SIP/2.0 513 ", self.read(sock, "\r\n\r\n"))
        self.assertEqual(sock.recv(100), b"")


class Reused(TcpTest):
    """RFC 5923: whom we call at 127.0.0.6:5080 has connected from another port."""

    trusted = "yes"

    def setUp(self):
        self.files = {"sip.conf": CONF.replace(
            "protocol = tcp", "protocol = tcp\ntrust_alias = " + self.trusted)}
        super().setUp()
        self.listener = socket.create_server(("127.0.0.6", 5080))
        self.addCleanup(self.listener.close)

    def connected(self, via):
        """A connection of his that has brought a request with that Via."""
        sock = socket.create_connection(("127.0.0.1", 5060), 3, ("127.0.0.6", 0))
        self.addCleanup(sock.close)
        sock.sendall(("OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n"
                      "Via: SIP/2.0/TCP %s;branch=z9hG4bKalias\r\n"
                      "From: <sip:a@b>;tag=1\r\nTo: <sip:x@127.0.0.1>\r\n"
                      "Call-ID: alias\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
                      "Content-Length: 0\r\n\r\n" % via).encode())
        self.assertIn("SIP/2.0 200", self.read(sock))
        return sock

    def read(self, sock):
        sock.settimeout(3)
        text = ""
        while "\r\n\r\n" not in text:
            data = sock.recv(65536)
            self.assertTrue(data, "closed after:\n" + text)
            text += data.decode()
        return text

    def call(self, number):
        self.exchange.ask("channel originate SIP/%s@127.0.0.6:5080;transport=tcp "
                          "application Wait 1" % number)

    def accepted(self, timeout=3):
        self.listener.settimeout(timeout)
        sock, _ = self.listener.accept()
        self.addCleanup(sock.close)
        return sock

    def cut(self, sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    def nobody_else_is_connected_to(self):
        with self.assertRaises(socket.timeout):
            self.accepted(0.5)

    def is_called_by(self, sock, number):
        self.call(number)
        self.assertIn("INVITE sip:%s@" % number, self.read(sock))

    def is_called_anew(self, number):
        self.call(number)
        sock = self.accepted()
        self.assertIn("INVITE sip:%s@" % number, self.read(sock))
        return sock


class Aliased(Reused):
    def test_an_alias_leads_back_over_its_connection(self):
        self.is_called_by(self.connected("127.0.0.6:5080;alias"), "4711")
        self.nobody_else_is_connected_to()

    def test_an_alias_may_say_a_name(self):
        self.is_called_by(self.connected("far.example:5080;alias"), "4711")
        self.nobody_else_is_connected_to()

    def test_without_an_alias_we_connect_and_do_so_once(self):
        self.connected("127.0.0.6:5080")
        ours = self.is_called_anew("4711")
        self.is_called_by(ours, "4712")
        self.nobody_else_is_connected_to()

    def test_an_alias_of_another_address_leads_nowhere(self):
        self.connected("127.0.0.7:5080;alias")
        self.is_called_anew("4711")


SDP = """\
v=0
o=- 1 1 IN IP4 127.0.0.6
s=-
c=IN IP4 127.0.0.6
t=0 0
m=audio 30000 RTP/AVP 0
"""


class StartedAnew(Reused):
    """Whom we call has forgotten the connection: it breaks when we use it."""

    def invited(self, sock):
        return re.search(r"branch=(\S+)", self.read(sock)).group(1)

    def test_the_call_goes_by_another_connection_and_once(self):
        old = self.is_called_anew("4711")
        self.call("4712")
        branch = self.invited(old)
        self.cut(old)
        new = self.accepted()
        invites = self.read(new)
        self.assertIn("INVITE sip:4712@", invites)
        self.assertIn("branch=" + branch, invites)
        self.cut(new)
        self.nobody_else_is_connected_to()

    def test_who_closes_in_peace_is_called_anew_too(self):
        old = self.is_called_anew("4711")
        self.call("4712")
        self.invited(old)
        old.close()
        self.assertIn("INVITE sip:4712@", self.read(self.accepted()))

    def test_who_has_begun_to_answer_is_not(self):
        self.call("4712")
        old = self.accepted()
        invite = self.read(old).replace("\r\n", "\n")
        old.sendall(wire.reply(invite, "100 Trying").replace("\n", "\r\n").encode())
        time.sleep(0.3)
        self.cut(old)
        # A CANCEL may go there, and no second INVITE.
        new = self.accepted()
        new.settimeout(0.5)
        with self.assertRaises(socket.timeout):
            new.recv(65536)


class HungUp(Reused):
    """The connection breaks while they talk; we find that by our BYE."""

    def answer(self, sock, request, **more):
        sock.sendall(wire.reply(request.replace("\r\n", "\n"), "200 OK", **more)
                     .replace("\n", "\r\n").encode())

    def talks(self):
        self.exchange.ask("channel originate SIP/4711@127.0.0.6:5080;transport=tcp "
                          "application Wait 1")
        sock = self.accepted()
        self.answer(sock, self.read(sock), body=SDP,
                    more="Content-Type: application/sdp\n"
                    "Contact: <sip:4711@127.0.0.6:5080;transport=tcp>\n")
        self.assertIn("ACK sip:4711@", self.read(sock))
        return sock

    def test_the_bye_goes_by_another_connection(self):
        sock = self.talks()
        self.assertIn("BYE sip:4711@127.0.0.6:5080", self.read(sock))
        self.cut(sock)
        new = self.accepted()
        bye = self.read(new)
        self.assertIn("BYE sip:4711@127.0.0.6:5080", bye)
        self.answer(new, bye)
        self.cut(new)
        self.nobody_else_is_connected_to()


class Elsewhere(Reused):
    """Called by UDP, and by TCP from then on, says the Contact of its 200."""

    def test_a_contact_may_ask_for_another_transport(self):
        peer = wire.Wire("127.0.0.6", 5099)
        self.addCleanup(peer.close)
        self.exchange.ask("channel originate SIP/b@127.0.0.6:5099 "
                          "application Wait 1")
        invite = peer.receive() or "nothing"
        self.assertIn("INVITE sip:b@127.0.0.6:5099 SIP/2.0\n", invite)
        peer.send(wire.reply(
            invite, "200 OK", body=SDP, more="Content-Type: application/sdp\n"
            "Contact: <sip:b@127.0.0.6:5080;transport=tcp>\n"))
        sock = self.accepted()
        self.assertIn("ACK sip:b@127.0.0.6:5080;transport=tcp", self.read(sock))
        self.assertIn("BYE sip:b@127.0.0.6:5080;transport=tcp", self.read(sock))


class Untrusted(Reused):
    trusted = "no"

    def test_an_alias_that_is_not_trusted_leads_nowhere(self):
        self.connected("127.0.0.6:5080;alias")
        self.is_called_anew("4711")


if __name__ == "__main__":
    tap.main()
