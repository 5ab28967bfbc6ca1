/* Admission: when new calls are taken and when not. On the real clock. */
#include "tests/unit/test.h"

#include <poll.h>
#include <pthread.h>

#include <ringdown/admission.h>
#include <ringdown/clock.h>
#include <ringdown/fiber.h>

#include "core/sched/admission.h"
#include "core/sched/sched.h"
#include "tests/unit/burn.h"

static int setup(void **state)
{
	(void)state;
	return rd__sched_init(40);
}

static int teardown(void **state)
{
	(void)state;
	rd__sched_fini();
	return 0;
}

/* Turn after turn, none of them long, and no pause between. */
static int burn_in_small_slices(void *arg)
{
	uint64_t until = rd_now_ms() + (uint64_t)(intptr_t)arg;

	while (rd_now_ms() < until) {
		burn_ms(1);
		rd_yield();
	}
	return 0;
}

static int burn_at_a_stretch(void *arg)
{
	burn_ms((int)(intptr_t)arg);
	return burn_in_small_slices((void *)20);
}

static void a_loop_without_a_pause_takes_no_new_calls(void **state)
{
	int retry = 0;

	(void)state;
	assert_int_equal(rd_admission_ask(&retry), RD_ADMISSION_OPEN);
	assert_int_equal(retry, 0);
	rd__sched_call(burn_in_small_slices, (void *)100);
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_OPEN);
	rd__sched_call(burn_in_small_slices, (void *)500);
	assert_int_equal(rd_admission_ask(&retry), RD_ADMISSION_LAG);
	assert_in_range(retry, 1, 30);
	assert_non_null(strstr(rd_admission_text(RD_ADMISSION_LAG), "no pause for"));
	rd__sched_run_for(1);
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_OPEN);
}

static void a_busy_loop_that_pauses_takes_new_calls(void **state)
{
	(void)state;
	for (int i = 0; i < 12; i++) {
		rd__sched_call(burn_in_small_slices, (void *)50);
		assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_OPEN);
		rd__sched_run_for(1);
	}
}

static enum rd_admission asked;

static void ask(void *arg)
{
	(void)arg;
	asked = rd_admission_ask(NULL);
	rd__sched_stop();
}

static void *ask_after_a_while(void *arg)
{
	poll(NULL, 0, 600);
	rd_call_soon(ask, arg);
	return NULL;
}

/* Asked within the poll that the sleep was in. */
static void a_call_that_wakes_the_loop_is_taken(void **state)
{
	pthread_t thread;

	(void)state;
	asked = RD_ADMISSION_CLOSED;
	rd__sched_run_for(1);
	assert_int_equal(pthread_create(&thread, NULL, ask_after_a_while, NULL), 0);
	rd__sched_run();
	pthread_join(thread, NULL);
	assert_int_equal(asked, RD_ADMISSION_OPEN);
}

static void a_stall_is_forgiven_until_it_should_be_made_good(void **state)
{
	struct rd__admission_state lately;

	(void)state;
	rd__sched_call(burn_at_a_stretch, (void *)600);
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_OPEN);
	rd__admission_get(&lately);
	assert_in_range(lately.lag_ms, 600, 60000);
	rd__sched_call(burn_in_small_slices, (void *)500);
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_LAG);
}

static int sleep_long(void *arg)
{
	(void)arg;
	return rd_sleep(60000);
}

static void when_fibers_run_out_no_new_calls_are_taken(void **state)
{
	struct rd__admission_state counts;
	int retry = 0;

	(void)state;
	for (int i = 0; i < 27; i++)
		rd_fiber_new_detached("call", sleep_long, NULL);
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_OPEN);
	rd_fiber_new_detached("call", sleep_long, NULL);
	assert_int_equal(rd_admission_ask(&retry), RD_ADMISSION_FIBERS);
	assert_true(retry > 0);
	assert_string_equal(rd_admission_text(RD_ADMISSION_FIBERS), "28 of 40 fibers are in use");
	rd__admission_get(&counts);
	assert_int_equal(counts.refused, 1);
	rd__fiber_cancel_all();
	rd__sched_run_idle();
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_OPEN);
	rd__admission_close(true);
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_CLOSED);
}
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_loop_without_a_pause_takes_no_new_calls),
		TEST(a_busy_loop_that_pauses_takes_new_calls),
		TEST(a_call_that_wakes_the_loop_is_taken),
		TEST(a_stall_is_forgiven_until_it_should_be_made_good),
		TEST(when_fibers_run_out_no_new_calls_are_taken),
	};

	return RUN_GROUP(tests);
}
