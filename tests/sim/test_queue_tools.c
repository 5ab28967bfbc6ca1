/* What the dialplan, the console and lamps know of queues, and what outlives a restart. */
#include "tests/sim/queue_rig.h"

#include <ringdown/tech.h>

#include "core/call/call.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/console.h"

/* Alice has waited two seconds and talked three, to bob; the second caller gave up. */
static void one_served_one_abandoned(void)
{
	bob->answer_ms = 2000;
	bob->hangup_ms = 5000;
	dials(alice, "Queue(q)");
	sim_pass(6000);
	dials(dave, "PauseQueueMember(q,Sim/bob)\nQueue(q)");
	sim_pass(1000);
	sim_hangup(dave);
	sim_pass(100);
}

/* -- functions -------------------------------------------------------------------------- */

static void members_are_counted_by_what_they_do(void **state)
{
	(void)state;
	queues("[q]\nwrapuptime = 100\nringinuse = no\nmember => Sim/bob\nmember => Sim/carol\n"
	       "member => Sim/dave\nmember => Sim/alice,,,,,,yes\n");
	carol->unreachable = true;
	dials(dave, "Pause(60)");
	sim_pass(100);
	assert_string_equal(asks("${QUEUE_MEMBER(q,count)}"), "4");
	assert_string_equal(asks("${QUEUE_MEMBER_COUNT(q)}"), "3");
	assert_string_equal(asks("${QUEUE_MEMBER(q,logged)}"), "3");
	assert_string_equal(asks("${QUEUE_MEMBER(q,free)}"), "1");
	assert_string_equal(asks("${QUEUE_MEMBER(q,ready)}"), "1");
	bob->answer_ms = 500;
	bob->hangup_ms = 1000;
	dials(alice, "Queue(q)");
	sim_pass(2000);
	assert_string_equal(asks("${QUEUE_MEMBER(q,free)}"), "1");
	assert_string_equal(asks("${QUEUE_MEMBER(q,ready)}"), "0");
	assert_string_equal(asks("${QUEUE_MEMBER_LIST(q)}"),
			    "Sim/bob,Sim/carol,Sim/dave,Sim/alice");
}

static void a_member_can_be_asked_about_and_changed(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob,3\n");
	assert_string_equal(asks("${QUEUE_MEMBER(q,penalty,Sim/bob)}"), "3");
	assert_string_equal(asks("${QUEUE_MEMBER_PENALTY(q,Sim/bob)}"), "3");
	assert_string_equal(asks("${QUEUE_MEMBER(q,ringinuse,Sim/bob)}"), "1");
	dials(dave, "Set(QUEUE_MEMBER_PENALTY(q,Sim/bob)=7)\n"
		    "Set(QUEUE_MEMBER(q,paused,Sim/bob)=1)\n"
		    "Set(QUEUE_MEMBER(q,ringinuse,Sim/bob)=0)");
	sim_pass(100);
	assert_string_equal(log_lines(), "PENALTY Sim/bob 7, PAUSE Sim/bob");
	assert_string_equal(asks("${QUEUE_MEMBER(q,penalty,Sim/bob)}"), "7");
	assert_string_equal(asks("${QUEUE_MEMBER(q,paused,Sim/bob)}"), "1");
	assert_string_equal(asks("${QUEUE_MEMBER(q,ringinuse,Sim/bob)}"), "0");
	assert_string_equal(asks("${QUEUE_MEMBER(q,penalty,Sim/nobody)}"), "");
}

static void whoever_waits_can_be_asked_for(void **state)
{
	(void)state;
	queues("[q]\n");
	assert_string_equal(asks("${QUEUE_WAITING_COUNT(q)}"), "0");
	dials(alice, "Queue(q)");
	sim_pass(100);
	dials(dave, "Queue(q)");
	sim_pass(100);
	assert_string_equal(asks("${QUEUE_WAITING_COUNT(q)}"), "2");
	assert_int_equal(strncmp(asks("${QUEUE_GET_CHANNEL(q,2)}"), "Sim/dave-", 9), 0);
	assert_string_equal(asks("${QUEUE_GET_CHANNEL(q,3)}"), "");
	assert_string_equal(asks("${QUEUE_EXISTS(q)}${QUEUE_EXISTS(p)}"), "10");
}

