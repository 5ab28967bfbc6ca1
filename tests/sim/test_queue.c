/* Queue() as callers and members know it: who is rung, when, and how it ends. */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <string.h>

#include "core/store/store.h"
#include "tests/unit/conf_dir.h"

enum { PHONES = 5 };

static struct sim_phone phones[PHONES];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*dave = &phones[3], *erin = &phones[4];
static const struct rd_module *queue;
static const char *args, *app;
static struct rd_channel *kept; /* alice's leg */
static int rc;

static int begin(void **state)
{
	static const char *const names[PHONES] = { "alice", "bob", "carol", "dave", "erin" };

	conf_dir_make();
	for (size_t i = 0; i < PHONES; i++)
		phones[i] = (struct sim_phone){ .name = names[i], .ring_ms = 100 };
	sim_begin(state);
	sim_phones(phones, PHONES);
	queue = sim_load("app_queue");
	rc = 12345;
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	rd_channel_unref(kept);
	kept = NULL;
	conf_dir_apply(queue->config, "");
	sim_finish();
	sim_end(state);
	conf_dir_remove();
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static int run(struct rd_channel *ch)
{
	rc = sim_app(ch, app, args);
	return rc;
}

static const struct sim_exten extens[] = { { "run", run } };

static void conf(const char *text)
{
	assert_int_equal(conf_dir_apply(queue->config, text), 0);
}

static void call(struct sim_phone *phone, const char *name, const char *with)
{
	struct rd_channel *ch;

	app = name;
	args = with;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	ch = sim_call(phone, "run");
	if (phone != alice)
		return;
	rd_channel_unref(kept);
	kept = rd_channel_ref(ch);
}

static const char *variable(const char *name)
{
	const char *value = rd_var_get(kept, name);

	return value ? value : "(none)";
}

/* ---- strategies ---- */

static void ringall_rings_all_and_the_first_to_answer_has_the_call(void **state)
{
	(void)state;
	conf("[q]\nmember => Sim/bob\nmember => Sim/carol\n");
	carol->answer_ms = 2000;
	carol->hangup_ms = 9000;
	call(alice, "Queue", "q,cr");
	sim_pass(20000);
	assert_int_equal(bob->called, 1);
	assert_int_equal(bob->hung_up, 1);
	assert_int_equal(bob->cause, RD_CAUSE_ANSWERED_ELSEWHERE);
	assert_string_equal(variable("QUEUESTATUS"), "CONTINUE");
	assert_string_equal(variable("MEMBERINTERFACE"), "Sim/carol");
	assert_string_equal(variable("QEHOLDTIME"), "2");
	assert_int_equal(rc, 0);
}

static void without_c_the_call_ends_with_the_talk(void **state)
{
	(void)state;
	conf("[q]\nmember => Sim/bob\n");
	bob->answer_ms = 500;
	bob->hangup_ms = 3000;
	call(alice, "Queue", "q,r");
	sim_pass(20000);
	assert_int_equal(alice->hung_up, 1);
	assert_int_equal(rc, -ECANCELED);
}

static void linear_begins_with_the_first_and_goes_on_to_the_next(void **state)
{
	(void)state;
	conf("[q]\nstrategy = linear\ntimeout = 5\nretry = 1\nmember => Sim/bob\n"
	     "member => Sim/carol\n");
	call(alice, "Queue", "q,r,,,20");
	sim_pass(5500);
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 0);
	sim_pass(2000);
	assert_int_equal(carol->called, 1);
	assert_int_equal(bob->called, 1);
}

static void rrmemory_remembers_whom_it_rang_last(void **state)
{
	(void)state;
	conf("[q]\nstrategy = rrmemory\nmember => Sim/bob\nmember => Sim/carol\n");
	bob->answer_ms = carol->answer_ms = 500;
	bob->hangup_ms = carol->hangup_ms = 1500;
	for (int i = 0; i < 3; i++) {
		call(alice, "Queue", "q,r");
		sim_pass(10000);
	}
	assert_int_equal(bob->called, 2);
	assert_int_equal(carol->called, 1);
}

