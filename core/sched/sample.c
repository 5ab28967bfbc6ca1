/* The sampler: one timer that is armed by the first slice after a pause; the
 * watchdog's thread looks how old the slice is that it meets. While the switch
 * thread is busy it wakes up each LOOK_US at most, which is 2 us for the switch thread
 * and 13 for its own: slices that last longer are always met, slow ones that are
 * shorter often enough. An idle switch thread costs nothing.
 *
 * Only the switch thread can walk its stack, so it gets a signal. No signal may
 * end the call that it waits in: SA_RESTART does not cover sleeps and polls. So
 * the kernel is asked first which call that is, and the handler begins it anew;
 * a sleep may last longer by its age, never shorter. Where the kernel does not
 * tell, a thread that waits is left alone. */
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <ringdown/str.h>

#include "core/base/context.h"
#include "core/sched/clock.h"
#include "core/sched/sample.h"

/* HANDLER_FRAMES: what the handler and the kernel put upon the interrupted
 * frame, at most. */
enum { HANDLER_FRAMES = 5, ANSWER_MS = 200, LOOK_US = 20000 };

#define PROC "/proc/self/task"

struct rd__sampler rd__sampler;

/* A system call that the switch thread waits in. */
struct wait {
	long number; /* -1: it does not wait in one */
	unsigned long first_arg, sp, pc;
};

static struct rd__sample sample; /* written by the handler */
static struct wait asked_in;     /* written before the signal is sent */
static atomic_bool asked;        /* and the handler has not run yet */
static pthread_t sampled;
static pid_t sampled_tid;
static const char *proc = PROC;
static const char *why_not;
static int timer = -1, state_file = -1;
static int slow_us;

static int signal_number(void)
{
	return SIGRTMIN + 4;
}

/* ---- the timer ---- */

static void set_timer(uint64_t us)
{
	struct itimerspec when = { .it_value = { (time_t)(us / 1000000),
						 (long)(us % 1000000) * 1000 } };

	timerfd_settime(timer, 0, &when, NULL);
}

/* Before the timer: it may run out at once. */
void rd__sample_arm(void)
{
	atomic_store(&rd__sampler.armed, true);
	set_timer((uint64_t)RD_MAX(slow_us, LOOK_US));
}

int rd__sample_timer(void)
{
	return timer;
}

void rd__sample_wake(void)
{
	set_timer(1);
}

/* It stays off when there is nothing to wait for: the next slice arms it. */
void rd__sample_on_timer(void)
{
	uint64_t times, began_us, age_us;

	if (read(timer, &times, sizeof(times)) < 0)
		return;
	atomic_store(&rd__sampler.armed, false);
	began_us = atomic_load(&rd__sampler.began_us);
	if (!began_us)
		return;
	age_us = rd__clock_real_us() - began_us;
	if (age_us >= (uint64_t)slow_us) {
		rd__sample_take();
	} else {
		atomic_store(&rd__sampler.armed, true);
		set_timer((uint64_t)slow_us - age_us);
	}
}

/* ---- on the switch thread, in the middle of whatever it does ---- */

/* The calls of ours that may wait, that SA_RESTART leaves out, and that have
 * done nothing yet when they end with EINTR. */
static bool may_begin_anew(long number)
{
	static const long calls[] = {
#ifdef SYS_poll
		SYS_poll, SYS_select, SYS_epoll_wait,
#endif
		SYS_nanosleep, SYS_clock_nanosleep, SYS_ppoll, SYS_pselect6, SYS_epoll_pwait,
		SYS_futex, SYS_recvfrom, SYS_recvmsg, SYS_rt_sigtimedwait,
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(calls); i++)
		if (calls[i] == number)
			return true;
	return false;
}

/* NULL where nobody has written how to ask. */
static const void *interrupted_at(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (const void *)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return (const void *)context->uc_mcontext.pc;
#else
	(void)context;
	return NULL;
#endif
}

static void begin_anew(ucontext_t *context)
{
	if (!may_begin_anew(asked_in.number) ||
	    (unsigned long)interrupted_at(context) != asked_in.pc)
		return;
#if defined(__x86_64__)
	if (context->uc_mcontext.gregs[REG_RAX] != -EINTR)
		return;
	context->uc_mcontext.gregs[REG_RAX] = asked_in.number;
	context->uc_mcontext.gregs[REG_RIP] -= 2; /* syscall */
#elif defined(__aarch64__)
	if ((long)context->uc_mcontext.regs[0] != -EINTR)
		return;
	context->uc_mcontext.regs[0] = asked_in.first_arg;
	context->uc_mcontext.pc -= 4; /* svc; its number is in x8 still */
#endif
}

/* How many frames are the handler's depends on how it was compiled. */
static int skip_handler(void *const *frames, int count, const void *interrupted)
{
	int i = 0;

	while (i < count && frames[i] != interrupted)
		i++;
	return i < count ? i : RD_MIN(2, count);
}

