/* Lists of thousands of channels and bridges: whoever reads them holds up nobody, and
 * what ends meanwhile neither stays in them nor takes others away. */
#include "tests/sim/sim.h"

#include <ringdown/cli.h>
#include <ringdown/fiber.h>

#include "core/call/call.h"
#include "core/cli/cli.h"
#include "core/sched/sched.h"

enum { MANY = 4000 };

static struct sim_phone alice = { .name = "alice" };
static struct rd_channel *channels[MANY];
static bool listed, ends;
static unsigned turns;

static void make(int i)
{
	struct rd_channel_params params = {
		.tech = rd_tech_find("Sim"),
		.tech_data = &alice,
		.base_name = "Sim/alice",
		.context = "sim",
		.exten = "wait",
	};

	assert_int_equal(rd_channel_new(&channels[i], &params), 0);
}

static void end(int i)
{
	if (channels[i])
		rd_hangup(channels[i], RD_CAUSE_NORMAL);
	channels[i] = NULL;
}

static int begin(void **state)
{
	sim_begin(state);
	sim_phones(&alice, 1);
	listed = ends = false;
	turns = 0;
	for (int i = 0; i < MANY; i++)
		make(i);
	return rd__cli_register("core", rd__channel_commands, sizeof(*rd__channel_commands));
}

static int forget_commands(void *arg)
{
	(void)arg;
	rd__cli_unregister(rd__channel_commands);
	return 0;
}

static int finish(void **state)
{
	for (int i = 0; i < MANY; i++)
		end(i);
	rd__sched_call(forget_commands, NULL);
	return sim_end(state);
}

/* Somebody else, in whose first turn every second one ends. */
static int be_another(void *arg)
{
	(void)arg;
	for (; !listed; turns++) {
		for (int i = 1; ends && turns == 0 && i < MANY; i += 2)
			end(i);
		rd_yield();
	}
	return 0;
}

static int list(void *out)
{
	struct rd_fiber *other;
	int rc;

	assert_int_equal(rd_fiber_new(&other, "other", be_another, NULL), 0);
	rc = rd__cli_run("core show channels verbose", out);
	listed = true;
	rd_fiber_join(other, RD_FOREVER, NULL);
	return rc;
}

static unsigned count_lines(const struct rd_buf *out)
{
	unsigned lines = 0;

	for (size_t i = 0; i < out->n; i++)
		lines += out->p[i] == '\n';
	return lines;
}

static void others_have_their_turn(void **state)
{
	struct rd_buf out;

	(void)state;
	rd_buf_init(&out);
	assert_int_equal(rd__sched_call(list, &out), 0);
	assert_int_equal(count_lines(&out), MANY + 4);
	assert_in_range(turns, out.n >> 18, out.n >> 15);
	rd_buf_fini(&out);
}

static void what_ends_meanwhile_takes_no_other_away(void **state)
{
	char last[32];
	struct rd_buf out;

	(void)state;
	snprintf(last, sizeof(last), "%s ", rd_channel_name(channels[MANY - 2]));
	ends = true;
	rd_buf_init(&out);
	assert_int_equal(rd__sched_call(list, &out), 0);
	assert_in_range(count_lines(&out), MANY / 2, MANY - MANY / 8);
	assert_non_null(strstr(rd_buf_text(&out), last));
	rd_buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(others_have_their_turn, begin, finish),
		cmocka_unit_test_setup_teardown(what_ends_meanwhile_takes_no_other_away, begin,
						finish),
	};

	return RUN_GROUP(tests);
}
