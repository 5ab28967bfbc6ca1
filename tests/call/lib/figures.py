"""What the parties of RFC 3665 and RFC 5359 do; see drawn.py. The exchange is what stands
between them there: the registrar, the redirect server, the proxies; where it calls, it is
Alice as well."""

from .drawn import Drawn
from .kept import OWN, accept, answer, asks, invited, keep, learn, rings
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
exten => 806,1,GotoIf($["${DEVICE_STATE(Custom:bob)}"!="INUSE"]?bob,s,1)
 same => n,Hangup(17)
exten => 807,1,Park(default,s)
exten => 809,1,Dial(SIP/bob,10)
 same => n,Dial(SIP/other,10)
exten => 800,hint,SIP/bob
exten => 802,hint,SIP/boss
exten => 806,hint,Custom:bob
exten => 808,hint,SIP/last
include => parkedcalls
[bob]
exten => s,1,Ringing()
 same => n,Wait(0.1)
 same => n,Answer()
 same => n,Wait(0.1)
 same => n,Set(DEVICE_STATE(Custom:bob)=INUSE)
 same => n,Wait(0.6)
exten => h,1,Set(DEVICE_STATE(Custom:bob)=NOT_INUSE)
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


def says_nothing():
    return Callee().receive("INVITE").pause(1400)


def stands_in():
    """The second proxy of section 3.4."""
    scenario = asks_for_password(invited(), "biloxi", 'realm="biloxi"')
    answer(scenario, "invite", "180 Ringing", tag="one").pause(50)
    return asks(accept(scenario).receive("ACK").pause(100), "BYE").receive(200)


def answers_with(status, more=()):
    return Callee().expect_invite().reply(status, more=more).receive("ACK")


def rings_and_is_cancelled():
    scenario = answer(keep(rings(), "CANCEL", "cancel"), "cancel", tag="one")
    return answer(scenario, "invite", "487 Request Terminated", tag="one").receive("ACK")


def rings_and_gives_up():
    # A 480 that comes in one turn of the loop with the 180 is all that the caller hears.
    scenario = rings().pause(100)
    return answer(scenario, "invite", "480 Temporarily Unavailable", tag="one").receive("ACK")


def rings_and_hangs_up():
    scenario = picks_up().pause(100)
    return asks(scenario, "BYE").receive(200)


def asks_for_password(scenario, realm, match):
    """A proxy does, and takes the INVITE that has it."""
    answer(scenario, "invite", "407 Proxy Authentication Required", tag=realm, more=[
        'Proxy-Authenticate: Digest realm="%s", nonce="n", qop="auth"' % realm]).receive("ACK")
    return answer(keep(scenario, "INVITE", "invite", match), "invite", "100 Trying")


def asks_for_passwords_of_two_proxies():
    """Section 3.3: as the proxy next to Alice passes it on."""
    scenario = asks_for_password(invited(), "atlanta", 'realm="atlanta"')
    asks_for_password(scenario, "biloxi", 'realm="atlanta".*realm="biloxi"')
    return asks(accept(scenario).receive("ACK").pause(100), "BYE").receive(200)


def goes_on(direction, cseq, more=()):
    """A re-INVITE of his."""
    def step(scenario):
        asks(scenario, "INVITE", cseq, sdp(direction=direction, version=cseq + 1), more)
        return asks(scenario.receive(200), "ACK", cseq)
    return step


def changes_its_address():
    return goes_on("sendrecv", 1)(picks_up()).expect_bye()


def holds():
    scenario = goes_on("sendonly", 1)(picks_up())
    return goes_on("sendrecv", 2)(scenario.pause(50)).expect_bye()


def calls_besides(scenario, method, cseq, body="", tag=";tag=[$farTag]", number="803",
                  more=()):
    """A request of his own, in another call."""
    return scenario.send("%s sip:%s@127.0.0.1 SIP/2.0" % (method, number), [
        *OWN, "From: <sip:besides@[local_ip]>;tag=besides",
        "To: <sip:%s@127.0.0.1>%s" % (number, tag), "Call-ID: besides///[call_id]",
        "CSeq: %d %s" % (cseq, method), *more], body, retrans=method != "ACK")


def asks_in_the_first(scenario, method, cseq, body="", more=()):
    """In the call that came, whatever was received last."""
    return scenario.send("%s sip:127.0.0.1:5060 SIP/2.0" % method, [
        *OWN, "From:[$inviteto];tag=one", "To:[$invitefrom]", "Call-ID: [call_id]",
        "CSeq: %d %s" % (cseq, method), *more], body, retrans=method != "ACK")


def refers(scenario, to):
    return asks_in_the_first(scenario, "REFER", 2, more=["Refer-To: <%s>" % to]).receive(202)


def is_told(scenario, name, fragment):
    return answer(keep(scenario, "NOTIFY", name, fragment), name)


def is_put_through(scenario, *before, cseq=1):
    """His own INVITE is answered."""
    for one in before:
        scenario.receive(one)
    learn(scenario, 200, {"farTag": TO_TAG})
    return calls_besides(scenario, "ACK", cseq)


def asks_somebody_else(scenario):
    calls_besides(scenario, "INVITE", 1, sdp(), tag="")
    return is_put_through(scenario, 100, 180)


def holds_and_asks(scenario):
    return asks_somebody_else(goes_on("sendonly", 1)(scenario))


def consults():
    scenario = holds_and_asks(picks_up())
    calls_besides(scenario.pause(50), "BYE", 2).receive(200)
    asks_in_the_first(scenario.pause(50), "INVITE", 2, sdp(version=3)).receive(200)
    return asks_in_the_first(scenario, "ACK", 2).expect_bye()


