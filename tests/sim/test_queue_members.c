/* Whom a queue rings: strategies, penalties and their rules, weight, pauses. */
#include "tests/sim/queue_rig.h"

#include "tests/unit/conf_dir.h"
#include "tests/unit/log_catch.h"
#include "tests/unit/oom.h"

/* -- strategies -------------------------------------------------------------------------- */

/* Alice calls n times and each time talks for a second: whom with, a letter each. */
static const char *answered_by(int n)
{
	static char who[32];
	const struct rd_channel *ch;

	for (struct sim_phone *phone = bob; phone <= dave; phone++) {
		phone->answer_ms = 500;
		phone->hangup_ms = 1500;
	}
	for (int i = 0; i < n; i++) {
		ch = dials(alice, "Queue(q)");
		sim_pass(3000);
		who[i] = variable_of(ch, "MEMBERINTERFACE")[4];
		who[i + 1] = '\0';
	}
	return who;
}

#define MEMBERS "member => Sim/bob\nmember => Sim/carol\nmember => Sim/dave\n"

static void linear_always_begins_with_the_first(void **state)
{
	(void)state;
	queues("[q]\nstrategy = linear\n" MEMBERS);
	assert_string_equal(answered_by(4), "bbbb");
}

/* As in Asterisk. */
static void of_a_queue_that_is_there_twice_the_first_counts(void **state)
{
	(void)state;
	queues("[q]\nstrategy = rrordered\nmember => Sim/bob\n[p]\n[q]\nmember => Sim/carol\n");
	assert_string_equal(answered_by(2), "bb");
}

static void rrmemory_and_rrordered_go_round(void **state)
{
	(void)state;
	queues("[q]\nstrategy = rrmemory\n" MEMBERS);
	assert_string_equal(answered_by(4), "bcdb");
	queues("[q]\nstrategy = rrordered\n" MEMBERS);
	assert_string_equal(answered_by(3), "cdb");
	queues("[q]\nstrategy = roundrobin\n" MEMBERS);
	assert_string_equal(answered_by(2), "cd");
}

static void leastrecent_rings_who_has_rested_longest(void **state)
{
	(void)state;
	queues("[q]\nstrategy = leastrecent\n" MEMBERS);
	assert_string_equal(answered_by(3), "bcd");
	dials(erin, "PauseQueueMember(q,Sim/bob)");
	sim_pass(100);
	assert_string_equal(answered_by(2), "cd");
	dials(erin, "UnpauseQueueMember(q,Sim/bob)");
	sim_pass(100);
	assert_string_equal(answered_by(2), "bc");
}

static void fewestcalls_rings_who_has_had_fewest(void **state)
{
	(void)state;
	queues("[q]\nstrategy = fewestcalls\n" MEMBERS);
	dials(erin, "PauseQueueMember(q,Sim/dave)");
	sim_pass(100);
	assert_string_equal(answered_by(4), "bcbc");
	dials(erin, "UnpauseQueueMember(q,Sim/dave)");
	sim_pass(100);
	assert_string_equal(answered_by(3), "ddb");
}

static unsigned count_of(const char *text, char c)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

/* Twelve calls to three: that one of them is left out has a chance of 1 in 43. Again then. */
static void random_rings_everybody_at_some_time(void **state)
{
	const char *who = "";
	bool all = false;

	(void)state;
	queues("[q]\nstrategy = random\n" MEMBERS);
	for (int round = 0; !all && round < 8; round++) {
		who = answered_by(12);
		all = count_of(who, 'b') && count_of(who, 'c') && count_of(who, 'd');
	}
	assert_true(all);
}

static void wrandom_prefers_the_lower_penalty_but_not_always(void **state)
{
	unsigned first = 0, other = 0;

	(void)state;
	queues("[q]\nstrategy = wrandom\nmember => Sim/bob,0\nmember => Sim/carol,3\n");
	for (int round = 0; round < 12; round++) {
		const char *who = answered_by(12);

		first += count_of(who, 'b');
		other += count_of(who, 'c');
	}
	assert_true(other > 0);
	assert_true(first > 2 * other);
}

/* -- penalties --------------------------------------------------------------------------- */