static void a_queue_can_be_asked_for_all_it_knows(void **state)
{
	(void)state;
	queues("[q]\nmaxlen = 9\nservicelevel = 10\nstrategy = linear\nmember => Sim/bob\n");
	one_served_one_abandoned();
	assert_string_equal(
		asks("${QUEUE_VARIABLES(q)} ${QUEUEMAX} ${QUEUESTRATEGY} ${QUEUECALLS} "
		     "${QUEUECOMPLETED} ${QUEUEABANDONED} ${QUEUESRVLEVEL} ${QUEUESRVLEVELPERF}"),
		"0 9 linear 0 1 1 10 100.0");
	assert_string_equal(asks("${QUEUE_VARIABLES(nowhere)}"), "-1");
}

static void the_part_served_in_time_has_a_decimal(void **state)
{
	(void)state;
	queues("[q]\nservicelevel = 3\nmember => Sim/bob\n");
	bob->hangup_ms = 6000;
	for (int calls = 0; calls < 3; calls++) {
		bob->answer_ms = calls == 1 ? 4000 : 1000;
		dials(alice, "Queue(q)");
		sim_pass(12000);
	}
	assert_string_equal(asks("${QUEUE_VARIABLES(q)} ${QUEUESRVLEVELPERF}"), "0 66.7");
}

static void the_dialplan_adds_a_line_to_the_log(void **state)
{
	(void)state;
	queues("[q]\n");
	dials(dave, "QueueLog(q,NONE,Sim/bob,TRAINING,a|b)\nQueueLog(q)");
	sim_pass(100);
	assert_string_equal(log_lines(), "TRAINING Sim/bob a b");
}

static void a_member_may_be_added_paused(void **state)
{
	(void)state;
	queues("[general]\nlog_membername_as_agent = yes\n[q]\n");
	dials(dave, "AddQueueMember(q,Sim/bob,,pr(training),Bob)");
	sim_pass(100);
	assert_string_equal(log_lines(), "ADDMEMBER Bob PAUSED");
	assert_string_equal(asks("${QUEUE_MEMBER(q,paused,Sim/bob)}"), "1");
	assert_console(queue_module->commands, "queue show q", 0,
		       "q: 0 waiting, ringall strategy, 0 s holdtime, 0 s talktime, weight 0, 0 "
		       "completed, 0 abandoned, 0.0 % within 0 s\n  Members:\n"
		       "    Bob (Sim/bob) dynamic, penalty 0, paused for training, 0 calls\n"
		       "  No callers\n");
}

/* The first talk is the mean of one, and each later one counts for a quarter. */
static void a_talk_counts_when_it_is_over(void **state)
{
	(void)state;
	queues("[q]\nservicelevel = 10\nmember => Sim/bob\n");
	bob->answer_ms = 1000;
	bob->hangup_ms = 9000;
	dials(alice, "Queue(q)");
	sim_pass(5000);
	assert_string_equal(asks("${QUEUE_VARIABLES(q)} ${QUEUECOMPLETED} ${QUEUESRVLEVELPERF}"),
			    "0 0 0.0");
	sim_pass(6000);
	assert_string_equal(asks("${QUEUE_VARIABLES(q)} ${QUEUECOMPLETED} ${QUEUESRVLEVELPERF} "
				 "${QUEUETALKTIME}"),
			    "0 1 100.0 8");
	bob->hangup_ms = 5000;
	dials(alice, "Queue(q)");
	sim_pass(7000);
	assert_string_equal(asks("${QUEUE_VARIABLES(q)} ${QUEUECOMPLETED} ${QUEUETALKTIME}"),
			    "0 2 7");
}

/* -- the console -------------------------------------------------------------------------- */

static void the_console_adds_pauses_and_removes(void **state)
{
	const struct rd_cli_command *commands = queue_module->commands;

	(void)state;
	queues("[q]\nmember => Sim/carol\n");
	assert_console(commands, "queue add member Sim/bob to q penalty 2 as Bob", 0, "");
	assert_console(commands, "queue add member Sim/bob to q", 1,
		       "Sim/bob is a member already\n");
	assert_console(commands, "queue add member bob to q", 1,
		       "bob is not TECHNOLOGY/RESOURCE\n");
	assert_console(commands, "queue add member Sim/bob to p", 1, "No queue \"p\"\n");
	assert_console(commands, "queue pause member Sim/bob queue q reason lunch", 0, "");
	assert_console(commands, "queue unpause member Sim/bob", 0, "");
	assert_console(commands, "queue set penalty 5 on Sim/bob in q", 0, "");
	assert_console(commands, "queue pause member Sim/dave", 1, "Sim/dave is no member\n");
	assert_console(commands, "queue remove member Sim/carol from q", 1,
		       "Sim/carol is a member by queues.conf\n");
	assert_console(commands, "queue remove member Sim/bob from q", 0, "");
	assert_string_equal(log_lines(),
			    "ADDMEMBER Sim/bob, PAUSE Bob lunch, UNPAUSE Bob, UNPAUSEALL Sim/bob, "
			    "PENALTY Sim/bob 5, REMOVEMEMBER Sim/bob");
	assert_int_equal(console(commands, "queue add member Sim/bob"), -EINVAL);
	assert_int_equal(console(commands, "queue set penalty much on Sim/bob"), -EINVAL);
}

