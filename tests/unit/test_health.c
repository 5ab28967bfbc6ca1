/* core show health: what it marks, and that it forgets. */
#include "tests/unit/test.h"

#include <unistd.h>

#include <ringdown/fiber.h>

#include "core/base/log.h"
#include "core/health.h"
#include "core/sched/sched.h"
#include "core/sched/watchdog.h"
#include "tests/unit/burn.h"
#include "tests/unit/console.h"

enum { FIBERS = 40 };

static int begin(void **state)
{
	(void)state;
	return rd__sched_init(FIBERS);
}

static int finish(void **state)
{
	(void)state;
	rd__sched_fini();
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static void assert_health(int status, const char *line)
{
	assert_int_equal(console(rd__health_commands, "core show health"), status);
	if (!strstr(console_text(), line))
		fail_msg("no \"%s\" in\n%s", line, console_text());
}

static void at_rest_all_is_well(void **state)
{
	(void)state;
	assert_health(0, "All is well.\n");
}

static int burn(void *arg)
{
	(void)arg;
	burn_ms(150);
	return 0;
}

static void a_stuck_slice_is_marked(void **state)
{
	(void)state;
	assert_int_equal(rd__watchdog_start(5, 20), 0);
	rd__sched_call(burn, NULL);
	assert_true(rd__watchdog_stuck_at_us() > 0);
	assert_health(1, "! Switch thread ");
	rd__watchdog_stop();
	/* Started anew it knows of none. */
	assert_int_equal(rd__watchdog_start(5, 1000), 0);
	assert_health(0, "  Switch thread ");
	rd__watchdog_stop();
}

static void a_slice_that_held_up_calls_is_marked_when_it_has_ended(void **state)
{
	(void)state;
	assert_int_equal(rd__watchdog_start(5, 10000), 0);
	rd__sched_call(burn, NULL);
	assert_int_equal(rd__watchdog_stuck(), 0);
	assert_health(1, "stuck 0 times, held for 1");
	assert_health(1, " ms 0 min ago: the log names what held it");
	rd__watchdog_stop();
	/* Others are to know of none. */
	assert_int_equal(rd__watchdog_start(5, 1000), 0);
	rd__watchdog_stop();
}

static int wait_long(void *arg)
{
	return rd_cond_wait(arg, RD_FOREVER);
}

static void hardly_any_fibers_left_are_marked(void **state)
{
	struct rd_cond cond;

	(void)state;
	rd_cond_init(&cond);
	for (int i = 0; i < FIBERS - 4; i++)
		assert_int_equal(rd_fiber_new_detached("one", wait_long, &cond), 0);
	assert_health(1, "raise max_fibers");
	rd_cond_broadcast(&cond);
	rd__sched_run_idle();
	rd_cond_fini(&cond);
}

static int work_long(void *arg)
{
	return usleep(*(useconds_t *)arg);
}

static int work_in_the_pool(void *arg)
{
	return rd_offload(work_long, arg);
}

static int look_later(void *arg)
{
	(void)arg;
	return rd_sleep(2100);
}

static int await_jobs(void *arg)
{
	while (rd__offload_running())
		rd_sleep(50);
	return arg != NULL;
}

static void a_pool_that_is_half_gone_is_marked(void **state)
{
	useconds_t us = 3000000;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(rd_fiber_new_detached("one", work_in_the_pool, &us), 0);
	assert_health(0, "  Pool           4 jobs, 0 of them wait for one of 8 threads; 0 have");
	rd__sched_call(look_later, NULL);
	assert_health(1, "4 have run for more than 2 s: the daemon takes too long there");
	rd__sched_call(await_jobs, NULL);
	rd__sched_run_idle();
	assert_health(0, "  Pool           0 jobs");
}

static void a_pool_that_is_all_gone_is_told_at_once(void **state)
{
	useconds_t us = 4000000;

	(void)state;
	for (int i = 0; i < 9; i++)
		assert_int_equal(rd_fiber_new_detached("one", work_in_the_pool, &us), 0);
	rd__sched_call(look_later, NULL);
	assert_health(1,
		      "9 jobs, 1 of them wait for one of 8 threads; 8 have run for more than 2 s");
	assert_health(1, "  Descriptors    ");
	assert_int_equal(rd__offload_running(), 9); /* none of them was waited for */
	rd__sched_call(await_jobs, NULL);
	rd__sched_run_idle();
}

/* The last: it is marked for a while. */
static void a_log_on_a_full_disk_is_marked(void **state)
{
	struct rd__log_settings *settings;
	struct rd_pool *pool;

	(void)state;
	assert_health(0, " 0 lines dropped, 0 not written");
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	settings = rd_pool_zalloc(pool, sizeof(*settings));
	settings->pool = pool;
	settings->date_format = "";
	settings->sink_count = 1;
	settings->sinks = rd_pool_zalloc(pool, sizeof(*settings->sinks));
	settings->sinks[0] = (struct rd__log_sink){
		.kind = RD__LOG_FILE,
		.levels = ~0u,
		.path = rd_pool_strdup(pool, "/dev/full"),
	};
	assert_int_equal(rd__log_start(), 0);
	rd__log_configure_take(settings);
	rd_log(RD_LOG_NOTICE, "m", "lost");
	rd__log_flush();
	rd__log_stop();
	assert_health(1, "! Log            ");
	assert_health(1, " 0 lines dropped, 1 not written: lines could not be written");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(at_rest_all_is_well),
		TEST(a_stuck_slice_is_marked),
		TEST(a_slice_that_held_up_calls_is_marked_when_it_has_ended),
		TEST(a_pool_that_is_half_gone_is_marked),
		TEST(a_pool_that_is_all_gone_is_told_at_once),
		TEST(hardly_any_fibers_left_are_marked),
		TEST(a_log_on_a_full_disk_is_marked),
	};

	return RUN_GROUP(tests);
}
