#!/usr/bin/python3
"""Modules come and go while people talk."""

import os
import re
import shutil
import subprocess
import time

from lib import tap
from lib.case import CallTest, scratch_folder
from lib.daemon import BUILD, SIP_CONF, TOP

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
exten => 605,1,Answer()
 same => n,Greet(1000)
 same => n,Hangup()
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

# Jobs that nobody can end take all of the pool, for longer than a stop waits for a module.
STUCK = """\
#define RD_MODULE_NAME "app_stuck"
#include <unistd.h>

#include <ringdown/fiber.h>
#include <ringdown/module.h>

static int work(void *arg)
{
	(void)arg;
	return (int)sleep(13);
}

static int run(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args;
	return rd_offload(work, NULL);
}

static const struct rd_app apps[] = { { .name = "Stuck", .run = run }, { 0 } };

RD_MODULE(.name = RD_MODULE_NAME, .apps = apps);
"""
POOL = 8  # threads

# Such a job that nobody waits for.
FOR_EVER = STUCK.replace("sleep(13)", "sleep(600)").replace(
    "rd_offload(work, NULL)", "rd_offload_then(work, NULL, NULL)")

KEEPING = """\
#define RD_MODULE_NAME "app_keeping"
#include <ringdown/channel.h>
#include <ringdown/module.h>

static int run(struct rd_channel *ch, const char *args)
{
	(void)args;
	rd_channel_ref(ch);
	return 0;
}

static const struct rd_app apps[] = { { .name = "KeepIt", .run = run }, { 0 } };

RD_MODULE(.name = RD_MODULE_NAME, .apps = apps);
"""


class ABeep(CallTest):
    """Five seconds of it, in which Record() has found its format and writes nothing yet."""

    extensions = ("[office]\nexten => 600,1,Record(said.wav,0,2)\n"
                  " same => n,NoOp(it is ${RECORD_STATUS})\n same => n,Echo()\n")

    def setUp(self):
        sounds = os.path.join(scratch_folder(self), "sounds")
        os.makedirs(sounds)
        with open(os.path.join(sounds, "beep.ulaw"), "wb") as f:
            f.write(b"\x80\x00" * 20000)
        self.files = {"ringdown.conf": "[directories]\nsounds = %s\n" % sounds,
                      "logger.conf": "[logfiles]\nconsole => error,warning,notice,verbose\n"}
        super().setUp()

    def test_the_format_of_a_recording_may_go_before_it_begins(self):
        alice = self.phone("1001")
        alice.dial("600")
        self.exchange.wait_output("core show channels", "Record")
        self.exchange.ask("module unload format_wav")
        self.exchange.wait_output("core show channels", "Echo", timeout=15)
        self.exchange.wait_log("it is ERROR")
        alice.hangup()
        self.exchange.wait_idle()


