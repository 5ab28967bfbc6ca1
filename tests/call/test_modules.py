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
exten => 603,1,Answer()
 same => n,Set(TALK_DETECT(set)=)
 same => n,Set(TONE_DETECT(1004,5000)=)
 same => n,MixMonitor(monitor.wav,,sleep 2)
 same => n,Set(GROUP()=held)
 same => n,System(sleep 2)
exten => 604,1,Answer()
 same => n,MixMonitor(monitor.wav)
 same => n,StopMixMonitor()
 same => n,Echo()
exten => _10XX,1,Dial(SIP/${EXTEN},10)
"""

SOURCE = """\
#include <ringdown/channel.h>
#include <ringdown/cli.h>
#include <ringdown/fiber.h>
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

static int dream(struct rd_cli *cli, int argc, const char *const *argv)
{
        (void)cli, (void)argc, (void)argv;
        return rd_sleep(60000);
}

static const struct rd_cli_command commands[] = {
        { .name = "greet all", .run = dream, .help = "In one's dreams." },
        { 0 }
};

RD_MODULE(.name = "app_greet", .apps = apps, .commands = commands);
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

    def assert_in_use(self, module, pattern):
        status, output = self.exchange.run("module unload " + module)
        self.assertNotEqual(status, 0, module + " was unloaded")
        self.assertRegex(output, r"in use: %s$" % pattern)

    def test_what_a_call_has_of_a_module_holds_it(self):
        alice = self.phone("1001")
        alice.dial("603")
        self.exchange.wait_output("core show channels", "System")
        for module in "func_talkdetect", "func_tonedetect", "func_groupcount":
            self.assert_in_use(module, r"1 holder by SIP/1001-[0-9a-f]{8}")
        self.assert_in_use("format_wav", r"1 open file of its formats by /.*/monitor\.wav")
        self.assert_in_use("app_mixmonitor", r"2 holders by SIP/1001-[0-9a-f]{8}")
        alice.hangup()
        self.exchange.wait_idle()
        for module in "func_talkdetect", "func_tonedetect", "func_groupcount":
            self.exchange.ask("module unload " + module)
        # The commands of both go on.
        self.assert_in_use("app_mixmonitor", "1 holder")
        self.assert_in_use("app_system", "1 holder")
        for module in "app_mixmonitor", "app_system", "format_wav":
            self.exchange.wait_output("module show " + module, r"(?s)^((?!in use).)*$")
            self.exchange.ask("module unload " + module)

    def test_so_does_what_is_left_of_a_recording(self):
        alice = self.phone("1001")
        alice.dial("604")
        self.exchange.wait_output("core show channels", "Echo")
        self.assert_in_use("app_mixmonitor", r"\d holders? by SIP/1001-[0-9a-f]{8}")
        alice.hangup()
        self.exchange.wait_idle()
        self.exchange.ask("module unload app_mixmonitor")

    def test_a_command_that_runs_is_named(self):
        self.exchange.ask("module load " + self.build())
        console = subprocess.Popen(self.exchange.arguments("-x", "greet all"))
        try:
            self.exchange.wait_output("module show app_greet", "in use")
            self.assert_in_use("app_greet", '1 running command by "greet all"')
        finally:
            console.kill()
            console.wait()

    def test_a_file_that_is_no_module_is_refused_in_words(self):
        path = os.path.join(self.folder, "nothing.so")
        with open(path, "w") as f:
            f.write("no module")
        status, output = self.exchange.run("module load " + path)
        self.assertNotEqual(status, 0)
        self.assertIn("nothing.so", output)


if __name__ == "__main__":
    tap.main()