static void write_down(uint64_t began_us, const void *interrupted)
{
	void *frames[RD__SAMPLE_FRAMES + HANDLER_FRAMES];
	int count = backtrace(frames, RD__SAMPLE_FRAMES + HANDLER_FRAMES);
	struct rd__context context = rd__context_get();
	int first = skip_handler(frames, count, interrupted);

	sample.began_us = began_us;
	rd_strcpy(sample.fiber, sizeof(sample.fiber), context.fiber ? context.fiber : "");
	rd_strcpy(sample.channel, sizeof(sample.channel), context.channel ? context.channel : "");
	rd_strcpy(sample.module, sizeof(sample.module), context.module ? context.module : "");
	sample.count = RD_MIN(count - first, RD__SAMPLE_FRAMES);
	for (int i = 0; i < sample.count; i++)
		sample.frames[i] = frames[i + first];
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	uint64_t began_us = atomic_load(&rd__sampler.began_us);
	int saved = errno;

	(void)number;
	(void)info;
	if (!atomic_load(&asked))
		return;
	if (began_us)
		write_down(began_us, interrupted_at(context));
	begin_anew(context);
	atomic_store(&asked, false);
	errno = saved;
}

const struct rd__sample *rd__sample_of(uint64_t began_us)
{
	return sample.began_us == began_us ? &sample : NULL;
}

/* ---- on the watchdog's thread ---- */

static int open_state(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%d/%s", proc, (int)sampled_tid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Does it compute? Then a signal ends no call. */
static bool is_running(void)
{
	char line[128];
	int file = open_state("stat");
	ssize_t n = file < 0 ? -1 : read(file, line, sizeof(line) - 1);
	const char *name_ends;

	if (file >= 0)
		close(file);
	if (n <= 0)
		return false;
	line[n] = '\0';
	name_ends = strrchr(line, ')');
	return name_ends && strncmp(name_ends, ") R", 3) == 0;
}

/* What the switch thread waits in, by the kernel; false: it waits, and the kernel
 * does not tell in what. */
static bool look(struct wait *wait)
{
	char line[256];
	ssize_t n = state_file < 0 ? -1 : pread(state_file, line, sizeof(line) - 1, 0);

	*wait = (struct wait){ .number = -1 };
	if (n <= 0)
		return is_running();
	line[n] = '\0';
	if (sscanf(line, "%ld %lx %*x %*x %*x %*x %*x %lx %lx", &wait->number, &wait->first_arg,
		   &wait->sp, &wait->pc) != 4)
		wait->number = -1;
	return true;
}

static bool still_there(const struct wait *wait)
{
	return wait->number >= 0 && wait->number == asked_in.number && wait->sp == asked_in.sp &&
	       wait->pc == asked_in.pc;
}

static void pause_ms(int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static bool ask(const struct wait *wait)
{
	asked_in = *wait;
	atomic_store(&asked, true);
	if (pthread_kill(sampled, signal_number())) {
		atomic_store(&asked, false);
		return false;
	}
	for (int ms = 0; ms < ANSWER_MS && atomic_load(&asked); ms++)
		pause_ms(1);
	return !atomic_load(&asked);
}

/* One that waits where it was seen before is left alone: a sleep that is begun
 * anew after a second would last a second longer. */
const struct rd__sample *rd__sample_take(void)
{
	uint64_t began_us = atomic_load(&rd__sampler.began_us);
	struct wait wait;

	why_not = "takes no signal";
	if (!began_us || atomic_load(&asked))
		return NULL;
	if (!look(&wait)) {
		why_not = "waits in the kernel, which does not tell for what";
		return NULL;
	}
	if (sample.began_us == began_us && still_there(&wait))
		return &sample;
	return ask(&wait) && sample.began_us == began_us ? &sample : NULL;
}

const char *rd__sample_why_not(void)
{
	return why_not;
}

/* ---- start and stop ---- */

void rd__sample_set_proc(const char *directory)
{
	proc = directory ? directory : PROC;
}

int rd__sample_start(int slow)
{
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK };
	void *warm[1];

	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (timer < 0)
		return -errno;
	sampled_tid = gettid();
	state_file = open_state("syscall"); /* not everywhere */
	/* The first call loads a library: not in a signal handler, please. */
	backtrace(warm, 1);
	sigaction(signal_number(), &action, NULL);
	sampled = pthread_self();
	slow_us = slow;
	sample.began_us = 0;
	atomic_store(&asked, false);
	atomic_store(&rd__sampler.armed, false);
	atomic_store(&rd__sampler.on, true);
	return 0;
}

/* Nobody may be looking any more. */
void rd__sample_stop(void)
{
	atomic_store(&rd__sampler.on, false);
	if (timer >= 0)
		close(timer);
	if (state_file >= 0)
		close(state_file);
	timer = state_file = -1;
	/* One that was sent already is taken by the handler or by nobody. */
	signal(signal_number(), SIG_IGN);
}
