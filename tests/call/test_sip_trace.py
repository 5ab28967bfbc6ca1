#!/usr/bin/python3
"""`sip trace ladder` of a transfer among three reads as the figure of RFC 5589
section 6.1 does, with the exchange in the middle."""

import re
import time

from lib import ladder, tap
from lib.case import CallTest
from lib.scenario import Callee
from lib.sipp import Sipp
from lib.table import call, notified

SIP_CONF = """\
[udp]
type = transport
bind = 127.0.0.1:5060
[transferor]
type = phone
match = 127.0.0.5
context = office
[transferee]
type = peer
host = 127.0.0.6:5080
context = office
[target]
type = peer
host = 127.0.0.7:5070
context = office
"""

EXTENSIONS = """\
[office]
exten => 800,1,Dial(SIP/1@transferee,10)
exten => 801,1,Dial(SIP/2@target,10)
"""

TRANSFEROR, TRANSFEREE, TARGET = "127.0.0.5:5090", "127.0.0.6:5080", "127.0.0.7:5070"

# As seen by each of the three; > is what the exchange says.
FIGURE = {
    TRANSFEROR: ["<INVITE", ">100 Trying", ">200 OK", "<ACK", "<REFER", ">202 Accepted",
                 ">NOTIFY", "<200 OK", ">NOTIFY", "<200 OK", ">BYE", "<200 OK"],
    TRANSFEREE: [">INVITE", "<200 OK", ">ACK", "<BYE", ">200 OK"],
    TARGET: [">INVITE", "<200 OK", ">ACK", ">BYE", "<200 OK"],
}


class Ladder(CallTest):
    files = {"sip.conf": SIP_CONF}
    extensions = EXTENSIONS

    def sipp(self, scenario, address):
        sipp = Sipp(self.folder, scenario, int(address.split(":")[1]),
                    address.split(":")[0])
        self.addCleanup(sipp.stop)
        return sipp

    def transfer(self):
        target = self.sipp(Callee().expect_invite().answer().receive("ACK").expect_bye(),
                           TARGET)
        transferee = self.sipp(Callee().expect_invite().answer().expect_ack()
                               .pause(700).bye(), TRANSFEREE)
        time.sleep(0.15)
        refer = call("800").answered().ack().pause(100).request("REFER", more=[
            "Refer-To: <sip:801@127.0.0.1>"]).receive(202)
        notified(refer, "SIP/2.0 100")
        notified(refer, "SIP/2.0 200")
        transferor = self.sipp(refer.receive("BYE").reply(), TRANSFEROR)
        for one in transferor, transferee, target:
            one.finish()
        self.exchange.wait_idle()

    def test_a_transfer_reads_as_its_figure(self):
        self.exchange.ask("sip trace ladder")
        self.transfer()
        columns, arrows = ladder.wait(self.exchange, sum(map(len, FIGURE.values())))
        seen = {}
        for party, from_it, name, _ in arrows:
            seen.setdefault(party, []).append(("<" if from_it else ">") + name)
        self.assertEqual(columns, [TRANSFEROR, TRANSFEREE, TARGET])
        self.assertEqual([arrow[3] for arrow in arrows],
                         list(range(1, len(arrows) + 1)))
        self.assertEqual(seen, FIGURE)

    def test_the_same_with_all_of_the_text(self):
        self.exchange.ask("sip trace on")
        self.transfer()
        self.exchange.wait_log(r"127\.0\.0\.1:5060 UDP <-- %s(?s:.*)CSeq: \d+ BYE" % TARGET)
        heads = re.findall(r"(?m): F(\d+) ([^:\n]+): 127\.0\.0\.1:5060 UDP (<--|-->) "
                           r"([\d.:]+), \d+ bytes, \+", self.exchange.log())
        for party, figure in FIGURE.items():
            self.assertEqual([arrow.strip("-") + name
                              for _, name, arrow, address in heads if address == party],
                             figure)


if __name__ == "__main__":
    tap.main()