static void the_caller_s_limits_leave_members_out(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob,1\nmember => Sim/carol,5\nmember => Sim/dave,9\n");
	dials(alice, "Set(QUEUE_MIN_PENALTY=2)\nSet(QUEUE_MAX_PENALTY=6)\nQueue(q)");
	sim_pass(60000);
	assert_int_equal(bob->called, 0);
	assert_true(carol->called > 0);
	assert_int_equal(dave->called, 0);
}

static void a_limit_of_none_is_for_those_without_a_penalty(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob,1\nmember => Sim/carol,0\n");
	dials(alice, "Set(QUEUE_MAX_PENALTY=0)\nQueue(q)");
	sim_pass(60000);
	assert_int_equal(bob->called, 0);
	assert_true(carol->called > 0);
}

static void few_members_have_no_penalty(void **state)
{
	(void)state;
	queues("[q]\npenaltymemberslimit = 2\nmember => Sim/bob,1\nmember => Sim/carol,5\n");
	dials(alice, "Set(QUEUE_MAX_PENALTY=2)\nQueue(q)");
	sim_pass(1000);
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 1);
}

static void raising_puts_the_lower_ones_in_a_row(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob,1\nmember => Sim/carol,5\n");
	dials(alice, "Set(QUEUE_RAISE_PENALTY=5)\nQueue(q)");
	sim_pass(1000);
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 1);
}

static void a_rule_lets_more_members_in_with_time(void **state)
{
	(void)state;
	conf_dir_write("queuerules.conf",
		       "[slow]\npenaltychange => 30,+4,+4\npenaltychange => 10,3,3\n"
		       "[fast]\npenaltychange => 1,9,5\n");
	queues("[q]\nretry = 1\ntimeout = 5\ndefaultrule = slow\nmember => Sim/bob,1\n"
	       "member => Sim/carol,3\nmember => Sim/dave,7\n");
	dials(alice, "Set(QUEUE_MAX_PENALTY=2)\nQueue(q)");
	sim_pass(9900);
	assert_true(bob->called > 0);
	assert_int_equal(carol->called, 0);
	sim_pass(12000);
	assert_true(carol->called > 0);
	assert_int_equal(dave->called, 0);
	sim_pass(20000);
	assert_true(dave->called > 0);
	sim_hangup(alice);
	sim_pass(100);
	dave->called = 0;
	dials(alice, "Set(QUEUE_MAX_PENALTY=2)\nQueue(q,,,,,,,fast)");
	sim_pass(20000);
	assert_true(dave->called > 0);
}

static void what_is_not_set_is_not_changed_by_so_much(void **state)
{
	const struct rd_channel *ch;

	(void)state;
	conf_dir_write("queuerules.conf", "[more]\npenaltychange => 1,+2,+2,+2\n");
	queues("[q]\nretry = 1\ntimeout = 5\ndefaultrule = more\nmember => Sim/bob,0\n"
	       "member => Sim/carol,9\n");
	bob->refuse_ms = 10;
	ch = dials(alice, "Queue(q)");
	sim_pass(5000);
	bob->called = carol->called = 0;
	sim_pass(20000);
	assert_true(bob->called > 0);
	assert_true(carol->called > 0);
	assert_null(rd_var_get(ch, "QUEUE_MAX_PENALTY"));
}

/* Such a number would be a range of nothing for wrandom. */
static void a_number_out_of_range_counts_as_none(void **state)
{
	static const char *const steps[] = {
		"Set(QUEUE_RAISE_PENALTY=536870911)\nQueue(q,,,,4)",
		"Set(QUEUE_RAISE_PENALTY=-1)\nQueue(q,,,,4)",
		"Set(QUEUE_MIN_PENALTY=1000001)\nQueue(q,,,,4)",
		"Set(QUEUE_MAX_PENALTY=1e)\nQueue(q,,,,4)",
	};

	(void)state;
	queues("[q]\nstrategy = wrandom\nmember => Sim/bob,2\n");
	for (size_t i = 0; i < RD_ARRAY_SIZE(steps); i++) {
		bob->called = 0;
		dials(alice, steps[i]);
		sim_pass(5000);
		assert_int_equal(bob->called, 1);
	}
	assert_string_equal(sim_notes(), "TIMEOUT TIMEOUT TIMEOUT TIMEOUT");
}

