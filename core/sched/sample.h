/* Where a slice is at the moment when it becomes slow: written down by the
 * switch thread itself, on a timer's signal. */
#ifndef RD_CORE_SCHED_SAMPLE_H
#define RD_CORE_SCHED_SAMPLE_H

#include <signal.h>

#include <ringdown/base.h>

#define RD__SAMPLE_FRAMES 24

struct rd__sample {
	uint64_t began_us; /* of the slice */
	char module[32];   /* that ran by its own account, "" for none */
	void *frames[RD__SAMPLE_FRAMES]; /* from where it was, outwards */
	int count;
};

/* On the switch thread. A slice that lasts longer than slow_us is sampled,
 * once. 0, or negative errno: then nothing is ever found. */
int rd__sample_start(int slow_us);
void rd__sample_stop(void);

/* A slice begins now, at rd__clock_real_us(); it has ended. */
static inline void rd__sample_begin(uint64_t now_us);
static inline void rd__sample_end(void);

/* What was written down of the slice that began then; NULL: nothing. */
const struct rd__sample *rd__sample_of(uint64_t began_us);

/* -- inline, for slices are counted in nanoseconds ------------------------------- */

extern struct rd__sampler {
	volatile uint64_t began_us; /* 0: between slices */
	volatile sig_atomic_t on, armed;
} rd__sampler;

void rd__sample_arm(void);

static inline void rd__sample_begin(uint64_t now_us)
{
	rd__sampler.began_us = now_us;
	if (!rd__sampler.armed && rd__sampler.on)
		rd__sample_arm();
}

static inline void rd__sample_end(void)
{
	rd__sampler.began_us = 0;
}

#endif
