/* The watchdog: slow slices are told when they end, with the place that was
 * sampled when they became slow (sample.c); stuck ones are found by the thread
 * that samples, which looks a few times a second in any case. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unwind.h>

#include <ringdown/log.h>
#include <ringdown/str.h>

#include "core/base/context.h"
#include "core/base/thread.h"
#include "core/base/usage.h"
#include "core/sched/admission.h"
#include "core/sched/clock.h"
#include "core/sched/place.h"
#include "core/sched/sample.h"
#include "core/sched/standstill.h"
#include "core/sched/traps.h"
#include "core/sched/watchdog.h"
#include "core/sched/watched.h"

enum {
	PLACES = 128,
	AGAIN_AFTER_S = 10,
	/* Sound that is late is noticed before what is signalled. */
	STALL_US = 100000,
	MEDIA_STALL_US = 40000,
	/* Looks that are missed, and how late one may be: then the process stood still. */
	STILL_LOOKS = 2,
	STILL_MS = 250,
};

struct stall {
	uint64_t us, at_us;
};

/* What is logged once. */
struct told {
	const void *place;
	uint64_t module; /* whose mistake it was: two may make it in one function of the core */
};

static struct {
	bool on;
	int slow_us, stuck_us;
	int look_every_ms;
	atomic_uint_fast64_t began_us; /* 0: between slices */
	unsigned long slow, media_slow;
	struct stall stall, media_stall; /* the last ones */
	atomic_ulong stuck;
	atomic_uint_fast64_t stuck_at_us; /* the last; 0: never */
	struct told told[PLACES];
	size_t told_count;

	pthread_t thread;
	atomic_bool stop;
} dog;

unsigned long rd__watchdog_slow(void)
{
	return dog.slow;
}

unsigned long rd__watchdog_stuck(void)
{
	return atomic_load(&dog.stuck);
}

uint64_t rd__watchdog_stuck_at_us(void)
{
	return atomic_load(&dog.stuck_at_us);
}

static uint64_t tell_stall(const struct stall *stall, uint64_t *at_us)
{
	*at_us = stall->at_us;
	return stall->us;
}

uint64_t rd__watchdog_stall(uint64_t *at_us)
{
	return tell_stall(&dog.stall, at_us);
}

unsigned long rd__watchdog_media_slow(void)
{
	return dog.media_slow;
}

uint64_t rd__watchdog_media_stall(uint64_t *at_us)
{
	return tell_stall(&dog.media_stall, at_us);
}

static void note_stall(struct stall *stall, uint64_t took_us, uint64_t least_us)
{
	if (took_us >= least_us)
		*stall = (struct stall){ took_us, rd__clock_real_us() };
}

/* ---- slow slices ---- */

/* All files of a module are one: "app_x#1" is an old one of "app_x". */
static uint64_t module_key(const char *module)
{
	return rd_hash(0, module, strcspn(module, "#"));
}

static bool first_time(const void *place, const char *module)
{
	struct told it = { place, module_key(module) };

	for (size_t i = 0; i < dog.told_count; i++)
		if (dog.told[i].place == it.place && dog.told[i].module == it.module)
			return false;
	if (dog.told_count == PLACES)
		return false;
	dog.told[dog.told_count++] = it;
	return true;
}

void rd__watchdog_forget(const char *module, const void *begin, const void *end)
{
	uint64_t key = module_key(module);
	size_t kept = 0;

	for (size_t i = 0; i < dog.told_count; i++) {
		const struct told *it = &dog.told[i];
		bool goes = it->module == key || (it->place >= begin && it->place < end);

		if (!goes)
			dog.told[kept++] = *it;
	}
	dog.told_count = kept;
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
	note_stall(&dog.stall, took_us, STALL_US);
	if (sample)
		judge(&culprit, sample);
	else if (context.module)
		rd_strcpy(culprit.module, sizeof(culprit.module), context.module);
	if (!first_time(culprit.key, culprit.module))
		return;
	rd__place_name(culprit.place, where, sizeof(where));
	rd_warning("watchdog: %s%s%s%s held the switch thread for %llu.%llu ms, %s %s",
		   context.fiber ? "fiber " : "the loop", context.fiber ? context.fiber : "",
		   *culprit.module ? ", module " : "", culprit.module,
		   (unsigned long long)took_us / 1000, (unsigned long long)took_us / 100 % 10,
		   culprit.how, where);
}

void rd__watchdog_media(const void *code, const char *label, uint64_t took_us)
{
	char module[RD__USAGE_NAME] = "", where[160];

	if (!dog.on || took_us <= (uint64_t)dog.slow_us)
		return;
	dog.media_slow++;
	note_stall(&dog.media_stall, took_us, MEDIA_STALL_US);
	rd__place_module(code, module, sizeof(module));
	if (!first_time(code, module))
		return;
	rd__place_name(code, where, sizeof(where));
	rd_warning("watchdog: %s%s%s%s held a media thread for %llu.%llu ms, in %s",
		   *module ? "module " : "the engine", module, *label ? ", channel " : "", label,
		   (unsigned long long)took_us / 1000, (unsigned long long)took_us / 100 % 10,
		   where);
}

static _Thread_local bool slice_runs;
static const void *slice_arg;

bool rd__slice_runs(void)
{
	return slice_runs;
}

const void *rd__slice_arg(void)
{
	return slice_arg;
}

void rd__slice_begin(const void *code, const void *arg)
{
	slice_arg = arg;
	rd__slice_begin_for(rd__usage_near(code));
}

