#!/usr/bin/python3
"""Two tenants with the same numbers: endpoints and aors called user@domain, as Asterisk has
them, beside one that has no domain; `domain_alias` gives a domain a second name."""

import re

from lib import tap
from lib.case import CallTest
from lib.wire import Wire, answer, contacts, reply, status

PJSIP = """\
[udp]
type=transport
protocol=udp
bind=127.0.0.1:5060

[phone](!)
type=endpoint
disallow=all
allow=ulaw
[one](!)
type=aor
max_contacts=1
"""

# Name of the section, context, user name, password.
PHONES = [
    ("101@tenant-a.test", "tenant-a", "101", "pwa"),
    ("102@tenant-a.test", "tenant-a", "102", "pwa2"),
    ("101@Tenant-B.test", "tenant-b", "101", "pwb"),
    ("101", "house", "101", "pwh"),
]

PJSIP += "".join("[%s](phone)\ncontext=%s\nauth=auth%d\naors=%s\n"
                 "[auth%d]\ntype=auth\nusername=%s\npassword=%s\n[%s](one)\n"
                 % (name, context, i, name, i, user, password, name)
                 for i, (name, context, user, password) in enumerate(PHONES))
PJSIP = PJSIP.replace("context=tenant-b\n", "context=tenant-b\nmailboxes=box@office\n")
PJSIP += "[pbx.tenant-a.test]\ntype=domain_alias\ndomain=tenant-a.test\n"

EXTENSIONS = "".join("""\
[%(context)s]
exten => 101,hint,PJSIP/101@%(domain)s
exten => _10X,1,Dial(PJSIP/${EXTEN}@%(domain)s,20)
exten => 700,1,Verbose(1,in ${CONTEXT} ${CALLERID(num)} is ${DEVICE_STATE(PJSIP/101@%(domain)s)} \
at ${PJSIP_CONTACT(${PJSIP_AOR(101@%(domain)s,contact)},uri)} of ${CHANNEL(endpoint)})
 same => n,Answer()
 same => n,Wait(20)
""" % {"context": context, "domain": domain} for context, domain in
                     (("tenant-a", "TENANT-A.test"), ("tenant-b", "tenant-b.test")))
EXTENSIONS += "[house]\nexten => 700,1,Answer()\n"

TEXT = "Content-Type: text/plain\n"
SDP = "Content-Type: application/sdp\n"
SOUND = ("v=0\no=- 1 1 IN IP4 127.0.0.5\ns=-\nc=IN IP4 127.0.0.5\nt=0 0\n"
         "m=audio 40000 RTP/AVP 0\n")


def request(wire, method, user, domain, number, more="", body="", at=None):
    """Of a new call by user@domain to number there, or at another host."""
    wire.branch += 1
    at = at or domain
    return ("%s sip:%s@%s SIP/2.0\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bKr%d;rport\n"
            "Max-Forwards: 70\nFrom: <sip:%s@%s>;tag=f\nTo: <sip:%s@%s>\n"
            "Call-ID: %s%s\nCSeq: %d %s\nContact: <sip:%s@%s:%d>\n%sContent-Length: %d\n\n%s" % (
                method, number, at, wire.host(), wire.port, wire.branch, user, domain,
                number, at, method, wire.port, wire.branch, method, user, wire.host(),
                wire.port, more, len(body.replace("\n", "\r\n")), body))


