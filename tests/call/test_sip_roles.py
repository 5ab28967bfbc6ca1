#!/usr/bin/python3
"""What test_sip_table.py leaves open of the extensions of docs/sip.md: the other
role of each, registrations, and flows of three."""

import re
import time

from lib import tap
from lib.scenario import Callee, Caller, sdp
from lib.sipp import Sipp
from lib.table import (SIP_CONF, Table, call, kept_via, notified, subscribe,
                       through)

CONF = SIP_CONF + """
[global]
user_agent = Roles
max_message_size = 6000
[sipp](+)
trust_id_inbound = yes
auto_answer_inbound = yes

[shown]
type = phone
match = 127.0.0.8
context = office
identities = 4930

[1001]
type = phone
match = 127.0.0.4
context = office
service_route = <sip:127.0.0.1:5060\\;lr>

[strict]
type = phone
match = 127.0.0.3
context = office
sips = require

[paid](peer)
send_pai = yes
[rpid](peer)
send_rpid = yes
[e164](peer)
user_eq_phone = yes
[other](peer)
host = 127.0.0.7:5070
[gate]
type = peer
host = 127.0.0.11:5083
username = us
secret = word
register = yes
"""

EXTENSIONS = """\
[office]
exten => 601,1,Answer()
 same => n,Hangup()
exten => 602,1,Answer()
 same => n,Wait(0.2)
 same => n,SendText(Hello there)
 same => n,Wait(20)
exten => 603,1,Answer()
 same => n,Wait(0.5)
exten => 700,1,Dial(SIP/4711@far&SIP/4712@other,10)
exten => 701,1,Set(SIP_HEADER(add,Join)=away\\;to-tag=1\\;from-tag=2)
 same => n,Dial(SIP/4711@far,10)
exten => 1001,1,Dial(SIP/1001,10)
exten => 800,1,Dial(SIP/4711@far,10)
exten => 801,1,Dial(SIP/4711@paid,10)
exten => 802,1,Dial(SIP/4711@rpid,10)
exten => 803,1,Dial(SIP/+4930123@e164,10)
exten => 804,1,Dial(SIP/4711@other,10)
exten => 805,1,Dial(SIP/4711@gate,10)
"""

DEVICE = '+sip.instance="<urn:uuid:00000000-0000-4000-8000-000000000001>"'
PARTS = """\
--edge
Content-Type: application/sdp

%s
--edge
Content-Type: text/plain
Content-Disposition: render;handling=optional

Hello
--edge--
"""


def answers(match="."):
    """Is called, answers, and is hung up on."""
    return Callee().expect_invite(match).answer().receive("ACK").expect_bye()


def asks(method, more=(), body=""):
    """Is called, and sends a request of its own: when the two talk, not within the
    millisecond before."""
    scenario = Callee().expect_invite().answer().expect_ack().pause(100)
    return scenario.send("%s [next_url] SIP/2.0" % method, [
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "[routes]", "From:[$near]", "To:[$far]", "[last_Call-ID:]",
        "CSeq: 1 " + method, "Max-Forwards: 70",
        "Contact: <sip:sipp@[local_ip]:[local_port]>", *more], body, retrans=True)


def holds(match="a=recvonly", **how):
    """By a re-INVITE, for good."""
    scenario = asks("INVITE", body=sdp(version=2, **how))
    scenario.receive(200, match=match)
    return scenario.send("ACK [next_url] SIP/2.0", [
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "[routes]", "From:[$near]", "To:[$far]", "[last_Call-ID:]", "CSeq: 1 ACK",
        "Max-Forwards: 70"]).expect_bye()


def transfers():
    """The called one sends its caller to an application, which hangs up."""
    scenario = asks("REFER", ["Refer-To: <sip:601@127.0.0.1>"]).receive(202)
    for match in "SIP/2.0 100", "SIP/2.0 200":
        scenario.receive("NOTIFY", match=match).reply("200 OK", tag=False)
    return scenario.expect_bye()


