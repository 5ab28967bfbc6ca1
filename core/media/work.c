/* How long media threads are held up, and by whose code. */
#include "core/media/work.h"

#include <inttypes.h>

#include <ringdown/log.h>

#include "core/media/line.h"
#include "core/media/stream.h"
#include "core/media/thread.h"
#include "core/sched/clock.h"
#include "core/sched/place.h"
#include "core/sched/standstill.h"

enum { SLOW_US = 5000, WINDOW_US = 1000000 };

_Thread_local struct rd__work *rd__work;

/* ---- on the watchdog's thread ---- */

static void tell_stuck(const struct rd__watched *watched, uint64_t since_us)
{
	const struct rd__work *work = RD_CONTAINER_OF(watched, struct rd__work, watched);
	const void *code = atomic_load(&work->code);
	const char *label = atomic_load(&work->label);
	char module[RD__USAGE_NAME] = "unknown", where[160] = "the engine's own code";

	if (code) {
		rd__place_module(code, module, sizeof(module));
		rd__place_name(code, where, sizeof(where));
	}
	rd_error("watchdog: media thread %d is held for %" PRIu64
		 " ms now; module %s, channel %s, in %s",
		 work->number, since_us / 1000, module, label && *label ? label : "none", where);
}

/* ---- on the media thread ---- */

void rd__work_adopt(struct rd__work *work)
{
	rd__work = work;
	rd__context_code = work ? &work->code : NULL;
}

void rd__work_pass_begin(uint64_t now_us)
{
	if (!rd__work)
		return;
	atomic_store_explicit(&rd__work->watched.began_us, now_us, memory_order_relaxed);
	rd__work->longest = (struct rd__work_call){ 0 };
	rd__work->pass_began = rd__usage_ticks();
}

static void note_for_show(struct rd__work *work, uint64_t now_us, uint64_t us)
{
	uint64_t age = now_us - atomic_load(&work->window_us);

	if (age >= WINDOW_US) {
		atomic_store(&work->former_us,
			     age < 2 * WINDOW_US ? atomic_load(&work->worst_us) : 0);
		atomic_store(&work->worst_us, 0);
		atomic_store(&work->window_us, now_us);
	}
	if (us > atomic_load(&work->worst_us))
		atomic_store(&work->worst_us, us);
}

static void count(struct rd__work *work, uint64_t us)
{
	size_t power = us ? 64 - (size_t)__builtin_clzll(us) : 0;
	atomic_uint_fast64_t *passes = &work->passes[RD_MIN(power, RD__PASS_POWERS - (size_t)1)];

	/* Nobody else writes here. */
	atomic_store_explicit(passes, atomic_load_explicit(passes, memory_order_relaxed) + 1,
			      memory_order_relaxed);
	atomic_store_explicit(&work->passes_us,
			      atomic_load_explicit(&work->passes_us, memory_order_relaxed) + us,
			      memory_order_relaxed);
}

static uint64_t pass_us(const struct rd__work *work, uint64_t now_us)
{
	uint64_t began_us = atomic_load_explicit(&work->watched.began_us, memory_order_relaxed);

	if (now_us - began_us <= SLOW_US)
		return now_us - began_us;
	return now_us - rd__standstill_after(began_us, now_us);
}

/* Its part of the pass is known in ticks, the pass by the clock. */
static uint64_t longest_us(const struct rd__work *work, uint64_t pass_us)
{
	uint64_t ticks = rd__usage_ticks() - work->pass_began;

	return ticks ? (uint64_t)((double)pass_us * (double)work->longest.ticks / (double)ticks)
		     : 0;
}

void rd__work_pass_end(struct rd__thread *thread)
{
	struct rd__work *work = rd__work;
	struct rd__event event = { .type = RD__EVENT_HELD };
	uint64_t now_us, us;

	if (!work)
		return;
	now_us = rd__clock_real_us();
	us = pass_us(work, now_us);
	count(work, us);
	note_for_show(work, now_us, us);
	if (us > SLOW_US && work->longest.code) {
		event.stream = work->longest.stream;
		event.object = (void *)work->longest.code;
		event.number = (int64_t)longest_us(work, us);
		if (event.number > SLOW_US)
			rd__thread_event(thread, &event);
	}
	rd__work_for(NULL, NULL);
	atomic_store_explicit(&work->watched.began_us, 0, memory_order_relaxed);
}

void rd__work_forget(const struct rd_stream *stream)
{
	if (!rd__work)
		return;
	if (rd__work->longest.stream == stream)
		rd__work->longest.stream = NULL;
	if (rd__work->stream == stream)
		rd__work_for(NULL, NULL);
}

/* ---- on the switch thread ---- */

void rd__work_begin(struct rd__work *work, int number)
{
	work->number = number;
	work->watched.tell = tell_stuck;
	rd__watched_add(&work->watched);
}

void rd__work_end(struct rd__work *work)
{
	rd__watched_remove(&work->watched);
}

uint64_t rd__work_lately_us(const struct rd__work *work)
{
	uint64_t age = rd__clock_real_us() - atomic_load(&work->window_us);
	uint64_t worst_us = age < 2 * WINDOW_US ? atomic_load(&work->worst_us) : 0;

	return age < WINDOW_US ? RD_MAX(worst_us, (uint64_t)atomic_load(&work->former_us))
			       : worst_us;
}
