#!/usr/bin/python3
"""`sip trace ladder` of the flows of RFC 3665 and RFC 5359 reads as their figures do,
for each who is not the exchange. The exchange is what stands between them there: the
registrar, the redirect server, the proxies; where it calls, it is Alice as well. A figure's 181 is left
out (the RFC has it in parentheses), what a proxy asks with 407 the exchange asks with 401, a wrong
password gets 403 and not the challenge once more, and it says 100 before a 302, too. An attended
transfer joins the two calls where they are: who is transferred calls nobody, and the exchange
hangs up on who transferred."""

from lib import ladder, tap
from lib.kept import OWN, accept, answer, asks, invited, keep, rings
from lib.scenario import Callee, Caller, sdp
from lib.table import Table, call

SIP_CONF = """\
[udp]
type = transport
bind = 127.0.0.1:5060

[phone](!)
type = phone
context = office
[alice](phone)
match = 127.0.0.5
refer_outside = yes
[known](phone)
secret = word
[1002](phone)
match = 127.0.0.4
[bob](phone)
type = peer
host = 127.0.0.6:5080
match = 127.0.0.99
secret = word
[other](bob)
host = 127.0.0.7:5070
[boss](phone)
type = peer
host = 127.0.0.8:5080
"""

EXTENSIONS = """\
[office]
exten => 600,1,Answer()
 same => n,Wait(20)
exten => 601,1,Answer()
 same => n,Hangup()
exten => 607,1,Redirect(sip:bob@127.0.0.6:5080)
exten => 800,1,Dial(SIP/bob,10)
 same => n,Hangup(${HANGUPCAUSE})
exten => 801,1,Dial(SIP/bob,1)
 same => n,Dial(SIP/other,10)
exten => 802,1,Dial(SIP/boss,10)
exten => 803,1,Dial(SIP/other,10)
"""

ALICE, BOB, OTHER, PHONE, KNOWN, BOSS = (
    "127.0.0.5:5090", "127.0.0.6:5080", "127.0.0.7:5070", "127.0.0.4:5090",
    "127.0.0.9:5090", "127.0.0.8:5080")

# What each of them has in the figures: INVITE> is sent, <200 comes.
CALLS = "INVITE> <100 <180 <200 ACK> BYE> <200"
IS_CALLED = "<INVITE 180> 200> <ACK <BYE 200>"
IS_BUSY = "<INVITE 486> <ACK"


def registers(expires=600, contact=True, user="1002"):
    scenario = Caller(user, user=user)
    scenario.request("REGISTER", in_dialog=False, uri="sip:127.0.0.1",
                     more=["Expires: %d" % expires])
    if not contact:
        scenario.steps[-1] = "".join(line for line in scenario.steps[-1].splitlines(True)
                                     if not line.startswith("Contact:"))
    return scenario


def registers_with_a_password(password="word", status=200):
    scenario = registers(user="known").receive(401, auth=True)
    scenario.request("REGISTER", in_dialog=False, uri="sip:127.0.0.1", more=[
        "Expires: 600", "[authentication username=known password=%s]" % password])
    return scenario.receive(status)


def unregisters():
    scenario = registers(0)
    scenario.steps[-1] = scenario.steps[-1].replace(
        "Contact: <sip:1002@[local_ip]:[local_port]>", "Contact: *")
    return scenario.receive(200)


def rings_and_answers():
    return accept(rings()).receive("ACK").expect_bye()


def answers_with(status, more=()):
    return Callee().expect_invite().reply(status, more=more).receive("ACK")


def rings_and_is_cancelled():
    scenario = answer(keep(rings(), "CANCEL", "cancel"), "cancel", tag="one")
    return answer(scenario, "invite", "487 Request Terminated", tag="one").receive("ACK")


def rings_and_gives_up():
    return answer(rings(), "invite", "480 Temporarily Unavailable", tag="one").receive("ACK")


def rings_and_hangs_up():
    scenario = accept(rings()).receive("ACK").pause(100)
    return asks(scenario, "BYE").receive(200)


def asks_for_passwords_of_two_proxies():
    """Section 3.3: as the proxy next to Alice passes it on."""
    scenario = answer(invited(), "invite", "407 Proxy Authentication Required", tag="p1", more=[
        'Proxy-Authenticate: Digest realm="atlanta", nonce="n1", qop="auth"']).receive("ACK")
    keep(scenario, "INVITE", "invite", match='realm="atlanta"')
    answer(scenario, "invite", "100 Trying")
    answer(scenario, "invite", "407 Proxy Authentication Required", tag="p2", more=[
        'Proxy-Authenticate: Digest realm="biloxi", nonce="n2", qop="auth"']).receive("ACK")
    keep(scenario, "INVITE", "invite", match='realm="atlanta".*realm="biloxi"')
    answer(scenario, "invite", "100 Trying")
    return asks(accept(scenario).receive("ACK").pause(100), "BYE").receive(200)


