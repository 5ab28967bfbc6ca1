/* Keeping a thread busy, by the real clock. */
#ifndef TESTS_UNIT_BURN_H
#define TESTS_UNIT_BURN_H

#include <stdint.h>

#include "core/sched/clock.h"

static inline void burn_ms(int ms)
{
	uint64_t until_us = rd__clock_real_us() + (uint64_t)ms * 1000;

	while (rd__clock_real_us() < until_us)
		;
}

#endif
