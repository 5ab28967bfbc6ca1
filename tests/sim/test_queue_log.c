/* What queue_log tells of a call, and of members. */
#include "tests/sim/queue_rig.h"

#include <stdio.h>

#include <ringdown/config.h>
#include <ringdown/store.h>
#include <ringdown/transfer.h>

#include "core/call/call.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/log_catch.h"

static void assert_log(const char *expected)
{
	assert_string_equal(log_lines(), expected);
}

/* Alice talks to bob, a member, for two seconds after three of waiting. */
static void alice_talks_to_bob(const char *options)
{
	char step[64];

	queues("[q]\nmember => Sim/bob,0,Bob\n");
	bob->answer_ms = 3000;
	snprintf(step, sizeof(step), "Queue(q,%s)", options);
	dials(alice, step);
	sim_pass(5100);
	assert_int_equal(alice->hears, bob->says);
	log_lines();
}

/* -- who ended it ------------------------------------------------------------------------- */

static void the_course_of_a_call_is_told(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob,0,Bob\n");
	bob->answer_ms = 3000;
	dials(alice, "Queue(q)");
	sim_pass(5100);
	assert_log("ENTERQUEUE NONE alice 1, CONNECT Bob 3 * 3");
	sim_hangup(bob);
	sim_pass(100);
	assert_log("COMPLETEAGENT Bob 3 2 1");
}

static void how_long_it_rang_is_told_without_what_the_member_hears_first(void **state)
{
	(void)state;
	queues("[q]\nmemberdelay = 5\nmember => Sim/bob,0,Bob\n");
	bob->answer_ms = 3000;
	dials(alice, "Queue(q)");
	sim_pass(9100);
	assert_log("ENTERQUEUE NONE alice 1, CONNECT Bob 8 * 3");
}

static void a_bar_in_a_caller_s_number_or_name_shifts_nothing(void **state)
{
	const struct rd_party who = { .number = "1|2", .name = "A|B" };
	struct rd_channel *ch;

	(void)state;
	queues("[general]\nlog-caller-id-name = yes\n[q]\n");
	ch = dials(alice, "Pause(1)\nQueue(q)");
	assert_int_equal(rd_channel_set_party(ch, RD_PARTY_CALLER, &who), 0);
	sim_pass(1500);
	assert_log("ENTERQUEUE NONE 1 2 1 A B");
	assert_string_equal(variable_of(ch, "QUEUEPOSITION"), "1");
}

static void a_caller_who_hangs_up_has_completed_it(void **state)
{
	(void)state;
	alice_talks_to_bob("");
	sim_hangup(alice);
	sim_pass(100);
	assert_log("COMPLETECALLER Bob 3 2 1");
}

static void the_key_tells_who_ended_it(void **state)
{
	(void)state;
	alice_talks_to_bob("H");
	sim_press(alice, '*');
	sim_pass(1000);
	assert_log("COMPLETECALLER Bob 3 2 1");
}

static void the_first_place_is_kept_to_the_end(void **state)
{
	(void)state;
	queues("[q]\nringinuse = no\nmember => Sim/bob,0,Bob\n");
	bob->answer_ms = 1000;
	bob->hangup_ms = 3000;
	dials(dave, "Queue(q)");
	sim_pass(100);
	dials(alice, "Queue(q)");
	sim_pass(20000);
	assert_non_null(strstr(log_lines(), "COMPLETEAGENT Bob 3 2 2"));
}

/* -- where it is written --------------------------------------------------------------------- */

static const struct rd_module *writer;

static int load(void *arg)
{
	(void)arg;
	return writer->load();
}

/* One row: its columns, with | between them. */
static void assert_row(const char *query, struct rd_pool *pool, const char *expected)
{
	struct rd_rows rows;

	assert_int_equal(rd_store_query(query, NULL, 0, pool, &rows), 0);
	assert_int_equal(rows.count, 1);
	assert_string_equal(rows.values[0].text, expected);
}

static int look_at_rows(void *arg)
{
	assert_row("SELECT callid || '|' || queuename || '|' || agent || '|' || data1 "
		   "FROM queue_log WHERE event = 'QUEUESTART' AND id = 1 AND time > 1000000000",
		   arg, "NONE|NONE|NONE|");
	assert_row("SELECT queuename || '|' || agent || '|' || data1 || '|' || data3 "
		   "FROM queue_log WHERE event = 'CONNECT' AND time > 1000000000",
		   arg, "q|Bob|3|3");
	return 0;
}