def transfers():
    scenario = refers(picks_up().pause(50), "sip:803@127.0.0.1")  # when the two talk
    is_told(scenario, "told", "SIP/2.0 100")
    asks(scenario, "BYE", 3).receive(200)
    return is_told(scenario, "outcome", "SIP/2.0 200")


def transfers_with_a_word_before():
    scenario = holds_and_asks(picks_up())
    calls_besides(scenario, "INVITE", 2, sdp(direction="sendonly", version=2)).receive(200)
    calls_besides(scenario, "ACK", 2).pause(50)
    refers(scenario, "sip:803@127.0.0.1?Replaces=besides///[call_id]"
           "%3Bto-tag%3D[$farTag]%3Bfrom-tag%3Dbesides")
    keep(scenario, "BYE", "bye")
    keep(scenario, "NOTIFY", "told", "SIP/2.0 200")
    keep(scenario, "BYE", "over")
    return answer(answer(answer(scenario, "bye"), "told"), "over")


TO_TAG = "To: [^;]*;tag=([[:alnum:]]+)"
NAMED = {"named": "Replaces: ([[:graph:]]+)"}


def tells(scenario, number, text, cseq=1):
    """Writes to somebody."""
    return calls_besides(scenario, "MESSAGE", cseq, text, tag="", number=number, more=[
        "Content-Type: text/plain"]).receive(200)


def knows_his_call():
    return learn(accept(rings().pause(100)), "ACK",
                 {"ours": "From: [^;]*;tag=([[:alnum:]]+)"}).pause(50)


def gives_away(scenario):
    """Bob writes to somebody which call may be taken from him."""
    return tells(scenario, "last",
                 "Replaces: [call_id];to-tag=[$ours];from-tag=one").expect_bye()


def has_taken_over():
    return gives_away(knows_his_call())


def takes_over():
    """Carol is told which call, and takes it."""
    scenario = learn(Callee(), "MESSAGE", NAMED).reply("200 OK")
    calls_besides(scenario, "INVITE", 1, sdp(), tag="", more=["Replaces: [$named]"])
    return is_put_through(scenario, 100).expect_bye()


DIALOG = {"id": "call-id=.([[:alnum:]@./-]+)", "his": "local-tag=.([[:alnum:]]+)",
          "ours": "remote-tag=.([[:alnum:]]+)"}
TAKES = "%s: [$id];to-tag=[$ours];from-tag=[$his]"


def looks_at(number, wanted, ms=300):
    """Which calls are there?"""
    scenario = Caller(number, user="last").pause(ms).request("SUBSCRIBE", in_dialog=False, more=[
        "Event: dialog", "Expires: 0"]).receive(200, routes=True)
    return learn(scenario, "NOTIFY", wanted).reply()


def comes_into(number, header, only=""):
    """It names the call that it has been told of."""
    scenario = looks_at(number, DIALOG)
    calls_besides(scenario, "INVITE", 1, sdp(), tag="", number=number, more=[
        TAKES % header + only])
    return is_put_through(scenario, 100)


def picks_up_for_him():
    return comes_into("800", "Replaces", ";early-only").receive("BYE").reply()


def joins():
    scenario = comes_into("802", "Join").pause(100)
    return calls_besides(scenario, "BYE", 2).receive(200)


def has_music_played():
    """By somebody else, from whom he takes the call again."""
    scenario = gives_away(goes_on("sendonly", 1)(knows_his_call())).pause(100)
    calls_besides(scenario, "SUBSCRIBE", 2, tag="", number="808", more=[
        "Event: dialog", "Expires: 0"]).receive(200)
    learn(scenario, "NOTIFY", DIALOG).reply("200 OK", tag=False)
    calls_besides(scenario, "INVITE", 3, sdp(), tag="", more=[TAKES % "Replaces"])
    return is_put_through(scenario, 100, cseq=3).expect_bye()


def parks():
    scenario = refers(picks_up().pause(50), "sip:807@127.0.0.1")
    is_told(scenario, "told", "SIP/2.0 100")
    is_told(scenario, "outcome", "SIP/2.0 200")
    return answer(keep(scenario, "BYE", "bye"), "bye")


def fetches():
    scenario = looks_at("701", {"state": "<state>(confirmed)"}, 600)
    calls_besides(scenario, "INVITE", 1, sdp(), tag="", number="701")
    return is_put_through(scenario, 100).receive("BYE").reply()


def becomes_a_focus():
    """His phone mixes."""
    scenario = goes_on("sendrecv", 1, ["Contact: <sip:boss@[local_ip]:[local_port]>;isfocus"])(
        picks_up())
    answer(keep(asks_somebody_else(scenario), "BYE", "bye"), "bye")
    return calls_besides(scenario, "BYE", 2).receive(200)


def calls_again():
    """As soon as it is told that he has time."""
    scenario = Caller("806").pause(500).invite().receive(100).receive(486).ack_failure()
    calls_besides(scenario, "SUBSCRIBE", 1, tag="", number="806", more=[
        "Event: dialog", "Expires: 60"])
    learn(scenario, 200, {"watchedTag": TO_TAG})
    is_told(scenario, "before", "confirmed")
    is_told(scenario, "free", "terminated")
    scenario.invite().receive(100).receive(180).receive(200, routes=True).ack()
    is_told(scenario, "after", "confirmed")
    calls_besides(scenario, "SUBSCRIBE", 2, tag=";tag=[$watchedTag]", number="806", more=[
        "Event: dialog", "Expires: 0"]).receive(200)
    is_told(scenario, "end", "Subscription-State: terminated")
    return scenario.receive("BYE").reply()


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
    files = {"sip.conf": SIP_CONF,
             "res_parking.conf": "[default]\nparkext = 700\nparkpos = 701-702\n"
                                 "parkinghints = yes\n"}
    extensions = EXTENSIONS
