/* A storm of fibers that wait, signal, cancel, shield and join at random, on
 * the virtual clock: whatever happens, all come to their end, no wait lasts
 * longer than it was asked to, and the same seed tells the same story. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/fiber.h>

#include "core/sched/clock.h"
#include "core/sched/sched.h"
#include "core/sched/timer.h"

enum { FIBERS = 200, STEPS = 60, CONDS = 8, LONGEST = 5000 };

static struct {
	unsigned seed;
	struct rd_cond conds[CONDS];
	struct rd_fiber *fibers[FIBERS];
	uint64_t story; /* hash of all that happened */
} storm;

static int chance(int n)
{
	return rand_r(&storm.seed) % n;
}

static void note(int what)
{
	storm.story = (storm.story ^ (uint64_t)(what + 1000) ^ rd_now_ms()) * 1099511628211u;
}

static int wait_somehow(void)
{
	struct rd_cond *cond = &storm.conds[chance(CONDS)];

	switch (chance(4)) {
	case 0:
		return rd_yield();
	case 1:
		return rd_sleep(chance(LONGEST));
	default:
		return rd_cond_wait(cond, chance(LONGEST));
	}
}

static void checked_wait(void)
{
	uint64_t start = rd_now_ms();
	bool lost = rd_fiber_cancelled();
	int rc = wait_somehow();

	assert_true(rc == 0 || rc == -ETIMEDOUT || rc == -ECANCELED);
	assert_true(rd_now_ms() - start <= LONGEST);
	if (lost)
		assert_int_equal(rc, -ECANCELED);
	if (rc == -ECANCELED)
		assert_true(rd_fiber_cancelled());
	note(rc);
}

static void wait_in_shield(void)
{
	int deadline = chance(2 * LONGEST);
	uint64_t start = rd_now_ms();
	int rc;

	rd_shield_begin(deadline);
	rc = wait_somehow();
	/* The shield holds: only its end lets the cancellation through. */
	if (rc == -ECANCELED)
		assert_true(rd_now_ms() - start >= (uint64_t)deadline);
	rd_shield_end();
	note(rc);
}

static void do_something(void)
{
	int other = chance(FIBERS);

	switch (chance(10)) {
	case 0:
		rd_cond_broadcast(&storm.conds[chance(CONDS)]);
		break;
	case 1:
	case 2:
		rd_cond_signal(&storm.conds[chance(CONDS)]);
		break;
	case 3:
		if (chance(8) == 0 && storm.fibers[other])
			rd_fiber_cancel(storm.fibers[other]);
		break;
	case 4:
		wait_in_shield();
		break;
	default:
		checked_wait();
	}
}

static int live(void *arg)
{
	for (int i = 0; i < STEPS; i++)
		do_something();
	return (int)(intptr_t)arg;
}

static int join_all(void *arg)
{
	(void)arg;
	for (int i = 0; i < FIBERS; i++) {
		struct rd_fiber *fiber = storm.fibers[i];
		int result, rc;

		while ((rc = rd_fiber_join(fiber, 100, &result)) == -ETIMEDOUT)
			;
		assert_int_equal(rc, 0);
		assert_int_equal(result, i);
		storm.fibers[i] = NULL;
	}
	return 0;
}

static uint64_t tell_story(unsigned seed)
{
	rd__clock_set_virtual();
	assert_int_equal(rd__sched_init(FIBERS + 1), 0);
	storm.seed = seed;
	storm.story = 0;
	for (int i = 0; i < CONDS; i++)
		rd_cond_init(&storm.conds[i]);
	for (intptr_t i = 0; i < FIBERS; i++)
		assert_int_equal(rd_fiber_new(&storm.fibers[i], "storm", live, (void *)i), 0);
	assert_int_equal(rd__sched_call(join_all, NULL), 0);
	for (int i = 0; i < CONDS; i++)
		rd_cond_fini(&storm.conds[i]);
	assert_int_equal(rd__timers_count(), 0);
	assert_int_equal(rd__fiber_count(), 0);
	rd__sched_fini();
	rd__clock_set_real();
	return storm.story;
}

static void all_come_to_their_end_the_same_way_each_time(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 20; seed++)
		assert_true(tell_story(seed) == tell_story(seed));
	assert_true(tell_story(1) != tell_story(2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_come_to_their_end_the_same_way_each_time),
	};

	return RUN_GROUP(tests);
}