static void the_store_has_every_line(void **state)
{
	struct rd_pool *pool;

	(void)state;
	writer = sim_load("queue_log_sqlite");
	assert_int_equal(rd__sched_call(load, NULL), 0);
	alice_talks_to_bob("");
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_int_equal(rd__sched_call(look_at_rows, pool), 0);
	rd_pool_free(pool);
}

/* Without the numbers of the moment: epoch and unique identifiers. */
static void read_log(char *text, size_t size)
{
	char path[256], line[256], verb[32], queue[32];
	FILE *file;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/queue_log", rd_directory("log"));
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		int found = sscanf(line, "%*u|%*[^|]|%31[^|]|%*[^|]|%31[^|]|", queue, verb);

		assert_int_equal(found, 2);
		n += (size_t)snprintf(text + n, size - n, "%s %s, ", queue, verb);
	}
	fclose(file);
}

static void the_file_has_every_line(void **state)
{
	char text[512];

	(void)state;
	writer = sim_load("queue_log");
	assert_int_equal(rd__sched_call(load, NULL), 0);
	alice_talks_to_bob("");
	sim_hangup(alice);
	sim_pass(5000);
	writer->unload();
	sim_pass(1000);
	read_log(text, sizeof(text));
	assert_string_equal(text, "NONE QUEUESTART, q ENTERQUEUE, q CONNECT, q COMPLETECALLER, ");
}

static void a_bar_in_a_member_s_name_shifts_nothing(void **state)
{
	char text[512];

	(void)state;
	writer = sim_load("queue_log");
	assert_int_equal(rd__sched_call(load, NULL), 0);
	queues("[q]\nmember => Sim/bob,0,B|ob\n");
	bob->answer_ms = 500;
	dials(alice, "Queue(q)");
	sim_pass(5000);
	writer->unload();
	sim_pass(1000);
	read_log(text, sizeof(text));
	assert_string_equal(text, "NONE QUEUESTART, q ENTERQUEUE, q CONNECT, ");
}

/* -- transfers ----------------------------------------------------------------------------- */

static void a_blind_transfer_ends_it_and_frees_the_member(void **state)
{
	(void)state;
	alice_talks_to_bob("");
	assert_int_equal(rd_transfer_blind(bob->ch, "sim", "other", NULL, NULL), 0);
	sim_pass(500);
	assert_log("BLINDTRANSFER Bob other sim 3 2 1");
	dials(dave, "Queue(q)");
	sim_pass(1000);
	assert_int_equal(bob->called, 2);
}

static void a_bar_in_where_a_transfer_leads_shifts_nothing(void **state)
{
	(void)state;
	alice_talks_to_bob("");
	sim_plan("[sim]\nexten => _o.,1,Pause(60)\n");
	assert_int_equal(rd_transfer_blind(bob->ch, "sim", "o|r", NULL, NULL), 0);
	sim_pass(500);
	assert_log("BLINDTRANSFER Bob o r sim 3 2 1");
}

static void who_is_transferred_by_the_caller_is_told_of_as_well(void **state)
{
	(void)state;
	alice_talks_to_bob("");
	assert_int_equal(rd_transfer_blind(alice->ch, "sim", "other", NULL, NULL), 0);
	sim_pass(500);
	assert_log("BLINDTRANSFER Bob other sim 3 2 1");
}

/* Carol's leg stands for bob's second line. */
static void an_attended_transfer_names_the_bridge(void **state)
{
	(void)state;
	alice_talks_to_bob("");
	dave->answer_ms = 100;
	dials(carol, "Dial(Sim/dave)");
	sim_pass(500);
	assert_int_equal(rd_transfer_attended(bob->ch, carol->ch, NULL, NULL), 0);
	sim_pass(500);
	assert_int_equal(alice->hears, dave->says);
	assert_non_null(strstr(log_lines(), "ATTENDEDTRANSFER Bob BRIDGE "));
	sim_hangup(alice);
	sim_pass(100);
	assert_log("");
}

static void an_attended_transfer_by_keys_ends_it_when_it_is_made(void **state)
{
	(void)state;
	assert_int_equal(conf_dir_apply(&rd__features_config, "[featuremap]\natxfer => *2\n"), 0);
	sim_load("chan_local");
	dave->answer_ms = 100;
	alice_talks_to_bob("t");
	sim_plan("[sim]\nexten => 4,1,Dial(Sim/dave)\n");
	for (const char *key = "*24"; *key; key++) {
		sim_press(bob, *key);
		sim_pass(100);
	}
	sim_pass(400);
	assert_int_equal(bob->hears, dave->says);
	assert_log("");
	sim_hangup(bob);
	sim_pass(500);
	assert_int_equal(alice->hears, dave->says);
	assert_non_null(strstr(log_lines(), "ATTENDEDTRANSFER Bob APP Local/4@sim-"));
	assert_int_equal(conf_dir_apply(&rd__features_config, ""), 0);
}