def goes_on(direction, cseq):
    """A re-INVITE of his."""
    def more(scenario):
        asks(scenario, "INVITE", cseq, sdp(direction=direction, version=cseq + 1))
        return asks(scenario.receive(200), "ACK", cseq)
    return more


def changes_its_address():
    return goes_on("sendrecv", 1)(accept(rings()).receive("ACK")).expect_bye()


def holds():
    scenario = goes_on("sendonly", 1)(accept(rings()).receive("ACK"))
    return goes_on("sendrecv", 2)(scenario.pause(50)).expect_bye()


def calls_besides(scenario, method, cseq, body="", tag=";tag=[$farTag]"):
    """A request of his own, in another call."""
    return scenario.send("%s sip:803@127.0.0.1 SIP/2.0" % method, [
        *OWN, "From: <sip:boss@[local_ip]>;tag=besides",
        "To: <sip:803@127.0.0.1>" + tag, "Call-ID: besides///[call_id]",
        "CSeq: %d %s" % (cseq, method)], body, retrans=method != "ACK")


def refers_to_the_other(scenario):
    """In the call that came."""
    return scenario.send("REFER sip:127.0.0.1:5060 SIP/2.0", [
        *OWN, "From:[$inviteto];tag=one", "To:[$invitefrom]", "Call-ID: [call_id]",
        "CSeq: 2 REFER", "Refer-To: <sip:803@127.0.0.1?Replaces=besides///[call_id]"
        "%3Bto-tag%3D[$farTag]%3Bfrom-tag%3Dbesides>"], retrans=True)


def transfers_with_a_word_before():
    scenario = goes_on("sendonly", 1)(accept(rings()).receive("ACK"))
    calls_besides(scenario, "INVITE", 1, sdp(), tag="").receive(100).receive(180)
    scenario.steps.append(
        '<recv response="200"><action><ereg regexp=";tag=(.*)" search_in="hdr" header="To:" '
        'check_it="true" assign_to="farWhole,farTag"/></action></recv>\n'
        '<Reference variables="farWhole"/>\n')
    calls_besides(scenario, "ACK", 1)
    calls_besides(scenario, "INVITE", 2, sdp(direction="sendonly", version=2)).receive(200)
    calls_besides(scenario, "ACK", 2).pause(50)
    refers_to_the_other(scenario).receive(202)
    answer(keep(scenario, "BYE", "bye"), "bye")
    answer(keep(scenario, "NOTIFY", "told", "SIP/2.0 200"), "told")
    return answer(keep(scenario, "BYE", "over"), "over")


def cancels():
    return (call("800").receive(100).receive(180).cancel().receive(200).receive(487)
            .ack_failure())


def refused(number, status, *before):
    scenario = call(number)
    for one in before:
        scenario.receive(one)
    return scenario.receive(status).ack_failure()


def listens():
    return call("800").answered().ack().receive("BYE").reply()


def stays(number="800", ms=400):
    return call(number).answered().ack().pause(ms).bye()


def clicks():
    scenario = Caller("600").request("REFER", in_dialog=False,
                                     more=["Refer-To: <sip:800@127.0.0.1>"])
    scenario.receive(202, routes=True)
    for match in "SIP/2.0 100", "SIP/2.0 200":
        scenario.receive("NOTIFY", match=match).reply()
    return scenario


