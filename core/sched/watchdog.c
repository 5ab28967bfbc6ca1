/* The watchdog: slow slices are told when they end, with the place that was
 * sampled when they became slow (sample.c); stuck ones are found by a thread
 * that looks a few times a second and has the switch thread write down its own
 * backtrace. */
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unwind.h>

#include <ringdown/log.h>
#include <ringdown/str.h>

#include "core/base/context.h"
#include "core/sched/admission.h"
#include "core/sched/clock.h"
#include "core/sched/place.h"
#include "core/sched/sample.h"
#include "core/sched/watchdog.h"

enum { PLACES = 256, FRAMES = 48, AGAIN_AFTER_S = 10 };

static struct {
	bool on;
	int slow_us, stuck_us;
	int look_every_ms;
	atomic_uint_fast64_t began_us; /* 0: between slices */
	unsigned long slow;
	atomic_ulong stuck;
	const void *places[PLACES]; /* already logged; open addressing */
	size_t places_used;

	pthread_t thread, watched;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
} dog = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Filled in by the signal handler on the switch thread. */
static struct {
	void *frames[FRAMES];
	int count;
	char fiber[32], channel[96], module[32];
	atomic_int stage;
} witness;

enum { IDLE, ASKED, ANSWERED };

unsigned long rd__watchdog_slow(void)
{
	return dog.slow;
}

unsigned long rd__watchdog_stuck(void)
{
	return atomic_load(&dog.stuck);
}

/* ---- slow slices ---- */

static bool first_time(const void *place)
{
	size_t at = ((uintptr_t)place >> 2) % PLACES;

	while (dog.places[at]) {
		if (dog.places[at] == place)
			return false;
		at = (at + 1) % PLACES;
	}
	if (dog.places_used >= PLACES / 2)
		return false;
	dog.places[at] = place;
	dog.places_used++;
	return true;
}

/* Who had the thread when the slice became slow, and where. */
struct culprit {
	const void *place;
	const void *key; /* the same for the same mistake */
	const char *how; /* "at" where it was seen, "up to" where only its end was */
	char module[32];
};

/* Code that computes is met anywhere in a function: that is one place. What is
 * called from a place, and blocks, returns there each time. */
static const void *key_of(const struct rd__sample *sample, int frame)
{
	const void *function = NULL;

	if (frame == 0)
		function = _Unwind_FindEnclosingFunction(sample->frames[0]);
	return function ? function : sample->frames[frame];
}

/* The innermost frame of ours, for libraries do what they are told; and the
 * innermost module, for it told the core. */
static void judge(struct culprit *culprit, const struct rd__sample *sample)
{
	bool found = false;

	rd_strcpy(culprit->module, sizeof(culprit->module), sample->module);
	for (int i = 0; i < sample->count; i++) {
		const void *place = sample->frames[i];
		bool in_module = rd__place_module(place, culprit->module,
						  sizeof(culprit->module));

		if (!found && (in_module || rd__place_in_program(place))) {
			culprit->place = place;
			culprit->key = key_of(sample, i);
			culprit->how = "at";
			found = true;
		}
		if (in_module)
			return;
	}
}

static void report_slow(const void *end, uint64_t began_us, uint64_t took_us)
{
	struct rd__context context = rd__context_get();
	const struct rd__sample *sample = rd__sample_of(began_us);
	struct culprit culprit = { .place = end, .key = end, .how = "up to" };
	char where[160];

	dog.slow++;
	if (rd__admission_closed())
		return;
	if (sample)
		judge(&culprit, sample);
	else if (context.module)
		rd_strcpy(culprit.module, sizeof(culprit.module), context.module);
	if (!first_time(culprit.key))
		return;
	rd__place_name(culprit.place, where, sizeof(where));
	rd_warning("watchdog: %s%s%s%s held the switch thread for %llu.%llu ms, %s %s",
		   context.fiber ? "fiber " : "the loop", context.fiber ? context.fiber : "",
		   *culprit.module ? ", module " : "", culprit.module,
		   (unsigned long long)took_us / 1000, (unsigned long long)took_us / 100 % 10,
		   culprit.how, where);
}

static _Thread_local bool slice_runs;

bool rd__slice_runs(void)
{
	return slice_runs;
}

void rd__slice_begin(void)
{
	uint64_t now_us;

	slice_runs = true;
	if (!dog.on)
		return;
	now_us = rd__clock_real_us();
	atomic_store_explicit(&dog.began_us, now_us, memory_order_relaxed);
	rd__sample_begin(now_us);
}

void rd__slice_end(const void *place)
{
	uint64_t began_us = atomic_load_explicit(&dog.began_us, memory_order_relaxed);
	uint64_t took_us;

	slice_runs = false;
	/* The watchdog may have been started within this slice. */
	if (!dog.on || !began_us)
		return;
	rd__sample_end();
	took_us = rd__clock_real_us() - began_us;
	atomic_store_explicit(&dog.began_us, 0, memory_order_relaxed);
	if (took_us > (uint64_t)dog.slow_us)
		report_slow(place, began_us, took_us);
}

