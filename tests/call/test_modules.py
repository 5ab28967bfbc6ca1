#!/usr/bin/python3
"""Modules come and go while people talk."""

import os
import subprocess
import time

from lib import tap
from lib.case import CallTest
from lib.daemon import TOP

OFFICE = """\
[office]
exten => 600,1,Answer()
 same => n,Echo()
exten => 601,1,Answer()
 same => n,Greet(1000)
 same => n,Hangup()
exten => 602,1,Answer()
 same => n,Milliwatt()
exten => _10XX,1,Dial(SIP/${EXTEN},10)
"""

SOURCE = """\
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

static int greet(struct rd_channel *ch, const char *args)
{
        int rc = rd_tone_start(ch, args);

        if (rc == 0)
                rc = rd_sleep(2000);
        rd_tone_stop(ch);
        return rc;
}

static const struct rd_app apps[] = {
        { .name = "Greet", .run = greet, .synopsis = "Play a tone" },
        { 0 }
};

RD_MODULE(.name = "app_greet", .apps = apps);
"""


class Modules(CallTest):
    extensions = OFFICE

    def build(self):
        """A module of one's own, built outside of the tree."""
        source = os.path.join(self.folder, "app_greet.c")
        with open(source, "w") as f:
            f.write(SOURCE)
        module = os.path.join(self.folder, "app_greet.so")
        subprocess.run(["cc", "-std=c11", "-Wall", "-Werror", "-shared",
                        "-fPIC", "-I" + os.path.join(TOP, "include"),
                        "-o", module, source], check=True)
        return module

    def test_a_module_from_outside_is_loaded_used_and_unloaded(self):
        self.exchange.ask("module load " + self.build())
        self.assertIn("Greet", self.exchange.ask("module show app_greet"))
        alice = self.phone("1001")
        alice.dial("601")
        alice.wait_for("CALL_ESTABLISHED")
        status, output = self.exchange.run("module unload app_greet")
        self.assertNotEqual(status, 0)
        self.assertRegex(output, r"(?i)in use")
        alice.wait_for("CALL_CLOSED")
        self.assert_heard(alice, 1000, 1.5)
        self.exchange.wait_idle()
        self.exchange.ask("module unload app_greet")
        self.assertNotIn("app_greet", self.exchange.ask("module show"))

    def test_load_unload_and_reload_while_people_talk(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        alice.dial("1002")
        alice.wait_for("CALL_ESTABLISHED")
        for _ in range(20):
            self.exchange.ask("module unload app_milliwatt")
            self.exchange.ask("module load app_milliwatt")
            self.exchange.ask("module reload chan_sip")
        time.sleep(2)
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        self.exchange.wait_idle()
        self.assert_heard(alice, 1000, 2)
        self.assert_heard(bob, 440, 2)

    def test_a_module_in_use_stays(self):
        alice = self.phone("1001")
        alice.dial("600")
        alice.wait_for("CALL_ESTABLISHED")
        for module, what in (("app_echo", "1 running application"),
                             ("dialplan", "1 holder")):
            status, output = self.exchange.run("module unload " + module)
            self.assertNotEqual(status, 0)
            self.assertRegex(output, r"in use: %s by SIP/1001-[0-9a-f]{8}$" % what)
        alice.hangup()
        self.exchange.wait_idle()

    def test_a_file_that_is_no_module_is_refused_in_words(self):
        path = os.path.join(self.folder, "nothing.so")
        with open(path, "w") as f:
            f.write("no module")
        status, output = self.exchange.run("module load " + path)
        self.assertNotEqual(status, 0)
        self.assertIn("nothing.so", output)


if __name__ == "__main__":
    tap.main()
