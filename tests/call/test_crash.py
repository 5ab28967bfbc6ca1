#!/usr/bin/python3
"""A module that crashes, or that blocks, is named, with the call that it was in."""

import os
import re
import shutil
import subprocess

from lib import tap
from lib.daemon import SIP_CONF
from lib.doom import CALL, DoomTest
from lib.wire import Wire, reply

OFFICE = """\
[office]
exten => 1,1,Doom()
exten => 2,1,Set(X=${DOOM()})
exten => 3,1,UserEvent(Doom)
exten => 4,1,DoomByAssertion()
exten => 5,1,DoomInPool()
exten => 6,1,DoomByTimer()
 same => n,Wait(5)
exten => 7,1,DoomByNothing()
exten => 8,1,Block()
 same => n,Wait(20)
exten => 9,1,Wait(20)
exten => 10,1,DoomByOwnTimer()
 same => n,Wait(5)
exten => 11,1,DoomByTimerOfData()
 same => n,Wait(5)
exten => 12,1,DoomByWatch()
 same => n,Wait(5)
exten => 13,1,DoomAtEnd()
exten => 14,1,DoomByExit(exit)
exten => 15,1,DoomByExit(_exit)
exten => 16,1,DoomByExit(quick_exit)
"""

SOURCE = """\
#define RD_MODULE_NAME "app_doom"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <ringdown/channel.h>
#include <ringdown/io.h>
#include <ringdown/fiber.h>
#include <ringdown/module.h>

static volatile int *nowhere;

static int crash(void *arg)
{
        (void)arg;
        return *nowhere;
}

static int doom(struct rd_channel *ch, const char *args)
{
        (void)ch, (void)args;
        return crash(NULL);
}

static int doom_by_assertion(struct rd_channel *ch, const char *args)
{
        (void)args;
        rd_assert(!ch);
        return 0;
}

static int doom_in_pool(struct rd_channel *ch, const char *args)
{
        (void)ch, (void)args;
        return rd_offload(crash, NULL);
}

static void fire(void *arg)
{
        crash(arg);
}

static int doom_by_timer(struct rd_channel *ch, const char *args)
{
        static struct rd_timer timer;

        (void)ch, (void)args;
        rd_timer_init(&timer, fire, NULL);
        rd_timer_start(&timer, 100);
        return 0;
}

/* State of the call, in its memory. */
static int doom_by_own_timer(struct rd_channel *ch, const char *args)
{
        struct rd_timer *timer = rd_pool_zalloc(rd_channel_pool(ch), sizeof(*timer));

        (void)args;
        rd_timer_init(timer, fire, timer);
        rd_timer_start(timer, 100);
        return 0;
}

/* State that is attached to the call. */
static int doom_by_timer_of_data(struct rd_channel *ch, const char *args)
{
        static const char key;
        struct rd_timer *timer = rd_channel_keep(ch, &key, sizeof(*timer), rd_free);

        (void)args;
        rd_timer_init(timer, fire, timer);
        rd_timer_start(timer, 100);
        return 0;
}

static void ready(unsigned events, void *arg)
{
        (void)events;
        crash(arg);
}

static int doom_by_watch(struct rd_channel *ch, const char *args)
{
        static struct rd_watch *watch;
        int ends[2];

        (void)args;
        if (pipe(ends) || write(ends[1], "!", 1) < 0)
                return -errno;
        return rd_watch_new(&watch, ends[0], RD_IO_READ, ready, ch);
}

static int (*volatile nothing)(void);

static int doom_by_nothing(struct rd_channel *ch, const char *args)
{
        (void)ch, (void)args;
        return nothing();
}

/* Where the compiler makes a jump of it, it has no frame on the stack. */
static int doom_at_end(struct rd_channel *ch, const char *args)
{
        (void)ch, (void)args;
        return rd_answer(NULL);
}

static int doom_by_exit(struct rd_channel *ch, const char *args)
{
        (void)ch;
        if (!strcmp(args, "_exit"))
                _exit(0);
        if (!strcmp(args, "quick_exit"))
                quick_exit(0);
        exit(0);
}

static int block(struct rd_channel *ch, const char *args)
{
        (void)ch, (void)args;
        usleep(1500000);
        return 0;
}

static int doom_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
        (void)ch, (void)args, (void)out;
        return crash(NULL);
}

static void told(const struct rd_event *event, void *arg)
{
        if (event->type == RD_EVENT_USER || getenv("DOOM_AT_END"))
                crash(arg);
}

static int command(struct rd_cli *cli, int argc, const char *const *argv)
{
        (void)cli, (void)argc, (void)argv;
        return crash(NULL);
}

static int load(void)
{
        return getenv("DOOM_AT_LOAD") ? crash(NULL) : 0;
}

__attribute__((constructor)) static void come(void)
{
        if (getenv("DOOM_AT_CONSTRUCTION"))
                crash(NULL);
}

__attribute__((destructor)) static void go(void)
{
        if (getenv("DOOM_AT_DESTRUCTION"))
                crash(NULL);
}

static const struct rd_app apps[] = {
        { .name = "Doom", .run = doom },
        { .name = "DoomByAssertion", .run = doom_by_assertion },
        { .name = "DoomInPool", .run = doom_in_pool },
        { .name = "DoomByTimer", .run = doom_by_timer },
        { .name = "DoomByOwnTimer", .run = doom_by_own_timer },
        { .name = "DoomByTimerOfData", .run = doom_by_timer_of_data },
        { .name = "DoomByWatch", .run = doom_by_watch },
        { .name = "DoomByNothing", .run = doom_by_nothing },
        { .name = "DoomAtEnd", .run = doom_at_end },
        { .name = "DoomByExit", .run = doom_by_exit },
        { .name = "Block", .run = block },
        { 0 }
};
static const struct rd_function functions[] = { { .name = "DOOM", .read = doom_read }, { 0 } };
static const struct rd_subscriber subscribers[] = {
        { .name = "doom", .notify = told,
          .types = RD_EVENT_BIT(RD_EVENT_USER) | RD_EVENT_BIT(RD_EVENT_CHANNEL_END) },
        { 0 }
};
static const struct rd_cli_command commands[] = {
        { .name = "doom", .help = "The end.", .run = command }, { 0 }
};

RD_MODULE(.name = RD_MODULE_NAME, .apps = apps, .functions = functions,
          .subscribers = subscribers, .commands = commands, .load = load);
"""