def is_cancelled():
    """Another phone answers."""
    scenario = kept_via(Callee())
    scenario.ringing().receive("CANCEL", match="SIP;cause=200").reply("200 OK", tag=False)
    return scenario.send("SIP/2.0 487 Request Terminated", [
        "Via:[$via]", "[last_From:]", "[last_To:]", "[last_Call-ID:]",
        "CSeq: 1 INVITE"]).receive("ACK")


def registers(contact, match, more=(), status=200):
    scenario = Caller("1001", user="1001")
    scenario.request("REGISTER", in_dialog=False, uri="sip:127.0.0.1", more=[
        "Expires: 600", *more])
    step = scenario.steps[-1]
    scenario.steps[-1] = re.sub("Contact: .*", "Contact: " + contact, step)
    return scenario.receive(status, match=match)


def hops(left):
    scenario = call("800")
    scenario.steps[-1] = scenario.steps[-1].replace("Max-Forwards: 70",
                                                    "Max-Forwards: %d" % left)
    return scenario


def refuses_a_second_offer():
    """Nothing in common: the call goes on as it was."""
    scenario = call("800").answered().ack().request("INVITE", sdp("9", version=2))
    return scenario.receive(488).ack_failure().bye()


def hangs_up_because():
    return (call("800").answered().ack().pause(100)
            .request("BYE", more=["Reason: Q.850;cause=31"]).receive(200))


def takes_our_registration():
    """Calls go by another way then."""
    scenario = Callee().receive("REGISTER").reply("401 Unauthorized", more=[
        'WWW-Authenticate: Digest realm="gate", nonce="n1", algorithm=SHA-256, qop="auth"'])
    scenario.receive("REGISTER", match="algorithm=SHA-256.*reg-id=1|reg-id=1.*algorithm=SHA-256")
    return scenario.reply("200 OK", more=[
        '[last_Contact:];expires=600;pub-gruu="sip:us@127.0.0.11;gr=one"',
        "Require: outbound", "Service-Route: <sip:127.0.0.6:5080;lr>"]).pause(60000)


def early_sound():
    scenario = Callee().expect_invite().reply("183 Session Progress", sdp("0 101")).pause(200)
    return scenario.answer().receive("ACK").expect_bye()


def by_a_proxy(scenario):
    """The way that the first request has behind it: one hop more."""
    own = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
    scenario.steps[0] = scenario.steps[0].replace(
        own, own + "Via: SIP/2.0/UDP 127.0.0.66;branch=z9hG4bKphone\n"
        "Path: <sip:127.0.0.4:5090;lr>\n")
    return scenario


def comes_by_another_way():
    """The same request, but with another branch: somebody has forked it."""
    scenario = call("603").answered().ack()
    scenario.cseq = 0
    return (scenario.invite(retrans=False).receive(482).ack_failure()
            .receive("BYE").reply())


def too_large(status, more=(), body=""):
    return Caller("600").request("MESSAGE", body, ["Content-Type: text/plain", *more],
                                 in_dialog=False).receive(status)


def parts(body):
    return PARTS % body.strip()


def invites_in_parts():
    return (call("800", ["Content-Type: multipart/mixed;boundary=edge"], parts(sdp()))
            .answered().ack().pause(100).bye())


def answers_in_parts():
    scenario = Callee().expect_invite()
    scenario.reply("200 OK", parts(sdp("0 101")), retrans=True,
                   more=["Content-Type: multipart/mixed;boundary=edge"])
    return scenario.receive("ACK").expect_bye()


def challenges(algorithm):
    scenario = Callee().expect_invite().reply("401 Unauthorized", more=[
        'WWW-Authenticate: Digest realm="far", nonce="n1", algorithm=%s, '
        'qop="auth"' % algorithm]).receive("ACK")
    return (scenario.expect_invite("algorithm=%s[,[:space:]]" % algorithm)
            .answer().receive("ACK").expect_bye())


