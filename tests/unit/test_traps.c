/* Traps for blocking calls. They are compiled into this program when the
 * core was built without them. */
#undef _FORTIFY_SOURCE
#include "tests/unit/test.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#ifndef RD_DEBUG_TRAPS
#define RD_DEBUG_TRAPS	 1
#define rd__traps_sprung rd__traps_sprung_here
#include "core/sched/traps.c"
#endif

#include <ringdown/fiber.h>

#include "core/sched/sched.h"
#include "core/sched/traps.h"

static int block(void *arg)
{
	struct pollfd none = { .fd = -1 };

	(void)arg;
	usleep(1);
	poll(&none, 1, 1);
	poll(&none, 1, 0); /* does not wait */
	return 0;
}

static void blocking_calls_in_a_fiber_are_caught(void **state)
{
	unsigned long before = rd__traps_sprung();

	(void)state;
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(rd__sched_call(block, NULL), 0);
	assert_int_equal(rd__traps_sprung(), before + 2);
	rd__sched_fini();
}

static void blocking_calls_outside_of_the_loop_are_nobodys_business(void **state)
{
	unsigned long before = rd__traps_sprung();

	(void)state;
	block(NULL);
	assert_int_equal(rd__traps_sprung(), before);
}

static int block_in_pool(void *arg)
{
	return rd_offload(block, arg);
}

static void blocking_calls_in_the_pool_are_what_it_is_for(void **state)
{
	unsigned long before = rd__traps_sprung();

	(void)state;
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(rd__sched_call(block_in_pool, NULL), 0);
	assert_int_equal(rd__traps_sprung(), before);
	rd__sched_fini();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocking_calls_in_a_fiber_are_caught),
		cmocka_unit_test(blocking_calls_outside_of_the_loop_are_nobodys_business),
		cmocka_unit_test(blocking_calls_in_the_pool_are_what_it_is_for),
	};

	return RUN_GROUP(tests);
}
