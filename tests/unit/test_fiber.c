/* Fibers: order, join, cancellation, shields, limits, stacks. All on the
 * virtual clock. */
#include "tests/unit/test.h"

#include <ringdown/fiber.h>

#include "core/sched/clock.h"
#include "core/sched/fiber.h"
#include "core/sched/sched.h"
#include "core/sched/switch.h"

static char told[256];

static void tell(const char *word)
{
	strcat(told, word);
}

static int setup(void **state)
{
	(void)state;
	told[0] = '\0';
	rd__clock_set_virtual();
	return rd__sched_init(64);
}

static int teardown(void **state)
{
	(void)state;
	rd__sched_fini();
	rd__clock_set_real();
	return 0;
}

static int tell_twice(void *arg)
{
	assert_string_equal(rd_fiber_name(rd_fiber_self()), arg);
	tell(arg);
	rd_yield();
	tell(arg);
	return 0;
}

static void fibers_run_in_the_order_in_which_they_became_ready(void **state)
{
	(void)state;
	rd_fiber_new_detached("a", tell_twice, "a");
	rd_fiber_new_detached("b", tell_twice, "b");
	rd_fiber_new_detached("c", tell_twice, "c");
	assert_string_equal(told, "");
	rd__sched_run_idle();
	assert_string_equal(told, "abcabc");
}

static void set_flag(void *flag)
{
	*(bool *)flag = true;
}

static int never_rest(void *flag)
{
	while (!*(bool *)flag)
		rd_yield();
	return 0;
}

static void a_fiber_that_never_rests_leaves_others_their_turn(void **state)
{
	struct rd_timer timer;
	bool fired = false, called = false;

	(void)state;
	rd_timer_init(&timer, set_flag, &fired);
	rd_timer_start(&timer, 0);
	rd_fiber_new_detached("restless", never_rest, &fired);
	rd_fiber_new_detached("restless too", never_rest, &called);
	assert_int_equal(rd_call_soon(set_flag, &called), 0);
	rd__sched_run_idle();
	assert_true(fired && called);
}

static int sleep_for(void *arg)
{
	int rc = rd_sleep((int)(intptr_t)arg);

	return rc ? rc : (int)rd_now_ms();
}

static int join_all(void *arg)
{
	struct rd_fiber *slow, *quick;
	uint64_t start = rd_now_ms();
	int result;

	(void)arg;
	assert_int_equal(rd_fiber_new(&slow, "slow", sleep_for, (void *)3600000), 0);
	assert_int_equal(rd_fiber_new(&quick, "quick", sleep_for, (void *)5), 0);
	assert_int_equal(rd_fiber_join(slow, 1000, &result), -ETIMEDOUT);
	assert_int_equal(rd_now_ms() - start, 1000);
	assert_int_equal(rd_fiber_join(quick, 0, &result), 0);
	assert_int_equal(result, start + 5);
	assert_int_equal(rd_fiber_join(slow, RD_FOREVER, &result), 0);
	assert_int_equal(result, start + 3600000);
	return 7;
}

static void join_waits_and_gives_the_result(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_call(join_all, NULL), 7);
}

static int wait_many_times(void *arg)
{
	struct rd_cond cond;
	struct rd_mailbox mailbox;
	struct rd_list message, *got;

	(void)arg;
	rd_cond_init(&cond);
	assert_int_equal(rd_cond_wait(&cond, RD_FOREVER), -ECANCELED);
	assert_true(rd_fiber_cancelled());
	assert_int_equal(rd_cond_wait(&cond, 10), -ECANCELED);
	assert_int_equal(rd_sleep(10), -ECANCELED);
	assert_int_equal(rd_yield(), -ECANCELED);
	rd_mailbox_init(&mailbox, NULL);
	rd_mailbox_post(&mailbox, &message);
	assert_int_equal(rd_mailbox_receive(&mailbox, 10, &got), -ECANCELED);
	assert_ptr_equal(rd_mailbox_take(&mailbox), &message);
	rd_mailbox_fini(&mailbox);
	rd_cond_fini(&cond);
	return 42;
}

static void cancellation_ends_a_wait_and_is_sticky(void **state)
{
	struct rd_fiber *fiber;
	int result;

	(void)state;
	rd_fiber_new(&fiber, "victim", wait_many_times, NULL);
	rd__sched_run_idle();
	rd_fiber_cancel(fiber);
	rd_fiber_cancel(fiber);
	rd__sched_run_idle();
	assert_int_equal(rd_fiber_join(fiber, 0, &result), 0);
	assert_int_equal(result, 42);
}

static void a_fiber_cancelled_before_it_starts_still_runs(void **state)
{
	struct rd_fiber *fiber;
	int result;

	(void)state;
	rd_fiber_new(&fiber, "early", wait_many_times, NULL);
	rd_fiber_cancel(fiber);
	rd__sched_run_idle();
	assert_int_equal(rd_fiber_join(fiber, 0, &result), 0);
	assert_int_equal(result, 42);
}

