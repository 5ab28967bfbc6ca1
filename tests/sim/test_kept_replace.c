/* New files in the place of modules that keep small things across calls, or write down what
 * happens: groups, locks, causes, what people want, records. */
#include <stdlib.h>

#include "tests/sim/replacing.h"

static struct rd_test_phone *alice, *bob;

static void begin(const char *module, const char *plan)
{
	alice = rd_test_phone("alice");
	bob = rd_test_phone("bob");
	rd_test_speak(alice, 440, 8000);
	rd_test_load("app_answer");
	rd_test_load("app_wait");
	rd_test_load("app_set");
	rd_test_load("app_dial");
	rd_test_load("func_global");
	replacing_load(module);
	rd_test_dialplan(plan);
}

static void groups_are_counted_on(void **state)
{
	(void)state;
	begin("func_groupcount", "[sim]\nexten => 1,1,Set(GROUP()=a)\n same => n,Wait(60)\n");
	rd_test_call(alice, "1");
	rd_test_pass(500);
	replacing_replace("func_groupcount");
	assert_string_equal(rd_test_expand("${GROUP_COUNT(a)}"), "1");
	rd_test_call(bob, "1");
	rd_test_pass(500);
	assert_string_equal(rd_test_expand("${GROUP_COUNT(a)}"), "2");
	rd_test_hang_up(alice);
	rd_test_pass(500);
	assert_string_equal(rd_test_expand("${GROUP_COUNT(a)}"), "1");
	rd_test_hang_up(bob);
	rd_test_pass(500);
	assert_string_equal(rd_test_expand("${GROUP_COUNT(a)}"), "0");
}

static void a_lock_is_one_for_both(void **state)
{
	(void)state;
	begin("func_lock", "[sim]\nexten => 1,1,Set(GLOBAL(GOT)=${GLOBAL(GOT)}${LOCK(door)})\n"
			   " same => n,Wait(2)\n same => n,Set(X=${UNLOCK(door)})\n"
			   " same => n,Wait(60)\n");
	rd_test_call(alice, "1");
	rd_test_pass(500);
	replacing_replace("func_lock");
	rd_test_call(bob, "1");
	rd_test_pass(1000);
	assert_string_equal(rd_test_expand("${GOT}"), "1");
	rd_test_pass(1000);
	assert_string_equal(rd_test_expand("${GOT}"), "11");
}

static void why_a_leg_ended_is_known(void **state)
{
	(void)state;
	begin("func_hangupcause",
	      "[sim]\nexten => 1,1,Dial(Sim/bob,5)\n same => n,Wait(2)\n"
	      " same => n,Set(GLOBAL(KEYS)=${HANGUPCAUSE_KEYS()})\n same => n,Wait(60)\n");
	rd_test_refuse(bob, 17);
	rd_test_call(alice, "1");
	rd_test_pass(1000);
	replacing_replace("func_hangupcause");
	rd_test_pass(2000);
	assert_int_equal(strncmp(rd_test_expand("${KEYS}"), "Sim/bob-", 8), 0);
}

static void states_that_were_set_stay(void **state)
{
	(void)state;
	begin("func_devstate", "[sim]\nexten => 1,1,Set(DEVICE_STATE(Custom:a)=INUSE)\n"
			       " same => n,Wait(60)\n");
	rd_test_call(alice, "1");
	rd_test_pass(500);
	replacing_replace("func_devstate");
	assert_string_equal(rd_test_expand("${DEVICE_STATE(Custom:a)}"), "INUSE");
}

static void what_people_want_is_obeyed(void **state)
{
	(void)state;
	begin("res_reach", "[sim]\nexten => 1,1,Dial(Sim/bob,5)\n"
			   " same => n,Set(GLOBAL(STATUS)=${DIALSTATUS})\n same => n,Wait(60)\n");
	rd_test_command("reach set bob dnd 1", NULL);
	replacing_replace("res_reach");
	replacing_expect("reach show bob", "dnd");
	rd_test_call(alice, "1");
	rd_test_pass(2000);
	assert_string_equal(rd_test_expand("${STATUS}"), "BUSY");
	rd_test_hang_up(alice);
	rd_test_command("reach set bob dnd 0", NULL);
	replacing_replace("res_reach");
	rd_test_call(alice, "1");
	rd_test_pass(2000);
	assert_true(rd_test_is_up(bob));
}

