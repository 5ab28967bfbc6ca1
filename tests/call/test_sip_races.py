#!/usr/bin/python3
"""Messages that cross on their way (RFC 5407), by its sections, with SIPp as caller and as
callee; what RFC 4320 wants of everything but INVITE; and calls that a proxy spreads."""

import signal
import time

from lib import tap
from lib.kept import accept, ack_refusal, answer, asks, invited, keep, rings
from lib.scenario import Callee, Caller, sdp
from lib.table import SIP_CONF, Table, call, through

CONF = SIP_CONF + """
[global]
user_agent = Races

[shown]
type = phone
match = 127.0.0.8
context = office
send_pai = yes

[1005]
type = phone
host = 127.0.0.6:5080
match = 127.0.0.98
context = office

[paid](peer)
send_pai = yes
[late](peer)
late_offer = yes
"""

PROXY_CONF = """\
[one]
pattern = _3XX
to = sip:127.0.0.6:5080
[two]
pattern = _4XX
to = sip:127.0.0.6:5080 & sip:127.0.0.7:5070
"""

EXTENSIONS = """\
[office]
exten => 600,1,Answer()
 same => n,Wait(20)
exten => 601,1,Answer()
 same => n,Hangup()
exten => 605,1,Answer()
 same => n,Wait(0.3)
 same => n,Set(CONNECTEDLINE(num)=777)
 same => n,Wait(20)
exten => 800,1,Dial(SIP/4711@far,10)
exten => 804,1,Dial(SIP/4711@late,10)
exten => 805,1,Dial(SIP/4711@paid,10,U(changed))
[changed]
exten => s,1,Set(CONNECTEDLINE(num)=777)
 same => n,Return()
"""


def ack_first(scenario, body=""):
    """The ACK of the first INVITE, although there were requests since."""
    latest, scenario.cseq = scenario.cseq, 1
    scenario.ack(body)
    scenario.cseq = latest
    return scenario


# ---- the exchange is called ----

