/* Where a slice is while it lasts. The watchdog's thread asks; the switch
 * thread writes it down, on a signal that what it interrupts does not see. */
#ifndef CORE_SCHED_SAMPLE_H
#define CORE_SCHED_SAMPLE_H

#include <stdatomic.h>

#include <ringdown/base.h>

/* A library's own frames come first: there must be room for ours. */
#define RD__SAMPLE_FRAMES 64

struct rd__sample {
	uint64_t began_us; /* of the slice */
	char fiber[32], channel[96], module[32]; /* by their own account, "" for none */
	void *frames[RD__SAMPLE_FRAMES]; /* from where it was, outwards */
	int count;
};

/* On the switch thread. A slice that lasts longer than slow_us makes
 * rd__sample_timer() readable. 0, or negative errno: then it never is. */
int rd__sample_start(int slow_us);
void rd__sample_stop(void);

/* A slice begins now, at rd__clock_real_us(); it has ended. */
static inline void rd__sample_begin(uint64_t now_us);
static inline void rd__sample_end(void);

/* What was written down of the slice that began then; NULL: nothing. On the
 * switch thread. */
const struct rd__sample *rd__sample_of(uint64_t began_us);

/* On the watchdog's thread: a descriptor to wait for, and what to do then. */
int rd__sample_timer(void);
void rd__sample_on_timer(void);
void rd__sample_wake(void); /* from any thread: readable at once */

/* On the watchdog's thread: where the running slice is now; NULL: it cannot be
 * told, or the slice has ended. Valid until the next one is taken. */
const struct rd__sample *rd__sample_take(void);

/* Why rd__sample_take() gave nothing, after "the switch thread". */
const char *rd__sample_why_not(void);

/* Tests, before the start: where the kernel's files of each thread are; NULL: in
 * /proc. Borrowed. */
void rd__sample_set_proc(const char *directory);

/* -- inline, for slices are counted in nanoseconds ------------------------------- */

extern struct rd__sampler {
	atomic_uint_fast64_t began_us; /* 0: between slices */
	atomic_bool on, armed;
} rd__sampler;

void rd__sample_arm(void);

/* Without a barrier: a timer that ran out in this very moment is missed, and
 * the next slice arms it. */
static inline void rd__sample_begin(uint64_t now_us)
{
	atomic_store_explicit(&rd__sampler.began_us, now_us, memory_order_relaxed);
	if (!atomic_load_explicit(&rd__sampler.armed, memory_order_relaxed) &&
	    atomic_load_explicit(&rd__sampler.on, memory_order_relaxed))
		rd__sample_arm();
}

static inline void rd__sample_end(void)
{
	atomic_store_explicit(&rd__sampler.began_us, 0, memory_order_relaxed);
}

#endif
