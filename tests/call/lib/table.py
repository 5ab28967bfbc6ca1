"""Flows as rows of a table: the RFC, what happens, whoever calls and whoever is
called, all against one daemon. Steps that several tables use stand here too."""

import atexit
import shutil
import tempfile
import time
import unittest

from .daemon import Ringdown
from .scenario import Caller
from .sipp import Sipp


# Who calls, and who is called as SIP/...@far.
SIP_CONF = """\
[udp]
type = transport
bind = 127.0.0.1:5060

[sipp]
type = phone
match = 127.0.0.5
context = office

[peer](!)
type = peer
host = 127.0.0.6:5080
match = 127.0.0.99
context = office
[far](peer)
secret = far-word
"""


def keep(scenario, what, header, name, pattern=".*"):
    """Receive it, and keep a part of one of its headers as [$name]."""
    kind = "response" if isinstance(what, int) else "request"
    scenario.steps.append(
        '<recv %s="%s" rrs="true"><action><ereg regexp="%s" search_in="hdr" '
        'header="%s:" check_it="true" assign_to="%s"/></action></recv>\n'
        % (kind, what, pattern, header, name))
    return scenario


def kept_via(scenario, method="INVITE"):
    return keep(scenario, method, "Via", "via")


def call(number="600", more=(), body=None, **kind):
    return Caller(number, **kind).invite(body, more=list(more))


def through(number, more=()):
    """A caller whose call is answered by somebody, and who hangs up soon."""
    return call(number, more).answered().ack().pause(100).bye()


def notified(scenario, match):
    """A NOTIFY comes, and is answered."""
    return scenario.receive("NOTIFY", match=match).reply()


def subscribe(event, match, target="sipp", more=()):
    """What is watched comes at once, and once more at the end."""
    scenario = Caller(target).request(
        "SUBSCRIBE", in_dialog=False,
        more=["Event: " + event, "Expires: 600", *more])
    scenario.receive(200, routes=True, match="Expires: 600")
    notified(scenario, match)
    return scenario.pause(50)


class Stage:
    """The folder and the daemon that all rows share, there from the first one on."""

    def __init__(self, table):
        self.folder = tempfile.mkdtemp(prefix="ringdown-call-")
        table.prepare(self.folder)
        self.exchange = Ringdown(self.folder, table.files, table.extensions)
        self.table = table
        atexit.register(self.end)

    def end(self):
        """Stop as systemd would; what a sanitizer says is a failure."""
        atexit.unregister(self.end)
        self.table.stage = None
        self.table.tidy()
        try:
            self.exchange.wait_idle(20)
        finally:
            try:
                self.exchange.stop()
            finally:
                shutil.rmtree(self.folder, ignore_errors=True)


class Table(unittest.TestCase):
    """Who calls is 127.0.0.5, who is called 127.0.0.6. A class sets `files` and
    `extensions`, and ends with a test that calls `end`."""

    files, extensions = {}, ""
    stage = None

    @classmethod
    def prepare(cls, folder):
        """Before the daemon starts."""

    @classmethod
    def tidy(cls):
        """When all rows are over."""

    @classmethod
    def add(cls, rows):
        """(RFC, what happens, who calls, who is called[, where the caller is])"""
        for row in rows:
            setattr(cls, cls.title(*row[:2]), lambda self, row=row: self.play(*row[2:]))

    @staticmethod
    def title(rfc, what):
        """Of a test, as the method's name."""
        return "test_rfc_%s_%s" % (rfc.replace(".", "_").replace(" ", "_"),
                                   what.replace(",", "").replace(" ", "_"))

    def setUp(self):
        if not self.stage:
            type(self).stage = Stage(type(self))
        self.folder, self.exchange = self.stage.folder, self.stage.exchange

    def sipp(self, scenario, port, address):
        sipp = Sipp(self.folder, scenario, port, address)
        self.addCleanup(sipp.stop)
        return sipp

    def play(self, caller, callee, address="127.0.0.5"):
        far = None
        if callee:
            far = self.sipp(callee(), 5080, "127.0.0.6")
            time.sleep(0.15)
        try:
            self.sipp(caller(), 5090, address).finish()
        except AssertionError as error:
            error.add_note("who was called saw:\n" + far.read(".msg") if far else "")
            raise
        if far:
            far.finish()