static void fewestcalls_prefers_who_has_had_less(void **state)
{
	(void)state;
	conf("[q]\nstrategy = fewestcalls\nmember => Sim/bob\nmember => Sim/carol\n");
	bob->answer_ms = carol->answer_ms = 500;
	bob->hangup_ms = carol->hangup_ms = 1500;
	for (int i = 0; i < 4; i++) {
		call(alice, "Queue", "q,r");
		sim_pass(10000);
	}
	assert_int_equal(bob->called, 2);
	assert_int_equal(carol->called, 2);
}

static void a_lower_penalty_is_rung_first_and_a_refusal_leads_to_the_next(void **state)
{
	(void)state;
	conf("[q]\nmember => Sim/bob,5\nmember => Sim/carol,1\n");
	carol->refuse_ms = 1000;
	carol->refuse_cause = RD_CAUSE_BUSY;
	call(alice, "Queue", "q,r");
	sim_pass(900);
	assert_int_equal(carol->called, 1);
	assert_int_equal(bob->called, 0);
	sim_pass(500);
	assert_int_equal(bob->called, 1);
}

/* ---- turns ---- */

static void two_callers_are_served_side_by_side(void **state)
{
	(void)state;
	conf("[q]\nstrategy = linear\nringinuse = no\nmember => Sim/bob\nmember => Sim/carol\n");
	call(alice, "Queue", "q,r");
	sim_pass(100);
	call(dave, "Queue", "q,r");
	sim_pass(1000);
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 1);
}

static void without_autofill_the_second_waits_for_the_first(void **state)
{
	(void)state;
	conf("[q]\nstrategy = linear\nringinuse = no\nautofill = no\nmember => Sim/bob\n"
	     "member => Sim/carol\n");
	call(alice, "Queue", "q,r");
	sim_pass(100);
	call(dave, "Queue", "q,r");
	sim_pass(1000);
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 0);
}

static void who_talks_is_rung_again_when_he_has_hung_up_and_rested(void **state)
{
	(void)state;
	conf("[q]\nringinuse = no\nwrapuptime = 10\nmember => Sim/bob\n");
	bob->answer_ms = 500;
	bob->hangup_ms = 5000;
	call(alice, "Queue", "q,r");
	sim_pass(1000);
	call(dave, "Queue", "q,r");
	sim_pass(13500);
	assert_int_equal(bob->called, 1);
	sim_pass(1000);
	assert_int_equal(bob->called, 2);
}

static void who_talks_elsewhere_is_not_rung(void **state)
{
	(void)state;
	conf("[q]\nringinuse = no\nmember => Sim/bob\n");
	call(bob, "Queue", "q,r");
	sim_pass(100);
	call(alice, "Queue", "q,r");
	sim_pass(20000);
	assert_int_equal(bob->called, 0);
}

static void the_one_of_more_weight_comes_first(void **state)
{
	(void)state;
	conf("[low]\nringinuse = no\nretry = 1\nmember => Sim/bob\n"
	     "[high]\nringinuse = no\nweight = 5\nretry = 1\nmember => Sim/bob\n");
	bob->answer_ms = 500;
	bob->hangup_ms = 5000;
	call(erin, "Queue", "high,r");
	sim_pass(1000);
	call(dave, "Queue", "low,r");
	sim_pass(1000);
	call(alice, "Queue", "high,r");
	sim_pass(5000);
	assert_string_equal(variable("MEMBERINTERFACE"), "Sim/bob");
}

/* ---- ends ---- */

static void its_time_is_up(void **state)
{
	(void)state;
	conf("[q]\nmember => Sim/bob\n");
	call(alice, "Queue", "q,r,,,12");
	sim_pass(11900);
	assert_int_equal(rc, 12345);
	sim_pass(200);
	assert_int_equal(rc, 0);
	assert_string_equal(variable("QUEUESTATUS"), "TIMEOUT");
	assert_string_equal(variable("QUEUEWAIT"), "12");
}

static void n_rings_once(void **state)
{
	(void)state;
	conf("[q]\ntimeout = 5\nmember => Sim/bob\n");
	call(alice, "Queue", "q,nr");
	sim_pass(5100);
	assert_string_equal(variable("QUEUESTATUS"), "TIMEOUT");
	assert_int_equal(bob->called, 1);
}

