/* Calls by one way after the other: a technology without channels says by which. */
#include "tests/sim/sim.h"

#include "core/call/call.h"
#include "tests/unit/oom.h"

#define CONGESTION "34" /* RD_CAUSE_CONGESTION */

static struct sim_phone phones[4];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*dave = &phones[3];
static struct rd_dial_result result;
static const char *targets;
static int rc, timeout_ms, routes, ended, refusals;
static char winner[64], told[256];

/* ---- "Way/bob+carol": first bob, then carol ---- */

struct way {
	struct rd_route route;
	char names[64];
	struct rd_str rest;
};

static int next(struct rd_route *route, const struct rd_route_end *before, struct rd_buf *target,
		int *cause)
{
	struct way *way = (struct way *)route;
	struct rd_str one;
	char line[64] = "first ";

	if (before)
		snprintf(line, sizeof(line), "%d%s%s ", before->cause, before->rang ? "r" : "",
			 before->progressed ? "p" : "");
	strncat(told, line, sizeof(told) - strlen(told) - 1);
	if (!way->rest.n)
		return -ENOENT;
	if (before && before->cause == RD_CAUSE_BUSY) {
		*cause = RD_CAUSE_BUSY;
		return -ENOENT;
	}
	rd_str_cut(&way->rest, '+', &one);
	rd_buf_printf(target, "Sim/%.*s", RD_STR_ARG(one));
	return 0;
}

static int called(struct rd_route *route, struct rd_channel *leg)
{
	(void)route;
	rd_var_set(leg, "by", "way");
	return refusals-- > 0 ? -EPERM : 0;
}

static void end(struct rd_route *route)
{
	ended++;
	rd_free(route);
}

static const struct rd_route_steps steps = { .next = next, .called = called, .end = end };

static int route(const struct rd_call_request *request, struct rd_route **rp, int *cause)
{
	struct way *way;

	if (strcmp(request->resource, "nowhere") == 0) {
		*cause = RD_CAUSE_UNALLOCATED;
		return -ENOENT;
	}
	way = rd_zalloc(sizeof(*way));
	if (!way) {
		*cause = RD_CAUSE_SWITCH_CONGESTION;
		return -ENOMEM;
	}
	rd_strcpy(way->names, sizeof(way->names), request->resource);
	way->rest = rd_str_of(way->names);
	way->route.steps = &steps;
	*rp = &way->route;
	routes++;
	return 0;
}

static const struct rd_tech tech = { .name = "Way", .synopsis = "test", .route = route };

/* ---- the house ---- */

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave" };

	for (size_t i = 0; i < 4; i++)
		phones[i] = (struct sim_phone){ .name = names[i] };
	memset(&result, 0, sizeof(result));
	targets = "Way/bob+carol";
	rc = -1;
	timeout_ms = routes = ended = refusals = 0;
	winner[0] = told[0] = '\0';
	sim_begin(state);
	sim_phones(phones, 4);
	return rd__tech_add(&tech, "test");
}