static void rules_raise_no_further_than_a_penalty_may_be(void **state)
{
	const struct rd_channel *ch;

	(void)state;
	conf_dir_write("queuerules.conf", "[up]\npenaltychange => 1,,,+1000000\n"
					  "penaltychange => 2,,,+1000000\n");
	queues("[q]\ndefaultrule = up\nmember => Sim/bob\n");
	ch = dials(alice, "Set(QUEUE_RAISE_PENALTY=999999)\nQueue(q)");
	sim_pass(20000);
	assert_string_equal(variable_of(ch, "QUEUE_RAISE_PENALTY"), "1000000");
}

static void wrong_rules_are_refused(void **state)
{
	static const char *const wrong[] = { "[r]\npenaltychange => 30\n",
					     "[r]\npenaltychange => soon,3\n",
					     "[r]\npenaltychange => 3,more\n",
					     "[r]\npenaltychange => 3,1,1,1,1\n",
					     "[r]\npenalty => 3,1\n" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		conf_dir_write("queuerules.conf", wrong[i]);
		assert_int_equal(conf_dir_apply(queue_module->config, "[q]\n"), -EINVAL);
	}
}

static void without_the_default_rule_a_queue_has_none(void **state)
{
	const struct rd_channel *ch;

	(void)state;
	conf_dir_write("queuerules.conf", "");
	queues("[q]\ndefaultrule = r\nmember => Sim/bob\n");
	assert_string_equal(conf_dir_findings(), "queues.conf:2: warning: defaultrule = r: "
						 "queuerules.conf has no such rule\n");
	ch = dials(alice, "Queue(q)");
	sim_pass(1000);
	assert_non_null(ch);
	assert_int_equal(bob->called, 1);
}

/* -- weight ------------------------------------------------------------------------------ */

/* Bob comes back while somebody waits in each: the heavier one has him first, though the
 * other has waited longer. */
static const char *who_gets_bob(int low, int high)
{
	char conf[256];
	const struct rd_channel *first, *second;

	snprintf(conf, sizeof(conf),
		 "[low]\nretry = 1\nringinuse = no\nweight = %d\nmember => Sim/bob\n"
		 "[high]\nretry = 1\nringinuse = no\nweight = %d\nmember => Sim/bob\n",
		 low, high);
	queues(conf);
	dials(erin, "PauseQueueMember(,Sim/bob)");
	sim_pass(100);
	bob->answer_ms = 500;
	first = dials(alice, "Queue(low)");
	sim_pass(1000);
	second = dials(carol, "Queue(high)");
	sim_pass(1000);
	dials(erin, "UnpauseQueueMember(,Sim/bob)");
	sim_pass(1000);
	(void)first;
	return variable_of(second, "MEMBERINTERFACE")[0] == 'S' ? "high" : "low";
}

static void the_heavier_queue_has_a_member_of_both_first(void **state)
{
	(void)state;
	assert_string_equal(who_gets_bob(0, 5), "high");
}

/* Three members of both; alice rings the first of them for the heavier queue. Is anybody rung
 * for carol, who calls the other one? */
static bool is_one_left(const char *options, int callers)
{
	char conf[512];
	int called;

	snprintf(conf, sizeof(conf),
		 "[low]\nstrategy = linear\nretry = 1\nringinuse = no\n"
		 "member => Sim/bob\nmember => Sim/dave\nmember => Sim/erin\n"
		 "[high]\nretry = 1\nringinuse = no\nweight = 5\n%s"
		 "member => Sim/bob\nmember => Sim/dave\nmember => Sim/erin\n",
		 options);
	queues(conf);
	for (int i = 0; i < callers; i++)
		dials(alice, "Queue(high)");
	sim_pass(1000);
	called = bob->called + dave->called + erin->called;
	dials(carol, "Queue(low)");
	sim_pass(2000);
	return bob->called + dave->called + erin->called > called;
}