static void the_console_shows_and_forgets_what_was_counted(void **state)
{
	const struct rd_cli_command *commands = queue_module->commands;

	(void)state;
	queues("[q]\nservicelevel = 1\nmember => Sim/bob,0,Bob\n");
	one_served_one_abandoned();
	assert_console(commands, "queue show q", 0,
		       "q: 0 waiting, ringall strategy, 0 s holdtime, 3 s talktime, weight 0, "
		       "1 completed, 1 abandoned, 0.0 % within 1 s\n  Members:\n"
		       "    Bob (Sim/bob) penalty 0, paused, 1 calls\n  No callers\n");
	assert_console(commands, "queue reset stats q", 0, "");
	assert_int_equal(console(commands, "queue show"), 0);
	assert_non_null(strstr(console_text(), "0 completed, 0 abandoned"));
	assert_non_null(strstr(console_text(), "paused, 0 calls"));
	assert_int_equal(console(commands, "queue pause member Sim/bob queue q reason tea"), 0);
	assert_int_equal(console(commands, "queue show q"), 0);
	assert_non_null(strstr(console_text(), "paused for tea, 0 calls"));
	assert_int_equal(console(commands, "queue add member Nobody/1 to q"), 0);
	assert_int_equal(console(commands, "queue pause member Nobody/1 queue q reason tea"), 0);
	assert_int_equal(console(commands, "queue show q"), 0);
	assert_non_null(strstr(console_text(), "invalid, paused for tea, 0 calls"));
	assert_console(commands, "queue show p", 1, "No queue \"p\"\n");
	queues_restart("[q]\nmember => Sim/bob,0,Bob\n");
	assert_int_equal(console(commands, "queue show q"), 0);
	assert_non_null(strstr(console_text(), "0 completed, 0 abandoned"));
	assert_non_null(strstr(console_text(), "paused for tea, 0 calls"));
}

/* -- lamps --------------------------------------------------------------------------------- */

static const char *lamp(const char *device)
{
	return rd_device_state_name(rd_device_state(device));
}

static char lit[256];

static void note_lamp(const struct rd_event *event, void *arg)
{
	size_t n = strlen(lit);

	(void)arg;
	if (strncmp(event->name, "Queue:", 6) == 0)
		snprintf(lit + n, sizeof(lit) - n, "%s %s, ", event->name + 6, event->text);
}

static void lamps_follow_callers_members_and_pauses(void **state)
{
	static const struct rd_subscriber watch = { .name = "lamps",
						    .types = RD_EVENT_BIT(RD_EVENT_DEVICE_STATE),
						    .notify = note_lamp };

	(void)state;
	queues("[q]\nringinuse = no\nmember => Sim/bob\n");
	assert_string_equal(lamp("Queue:q"), "NOT_INUSE");
	assert_string_equal(lamp("Queue:q_avail"), "NOT_INUSE");
	assert_string_equal(lamp("Queue:q_pause_Sim/bob"), "NOT_INUSE");
	assert_string_equal(lamp("Queue:nowhere"), "INVALID");
	assert_int_equal(rd_subscribe(&watch), 0);
	lit[0] = '\0';
	dials(dave, "PauseQueueMember(q,Sim/bob)\nQueue(q)");
	sim_pass(100);
	sim_hangup(dave);
	sim_pass(100);
	rd_unsubscribe(&watch);
	assert_string_equal(lit, "q_avail INUSE, q_pause_Sim/bob INUSE, q RINGING, q NOT_INUSE, ");
}

/* -- over a restart ------------------------------------------------------------------------- */

