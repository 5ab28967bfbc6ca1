#!/usr/bin/python3
"""Call flows of RFC 3261, 3264, 3665 and 5407, played by SIPp on one side or
on both. SIPp calls from 127.0.0.5, which the exchange knows by address, and
is called at 127.0.0.6."""

import time

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.scenario import Callee, Caller, sdp
from lib.sipp import Sipp

DIALPLAN = """\
[office]
exten => 600,1,Answer()
 same => n,Wait(20)

exten => 601,1,Answer()
 same => n,Read(key,,1,,1,10)
 same => n,GotoIf($["${key}" = "5"]?good)
 same => n,Hangup(21)
 same => n(good),Hangup(16)

exten => 602,1,Ringing()
 same => n,Wait(20)

exten => 603,1,Progress()
 same => n,Playback(vm-goodbye,noanswer)
 same => n,Busy(5)

exten => 604,1,Answer()
 same => n,SendDTMF(42)
 same => n,Wait(1)

exten => 605,1,Answer()
 same => n,Verbose(1,caller is ${CALLERID(all)} header ${SIP_HEADER(X-Test)})
 same => n,Hangup()

exten => 607,1,Set(DB(last/caller)=${CALLERID(num)})
 same => n,Busy(1)
exten => _80X,1,Dial(SIP/bob@127.0.0.6:5080,20)
 same => n,Verbose(1,dial status ${DIALSTATUS} cause ${HANGUPCAUSE})
 same => n,Hangup(${HANGUPCAUSE})

exten => 821,1,Dial(SIP/bob@127.0.0.6:5080,20)
 same => n,Hangup()
exten => 822,1,Dial(SIP/bob@127.0.0.6:5080,20)
exten => 823,1,Dial(SIP/bob@127.0.0.6:5080,20)
 same => n,Answer()
 same => n,Hangup()
exten => 824,1,Dial(SIP/bob@127.0.0.6:5080,20)
 same => n,Answer()

exten => 811,1,Dial(SIP/bob@127.0.0.6:5080&SIP/bob@127.0.0.6:5081,20)
exten => 812,1,Dial(SIP/bob@127.0.0.6:5080,2)
 same => n,Congestion(1)
"""

SIPP_PEER = """
[sipp]
type = phone
match = 127.0.0.5
context = office
trust_id_inbound = yes
"""


class SippTest(CallTest):
    extensions = DIALPLAN
    files = {"sip.conf": SIP_CONF + SIPP_PEER}

    def setUp(self):
        super().setUp()
        self.addCleanup(lambda: [s.stop() for s in self.sipps])
        self.sipps = []

    def caller(self, scenario, port=5090, **more):
        sipp = Sipp(self.folder, scenario, port, "127.0.0.5", **more)
        self.sipps.append(sipp)
        return sipp

    def callee(self, scenario, port=5080, **more):
        sipp = Sipp(self.folder, scenario, port, "127.0.0.6", **more)
        self.sipps.append(sipp)
        time.sleep(0.3)
        return sipp