static void whom_the_heavier_queue_needs_not_is_rung_for_the_other(void **state)
{
	(void)state;
	assert_true(is_one_left("strategy = linear\n", 1));
}

static void callers_of_the_heavier_queue_have_all_who_are_free(void **state)
{
	(void)state;
	assert_false(is_one_left("strategy = linear\n", 2));
}

static void where_one_is_served_at_a_time_one_caller_has_them_all(void **state)
{
	(void)state;
	assert_false(is_one_left("strategy = linear\nautofill = no\n", 1));
}

static void without_weight_the_one_that_asks_first_has_him(void **state)
{
	(void)state;
	assert_string_equal(who_gets_bob(0, 0), "low");
}

/* -- pauses, rests ----------------------------------------------------------------------- */

static void who_does_not_answer_is_paused(void **state)
{
	(void)state;
	queues("[q]\ntimeout = 5\nretry = 1\nautopause = yes\nmember => Sim/bob,0,Bob\n"
	       "[other]\nmember => Sim/bob\n");
	dials(alice, "Queue(q)");
	sim_pass(20000);
	assert_int_equal(bob->called, 1);
	assert_non_null(strstr(log_lines(), "RINGNOANSWER Bob 5000, PAUSE Bob Auto-Pause"));
	assert_string_equal(asks("${QUEUE_MEMBER(other,paused,Sim/bob)}"), "0");
}

static void all_is_everywhere(void **state)
{
	(void)state;
	queues("[q]\ntimeout = 5\nautopause = all\nmember => Sim/bob\n[other]\nmember => "
	       "Sim/bob\n");
	dials(alice, "Queue(q)");
	sim_pass(6000);
	assert_string_equal(asks("${QUEUE_MEMBER(other,paused,Sim/bob)}"), "1");
}

static void who_is_busy_or_away_is_paused_only_if_asked(void **state)
{
	(void)state;
	bob->refuse_ms = 500;
	bob->refuse_cause = RD_CAUSE_BUSY;
	carol->refuse_ms = 500;
	carol->refuse_cause = RD_CAUSE_SUBSCRIBER_ABSENT;
	queues("[q]\ntimeout = 5\nautopause = yes\nmember => Sim/bob\nmember => Sim/carol\n");
	dials(alice, "Queue(q)");
	sim_pass(3000);
	assert_string_equal(asks("${QUEUE_MEMBER(q,paused,Sim/bob)}"), "0");
	assert_string_equal(asks("${QUEUE_MEMBER(q,paused,Sim/carol)}"), "0");
	queues("[q]\ntimeout = 5\nautopause = yes\nautopausebusy = yes\nautopauseunavail = yes\n"
	       "member => Sim/bob\nmember => Sim/carol\n");
	sim_pass(8000);
	assert_string_equal(asks("${QUEUE_MEMBER(q,paused,Sim/bob)}"), "1");
	assert_string_equal(asks("${QUEUE_MEMBER(q,paused,Sim/carol)}"), "1");
}

static void who_has_just_talked_is_not_paused_yet(void **state)
{
	(void)state;
	queues("[q]\ntimeout = 5\nretry = 1\nautopause = yes\nautopausedelay = 60\n"
	       "member => Sim/bob\n");
	assert_string_equal(answered_by(1), "b");
	bob->answer_ms = bob->hangup_ms = 0;
	dials(alice, "Queue(q)");
	sim_pass(20000);
	assert_true(bob->called > 2);
	sim_pass(60000);
	assert_string_equal(asks("${QUEUE_MEMBER(q,paused,Sim/bob)}"), "1");
}

static void a_shared_last_call_gives_rest_in_all_queues(void **state)
{
	static const char *const general[] = { "", "[general]\nshared_lastcall = yes\n" };
	char conf[256];

	(void)state;
	for (int i = 0; i < 2; i++) {
		snprintf(conf, sizeof(conf),
			 "%s[q]\nwrapuptime = 20\nmember => Sim/bob\n"
			 "[other]\nwrapuptime = 20\nmember => Sim/bob\n",
			 general[i]);
		queues(conf);
		answered_by(1);
		bob->called = 0;
		dials(alice, "Queue(other)");
		sim_pass(2000);
		assert_int_equal(bob->called, 1 - i);
		sim_pass(30000);
	}
}

