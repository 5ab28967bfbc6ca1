#!/usr/bin/python3
"""The extensions of docs/sip.md, each by a short SIPp scenario, as caller and as callee,
in one daemon. A row: the RFC, what happens, whoever calls and whoever is called."""

import time

from lib import tap
from lib.scenario import Callee, Caller, sdp
from lib.sipp import Sipp
from lib.table import (SIP_CONF, Table, call, keep, kept_via, notified, subscribe,
                       through)

CONF = SIP_CONF + """
[global]
user_agent = Table
[sipp](+)
trust_id_inbound = yes
auto_answer_inbound = yes
refer_outside = yes
mailbox = 1@default
message_context = texts

[known]
type = phone
secret = word
context = office

[far](+)
send_history_info = yes
dtmf_mode = info
[timed](peer)
session_timers = originate
[late](peer)
late_offer = yes
[strict](peer)
100rel = required
[paid](peer)
send_pai = yes
trust_id_outbound = yes
[kept]
type = peer
host = 127.0.0.7:5070
context = office
mwi_subscribe = 9@default

[panel]
type = resource_list
event = dialog
list_item = 1001,1002
"""

EXTENSIONS = """\
[office]
exten => 1001,hint,Custom:one
exten => 1002,hint,Custom:two
exten => 600,1,Answer()
 same => n,Wait(20)
exten => 601,1,Answer()
 same => n,Hangup()
exten => 603,1,Progress()
 same => n,Wait(1)
 same => n,Busy(1)
exten => 604,1,Busy(1)
exten => 606,1,Answer()
 same => n,Wait(0.2)
 same => n,Transfer(SIP/1050)
 same => n,Hangup()
exten => 607,1,Redirect(sip:1050@192.0.2.1)
exten => _80X,1,Set(PEER=${CUT(PEERS,-,$[${EXTEN:2}+1])})
 same => n,ExecIf($["${EXTEN}"="806"]?Set(SIP_AUTO_ANSWER=yes))
 same => n,Dial(SIP/4711@${PEER},10)
 same => n,Hangup(${HANGUPCAUSE})
exten => 809,1,Dial(SIP/4711@far,10,gD(5))
 same => n,Hangup()
exten => s,1,Answer()
 same => n,Wait(5)
[texts]
exten => _X.,1,MessageSend(pjsip:4711@far)
[globals]
PEERS = far-timed-late-strict-paid-far-far
"""

PRESENCE = """\
<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:sipp@127.0.0.1">
<tuple id="a"><status><basic>open</basic></status></tuple>
</presence>
"""

DIGEST = ('%s: Digest realm="far", nonce="n1", algorithm=MD5, qop="%s"')


def refused(number, status, match=None, more=(), uri=None, body=None):
    scenario = Caller(number)
    scenario.request("INVITE", sdp() if body is None else body, list(more),
                     in_dialog=False, uri=uri)
    return (scenario.receive(100, optional=True)
            .receive(status, match=match).ack_failure())


def being_called(match="."):
    return Callee().expect_invite(match)


def answers(match="."):
    """Is called, answers, and is hung up on."""
    return being_called(match).answer().receive("ACK").expect_bye()


# ---- callers ----

def early_sound_required():
    scenario = call("603", ["Require: 100rel"]).receive(100, optional=True)
    keep(scenario, 183, "RSeq", "rseq", "[0-9]+")
    scenario.request("PRACK", more=["RAck: [$rseq] 1 INVITE"])
    scenario.receive(200).receive(486)
    scenario.cseq = 1
    return scenario.ack_failure()


def in_dialog(method, status, more=(), body="", match=None):
    return (call().answered().ack().request(method, body, more)
            .receive(status, match=match).bye())


def transfers(more=(), subscribed=True):
    """Whoever is called is sent to an application, which hangs up at once."""
    scenario = (call("800").answered().ack().pause(100)
                .request("REFER", more=["Refer-To: <sip:601@127.0.0.1>", *more]))
    if not subscribed:
        return scenario.receive(202, match="Refer-Sub: false").receive("BYE").reply()
    scenario.receive(202)
    notified(scenario, "SIP/2.0 100")
    notified(scenario, "SIP/2.0 200")
    return scenario.receive("BYE").reply()


def late_offer():
    return (call(body="").answered(match="m=audio").ack(sdp("0 101")).pause(100).bye())


