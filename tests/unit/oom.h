/* The out-of-memory sweep: run something with 0, 1, 2, ... allocations
 * allowed, until it gets all that it asks for. Nothing may leak on the way. */
#ifndef TESTS_UNIT_OOM_H
#define TESTS_UNIT_OOM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "core/base/alloc.h"

enum { OOM_SWEEP_MAX = 100000 };

/* One round; true when no allocation was refused. */
static inline bool oom_round(int (*fn)(void *arg), void *arg, long allowed, int *rc)
{
	long before = rd__alloc_live();
	bool complete;

	rd__alloc_fail_after(allowed);
	*rc = fn(arg);
	complete = rd__alloc_refused() == 0;
	rd__alloc_fail_after(-1);
	if (rd__alloc_live() != before)
		fail_msg("with %ld allocations allowed, %ld blocks leak", allowed,
			 rd__alloc_live() - before);
	return complete;
}

/**
 * fn builds, uses and takes down what it tests. It returns 0, or -ENOMEM when
 * an allocation failed, and leaves no block behind in either case. Returns
 * the number of allocations that it takes.
 */
static inline long oom_sweep(int (*fn)(void *arg), void *arg)
{
	for (long n = 0; n < OOM_SWEEP_MAX; n++) {
		int rc;

		if (oom_round(fn, arg, n, &rc)) {
			assert_int_equal(rc, 0);
			return n;
		}
		if (rc != -ENOMEM)
			fail_msg("with %ld allocations allowed: %d, not -ENOMEM", n, rc);
	}
	fail_msg("never got enough");
	return -1;
}

/* The same for code that may do without (a cache, a log line): what it
 * returns while memory is short does not matter. */
static inline long oom_sweep_lenient(int (*fn)(void *arg), void *arg)
{
	for (long n = 0; n < OOM_SWEEP_MAX; n++) {
		int rc;

		if (oom_round(fn, arg, n, &rc)) {
			assert_int_equal(rc, 0);
			return n;
		}
	}
	fail_msg("never got enough");
	return -1;
}

/**
 * For what runs on: `step` is done with 0, 1, 2, ... allocations allowed, and after
 * each time that it wanted more, `recover` waits until nothing of it is left. Returns
 * how many it takes; what that step has done still stands.
 */
static inline long oom_sweep_steps(void (*step)(void), void (*recover)(void))
{
	for (long n = 0; n < OOM_SWEEP_MAX; n++) {
		bool refused;

		rd__alloc_fail_after(n);
		step();
		refused = rd__alloc_refused() > 0;
		rd__alloc_fail_after(-1);
		if (!refused)
			return n;
		recover();
	}
	fail_msg("never got enough");
	return -1;
}

#endif
