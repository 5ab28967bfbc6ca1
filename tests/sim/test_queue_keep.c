/* What is known of members after a restart, or a reload. */
#include "tests/sim/queue_rig.h"

#include "tests/unit/conf_dir.h"
#include "tests/unit/console.h"

static void assert_log(const char *expected)
{
	assert_string_equal(log_lines(), expected);
}

static void members_who_were_added_are_there_after_a_restart(void **state)
{
	(void)state;
	queues("[q]\n");
	dials(dave, "AddQueueMember(q,Sim/bob,3,,Bob\\; or |Bobby| 100%3B)\n"
		    "PauseQueueMember(q,Sim/bob,,a\\;b|c%)\nAddQueueMember(q,Sim/carol)");
	sim_pass(100);
	queues_restart("[q]\n");
	assert_string_equal(asks("${QUEUE_MEMBER_LIST(q)}"), "Sim/bob,Sim/carol");
	assert_string_equal(asks("${QUEUE_MEMBER(q,penalty,Sim/bob)}"), "3");
	assert_string_equal(asks("${QUEUE_MEMBER(q,paused,Sim/bob)}"), "1");
	log_lines();
	dials(dave, "UnpauseQueueMember(q,Sim/bob)\nRemoveQueueMember(q,Sim/carol)");
	sim_pass(100);
	assert_log("UNPAUSE Bob; or |Bobby| 100%3B, REMOVEMEMBER Sim/carol");
}

static const char by_file[] = "[q]\nmember => Sim/bob,2,,,,,\nmember => Sim/carol,2,,,,,yes\n";

/* Penalty, pause, and whether it is rung in use. */
#define OF(who)                                                                                    \
	"${QUEUE_MEMBER(q,penalty," who ")}${QUEUE_MEMBER(q,paused," who ")}"                      \
	"${QUEUE_MEMBER(q,ringinuse," who ")}"

static void change_members_of_the_file(void)
{
	queues(by_file);
	assert_string_equal(asks(OF("Sim/bob") " " OF("Sim/carol")), "201 211");
	dials(dave, "PauseQueueMember(q,Sim/bob,,a\\;b|c%)\nUnpauseQueueMember(q,Sim/carol)\n"
		    "Set(QUEUE_MEMBER(q,penalty,Sim/bob)=7)\n"
		    "Set(QUEUE_MEMBER(q,ringinuse,Sim/carol)=0)");
	sim_pass(100);
	assert_string_equal(asks(OF("Sim/bob") " " OF("Sim/carol")), "711 200");
}

static void what_was_said_of_members_of_the_file_is_so_after_a_restart(void **state)
{
	(void)state;
	change_members_of_the_file();
	queues_restart(by_file);
	assert_string_equal(asks(OF("Sim/bob") " " OF("Sim/carol")), "711 200");
	assert_int_equal(console(queue_module->commands, "queue show q"), 0);
	assert_non_null(strstr(console_text(), "a;b|c%"));
	/* And what was taken back is not. */
	dials(dave, "UnpauseQueueMember(q,Sim/bob)\nSet(QUEUE_MEMBER(q,penalty,Sim/bob)=2)");
	sim_pass(100);
	queues_restart(by_file);
	assert_string_equal(asks(OF("Sim/bob") " " OF("Sim/carol")), "201 200");
}

static void what_was_said_of_members_is_so_after_a_reload(void **state)
{
	(void)state;
	change_members_of_the_file();
	queues(by_file);
	assert_string_equal(asks(OF("Sim/bob") " " OF("Sim/carol")), "711 200");
}

/* Each value for itself. */
static const char other[] = "[q]\nmember => Sim/bob,3,,,no\nmember => Sim/carol,2,,,,,no\n"
			    "member => Sim/dave\n";

static void a_line_that_says_another_thing_counts(void **state)
{
	(void)state;
	change_members_of_the_file();
	queues(other);
	assert_string_equal(asks(OF("Sim/bob") " " OF("Sim/carol")), "310 200");
}