class Calling(SippTest):
    """The exchange is called."""

    def test_an_invite_is_answered_acknowledged_and_ended(self):
        self.caller(Caller("600").invite().answered(match="m=audio")
                    .ack().pause(300).bye()).finish()
        self.exchange.wait_idle()

    def test_the_answer_says_what_is_allowed_and_supported(self):
        sipp = self.caller(Caller("600").invite().answered().ack().bye())
        sipp.finish()
        answer = sipp.received("SIP/2.0 200")[0]
        for method in ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"):
            self.assertRegex(answer, r"\nAllow:.*\b%s\b" % method)
        self.assertRegex(answer, r"\nContact: *<sip:[^>]*127\.0\.0\.1")
        self.assertRegex(answer, r"\nSupported:")
        self.assertRegex(answer, r"\nServer: *Ringdown")

    def test_a_password_says_who_calls_and_from_does_not(self):
        login = "[authentication username=1001 password=secret-1001]"
        caller = Caller("607", user="1002")
        caller.request("INVITE", sdp(), in_dialog=False)
        caller.receive(401, auth=True).ack_failure()
        caller.request("INVITE", sdp(), [login], in_dialog=False)
        caller.receive(100, optional=True).receive(486).ack_failure()
        sipp = Sipp(self.folder, caller, 5091, "127.0.0.7")
        self.sipps.append(sipp)
        sipp.finish()
        self.assertIn("Value: 1001", self.exchange.ask("database get last caller"))

    def test_a_late_offer_is_answered_in_the_ack(self):
        self.caller(Caller("600").invite(body="\n")
                    .answered(match="m=audio [1-9]").ack(sdp("0 101"))
                    .pause(300).bye()).finish()

    def test_an_unknown_number_is_404(self):
        self.caller(Caller("9999").invite().receive(100, optional=True)
                    .receive(404).ack_failure()).finish()
        self.exchange.wait_idle()

    def test_no_common_codec_is_488(self):
        self.caller(Caller("600").invite(sdp("9"))
                    .receive(100, optional=True)
                    .receive(488).ack_failure()).finish()
        self.exchange.wait_idle()

    def test_an_unknown_extension_is_420_and_named(self):
        self.caller(Caller("600").invite(more=["Require: nosuchthing"])
                    .receive(100, optional=True)
                    .receive(420, match="Unsupported:.*nosuchthing")
                    .ack_failure()).finish()

    def test_no_hops_left_is_483(self):
        scenario = Caller("600").invite()
        scenario.steps[0] = scenario.steps[0].replace(
            "Max-Forwards: 70", "Max-Forwards: 0")
        self.caller(scenario.receive(100, optional=True).receive(483)
                    .ack_failure()).finish()

    def test_cancel_while_ringing_is_487(self):
        self.caller(Caller("602").invite().receive(100, optional=True)
                    .receive(180).pause(200).cancel().receive(200)
                    .receive(487).ack_failure()).finish()
        self.exchange.wait_idle()

    def test_early_media_then_busy(self):
        self.caller(Caller("603").invite().receive(100, optional=True)
                    .receive(183, match="m=audio").receive(486)
                    .ack_failure()).finish()
        self.exchange.wait_idle()

    def test_a_200_that_nobody_acknowledges_is_repeated_then_ended(self):
        sipp = self.caller(
            Caller("600").invite().answered()
            .receive("BYE", timeout=40000).reply(), timeout=45)
        # the silent caller gets 200s that it did not expect: let it ignore
        sipp.process.wait(50)
        answers = sipp.received("SIP/2.0 200")
        self.assertGreaterEqual(len(answers), 2)
        self.exchange.wait_idle(40)

    def test_options_outside_of_a_call(self):
        self.caller(Caller("600").request("OPTIONS", in_dialog=False)
                    .receive(200, match="Allow:")).finish()

    def test_options_inside_of_a_call(self):
        self.caller(Caller("600").invite().answered().ack()
                    .request("OPTIONS").receive(200, match="Allow:")
                    .bye()).finish()

    def test_a_request_in_an_unknown_dialog_is_481(self):
        scenario = Caller("600").request("BYE", in_dialog=False,
                                         uri="sip:600@127.0.0.1")
        scenario.steps[0] = scenario.steps[0].replace(
            "To: <sip:600@[remote_ip]:[remote_port]>",
            "To: <sip:600@[remote_ip]:[remote_port]>;tag=nobody")
        self.caller(scenario.receive(481)).finish()

    def test_info_and_update_outside_of_a_call_are_481(self):
        for port, method in ((5091, "INFO"), (5092, "UPDATE")):
            self.caller(Caller("600").request(method, in_dialog=False)
                        .receive(481), port).finish()

    def test_a_text_to_nobody_is_404(self):
        self.caller(Caller("600").request("MESSAGE", in_dialog=False)
                    .receive(404)).finish()

    def test_an_unknown_method_is_405_or_501(self):
        scenario = Caller("600").request("DANCE", in_dialog=False)
        sipp = self.caller(scenario.receive(501), timeout=6)
        sipp.process.wait(12)
        self.assertRegex(sipp.read(".msg"), r"SIP/2.0 (405|501)")

    def test_hold_and_resume_by_sendonly(self):
        self.caller(Caller("600").invite().answered().ack().pause(200)
                    .request("INVITE", sdp("0 8 101", "sendonly", version=2))
                    .answered(match="a=(recvonly|inactive)").ack()
                    .pause(200)
                    .request("INVITE", sdp(version=3))
                    .answered(match="a=sendrecv").ack().bye()).finish()

    def test_hold_and_resume_by_a_zero_address(self):
        self.caller(Caller("600").invite().answered().ack().pause(200)
                    .request("INVITE", sdp(connection="0.0.0.0", version=2))
                    .answered().ack().pause(200)
                    .request("INVITE", sdp(version=3))
                    .answered(match="a=sendrecv").ack().bye()).finish()

    def test_a_digit_by_info_dtmf_relay(self):
        scenario = Caller("601").invite().answered().ack().pause(500)
        body = "Signal=5\nDuration=160\n"
        scenario.request("INFO", body,
                         ["Content-Type: application/dtmf-relay"])
        self.caller(scenario.receive(200).receive(
            "BYE", match="cause=16").reply()).finish()

    def test_a_digit_by_info_dtmf(self):
        scenario = Caller("601").invite().answered().ack().pause(500)
        scenario.request("INFO", "5", ["Content-Type: application/dtmf"])
        self.caller(scenario.receive(200).receive(
            "BYE", match="cause=16").reply()).finish()

    def test_a_trusted_identity_is_the_caller(self):
        self.caller(Caller("605").invite(more=[
            'P-Asserted-Identity: "Trusted" <sip:4711@example.com>',
            "X-Test: seen"])
            .answered().ack().receive("BYE").reply()).finish()
        self.exchange.wait_log(r'caller is "Trusted" <4711> header seen')

    def test_a_second_bye_is_481(self):
        self.caller(Caller("600").invite().answered().ack().bye()
                    .request("BYE").receive(481)).finish()


