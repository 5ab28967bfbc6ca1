#!/usr/bin/python3
"""A module that has broken memory is named, with its call, whatever is left of the stack; and
so is one of two that crash at one time."""

import os
import re

from lib import tap
from lib.doom import CALL, DoomTest

SIZES = (24, 40, 64, 100, 400)

# In what order the bytes are overwritten is not the compiler's to choose.
SOURCE = """\
#define RD_MODULE_NAME "app_doom"
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <ringdown/channel.h>
#include <ringdown/fiber.h>
#include <ringdown/module.h>

static __attribute__((noinline)) void overrun(size_t n)
{
        char room[8];
        volatile char *at = room;

        __asm__ volatile("" : "+r"(at) :: "memory");
        for (size_t i = 0; i < n; i++)
                at[i] = 0x42;
        __asm__ volatile("" ::: "memory");
}

static int recurse(volatile char *above, int n)
{
        volatile char room[4096];

        room[0] = above[0];
        return n < 0 ? 0 : recurse(room, n + 1) + room[7];
}

static void *volatile twice;

static void free_twice(void)
{
        twice = malloc(100);
        free(twice);
        free(twice);
}

/* Breaks the head of the block behind, if that one is its own as well: of another's it may be
   that nobody ever looks, or another one first. */
static void overrun_heap(void)
{
        enum { SIZE = 4000, N = 64, HEAD = sizeof(size_t) };
        char *volatile block[N];

        for (int i = 0; i < N; i++)
                block[i] = malloc(SIZE);
        for (int i = 1; i < N; i++) {
                size_t room = malloc_usable_size(block[i - 1]);

                if (block[i] != block[i - 1] + room + HEAD)
                        continue;
                memset(block[i - 1], 0x41, room + HEAD);
                free(block[i]);
        }
}

static void jump(uintptr_t to)
{
        void (*volatile there)(void) = (void (*)(void))to;

        there();
}

static pthread_barrier_t together;

static int crash(void *arg)
{
        pthread_barrier_wait(&together);
        return *(volatile int *)arg;
}

static void crash_twice(struct rd_channel *ch)
{
        pthread_barrier_init(&together, NULL, 2);
        rd_offload_then(crash, NULL, NULL);
        rd_offload_then(crash, NULL, NULL);
        rd_channel_sleep(ch, 2000);
}

static int doom(struct rd_channel *ch, const char *how)
{
        char room[8] = "";

        rd_channel_sleep(ch, 10); /* the loop has called it, not whoever dialled */
        if (strcmp(how, "recurse") == 0)
                return recurse(room, 1);
        if (strcmp(how, "free") == 0)
                free_twice();
        else if (strcmp(how, "heap") == 0)
                overrun_heap();
        else if (strcmp(how, "nowhere") == 0)
                jump(0);
        else if (strcmp(how, "text") == 0)
                jump(0x4141414141414141);
        else if (strcmp(how, "trap") == 0)
                __builtin_trap();
        else if (strcmp(how, "two") == 0)
                crash_twice(ch);
        else
                overrun((size_t)atoi(how));
        return rd_channel_sleep(ch, 10);
}

static const struct rd_app apps[] = { { .name = "Doom", .run = doom }, { 0 } };

RD_MODULE(.name = RD_MODULE_NAME, .apps = apps);
"""

WAYS = ("recurse", "free", "heap", "nowhere", "text", "trap", "two") + tuple(map(str, SIZES))


class CrashMemory(DoomTest):
    source = SOURCE
    extensions = "[office]\n" + "".join(
        "exten => %d,1,Doom(%s)\n" % (n, way) for n, way in enumerate(WAYS, 1))

    def assert_told(self, way):
        """Once, whole, and where somebody looks for it."""
        number = WAYS.index(way) + 1
        self.start()
        self.dial(number)
        self.assert_whole(self.report(), number)

    def assert_whole(self, report, number):
        self.assertEqual(report.count("ringdown: "), 1, report)
        self.assertEqual(re.findall("in module (.*)", report), ["app_doom"], report)
        self.assertRegex(report, "for channel " + CALL % number)
        # All of it, though what was logged before may still come in between.
        told = iter(self.exchange.log().splitlines())
        self.assertEqual([line for line in report.splitlines() if line not in told], [])

    def forget(self):
        """What was told of the one before."""
        for path in (self.exchange.log_path, os.path.join(self.exchange.state, "log/crash.log")):
            if os.path.exists(path):
                os.remove(path)

    def assert_overruns_told(self, *options):
        self.build(SOURCE, "-O2", *options)
        for size in SIZES:
            with self.subTest(size=size):
                self.forget()
                self.assert_told(str(size))

    def test_an_overrun_on_the_stack_that_is_guarded(self):
        self.assert_overruns_told("-fstack-protector-strong")

    def test_an_overrun_on_the_stack_that_nothing_guards(self):
        self.assert_overruns_told("-fno-stack-protector")

    def test_a_stack_that_is_used_up(self):
        self.assert_told("recurse")

    def test_a_block_that_is_freed_twice(self):
        self.assert_told("free")

    def test_an_overrun_on_the_heap(self):
        self.assert_told("heap")

    def test_a_jump_to_nowhere(self):
        self.assert_told("nowhere")

    def test_a_jump_to_what_was_a_text(self):
        self.assert_told("text")

    def test_an_instruction_that_is_none(self):
        self.assert_told("trap")

    def test_two_threads_at_once(self):
        for run in range(12):
            with self.subTest(run=run):
                self.forget()
                self.assert_told("two")


if __name__ == "__main__":
    tap.main()