/* -- the talk ------------------------------------------------------------------------------ */

static void F_sends_the_member_on_when_the_caller_hangs_up(void **state)
{
	(void)state;
	alice_talks_to_bob("F(sim^other^1)");
	sim_hangup(alice);
	sim_pass(500);
	assert_int_equal(bob->hung_up, 0);
	assert_string_equal(rd_channel_exten(bob->ch), "other");
	assert_log("COMPLETECALLER Bob 3 2 1");
}

static void monitor_format_records_the_talk(void **state)
{
	char path[512];

	(void)state;
	sim_load("app_mixmonitor");
	bob->answer_ms = 100;
	queues("[q]\nmember => Sim/bob,0,Bob\nmonitor-format = wav|gsm\n");
	dials(alice, "Set(MONITOR_FILENAME=talk)\nQueue(q)");
	sim_pass(3000);
	sim_hangup(alice);
	sim_pass(500);
	snprintf(path, sizeof(path), "%s/monitor/talk.wav", rd_directory("spool"));
	assert_int_equal(access(path, R_OK), 0);
}

/* -- who did not answer ---------------------------------------------------------------------- */

static void only_who_was_called_has_not_answered(void **state)
{
	(void)state;
	queues("[q]\ntimeout = 5\nmember => Sim/bob,0,Bob\nmember => Sim/carol,0,Carol\n"
	       "member => Sim/nobody,0,Nobody\nmember => Sim/dave,0,Dave\n");
	carol->refuse_ms = 1000;
	carol->refuse_cause = RD_CAUSE_BUSY;
	dials(alice, "Queue(q,n,,,8)");
	sim_pass(6000);
	assert_log("ENTERQUEUE NONE alice 1, RINGNOANSWER Bob 5000, RINGNOANSWER Carol 1000, "
		   "RINGNOANSWER Dave 5000, EXITWITHTIMEOUT NONE 1 1 5");
}

static void a_member_in_use_is_not_rung_and_not_told_of(void **state)
{
	(void)state;
	queues("[q]\ntimeout = 5\nringinuse = no\nmember => Sim/bob,0,Bob\n"
	       "member => Sim/dave,0,Dave\n");
	dials(dave, "Pause(60)");
	sim_pass(100);
	dials(alice, "Queue(q,n)");
	sim_pass(6000);
	assert_log("ENTERQUEUE NONE alice 1, RINGNOANSWER Bob 5000, EXITWITHTIMEOUT NONE 1 1 5");
}

static void who_rang_when_the_caller_gave_up_is_told_of(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob,0,Bob\n");
	dials(alice, "Queue(q)");
	sim_pass(2000);
	sim_hangup(alice);
	sim_pass(100);
	assert_log("ENTERQUEUE NONE alice 1, RINGCANCELED Bob 2000, ABANDON NONE 1 1 2");
}

static void a_caller_for_whom_nobody_can_be_called_leaves(void **state)
{
	struct log_catch caught;
	const char *told;

	(void)state;
	queues("[q]\nmember => Sim/bob,0,Bob\n");
	log_catch(&caught);
	dials(alice, "Queue(q,B(nowhere^s^1))");
	sim_pass(2000);
	told = strstr(log_caught(&caught), "option B(nowhere^s^1): there is no such place");
	assert_non_null(told);
	/* Once. */
	assert_null(strstr(caught.text, "cannot serve"));
	assert_log("ENTERQUEUE NONE alice 1, EXITEMPTY NONE 1 1 0");
	assert_string_equal(sim_notes(), "LEAVEUNAVAIL");
	assert_int_equal(bob->called, 0);
}

static void whoever_was_too_late_is_not_told_of(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob,0,Bob\nmember => Sim/carol,0,Carol\n");
	carol->answer_ms = 1000;
	dials(alice, "Queue(q)");
	sim_pass(1500);
	assert_log("ENTERQUEUE NONE alice 1, CONNECT Carol 1 * 1");
}

/* -- before they talk ------------------------------------------------------------------------- */

static void a_member_who_hangs_up_during_the_prompt_leaves_the_caller_waiting(void **state)
{
	(void)state;
	queues("[q]\nmemberdelay = 5\nretry = 1\nmember => Sim/bob,0,Bob\n");
	bob->answer_ms = 1000;
	bob->hangup_ms = 2000;
	dials(alice, "Queue(q)");
	sim_pass(2500);
	assert_log("ENTERQUEUE NONE alice 1, AGENTDUMP Bob");
	assert_non_null(alice->ch);
	bob->hangup_ms = 0;
	sim_pass(8000);
	assert_int_equal(bob->called, 2);
	assert_int_equal(alice->hears, bob->says);
}