ROWS = [
    ("3264", "hold by the called", lambda: call("800").answered().ack().pause(300).bye(),
     lambda: holds(direction="sendonly")),
    ("3264", "a second offer without a codec in common", refuses_a_second_offer,
     answers),
    ("3960", "early sound of the called",
     lambda: call("800").receive(100, optional=True).receive(183, match="m=audio")
     .receive(200, routes=True).ack().pause(50).bye(), early_sound),
    ("5630", "who has to call by sips", lambda: call("800").receive(100, optional=True)
     .receive(480, match="Warning: 381").ack_failure(), None, "127.0.0.3"),
    ("3261 8.2.2.2", "a call that comes by another way", comes_by_another_way, None),
    ("3261 21.4.11", "a body that is too long", lambda: too_large(413, body="x" * 6000), None),
    ("3261 21.5.7", "a head that is too long",
     lambda: too_large(513, ["X-Long: " + "x" * 6000]), None),
    ("3261 21.5.7", "too many headers", lambda: too_large(513, ["X-Many: 1"] * 130), None),
    ("3261 26.2.2", "sips without TLS", lambda: Caller("600").request(
        "OPTIONS", in_dialog=False, uri="sips:600@127.0.0.1").receive(416), None),
    ("3515", "a blind transfer by the called",
     lambda: call("800").answered().ack().receive("BYE").reply(), transfers),
    ("4488", "a blind transfer by the called that nobody watches",
     lambda: call("800").answered().ack().receive("BYE").reply(),
     lambda: asks("REFER", ["Refer-To: <sip:601@127.0.0.1>", "Refer-Sub: false"])
     .receive(202, match="Refer-Sub: false").expect_bye()),
    ("3911", "a call of ours joins another", lambda: through("701"),
     lambda: answers("Join: away;to-tag=1;from-tag=2")),
    ("4575", "a conference", lambda: subscribe("conference",
                                               "application/conference-info.xml"), None),
    ("3428", "a text of ours in a call", lambda: call("602").answered().ack()
     .receive("MESSAGE", match="Hello there").reply().bye(), None),
    ("3428", "a text of the called in a call", lambda: call("800").answered().ack()
     .receive("MESSAGE", match="Hello").reply().pause(50).bye(),
     lambda: asks("MESSAGE", ["Content-Type: text/plain"], "Hello").receive(200).expect_bye()),
    ("6086", "keys of the called as an INFO package",
     lambda: call("800").answered().ack().pause(300).bye(),
     lambda: asks("INFO", ["Info-Package: infoDtmf", "Content-Type: application/dtmf-relay",
                           "Content-Disposition: Info-Package"], "Signal=5\nDuration=100\n")
     .receive(200).expect_bye()),
    ("3326", "why the caller hangs up", hangs_up_because,
     lambda: Callee().expect_invite().answer().receive("ACK")
     .receive("BYE", match="Q.850;cause=31").reply("200 OK", tag=False)),
    ("3325", "who it wants to be", lambda: through(
        "801", ["P-Preferred-Identity: <sip:4930@h>"]),
     lambda: answers("P-Asserted-Identity: [^<]*.sip:4930@"), "127.0.0.8"),
    ("3325", "who calls, by Remote-Party-ID", lambda: through(
        "802", ["Remote-Party-ID: <sip:+4940@h>;party=calling;screen=yes"]),
     lambda: answers("Remote-Party-ID: .sip:.4940@[^;]*;party=calling.*screen=yes")),
    ("3966", "a telephone number of ours", lambda: through("803"),
     lambda: answers("INVITE sip:.4930123@[^[:space:]]*user=phone")),
    ("5373", "a caller wants an answer at once",
     lambda: through("800", ["Answer-Mode: Auto"]), lambda: answers("Answer-Mode: Auto")),
    ("5373", "a caller wants it as phones used to say it",
     lambda: through("800", ["Call-Info: <sip:127.0.0.1>;answer-after=0"]),
     lambda: answers("Alert-Info: [^;]*;info=alert-autoanswer")),
    ("5373", "and may not", lambda: call("800", ["Answer-Mode: Auto;require"])
     .receive(100, optional=True).receive(403).ack_failure(), None, "127.0.0.8"),
    ("5393", "hops are counted on", lambda: hops(5).answered().ack().pause(100).bye(),
     lambda: answers("Max-Forwards: 4")),
    ("5393", "no hop is left", lambda: hops(0).receive(100, optional=True)
     .receive(483).ack_failure(), None),
    ("5621", "a caller speaks in parts", invites_in_parts, lambda: answers("m=audio")),
    ("5621", "a phone answers in parts", lambda: through("800"), answers_in_parts),
    ("7616", "a password by SHA-256", lambda: through("800"),
     lambda: challenges("SHA-256")),
    ("8760", "a password by SHA-512-256", lambda: through("800"),
     lambda: challenges("SHA-512-256")),
    ("3608", "the way of its own requests", lambda: registers(
        "<sip:1001@127.0.0.66>", "Service-Route: <sip:127.0.0.1:5060;lr>"), None,
     "127.0.0.4"),
    ("3608", "the way of our own calls", lambda: through("805"),
     lambda: answers("Route: .sip:127.0.0.6:5080;lr")),
    ("5627", "a URI of ours", lambda: through("805"),
     lambda: answers("Contact: .sip:us@127.0.0.11;gr=one")),
    ("5626", "a flow", lambda: registers(
        "<sip:1001@127.0.0.4:5090>;reg-id=1;" + DEVICE, "Require: outbound",
        ["Supported: path, outbound"]), None, "127.0.0.4"),
    ("5626", "a first hop that knows no flows", lambda: by_a_proxy(registers(
        "<sip:1001@127.0.0.4:5090>;reg-id=1;" + DEVICE, "!Require: outbound",
        ["Supported: path, outbound"], 439)), None, "127.0.0.4"),
    ("5627", "a URI of one device", lambda: registers(
        "<sip:1001@127.0.0.4:5090>;" + DEVICE, "pub-gruu=", ["Supported: gruu"]), None,
     "127.0.0.4"),
]


