"""A phone with lamps: it subscribes, and knows what it was told of each last."""

import re
import time

from lib import PATIENCE
from lib.wire import Wire


class Panel(Wire):
    """Lamps: what each was told last."""

    def __init__(self):
        super().__init__("127.0.0.7", 5097)
        self.lamps, self.active, self.newest = {}, {}, {}
        self.states = set()  # of all subscriptions, ever

    def subscribe(self, number, event="dialog", kind="application/dialog-info+xml", lamp=None):
        """lamp: what it is called here, the number without."""
        lamp = lamp or number
        self.send("SUBSCRIBE sip:%s@127.0.0.1 SIP/2.0\n"
                  "Via: SIP/2.0/UDP 127.0.0.7:5097;branch=z9hG4bK%s;rport\nMax-Forwards: 70\n"
                  "From: <sip:panel@127.0.0.1>;tag=f\nTo: <sip:%s@127.0.0.1>\n"
                  "Call-ID: %s\nCSeq: 1 SUBSCRIBE\nContact: <sip:panel@127.0.0.7:5097>\n"
                  "Event: %s\nAccept: %s\nExpires: 600\n"
                  "Content-Length: 0\n\n" % (number, lamp, number, lamp, event, kind))

    def look(self, seconds):
        """Answer what comes meanwhile."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.receive(0.2)
            if not text or not text.startswith("NOTIFY"):
                continue
            number = re.search(r"(?m)^Call-ID: (\S+)", text)[1]
            self.check_newer(number, text)
            self.lamps[number] = "".join(
                (re.findall(r"<state[^>]*>(\w+)|<basic>(\w+)|Voice-Message: (\S+)", text)
                 or [("terminated",)])[-1])
            self.active[number] = re.search(r"(?m)^Subscription-State: (\w+)", text)[1]
            self.states.add(self.active[number])
            self.send("SIP/2.0 200 OK\n%sContent-Length: 0\n\n" % "".join(
                re.findall(r"(?m)^(?:Via|From|To|Call-ID|CSeq): .*\n", text)))

    def check_newer(self, number, text):
        """A phone passes over what is older than what it was told, also after a restart."""
        now = [int(n) for n in re.findall(r"(?m)^CSeq: (\d+)| version=\"(\d+)\"", text)
               for n in n if n]
        branch = re.search(r"branch=([^;\s]+)", text)[1]
        before, last = self.newest.get(number, ([-1] * len(now), None))
        assert branch == last or all(a > b for a, b in zip(now, before)), (number, before, now)
        self.newest[number] = now, branch

    def wait(self, wanted, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while self.lamps != wanted:
            assert time.monotonic() < end, self.lamps
            self.look(0.2)
