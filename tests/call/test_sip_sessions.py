#!/usr/bin/python3
"""Extensions of a call's session, played by SIPp: PRACK (RFC 3262), UPDATE (RFC 3311),
session timers (RFC 4028), bodies in parts (RFC 5621)."""

from lib import tap
from lib.scenario import Callee, Caller, sdp
from test_sip_flows import SippTest


def keep(scenario, what, header, name, pattern=".*", routes=True):
    """Receive a message and keep a part of one of its headers as [$name]."""
    kind = "response" if isinstance(what, int) else "request"
    scenario.steps.append(
        '<recv %s="%s" rrs="%s"><action><ereg regexp="%s" search_in="hdr" '
        'header="%s:" check_it="true" assign_to="%s"/></action></recv>\n'
        % (kind, what, "true" if routes else "false", pattern, header, name))
    return scenario


class Calling(SippTest):
    def test_early_sound_is_acknowledged(self):
        scenario = (Caller("603").invite(more=["Supported: 100rel"])
                    .receive(100, optional=True))
        keep(scenario, 183, "RSeq", "rseq", "[0-9]+")
        scenario.request("PRACK", more=["RAck: [$rseq] 1 INVITE"])
        scenario.receive(200).receive(486)
        scenario.cseq = 1
        self.caller(scenario.ack_failure()).finish()
        self.exchange.wait_idle()

    def test_a_session_is_refreshed(self):
        timer = ["Supported: timer", "Session-Expires: 90;refresher=uac"]
        self.caller(Caller("600").invite(more=timer)
                    .answered(match="Session-Expires: 90;refresher=uac").ack()
                    .request("UPDATE", more=timer)
                    .receive(200, match="Require: timer").bye()).finish()

    def test_a_session_is_too_short(self):
        self.caller(Caller("600")
                    .invite(more=["Supported: timer", "Session-Expires: 30"])
                    .receive(422, match="Min-SE: 90").ack_failure()).finish()

    def test_an_update_holds_the_call(self):
        self.caller(Caller("600").invite().answered().ack()
                    .request("UPDATE", sdp(direction="sendonly", version=2))
                    .receive(200, match="a=recvonly").bye()).finish()

    def test_a_description_in_a_part(self):
        body = ("--b\nContent-Type: application/x-own\n"
                "Content-Disposition: signal;handling=optional\n\n?\n"
                "--b\nContent-Type: application/sdp\n\n%s\n--b--\n" % sdp())
        self.caller(Caller("600")
                    .invite(body, more=["Content-Type: multipart/mixed;boundary=b"])
                    .answered(match="m=audio").ack().bye()).finish()


class BeingCalled(SippTest):
    def test_a_reliable_answer_is_acknowledged(self):
        scenario = keep(Callee(), "INVITE", "Via", "via")
        scenario.reply("183 Session Progress", sdp("0 101"),
                       more=["Require: 100rel", "RSeq: 17"])
        scenario.receive("PRACK", match="RAck: 17 1 INVITE")
        scenario.reply("200 OK", tag=False)
        scenario.send("SIP/2.0 200 OK", [
            "Via:[$via]", "[last_From:]", "[last_To:]", "[last_Call-ID:]",
            "CSeq: 1 INVITE", "Contact: <sip:sipp@[local_ip]:[local_port]>"],
            retrans=True)
        callee = self.callee(scenario.receive("ACK", match="!m=audio").expect_bye())
        self.caller(Caller("800").invite().receive(100, optional=True)
                    .receive(183).receive(200, routes=True, match="m=audio")
                    .ack().pause(200).bye()).finish()
        callee.finish()
        self.exchange.wait_idle()


if __name__ == "__main__":
    tap.main()