static int clean_up_in_a_shield(void *arg)
{
	uint64_t start = rd_now_ms();

	(void)arg;
	assert_int_equal(rd_sleep(1000000), -ECANCELED);
	start = rd_now_ms();
	rd_shield_begin(100);
	assert_int_equal(rd_sleep(30), 0);
	rd_shield_begin(1000); /* cannot exceed the outer one */
	assert_int_equal(rd_yield(), 0);
	assert_int_equal(rd_sleep(1000), -ECANCELED);
	assert_int_equal(rd_now_ms() - start, 100);
	assert_int_equal(rd_sleep(1), -ECANCELED);
	rd_shield_end();
	rd_shield_end();
	assert_int_equal(rd_sleep(0), -ECANCELED);
	return 0;
}

static void a_shield_lets_a_cancelled_fiber_wait_until_its_deadline(void **state)
{
	struct rd_fiber *fiber;

	(void)state;
	rd_fiber_new(&fiber, "shielded", clean_up_in_a_shield, NULL);
	rd__sched_run_for(10);
	rd_fiber_cancel(fiber);
	rd__sched_run_idle();
	assert_int_equal(rd_fiber_join(fiber, 0, NULL), 0);
}

static int wait_shielded(void *arg)
{
	(void)arg;
	rd_shield_begin(500);
	assert_int_equal(rd_sleep(100000), -ECANCELED);
	rd_shield_end();
	return (int)rd_now_ms();
}

static void a_cancellation_inside_a_shield_strikes_at_its_deadline(void **state)
{
	struct rd_fiber *fiber;
	uint64_t start = rd_now_ms();
	int result;

	(void)state;
	rd_fiber_new(&fiber, "inside", wait_shielded, NULL);
	rd__sched_run_for(200);
	rd_fiber_cancel(fiber);
	rd__sched_run_idle();
	assert_int_equal(rd_fiber_join(fiber, 0, &result), 0);
	assert_int_equal(result, start + 500);

	start = rd_now_ms();
	rd_fiber_new(&fiber, "late", wait_shielded, NULL);
	rd__sched_run_for(700);
	rd_fiber_cancel(fiber);
	rd__sched_run_idle();
	assert_int_equal(rd_fiber_join(fiber, 0, &result), 0);
	assert_int_equal(result, start + 700);
}

static int wait_where_forbidden(void *arg)
{
	(void)arg;
	rd_no_yield_begin();
	EXPECT_ASSERT(rd_sleep(1));
	rd_no_yield_end();
	return 0;
}

static void a_wait_where_none_is_allowed_is_a_broken_invariant(void **state)
{
	(void)state;
	EXPECT_ASSERT(rd_sleep(1)); /* on the loop */
	assert_int_equal(rd__sched_call(wait_where_forbidden, NULL), 0);
}

static void beyond_the_limit_no_fiber_is_made(void **state)
{
	struct rd_fiber *fiber[65];

	(void)state;
	for (int i = 0; i < 64; i++)
		assert_int_equal(rd_fiber_new(&fiber[i], "one", sleep_for, (void *)1), 0);
	assert_int_equal(rd_fiber_new(&fiber[64], "many", sleep_for, (void *)1), -EAGAIN);
	rd__sched_run_idle();
	for (int i = 0; i < 64; i++)
		assert_int_equal(rd_fiber_join(fiber[i], 0, NULL), 0);
}

static void a_detached_fiber_frees_itself(void **state)
{
	struct rd_fiber *fiber;

	(void)state;
	rd_fiber_new(&fiber, "detached", sleep_for, (void *)10);
	rd_fiber_detach(fiber);
	rd__sched_run_idle();
	assert_int_equal(rd__fiber_count(), 0);
	rd_fiber_new(&fiber, "ended", sleep_for, (void *)10);
	rd__sched_run_idle();
	assert_int_equal(rd__fiber_count(), 1);
	rd_fiber_detach(fiber);
	assert_int_equal(rd__fiber_count(), 0);
}

/* Volatile, and filled, so that the compiler cannot drop it. */
static __attribute__((noinline)) int use_stack(size_t size)
{
	volatile char room[size];

	for (size_t i = 0; i < size; i += 64)
		room[i] = 1;
	return room[size - 1] + rd_sleep(10);
}

static int use_little(void *arg)
{
	(void)arg;
	return rd_sleep(10);
}

static int use_much(void *arg)
{
	(void)arg;
	use_stack(60000);
	return 0;
}

static size_t high_water(int (*run)(void *arg))
{
	struct rd__fiber_info info;

	rd_fiber_new_detached("measured", run, NULL);
	rd__sched_run_for(1);
	assert_true(rd__fiber_next(NULL, &info, true));
	rd__sched_run_idle();
	return info.stack_used;
}