static void a_full_one_and_an_empty_one_take_nobody(void **state)
{
	(void)state;
	conf("[full]\nmaxlen = 1\n[none]\njoinempty = no\n"
	     "[away]\njoinempty = strict\nmember => Sim/bob,,,,,,yes\n");
	call(dave, "Queue", "full,r");
	sim_pass(100);
	call(alice, "Queue", "full,r");
	sim_pass(100);
	assert_string_equal(variable("QUEUESTATUS"), "FULL");
	call(alice, "Queue", "none,r");
	sim_pass(100);
	assert_string_equal(variable("QUEUESTATUS"), "JOINEMPTY");
	call(alice, "Queue", "away,r");
	sim_pass(100);
	assert_string_equal(variable("QUEUESTATUS"), "JOINEMPTY");
}

/* The words of Asterisk: no is penalty, paused and invalid; strict and loose begin anew. */
static const char *joins_with_paused_bob(const char *joinempty)
{
	char text[128];

	snprintf(text, sizeof(text), "[q]\njoinempty = %s\nmember => Sim/bob,,,,,,yes\n",
		 joinempty);
	conf(text);
	call(alice, "Queue", "q,r,,,1");
	sim_pass(1500);
	return variable("QUEUESTATUS");
}

static void words_for_who_counts_as_absent(void **state)
{
	(void)state;
	assert_string_equal(joins_with_paused_bob("no"), "JOINEMPTY");
	assert_string_equal(joins_with_paused_bob("yes"), "TIMEOUT");
	assert_string_equal(joins_with_paused_bob("loose"), "TIMEOUT");
	assert_string_equal(joins_with_paused_bob("loose, paused"), "JOINEMPTY");
	assert_string_equal(joins_with_paused_bob("strict,inuse"), "JOINEMPTY");
	assert_string_equal(joins_with_paused_bob("strict,loose"), "TIMEOUT");
	conf("[q]\nleavewhenempty = yes\nmember => Sim/bob,,,,,,yes\n");
	call(alice, "Queue", "q,r,,,9");
	sim_pass(500);
	assert_string_equal(variable("QUEUESTATUS"), "LEAVEEMPTY");
}

/* Bob rings for erin. */
static const char *joins_while_bob_rings(const char *joinempty)
{
	char text[128];

	snprintf(text, sizeof(text), "[q]\njoinempty = %s\nmember => Sim/bob\n", joinempty);
	conf(text);
	call(erin, "Queue", "q,r");
	sim_pass(1000);
	call(alice, "Queue", "q,r,,,1");
	sim_pass(1500);
	return variable("QUEUESTATUS");
}

static void who_rings_for_another_caller_is_not_in_use(void **state)
{
	(void)state;
	assert_string_equal(joins_while_bob_rings("inuse"), "TIMEOUT");
	sim_hangup(erin);
	sim_pass(100);
	assert_string_equal(joins_while_bob_rings("ringing"), "JOINEMPTY");
}

static void whoever_waits_leaves_when_the_last_member_pauses(void **state)
{
	(void)state;
	conf("[q]\nringinuse = no\nleavewhenempty = paused\nmember => Sim/bob\n");
	bob->answer_ms = 500;
	call(erin, "Queue", "q,r");
	sim_pass(1000);
	call(alice, "Queue", "q,r");
	sim_pass(1000);
	assert_int_equal(rc, 12345);
	call(dave, "PauseQueueMember", "q,Sim/bob");
	sim_pass(100);
	assert_string_equal(variable("QUEUESTATUS"), "LEAVEEMPTY");
}

static void who_hangs_up_has_given_up(void **state)
{
	(void)state;
	conf("[q]\n");
	call(alice, "Queue", "q,r");
	sim_pass(3000);
	sim_hangup(alice);
	sim_pass(100);
	assert_string_equal(variable("ABANDONED"), "TRUE");
	assert_int_equal(rc, -ECANCELED);
}

/* ---- members ---- */

