#!/usr/bin/python3
"""The modules that bring event packages, and the dialplan, get new files while phones watch:
none notices."""

import os
import shutil
import subprocess

from lib import tap
from lib.case import CallTest, scratch_folder
from lib.daemon import BUILD, SIP_CONF, TOP
from lib.panel import Panel

PEERS = """
[panel]
type = phone
mailbox = 7@default
match = 127.0.0.7
context = office
"""

# lamp: event, type, number, what it shows, what it shows after a change
LAMPS = {
    "door": ("dialog", "application/dialog-info+xml", "door", "terminated", "confirmed"),
    "seen": ("presence", "application/pidf+xml", "gate", "closed", "open"),
    "post": ("message-summary", "application/simple-message-summary", "panel", "1/0", "2/0"),
    "self": ("reg", "application/reginfo+xml", "panel", "terminated", "terminated"),
    "room": ("conference", "application/conference-info+xml", "panel", "terminated",
             "terminated"),
}
MODULES = ("sip_dialog_info", "sip_presence", "sip_mwi", "sip_reg", "sip_conference",
           "dialplan")

FAILS = """\
#include <errno.h>
#include <ringdown/module.h>
static int load(void)
{
	return -EIO;
}
RD_MODULE(.name = RD_MODULE_NAME, .load = load);
"""


EXTENSIONS = """\
[office]
exten => door,hint,Custom:door
exten => gate,hint,Custom:gate
exten => 600,1,Set(DEVICE_STATE(Custom:door)=INUSE)
 same => n,Set(DEVICE_STATE(Custom:gate)=NOT_INUSE)
"""


class LampsAtNoon(CallTest):
    extensions = EXTENSIONS

    def setUp(self):
        self.modules = os.path.join(scratch_folder(self), "modules")
        shutil.copytree(os.path.join(BUILD, "modules"), self.modules)
        self.files = {"ringdown.conf": "[directories]\nmodules = %s\n" % self.modules,
                      "sip.conf": SIP_CONF + PEERS}
        super().setUp()
        self.exchange.ask("mwi update 7@default 1 0")
        self.panel = Panel()
        self.addCleanup(self.panel.close)
        for lamp, (event, kind, number, *_) in LAMPS.items():
            self.panel.subscribe(number, event, kind, lamp)
        self.panel.wait({lamp: row[3] for lamp, row in LAMPS.items()})

    def install(self, source, name):
        beside = os.path.join(self.modules, "beside")
        shutil.copy(source, beside)
        os.replace(beside, os.path.join(self.modules, name + ".so"))

    def change(self):
        self.exchange.ask("channel originate Local/600@office application Wait 1")
        self.exchange.ask("mwi update 7@default 2 0")
        self.panel.wait({lamp: row[4] for lamp, row in LAMPS.items()})

    def test_none_goes_dark(self):
        for _ in range(3):
            for name in MODULES:
                self.install(os.path.join(self.modules, name + ".so"), name)
                self.exchange.ask("module reload " + name)
                self.panel.look(0.2)
        self.change()
        self.assertEqual(self.panel.states, {"active"})

    def test_a_file_that_does_not_start_darkens_none(self):
        for name in MODULES:
            source = os.path.join(self.folder, name + ".c")
            with open(source, "w") as f:
                f.write(FAILS.replace("RD_MODULE_NAME", '"%s"' % name))
            module = source[:-1] + "so"
            subprocess.run(["cc", "-std=c11", "-shared", "-fPIC", "-o", module,
                            "-I" + os.path.join(TOP, "include"), source], check=True)
            self.install(module, name)
            status, output = self.exchange.run("module reload " + name)
            self.assertNotEqual(status, 0)
            self.assertIn("did not start", output)
        self.change()
        self.assertEqual(self.panel.states, {"active"})

    def test_one_that_is_unloaded_says_goodbye(self):
        self.exchange.ask("module unload sip_mwi")
        self.panel.look(1)
        self.assertEqual(self.panel.active["post"], "terminated")


if __name__ == "__main__":
    tap.main()
