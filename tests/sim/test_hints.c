/* Hints of a large plan: gathered while calls go on, and none is lost. */
#include "tests/sim/control_steps.h"
#include "tests/sim/sim_dialplan.h"
#include <fcntl.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>
#include <ringdown/cli.h>
#include <ringdown/log.h>
#include "core/call/registry.h"
#include "tests/unit/log_catch.h"

/* Hints 0 to 2999 behind one device each, and behind all of them alice. */
static char *many_hints(const char *more)
{
	struct rd_buf text;

	rd_buf_init(&text);
	rd_buf_adds(&text, "[sim]\nexten => 100,1,Pause(1)\n");
	for (int i = 0; i < 3000; i++)
		rd_buf_printf(&text, "exten => h%d,hint,Custom:x%d\n", i, i);
	rd_buf_adds(&text, more);
	return rd_buf_take(&text);
}

static struct {
	int all, old, in_use;
} told;

static void hear_hint(const struct rd_event *event, void *arg)
{
	(void)arg;
	told.all++;
	told.old += strcmp(event->name, "old@sim") == 0;
	told.in_use += strcmp(event->name, "zz@sim") == 0 && strcmp(event->text, "INUSE") == 0;
}

static const struct rd_subscriber hint_listener = {
	.name = "test", .types = RD_EVENT_BIT(RD_EVENT_HINT_STATE), .notify = hear_hint
};

static void many_hints_are_gathered_in_slices_and_none_is_lost(void **state)
{
	char *text = many_hints("exten => zz,hint,Sim/alice\n");

	(void)state;
	memset(&told, 0, sizeof(told));
	assert_int_equal(rd_subscribe(&hint_listener), 0);
	sim_plan("[sim]\nexten => zz,hint,Sim/alice\nexten => old,hint,Sim/alice\n");
	assert_int_equal(told.all, 2);
	sim_plan(text);
	assert_in_range(told.all, 2 + 200, 2 + 1000); /* a slice of them */
	sim_dial("100");
	assert_int_equal(told.in_use, 1);
	assert_int_equal(told.old, 1); /* it is no more, and not heard of again */
	assert_int_equal(told.all, 2 + 3000 + 2);
	sim_plan(text); /* and in the middle of it another one */
	sim_plan("[sim]\nexten => 100,1,Pause(1)\nexten => zz,hint,Sim/alice\n");
	sim_pass(100);
	sim_dial("100");
	assert_int_equal(told.in_use, 2);
	rd_unsubscribe(&hint_listener);
	rd_free(text);
}

static void a_hint_that_grows_too_long_costs_no_other_one_its_watch(void **state)
{
	static char much[RD_VAR_MAX - 1];
	struct log_catch caught;

	(void)state;
	memset(&told, 0, sizeof(told));
	assert_int_equal(rd_subscribe(&hint_listener), 0);
	memset(much, 'x', sizeof(much) - 1);
	assert_int_equal(rd_var_set(NULL, "MUCH", much), 0);
	log_catch(&caught);
	sim_plan("[sim]\n"
		 "exten => 100,1,Pause(1)\n"
		 "exten => much,hint,${${MUCH}${MUCH}}\n"
		 "exten => zz,hint,Sim/alice\n");
	sim_pass(100);
	assert_non_null(strstr(log_caught(&caught),
			       "extensions.conf:3: hint of much@sim is not watched: "));
	sim_dial("100");
	assert_int_equal(told.in_use, 1);
	rd_unsubscribe(&hint_listener);
}

/* ---- what a large plan leaves behind ---- */

static atomic_bool go;

static int keep_busy(void *arg)
{
	while (!go)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	return arg ? 1 : 0;
}

/* While all threads of the pool have something else to do, nobody gives it back. */
static void a_large_plan_is_given_back_by_the_pool(void **state)
{
	enum { THREADS_MAX = 64, BLOCKS = 3000 };
	char *text = many_hints("");
	long before, with, meanwhile;

	(void)state;
	sim_plan("[sim]\n");
	before = rd__alloc_live();
	sim_plan(text);
	sim_pass(100);
	with = rd__alloc_live();
	assert_true(with - before > BLOCKS);
	go = false;
	for (int i = 0; i < THREADS_MAX; i++)
		assert_int_equal(rd_offload_then(keep_busy, NULL, NULL), 0);
	sim_plan("[sim]\n");
	meanwhile = rd__alloc_live();
	go = true;
	sim_pass(1);
	assert_true(meanwhile > with - BLOCKS / 2);
	assert_true(rd__alloc_live() < with - BLOCKS / 2);
	rd_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_hints_are_gathered_in_slices_and_none_is_lost,
						sim_dialplan_begin, sim_dialplan_end),
		cmocka_unit_test_setup_teardown(
			a_hint_that_grows_too_long_costs_no_other_one_its_watch, sim_dialplan_begin,
			sim_dialplan_end),
		cmocka_unit_test_setup_teardown(a_large_plan_is_given_back_by_the_pool,
						sim_dialplan_begin, sim_dialplan_end),
	};

	return RUN_GROUP(tests);
}