static void members_come_and_go_by_applications(void **state)
{
	(void)state;
	conf("[q]\nmember => Sim/bob\n");
	call(alice, "AddQueueMember", "q,Sim/carol,3");
	sim_pass(100);
	assert_string_equal(variable("AQMSTATUS"), "ADDED");
	call(alice, "AddQueueMember", "q,Sim/carol");
	sim_pass(100);
	assert_string_equal(variable("AQMSTATUS"), "MEMBERALREADY");
	call(alice, "RemoveQueueMember", "q,Sim/bob");
	sim_pass(100);
	assert_string_equal(variable("RQMSTATUS"), "NOTDYNAMIC");
	call(alice, "RemoveQueueMember", "q,Sim/carol");
	sim_pass(100);
	assert_string_equal(variable("RQMSTATUS"), "REMOVED");
	call(alice, "AddQueueMember", "nowhere,Sim/carol");
	sim_pass(100);
	assert_string_equal(variable("AQMSTATUS"), "NOSUCHQUEUE");
}

static void who_is_paused_is_rung_when_he_is_back(void **state)
{
	(void)state;
	conf("[q]\nmember => Sim/bob\n");
	call(dave, "PauseQueueMember", "q,Sim/bob,,lunch");
	sim_pass(100);
	call(alice, "Queue", "q,r");
	sim_pass(10000);
	assert_int_equal(bob->called, 0);
	call(dave, "UnpauseQueueMember", ",Sim/bob");
	sim_pass(500);
	assert_int_equal(bob->called, 1);
}

static void a_reload_keeps_who_waits_and_who_was_added(void **state)
{
	(void)state;
	conf("[q]\n");
	call(dave, "AddQueueMember", "q,Sim/carol");
	sim_pass(100);
	sim_hangup(dave);
	carol->refuse_ms = 50;
	carol->refuse_cause = RD_CAUSE_BUSY;
	call(alice, "Queue", "q,r");
	sim_pass(1000);
	conf("[q]\nretry = 1\nmember => Sim/bob\n");
	sim_pass(10000);
	assert_true(bob->called > 0);
	assert_true(carol->called > 1);
}

/* ---- the file ---- */

static void a_hint_that_is_nowhere_is_invalid(void **state)
{
	(void)state;
	conf("[q]\nmember => Sim/bob,1,Bob,hint:1@x\nmember => Sim/carol\n");
	call(alice, "Queue", "q");
	sim_pass(1000);
	assert_int_equal(bob->called, 0);
	assert_int_equal(carol->called, 1);
}

static void what_is_wrong_is_refused(void **state)
{
	static const char *const wrong[] = {
		"[q]\nstrategy = best\n",        "[q]\nmember => bob\n",
		"[q]\nmember => Sim/bob,much\n", "[q]\njoinempty = sometimes\n",
		"[q]\nmaxlength = 3\n",          "[q]\nweight = x\n",
		"[q]\nretry = often\n",          "[q]\nmember => Sim/bob,-x\n",
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++)
		assert_int_equal(conf_dir_apply(queue->config, wrong[i]), -EINVAL);
}

static void all_that_is_wrong_is_told_at_once(void **state)
{
	(void)state;
	assert_int_equal(conf_dir_apply(queue->config, "[general]\nautofill = perhaps\n"
						       "[q]\nstrategy = best\n"
						       "[r]\nmember => bob\n"), -EINVAL);
	assert_non_null(strstr(conf_dir_findings(), "queues.conf:2: "));
	assert_non_null(strstr(conf_dir_findings(), "queues.conf:4: "));
	assert_non_null(strstr(conf_dir_findings(), "queues.conf:6: "));
}

static void what_asterisk_takes_for_a_number_is_taken(void **state)
{
	(void)state;
	conf("[q]\nweight = -1\nretry = none\nmember => Sim/bob,-3\n");
	assert_string_equal(conf_dir_findings(),
			    "queues.conf:3: warning: retry = none: 5s are taken; Queue(q,n) does "
			    "not try again\n"
			    "queues.conf:4: warning: member => Sim/bob,-3: no penalty is negative, "
			    "0 is taken\n");
	call(alice, "Queue", "q");
	sim_pass(1000);
	assert_int_equal(bob->called, 1);
}

