/* Timers: order, restarts, far dates, and a crowd of them against a plain
 * sorted list. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/fiber.h>

#include "core/sched/clock.h"
#include "core/sched/sched.h"
#include "core/sched/timer.h"

static int setup(void **state)
{
	(void)state;
	rd__clock_set_virtual();
	return rd__sched_init(0);
}

static int teardown(void **state)
{
	(void)state;
	rd__sched_fini();
	rd__clock_set_real();
	return 0;
}

static char fired[64];

static void note(void *arg)
{
	strcat(fired, arg);
}

static void timers_fire_by_time_and_then_by_start(void **state)
{
	struct rd_timer a, b, c, d;

	(void)state;
	fired[0] = '\0';
	rd_timer_init(&a, note, "a");
	rd_timer_init(&b, note, "b");
	rd_timer_init(&c, note, "c");
	rd_timer_init(&d, note, "d");
	rd_timer_start(&a, 5000);
	rd_timer_start(&b, 100);
	rd_timer_start(&c, 5000);
	rd__sched_run_for(4990);
	assert_string_equal(fired, "b");
	rd_timer_start(&d, 10); /* due with a and c, but started later */
	rd__sched_run_idle();
	assert_string_equal(fired, "bacd");
	assert_false(rd_timer_running(&a));
}

static void stop_and_restart(void **state)
{
	struct rd_timer a, b;
	uint64_t start = rd_now_ms();

	(void)state;
	fired[0] = '\0';
	rd_timer_init(&a, note, "a");
	rd_timer_init(&b, note, "b");
	rd_timer_stop(&a);
	rd_timer_start(&a, 10);
	rd_timer_start(&b, 20);
	assert_int_equal(rd__timers_count(), 2);
	rd_timer_stop(&a);
	assert_false(rd_timer_running(&a));
	rd_timer_start(&b, 2000000000);
	rd__sched_run_idle();
	assert_string_equal(fired, "b");
	assert_int_equal(rd_now_ms() - start, 2000000000);
}

struct again {
	struct rd_timer timer;
	int left;
};

static void start_again(void *arg)
{
	struct again *again = arg;

	if (--again->left > 0)
		rd_timer_start(&again->timer, 0);
}

static void a_timer_may_restart_itself_and_does_not_starve_others(void **state)
{
	struct again again = { .left = 1000 };
	struct rd_timer other;

	(void)state;
	fired[0] = '\0';
	rd_timer_init(&again.timer, start_again, &again);
	rd_timer_start(&again.timer, 0);
	rd_timer_init(&other, note, "x");
	rd_timer_start(&other, 0);
	rd__timers_run(rd_now_ms());
	assert_string_equal(fired, "x");
	assert_int_equal(again.left, 999);
	rd__sched_run_idle();
	assert_int_equal(again.left, 0);
}

struct pair {
	struct rd_timer killer, victim;
};

static void kill_other(void *arg)
{
	struct pair *pair = arg;

	rd_timer_stop(&pair->victim);
}

static void a_timer_may_stop_another_that_is_due_with_it(void **state)
{
	struct pair pair;

	(void)state;
	fired[0] = '\0';
	rd_timer_init(&pair.killer, kill_other, &pair);
	rd_timer_init(&pair.victim, note, "x");
	rd_timer_start(&pair.killer, 3);
	rd_timer_start(&pair.victim, 3);
	rd__sched_run_idle();
	assert_string_equal(fired, "");
	assert_int_equal(rd__timers_count(), 0);
}

enum { CROWD = 20000 };

struct member {
	struct rd_timer timer;
	uint64_t due_ms;
	size_t *fired;
	uint64_t *last_ms;
};

static void check_due(void *arg)
{
	struct member *member = arg;

	assert_int_equal(rd_now_ms(), member->due_ms);
	assert_true(member->due_ms >= *member->last_ms);
	*member->last_ms = member->due_ms;
	++*member->fired;
}

/* Spans from a millisecond to weeks, so that every level of the wheel works. */
static int random_span(unsigned *seed)
{
	return rand_r(seed) >> (rand_r(seed) % 31);
}

static void each_of_a_crowd_fires_exactly_when_due(void **state)
{
	struct member *crowd = calloc(CROWD, sizeof(*crowd));
	uint64_t last_ms = 0;
	size_t count = 0, stopped = 0;
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < CROWD; i++) {
		int span = random_span(&seed);

		crowd[i].fired = &count;
		crowd[i].last_ms = &last_ms;
		crowd[i].due_ms = rd_now_ms() + (uint64_t)span;
		rd_timer_init(&crowd[i].timer, check_due, &crowd[i]);
		rd_timer_start(&crowd[i].timer, span);
		if (i % 7 == 0)
			rd__sched_run_for(random_span(&seed) % 50);
		if (i % 3 == 0 && rd_timer_running(&crowd[i / 2].timer)) {
			rd_timer_stop(&crowd[i / 2].timer);
			stopped++;
		}
	}
	last_ms = 0;
	rd__sched_run_idle();
	assert_int_equal(count + stopped, CROWD);
	free(crowd);
}

#define ON_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_LOOP(timers_fire_by_time_and_then_by_start),
		ON_LOOP(stop_and_restart),
		ON_LOOP(a_timer_may_restart_itself_and_does_not_starve_others),
		ON_LOOP(a_timer_may_stop_another_that_is_due_with_it),
		ON_LOOP(each_of_a_crowd_fires_exactly_when_due),
	};

	return RUN_GROUP(tests);
}