static void a_caller_who_hangs_up_during_the_prompt_has_given_up(void **state)
{
	(void)state;
	queues("[q]\nmemberdelay = 5\nmember => Sim/bob,0,Bob\n");
	bob->answer_ms = 1000;
	dials(alice, "Queue(q)");
	sim_pass(2100);
	assert_string_equal(hears(alice, 500), "~");
	sim_hangup(alice);
	sim_pass(100);
	assert_log("ENTERQUEUE NONE alice 1, ABANDON NONE 1 1 2");
	assert_int_equal(bob->hung_up, 1);
}

/* -- members ---------------------------------------------------------------------------------- */

static void a_pause_in_all_queues_is_told_of_once_more(void **state)
{
	(void)state;
	queues("[a]\nmember => Sim/bob,0,Bob\n[b]\nmember => Sim/bob,0,Bob\n");
	dials(dave, "PauseQueueMember(,Sim/bob,,lunch)");
	sim_pass(100);
	assert_log("PAUSE Bob lunch, PAUSE Bob lunch, PAUSEALL Sim/bob lunch");
	dials(dave, "UnpauseQueueMember(a,Sim/bob)");
	sim_pass(100);
	assert_log("UNPAUSE Bob");
	dials(dave, "UnpauseQueueMember(,Sim/bob)");
	sim_pass(100);
	assert_log("UNPAUSE Bob, UNPAUSE Bob, UNPAUSEALL Sim/bob");
}

static void another_reason_ends_the_one_before_where_the_file_says_so(void **state)
{
	(void)state;
	queues("[general]\nlog_unpause_on_reason_change = yes\n[q]\nmember => Sim/bob\n");
	log_lines();
	dials(dave, "PauseQueueMember(q,Sim/bob,,tea)\nPauseQueueMember(q,Sim/bob,,tea)\n"
		    "PauseQueueMember(q,Sim/bob,,lunch)");
	sim_pass(100);
	assert_log("PAUSE Sim/bob tea, PAUSE Sim/bob tea, UNPAUSE Sim/bob, PAUSE Sim/bob lunch");
}

static void whoever_waits_in_a_queue_that_is_taken_away_leaves(void **state)
{
	(void)state;
	queues("[q]\n");
	dials(alice, "Queue(q)");
	sim_pass(1000);
	queues("[other]\n");
	sim_pass(100);
	assert_string_equal(sim_notes(), "LEAVEEMPTY");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(the_course_of_a_call_is_told),
		QUEUE_TEST(how_long_it_rang_is_told_without_what_the_member_hears_first),
		QUEUE_TEST(a_bar_in_a_caller_s_number_or_name_shifts_nothing),
		QUEUE_TEST(a_caller_who_hangs_up_has_completed_it),
		QUEUE_TEST(the_key_tells_who_ended_it),
		QUEUE_TEST(the_first_place_is_kept_to_the_end),
		QUEUE_TEST(the_store_has_every_line),
		QUEUE_TEST(the_file_has_every_line),
		QUEUE_TEST(a_bar_in_a_member_s_name_shifts_nothing),
		QUEUE_TEST(a_blind_transfer_ends_it_and_frees_the_member),
		QUEUE_TEST(who_is_transferred_by_the_caller_is_told_of_as_well),
		QUEUE_TEST(a_bar_in_where_a_transfer_leads_shifts_nothing),
		QUEUE_TEST(an_attended_transfer_names_the_bridge),
		QUEUE_TEST(an_attended_transfer_by_keys_ends_it_when_it_is_made),
		QUEUE_TEST(F_sends_the_member_on_when_the_caller_hangs_up),
		QUEUE_TEST(monitor_format_records_the_talk),
		QUEUE_TEST(only_who_was_called_has_not_answered),
		QUEUE_TEST(a_member_in_use_is_not_rung_and_not_told_of),
		QUEUE_TEST(who_rang_when_the_caller_gave_up_is_told_of),
		QUEUE_TEST(a_caller_for_whom_nobody_can_be_called_leaves),
		QUEUE_TEST(whoever_was_too_late_is_not_told_of),
		QUEUE_TEST(a_member_who_hangs_up_during_the_prompt_leaves_the_caller_waiting),
		QUEUE_TEST(a_caller_who_hangs_up_during_the_prompt_has_given_up),
		QUEUE_TEST(a_pause_in_all_queues_is_told_of_once_more),
		QUEUE_TEST(another_reason_ends_the_one_before_where_the_file_says_so),
		QUEUE_TEST(whoever_waits_in_a_queue_that_is_taken_away_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