/* Of the only kind that there is, no word; of the other one, what is instead. */
static void what_records_is_mixmonitor(void **state)
{
	static const struct {
		const char *conf, *said;
	} files[] = {
		{ "[general]\nmonitor-type = MixMonitor\n[q]\nmonitor-type = mixmonitor\n", "" },
		{ "[general]\nmonitor-type = Monitor\n",
		  "queues.conf:2: warning: monitor-type = Monitor: it is MixMonitor() that "
		  "records\n" },
		{ "[q]\nmonitor-type = Monitor\n", "queues.conf:2: warning: monitor-type = "
						   "Monitor: it is MixMonitor() that records\n" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(files); i++) {
		struct rd_config_report *report;
		void *snapshot;
		char *said;

		conf_dir_write("queues.conf", files[i].conf);
		assert_int_equal(rd_config_report_new(&report), 0);
		assert_int_equal(queue->config->build(&snapshot, report), 0);
		queue->config->discard(snapshot);
		said = conf_report_text(report);
		assert_string_equal(said, files[i].said);
		rd_free(said);
		rd_config_report_free(report);
	}
}

static void who_is_a_member_twice_is_called_once(void **state)
{
	(void)state;
	conf("[q]\nmember => Sim/bob\nmember => Sim/bob,5\n");
	assert_string_equal(conf_dir_findings(), "queues.conf:3: warning: member => Sim/bob,5: it "
						 "is a member already\n");
	call(alice, "Queue", "q");
	sim_pass(1000);
	assert_int_equal(bob->called, 1);
}

static void what_is_not_supported_is_said_when_the_dialplan_is_checked(void **state)
{
	char buf[128];
	const char *(*check)(const char *, char *, size_t) = rd_app_find("Queue")->check;

	(void)state;
	conf("[q]\n");
	assert_null(check("q,cCdhHiIkKnrRtTwWxXm(class)F(a^b^1),,hello,30", buf, sizeof(buf)));
	assert_non_null(check("q,z", buf, sizeof(buf)));
	assert_non_null(check("q,,http://x", buf, sizeof(buf)));
	assert_non_null(check("q,,,,,agi", buf, sizeof(buf)));
	assert_non_null(check("", buf, sizeof(buf)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ringall_rings_all_and_the_first_to_answer_has_the_call),
		TEST(without_c_the_call_ends_with_the_talk),
		TEST(linear_begins_with_the_first_and_goes_on_to_the_next),
		TEST(rrmemory_remembers_whom_it_rang_last),
		TEST(fewestcalls_prefers_who_has_had_less),
		TEST(a_lower_penalty_is_rung_first_and_a_refusal_leads_to_the_next),
		TEST(two_callers_are_served_side_by_side),
		TEST(without_autofill_the_second_waits_for_the_first),
		TEST(who_talks_is_rung_again_when_he_has_hung_up_and_rested),
		TEST(who_talks_elsewhere_is_not_rung),
		TEST(the_one_of_more_weight_comes_first),
		TEST(its_time_is_up),
		TEST(n_rings_once),
		TEST(a_full_one_and_an_empty_one_take_nobody),
		TEST(words_for_who_counts_as_absent),
		TEST(who_rings_for_another_caller_is_not_in_use),
		TEST(whoever_waits_leaves_when_the_last_member_pauses),
		TEST(who_hangs_up_has_given_up),
		TEST(members_come_and_go_by_applications),
		TEST(who_is_paused_is_rung_when_he_is_back),
		TEST(a_reload_keeps_who_waits_and_who_was_added),
		TEST(a_hint_that_is_nowhere_is_invalid),
		TEST(what_is_wrong_is_refused),
		TEST(all_that_is_wrong_is_told_at_once),
		TEST(what_asterisk_takes_for_a_number_is_taken),
		TEST(what_records_is_mixmonitor),
		TEST(who_is_a_member_twice_is_called_once),
		TEST(what_is_not_supported_is_said_when_the_dialplan_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
