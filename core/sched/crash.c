/* Signal handlers for crashes, on a stack of their own because the fiber's
 * may be what ran out. Only what is safe in a handler is called. */
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ringdown/str.h>

#include "core/base/context.h"
#include "core/base/thread.h"
#include "core/base/usage.h"
#include "core/sched/clock.h"
#include "core/sched/crash.h"
#include "core/sched/fiber.h"
#include "core/sched/place.h"

enum { FRAMES = 64 };

static const int deadly[] = {
#ifndef RD__ASAN /* which has a report of its own */
	SIGSEGV,
	SIGBUS,
	SIGILL,
	SIGFPE,
#endif
	SIGABRT,
};

static char handler_stack[64 * 1024];
static char crash_file[1024];
static volatile uint64_t crashed_us; /* tools/gdb: what fibers waited until */

static void say(int fd, const char *a, const char *b, const char *c, const char *d)
{
	char line[320];
	int n = snprintf(line, sizeof(line), "%s%s%s%s\n", a, b, c, d);

	if (n > 0 && write(fd, line, RD_MIN((size_t)n, sizeof(line) - 1)) < 0)
		return;
}

/* Of the fiber that runs or of the thread, whichever it is. */
static bool say_overflow(int fd, const void *address)
{
	const struct rd_fiber *fiber = rd__context_get().fiber ? rd_fiber_self() : NULL;
	size_t kib = fiber ? fiber->stack.size / 1024 : rd__pthread_stack_kib();
	char text[64];

	if (fiber ? !rd__stack_guards(&fiber->stack, address) : !rd__pthread_stack_ends_at(address))
		return false;
	snprintf(text, sizeof(text), ": its %zu KiB are used up", kib);
	say(fd, "ringdown: stack overflow", fiber ? " in fiber " : "", fiber ? fiber->name : "",
	    text);
	return true;
}

static void say_what(int fd, int number, const siginfo_t *info)
{
	char text[64];

	/* Somebody sent it: there is no address. */
	if (info->si_code <= 0) {
		say(fd, "ringdown: crashed: ", strsignal(number), "", "");
		return;
	}
	if ((number == SIGSEGV || number == SIGBUS) && say_overflow(fd, info->si_addr))
		return;
	snprintf(text, sizeof(text), " at address %p", info->si_addr);
	say(fd, "ringdown: crashed: ", strsignal(number), text, "");
}

/* The innermost whose code it was in, for it told the core; else for whom it was called. */
static void say_module(int fd, const char *called_for)
{
	void *frames[FRAMES];
	char name[RD__USAGE_NAME];
	int count = backtrace(frames, FRAMES), i = 0;

	while (i < count && !rd__place_module(frames[i], name, sizeof(name)))
		i++;
	if (i < count)
		say(fd, "  in module ", name, "", "");
	else if (called_for)
		say(fd, "  in module ", called_for, "", "");
}

static void report(int fd, int number, const siginfo_t *info)
{
	struct rd__context context = rd__context_get();
	char thread[RD__THREAD_NAME];

	say_what(fd, number, info);
	rd__thread_name(thread);
	if (*thread)
		say(fd, "  in thread ", thread, "", "");
	if (context.fiber)
		say(fd, "  in fiber ", context.fiber, "", "");
	say_module(fd, context.module);
	if (context.channel)
		say(fd, "  for channel ", context.channel, "", "");
	rd__backtrace(fd);
}

/* Looks through what may be broken, and so may crash in turn. */
static void say_whose(int file)
{
	struct rd__context context = rd__context_get();
	const char *found = rd__context_find_channel(&context);

	if (!found)
		return;
	if (file >= 0)
		say(file, "  for channel ", found, "", "");
	say(STDERR_FILENO, "  for channel ", found, "", "");
}

static void on_crash(int number, siginfo_t *info, void *unused)
{
	int fd = *crash_file ? open(crash_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
			     : -1;

	(void)unused;
	crashed_us = rd__clock_real_us();
	if (fd >= 0)
		report(fd, number, info);
	/* A failed assertion has told its story already, but not to the file. */
	if (!rd__assert_has_failed()) {
		report(STDERR_FILENO, number, info);
		rd__last_words();
	}
	say_whose(fd);
	if (fd >= 0)
		close(fd);
	/* The handler is gone (SA_RESETHAND): what comes next is the real end,
	 * with the registers of the crash in the core file. */
	if (info->si_code <= 0)
		raise(number);
}

int rd__crash_install(const char *file)
{
	stack_t stack = { .ss_sp = handler_stack, .ss_size = sizeof(handler_stack) };
	struct sigaction action = {
		.sa_sigaction = on_crash,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND,
	};
	void *warm[1];

	if (!rd_strcpy(crash_file, sizeof(crash_file), file ? file : ""))
		return -ENAMETOOLONG;
	/* The first backtrace() loads a library; a handler must not. */
	backtrace(warm, 1);
	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < RD_ARRAY_SIZE(deadly); i++)
		sigaction(deadly[i], &action, NULL);
	return 0;
}