class Modules(CallTest):
    extensions = OFFICE

    def setUp(self):
        self.modules = os.path.join(scratch_folder(self), "modules")
        shutil.copytree(os.path.join(BUILD, "modules"), self.modules)
        self.files = {"ringdown.conf": "[directories]\nmodules = %s\n" % self.modules}
        super().setUp()

    def build(self, text=SOURCE, name="app_greet"):
        """A module of one's own, built outside of the tree."""
        source = os.path.join(self.folder, name + ".c")
        with open(source, "w") as f:
            f.write(text)
        module = os.path.join(self.folder, name + ".so")
        subprocess.run(["cc", "-std=c11", "-Wall", "-Werror", "-shared",
                        "-fPIC", "-I" + os.path.join(TOP, "include"),
                        "-o", module, source], check=True)
        return module

    def test_one_whose_row_lacks_something_is_refused_with_that(self):
        module = self.build(STUCK.replace(", .run = run", "").replace("static int run", "int run"),
                            "app_stuck")
        status, said = self.exchange.run("module load " + module)
        self.assertNotEqual(status, 0)
        self.assertIn("app_stuck.so: its application Stuck has no .run", said)

    def test_one_whose_table_does_not_end_is_refused(self):
        text = STUCK.replace(
            "static const struct rd_app apps[] = { { .name = \"Stuck\", .run = run }, { 0 } };",
            "static const struct { struct rd_app one; long next[12]; } table = {"
            " { .name = \"Stuck\", .run = run }, { 4711, 4712 } };").replace(
            ".apps = apps", ".apps = &table.one")
        status, said = self.exchange.run("module load " + self.build(text, "app_stuck"))
        self.assertNotEqual(status, 0)
        self.assertIn("app_stuck.so: its table of applications does not end with a row of zeroes",
                      said)

    def test_one_that_holds_all_of_the_pool_is_named_and_stopped(self):
        self.exchange.ask("module load " + self.build(STUCK, "app_stuck"))
        for _ in range(POOL):
            self.exchange.ask("channel originate Local/600@office application Stuck")
        time.sleep(2.5)
        status, said = self.exchange.run("core show health")
        self.assertEqual(status, 1, said)
        self.assertRegex(said, r"(?m)^! Pool .*: app_stuck takes too long there$")
        self.exchange.process.terminate()
        self.exchange.process.wait(30)
        self.assertIn("module app_stuck: it goes, and is in use still", self.exchange.log())
        self.assertEqual(self.exchange.process.returncode, 0)

    def test_a_job_that_never_ends_holds_up_neither_modules_nor_a_stop(self):
        path = self.build(FOR_EVER, "app_stuck")
        self.exchange.ask("module load " + path)
        self.exchange.ask("channel originate Local/600@office application Stuck")
        self.exchange.wait_idle()
        self.assertIn("app_stuck: it has left behind 1 job of the pool: its code stays in memory",
                      self.exchange.ask("module unload app_stuck"))
        self.exchange.ask("module load " + path)
        self.exchange.process.terminate()
        self.assertEqual(self.exchange.process.wait(20), 1)
        self.assertIn("pool: jobs that do not end: 1", self.exchange.log())
        self.exchange.process = None

    def test_one_that_keeps_a_channel_is_named_at_the_stop(self):
        self.exchange.ask("module load " + self.build(KEEPING, "app_keeping"))
        self.exchange.ask("channel originate Local/600@office application KeepIt")
        self.exchange.ask("channel request hangup all")
        self.exchange.wait_output("core show channels", "0 active calls")
        kept = r"Local/600@office-[0-9a-f]+;\d \(kept by app_keeping\)"
        self.assertRegex(self.exchange.ask("core stop when idle"), "Their calls have ended: " + kept)
        self.exchange.ask("core stop now")
        self.assertEqual(self.exchange.process.wait(30), 0)
        self.exchange.process = None
        log = self.exchange.log()
        self.assertRegex(log, "stop: not all calls have ended: 0 calls .*, 1 channels: " + kept)
        self.assertRegex(log, r"module app_keeping: it has kept 1 reference of a channel "
                              r"\(Local/600@office-[0-9a-f]+;\d\): nobody gives it back any more")
        self.assertRegex(log, "1 channel is left at the end: " + kept)

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

    def test_a_row_that_lacks_what_it_needs_is_refused(self):
        bare = SOURCE.replace(".run = dream, ", "").replace(
            "static int dream", "__attribute__((unused)) static int dream")
        status, output = self.exchange.run("module load " + self.build(bare))
        self.assertNotEqual(status, 0)
        self.assertIn("app_greet.so: its command greet all has no .run", output)
        self.assertNotIn("app_greet", self.exchange.ask("module show"))

    def test_what_is_held_as_the_daemon_stops_ends_in_its_time(self):
        held = SOURCE.replace("rd_sleep(2000)", "wait_in_a_shield()").replace(
            "static int greet", """\
static int wait_in_a_shield(void)
{
        int rc;

        rd_shield_begin(60000);
        rc = rd_sleep(12000);
        rd_shield_end();
        return rc;
}

static int greet""", 1)
        self.exchange.ask("module load " + self.build(held))
        alice = self.phone("1001")
        alice.dial("601")
        alice.wait_for("CALL_ESTABLISHED")
        self.exchange.ask("core stop now")
        self.assertEqual(self.exchange.process.wait(60), 0, self.exchange.log()[-2000:])
        self.assertIn("it goes, and is in use still: 1 running application", self.exchange.log())
        alice.wait_for("CALL_CLOSED")

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

    def test_a_phone_whose_codec_went_is_told_of_once(self):
        self.exchange.write("sip.conf", SIP_CONF + "\n[old]\nsecret = s3cr3tOfOld\nallow = gsm\n")
        self.exchange.ask("core reload")
        for name in "format_coded", "codec_gsm", "app_milliwatt", "app_echo":
            self.exchange.ask("module unload " + name)
        self.exchange.wait_log(r"old: none of its codecs \(gsm\) is loaded\n")
        self.exchange.ask("module load codec_gsm")
        self.assertEqual(self.exchange.log().count("none of its codecs"), 1)
        self.exchange.ask("module unload codec_gsm")
        self.exchange.wait_log(r"(?s)(none of its codecs.*){2}")

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

    def install(self, source, name):
        """As `install` does it: a file of its own takes the place of the old one."""
        beside = os.path.join(self.modules, name + ".new")
        shutil.copy(source, beside)
        os.replace(beside, os.path.join(self.modules, name + ".so"))

    def versions(self, name):
        """How many of it there are: the one in use, and those whose calls are awaited."""
        return len(re.findall("(?m)^%s[# ]" % name, self.exchange.ask("module show")))

    def wait_one_version(self, name):
        self.exchange.wait_output("module show like " + name, r"\b1 module loaded")

    def test_a_new_file_takes_the_place_of_one_that_runs(self):
        old = self.build()
        new = self.build(SOURCE.replace("rd_tone_start(ch, args)", 'rd_tone_start(ch, "1700")'),
                         "app_greet_new")
        self.install(old, "app_greet")
        self.exchange.ask("module load app_greet")
        alice, bob = self.phone("1001"), self.phone("1002")
        alice.dial("605")
        alice.wait_for("CALL_ESTABLISHED")
        self.install(new, "app_greet")
        self.exchange.ask("module reload app_greet")
        bob.dial("605")
        bob.wait_for("CALL_ESTABLISHED")
        self.assertEqual(self.versions("app_greet"), 2)
        alice.wait_for("CALL_CLOSED")
        bob.wait_for("CALL_CLOSED")
        self.assert_heard(alice, 1000, 1.5)
        self.assert_heard(bob, 1700, 1.5)
        self.wait_one_version("app_greet")
        with open("/proc/%d/maps" % self.exchange.process.pid) as maps:
            self.assertNotIn("(deleted)", "".join(
                line for line in maps if "app_greet" in line))

    def test_so_it_is_with_codecs_and_formats(self):
        alice, bob = self.phone("1001"), self.phone("1002")
        for phone in alice, bob:
            phone.dial("604" if phone is alice else "602")
            phone.wait_for("CALL_ESTABLISHED")
            for name in "codec_ulaw", "format_wav", "codec_slin":
                self.install(os.path.join(self.modules, name + ".so"), name)
                self.exchange.ask("module reload " + name)
        carol = self.phone("1003")
        carol.dial("602")
        carol.wait_for("CALL_ESTABLISHED")
        self.assertEqual(self.versions("codec_ulaw"), 3)
        time.sleep(2)
        for phone in alice, bob, carol:
            phone.hangup()
        self.exchange.wait_idle()
        self.assert_heard(alice, 440, 1.8)
        for phone in bob, carol:
            self.assert_heard(phone, 1004, 1.8)
        for name in "format_wav", "codec_slin":
            self.wait_one_version(name)
        # That has found the codec when it was loaded.
        self.assertIn("1 module that was loaded with it by format_pcm",
                      self.exchange.ask("module show codec_ulaw#1"))
        self.exchange.ask("module unload format_pcm")
        self.exchange.ask("module load format_pcm")
        self.wait_one_version("codec_ulaw")

    def test_one_that_cannot_be_there_twice_says_so(self):
        alice = self.phone("1001")
        alice.dial("600")
        alice.wait_for("CALL_ESTABLISHED")
        for name, why in (("chan_sip", r"it has what its load\(\) has begun"),):
            self.install(os.path.join(self.modules, name + ".so"), name)
            status, output = self.exchange.run("module reload " + name)
            self.assertNotEqual(status, 0)
            self.assertRegex(output, "module %s: its new file takes its place when nothing uses "
                                     "it, or when the daemon starts anew: %s, which can be there "
                                     "but once" % (name, why))
        alice.hangup()
        self.exchange.wait_idle()
        self.install(os.path.join(self.modules, "cdr_csv.so"), "cdr_csv")
        self.exchange.ask("module reload cdr_csv")
        self.wait_one_version("cdr_csv")

    def test_a_file_that_is_no_module_is_refused_in_words(self):
        path = os.path.join(self.folder, "nothing.so")
        with open(path, "w") as f:
            f.write("no module")
        status, output = self.exchange.run("module load " + path)
        self.assertNotEqual(status, 0)
        self.assertIn("nothing.so", output)


if __name__ == "__main__":
    tap.main()
