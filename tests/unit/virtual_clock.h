/* The scheduler on a virtual clock, for tests of event-driven code: in main(),
 * clock_begin() before RUN_GROUP and clock_end() after. */
#ifndef TESTS_UNIT_VIRTUAL_CLOCK_H
#define TESTS_UNIT_VIRTUAL_CLOCK_H

#include <stdlib.h>

#include "tests/unit/test.h"

#include "core/sched/clock.h"
#include "core/sched/sched.h"

static inline void clock_begin(void)
{
	rd__clock_set_virtual();
	if (rd__sched_init(0))
		abort();
}

static inline void clock_end(void)
{
	rd__sched_fini();
}

/* All timers that are due within so many ms have fired. */
static inline void clock_advance(int ms)
{
	rd__sched_run_for(ms);
}

#endif