/* What was begun has ended. */
static int finish(void **state)
{
	rd__tech_remove(&tech);
	assert_int_equal(ended, routes);
	return sim_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static int dial(struct rd_channel *ch)
{
	const struct rd_dial_options options = { .timeout_ms = timeout_ms };
	struct rd_channel *leg = NULL;

	rc = rd_dial(ch, targets, &options, &leg, &result);
	if (!leg)
		return rc;
	rd_strcpy(winner, sizeof(winner), rd_channel_device(leg));
	rd_channel_sleep(ch, 1000);
	rd_channel_let_go(leg, RD_CAUSE_NORMAL);
	return rc;
}

static const struct sim_exten extens[] = { { "dial", dial } };

static void place_call(void)
{
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(alice, "dial");
	sim_finish();
}

/* ---- the tests ---- */

static void the_first_way_that_answers_is_talked_to(void **state)
{
	(void)state;
	bob->ring_ms = 100;
	bob->answer_ms = 500;
	place_call();
	assert_int_equal(result.status, RD_DIAL_ANSWER);
	assert_string_equal(winner, "Sim/bob");
	assert_int_equal(carol->called, 0);
	assert_string_equal(told, "first ");
}

static void a_way_that_fails_is_followed_by_the_next(void **state)
{
	(void)state;
	bob->refuse_ms = 300;
	bob->refuse_cause = RD_CAUSE_CONGESTION;
	carol->ring_ms = 100;
	carol->answer_ms = 500;
	place_call();
	assert_int_equal(rc, 0);
	assert_int_equal(result.status, RD_DIAL_ANSWER);
	assert_int_equal(result.dial_ms, 800);
	assert_string_equal(winner, "Sim/carol");
	assert_string_equal(told, "first " CONGESTION " ");
	assert_string_equal(carol->shown_caller, "alice");
}

static void a_way_of_which_no_leg_can_be_made_is_passed(void **state)
{
	(void)state;
	bob->unreachable = true;
	carol->answer_ms = 500;
	targets = "Way/nobody+bob+carol";
	place_call();
	assert_string_equal(winner, "Sim/carol");
}

static void a_way_that_is_refused_before_its_call_is_passed(void **state)
{
	(void)state;
	refusals = 1;
	bob->answer_ms = carol->answer_ms = 500;
	place_call();
	assert_int_equal(bob->called, 0);
	assert_string_equal(winner, "Sim/carol");
}

static void the_route_hears_whether_it_rang(void **state)
{
	(void)state;
	bob->ring_ms = 100;
	bob->refuse_ms = 300;
	bob->refuse_cause = RD_CAUSE_CONGESTION;
	carol->progress_ms = 100;
	carol->refuse_ms = 300;
	carol->refuse_cause = RD_CAUSE_CONGESTION;
	place_call();
	assert_string_equal(told, "first " CONGESTION "r " CONGESTION "p ");
}

static void the_route_decides_what_is_final(void **state)
{
	(void)state;
	bob->refuse_ms = 300;
	bob->refuse_cause = RD_CAUSE_BUSY;
	carol->answer_ms = 500;
	place_call();
	assert_int_equal(result.status, RD_DIAL_BUSY);
	assert_int_equal(result.cause, RD_CAUSE_BUSY);
	assert_int_equal(carol->called, 0);
}

static void when_all_have_failed_the_last_says_why(void **state)
{
	(void)state;
	bob->refuse_ms = carol->refuse_ms = 300;
	bob->refuse_cause = RD_CAUSE_SUBSCRIBER_ABSENT;
	carol->refuse_cause = RD_CAUSE_CONGESTION;
	place_call();
	assert_int_equal(result.status, RD_DIAL_CONGESTION);
	assert_int_equal(result.cause, RD_CAUSE_CONGESTION);
}

static void a_route_that_knows_no_way_says_why(void **state)
{
	(void)state;
	targets = "Way/nowhere";
	place_call();
	assert_int_equal(result.status, RD_DIAL_CHANUNAVAIL);
	assert_int_equal(result.cause, RD_CAUSE_UNALLOCATED);
}

static void the_time_of_the_dial_is_that_of_all_ways(void **state)
{
	(void)state;
	timeout_ms = 1000;
	bob->refuse_ms = 600;
	bob->refuse_cause = RD_CAUSE_CONGESTION;
	carol->answer_ms = 600;
	place_call();
	assert_int_equal(result.status, RD_DIAL_NOANSWER);
	assert_int_equal(carol->answered, 0);
}

static void a_caller_who_goes_ends_it(void **state)
{
	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	bob->ring_ms = 100;
	sim_call(alice, "dial");
	sim_pass(200);
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(rc, -ECANCELED);
	assert_int_equal(carol->called, 0);
	assert_int_equal(bob->hung_up, 1);
}

static void beside_others_it_is_one_of_them(void **state)
{
	(void)state;
	targets = "Way/bob+carol&Sim/dave";
	bob->refuse_ms = 300;
	bob->refuse_cause = RD_CAUSE_CONGESTION;
	carol->answer_ms = 500;
	dave->ring_ms = 100;
	place_call();
	assert_string_equal(winner, "Sim/carol");
	assert_int_equal(dave->cause, RD_CAUSE_ANSWERED_ELSEWHERE);
}

static void a_forward_may_lead_there(void **state)
{
	(void)state;
	targets = "Sim/bob";
	bob->forward_ms = 100;
	bob->forward_to = "Way/carol+dave";
	carol->refuse_ms = 100;
	carol->refuse_cause = RD_CAUSE_CONGESTION;
	dave->answer_ms = 500;
	place_call();
	assert_string_equal(winner, "Sim/dave");
}

static void one_that_forwards_is_left_for_good(void **state)
{
	(void)state;
	bob->forward_ms = 100;
	bob->forward_to = "Sim/dave";
	dave->refuse_ms = 100;
	dave->refuse_cause = RD_CAUSE_CONGESTION;
	place_call();
	assert_int_equal(carol->called, 0);
	assert_int_equal(result.status, RD_DIAL_CONGESTION);
}

static int dial_once(void *arg)
{
	const struct rd_channel_params params = sim_call_params(alice, "dial");
	struct rd_channel *ch;
	int err = rd_channel_new(&ch, &params);

	(void)arg;
	if (err)
		return err;
	err = rd_channel_start(ch);
	if (err)
		rd_hangup(ch, RD_CAUSE_SWITCH_CONGESTION);
	rd__sched_run_idle();
	assert_int_equal(ended, routes);
	return err;
}

static void without_memory_nothing_is_left_behind(void **state)
{
	(void)state;
	timeout_ms = 3000;
	bob->refuse_ms = 100;
	bob->refuse_cause = RD_CAUSE_CONGESTION;
	carol->answer_ms = 100;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	dial_once(NULL); /* what is made once */
	assert_true(oom_sweep_lenient(dial_once, NULL) > 10);
	assert_string_equal(winner, "Sim/carol");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_way_that_answers_is_talked_to),
		TEST(a_way_that_fails_is_followed_by_the_next),
		TEST(a_way_of_which_no_leg_can_be_made_is_passed),
		TEST(a_way_that_is_refused_before_its_call_is_passed),
		TEST(the_route_hears_whether_it_rang),
		TEST(the_route_decides_what_is_final),
		TEST(when_all_have_failed_the_last_says_why),
		TEST(a_route_that_knows_no_way_says_why),
		TEST(the_time_of_the_dial_is_that_of_all_ways),
		TEST(a_caller_who_goes_ends_it),
		TEST(beside_others_it_is_one_of_them),
		TEST(a_forward_may_lead_there),
		TEST(one_that_forwards_is_left_for_good),
		TEST(without_memory_nothing_is_left_behind),
	};

	return RUN_GROUP(tests);
}