/* ---- a slice that does not end ---- */

static int signal_number(void)
{
	return SIGRTMIN + 3;
}

static void testify_to(char *field, size_t size, const char *text, const char *absent)
{
	rd_strcpy(field, size, text ? text : absent);
}

/* On the switch thread, in the middle of whatever it does. */
static void testify(int number)
{
	struct rd__context context = rd__context_get();
	int saved = errno;

	(void)number;
	if (atomic_load(&witness.stage) != ASKED)
		return;
	testify_to(witness.fiber, sizeof(witness.fiber), context.fiber, "the loop");
	testify_to(witness.channel, sizeof(witness.channel), context.channel, "none");
	testify_to(witness.module, sizeof(witness.module), context.module, "unknown");
	witness.count = backtrace(witness.frames, FRAMES);
	atomic_store(&witness.stage, ANSWERED);
	errno = saved;
}

static void pause_ms(int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static void report_stuck(uint64_t since_us)
{
	atomic_store(&witness.stage, ASKED);
	if (pthread_kill(dog.watched, signal_number()))
		return;
	for (int i = 0; i < 100 && atomic_load(&witness.stage) == ASKED; i++)
		pause_ms(2);
	atomic_fetch_add(&dog.stuck, 1);
	if (atomic_exchange(&witness.stage, IDLE) != ANSWERED) {
		rd_error("watchdog: the switch thread is stuck for %llu ms and takes no signal",
			 (unsigned long long)since_us / 1000);
		return;
	}
	for (int i = 2; i < witness.count; i++)
		if (rd__place_module(witness.frames[i], witness.module, sizeof(witness.module)))
			break;
	rd_error("watchdog: %s holds the switch thread for %llu ms now; module %s, channel %s",
		 witness.fiber, (unsigned long long)since_us / 1000, witness.module,
		 witness.channel);
	/* The first two frames are the handler's and the kernel's. */
	for (int i = 2; i < witness.count; i++) {
		char where[160];

		rd__place_name(witness.frames[i], where, sizeof(where));
		rd_error("watchdog:   #%d %s", i - 2, where);
	}
}

static void *watch(void *unused)
{
	uint64_t reported = 0, reported_at_us = 0;

	pthread_mutex_lock(&dog.lock);
	while (!dog.stop) {
		uint64_t now = rd__clock_real_us();
		uint64_t began = atomic_load_explicit(&dog.began_us, memory_order_relaxed);
		bool again = began != reported ||
			     now - reported_at_us > (uint64_t)AGAIN_AFTER_S * 1000000;
		struct timespec until;

		if (began && now > began && now - began > (uint64_t)dog.stuck_us && again) {
			report_stuck(now - began);
			reported = began;
			reported_at_us = now;
		}
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += (long)dog.look_every_ms * 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&dog.wake, &dog.lock, &until);
	}
	pthread_mutex_unlock(&dog.lock);
	return unused;
}

static void init_cond(void)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&dog.wake, &attr);
	pthread_condattr_destroy(&attr);
}

static int start_thread(void)
{
	sigset_t all, former;
	int rc;

	/* Signals are the switch thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &former);
	rc = -pthread_create(&dog.thread, NULL, watch, NULL);
	pthread_sigmask(SIG_SETMASK, &former, NULL);
	if (rc == 0)
		pthread_setname_np(dog.thread, "watchdog");
	return rc;
}

int rd__watchdog_start(int slow_ms, int stuck_ms)
{
	struct sigaction action = { .sa_handler = testify, .sa_flags = SA_RESTART | SA_ONSTACK };
	void *warm[1];
	int rc;

	rd_assert(!dog.on);
	dog.slow_us = (slow_ms ? slow_ms : 5) * 1000;
	dog.stuck_us = (stuck_ms ? stuck_ms : 1000) * 1000;
	/* A thread that wakes up is not free: as rarely as will do. */
	dog.look_every_ms = RD_MIN(dog.stuck_us / 4000, 500);
	dog.watched = pthread_self();
	dog.stop = false;
	dog.slow = 0;
	atomic_store(&dog.stuck, 0);
	atomic_store(&dog.began_us, 0);
	memset(dog.places, 0, sizeof(dog.places));
	dog.places_used = 0;
	/* The first call loads a library: not in a signal handler, please. */
	backtrace(warm, 1);
	sigaction(signal_number(), &action, NULL);
	init_cond();
	rc = start_thread();
	if (rc)
		return rc;
	dog.on = true;
	rc = rd__sample_start(dog.slow_us);
	if (rc)
		rd_warning("watchdog: no timer: %s; slow slices are told by where they end",
			   rd_strerror(rc));
	return 0;
}

void rd__watchdog_stop(void)
{
	if (!dog.on)
		return;
	dog.on = false;
	rd__sample_stop();
	pthread_mutex_lock(&dog.lock);
	dog.stop = true;
	pthread_cond_signal(&dog.wake);
	pthread_mutex_unlock(&dog.lock);
	pthread_join(dog.thread, NULL);
	pthread_cond_destroy(&dog.wake);
	signal(signal_number(), SIG_DFL);
}