static void what_was_set_to_a_channel_is_found_and_ended(void **state)
{
	(void)state;
	begin("func_volume", "[sim]\nexten => 1,1,Answer()\n same => n,Set(VOLUME(RX)=3)\n"
			     " same => n,Wait(2)\n same => n,Set(GLOBAL(WAS)=${VOLUME(RX)})\n"
			     " same => n,Set(VOLUME(RX)=0)\n"
			     " same => n,Set(GLOBAL(IS)=${VOLUME(RX)})\n same => n,Wait(60)\n");
	rd_test_call(alice, "1");
	rd_test_pass(1000);
	replacing_replace("func_volume");
	rd_test_pass(2000);
	assert_string_equal(rd_test_expand("${WAS} ${IS}"), "3 1");
}

static void who_is_not_listened_to_any_more_is_not_told_of(void **state)
{
	(void)state;
	begin("func_talkdetect",
	      "[sim]\nexten => 1,1,Answer()\n same => n,Set(TALK_DETECT(set)=500)\n"
	      " same => n,Wait(2)\n same => n,Set(TALK_DETECT(remove)=)\n same => n,Wait(60)\n");
	rd_test_speak(alice, 0, 0);
	rd_test_watch(RD_EVENT_BIT(RD_EVENT_CHANNEL_TALK));
	rd_test_call(alice, "1");
	rd_test_pass(1000);
	replacing_replace("func_talkdetect");
	rd_test_pass(2000);
	rd_test_speak(alice, 440, 8000);
	rd_test_pass(2000);
	assert_string_equal(rd_test_events(), "");
}

/* Both ends of it are in the old code, which goes with them. */
static void who_is_behind_a_local_channel_talks_on(void **state)
{
	(void)state;
	rd_test_load("app_bridge");
	begin("chan_local", "[sim]\nexten => 1,1,Dial(Local/2@sim/n)\n"
			    "exten => 2,1,Dial(Sim/bob)\n");
	rd_test_call(alice, "1");
	rd_test_pass(2000);
	assert_in_range(rd_test_heard_hz(bob), 430, 450);
	replacing_replace("chan_local");
	rd_test_pass(2000);
	assert_in_range(rd_test_heard_hz(bob), 430, 450);
	rd_test_hang_up(alice);
	rd_test_pass(2000);
	assert_false(rd_test_is_up(bob));
	assert_int_equal(replacing_mapped(), 1);
	rd_test_call(alice, "1");
	rd_test_pass(2000);
	assert_in_range(rd_test_heard_hz(bob), 430, 450);
}

/* The new code hears that he is free, and calls back. */
static void who_waits_to_be_called_back_is(void **state)
{
	struct rd_test_phone *carol = rd_test_phone("carol");

	(void)state;
	begin("app_callcompletion", "[sim]\nexten => bob,1,Dial(Sim/bob,5)\n same => n,Hangup()\n"
				    "exten => 2,1,CallCompletionRequest()\n"
				    " same => n,Set(GLOBAL(RESULT)=${CC_REQUEST_RESULT})\n");
	rd_test_call(carol, "bob");
	rd_test_pass(1000);
	rd_test_refuse(bob, 17);
	rd_test_call(alice, "bob");
	rd_test_pass(1000);
	replacing_replace("app_callcompletion"); /* before he asks */
	rd_test_call(alice, "2");
	rd_test_pass(1000);
	assert_string_equal(rd_test_expand("${RESULT}"), "SUCCESS");
	replacing_replace("app_callcompletion");
	rd_test_pass(5000);
	assert_false(rd_test_is_up(alice));
	rd_test_answer_after(bob, 100);
	rd_test_hang_up(carol);
	rd_test_pass(3000);
	assert_true(rd_test_is_up(alice) && rd_test_is_up(bob));
	assert_in_range(rd_test_heard_hz(bob), 430, 450);
}

/* ---- records ---- */

#define TALK "[sim]\nexten => 1,1,Dial(Sim/bob,5)\n"