def publishes():
    more = ["Event: presence", "Expires: 600",
            "Content-Type: application/pidf+xml"]
    scenario = Caller("sipp").request("PUBLISH", PRESENCE, more, in_dialog=False)
    keep(scenario, 200, "SIP-ETag", "etag", "[^ ]+")
    scenario.request("PUBLISH", in_dialog=False,
                     more=["Event: presence", "SIP-If-Match: [$etag]", "Expires: 600"])
    scenario.receive(200, match="SIP-ETag:")
    scenario.request("PUBLISH", in_dialog=False,
                     more=["Event: presence", "SIP-If-Match: [$etag]", "Expires: 600"])
    return scenario.receive(412)


def with_password():
    scenario = Caller("600", user="known")
    scenario.request("INVITE", sdp(), in_dialog=False)
    scenario.receive(401, auth=True).ack_failure()
    scenario.request("INVITE", sdp(), ["[authentication username=known password=word]"],
                     in_dialog=False)
    return scenario.answered().ack().bye()


# ---- who is called ----

def wants_longer_sessions():
    return (being_called("Session-Expires: 1800")
            .reply("422 Session Interval Too Small", more=["Min-SE: 2000"])
            .receive("ACK").expect_invite("Min-SE: 2000")
            .reply("200 OK", sdp("0 101"), retrans=True,
                   more=["Require: timer", "Session-Expires: 2000;refresher=uas"])
            .receive("ACK").expect_bye())


def rings_reliably():
    scenario = kept_via(Callee())
    scenario.reply("180 Ringing", more=["Require: 100rel", "RSeq: 8"])
    scenario.receive("PRACK", match="RAck: 8 1 INVITE").reply("200 OK", tag=False)
    scenario.send("SIP/2.0 200 OK", [
        "Via:[$via]", "[last_From:]", "[last_To:]", "[last_Call-ID:]",
        "CSeq: 1 INVITE", "Contact: <sip:sipp@[local_ip]:[local_port]>"],
        sdp("0 101"), retrans=True)
    return scenario.receive("ACK").expect_bye()


def asks_for_a_password(status, header, qop):
    return (being_called()
            .reply(status, more=[DIGEST % (header, qop)]).receive("ACK")
            .expect_invite("uthorization: Digest username=.far.*qop=%s" % qop)
            .answer().receive("ACK").expect_bye())


def request_of_callee(method, more, status=200, body="", match=None):
    scenario = being_called().answer().expect_ack()
    scenario.send("%s [next_url] SIP/2.0" % method, [
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "[routes]", "From:[$near]", "To:[$far]", "[last_Call-ID:]",
        "CSeq: 1 " + method, "Max-Forwards: 70",
        "Contact: <sip:sipp@[local_ip]:[local_port]>", *more], body, retrans=True)
    return scenario.receive(status, match=match).expect_bye()


def one_dialog_ends():
    """A proxy forked it: one branch rings and gives up, another answers."""
    def answer(status, tag, body=""):
        return scenario.send("SIP/2.0 " + status, [
            "Via:[$via]", "[last_From:]", "[last_To:];tag=" + tag, "[last_Call-ID:]",
            "CSeq: 1 INVITE", "Contact: <sip:sipp@[local_ip]:[local_port]>"],
            body, retrans=status.startswith("2"))

    scenario = kept_via(Callee())
    answer("180 Ringing", "one")
    answer("199 Early Dialog Terminated", "one")
    answer("200 OK", "two", sdp("0 101"))
    return scenario.receive("ACK", match="tag=two").expect_bye()


def is_cancelled(match):
    scenario = kept_via(Callee())
    scenario.ringing().receive("CANCEL", match=match).reply("200 OK", tag=False)
    return scenario.send("SIP/2.0 487 Request Terminated", [
        "Via:[$via]", "[last_From:]", "[last_To:]", "[last_Call-ID:]",
        "CSeq: 1 INVITE"]).receive("ACK")


def gives_up(number):
    return (call(number).receive(100, optional=True).receive(180)
            .cancel().receive(200).receive(487).ack_failure())


def keeps_messages():
    """It is asked for our messages, and tells them."""
    scenario = keep(Callee(), "SUBSCRIBE", "From", "far")
    scenario.reply("200 OK", more=["Expires: 600"])
    scenario.send("NOTIFY sip:[remote_ip]:[remote_port] SIP/2.0", [
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "From: <sip:9@127.0.0.7>;tag=[pid]to[call_number]", "To:[$far]",
        "[last_Call-ID:]", "CSeq: 1 NOTIFY", "Max-Forwards: 70",
        "Contact: <sip:sipp@[local_ip]:[local_port]>", "Event: message-summary",
        "Subscription-State: active;expires=600",
        "Content-Type: application/simple-message-summary"],
        "Messages-Waiting: yes\nVoice-Message: 3/1\n", retrans=True)
    return scenario.receive(200)