/* It is bob who talks, and then does not. */
static void carol_has_time_when_bob_has(const char *conf)
{
	queues(conf);
	dials(bob, "Pause(60)");
	sim_pass(100);
	dials(alice, "Queue(q,r)");
	sim_pass(3000);
	assert_int_equal(carol->called, 0);
	sim_hangup(bob);
	sim_pass(500);
	assert_int_equal(carol->called, 1);
}

/* What FreePBX writes: the member is a Local channel, its hint names the phone. */
static void a_hint_says_whether_a_member_has_time(void **state)
{
	(void)state;
	carol_has_time_when_bob_has(
		"[q]\nringinuse = no\nmember => Sim/carol,0,Carol,hint:seat@sim\n");
}

/* Of itself it tells nobody when it changes. */
static void so_does_the_hint_of_a_pattern(void **state)
{
	(void)state;
	carol_has_time_when_bob_has(
		"[q]\nringinuse = no\nmember => Sim/carol,0,Carol,hint:seat2@sim\n");
}

static void who_is_added_may_have_a_hint_and_a_rest_of_his_own(void **state)
{
	(void)state;
	queues("[q]\nringinuse = no\n");
	carol->answer_ms = 500;
	carol->hangup_ms = 1500;
	dials(dave, "AddQueueMember(q,Sim/carol,0,,Carol,hint:seat@sim,30)");
	sim_pass(100);
	queues_restart("[q]\nringinuse = no\n");
	dials(bob, "Pause(3)");
	sim_pass(100);
	dials(alice, "Queue(q,r)");
	sim_pass(2000);
	assert_int_equal(carol->called, 0);
	sim_pass(4000);
	assert_int_equal(carol->called, 1);
	dials(alice, "Queue(q,r)");
	sim_pass(20000);
	assert_int_equal(carol->called, 1); /* she rests */
	sim_pass(12000);
	assert_int_equal(carol->called, 2);
}

static void ringinuse_rings_who_talks_elsewhere(void **state)
{
	(void)state;
	queues("[q]\nringinuse = no\nmember => Sim/bob,,,,yes\nmember => Sim/carol\n");
	dials(bob, "Pause(60)");
	sim_pass(100);
	dials(carol, "Pause(60)");
	sim_pass(100);
	dials(alice, "Queue(q)");
	sim_pass(1000);
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 0);
}

static void whoever_is_for_few_leaves_when_those_are_away(void **state)
{
	(void)state;
	queues("[q]\nleavewhenempty = paused,penalty\ntimeout = 1\nretry = 600\nmember => "
	       "Sim/bob,1\nmember => "
	       "Sim/carol,9\n");
	dials(alice, "Set(QUEUE_MAX_PENALTY=5)\nQueue(q)");
	sim_pass(100);
	dials(dave, "Queue(q)");
	sim_pass(20000);
	dials(erin, "PauseQueueMember(q,Sim/bob)");
	sim_pass(20000);
	assert_string_equal(sim_notes(), "LEAVEEMPTY");
	assert_non_null(dave->ch);
}

static void yes_and_no_of_a_member_are_those_of_every_option(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob,,,,,,on\nmember => Sim/carol,,,,OFF,,t\n"
	       "member => Sim/dave,,,,y,,f\n");
	dials(alice, "Queue(q)");
	sim_pass(1000);
	assert_int_equal(bob->called + carol->called, 0);
	assert_int_equal(dave->called, 1);
}

/* -- memory ------------------------------------------------------------------------------ */

/* Whatever it was that failed, the member is free for the next caller. */
static void a_call_without_memory_leaves_the_member_free(void **state)
{
	bool enough = false;

	(void)state;
	queues("[q]\nretry = 1\nringinuse = no\nannounce = hello\nmember => Sim/bob\n");
	for (long allowed = 0; !enough; allowed++) {
		bob->answer_ms = 500;
		bob->hangup_ms = 2000;
		dials(alice, "Pause(1)\nQueue(q,,,,5)");
		sim_pass(990);
		rd__alloc_fail_after(allowed);
		sim_pass(4000);
		enough = rd__alloc_refused() == 0;
		rd__alloc_fail_after(-1);
		sim_pass(10000);
		if (alice->ch)
			sim_hangup(alice);
		sim_pass(100);
		assert_string_equal(asks("${QUEUE_MEMBER(q,ready)}"), "1");
		assert_string_equal(asks("${QUEUE_WAITING_COUNT(q)}"), "0");
	}
	assert_true(bob->called > 1);
}