FLOWS = [
    ("3665 2.1", "a new registration", {
        KNOWN: (registers_with_a_password, "REGISTER> <401 REGISTER> <200")}),
    ("3665 2.2", "an update of the contacts", {
        PHONE: (lambda: registers().receive(200), "REGISTER> <200")}),
    ("3665 2.3", "which contacts there are", {
        PHONE: (lambda: registers(contact=False).receive(200), "REGISTER> <200")}),
    ("3665 2.4", "a registration is cancelled", {
        PHONE: (unregisters, "REGISTER> <200")}),
    ("3665 2.5", "a wrong password", {
        KNOWN: (lambda: registers_with_a_password("guess", 403),
                "REGISTER> <401 REGISTER> <403")}),
    ("3665 3.1", "Alice calls the exchange", {
        ALICE: (lambda: call("601").answered().ack().receive("BYE").reply(),
                "INVITE> <100 <200 ACK> <BYE 200>")}),
    ("3665 3.2", "Alice calls Bob, who hangs up", {
        ALICE: (listens, "INVITE> <100 <180 <200 ACK> <BYE 200>"),
        BOB: (rings_and_hangs_up, "<INVITE 180> 200> <ACK BYE> <200")}),
    ("3665 3.2", "Proxy 1 asks for a password", {
        KNOWN: (lambda: call("600", user="known").receive(401).ack_failure(),
                "INVITE> <401 ACK>")}),
    ("3665 3.3", "two proxies ask for passwords", {
        ALICE: (listens, "INVITE> <100 <200 ACK> <BYE 200>"),
        BOB: (asks_for_passwords_of_two_proxies,
              "<INVITE 407> <ACK <INVITE 100> 407> <ACK <INVITE 100> 200> <ACK BYE> <200")}),
    ("3665 3.6", "a redirect server", {
        ALICE: (lambda: refused("607", 302, 100), "INVITE> <100 <302 ACK>")}),
    ("3665 3.6", "the exchange is redirected", {
        ALICE: (lambda: stays(), CALLS),
        BOB: (lambda: answers_with("302 Moved Temporarily",
                                   ["Contact: <sip:bob@127.0.0.7:5070>"]),
              "<INVITE 302> <ACK"),
        OTHER: (rings_and_answers, IS_CALLED)}),
    ("3665 3.7", "Bob changes his address", {
        ALICE: (lambda: stays(), CALLS),
        BOB: (changes_its_address,
              "<INVITE 180> 200> <ACK INVITE> <200 ACK> <BYE 200>")}),
    ("3665 3.8", "nobody answers", {
        ALICE: (cancels, "INVITE> <100 <180 CANCEL> <200 <487 ACK>"),
        BOB: (rings_and_is_cancelled, "<INVITE 180> <CANCEL 200> 487> <ACK")}),
    ("3665 3.9", "Bob is busy", {
        ALICE: (lambda: refused("800", 486, 100), "INVITE> <100 <486 ACK>"),
        BOB: (lambda: answers_with("486 Busy Here"), IS_BUSY)}),
    ("3665 3.11", "Bob is away", {
        ALICE: (lambda: refused("800", 480, 100, 180), "INVITE> <100 <180 <480 ACK>"),
        BOB: (rings_and_gives_up, "<INVITE 180> 480> <ACK")}),
    ("5359 2.1", "Bob holds and resumes", {
        ALICE: (lambda: stays(), CALLS),
        BOB: (holds, "<INVITE 180> 200> <ACK INVITE> <200 ACK> INVITE> <200 ACK> "
                     "<BYE 200>")}),
    ("5359 2.5", "a transfer with a word before", {
        ALICE: (lambda: stays("802", 1500), CALLS),
        BOSS: (transfers_with_a_word_before,
               "<INVITE 180> 200> <ACK INVITE> <200 ACK> "
               "INVITE> <100 <180 <200 ACK> INVITE> <200 ACK> "
               "REFER> <202 <BYE <NOTIFY <BYE 200> 200> 200>"),
        OTHER: (rings_and_answers, IS_CALLED)}),
    ("5359 2.7", "all calls are forwarded", {
        ALICE: (lambda: stays(), CALLS), BOB: (rings_and_answers, IS_CALLED)}),
    ("5359 2.8", "forwarded when busy", {
        ALICE: (lambda: stays("801"), CALLS),
        BOB: (lambda: answers_with("486 Busy Here"), IS_BUSY),
        OTHER: (rings_and_answers, IS_CALLED)}),
    ("5359 2.9", "forwarded when nobody answers", {
        ALICE: (lambda: stays("801"), "INVITE> <100 <180 <180 <200 ACK> BYE> <200"),
        BOB: (rings_and_is_cancelled, "<INVITE 180> <CANCEL 200> 487> <ACK"),
        OTHER: (rings_and_answers, IS_CALLED)}),
    ("5359 2.18", "click to dial", {
        ALICE: (clicks, "REFER> <202 <NOTIFY 200> <NOTIFY 200>"),
        BOB: (rings_and_hangs_up, "<INVITE 180> 200> <ACK BYE> <200")}),
]


class Figures(Table):
    files = {"sip.conf": SIP_CONF}
    extensions = EXTENSIONS

    @classmethod
    def add(cls, flows):
        for rfc, title, parties in flows:
            setattr(cls, "test_rfc_%s_%s" % (
                rfc.replace(".", "_").replace(" ", "_"), title.replace(" ", "_")),
                lambda self, parties=parties: self.reads_as(parties))

    def reads_as(self, parties):
        start = len(self.exchange.log())
        self.exchange.ask("sip trace ladder")
        self.act(parties)
        figures = {party: drawn.split() for party, (_, drawn) in parties.items()}
        columns, arrows = ladder.wait(self.exchange, sum(map(len, figures.values())), start)
        self.exchange.ask("sip trace off")
        seen = {party: [] for party in columns}
        for party, from_it, name, _ in arrows:
            name = name.split()[0]
            seen[party].append(name + ">" if from_it else "<" + name)
        self.assertEqual(seen, figures)
        self.assertEqual(columns[0], next(iter(parties)))
        self.assertEqual([arrow[3] for arrow in arrows], list(range(1, len(arrows) + 1)))

    def act(self, parties):
        """Whoever calls comes last."""
        running = []
        for party, (scenario, _) in reversed(parties.items()):
            address, port = party.split(":")
            running.append(self.sipp(scenario(), int(port), address))
        for one in reversed(running):
            one.finish()
        self.exchange.wait_idle()

    def test_zz_the_daemon_is_whole_at_the_end(self):
        self.stage.end()


Figures.add(FLOWS)


if __name__ == "__main__":
    tap.main()