static void so_does_one_that_says_it_after_a_restart(void **state)
{
	(void)state;
	change_members_of_the_file();
	queues_restart(other);
	assert_string_equal(asks(OF("Sim/bob") " " OF("Sim/carol")), "310 200");
}

static void a_pause_that_the_file_begins_counts_though_another_thing_was_said(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob,2\n");
	dials(dave, "Set(QUEUE_MEMBER(q,penalty,Sim/bob)=7)");
	sim_pass(100);
	queues_restart("[q]\nmember => Sim/bob,2,,,,,yes\n");
	assert_string_equal(asks(OF("Sim/bob")), "711");
}

static void a_pause_that_the_file_begins_or_ends_is_told_of(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob,3,,,no,,yes\n");
	dials(dave, "UnpauseQueueMember(q,Sim/bob)");
	sim_pass(100);
	log_lines();
	queues("[q]\nmember => Sim/bob,3,,,no\n");
	assert_string_equal(asks(OF("Sim/bob")), "300");
	queues("[q]\nmember => Sim/bob,3,,,no,,yes\n");
	assert_string_equal(asks(OF("Sim/bob")), "310");
	assert_log("CONFIGRELOAD NONE, PAUSE Sim/bob, CONFIGRELOAD NONE");
}

/* Who was taken out of the file comes back as its line has him. */
static void a_member_that_was_taken_away_begins_anew(void **state)
{
	(void)state;
	change_members_of_the_file();
	queues("[q]\nmember => Sim/carol,2,,,,,yes\n");
	queues_restart(by_file);
	assert_string_equal(asks(OF("Sim/bob") " " OF("Sim/carol")), "201 200");
}

static void an_added_member_is_rung_in_use_as_it_was_after_a_restart(void **state)
{
	(void)state;
	queues("[q]\n");
	dials(dave, "AddQueueMember(q,Sim/bob)\nSet(QUEUE_MEMBER(q,ringinuse,Sim/bob)=0)\n"
		    "AddQueueMember(q,Sim/carol)");
	sim_pass(100);
	queues_restart("[q]\n");
	assert_string_equal(asks(OF("Sim/bob") " " OF("Sim/carol")), "000 001");
}

/* While carol's phone is in use, and for so long after a call. */
static void an_added_member_is_ready_as_it_was_told_after_a_restart(void **state)
{
	const char *conf = "[q]\nringinuse = no\n[other]\n";

	(void)state;
	queues(conf);
	dials(dave, "AddQueueMember(q,Sim/bob,,,,Sim/carol,30)");
	sim_pass(100);
	queues_restart(conf);
	assert_string_equal(asks("${QUEUE_MEMBER(q,ready)}"), "1");
	dials(carol, "Queue(other)");
	sim_pass(500);
	assert_string_equal(asks("${QUEUE_MEMBER(q,ready)}"), "0");
	sim_hangup(carol);
	bob->answer_ms = 500;
	bob->hangup_ms = 1500;
	dials(alice, "Queue(q)");
	sim_pass(20000);
	assert_string_equal(asks("${QUEUE_MEMBER(q,ready)}"), "0");
	sim_pass(20000);
	assert_string_equal(asks("${QUEUE_MEMBER(q,ready)}"), "1");
}