static void files_that_are_read_without_memory_leave_nothing_behind(void **state)
{
	(void)state;
	conf_dir_write("queuerules.conf", "[r]\npenaltychange => 3,+1,1,2\n");
	conf_dir_write("queues.conf", "[general]\nautofill = no\n[q]\ndefaultrule = r\n"
				      "periodic-announce = a,b\nmember => Sim/bob,1,Bob\n");
	assert_true(oom_sweep(conf_dir_build_once, (void *)queue_module->config) > 10);
}

/* -- turns ------------------------------------------------------------------------------- */

static void a_caller_of_higher_priority_comes_first(void **state)
{
	const struct rd_channel *ch;

	(void)state;
	queues("[q]\n");
	dials(dave, "Queue(q)");
	sim_pass(100);
	ch = dials(alice, "Set(QUEUE_PRIO=5)\nQueue(q)");
	sim_pass(100);
	assert_string_equal(variable_of(ch, "QUEUEPOSITION"), "1");
}

static void a_position_can_be_asked_for_but_not_before_a_priority(void **state)
{
	const struct rd_channel *ch;

	(void)state;
	queues("[q]\n");
	dials(dave, "Set(QUEUE_PRIO=5)\nQueue(q)");
	sim_pass(100);
	dials(carol, "Queue(q)");
	sim_pass(100);
	ch = dials(alice, "Queue(q,,,,,,,,1)");
	sim_pass(100);
	assert_string_equal(variable_of(ch, "QUEUEPOSITION"), "2");
}

/* 4294967297 was the first place, and "first" the last. */
static void a_position_that_is_no_number_is_passed_over_and_told(void **state)
{
	static const char *const positions[] = { "4294967297", "first", "-1" };
	struct log_catch caught;

	(void)state;
	queues("[q]\n");
	dials(dave, "Queue(q)");
	sim_pass(100);
	for (size_t i = 0; i < RD_ARRAY_SIZE(positions); i++) {
		const struct rd_channel *ch;
		char line[64], expected[64];

		snprintf(line, sizeof(line), "Queue(q,,,,,,,,%s)", positions[i]);
		snprintf(expected, sizeof(expected), "position: \"%s\" is no number of 0 to ",
			 positions[i]);
		log_catch(&caught);
		ch = dials(alice, line);
		sim_pass(100);
		assert_non_null(strstr(log_caught(&caught), expected));
		assert_string_equal(variable_of(ch, "QUEUEPOSITION"), "2");
		sim_hangup(alice);
		sim_pass(100);
	}
}

static void the_file_s_timeout_can_be_the_last_word(void **state)
{
	(void)state;
	queues("[q]\ntimeout = 15\ntimeoutpriority = conf\nmember => Sim/bob\n");
	dials(alice, "Queue(q,,,,5)");
	sim_pass(14000);
	assert_string_equal(sim_notes(), "");
	sim_pass(1200);
	assert_string_equal(sim_notes(), "TIMEOUT");
}

/* -- the time of an attempt ------------------------------------------------------------------- */

static void bob_comes_before_carol(const char *option)
{
	char conf[160];

	snprintf(conf, sizeof(conf),
		 "[q]\nstrategy = linear\ntimeout = 5\nretry = 20\n%smember => Sim/bob\n"
		 "member => Sim/carol\n",
		 option);
	queues(conf);
	dials(alice, "Queue(q)");
}