static void what_was_counted_is_there_after_a_restart(void **state)
{
	const char *conf = "[q]\nservicelevel = 10\nstrategy = fewestcalls\nmember => Sim/bob\n"
			   "member => Sim/carol\n";

	(void)state;
	queues(conf);
	one_served_one_abandoned();
	queues_restart(conf);
	assert_string_equal(asks("${QUEUE_VARIABLES(q)} ${QUEUECOMPLETED} ${QUEUEABANDONED} "
				 "${QUEUESRVLEVELPERF}"),
			    "0 1 1 100.0");
	bob->called = carol->called = 0;
	dials(alice, "Queue(q)");
	sim_pass(1000);
	assert_int_equal(carol->called, 1);
	assert_int_equal(bob->called, 0);
}

static bool has_begun;

static int state_of_late(const char *resource)
{
	(void)resource;
	return has_begun ? RD_DEVICE_UNAVAILABLE : RD_DEVICE_UNKNOWN;
}

static const struct rd_tech late = { .name = "Late", .device_state = state_of_late };

/* As each time the daemon starts: queues.conf is read before any module has begun. */
static void who_has_no_phone_counts_as_away_once_its_driver_is_there(void **state)
{
	(void)state;
	has_begun = false;
	assert_int_equal(rd__tech_add(&late, "test"), 0);
	queues("[q]\nmember => Late/1\n");
	assert_string_equal(lamp("Queue:q_avail"), "NOT_INUSE");
	has_begun = true;
	rd_event_publish(&(struct rd_event){
		.type = RD_EVENT_MODULE, .name = "chan_late", .text = "loaded" });
	sim_pass(1);
	assert_string_equal(lamp("Queue:q_avail"), "INUSE");
	rd__tech_remove(&late);
}

static void who_comes_back_to_a_queue_begins_anew(void **state)
{
	(void)state;
	queues("[q]\n");
	dials(dave, "AddQueueMember(q,Sim/bob)");
	sim_pass(100);
	one_served_one_abandoned();
	assert_int_equal(console(queue_module->commands, "queue show q"), 0);
	assert_non_null(strstr(console_text(), ", 1 calls"));
	dials(dave, "RemoveQueueMember(q,Sim/bob)\nAddQueueMember(q,Sim/bob)");
	sim_pass(100);
	assert_int_equal(console(queue_module->commands, "queue show q"), 0);
	assert_non_null(strstr(console_text(), ", 0 calls"));
}

static void the_check_of_the_dialplan_knows_the_arguments(void **state)
{
	static const struct {
		const char *args, *wrong;
	} cases[] = {
		{ "q", "" },
		{ "q,cR,,,30", "" },
		{ ",c", "which queue?" },
		{ "q,,,,,,,,first", "a position is a number" },
		{ "q,,,,,script", "the argument AGI is not supported" },
		{ "nosuch,c", "queues.conf has no queue \"nosuch\"" },
		{ "q,,,,,,,up", "" },
		{ "q,,,,,,,down", "queuerules.conf has no rule \"down\"" },
		{ "q,b(there", "the parenthesis of option b is not closed in \"b(there\"" },
	};
	const struct rd_app *app = rd_app_find("Queue");
	char buf[256];

	(void)state;
	conf_dir_write("queuerules.conf", "[up]\npenaltychange => 3,1\n");
	queues("[q]\n");
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		const char *wrong = app->check(cases[i].args, buf, sizeof(buf));

		assert_string_equal(wrong ? wrong : "", cases[i].wrong);
	}
	app = rd_app_find("AddQueueMember");
	assert_null(app->check("q,Sim/bob,1,pr(tea)", buf, sizeof(buf)));
	assert_non_null(strstr(app->check("q,Sim/bob,1,x", buf, sizeof(buf)), "\"x\""));
	conf_dir_write("queuerules.conf", "");
}