def is_referred():
    """Transfer() of a call that is up."""
    scenario = call("606").answered().ack()
    scenario.receive("REFER", match="Refer-To: .sip:1050@").reply("202 Accepted")
    scenario.request("NOTIFY", "SIP/2.0 200 OK\n", [
        "Event: refer", "Subscription-State: terminated;reason=noresource",
        "Content-Type: message/sipfrag;version=2.0"])
    return scenario.receive(200).receive("BYE").reply()


def outside_refer():
    scenario = Caller("600").request("REFER", in_dialog=False,
                                     more=["Refer-To: <sip:800@127.0.0.1>"])
    scenario.receive(202, routes=True)
    notified(scenario, "SIP/2.0 100")
    return scenario


HISTORY = "History-Info: <sip:9@h?Reason=SIP%3Bcause%3D302>;index=1"
SESSION = "Session-ID: 0123456789abcdef0123456789abcdef"

ROWS = [
    ("3262", "early sound that is required to be acknowledged", early_sound_required, None),
    ("3262", "a ringing phone is acknowledged", lambda: through("803"), rings_reliably),
    ("3311", "an update of the caller", lambda: in_dialog("UPDATE", 200, body=sdp(version=2),
                                                          match="m=audio"), None),
    ("3311", "an update of the called", lambda: through("800"),
     lambda: request_of_callee("UPDATE", ["Supported: timer"])),
    ("3264", "a late offer of ours", late_offer, None),
    ("3264", "a late offer of theirs", lambda: through("802"),
     lambda: being_called().answer()
     .receive("ACK", match="m=audio").expect_bye()),
    ("3264", "an offer without a codec in common",
     lambda: refused("600", 488, "Warning: 305", body=sdp("9")), None),
    ("4028", "a session that is too short",
     lambda: refused("600", 422, "Min-SE: 90",
                     ["Supported: timer", "Session-Expires: 30"]), None),
    ("4028", "a phone that wants longer sessions", lambda: through("801"),
     wants_longer_sessions),
    ("3515", "a blind transfer", transfers, answers),
    ("4488", "a blind transfer that nobody watches",
     lambda: transfers(["Refer-Sub: false"], False), answers),
    ("3515", "a transfer of ours", is_referred, None),
    ("3515", "a call that is made for another", outside_refer,
     lambda: being_called().answer().receive("ACK")),
    ("3892", "a REFER that makes no sense", lambda: in_dialog("REFER", 400), None),
    ("3891", "a dialog that nobody knows",
     lambda: refused("600", 481, more=["Replaces: x;to-tag=1;from-tag=2"]), None),
    ("3911", "a call to join that nobody knows",
     lambda: refused("600", 481, more=["Join: x;to-tag=1;from-tag=2"]), None),
    ("6665", "an event that nobody knows", lambda: Caller("600").request(
        "SUBSCRIBE", in_dialog=False, more=["Event: weather"])
     .receive(489, match="Allow-Events:"), None),
    ("6665", "a subscription that ends", lambda: subscribe("presence", "pidf")
     .request("SUBSCRIBE", more=["Event: presence", "Expires: 0"]).receive(200)
     .receive("NOTIFY", match="terminated;reason=timeout").reply(), None),
    ("6665", "a subscription that is refreshed", lambda: notified(
        subscribe("presence", "pidf").request("SUBSCRIBE", more=["Event: presence", "Expires: 300"])
        .receive(200, match="Expires: 300"), "pidf"), None),
    ("4235", "a lamp", lambda: subscribe("dialog", "dialog-info", "1001"), None),
    ("3856", "presence", lambda: subscribe("presence", "application/pidf.xml"), None),
    ("3842", "waiting messages", lambda: subscribe("message-summary", "Messages-Waiting: no"),
     None),
    ("3680", "registrations", lambda: subscribe("reg", "application/reginfo.xml"), None),
    ("4662", "a panel of lamps", lambda: subscribe("dialog", "multipart/related", "panel",
                                                   ["Supported: eventlist"]), None),
    ("3903", "a publication", publishes, None),
    ("3428", "a text in a call",
     lambda: in_dialog("MESSAGE", 200, ["Content-Type: text/plain"], "Hello"), None),
    ("3428", "a text through the dialplan", lambda: Caller("4711").request(
        "MESSAGE", "Hello", ["Content-Type: text/plain"], in_dialog=False).receive(202),
     lambda: Callee().receive("MESSAGE", match="Hello").reply("200 OK")),
    ("6228", "an early dialog that ends", lambda: through("800"), one_dialog_ends),
    ("7616", "a password is asked for", with_password, None, "127.0.0.9"),
    ("7616", "401 of a phone", lambda: through("800"),
     lambda: asks_for_a_password("401 Unauthorized", "WWW-Authenticate", "auth")),
    ("7616", "407 of a proxy, for the body too", lambda: through("800"),
     lambda: asks_for_a_password("407 Proxy Authentication Required", "Proxy-Authenticate",
                                 "auth-int")),
    ("6086", "keys as an INFO package", lambda: in_dialog(
        "INFO", 200, ["Info-Package: infoDtmf", "Content-Type: application/dtmf-relay",
                      "Content-Disposition: Info-Package"],
        "Signal=5\nDuration=100\n"), None),
    ("6086", "an INFO package that nobody knows",
     lambda: in_dialog("INFO", 469, ["Info-Package: weather"], match="Recv-Info: infoDtmf"),
     None),
    ("6086", "keys of ours", lambda: through("809"),
     lambda: being_called().answer().receive("ACK")
     .receive("INFO", match="Signal=5").reply("200 OK", tag=False).expect_bye()),
    ("3326", "why a call is cancelled", lambda: gives_up("800"),
     lambda: is_cancelled("CANCEL")),
    ("3326", "why a call ends", lambda: call("601").answered().ack()
     .receive("BYE", match="Reason: Q.850;cause=16").reply(), None),
    ("3326", "why a phone refuses",
     lambda: refused("800", 486, "Reason: Q.850;cause=17"),
     lambda: being_called().reply("486 Busy Here").receive("ACK")),
    ("5806", "who sent it on", lambda: through("800", ["Diversion: <sip:9@h>;reason=user-busy"]),
     lambda: answers("Diversion: .sip:9@[^;]*;reason=user-busy")),
    ("7044", "the history in answers",
     lambda: refused("604", 486, "index=1.1", [HISTORY]), None),
    ("7044", "the history of a call", lambda: through("800", [HISTORY, "History-Info: "
                                                              "<sip:8@h>;index=1.1;mp=1"]),
     lambda: answers("History-Info: .sip:9@.*index=1.1;mp=1")),
    ("7989", "the name of a session", lambda: call("600", [SESSION])
     .answered(match="remote=0123456789abcdef0123456789abcdef").ack().bye(), None),
    ("7989", "the name of a session through us", lambda: through("800", [SESSION]),
     lambda: answers(SESSION)),
    ("3325", "who calls, asserted",
     lambda: through("804", ["P-Asserted-Identity: <sip:+4930@h>"]),
     lambda: answers("P-Asserted-Identity: .sip:.4930@")),
    ("3323", "who calls, hidden", lambda: through("800", ["Privacy: id"]),
     lambda: answers("From: .*sip:anonymous@anonymous.invalid")),
    ("5373", "a phone answers by itself", lambda: through("806"),
     lambda: answers("Answer-Mode: Auto")),
    ("3966", "a telephone number", lambda: Caller("600").request(
        "INVITE", sdp(), in_dialog=False, uri="tel:6-0-0").answered().ack().bye(), None),
    ("3261 21.3", "a redirection", lambda: refused("607", 302, "Contact: .sip:1050@192"), None),
    ("3261 8.2.2.3", "an extension that nobody knows",
     lambda: refused("600", 420, "Unsupported: frob", ["Require: frob"]), None),
    ("3261 8.2.1", "a method that nobody knows", lambda: Caller("600").request(
        "FROB", in_dialog=False).receive(501, match="Allow:"), None),
    ("3261 11", "what we can do", lambda: Caller("600").request(
        "OPTIONS", in_dialog=False).receive(200, match="Supported: .*histinfo"), None),
    ("5621", "a body that must be understood", lambda: refused(
        "600", 415, "Accept:", ["Content-Type: x/y"], body="?"), None),
]


class Extensions(Table):
    files = {"sip.conf": CONF}
    extensions = EXTENSIONS
    keeper = None

    @classmethod
    def prepare(cls, folder):
        """Asked as soon as the exchange starts, so it must be there before."""
        cls.keeper = Sipp(folder, keeps_messages(), 5070, "127.0.0.7")
        time.sleep(0.3)

    @classmethod
    def tidy(cls):
        cls.keeper.stop()

    def test_rfc_3842_messages_that_a_peer_keeps(self):
        self.keeper.finish()
        self.exchange.wait_output("mwi show", r"9@default +3 +1")

    def test_zz_the_daemon_is_whole_at_the_end(self):
        self.stage.end()


Extensions.add(ROWS)


if __name__ == "__main__":
    tap.main()