def invites_twice():
    """3.1.1: its 200 crosses the INVITE, which comes once more."""
    scenario = call().answered()
    again = Caller("600")
    again.cseq = 0
    again.invite(retrans=False)
    scenario.steps.append(again.steps[0].replace(
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]", "[last_Via:]"))
    return scenario.pause(100).ack().pause(100).bye()


def cancels_too_late():
    return call().answered().cancel().receive(200, match="CSeq: 1 CANCEL").ack().bye()


def hangs_up_before_the_ack():
    return ack_first(call().answered().request("BYE").receive(200)).pause(200)


def offers_before_the_ack(method, offer=None):
    scenario = call(body=offer).answered().request(
        method, sdp(direction="sendonly", version=2)).receive(491)
    if method == "INVITE":
        scenario.ack_failure()
    return ack_first(scenario, sdp("0 101") if offer == "" else "").pause(50).bye()


def loses_its_ack():
    """3.1.6: the 200 with our offer is repeated; BYE and ACK follow each other."""
    scenario = call(body="").answered().pause(600).request("BYE").receive(200)
    return ack_first(scenario, sdp("0 101")).pause(200)


def is_hung_up_on(method, more=(), body="", late=""):
    """Its request crosses our BYE."""
    scenario = keep(call("601", body=late and "").answered().ack(late), "BYE", "bye")
    scenario.request(method, body, more).receive(481)
    if method == "INVITE":
        scenario.ack_failure()
    return answer(scenario, "bye")


def hangs_up_before_the_second_ack():
    """3.2.3: its BYE crosses our 200 to its re-INVITE."""
    scenario = call().answered().ack().request(
        "INVITE", sdp(direction="sendonly", version=2)).receive(200)
    scenario.request("BYE").receive(200)
    scenario.cseq = 2
    return scenario.ack().pause(200)


def answers_when_we_are_done():
    """3.2.4: the ACK brings the answer, and the exchange hangs up."""
    return (call("601", body="").answered(match="m=audio").ack(sdp("0 101"))
            .receive("BYE").reply())


def updates_across_our_reinvite():
    """3.3.2: 491 for the offer, and nothing for a refresh."""
    scenario = keep(call("605").answered().ack(), "INVITE", "ours")
    scenario.request("UPDATE", sdp(version=2)).receive(491)
    scenario.request("UPDATE").receive(200)
    answer(scenario, "ours", body=sdp("0 101", version=2), retrans=True)
    return scenario.receive("ACK").bye()


def ends_the_early_dialog():
    """Appendix A: BYE instead of CANCEL."""
    scenario = call("800").receive(100, optional=True).receive(180, routes=True)
    scenario.request("BYE").receive(200).receive(487)
    scenario.cseq = 1
    return scenario.ack_failure()


def hangs_up_over_its_reinvite():
    """Appendix B: the 200 was lost, the re-INVITE comes again, then the BYE."""
    scenario = call().answered().ack().request("INVITE", sdp(version=2)).receive(200)
    return ack_first(scenario.request("BYE").receive(200)).pause(100)


def cancels_at_once():
    return call("800").receive(100).pause(300).cancel().receive(200).receive(487).ack_failure()


# ---- the exchange calls ----

def answers_late():
    """3.1.1: the INVITE is repeated, and crosses its 200."""
    return accept(invited().pause(700)).receive("ACK").expect_bye()


def answers_a_cancelled_call():
    """3.1.2: accepted all the same, and hung up at once."""
    scenario = answer(keep(rings(), "CANCEL", "cancel"), "cancel", tag="one")
    return accept(scenario, retrans=False).receive("ACK").expect_bye()


def ends_instead_of_ringing():
    """Appendix A as seen by who is called: a CANCEL."""
    scenario = keep(rings(), "CANCEL", "cancel")
    answer(scenario, "cancel", tag="one")
    return answer(scenario, "invite", "487 Request Terminated", tag="one").receive("ACK")


def rings_a_cancelled_call():
    """Appendix C: the CANCEL waits until something has come back."""
    scenario = answer(invited().pause(400), "invite", "180 Ringing", tag="one")
    answer(keep(scenario, "CANCEL", "cancel"), "cancel", tag="one")
    return answer(scenario, "invite", "487 Request Terminated", tag="one").receive("ACK")


def repeats_its_answer_across_our_bye():
    """3.1.6: it never heard our ACK, and gets another."""
    scenario = keep(accept(invited()).receive("ACK"), "BYE", "bye")
    return answer(accept(scenario, retrans=False).receive("ACK"), "bye")


def repeats_its_answer_when_all_is_over():
    scenario = accept(invited()).receive("ACK").expect_bye().pause(200)
    return accept(scenario, retrans=False).receive("ACK").pause(100)


def reinvited(update=False):
    """Somebody else is on the line now: our re-INVITE comes."""
    return keep(accept(invited()).receive("ACK"), "INVITE", "ours", match="777")


def takes(scenario):
    return answer(scenario, "ours", body=sdp("0 101", version=2), retrans=True).receive("ACK")


def repeats_its_answer_across_our_reinvite():
    """3.1.4: two 200s, each with an ACK of its own."""
    scenario = accept(reinvited(), retrans=False).receive("ACK", match="CSeq: 1 ACK")
    return takes(scenario).expect_bye()


def hangs_up_across_our_reinvite():
    scenario = asks(reinvited(), "BYE").receive(200)
    return answer(scenario, "ours", "481 Call Does Not Exist").receive("ACK")


def answers_our_reinvite_after_our_bye():
    """3.2.3: the BYE overtakes the 200."""
    scenario = keep(reinvited(), "BYE", "bye")
    return answer(takes(scenario), "bye")


def reinvites_across_ours():
    """3.3.1: both get 491. Ours comes again, after 2.1 s at the earliest."""
    scenario = asks(reinvited(), "INVITE", body=sdp(direction="sendonly", version=2))
    ack_refusal(scenario.receive(491))
    answer(scenario, "ours", "491 Request Pending").receive("ACK")
    return takes(keep(scenario.pause(2000), "INVITE", "ours")).expect_bye()


def updates_across_ours():
    """3.3.2, towards who is called."""
    scenario = asks(reinvited(), "UPDATE", body=sdp(version=2)).receive(491)
    return takes(scenario).expect_bye()


def refers_across_our_bye():
    """3.3.3"""
    scenario = keep(accept(invited()).receive("ACK"), "BYE", "bye")
    asks(scenario, "REFER", more=["Refer-To: <sip:601@127.0.0.1>"]).receive(481)
    return answer(scenario, "bye")


def hangs_up_across_our_answer():
    """3.2.4: its BYE crosses our ACK, which brings the answer to its offer."""
    scenario = asks(accept(rings().pause(600), retrans=False), "BYE")
    return scenario.receive("ACK", match="m=audio").receive(200)


def reinvites_across_our_bye():
    scenario = keep(accept(invited()).receive("ACK"), "BYE", "bye")
    ack_refusal(asks(scenario, "INVITE", body=sdp(version=2)).receive(481))
    return answer(scenario, "bye")


def challenges_our_bye():
    """Appendix D: credentials although the dialog is as good as dead."""
    scenario = keep(accept(invited()).receive("ACK"), "BYE", "bye")
    answer(scenario, "bye", "407 Proxy Authentication Required",
           more=['Proxy-Authenticate: Digest realm="far", nonce="n1", qop="auth"'])
    return answer(keep(scenario, "BYE", "again", match="Proxy-Authorization: Digest"),
                  "again")


def forks():
    """Appendix E: two ring, both answer; the first one has the call."""
    scenario = rings()
    answer(scenario, "invite", "180 Ringing", tag="two")
    accept(scenario).receive("ACK", match="tag=one")
    accept(scenario, "two", retrans=False).receive("ACK", match="tag=two")
    answer(keep(scenario, "BYE", "loser", match="To:.*tag=two"), "loser")
    return answer(keep(scenario, "BYE", "bye", match="To:.*tag=one"), "bye")


# ---- everything but INVITE ----

def texts(body="Hello", **kind):
    return Caller("1005").request("MESSAGE", body, ["Content-Type: text/plain"],
                                  in_dialog=False, **kind)


def takes_the_text_after(ms):
    return keep(Callee(), "MESSAGE", "text").pause(ms)


# ---- through the proxy ----

def spreads(number, breadth):
    scenario = Caller(number)
    scenario.request("INVITE", sdp(), ["Max-Breadth: %d" % breadth], in_dialog=False)
    return scenario.receive(100, optional=True)


ROWS = [
    ("5407 3.1.1", "the INVITE comes again", invites_twice, None),
    ("5407 3.1.1", "our INVITE comes again", lambda: through("800"), answers_late),
    ("5407 3.1.2", "a CANCEL after the 200", cancels_too_late, None),
    ("5407 3.1.2", "our CANCEL crosses the 200",
     lambda: call("800").receive(100, optional=True).receive(180).cancel().receive(200)
     .receive(487).ack_failure(), answers_a_cancelled_call),
    ("5407 3.1.3", "a BYE before the ACK", hangs_up_before_the_ack, None),
    ("5407 3.1.4", "a re-INVITE before the ACK", lambda: offers_before_the_ack("INVITE"),
     None),
    ("5407 3.1.4", "a 200 again across our re-INVITE", lambda: through("805"),
     repeats_its_answer_across_our_reinvite),
    ("5407 3.1.5", "an UPDATE before the answer in the ACK",
     lambda: offers_before_the_ack("UPDATE", ""), None),
    ("5407 3.1.5", "a re-INVITE before the answer in the ACK",
     lambda: offers_before_the_ack("INVITE", ""), None),
    ("5407 3.1.6", "a BYE after a lost ACK", loses_its_ack, None),
    ("5407 3.1.6", "a 200 again across our BYE", lambda: through("800"),
     repeats_its_answer_across_our_bye),
    ("5407 3.1.6", "a 200 again when all is over", lambda: through("800").pause(400),
     repeats_its_answer_when_all_is_over),
    ("5407 3.2.2", "a re-INVITE across our BYE",
     lambda: is_hung_up_on("INVITE", body=sdp(version=2)), None),
    ("5407 3.2.2", "a re-INVITE of the called across our BYE", lambda: through("800"),
     reinvites_across_our_bye),
    ("5407 3.2.3", "a BYE across our second 200", hangs_up_before_the_second_ack, None),
    ("5407 3.2.3", "our BYE overtakes the second 200", lambda: through("805"),
     answers_our_reinvite_after_our_bye),
    ("5407 3.2.3", "a BYE across our re-INVITE",
     lambda: call("805").answered().ack().receive("BYE").reply(),
     hangs_up_across_our_reinvite),
    ("5407 3.2.4", "an answer in the ACK when we are done", answers_when_we_are_done, None),
    ("5407 3.3.1", "two re-INVITEs towards the called",
     lambda: call("805").answered().ack().pause(4600).bye(), reinvites_across_ours),
    ("5407 3.3.2", "an UPDATE across our re-INVITE", updates_across_our_reinvite, None,
     "127.0.0.8"),
    ("5407 3.3.2", "an UPDATE of the called across our re-INVITE",
     lambda: call("805").answered().ack().pause(300).bye(), updates_across_ours),
    ("5407 3.3.3", "a REFER across our BYE",
     lambda: is_hung_up_on("REFER", ["Refer-To: <sip:600@127.0.0.1>"]), None),
    ("5407 3.3.3", "a REFER of the called across our BYE", lambda: through("800"),
     refers_across_our_bye),
    ("5407 A", "a BYE of the early dialog", ends_the_early_dialog, ends_instead_of_ringing),
    ("5407 B", "a BYE over a re-INVITE", hangs_up_over_its_reinvite, None),
    ("5407 C", "a CANCEL before any answer", cancels_at_once, rings_a_cancelled_call),
    ("5407 D", "our BYE is challenged", lambda: through("800"), challenges_our_bye),
    ("5407 E", "two of a fork answer",
     lambda: call("800").answered().ack().pause(300).bye(), forks),
    ("6337 3.4", "our second offer is refused", lambda: through("805"),
     lambda: answer(reinvited(), "ours", "488 Not Acceptable Here").receive("ACK")
     .expect_bye()),
    ("4320 4.1", "no 100 where an answer comes soon", lambda: texts().receive(200),
     lambda: answer(takes_the_text_after(1500), "text", tag="one")),
    ("4320 4.1", "one 100 before an answer that takes long",
     lambda: texts().receive(100).receive(200),
     lambda: answer(takes_the_text_after(4200), "text", tag="one")),
    ("5393 5", "a call with no breadth to spread", lambda: spreads("400", 1)
     .receive(440).ack_failure(), None),
    ("5393 5", "a call that needs no more breadth than it has",
     lambda: spreads("300", 1).answered().ack().pause(50).bye(),
     lambda: Callee().expect_invite("Max-Breadth: 1[^0-9]").answer().receive("ACK")
     .expect_bye()),
]


class Races(Table):
    files = {"sip.conf": CONF, "proxy.conf": PROXY_CONF}
    extensions = EXTENSIONS

    def test_rfc_5407_3_2_4_our_ACK_crosses_a_BYE_of_the_called(self):
        """The exchange finds both his 200 and his BYE when it wakes up, and tells the
        caller that nobody was reached."""
        far = self.sipp(hangs_up_across_our_answer(), 5080, "127.0.0.6")
        time.sleep(0.15)
        near = self.sipp(call("804").receive(100, optional=True).receive(180).receive(480)
                         .ack_failure(), 5090, "127.0.0.5")
        self.wait_sent(far, "180")
        self.exchange.process.send_signal(signal.SIGSTOP)
        try:
            self.wait_sent(far, "BYE")
        finally:
            self.exchange.process.send_signal(signal.SIGCONT)
        far.finish()
        near.finish()
        self.assertNotIn("m=audio", far.received("INVITE")[0])

    def wait_sent(self, sipp, what):
        end = time.monotonic() + 4
        while not any(sent and what in text.split("\n")[0]
                      for sent, text in sipp.messages()):
            self.assertLess(time.monotonic(), end, sipp.read(".msg"))
            time.sleep(0.02)

    def test_rfc_5393_5_breadth_is_shared_by_two_who_are_called(self):
        """The one refuses, the other answers."""
        loser = self.sipp(
            Callee().expect_invite("Max-Breadth: 2[^0-9]").reply("486 Busy Here")
            .receive("ACK"), 5070, "127.0.0.7")
        self.play(lambda: spreads("400", 5).answered().ack().pause(50).bye(),
                  lambda: Callee().expect_invite("Max-Breadth: 3[^0-9]").pause(200)
                  .answer().receive("ACK").expect_bye())
        loser.finish()

    def test_zz_the_daemon_is_whole_at_the_end(self):
        self.stage.end()


class Silent(Table):
    """Timers that are ten times as fast: a transaction lasts 3.2 seconds."""

    files = {"sip.conf": CONF.replace("[global]", "[global]\ntimer_t1 = 50ms")}
    extensions = EXTENSIONS

    def test_rfc_4320_4_2_no_408_and_nothing_after_timer_f(self):
        """Any message would fail a pause of the writer."""
        far = self.sipp(answer(takes_the_text_after(3600), "text", tag="one").pause(300),
                        5080, "127.0.0.6")
        time.sleep(0.15)
        self.sipp(texts(retrans=False).pause(2900).receive(480).pause(900), 5090,
                  "127.0.0.5").finish()
        far.finish()
        self.assertGreater(len(far.received("MESSAGE")), 3)

    def test_zz_the_daemon_is_whole_at_the_end(self):
        self.stage.end()


Races.add(ROWS)


if __name__ == "__main__":
    tap.main()