def dialog_of(sipp):
    """Call-ID, our tag and theirs of a call that it made."""
    ok = sipp.received("SIP/2.0 200")[0]
    return (re.search(r"Call-ID: (\S+)", ok).group(1),
            re.search(r"\nTo:.*;tag=([^\s;]+)", ok).group(1),
            re.search(r"\nFrom:.*;tag=([^\s;]+)", ok).group(1))


class Roles(Table):
    files = {"sip.conf": CONF}
    extensions = EXTENSIONS
    registrar = None

    @classmethod
    def prepare(cls, folder):
        """Where we register as soon as the exchange starts."""
        cls.registrar = Sipp(folder, takes_our_registration(), 5083, "127.0.0.11", timeout=60)
        time.sleep(0.3)

    @classmethod
    def tidy(cls):
        cls.registrar.stop()

    def talk(self, caller, callee):
        """Two talk; who they are, and the dialog of the caller."""
        far = self.sipp(callee, 5080, "127.0.0.6")
        time.sleep(0.15)
        near = self.sipp(caller, 5090, "127.0.0.5")
        self.exchange.wait_output("core show channels", r"\b2 active channels")
        self.exchange.wait_output("sip show calls", r"(?s) up .* up ")
        deadline = time.monotonic() + 5
        while not near.received("SIP/2.0 200") and time.monotonic() < deadline:
            time.sleep(0.05)
        return near, far, dialog_of(near)

    def test_rfc_3891_a_call_is_taken_over(self):
        near, far, dialog = self.talk(
            call("800").answered().ack().receive("BYE").reply(), answers())
        third = self.sipp(through("600", [
            "Require: replaces", "Replaces: %s;to-tag=%s;from-tag=%s" % dialog]),
            5092, "127.0.0.5")
        for one in third, near, far:
            one.finish()

    def test_rfc_3911_a_third_joins_and_stays_when_one_leaves(self):
        near, far, dialog = self.talk(
            call("800").answered().ack().pause(3000).bye(), answers())
        third = self.sipp(call("600", [
            "Require: join", "Join: %s;to-tag=%s;from-tag=%s" % dialog])
            .answered().ack().pause(4500).bye(), 5092, "127.0.0.5")
        self.exchange.wait_output("core show channels", r"\b3 active channels")
        near.finish()
        self.exchange.wait_output("core show channels", r"\b2 active channels")
        self.assertFalse(far.received("BYE"))
        third.finish()
        far.finish()

    def test_rfc_3891_a_call_elsewhere_is_replaced(self):
        """The phone transfers to a dialog that is not ours."""
        other = self.sipp(answers("Replaces: away;to-tag=1;from-tag=2"), 5070,
                          "127.0.0.7")
        refer = call("800").answered().ack().request("REFER", more=[
            "Refer-To: <sip:804@127.0.0.1?Replaces=away%3Bto-tag%3D1%3Bfrom-tag%3D2>",
            "Referred-By: <sip:boss@example.com>"]).receive(202)
        for match in "SIP/2.0 100", "SIP/2.0 200":
            notified(refer, match)
        far = self.sipp(Callee().expect_invite().answer().expect_ack()
                        .pause(1500).bye(), 5080, "127.0.0.6")
        time.sleep(0.15)
        self.sipp(refer.receive("BYE").reply(), 5090, "127.0.0.5").finish()
        far.finish()
        other.finish()
        self.assertIn("Referred-By: <sip:boss@example.com>",
                      other.received("INVITE")[0])

    def test_rfc_4538_a_refer_outside_names_the_call(self):
        """Whoever called goes to an application, which hangs up."""
        near, far, dialog = self.talk(
            call("800").answered().ack().receive("BYE").reply(), answers())
        refer = Caller("4711").request("REFER", in_dialog=False, more=[
            "Require: tdialog", "Refer-To: <sip:601@127.0.0.1>",
            "Target-Dialog: %s;local-tag=%s;remote-tag=%s" % dialog])
        refer.receive(202, routes=True)
        for match in "SIP/2.0 100", "SIP/2.0 200":
            notified(refer, match)
        self.sipp(refer, 5092, "127.0.0.5").finish()
        near.finish()
        far.finish()

    def test_rfc_3264_hold_by_an_address_that_is_none(self):
        """As RFC 2543 had it, and back again."""
        hold, resume = (sdp(connection=where, version=version) for version, where in
                        ((2, "0.0.0.0"), (3, "[media_ip]")))
        caller = call("800").answered().ack().request("INVITE", hold).receive(200).ack()
        caller.pause(800).request("INVITE", resume).receive(200).ack().pause(500).bye()
        far = self.sipp(answers(), 5080, "127.0.0.6")
        time.sleep(0.15)
        near = self.sipp(caller, 5090, "127.0.0.5")
        self.exchange.wait_output("sip show calls", r" held ")
        self.exchange.wait_output("sip show calls", r"(?s)^((?! held ).)* up .* up ((?! held ).)*$")
        near.finish()
        far.finish()

    def test_rfc_3264_hold_by_the_called_by_an_address_that_is_none(self):
        far = self.sipp(holds("c=IN IP4 127.0.0.1", connection="0.0.0.0"), 5080, "127.0.0.6")
        time.sleep(0.15)
        near = self.sipp(call("800").answered().ack().pause(900).bye(), 5090, "127.0.0.5")
        self.exchange.wait_output("sip show calls", r" held ")
        near.finish()
        far.finish()

    def test_rfc_3326_answered_by_another(self):
        loser = self.sipp(is_cancelled(), 5070, "127.0.0.7")
        self.play(lambda: through("700"), answers)
        loser.finish()

    def test_rfc_3327_a_registration_and_a_call_by_a_proxy(self):
        path = "<sip:127.0.0.4:5090;lr>"
        self.sipp(registers("<sip:1001@127.0.0.66>", "Path: " + path, [
            "Supported: path", "Path: " + path]), 5090, "127.0.0.4").finish()
        proxy = self.sipp(answers("INVITE sip:1001@127.0.0.66.*Route: " + path), 5090,
                          "127.0.0.4")
        time.sleep(0.15)
        self.sipp(through("1001"), 5094, "127.0.0.5").finish()
        proxy.finish()

    def test_zz_the_daemon_is_whole_at_the_end(self):
        self.stage.end()


Roles.add(ROWS)


if __name__ == "__main__":
    tap.main()