static void talk(const char *module, bool in_the_midst)
{
	rd_test_call(alice, "1");
	rd_test_pass(2000);
	if (in_the_midst)
		replacing_replace(module);
	rd_test_pass(2000);
	rd_test_hang_up(alice);
	rd_test_pass(100);
	replacing_replace(module);
	rd_test_pass(2000);
}

static void each_call_has_one_record(void **state)
{
	(void)state;
	begin("cdr", TALK);
	rd_test_watch(RD_EVENT_BIT(RD_EVENT_CALL_RECORD));
	for (int i = 0; i < 5; i++)
		talk("cdr", i % 2);
	assert_string_equal(rd_test_events(),
			    "CallRecord CallRecord CallRecord CallRecord CallRecord");
	replacing_expect("module show like cdr", "1 module loaded");
	assert_int_equal(replacing_mapped(), 8);
}

static void the_channel_event_log_has_each_event_once(void **state)
{
	char before[1024];

	(void)state;
	rd_test_file("cel.conf", "[general]\nenable = yes\napps = dial\nevents = ALL\n");
	begin("cel", TALK);
	rd_test_watch(RD_EVENT_BIT(RD_EVENT_CALL_EVENT));
	rd_test_call(alice, "1");
	rd_test_pass(4000);
	rd_test_hang_up(alice);
	rd_test_pass(2000);
	snprintf(before, sizeof(before), "%s", rd_test_events());
	assert_true(strlen(before) > 50);
	rd_test_watch(RD_EVENT_BIT(RD_EVENT_CALL_EVENT));
	talk("cel", true);
	assert_string_equal(rd_test_events(), before);
}

static int lines_of(const char *file)
{
	char path[1024];
	int c, lines = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", rd_directory("log"), file);
	in = fopen(path, "r");
	while (in && (c = getc(in)) != EOF)
		lines += c == '\n';
	if (in)
		fclose(in);
	return lines;
}

static void a_file_gets_each_record_once(void **state)
{
	(void)state;
	rd_test_load("cdr");
	begin("cdr_csv", TALK);
	for (int i = 0; i < 5; i++)
		talk("cdr_csv", i % 2);
	assert_int_equal(lines_of("cdr-csv/Master.csv"), 5);
}

static void what_happens_in_queues_is_written_once(void **state)
{
	(void)state;
	rd_test_file("queues.conf", "[support]\nmember => Sim/bob\n");
	rd_test_load("app_queue");
	begin("queue_log", "[sim]\nexten => 1,1,Queue(support)\n");
	talk("queue_log", true);
	assert_int_equal(lines_of("queue_log"), 4); /* QUEUESTART and three of the call */
}

static int lines_in(const char *text)
{
	int lines = 0;

	while ((text = strchr(text, '\n')) && *text++)
		lines++;
	return lines;
}

static void so_does_the_store(void **state)
{
	(void)state;
	rd_test_load("cdr");
	begin("cdr_sqlite", TALK);
	rd_test_load("call_report");
	for (int i = 0; i < 5; i++)
		talk("cdr_sqlite", i % 2);
	assert_int_equal(lines_in(rd_test_command("report calls --all --csv", NULL)), 1 + 5);
	assert_int_equal(replacing_mapped(), 1); /* it keeps nothing that would need old code */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPLACE(groups_are_counted_on),
		REPLACE(a_lock_is_one_for_both),
		REPLACE(why_a_leg_ended_is_known),
		REPLACE(states_that_were_set_stay),
		REPLACE(what_people_want_is_obeyed),
		REPLACE(what_was_set_to_a_channel_is_found_and_ended),
		REPLACE(who_is_not_listened_to_any_more_is_not_told_of),
		REPLACE(who_is_behind_a_local_channel_talks_on),
		REPLACE(who_waits_to_be_called_back_is),
		REPLACE(each_call_has_one_record),
		REPLACE(the_channel_event_log_has_each_event_once),
		REPLACE(a_file_gets_each_record_once),
		REPLACE(what_happens_in_queues_is_written_once),
		REPLACE(so_does_the_store),
	};

	replacing_as_built();
	return rd_test_run(tests);
}