static void the_check_of_the_dialplan_knows_the_queues_of_members(void **state)
{
	static const char *const none = "queues.conf has no queue \"p\"";
	static const struct {
		const char *app, *args, *wrong;
	} cases[] = {
		{ "AddQueueMember", "p,Sim/bob", none },
		{ "AddQueueMember", "", "which queue?" },
		{ "RemoveQueueMember", "q", "" },
		{ "RemoveQueueMember", "p", none },
		{ "PauseQueueMember", ",Sim/bob,,tea", "" },
		{ "PauseQueueMember", "q,Sim/bob", "" },
		{ "PauseQueueMember", "p,Sim/bob", none },
		{ "UnpauseQueueMember", "p,Sim/bob", none },
		{ "QueueLog", "p,NONE,Bob,TEA,now", "" },
		{ "QueueLog", "p,NONE,Bob,TEA", "" },
		{ "QueueLog", "q,NONE,Bob", "wants queue, uniqueid, agent and event" },
	};
	char buf[256];

	(void)state;
	queues("[q]\n");
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		const struct rd_app *app = rd_app_find(cases[i].app);
		const char *wrong = app->check(cases[i].args, buf, sizeof(buf));

		assert_string_equal(wrong ? wrong : "", cases[i].wrong);
	}
}

static void a_lamp_of_a_queue_that_is_none_is_named(void **state)
{
	static const char *const right[] = { "Queue:q", "Queue:q_avail", "Queue:q_pause_Sim/bob",
					     "Queue:a_avail", "Queue:a_avail_avail" };
	static const char *const wrong[] = { "Queue:p", "Queue:p_avail", "Queue:q_availx",
					     "Queue:p_pause_Sim/bob", "Queue:q_pause" };
	char buf[128], expected[96];

	(void)state;
	queues("[q]\n[a_avail]\n");
	for (size_t i = 0; i < RD_ARRAY_SIZE(right); i++)
		assert_null(rd_devices_fault(right[i], buf, sizeof(buf)));
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		snprintf(expected, sizeof(expected), "queues.conf has no queue \"%s\"",
			 wrong[i] + strlen("Queue:"));
		assert_string_equal(rd_devices_fault(wrong[i], buf, sizeof(buf)), expected);
	}
}

static void a_member_whom_nobody_could_ring_is_named(void **state)
{
	struct rd_config_report *report;
	void *snapshot;

	(void)state;
	conf_dir_write("queues.conf", "[q]\nmember => Sim/bob\nmember => DAHDI/3,1\n");
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(queue_module->config->build(&snapshot, report), 0);
	assert_null(rd_config_first_warning(report));
	queue_module->review(snapshot, report);
	assert_string_equal(rd_config_first_warning(report),
			    "queues.conf:3: warning: [q] member => DAHDI/3: there is nothing here "
			    "like Asterisk's technology DAHDI");
	rd_config_report_free(report);
	queue_module->config->discard(snapshot);
}

static void a_context_that_is_none_is_named(void **state)
{
	char *said;

	(void)state;
	conf_dir_write("queues.conf", "[r]\ncontext = sim\nmembergosub = sim,s,1\n"
				      "[q]\ncontext = gone\nmembergosub = away,s,1\n");
	sim_plan("[sim]\nexten => s,1,Note(a)\n");
	said = conf_dir_review(queue_module);
	assert_string_equal(said, "queues.conf:4: warning: [q] context = gone: there is no such "
				  "context\n"
				  "queues.conf:4: warning: [q] membergosub = away,s,1: there is no "
				  "such context\n");
	rd_free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(a_lamp_of_a_queue_that_is_none_is_named),
		QUEUE_TEST(a_member_whom_nobody_could_ring_is_named),
		QUEUE_TEST(a_context_that_is_none_is_named),
		QUEUE_TEST(members_are_counted_by_what_they_do),
		QUEUE_TEST(a_member_can_be_asked_about_and_changed),
		QUEUE_TEST(whoever_waits_can_be_asked_for),
		QUEUE_TEST(a_queue_can_be_asked_for_all_it_knows),
		QUEUE_TEST(the_part_served_in_time_has_a_decimal),
		QUEUE_TEST(a_talk_counts_when_it_is_over),
		QUEUE_TEST(the_dialplan_adds_a_line_to_the_log),
		QUEUE_TEST(a_member_may_be_added_paused),
		QUEUE_TEST(the_console_adds_pauses_and_removes),
		QUEUE_TEST(the_console_shows_and_forgets_what_was_counted),
		QUEUE_TEST(lamps_follow_callers_members_and_pauses),
		QUEUE_TEST(who_has_no_phone_counts_as_away_once_its_driver_is_there),
		QUEUE_TEST(who_comes_back_to_a_queue_begins_anew),
		QUEUE_TEST(what_was_counted_is_there_after_a_restart),
		QUEUE_TEST(the_check_of_the_dialplan_knows_the_arguments),
		QUEUE_TEST(the_check_of_the_dialplan_knows_the_queues_of_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
