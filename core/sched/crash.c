/* Signal handlers for crashes, on a stack of their own because the fiber's
 * may be what ran out. Only what is safe in a handler is called. */
#include <execinfo.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>
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
	SIGSEGV, SIGBUS, SIGILL, SIGFPE,
#endif
	SIGABRT,
};

enum { END_MS = 3000 }; /* so long a thread waits for the one that tells of its crash */

static char handler_stack[64 * 1024];
static char crash_file[1024];
static volatile uint64_t crashed_us; /* tools/gdb: what fibers waited until */

/* What is told of: the crash of the first thread that had one. */
static struct {
	_Atomic pid_t thread;
	int number;
	const siginfo_t *info;
	struct rd__context context;
	void *frames[FRAMES]; /* innermost first, NULL behind the last */
	int outlets[2]; /* descriptors; -1: none */
} crash;

static pid_t guarded; /* its exit() is the end of main() alone; 0: anybody's */
static const char *refused; /* "exit()" */

/* Where to go on when looking crashes in turn. */
static sigjmp_buf way_out;
static volatile sig_atomic_t looking;

/* ---- what is told ---- */

/* At once: nobody knows what the next look brings. */
static void say(const char *a, const char *b, const char *c, const char *d)
{
	char line[320];
	int n = snprintf(line, sizeof(line), "%s%s%s%s\n", a, b, c, d);

	for (size_t i = 0; i < RD_ARRAY_SIZE(crash.outlets) && n > 0; i++)
		if (crash.outlets[i] >= 0 &&
		    write(crash.outlets[i], line, RD_MIN((size_t)n, sizeof(line) - 1)) < 0)
			crash.outlets[i] = -1;
}

/* Of the fiber that runs or of the thread, whichever it is. */
static bool say_overflow(const void *address)
{
	const struct rd_fiber *fiber = rd__context_get().fiber ? rd_fiber_self() : NULL;
	size_t kib = fiber ? fiber->stack.size / 1024 : rd__pthread_stack_kib();
	char text[64];

	if (fiber ? !rd__stack_guards(&fiber->stack, address) : !rd__pthread_stack_ends_at(address))
		return false;
	snprintf(text, sizeof(text), ": its %zu KiB are used up", kib);
	say("ringdown: stack overflow", fiber ? " in fiber " : "", fiber ? fiber->name : "", text);
	return true;
}

static void say_what(void)
{
	const siginfo_t *info = crash.info;
	char text[64] = "";

	if (refused) {
		say("ringdown: somebody has called ", refused, ", which would have ended all calls",
		    "");
		return;
	}
	/* Where somebody sent it there is no address. */
	if (info->si_code > 0) {
		if ((crash.number == SIGSEGV || crash.number == SIGBUS) &&
		    say_overflow(info->si_addr))
			return;
		snprintf(text, sizeof(text), " at address %p", info->si_addr);
	}
	say("ringdown: crashed: ", strsignal(crash.number), text, "");
}

static void say_who(void)
{
	char thread[RD__THREAD_NAME];

	rd__thread_name(thread);
	if (*thread)
		say("  in thread ", thread, "", "");
	crash.context = rd__context_get();
	if (crash.context.fiber)
		say("  in fiber ", crash.context.fiber, "", "");
	if (crash.context.channel)
		say("  for channel ", crash.context.channel, "", "");
}

/* Where the stack is overwritten it ends in a crash, and what was found up to there is known. */
static void walk(void)
{
	backtrace(crash.frames, FRAMES);
}

static int frame_count(void)
{
	int n = 0;

	while (n < FRAMES && crash.frames[n])
		n++;
	return n;
}

/* The innermost module on the stack that is the wanted one, or any (NULL); false: none. */
static bool find_module(const char *wanted, char name[RD__USAGE_NAME])
{
	int count = frame_count();

	for (int i = 0; i < count; i++)
		if (rd__place_module(crash.frames[i], name, RD__USAGE_NAME) &&
		    (!wanted || strcmp(name, wanted) == 0))
			return true;
	return false;
}

/* Whose code was called last, as far as somebody has said so. */
static const char *called_last(char name[RD__USAGE_NAME])
{
	const void *code = rd__context_code ? atomic_load(rd__context_code) : NULL;

	return code && rd__place_module(code, name, RD__USAGE_NAME) ? name : crash.context.module;
}