class BeingCalled(SippTest):
    """The exchange calls on behalf of SIPp."""

    def call(self, callee, caller, port=5080):
        called = self.callee(callee, port)
        calling = self.caller(caller)
        calling.finish()
        called.finish()
        self.exchange.wait_idle()
        return called, calling

    def test_a_call_through_the_exchange(self):
        called, _ = self.call(
            Callee().expect_invite().ringing().pause(200).answer()
            .receive("ACK").expect_bye(),
            Caller("800").invite().receive(100, optional=True).receive(180)
            .receive(200, routes=True).ack().pause(300).bye())
        invite = called.received("INVITE")[0]
        self.assertRegex(invite, r"\nMax-Forwards: *\d+")
        self.assertRegex(invite, r"\nAllow:.*\bINVITE\b")

    def test_the_called_side_ends_the_call(self):
        self.call(Callee().expect_invite().answer().expect_ack().pause(300)
                  .bye(),
                  Caller("800").invite().answered().ack()
                  .receive("BYE").reply())

    def test_busy_comes_through(self):
        self.call(Callee().expect_invite().reply("486 Busy Here")
                  .receive("ACK"),
                  Caller("800").invite().receive(100, optional=True)
                  .receive(486).ack_failure())
        self.exchange.wait_log("dial status BUSY cause 17")

    def test_declined_comes_through(self):
        self.call(Callee().expect_invite().reply("603 Decline")
                  .receive("ACK"),
                  Caller("800").invite().receive(100, optional=True)
                  .receive(603).ack_failure())
        self.exchange.wait_log("cause 21")

    def test_what_the_called_says_ends_the_call_in_either_way(self):
        """Hangup() without a cause, and the end of the extension."""
        for number in ("821", "822"):
            for status in (404, 480, 486, 503, 603):
                with self.subTest(number=number, status=status):
                    self.call(Callee().expect_invite().reply("%d Sorry" % status)
                              .receive("ACK"),
                              Caller(number).invite().receive(100, optional=True)
                              .receive(status).ack_failure())

    def test_a_call_that_was_answered_ends_as_usual(self):
        """By a mailbox, say, after nobody had time."""
        for number in ("823", "824"):
            self.call(Callee().expect_invite().reply("486 Busy Here").receive("ACK"),
                      Caller(number).invite().answered().ack()
                      .receive("BYE", match="cause=16").reply())

    def test_early_media_comes_through(self):
        self.call(Callee().expect_invite()
                  .reply("183 Session Progress", sdp("0 101"))
                  .pause(300).answer().receive("ACK").expect_bye(),
                  Caller("800").invite().receive(100, optional=True)
                  .receive(183, match="m=audio")
                  .receive(200, routes=True).ack().pause(200).bye())

    def test_cancel_of_the_caller_reaches_the_called(self):
        self.call(Callee().expect_invite().ringing().receive("CANCEL")
                  .reply("200 OK", tag=False)
                  .reply("487 Request Terminated", to_invite=True)
                  .receive("ACK"),
                  Caller("800").invite().receive(100, optional=True)
                  .receive(180).pause(200).cancel().receive(200)
                  .receive(487).ack_failure())

    def test_an_answer_that_crosses_the_cancel_is_ended(self):
        self.call(Callee().expect_invite().ringing().receive("CANCEL")
                  .reply("200 OK", tag=False)
                  .reply("200 OK", sdp("0 101"), to_invite=True)
                  .receive("ACK").expect_bye(),
                  Caller("800").invite().receive(100, optional=True)
                  .receive(180).pause(200).cancel().receive(200)
                  .receive(487).ack_failure())

    def test_the_first_of_two_phones_wins(self):
        slow = self.callee(
            Callee().expect_invite().ringing().receive("CANCEL")
            .reply("200 OK", tag=False)
            .reply("487 Request Terminated", to_invite=True)
            .receive("ACK"), 5081)
        self.call(Callee().expect_invite().ringing().pause(500).answer()
                  .receive("ACK").expect_bye(),
                  Caller("811").invite().receive(100, optional=True)
                  .receive(180).receive(180, optional=True)
                  .receive(200, routes=True).ack().pause(200).bye())
        slow.finish()
        self.assertRegex(slow.received("CANCEL")[0],
                         r"\nReason:.*(cause=200|cause=26)")

    def test_nobody_answers_in_time(self):
        self.call(Callee().expect_invite().ringing().receive("CANCEL")
                  .reply("200 OK", tag=False)
                  .reply("487 Request Terminated", to_invite=True)
                  .receive("ACK"),
                  Caller("812").invite().receive(100, optional=True)
                  .receive(180).receive(503).ack_failure())

    def test_a_moved_phone_is_followed(self):
        moved = self.callee(Callee().expect_invite().answer().receive("ACK")
                            .expect_bye(), 5081)
        self.call(Callee().expect_invite().reply(
            "302 Moved Temporarily",
            more=["Contact: <sip:bob@127.0.0.6:5081>"]).receive("ACK"),
            Caller("800").invite().answered().ack().pause(200).bye())
        moved.finish()

    def test_a_phone_that_is_away_is_reported(self):
        calling = self.caller(Caller("800").invite()
                              .receive(100, optional=True)
                              .receive(503, timeout=40000).ack_failure(),
                              timeout=45)
        calling.process.wait(50)
        self.assertRegex(calling.read(".msg"), r"SIP/2.0 (408|480|503|500)")
        self.exchange.wait_idle()


if __name__ == "__main__":
    tap.main()