class Domains(CallTest):
    files = {"pjsip.conf": PJSIP, "sip.conf": ""}
    extensions = EXTENSIONS

    def wire(self, port):
        wire = Wire("127.0.0.5", port)
        self.addCleanup(wire.close)
        return wire

    def registered(self, port, user, password, domain):
        wire = self.wire(port)
        done = wire.registered(user, password, domain=domain, call_id="r%d" % port)
        self.assertEqual(status(done), 200, done)
        self.assertEqual(len(contacts(done)), 1, done)
        if domain.lower() == "tenant-b.test":
            self.notified(wire)  # of its mailbox, unasked
        return wire

    def asks(self, wire, password, method, user, domain, number, more="", body="", at=None):
        """The request with its password."""
        wire.send(request(wire, method, user, domain, number, more, body, at))
        challenge = wire.final()
        self.assertEqual(status(challenge), 401, challenge)
        if method == "INVITE":
            wire.send(request(wire, "ACK", user, domain, number).replace(
                "z9hG4bKr%d;" % wire.branch, "z9hG4bKr%d;" % (wire.branch - 1)))
        uri = "sip:%s@%s" % (number, at or domain)
        wire.send(request(wire, method, user, domain, number,
                          more + answer(challenge, method, uri, user, password), body, at))

    def asked(self, wire, *of_request):
        """What comes after 100."""
        self.asks(wire, *of_request)
        return wire.final()

    def test_who_registers_is_the_one_of_his_domain(self):
        self.registered(5301, "101", "pwa", "tenant-a.test")
        self.registered(5302, "101", "pwb", "TENANT-b.test")
        self.registered(5303, "101", "pwh", "elsewhere.test")
        for name, port in (("101@tenant-a.test", 5301), ("101@Tenant-B.test", 5302),
                           ("101", 5303)):
            self.assertRegex(self.exchange.ask("sip show contacts"),
                             r"(?m)^%s +\S*:%d" % (re.escape(name), port))
        wrong = self.wire(5304).registered("101", "pwb", domain="tenant-a.test")
        self.assertEqual(status(wrong), 403, wrong)

    def test_an_alias_is_the_same_domain(self):
        self.registered(5301, "101", "pwa", "PBX.tenant-a.test")
        self.assertRegex(self.exchange.ask("sip show contacts"),
                         r"(?m)^101@tenant-a\.test +\S*:5301")

    def test_calls_go_to_the_phone_of_the_domain(self):
        called = {domain: self.registered(port, "101", password, domain)
                  for port, password, domain in ((5301, "pwa", "tenant-a.test"),
                                                 (5302, "pwb", "tenant-b.test"))}
        caller = self.registered(5305, "102", "pwa2", "tenant-a.test")
        self.asks(caller, "pwa2", "INVITE", "102", "tenant-a.test", "101", SDP, SOUND)
        invite = called["tenant-a.test"].receive()
        self.assertTrue(invite and invite.startswith("INVITE sip:101@127.0.0.5:5301"), invite)
        self.assertRegex(invite, r"(?m)^From: <sip:102@")
        self.assertIsNone(called["tenant-b.test"].receive(0.3))
        called["tenant-a.test"].send(reply(invite, "180 Ringing"))
        self.exchange.wait_output("core show hints",
                                  r"101@tenant-a +PJSIP/101@TENANT-A.test +RINGING")
        self.assertRegex(self.exchange.ask("core show hints"),
                         r"101@tenant-b +PJSIP/101@tenant-b.test +NOT_INUSE")
        called["tenant-a.test"].send(reply(invite, "486 Busy Here"))
        self.exchange.wait_idle()

    def test_the_dialplan_knows_them_by_that_name(self):
        self.registered(5301, "101", "pwa", "tenant-a.test")
        called = self.registered(5302, "101", "pwb", "tenant-b.test")
        self.assertEqual(status(self.asked(called, "pwb", "INVITE", "101", "tenant-b.test",
                                           "700", SDP, SOUND)),
                         200)
        self.exchange.wait_log(r"in tenant-b 101 is INUSE at sip:101@127.0.0.5:5302 "
                               r"of 101@Tenant-B\.test")

    def test_a_number_in_a_text_is_one_of_the_writers_domain(self):
        self.registered(5303, "101", "pwh", "elsewhere.test")
        reader = self.registered(5301, "101", "pwa", "tenant-a.test")
        writer = self.registered(5305, "102", "pwa2", "tenant-a.test")
        self.asks(writer, "pwa2", "MESSAGE", "102", "tenant-a.test", "101", TEXT, "hello",
                  "127.0.0.1")
        message = reader.receive()
        self.assertTrue(message and message.startswith("MESSAGE sip:101@127.0.0.5:5301"),
                        message)
        reader.send(reply(message, "200 OK"))
        self.assertEqual(status(writer.final()), 200)

    def test_a_phone_redirects_to_one_of_another_domain(self):
        first = self.registered(5301, "101", "pwa", "tenant-a.test")
        other = self.registered(5302, "101", "pwb", "tenant-b.test")
        caller = self.registered(5305, "102", "pwa2", "tenant-a.test")
        self.asks(caller, "pwa2", "INVITE", "102", "tenant-a.test", "101", SDP, SOUND)
        first.send(reply(first.receive(), "302 Moved Temporarily",
                         more="Contact: <sip:101@tenant-b.test>\n"))
        invite = other.receive()
        self.assertTrue(invite and invite.startswith("INVITE sip:101@127.0.0.5:5302"), invite)
        other.send(reply(invite, "486 Busy Here"))
        self.exchange.wait_idle()

    def test_one_of_a_domain_is_traced_from_its_registration_on(self):
        self.exchange.ask("sip trace on 101@tenant-b.test")
        self.registered(5302, "101", "pwb", "tenant-b.test")
        self.exchange.wait_log(r"REGISTER sip:")
        self.exchange.wait_log(r"401 Unauthorized")

    def notified(self, wire):
        """What the next NOTIFY says."""
        notify = wire.receive()
        self.assertTrue(notify and notify.startswith("NOTIFY "), notify)
        wire.send(reply(notify, "200 OK"))
        return notify

    def watched(self, wire, password, user, domain, number, event):
        done = self.asked(wire, password, "SUBSCRIBE", user, domain, number,
                          "Event: %s\nExpires: 60\n" % event)
        self.assertEqual(status(done), 200, done)
        return self.notified(wire)

    def test_who_watches_sees_the_phone_of_the_domain(self):
        self.exchange.ask("mwi update box@office 3 4")
        self.registered(5301, "101", "pwa", "tenant-a.test")
        tenant_b = self.registered(5302, "101", "pwb", "tenant-b.test")
        self.assertIn("Voice-Message: 3/4", self.watched(
            tenant_b, "pwb", "101", "tenant-b.test", "101", "message-summary"))
        told = self.watched(tenant_b, "pwb", "101", "tenant-b.test", "101", "reg")
        self.assertIn("sip:101@127.0.0.5:5302", told)
        self.assertNotIn("5301", told)

    def test_what_a_phone_publishes_is_told_to_who_watches_its_domain(self):
        document = ('<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" '
                    'entity="sip:101@x"><tuple id="mine"><status><basic>open</basic></status>'
                    '</tuple></presence>')
        others = [(self.registered(5305, "102", "pwa2", "tenant-a.test"), "102", "pwa2",
                   "tenant-a.test"),
                  (self.registered(5302, "101", "pwb", "tenant-b.test"), "101", "pwb",
                   "tenant-b.test")]
        for wire, user, password, domain in others:
            self.watched(wire, password, user, domain, "101", "presence")
        phone = self.registered(5301, "101", "pwa", "tenant-a.test")
        for wire, *_ in others[:1]:
            self.notified(wire)  # it is there now
        done = self.asked(phone, "pwa", "PUBLISH", "101", "tenant-a.test", "101",
                          "Event: presence\nContent-Type: application/pidf+xml\n", document)
        self.assertEqual(status(done), 200, done)
        self.assertIn('id="mine"', self.notified(others[0][0]))
        self.assertIsNone(others[1][0].receive(0.5))
        done = self.asked(phone, "pwa", "PUBLISH", "101", "tenant-b.test", "101",
                          "Event: presence\nContent-Type: application/pidf+xml\n", document)
        self.assertEqual(status(done), 403, done)


class WithoutAlias(CallTest):
    files = {"pjsip.conf": PJSIP[:PJSIP.rindex("[pbx")], "sip.conf": ""}
    extensions = EXTENSIONS

    def test_another_domain_is_nobody_of_theirs(self):
        wire = Wire("127.0.0.5", 5301)
        self.addCleanup(wire.close)
        self.assertEqual(status(wire.registered("102", "pwa2", domain="tenant-a.test")), 200)
        self.assertEqual(status(wire.registered("102", "pwa2", domain="pbx.tenant-a.test",
                                                call_id="b")), 403)


if __name__ == "__main__":
    tap.main()