# Whom the SIP driver asks about calls with peers.
TRUNKS = """\
#define RD_MODULE_NAME "app_doom"
#include <stdlib.h>
#include <ringdown/module.h>
#include <ringdown/sip_trunk.h>

static volatile int *nowhere;

static void heard(struct rd_sip_peer_call *call, unsigned status)
{
        (void)call, (void)status;
        *nowhere = 1;
}

static int outgoing(struct rd_sip_peer_call *call, struct rd_buf *headers)
{
        (void)call, (void)headers;
        return 0;
}

static const struct rd_sip_trunks_user user = { .outgoing = outgoing, .heard = heard };

static int load(void)
{
        const struct rd_sip_trunks *trunks =
                rd_interface_get(RD_SIP_TRUNKS, RD_SIP_TRUNKS_VERSION);

        return trunks ? trunks->attach(&user) : -ENOENT;
}

static const char *const needs[] = { "chan_sip", NULL };

RD_MODULE(.name = RD_MODULE_NAME, .needs = needs, .load = load);
"""

class Crash(DoomTest):
    source, extensions = SOURCE, OFFICE

    def assert_call_named(self, number):
        self.start()
        self.dial(number)
        self.assert_named(self.report(), CALL % number)

    def test_an_application_is_named(self):
        self.assert_call_named(1)

    def test_a_function_is_named_not_the_application_that_had_it_called(self):
        self.assert_call_named(2)

    def test_a_subscriber_is_named_not_who_published(self):
        self.assert_call_named(3)

    def test_a_broken_invariant_has_its_module(self):
        self.assert_call_named(4)

    def test_one_that_calls_nothing_is_named_by_what_was_called(self):
        self.start()
        self.dial(7)
        report = self.report()
        self.assertEqual(re.findall("in module (.*)", report), ["app_doom"])
        self.assertRegex(report, "for channel " + CALL % 7)

    def assert_end_named(self, number, name):
        self.start()
        self.dial(number)
        report = self.report()
        self.assert_named(report, CALL % number)
        self.assertIn("ringdown: somebody has called %s(), which would have ended" % name, report)

    def test_one_that_would_end_the_daemon_is_named(self):
        self.assert_end_named(14, "exit")

    def test_so_is_one_that_would_end_it_at_once(self):
        self.assert_end_named(15, "_exit")

    def test_and_one_that_would_end_it_quickly(self):
        self.assert_end_named(16, "quick_exit")

    def test_one_that_ends_with_a_call_of_the_core_is_named(self):
        self.build(SOURCE, "-O2")
        self.start()
        self.dial(13)
        report = self.report()
        self.assertEqual(re.findall("in module (.*)", report), ["app_doom"], report)
        self.assertEqual(re.findall("called by module (.*)", report), ["dialplan"], report)
        self.assertRegex(report, "for channel " + CALL % 13)

    def test_a_job_of_the_pool_has_the_call_that_asked_for_it(self):
        self.assert_call_named(5)

    def test_a_timer_with_data_of_a_call_names_the_call(self):
        self.assert_call_named(10)

    def test_a_timer_with_what_is_attached_to_a_call_names_the_call(self):
        self.assert_call_named(11)

    def test_a_watch_that_has_the_call_names_it(self):
        self.assert_call_named(12)

    def test_a_timer_of_nobody_is_named_without_a_call(self):
        self.start()
        self.dial(6)
        self.assert_named(self.report())

    def test_a_command_is_named_without_a_call(self):
        self.start()
        self.exchange.run("doom")
        self.assert_named(self.report())

    def test_an_event_of_a_call_names_the_call(self):
        os.environ["DOOM_AT_END"] = "1"
        self.addCleanup(os.environ.pop, "DOOM_AT_END")
        self.start()
        self.dial(9)
        self.exchange.run("channel request hangup all")
        self.assert_named(self.report(), r"Local/9@office-[0-9a-f]+;[12]")

    def test_what_the_sip_driver_calls_names_the_call(self):
        self.build(TRUNKS)
        self.exchange.write("modules.conf", "[modules]\nautoload = yes\nnoload = sip_trunk\n")
        self.exchange.write("sip.conf", SIP_CONF + "\n[far]\ntype = peer\n"
                            "host = 127.0.0.7:5555\ncontext = office\n")
        far = Wire("127.0.0.7")
        self.addCleanup(far.close)
        self.start()
        console = subprocess.Popen(
            self.exchange.arguments("-x", "channel originate SIP/600@far application Wait 20"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(console.wait)
        far.send(reply(far.receive(), "180 Ringing"))
        self.assert_named(self.report(), r"SIP/far-[0-9a-f]+\b")

    def test_one_that_crashes_as_the_daemon_starts_is_named(self):
        os.environ["DOOM_AT_LOAD"] = "1"
        self.addCleanup(os.environ.pop, "DOOM_AT_LOAD")
        folder = os.path.join(self.folder, "modules")
        shutil.copytree(os.path.join(os.environ["RD_BUILD"], "modules"), folder)
        shutil.copy(self.module, folder)
        self.exchange.write("ringdown.conf", "[directories]\nmodules = %s\n" % folder)
        self.exchange.start()
        self.assert_named(self.report())

    def test_one_that_crashes_as_the_linker_runs_its_code_is_named(self):
        for moment in "CONSTRUCTION", "DESTRUCTION":
            with self.subTest(moment):
                os.environ["DOOM_AT_" + moment] = "1"
                self.addCleanup(os.environ.pop, "DOOM_AT_" + moment, None)
                self.exchange.start()
                self.exchange.wait_ready()
                self.exchange.run("module load " + self.module)
                self.exchange.run("module unload app_doom")
                self.assert_named(self.report())
                os.remove(os.path.join(self.exchange.state, "log/crash.log"))
                del os.environ["DOOM_AT_" + moment]

    def test_one_that_blocks_is_named_while_it_does(self):
        self.start()
        self.dial(8)
        self.exchange.wait_log(r"watchdog: .* holds the switch thread for \d+ ms now; "
                               r"module app_doom, channel " + CALL % 8)
        self.exchange.wait_log(r"watchdog: fiber .*, module app_doom held the switch thread for "
                               r"15\d\d\.\d ms, at \S*.*app_doom\.so")

    def test_and_again_when_it_was_loaded_anew(self):
        self.start()
        for times in 1, 2:
            self.dial(8)
            self.exchange.wait_log(r"(?s)(watchdog: fiber [^\n]*, module app_doom held the "
                                   r"switch thread.*){%d}" % times)
            self.exchange.wait_idle()
            self.exchange.run("module unload app_doom")
            self.exchange.run("module load " + self.module)


if __name__ == "__main__":
    tap.main()
