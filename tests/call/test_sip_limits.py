#!/usr/bin/python3
"""How long, and how far: what RFC 4320 wants of everything but INVITE, and how calls that
a proxy spreads share their breadth (RFC 5393), with SIPp as caller and as callee."""

import time

from lib import tap
from lib.kept import answer, keep
from lib.scenario import Callee, Caller, sdp
from lib.table import SIP_CONF, Table

CONF = SIP_CONF + """
[global]
user_agent = Limits

[1005]
type = phone
host = 127.0.0.6:5080
match = 127.0.0.98
context = office
"""

PROXY_CONF = """\
[one]
pattern = _3XX
to = sip:127.0.0.6:5080
[two]
pattern = _4XX
to = sip:127.0.0.6:5080 & sip:127.0.0.7:5070
"""


def texts(body="Hello", **kind):
    return Caller("1005").request("MESSAGE", body, ["Content-Type: text/plain"],
                                  in_dialog=False, **kind)


def takes_the_text_after(ms):
    return keep(Callee(), "MESSAGE", "text").pause(ms)


def spreads(number, breadth):
    scenario = Caller(number)
    scenario.request("INVITE", sdp(), ["Max-Breadth: %d" % breadth], in_dialog=False)
    return scenario.receive(100, optional=True)


ROWS = [
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


class Limits(Table):
    files = {"sip.conf": CONF, "proxy.conf": PROXY_CONF}

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


Limits.add(ROWS)


if __name__ == "__main__":
    tap.main()
