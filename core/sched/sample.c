/* The sampler: one timer that is armed by the first slice after a pause and
 * looks, by its signal, how old the slice is that it meets. A busy switch
 * thread pays a signal per slow_us, an idle one nothing, a slice a comparison. */
#include <execinfo.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <ringdown/str.h>

#include "core/base/context.h"
#include "core/sched/clock.h"
#include "core/sched/sample.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* What the handler and the kernel put upon the interrupted frame, at most. */
enum { HANDLER_FRAMES = 5 };

struct rd__sampler rd__sampler;

static struct rd__sample sample;
static timer_t timer;
static int slow_us;

static int signal_number(void)
{
	return SIGRTMIN + 4;
}

static void set_timer(uint64_t us)
{
	struct itimerspec when = { .it_value = { (time_t)(us / 1000000),
						 (long)(us % 1000000) * 1000 } };

	timer_settime(timer, 0, &when, NULL);
}

/* Before the timer: its signal may come at once. */
void rd__sample_arm(void)
{
	rd__sampler.armed = 1;
	set_timer((uint64_t)slow_us);
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
	const char *module = rd__context_get().module;
	int first;

	sample.began_us = began_us;
	rd_strcpy(sample.module, sizeof(sample.module), module ? module : "");
	first = skip_handler(frames, count, interrupted);
	sample.count = RD_MIN(count - first, RD__SAMPLE_FRAMES);
	for (int i = 0; i < sample.count; i++)
		sample.frames[i] = frames[i + first];
}

/* On the switch thread, in the middle of whatever it does. The timer stays
 * off when there is nothing to wait for: the next slice arms it. */
static void on_timer(int number, siginfo_t *info, void *context)
{
	uint64_t began_us = rd__sampler.began_us, age_us;
	int saved = errno;

	(void)number;
	(void)info;
	rd__sampler.armed = 0;
	if (!began_us || !rd__sampler.on)
		return;
	age_us = rd__clock_real_us() - began_us;
	if (age_us >= (uint64_t)slow_us) {
		write_down(began_us, interrupted_at(context));
	} else {
		rd__sampler.armed = 1;
		set_timer((uint64_t)slow_us - age_us);
	}
	errno = saved;
}

const struct rd__sample *rd__sample_of(uint64_t began_us)
{
	return sample.began_us == began_us ? &sample : NULL;
}

int rd__sample_start(int slow)
{
	struct sigaction action = { .sa_sigaction = on_timer,
				    .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID };
	void *warm[1];

	event.sigev_signo = signal_number();
	event.sigev_notify_thread_id = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, &timer))
		return -errno;
	/* The first call loads a library: not in a signal handler, please. */
	backtrace(warm, 1);
	sigaction(signal_number(), &action, NULL);
	slow_us = slow;
	sample.began_us = 0;
	rd__sampler.armed = 0;
	rd__sampler.on = 1;
	return 0;
}

void rd__sample_stop(void)
{
	if (!rd__sampler.on)
		return;
	rd__sampler.on = 0;
	timer_delete(timer);
	/* One that was sent already is taken by the handler or by nobody. */
	signal(signal_number(), SIG_IGN);
}
