#!/usr/bin/python3
"""Subscriptions as programs know them that nobody here wrote: SIPp watches lamps,
Twinkle its waiting messages and its own presence."""

import re

from lib import tap
from lib.case import CallTest
from lib.daemon import SIP_CONF
from lib.scenario import Caller
from lib.sipp import Sipp
from lib.twinkle import Twinkle

PEERS = """
[2001]
type = phone
match = 127.0.0.5
context = office

[panel]
type = phone
match = 127.0.0.7
context = office

[lamps]
type = resource_list
event = dialog
list_item = 2001
list_item = 1002

[1009](phone)
secret = secret-1009
mailbox = 1009@default
"""

DIALPLAN = """\
[office]
exten => 2001,hint,SIP/2001
exten => 1002,hint,SIP/1002
exten => 601,1,Set(MWI(1009)=4,1)
 same => n,Verbose(1,mailbox has ${MWI(1009)} and ${MWI(1009@default,old)})
 same => n,Hangup(17)
exten => 600,1,Ringing()
 same => n,Wait(0.5)
 same => n,Answer()
 same => n,Wait(10)
"""


class Watcher(Caller):
    """A phone with lamps."""

    def __init__(self, resource):
        super().__init__(resource, "panel")

    def subscribe(self, expires=600, more=(), in_dialog=False):
        return self.request("SUBSCRIBE", "", [
            "Event: dialog", "Expires: %d" % expires,
            "Accept: application/dialog-info+xml, multipart/related, "
            "application/rlmi+xml", *more], in_dialog=in_dialog)

    def told(self, match):
        return self.receive("NOTIFY", match=match).reply()


class Events(CallTest):
    extensions = DIALPLAN
    files = {"sip.conf": SIP_CONF + PEERS}

    def sipp(self, scenario, port, address):
        sipp = Sipp(self.folder, scenario, port, address)
        self.addCleanup(sipp.stop)
        return sipp

    def watch(self, scenario):
        sipp = self.sipp(scenario, 5097, "127.0.0.7")
        self.exchange.wait_output("sip show subscriptions",
                                  r"\n1 told by us")
        return sipp

    def call(self):
        self.sipp(Caller("600", "2001").invite().answered().ack()
                  .pause(500).bye(), 5090, "127.0.0.5").finish()

    def test_a_lamp_follows_a_call(self):
        watching = self.watch(
            Watcher("2001").subscribe().receive(200, match="Expires: 600",
                                                routes=True)
            .told(".state.terminated")
            .told("direction=.initiator.+.state.early")
            .told(".state.confirmed")
            .told(".state.terminated")
            .subscribe(0, in_dialog=True).receive(200)
            .receive("NOTIFY", match="terminated;reason=timeout").reply())
        self.call()
        watching.finish()
        versions = [re.search(r'version="(\d+)"', text).group(1)
                    for text in watching.received("NOTIFY")]
        self.assertEqual(versions, ["0", "1", "2", "3", "4"])
        self.exchange.wait_output("sip show subscriptions",
                                  r"\n0 told by us")

    def test_a_panel_of_lamps_is_one_subscription(self):
        watching = self.watch(
            Watcher("lamps").subscribe(more=["Supported: eventlist"])
            .receive(200, match="Require: eventlist", routes=True)
            .told("fullState=.true.")
            .told("fullState=.false.")
            .told(".state.confirmed")
            .told(".state.terminated"))
        self.call()
        watching.finish()
        first, early = watching.received("NOTIFY")[:2]
        self.assertRegex(first, r'uri="sip:1002@')
        self.assertIn('Content-Type: application/dialog-info+xml', first)
        self.assertNotIn('uri="sip:1002@', early)

    def test_a_watched_phone_is_watched_after_a_restart(self):
        watching = self.watch(
            Watcher("2001").subscribe().receive(200, routes=True)
            .told(".state.terminated").told("active;expires=")
            .told(".state.early"))
        self.exchange.stop()
        self.exchange.start()
        self.exchange.wait_ready()
        self.exchange.wait_output("sip show subscriptions",
                                  r"panel +dialog +2001 +active")
        self.call()
        watching.finish()

    def test_an_orderly_stop_ends_it(self):
        watching = self.watch(
            Watcher("2001").subscribe().receive(200, routes=True)
            .told(".state.terminated").told("terminated;reason=probation"))
        self.exchange.ask("core stop gracefully")
        watching.finish()
        self.exchange.process.wait(10)

    def test_messages_are_counted_by_the_dialplan_and_over_a_restart(self):
        self.sipp(Caller("601", "2001").invite().receive(100, optional=True)
                  .receive(486).ack_failure(), 5090, "127.0.0.5").finish()
        self.exchange.wait_log("mailbox has 4 and 1")
        self.assertRegex(self.exchange.ask("mwi show"),
                         r"1009@default +4 +1\n")
        self.exchange.stop()
        self.exchange.start()
        self.exchange.wait_ready()
        self.assertRegex(self.exchange.ask("mwi show"),
                         r"1009@default +4 +1\n")
        self.exchange.ask("mwi delete 1009")
        self.assertRegex(self.exchange.ask("mwi show"), r"\n0 mailboxes")
        self.assertNotEqual(self.exchange.run("mwi update 10/09 1")[0], 0)

    def test_twinkle_sees_its_messages_and_publishes_itself(self):
        ask = self.exchange.wait_output
        self.exchange.ask("mwi update 1009 2 5")
        self.exchange.ask("sip trace on")
        twinkle = Twinkle(self.folder, "1009", "secret-1009")
        self.addCleanup(twinkle.stop)
        ask("sip show subscriptions", r"1009 +message-summary +1009 +active")
        ask("sip show publications", r"\n1009 +1009 +\w+ +\d+ +\d+")
        self.exchange.wait_log(r"Voice-Message: 2/5 ")
        self.exchange.ask("mwi update 1009 3 5")
        self.exchange.wait_log(
            r"(?s)Voice-Message: 3/5 .*SIP/2\.0 200 OK.*CSeq: 2 NOTIFY")
        self.assertEqual(twinkle.quit(), 0)
        ask("sip show subscriptions", r"\n0 told by us")
        ask("sip show publications", r"\n0 publications")


if __name__ == "__main__":
    tap.main()