/* The innermost whose code it was in, for it told the core. But one that was called last and is
 * not on the stack ended with a call, which has its place there. */
static void say_module(void)
{
	char on_stack[RD__USAGE_NAME], name[RD__USAGE_NAME], other[RD__USAGE_NAME];
	const char *last = called_last(name);
	bool found = find_module(NULL, on_stack);

	if (!last || find_module(last, other))
		last = found ? on_stack : NULL;
	if (last)
		say("  in module ", last, "", "");
	if (last && found && strcmp(last, on_stack) != 0)
		say("  called by module ", on_stack, "", "");
}

static void say_stack(void)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(crash.outlets); i++)
		if (crash.outlets[i] >= 0)
			backtrace_symbols_fd(crash.frames, frame_count(), crash.outlets[i]);
}

static void say_whose(void)
{
	const char *found = rd__context_find_channel(&crash.context);

	if (found)
		say("  for channel ", found, "", "");
}

/* ---- how ---- */

/* All that is looked at may be broken: a crash there ends that look, and no other. */
static bool attempt(void (*look)(void))
{
	if (sigsetjmp(way_out, 1)) {
		looking = false;
		return false;
	}
	looking = true;
	look();
	looking = false;
	return true;
}

static void tell(void)
{
	attempt(say_what);
	attempt(say_who);
	if (!attempt(walk))
		say("  the stack is broken: it cannot be followed to its end", "", "", "");
	attempt(say_module);
	attempt(say_stack);
	attempt(rd__last_words);
	attempt(say_whose);
}

static void open_outlets(void)
{
	crash.outlets[0] =
		*crash_file ? open(crash_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
			    : -1;
	/* A failed assertion has told its story already, but not to the file. */
	crash.outlets[1] = rd__assert_has_failed() ? -1 : STDERR_FILENO;
}

/* The real end: by the instruction that crashed, once more, with its registers in the core
 * file; or by the signal that somebody has sent, when the handler has returned. */
static void end_by(int number, bool sent)
{
	sigset_t set;

	signal(number, SIG_DFL);
	if (!sent)
		return;
	sigemptyset(&set);
	sigaddset(&set, number);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	raise(number);
}

/* Another thread tells, and ends all of us: unless it hangs. */
static void wait_for_end(void)
{
	uint64_t until_us = rd__clock_real_us() + END_MS * 1000;

	while (rd__clock_real_us() < until_us) {
		struct timespec moment = { .tv_nsec = 10000000 };

		pselect(0, NULL, NULL, NULL, &moment, NULL);
	}
}

static void on_crash(int number, siginfo_t *info, void *unused)
{
	pid_t first = 0;

	(void)unused;
	if (atomic_compare_exchange_strong(&crash.thread, &first, gettid())) {
		crashed_us = rd__clock_real_us();
		crash.number = number;
		crash.info = info;
		open_outlets();
		tell();
	} else if (first != gettid()) {
		wait_for_end();
	} else if (looking) {
		siglongjmp(way_out, 1);
	}
	end_by(number, info->si_code <= 0);
}

/* Not where a child ends that was forked. */
static void refuse(const char *what)
{
	if (getpid() != guarded)
		return;
	refused = what;
	abort();
}

static void refuse_exit(void)
{
	refuse("exit()");
}

static void refuse_quick_exit(void)
{
	refuse("quick_exit()");
}

#if !defined(RD__ASAN) && !defined(RD__TSAN) /* which have their own */
/* It has no handlers; this one stands before libc's for every module and library. */
__attribute__((visibility("default"))) void _exit(int status)
{
	refuse("_exit()");
	for (;;)
		syscall(SYS_exit_group, status);
}

__attribute__((visibility("default"))) void _Exit(int status)
{
	_exit(status);
}
#endif

int rd__crash_guard_exit(void)
{
	guarded = getpid();
	return atexit(refuse_exit) || at_quick_exit(refuse_quick_exit) ? -ENOMEM : 0;
}

void rd__crash_allow_exit(void)
{
	guarded = 0;
}

int rd__crash_install(const char *file)
{
	stack_t stack = { .ss_sp = handler_stack, .ss_size = sizeof(handler_stack) };
	/* It may be interrupted by itself: by what it looks at, or by another thread's crash. */
	struct sigaction action = {
		.sa_sigaction = on_crash,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER,
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
