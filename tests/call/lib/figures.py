"""What the parties of RFC 3665 and RFC 5359 do; see drawn.py. The exchange is what stands
between them there: the registrar, the redirect server, the proxies; where it calls, it is
Alice as well."""

from .drawn import Drawn
from .kept import OWN, accept, answer, asks, invited, keep, rings
from .scenario import Callee, Caller, sdp
from .table import call

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
host = 127.0.0.8:5082
[last](phone)
type = peer
host = 127.0.0.10:5081
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
exten => 804,1,Dial(SIP/bob,1)
 same => n,Dial(SIP/other,10)
 same => n,Dial(SIP/boss,10)
 same => n,Dial(SIP/last,10)
exten => 805,1,Hangup(21)
"""

ALICE, BOB, OTHER, PHONE, KNOWN, BOSS, LAST = (
    "127.0.0.5:5090", "127.0.0.6:5080", "127.0.0.7:5070", "127.0.0.4:5090",
    "127.0.0.9:5090", "127.0.0.8:5082", "127.0.0.10:5081")

# What each of them has in the figures: INVITE> is sent, <200 comes.
CALLS = "INVITE> <100 <180 <200 ACK> BYE> <200"
IS_CALLED = "<INVITE 180> 200> <ACK <BYE 200>"
IS_BUSY = "<INVITE 486> <ACK"
# The order in which two columns of a call have to be filled.
IS_PUT_THROUGH = [(ALICE, "INVITE>"), (BOB, "<INVITE"), (BOB, "180>"), (ALICE, "<180"),
                  (BOB, "200>"), (ALICE, "<200")]


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


def picks_up():
    """The caller hears it ring first."""
    return accept(rings().pause(100)).receive("ACK")


def rings_and_answers():
    return picks_up().expect_bye()


def answers_with(status, more=()):
    return Callee().expect_invite().reply(status, more=more).receive("ACK")


def rings_and_is_cancelled():
    scenario = answer(keep(rings(), "CANCEL", "cancel"), "cancel", tag="one")
    return answer(scenario, "invite", "487 Request Terminated", tag="one").receive("ACK")


def rings_and_gives_up():
    return answer(rings(), "invite", "480 Temporarily Unavailable", tag="one").receive("ACK")


def rings_and_hangs_up():
    scenario = picks_up().pause(100)
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
    return goes_on("sendrecv", 1)(picks_up()).expect_bye()


def holds():
    scenario = goes_on("sendonly", 1)(picks_up())
    return goes_on("sendrecv", 2)(scenario.pause(50)).expect_bye()


def calls_besides(scenario, method, cseq, body="", tag=";tag=[$farTag]"):
    """A request of his own, in another call."""
    return scenario.send("%s sip:803@127.0.0.1 SIP/2.0" % method, [
        *OWN, "From: <sip:boss@[local_ip]>;tag=besides",
        "To: <sip:803@127.0.0.1>" + tag, "Call-ID: besides///[call_id]",
        "CSeq: %d %s" % (cseq, method)], body, retrans=method != "ACK")


def asks_in_the_first(scenario, method, cseq, body="", more=()):
    """In the call that came, whatever was received last."""
    return scenario.send("%s sip:127.0.0.1:5060 SIP/2.0" % method, [
        *OWN, "From:[$inviteto];tag=one", "To:[$invitefrom]", "Call-ID: [call_id]",
        "CSeq: %d %s" % (cseq, method), *more], body, retrans=method != "ACK")


def refers(scenario, to):
    return asks_in_the_first(scenario, "REFER", 2, more=["Refer-To: <%s>" % to]).receive(202)


def is_told(scenario, name, fragment):
    return answer(keep(scenario, "NOTIFY", name, fragment), name)


def asks_somebody_else(scenario):
    """Holds, and calls the other."""
    goes_on("sendonly", 1)(scenario)
    calls_besides(scenario, "INVITE", 1, sdp(), tag="").receive(100).receive(180)
    scenario.steps.append(
        '<recv response="200"><action><ereg regexp=";tag=(.*)" search_in="hdr" header="To:" '
        'check_it="true" assign_to="farWhole,farTag"/></action></recv>\n'
        '<Reference variables="farWhole"/>\n')
    return calls_besides(scenario, "ACK", 1)


def consults():
    scenario = asks_somebody_else(picks_up())
    calls_besides(scenario.pause(50), "BYE", 2).receive(200)
    asks_in_the_first(scenario.pause(50), "INVITE", 2, sdp(version=3)).receive(200)
    return asks_in_the_first(scenario, "ACK", 2).expect_bye()


def transfers():
    scenario = refers(picks_up().pause(50), "sip:803@127.0.0.1")  # when the two talk
    is_told(scenario, "told", "SIP/2.0 100")
    asks(scenario, "BYE", 3).receive(200)
    return is_told(scenario, "outcome", "SIP/2.0 200")


def transfers_with_a_word_before():
    scenario = asks_somebody_else(picks_up())
    calls_besides(scenario, "INVITE", 2, sdp(direction="sendonly", version=2)).receive(200)
    calls_besides(scenario, "ACK", 2).pause(50)
    refers(scenario, "sip:803@127.0.0.1?Replaces=besides///[call_id]"
           "%3Bto-tag%3D[$farTag]%3Bfrom-tag%3Dbesides")
    keep(scenario, "BYE", "bye")
    keep(scenario, "NOTIFY", "told", "SIP/2.0 200")
    keep(scenario, "BYE", "over")
    return answer(answer(answer(scenario, "bye"), "told"), "over")


def cancels():
    return (call("800").receive(100).receive(180).cancel().receive(200).receive(487)
            .ack_failure())


def refused(number, status, *before):
    scenario = call(number)
    for one in before:
        scenario.receive(one)
    return scenario.receive(status).ack_failure()


def listens(number="800"):
    return call(number).answered().ack().receive("BYE").reply()


def stays(number="800", ms=400):
    return call(number).answered().ack().pause(ms).bye()


def is_screened():
    """Who it is, is asked first."""
    scenario = call("805", user="known").receive(401, auth=True).ack_failure()
    scenario.invite(more=["[authentication username=known password=word]"])
    return scenario.receive(100).receive(403).ack_failure()


def clicks(more=()):
    return Caller("600").request("REFER", in_dialog=False, more=[
        "Refer-To: <sip:800@127.0.0.1>", *more]).receive(202, routes=True)


def clicks_and_is_told():
    scenario = clicks()
    for match in "SIP/2.0 100", "SIP/2.0 200":
        scenario.receive("NOTIFY", match=match).reply()
    return scenario


class Figures(Drawn):
    files = {"sip.conf": SIP_CONF}
    extensions = EXTENSIONS