static void who_refuses_costs_the_next_one_no_time_where_it_restarts(void **state)
{
	(void)state;
	bob->refuse_ms = 2000;
	bob->refuse_cause = RD_CAUSE_BUSY;
	bob_comes_before_carol("");
	sim_pass(6000);
	assert_int_equal(carol->called, 1);
	assert_int_equal(carol->hung_up, 1);
	sim_hangup(alice);
	sim_pass(1000);
	bob_comes_before_carol("timeoutrestart = yes\n");
	sim_pass(6000);
	assert_int_equal(carol->called, 2);
	assert_int_equal(carol->hung_up, 1);
	sim_pass(1500);
	assert_int_equal(carol->hung_up, 2);
}

static void who_lets_it_ring_ends_the_attempt_also_where_it_restarts(void **state)
{
	(void)state;
	bob_comes_before_carol("timeoutrestart = yes\n");
	sim_pass(20000);
	assert_int_equal(bob->hung_up, 1);
	assert_int_equal(carol->called, 0);
	sim_pass(6000);
	assert_int_equal(carol->called, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(linear_always_begins_with_the_first),
		QUEUE_TEST(of_a_queue_that_is_there_twice_the_first_counts),
		QUEUE_TEST(rrmemory_and_rrordered_go_round),
		QUEUE_TEST(leastrecent_rings_who_has_rested_longest),
		QUEUE_TEST(fewestcalls_rings_who_has_had_fewest),
		QUEUE_TEST(random_rings_everybody_at_some_time),
		QUEUE_TEST(wrandom_prefers_the_lower_penalty_but_not_always),
		QUEUE_TEST(the_caller_s_limits_leave_members_out),
		QUEUE_TEST(a_limit_of_none_is_for_those_without_a_penalty),
		QUEUE_TEST(few_members_have_no_penalty),
		QUEUE_TEST(raising_puts_the_lower_ones_in_a_row),
		QUEUE_TEST(a_rule_lets_more_members_in_with_time),
		QUEUE_TEST(what_is_not_set_is_not_changed_by_so_much),
		QUEUE_TEST(a_number_out_of_range_counts_as_none),
		QUEUE_TEST(rules_raise_no_further_than_a_penalty_may_be),
		QUEUE_TEST(wrong_rules_are_refused),
		QUEUE_TEST(without_the_default_rule_a_queue_has_none),
		QUEUE_TEST(the_heavier_queue_has_a_member_of_both_first),
		QUEUE_TEST(whom_the_heavier_queue_needs_not_is_rung_for_the_other),
		QUEUE_TEST(callers_of_the_heavier_queue_have_all_who_are_free),
		QUEUE_TEST(where_one_is_served_at_a_time_one_caller_has_them_all),
		QUEUE_TEST(without_weight_the_one_that_asks_first_has_him),
		QUEUE_TEST(who_does_not_answer_is_paused),
		QUEUE_TEST(all_is_everywhere),
		QUEUE_TEST(who_is_busy_or_away_is_paused_only_if_asked),
		QUEUE_TEST(who_has_just_talked_is_not_paused_yet),
		QUEUE_TEST(a_shared_last_call_gives_rest_in_all_queues),
		QUEUE_TEST(a_hint_says_whether_a_member_has_time),
		QUEUE_TEST(so_does_the_hint_of_a_pattern),
		QUEUE_TEST(who_is_added_may_have_a_hint_and_a_rest_of_his_own),
		QUEUE_TEST(ringinuse_rings_who_talks_elsewhere),
		QUEUE_TEST(whoever_is_for_few_leaves_when_those_are_away),
		QUEUE_TEST(yes_and_no_of_a_member_are_those_of_every_option),
		QUEUE_TEST(a_call_without_memory_leaves_the_member_free),
		QUEUE_TEST(files_that_are_read_without_memory_leave_nothing_behind),
		QUEUE_TEST(a_caller_of_higher_priority_comes_first),
		QUEUE_TEST(a_position_can_be_asked_for_but_not_before_a_priority),
		QUEUE_TEST(a_position_that_is_no_number_is_passed_over_and_told),
		QUEUE_TEST(the_file_s_timeout_can_be_the_last_word),
		QUEUE_TEST(who_refuses_costs_the_next_one_no_time_where_it_restarts),
		QUEUE_TEST(who_lets_it_ring_ends_the_attempt_also_where_it_restarts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