static void who_rests_goes_on_resting_after_a_restart(void **state)
{
	const char *conf = "[general]\nshared_lastcall = yes\n[a]\nwrapuptime = 60\n"
			   "member => Sim/bob\n[b]\nwrapuptime = 90\nmember => Sim/bob\n";

	(void)state;
	queues(conf);
	bob->answer_ms = 500;
	bob->hangup_ms = 1500;
	dials(alice, "Queue(a)");
	sim_pass(3000);
	assert_string_equal(asks("${QUEUE_MEMBER(a,ready)}${QUEUE_MEMBER(b,ready)}"), "00");
	queues_restart(conf); /* takes 5 s */
	sim_pass(30000);
	assert_string_equal(asks("${QUEUE_MEMBER(a,ready)}${QUEUE_MEMBER(b,ready)}"), "00");
	sim_pass(30000);
	assert_string_equal(asks("${QUEUE_MEMBER(a,ready)}${QUEUE_MEMBER(b,ready)}"), "10");
	sim_pass(30000);
	assert_string_equal(asks("${QUEUE_MEMBER(a,ready)}${QUEUE_MEMBER(b,ready)}"), "11");
}

/* Who answers alice next. */
static const char *next_one(void)
{
	const struct rd_channel *ch = dials(alice, "Queue(q)");

	sim_pass(3000);
	return variable_of(ch, "MEMBERINTERFACE");
}

static void whose_turn_it_is_is_known_after_a_restart(void **state)
{
	const char *conf = "[q]\nstrategy = rrmemory\nmember => Sim/bob\nmember => Sim/carol\n";

	(void)state;
	bob->answer_ms = carol->answer_ms = dave->answer_ms = 500;
	bob->hangup_ms = carol->hangup_ms = dave->hangup_ms = 1500;
	queues("[q]\nstrategy = rrmemory\nmember => Sim/erin\nmember => Sim/bob\n");
	queues(conf); /* their order begins with 1 now */
	dials(erin, "AddQueueMember(q,Sim/dave)");
	sim_pass(100);
	assert_string_equal(next_one(), "Sim/bob");
	queues_restart(conf);
	assert_string_equal(next_one(), "Sim/carol");
	queues_restart(conf);
	assert_string_equal(next_one(), "Sim/dave");
	queues_restart(conf);
	assert_string_equal(next_one(), "Sim/bob");
}

static void a_queue_that_comes_back_by_a_reload_has_its_members(void **state)
{
	(void)state;
	queues("[q]\n[other]\n");
	dials(dave, "AddQueueMember(q,Sim/bob)");
	sim_pass(100);
	queues("[other]\n");
	assert_string_equal(asks("${QUEUE_EXISTS(q)}"), "0");
	queues("[other]\n[q]\n");
	assert_string_equal(asks("${QUEUE_MEMBER_LIST(q)}"), "Sim/bob");
}

static void nothing_is_kept_where_the_file_says_so(void **state)
{
	(void)state;
	queues("[general]\npersistentmembers = no\n[q]\n");
	dials(dave, "AddQueueMember(q,Sim/bob)");
	sim_pass(100);
	queues_restart("[q]\n");
	assert_string_equal(asks("${QUEUE_MEMBER_LIST(q)}"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(members_who_were_added_are_there_after_a_restart),
		QUEUE_TEST(what_was_said_of_members_of_the_file_is_so_after_a_restart),
		QUEUE_TEST(what_was_said_of_members_is_so_after_a_reload),
		QUEUE_TEST(a_line_that_says_another_thing_counts),
		QUEUE_TEST(so_does_one_that_says_it_after_a_restart),
		QUEUE_TEST(a_pause_that_the_file_begins_counts_though_another_thing_was_said),
		QUEUE_TEST(a_pause_that_the_file_begins_or_ends_is_told_of),
		QUEUE_TEST(a_member_that_was_taken_away_begins_anew),
		QUEUE_TEST(an_added_member_is_rung_in_use_as_it_was_after_a_restart),
		QUEUE_TEST(an_added_member_is_ready_as_it_was_told_after_a_restart),
		QUEUE_TEST(who_rests_goes_on_resting_after_a_restart),
		QUEUE_TEST(whose_turn_it_is_is_known_after_a_restart),
		QUEUE_TEST(a_queue_that_comes_back_by_a_reload_has_its_members),
		QUEUE_TEST(nothing_is_kept_where_the_file_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
