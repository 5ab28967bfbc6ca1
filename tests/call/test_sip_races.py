#!/usr/bin/python3
"""Messages that cross on their way (RFC 5407), by its sections, with SIPp as caller and as
callee; each reads as the RFC's figure does from the end that the exchange is, see lib/drawn.py.
Section 3.1.3 is of a caller who ends an early dialog by BYE; the exchange sends CANCEL. In 3.1.4
it says 491, which the RFC allows. It hangs up only when it has the ACK (RFC 3261 section 15), so
in 3.2.4 it is the called who does not wait for it. What only a transaction sees (one 200 lost,
one ACK late) is in tests/sim."""

import signal
import time

from lib import drawn, tap
from lib.figures import ALICE, BOB, CALLS
from lib.kept import accept, ack_refusal, answer, asks, invited, keep, rings
from lib.scenario import Caller, sdp
from lib.table import SIP_CONF, call, through

CONF = SIP_CONF + """
[global]
user_agent = Races

[shown]
type = phone
match = 127.0.0.8
context = office
send_pai = yes

[paid](peer)
send_pai = yes
[late](peer)
late_offer = yes
"""

EXTENSIONS = """\
[office]
exten => 600,1,Ringing()
 same => n,Answer()
 same => n,Wait(20)
exten => 601,1,Ringing()
 same => n,Answer()
 same => n,Hangup()
exten => 605,1,Ringing()
 same => n,Answer()
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


def is_hung_up_on(method, more=(), body="", status=481):
    """Its request crosses our BYE."""
    scenario = keep(call("601").answered().ack(), "BYE", "bye")
    scenario.request(method, body, more).receive(status)
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
    """3.3.2: both offers get 491; ours comes again soon, his after that."""
    scenario = keep(call("605").answered().ack(), "INVITE", "ours")
    scenario.request("UPDATE", sdp(version=2)).receive(491)
    answer(scenario, "ours", "491 Request Pending").receive("ACK")
    answer(keep(scenario, "INVITE", "ours"), "ours", body=sdp("0 101", version=2), retrans=True)
    scenario.receive("ACK").request("UPDATE", sdp(version=3)).receive(200)
    return scenario.bye()


def refreshes_across_our_reinvite():
    """The same without an offer."""
    scenario = keep(call("605").answered().ack(), "INVITE", "ours")
    scenario.request("UPDATE").receive(200)
    answer(scenario, "ours", body=sdp("0 101", version=2), retrans=True)
    return scenario.receive("ACK").bye()


def reinvites_across_our_reinvite():
    """3.3.1: ours, who did not make the Call-ID, comes again within 2 s, his after that."""
    scenario = keep(call("605").answered().ack(), "INVITE", "ours")
    scenario.request("INVITE", sdp(version=2)).receive(491).ack_failure()
    answer(scenario, "ours", "491 Request Pending").receive("ACK")
    answer(keep(scenario, "INVITE", "ours"), "ours", body=sdp("0 101", version=2), retrans=True)
    scenario.receive("ACK").request("INVITE", sdp(version=3)).receive(200).ack()
    return scenario.bye()


def ends_the_early_dialog():
    """Appendix A: BYE instead of CANCEL."""
    scenario = call("800").receive(100, optional=True).receive(180, routes=True)
    scenario.request("BYE").receive(200).receive(487)
    scenario.cseq = 1
    return scenario.ack_failure()


def hangs_up_over_its_reinvite():
    """Appendix B: the re-INVITE is lost, and comes again after the BYE. While the call is
    being taken down its number is still known, and out of order (500)."""
    scenario = call().answered().ack()
    scenario.cseq = 2
    scenario.request("BYE").receive(200).pause(100)
    scenario.cseq = 1
    return scenario.request("INVITE", sdp(version=2)).receive(481).ack_failure()


def cancels():
    return (call("800").receive(100, optional=True).receive(180).cancel().receive(200)
            .receive(487).ack_failure())


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


def picks_up():
    return accept(rings().pause(50)).receive("ACK")


def repeats_its_answer_across_our_bye():
    """3.1.6: it never heard our ACK, and gets another."""
    scenario = keep(picks_up(), "BYE", "bye")
    return answer(accept(scenario, retrans=False).receive("ACK"), "bye")


def repeats_its_answer_when_all_is_over():
    scenario = picks_up().expect_bye().pause(200)
    return accept(scenario, retrans=False).receive("ACK").pause(100)


def reinvited(update=False):
    """Somebody else is on the line now: our re-INVITE comes."""
    return keep(picks_up(), "INVITE", "ours", match="777")


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


def refuses_our_offer():
    return (answer(reinvited(), "ours", "488 Not Acceptable Here").receive("ACK")
            .expect_bye())


def refers_across_our_bye():
    """3.3.3"""
    scenario = keep(picks_up(), "BYE", "bye")
    asks(scenario, "REFER", more=["Refer-To: <sip:601@127.0.0.1>"]).receive(481)
    return answer(scenario, "bye")


def hangs_up_across_our_bye():
    """3.2.1"""
    scenario = asks(keep(picks_up(), "BYE", "bye"), "BYE").receive(200)
    return answer(scenario, "bye")


def hangs_up_across_our_answer():
    """3.2.4: its BYE crosses our ACK, which brings the answer to its offer."""
    scenario = asks(accept(rings().pause(600), retrans=False), "BYE")
    return scenario.receive("ACK", match="m=audio").receive(200)


def reinvites_across_our_bye():
    scenario = keep(picks_up(), "BYE", "bye")
    ack_refusal(asks(scenario, "INVITE", body=sdp(version=2)).receive(481))
    return answer(scenario, "bye")


def challenges_our_bye():
    """Appendix D: credentials although the dialog is as good as dead."""
    scenario = keep(picks_up(), "BYE", "bye")
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


# ---- the figures ----

# What a column begins with.
SHOWN = "127.0.0.8:5090"
UP = "INVITE> <100 <180 <200 ACK> "
IS_UP = "<INVITE 180> 200> <ACK "


def calls_bob(drawn, callee, number="800", ms=100):
    """Alice does, and hangs up."""
    return {ALICE: (lambda: call(number).answered().ack().pause(ms).bye(), CALLS),
            BOB: (callee, IS_UP + drawn)}


FLOWS = [
    ("5407 3.1.1", "the INVITE comes again", {
        ALICE: (invites_twice, "INVITE> <100 <180 <200 INVITE> ACK> BYE> <200")}),
    ("5407 3.1.1", "our INVITE comes again", {
        ALICE: (lambda: through("800"), "INVITE> <100 <200 ACK> BYE> <200"),
        BOB: (answers_late, "<INVITE <INVITE 200> <ACK <BYE 200>")}),
    ("5407 3.1.2", "a CANCEL after the 200", {
        ALICE: (cancels_too_late, "INVITE> <100 <180 <200 CANCEL> <200 ACK> BYE> <200")}),
    ("5407 3.1.2", "our CANCEL crosses the 200", {
        ALICE: (cancels, "INVITE> <100 <180 CANCEL> <200 <487 ACK>"),
        BOB: (answers_a_cancelled_call, "<INVITE 180> <CANCEL 200> 200> <ACK <BYE 200>")}, [
            (ALICE, "CANCEL>"), (BOB, "<CANCEL"), (BOB, "<BYE")]),
    ("5407 3.1.3", "a BYE before the ACK", {
        ALICE: (hangs_up_before_the_ack, "INVITE> <100 <180 <200 BYE> <200 ACK>")}),
    ("5407 3.1.4", "a re-INVITE before the ACK", {
        ALICE: (lambda: offers_before_the_ack("INVITE"),
                "INVITE> <100 <180 <200 INVITE> <491 ACK> ACK> BYE> <200")}),
    ("5407 3.1.4", "a 200 again across our re-INVITE", calls_bob(
        "<INVITE 200> <ACK 200> <ACK <BYE 200>", repeats_its_answer_across_our_reinvite, "805")),
    ("5407 3.1.5", "an UPDATE before the answer in the ACK", {
        ALICE: (lambda: offers_before_the_ack("UPDATE", ""),
                "INVITE> <100 <180 <200 UPDATE> <491 ACK> BYE> <200")}),
    ("5407 3.1.5", "a re-INVITE before the answer in the ACK", {
        ALICE: (lambda: offers_before_the_ack("INVITE", ""),
                "INVITE> <100 <180 <200 INVITE> <491 ACK> ACK> BYE> <200")}),
    ("5407 3.1.6", "a BYE after a lost ACK", {
        ALICE: (loses_its_ack, "INVITE> <100 <180 <200 <200 BYE> <200 ACK>")}),
    ("5407 3.1.6", "a 200 again across our BYE", calls_bob(
        "<BYE 200> <ACK 200>", repeats_its_answer_across_our_bye)),
    ("5407 3.1.6", "a 200 again when all is over", calls_bob(
        "<BYE 200> 200> <ACK", repeats_its_answer_when_all_is_over)),
    ("5407 3.2.1", "a BYE across our BYE", {
        ALICE: (lambda: is_hung_up_on("BYE", status=200), UP + "<BYE BYE> <200 200>")}),
    ("5407 3.2.1", "a BYE of the called across our BYE", calls_bob(
        "<BYE BYE> <200 200>", hangs_up_across_our_bye)),
    ("5407 3.2.2", "a re-INVITE across our BYE", {
        ALICE: (lambda: is_hung_up_on("INVITE", body=sdp(version=2)),
                UP + "<BYE INVITE> <481 ACK> 200>")}),
    ("5407 3.2.2", "a re-INVITE of the called across our BYE", calls_bob(
        "<BYE INVITE> <481 ACK> 200>", reinvites_across_our_bye)),
    ("5407 3.2.3", "a BYE across our second 200", {
        ALICE: (hangs_up_before_the_second_ack, UP + "INVITE> <200 BYE> <200 ACK>")}),
    ("5407 3.2.3", "our BYE overtakes the second 200", calls_bob(
        "<INVITE <BYE 200> <ACK 200>", answers_our_reinvite_after_our_bye, "805")),
    ("5407 3.2.3", "a BYE across our re-INVITE", {
        ALICE: (lambda: call("805").answered().ack().receive("BYE").reply(), UP + "<BYE 200>"),
        BOB: (hangs_up_across_our_reinvite, IS_UP + "<INVITE BYE> <200 481> <ACK")}),
    ("5407 3.2.4", "an answer in the ACK when we are done", {
        ALICE: (answers_when_we_are_done, UP + "<BYE 200>")}),
    ("5407 3.3.1", "two re-INVITEs towards the called", calls_bob(
        "<INVITE INVITE> <491 ACK> 491> <ACK <INVITE 200> <ACK <BYE 200>", reinvites_across_ours,
        "805", 4600)),
    ("5407 3.3.1", "two re-INVITEs towards the caller", {
        SHOWN: (reinvites_across_our_reinvite,
                UP + "<INVITE INVITE> <491 ACK> 491> <ACK <INVITE 200> <ACK INVITE> <200 ACK> "
                "BYE> <200")}),
    ("5407 3.3.2", "an UPDATE across our re-INVITE", {
        SHOWN: (updates_across_our_reinvite,
                UP + "<INVITE UPDATE> <491 491> <ACK <INVITE 200> <ACK UPDATE> <200 BYE> <200")}),
    ("5407 3.3.2", "a refresh across our re-INVITE", {
        SHOWN: (refreshes_across_our_reinvite,
                UP + "<INVITE UPDATE> <200 200> <ACK BYE> <200")}),
    ("5407 3.3.2", "an UPDATE of the called across our re-INVITE", calls_bob(
        "<INVITE UPDATE> <491 200> <ACK <BYE 200>", updates_across_ours, "805", 300)),
    ("5407 3.3.3", "a REFER across our BYE", {
        ALICE: (lambda: is_hung_up_on("REFER", ["Refer-To: <sip:600@127.0.0.1>"]),
                UP + "<BYE REFER> <481 200>")}),
    ("5407 3.3.3", "a REFER of the called across our BYE", calls_bob(
        "<BYE REFER> <481 200>", refers_across_our_bye)),
    ("5407 A", "a BYE of the early dialog", {
        ALICE: (ends_the_early_dialog, "INVITE> <100 <180 BYE> <200 <487 ACK>"),
        BOB: (ends_instead_of_ringing, "<INVITE 180> <CANCEL 200> 487> <ACK")}),
    ("5407 B", "a BYE over a re-INVITE", {
        ALICE: (hangs_up_over_its_reinvite, UP + "BYE> <200 INVITE> <481 ACK>")}),
    ("5407 C", "a CANCEL before any answer", {
        ALICE: (cancels_at_once, "INVITE> <100 CANCEL> <200 <487 ACK>"),
        BOB: (rings_a_cancelled_call, "<INVITE 180> <CANCEL 200> 487> <ACK")}, [
            (ALICE, "CANCEL>"), (BOB, "180>"), (BOB, "<CANCEL")]),
    ("5407 D", "our BYE is challenged", calls_bob("<BYE 407> <BYE 200>", challenges_our_bye)),
    ("6337 3.4", "our second offer is refused", calls_bob(
        "<INVITE 488> <ACK <BYE 200>", refuses_our_offer, "805")),
    ("5407 E", "two of a fork answer", {
        ALICE: (lambda: call("800").answered().ack().pause(300).bye(), CALLS),
        BOB: (forks, "<INVITE 180> 180> 200> <ACK 200> <ACK <BYE 200> <BYE 200>")}),
]


class Races(drawn.Drawn):
    files = {"sip.conf": CONF}
    extensions = EXTENSIONS

    def test_rfc_5407_3_2_4_our_ACK_crosses_a_BYE_of_the_called(self):
        """The exchange finds both his 200 and his BYE when it wakes up, and tells the
        caller that nobody was reached."""
        self.reads_as({
            ALICE: (lambda: call("804").receive(100).receive(180).receive(480).ack_failure(),
                    "INVITE> <100 <180 <480 ACK>"),
            BOB: (hangs_up_across_our_answer, "<INVITE 180> 200> <ACK BYE> <200"),
        }, act=self.sleeps_until_bob_has_hung_up)

    def sleeps_until_bob_has_hung_up(self, parties):
        far = self.sipp(parties[BOB][0](), 5080, "127.0.0.6")
        time.sleep(0.15)
        near = self.sipp(parties[ALICE][0](), 5090, "127.0.0.5")
        self.wait_message(near, "SIP/2.0 180")
        self.exchange.process.send_signal(signal.SIGSTOP)
        try:
            self.wait_message(far, "BYE")
        finally:
            self.exchange.process.send_signal(signal.SIGCONT)
        far.finish()
        near.finish()
        self.assertNotIn("m=audio", far.received("INVITE")[0])

    def wait_message(self, sipp, start):
        """It has sent it, or has got it."""
        end = time.monotonic() + 4
        while not any(text.startswith(start) for _, text in sipp.messages()):
            self.assertLess(time.monotonic(), end, sipp.read(".msg"))
            time.sleep(0.02)


Races.add_drawn(FLOWS)


if __name__ == "__main__":
    tap.main()
