#!/usr/bin/python3
"""baresip with its ICE module: on one network, through a NAT without any
address that could be learned from the description, and by a TURN server."""

import time

from lib import network
from lib.case import CallTest
from lib.daemon import SIP_CONF

OFFICE = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},10)
"""

MODULES = "module stun.so\nmodule turn.so\nmodule ice.so\nice_mode full\n"


class IceTest(CallTest):
    extensions = OFFICE

    def ice_phone(self, user, hz, more="", **options):
        return self.phone(user, hz, config=MODULES, extra=";medianat=ice" + more,
                          **options)

    def talk(self, caller, number, called, seconds=3):
        caller.dial(number)
        called.wait_for("CALL_ESTABLISHED")
        caller.wait_for("CALL_ESTABLISHED")
        time.sleep(seconds)
        caller.hangup()
        called.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()


class TwoNetworks(IceTest):
    """The exchange and two machines, each on a wire of its own: baresip does
    not tell loopback addresses."""

    files = {"sip.conf": SIP_CONF.replace("context = office",
                                          "context = office\nice_support = yes")
             .replace("127.0.0.1:5060", "0.0.0.0:5060")}

    def setUp(self):
        self.machines = [network.Machine(self), network.Machine(self)]
        for i, machine in enumerate(self.machines):
            network.wire("net%d" % i, None, "198.51.10%d.1/24" % i, machine,
                         "198.51.10%d.2/24" % i)
            self.addCleanup(network.run, "ip", "link", "delete", "net%da" % i)
        super().setUp()

    def at(self, i):
        return {"address": "198.51.10%d.2" % i, "machine": self.machines[i],
                "server": "198.51.10%d.1:5060" % i}

    def test_both_ends_speak_ice(self):
        one = self.ice_phone("1001", 440, **self.at(0))
        other = self.ice_phone("1002", 1000, **self.at(1))
        self.talk(one, "1002", other)
        self.assert_heard(one, 1000, 2.5, level=-10)
        self.assert_heard(other, 440, 2.5, level=-10)

    def test_one_that_does_not_is_called_as_ever(self):
        one = self.ice_phone("1001", 440, **self.at(0))
        other = self.phone("1002", 1000, **self.at(1))
        self.talk(one, "1002", other)
        self.talk(other, "1001", one)
        self.assert_heard(one, 1000, 2.5, level=-10)
        self.assert_heard(other, 440, 2.5, level=-10)


if __name__ == "__main__":
    from lib import tap
    tap.main()