void rd__slice_begin_for(struct rd__usage *usage)
{
	uint64_t now_us;

	slice_runs = true;
	rd__usage_begin(usage);
	if (!dog.on)
		return;
	now_us = rd__clock_real_us();
	atomic_store_explicit(&dog.began_us, now_us, memory_order_relaxed);
	rd__sample_begin(now_us);
}

void rd__slice_end(const void *place)
{
	uint64_t began_us = atomic_load_explicit(&dog.began_us, memory_order_relaxed);
	uint64_t now_us, took_us;

	slice_runs = false;
	slice_arg = NULL;
	rd__usage_end();
	/* The watchdog may have been started within this slice. */
	if (!dog.on || !began_us)
		return;
	rd__sample_end();
	now_us = rd__clock_real_us();
	atomic_store_explicit(&dog.began_us, 0, memory_order_relaxed);
	if (now_us - began_us <= (uint64_t)dog.slow_us)
		return;
	took_us = now_us - rd__standstill_after(began_us, now_us);
	if (took_us > (uint64_t)dog.slow_us)
		report_slow(place, began_us, took_us);
}

/* ---- a slice that does not end ---- */

static const char *or_else(const char *text, const char *absent)
{
	return *text ? text : absent;
}

static void report_stuck(uint64_t since_us)
{
	const struct rd__sample *sample = rd__sample_take();
	unsigned long long ms = since_us / 1000;
	char module[32], where[160];

	atomic_fetch_add(&dog.stuck, 1);
	atomic_store(&dog.stuck_at_us, rd__clock_real_us());
	if (!sample) {
		rd_error("watchdog: the switch thread is stuck for %llu ms and %s", ms,
			 rd__sample_why_not());
		return;
	}
	rd_strcpy(module, sizeof(module), sample->module);
	for (int i = 0; i < sample->count; i++)
		if (rd__place_module(sample->frames[i], module, sizeof(module)))
			break;
	rd_error("watchdog: %s holds the switch thread for %llu ms now; module %s, channel %s",
		 or_else(sample->fiber, "the loop"), ms, or_else(module, "unknown"),
		 or_else(sample->channel, "none"));
	for (int i = 0; i < sample->count; i++) {
		rd__place_name(sample->frames[i], where, sizeof(where));
		rd_error("watchdog:   #%d %s", i, where);
	}
}

static void look_for_stuck(uint64_t *reported, uint64_t *reported_at_us)
{
	uint64_t now = rd__clock_real_us();
	uint64_t began = atomic_load_explicit(&dog.began_us, memory_order_relaxed);
	bool again = began != *reported ||
		     now - *reported_at_us > (uint64_t)AGAIN_AFTER_S * 1000000;
	uint64_t since;

	if (!began || now <= began || !again)
		return;
	since = rd__standstill_after(began, now);
	if (now - since <= (uint64_t)dog.stuck_us)
		return;
	report_stuck(now - since);
	*reported = began;
	*reported_at_us = now;
}

static void look_for_standstill(void)
{
	uint64_t ms = rd__standstill_look() / 1000;

	if (ms)
		rd_warning(
			"watchdog: nothing ran for %llu.%llu s: somebody had stopped this process, "
			"or the machine slept or had no time for it",
			(unsigned long long)ms / 1000, (unsigned long long)ms / 100 % 10);
}

/* A timer that could not be made is a descriptor that poll() passes over. */
static void *watch(void *unused)
{
	uint64_t reported = 0, reported_at_us = 0;

	while (!atomic_load(&dog.stop)) {
		struct pollfd slow = { .fd = rd__sample_timer(), .events = POLLIN };

		if (poll(&slow, 1, dog.look_every_ms) > 0)
			rd__sample_on_timer();
		look_for_standstill();
		look_for_stuck(&reported, &reported_at_us);
		rd__watched_look((uint64_t)dog.stuck_us, (uint64_t)AGAIN_AFTER_S * 1000000);
	}
	return unused;
}

int rd__watchdog_start(int slow_ms, int stuck_ms)
{
	int rc;

	rd_assert(!dog.on);
	dog.slow_us = (slow_ms ? slow_ms : 5) * 1000;
	dog.stuck_us = (stuck_ms ? stuck_ms : 1000) * 1000;
	/* A thread that wakes up is not free: as rarely as will do. */
	dog.look_every_ms = RD_MIN(dog.stuck_us / 4000, 500);
	atomic_store(&dog.stop, false);
	dog.slow = dog.media_slow = 0;
	dog.stall = dog.media_stall = (struct stall){ 0 };
	atomic_store(&dog.stuck, 0);
	atomic_store(&dog.stuck_at_us, 0);
	atomic_store(&dog.began_us, 0);
	dog.told_count = 0;
	rc = rd__sample_start(dog.slow_us);
	if (rc)
		rd_warning("watchdog: no samples: %s; slow slices are told by where they end",
			   rd_strerror(rc));
	rd__standstill_start((uint64_t)(STILL_LOOKS * dog.look_every_ms + STILL_MS) * 1000);
	rc = rd__pthread_start(&dog.thread, "watchdog", watch, NULL);
	dog.on = rc == 0;
	if (rc)
		rd__sample_stop();
	return rc;
}

void rd__watchdog_stop(void)
{
	if (!dog.on)
		return;
	dog.on = false;
	rd__standstill_start(0);
	atomic_store(&dog.stop, true);
	rd__sample_wake();
	rd__thread_join(dog.thread);
	rd__sample_stop();
}