static void the_high_water_mark_is_each_fibers_own(void **state)
{
	size_t little = high_water(use_little);
	size_t much = high_water(use_much);

	(void)state;
	assert_in_range(little, 100, 20000);
	assert_in_range(much, 60000, 60000 + little + 1000);
	assert_int_equal(high_water(use_little), little);
}

static int wait_after_much(void *arg)
{
	char own[64];

	use_stack(60000);
	strcpy(own, "what it stands on stays");
	rd_sleep(5000);
	assert_string_equal(own, "what it stands on stays");
	use_stack(60000);
	*(bool *)arg = true;
	return 0;
}

static size_t used_by_the_first(void)
{
	struct rd__fiber_info info;

	assert_true(rd__fiber_next(NULL, &info, true));
	return info.stack_used;
}

static void who_waits_for_long_gives_back_what_it_does_not_stand_on(void **state)
{
	bool ended = false;

	(void)state;
	if (!rd__switch_lowest(&ended)) /* over ucontext nobody knows */
		skip();
	rd_fiber_new_detached("waits", wait_after_much, &ended);
	rd__sched_run_for(1000);
	assert_false(rd__fibers_shrink(2000, 10));
	assert_in_range(used_by_the_first(), 60000, 80000);
	assert_true(rd__fibers_shrink(500, 0));
	assert_false(rd__fibers_shrink(500, 1));
	assert_in_range(used_by_the_first(), 100, 8192);
	assert_false(rd__fibers_shrink(500, 0)); /* once is enough */
	rd__sched_run_idle();
	assert_true(ended);
}

static void who_has_waited_longest_gives_back_first(void **state)
{
	bool first = false, second = false;

	(void)state;
	rd_fiber_new_detached("first", wait_after_much, &first);
	rd__sched_run_for(1000);
	rd_fiber_new_detached("second", wait_after_much, &second);
	rd__sched_run_for(1000);
	assert_false(rd__fibers_shrink(1500, 1)); /* the second may keep it */
	assert_true(rd__fibers_shrink(500, 0));
	rd__sched_run_idle();
	assert_true(first && second);
	assert_false(rd__fibers_shrink(0, 0)); /* who waits no more is not among them */
}

static int be_described(void *arg)
{
	(void)arg;
	rd_fiber_set_subject("SIP/1001-00000001");
	assert_null(rd_fiber_set_module("app_test"));
	rd_sleep(5000);
	return 0;
}

static void a_parked_fiber_says_what_it_waits_for(void **state)
{
	struct rd__fiber_info info;

	(void)state;
	rd_fiber_new_detached("a name that is longer than thirty-one characters", be_described,
			      NULL);
	rd__sched_run_for(2000);
	assert_true(rd__fiber_next(NULL, &info, false));
	assert_string_equal(info.name, "a name that is longer than thir");
	assert_string_equal(info.state, "parked");
	assert_string_equal(info.wait, "sleep");
	assert_string_equal(info.subject, "SIP/1001-00000001");
	assert_string_equal(info.module, "app_test");
	assert_int_equal(info.waited_ms, 2000);
	assert_int_equal(info.left_ms, 3000);
	assert_false(rd__fiber_next(info.fiber, &info, false));
	rd__fiber_cancel_all();
	rd__sched_run_idle();
	assert_int_equal(rd__fiber_count(), 0);
}

static int make_two(void *arg)
{
	struct rd_fiber *a, *b;
	int rc;

	(void)arg;
	rc = rd_fiber_new(&a, "a", sleep_for, (void *)1);
	if (rc)
		return rc;
	rc = rd_fiber_new(&b, "b", sleep_for, (void *)1);
	rd__sched_run_idle();
	rd_fiber_join(a, 0, NULL);
	if (rc == 0)
		rd_fiber_join(b, 0, NULL);
	return rc;
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	assert_int_equal(oom_sweep(make_two, NULL), 2);
}

#define ON_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_LOOP(fibers_run_in_the_order_in_which_they_became_ready),
		ON_LOOP(a_fiber_that_never_rests_leaves_others_their_turn),
		ON_LOOP(join_waits_and_gives_the_result),
		ON_LOOP(cancellation_ends_a_wait_and_is_sticky),
		ON_LOOP(a_fiber_cancelled_before_it_starts_still_runs),
		ON_LOOP(a_shield_lets_a_cancelled_fiber_wait_until_its_deadline),
		ON_LOOP(a_cancellation_inside_a_shield_strikes_at_its_deadline),
		ON_LOOP(a_wait_where_none_is_allowed_is_a_broken_invariant),
		ON_LOOP(beyond_the_limit_no_fiber_is_made),
		ON_LOOP(a_detached_fiber_frees_itself),
		ON_LOOP(the_high_water_mark_is_each_fibers_own),
		ON_LOOP(who_waits_for_long_gives_back_what_it_does_not_stand_on),
		ON_LOOP(who_has_waited_longest_gives_back_first),
		ON_LOOP(a_parked_fiber_says_what_it_waits_for),
		ON_LOOP(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}
