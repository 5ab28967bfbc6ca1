/* What callers and members of queues hear, and keys that lead out. ~ is music; the other
 * letters are those of queue_rig.c. */
#include "tests/sim/queue_rig.h"

#include "tests/unit/conf_dir.h"

/* Nobody answers in this one; what is given comes on top. */
static void slow_queue(const char *options)
{
	char conf[512];

	snprintf(conf, sizeof(conf), "[q]\ntimeout = 300\nautofill = yes\n%s", options);
	queues(conf);
}

static void two_wait(const char *options)
{
	slow_queue(options);
	dials(dave, "Queue(q)");
	sim_pass(100);
	dials(alice, "Queue(q)");
}

/* -- music ------------------------------------------------------------------------------- */

static void music_is_heard_until_somebody_answers(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob\n");
	bob->answer_ms = 2000;
	dials(alice, "Queue(q)");
	assert_string_equal(hears(alice, 1900), "~");
	sim_pass(300);
	assert_int_equal(alice->hears, bob->says);
	assert_int_equal(bob->hears, alice->says);
}

static void r_is_ringing_instead(void **state)
{
	(void)state;
	queues("[q]\n");
	dials(alice, "Queue(q,r)");
	assert_string_equal(hears(alice, 1000), "");
	assert_true(alice->shown & 1u << RD_INDICATE_RINGING);
}

/* -- place and time ---------------------------------------------------------------------- */

static void the_second_is_told_his_place_again_and_again(void **state)
{
	(void)state;
	two_wait("announce-frequency = 20\n");
	assert_string_equal(hears(alice, 2000), "t2cy~");
	assert_string_equal(hears(alice, 17000), "~");
	assert_string_equal(hears(alice, 3000), "~t2cy~");
}

static void the_time_from_one_to_the_next_begins_with_the_first_word(void **state)
{
	(void)state;
	two_wait("announce-frequency = 5\nmin-announce-frequency = 5\n");
	sim_pass(49500);
	assert_string_equal(hears(alice, 1500), "~t2cy~");
	assert_string_equal(hears(alice, 3900), "~");
}

static void who_comes_forward_is_told_before_the_time(void **state)
{
	(void)state;
	two_wait("announce-frequency = 60\nmin-announce-frequency = 10\n");
	sim_pass(2000);
	sim_hangup(dave);
	assert_string_equal(hears(alice, 7000), "~");
	assert_string_equal(hears(alice, 3000), "~ny~");
}

static void who_has_to_step_back_is_told_unless_only_up(void **state)
{
	static const char *const heard[] = { "~t3cy~", "~" };

	(void)state;
	for (int only_up = 0; only_up < 2; only_up++) {
		two_wait(only_up ? "announce-frequency = 60\nmin-announce-frequency = 5\n"
				   "announce-position-only-up = yes\n"
				 : "announce-frequency = 60\nmin-announce-frequency = 5\n");
		sim_pass(3000);
		dials(erin, "Set(QUEUE_PRIO=5)\nQueue(q)");
		assert_string_equal(hears(alice, 10000), heard[only_up]);
		sim_hangup(alice);
		sim_hangup(dave);
		sim_hangup(erin);
		sim_pass(100);
	}
}

static void the_first_is_told_nothing_while_members_ring(void **state)
{
	(void)state;
	slow_queue("announce-frequency = 20\nmember => Sim/bob\n");
	dials(alice, "Queue(q)");
	assert_string_equal(hears(alice, 1000), "~");
	sim_hangup(alice);
	sim_pass(100);
	slow_queue("announce-frequency = 20\nannounce-to-first-user = yes\nmember => Sim/bob\n");
	dials(alice, "Queue(q)");
	assert_string_equal(hears(alice, 1000), "ny~");
}

static void no_limit_and_more_say_less(void **state)
{
	(void)state;
	two_wait("announce-frequency = 60\nannounce-position = no\n");
	assert_string_equal(hears(alice, 2000), "~");
	sim_hangup(alice);
	sim_hangup(dave);
	sim_pass(100);
	two_wait("announce-frequency = 60\nannounce-position = limit\n"
		 "announce-position-limit = 1\n");
	assert_string_equal(hears(alice, 2000), "~");
	sim_hangup(alice);
	sim_hangup(dave);
	sim_pass(100);
	two_wait("announce-frequency = 60\nannounce-position = more\n"
		 "announce-position-limit = 1\n");
	assert_string_equal(hears(alice, 2000), "q1Qy~");
}

/* Erin has waited for 10 minutes 8 seconds: the mean is 152 seconds. */
static void erin_has_waited_long(void)
{
	bob->answer_ms = 608000;
	bob->hangup_ms = 610000;
	dials(erin, "Queue(q)");
	sim_pass(620000);
	bob->answer_ms = bob->hangup_ms = 0;
}

static void the_time_left_is_told_in_minutes_or_in_steps(void **state)
{
	(void)state;
	queues("[q]\ntimeout = 0\nmember => Sim/bob\n");
	erin_has_waited_long();
	two_wait("announce-frequency = 60\nannounce-position = no\nannounce-holdtime = yes\n");
	assert_string_equal(hears(alice, 2000), "h3my~");
	sim_hangup(alice);
	sim_hangup(dave);
	sim_pass(100);
	two_wait("announce-frequency = 20\nannounce-position = no\nannounce-holdtime = once\n"
		 "announce-round-seconds = 30\n");
	assert_string_equal(hears(alice, 2000), "h2mHsy~");
	assert_string_equal(hears(alice, 20000), "~y~");
}

static void prompts_can_be_others_or_none(void **state)
{
	(void)state;
	two_wait("announce-frequency = 60\nqueue-thereare = other\nqueue-thankyou =\n");
	assert_string_equal(hears(alice, 2000), "o2c~");
}

static void a_prompt_that_is_no_sound_is_left_out(void **state)
{
	(void)state;
	conf_dir_write("sounds/en/broken.wav", "this is no sound");
	two_wait("announce-frequency = 60\nqueue-thereare = broken\n");
	assert_string_equal(hears(alice, 2000), "2cy~");
	assert_non_null(alice->ch);
}

/* Each in its place, "other". */
static void every_word_has_its_option(void **state)
{
	static const char place[] = "announce-holdtime = no\n";
	static const char more[] = "announce-position = more\nannounce-position-limit = 1\n"
				   "announce-holdtime = no\n";
	static const char time[] = "announce-position = no\nannounce-holdtime = yes\n";
	static const char steps[] = "announce-position = no\nannounce-holdtime = yes\n"
				    "announce-round-seconds = 30\n";
	static const struct {
		const char *option, *say, *heard;
	} rows[] = {
		{ "queue-thereare", place, "o2cy~" },
		{ "queue-callswaiting", place, "t2oy~" },
		{ "queue-thankyou", place, "t2co~" },
		{ "queue-quantity1", more, "o1Qy~" },
		{ "queue-quantity2", more, "q1oy~" },
		{ "queue-holdtime", time, "o3my~" },
		{ "queue-minutes", time, "h3oy~" },
		{ "queue-seconds", steps, "h2mHoy~" },
	};
	char options[256];

	(void)state;
	queues("[q]\ntimeout = 0\nmember => Sim/bob\n");
	erin_has_waited_long();
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		snprintf(options, sizeof(options), "announce-frequency = 60\n%s%s = other\n",
			 rows[i].say, rows[i].option);
		two_wait(options);
		assert_string_equal(hears(alice, 2000), rows[i].heard);
		sim_hangup(alice);
		sim_hangup(dave);
		sim_pass(100);
	}
	slow_queue("announce-frequency = 60\nannounce-to-first-user = yes\n"
		   "queue-youarenext = other\n");
	dials(alice, "Queue(q)");
	assert_string_equal(hears(alice, 1000), "oy~");
	sim_hangup(alice);
	sim_pass(100);
	queues("[q]\nreportholdtime = yes\nqueue-reporthold = other\nmember => Sim/bob\n");
	bob->answer_ms = 2000;
	dials(alice, "Queue(q)");
	sim_pass(2050);
	assert_string_equal(hears(bob, 400), "o2s");
}

/* The end of what is said is of the file that was in force at its beginning. */
static void a_reload_in_the_midst_of_a_prompt_harms_nobody(void **state)
{
	(void)state;
	two_wait("announce-frequency = 60\nqueue-callswaiting = other\nqueue-thankyou = hello\n");
	sim_pass(50);
	slow_queue("periodic-announce = vm-and\nperiodic-announce-frequency = 10\n");
	assert_string_equal(hears(alice, 3000), "t2ol~");
	assert_string_equal(hears(alice, 9000), "~&~");
}

/* -- again and again --------------------------------------------------------------------- */

static void the_periodic_ones_come_in_turn(void **state)
{
	(void)state;
	slow_queue("periodic-announce = hello,other\nperiodic-announce-frequency = 10\n"
		   "periodic-announce-startdelay = 5\n");
	dials(alice, "Queue(q)");
	assert_string_equal(hears(alice, 4900), "~");
	assert_string_equal(hears(alice, 1000), "~l~");
	assert_string_equal(hears(alice, 10000), "~o~");
	assert_string_equal(hears(alice, 10000), "~l~");
}

static void they_may_come_by_chance(void **state)
{
	char heard[64];
	size_t n = 0;

	(void)state;
	slow_queue("periodic-announce = hello,other\nperiodic-announce-frequency = 10\n"
		   "random-periodic-announce = yes\n");
	dials(alice, "Queue(q)");
	for (int i = 0; i < 40; i++)
		for (const char *mark = hears(alice, 10000); *mark; mark++)
			if (*mark != '~' && n + 1 < sizeof(heard))
				heard[n++] = *mark;
	heard[n] = '\0';
	assert_in_range(n, 38, 41);
	assert_non_null(strstr(heard, "ll"));
	assert_non_null(strstr(heard, "oo"));
}

/* -- keys -------------------------------------------------------------------------------- */

static void a_key_leads_out_from_music_prompts_and_ringing(void **state)
{
	(void)state;
	slow_queue("context = menu\nmember => Sim/bob\n");
	dials(alice, "Queue(q)");
	sim_pass(1000);
	sim_press(alice, '2');
	sim_pass(100);
	assert_int_equal(bob->hung_up, 0);
	sim_press(alice, '1');
	sim_pass(100);
	assert_int_equal(bob->hung_up, 1);
	assert_string_equal(sim_notes(), "key");
	slow_queue("context = menu\nannounce-frequency = 60\n");
	log_lines();
	dials(alice, "Queue(q)");
	sim_pass(150);
	sim_press(alice, '1');
	sim_pass(100);
	assert_string_equal(sim_notes(), "key key");
	assert_string_equal(log_lines(), "ENTERQUEUE NONE alice 1, EXITWITHKEY NONE 1 1 1 0");
	slow_queue("context = menu\n");
	dials(alice, "Queue(q)");
	sim_pass(1000);
	sim_press(alice, '1');
	sim_pass(100);
	assert_string_equal(sim_notes(), "key key key");
}

/* -- the member -------------------------------------------------------------------------- */

static void the_member_hears_who_comes_and_the_caller_music(void **state)
{
	(void)state;
	queues("[q]\nannounce = hello\nreportholdtime = yes\nmember => Sim/bob\n");
	bob->answer_ms = 2000;
	dials(alice, "Queue(q)");
	sim_pass(2050);
	assert_int_equal(alice->hears, 240); /* music */
	assert_string_equal(hears(bob, 400), "lr2s");
	sim_pass(500);
	assert_int_equal(alice->hears, bob->says);
}

/* Already while he is told, so that a routine on his leg can read it. */
static void both_can_read_who_talks_to_whom(void **state)
{
	struct rd_channel *ch;

	(void)state;
	queues("[q]\nsetqueuevar = yes\nmaxlen = 7\nmemberdelay = 2\nmember => Sim/bob,3,Bob\n");
	bob->answer_ms = 1500;
	ch = dials(alice, "Queue(q)");
	sim_pass(1000);
	assert_string_equal(variable_of(ch, "QUEUEMAX"), "7");
	assert_string_equal(variable_of(ch, "QUEUECALLS"), "1");
	sim_pass(1000);
	assert_string_equal(variable_of(bob->ch, "MEMBERNAME"), "Bob");
	assert_string_equal(variable_of(bob->ch, "MEMBERPENALTY"), "3");
	assert_string_equal(variable_of(bob->ch, "MEMBERLASTCALL"), "0");
	assert_string_equal(variable_of(bob->ch, "MEMBERDYNAMIC"), "0");
	assert_string_equal(variable_of(bob->ch, "QEHOLDTIME"), "1");
	assert_string_equal(variable_of(bob->ch, "QEORIGINALPOS"), "1");
	assert_string_equal(variable_of(bob->ch, "QUEUENAME"), "q");
	assert_string_equal(variable_of(bob->ch, "QUEUEMAX"), "7");
	bob->hangup_ms = 0;
	sim_pass(4000);
	sim_hangup(bob);
	sim_pass(100);
	assert_string_equal(variable_of(ch, "QEORIGINALPOS"), "1");
	assert_string_equal(variable_of(ch, "ANSWEREDTIME"), "2");
	assert_string_equal(variable_of(ch, "DIALEDTIME"), "6");
}

static void the_argument_comes_before_the_option(void **state)
{
	(void)state;
	queues("[q]\nannounce = hello\nmember => Sim/bob\n");
	bob->answer_ms = 500;
	dials(alice, "Queue(q,,,other)");
	assert_string_equal(hears(bob, 800), "o");
}

static void a_routine_runs_on_the_member(void **state)
{
	(void)state;
	queues("[q]\nmembergosub = routine\nmember => Sim/bob\n");
	bob->answer_ms = 500;
	dials(alice, "Queue(q)");
	sim_pass(1000);
	assert_string_equal(sim_notes(), "routine");
	assert_int_equal(alice->hears, bob->says);
	sim_hangup(alice);
	sim_pass(100);
	queues("[q]\nmember => Sim/bob\n");
	dials(alice, "Queue(q,,,,,,routine)");
	sim_pass(1000);
	assert_string_equal(sim_notes(), "routine routine");
}

static void routines_run_on_the_legs_and_on_the_caller_before_they_ring(void **state)
{
	(void)state;
	queues("[q]\nmember => Sim/bob\nmember => Sim/carol\n");
	dials(alice, "Queue(q,b(noted^s^1(leg))B(noted^s^1(caller)))");
	sim_pass(500);
	assert_string_equal(sim_notes(), "caller-alice leg-bob leg-carol");
	assert_int_equal(bob->called, 1);
}

static void the_caller_may_hear_something_before_they_talk(void **state)
{
	(void)state;
	queues("[q]\nqueue-callerannounce = hello\nmember => Sim/bob\n");
	bob->answer_ms = 500;
	dials(alice, "Queue(q)");
	assert_string_equal(hears(alice, 1000), "~l");
	assert_int_equal(alice->hears, bob->says);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(music_is_heard_until_somebody_answers),
		QUEUE_TEST(r_is_ringing_instead),
		QUEUE_TEST(the_second_is_told_his_place_again_and_again),
		QUEUE_TEST(the_time_from_one_to_the_next_begins_with_the_first_word),
		QUEUE_TEST(who_comes_forward_is_told_before_the_time),
		QUEUE_TEST(who_has_to_step_back_is_told_unless_only_up),
		QUEUE_TEST(the_first_is_told_nothing_while_members_ring),
		QUEUE_TEST(no_limit_and_more_say_less),
		QUEUE_TEST(the_time_left_is_told_in_minutes_or_in_steps),
		QUEUE_TEST(prompts_can_be_others_or_none),
		QUEUE_TEST(a_prompt_that_is_no_sound_is_left_out),
		QUEUE_TEST(every_word_has_its_option),
		QUEUE_TEST(a_reload_in_the_midst_of_a_prompt_harms_nobody),
		QUEUE_TEST(the_periodic_ones_come_in_turn),
		QUEUE_TEST(they_may_come_by_chance),
		QUEUE_TEST(a_key_leads_out_from_music_prompts_and_ringing),
		QUEUE_TEST(the_member_hears_who_comes_and_the_caller_music),
		QUEUE_TEST(both_can_read_who_talks_to_whom),
		QUEUE_TEST(the_argument_comes_before_the_option),
		QUEUE_TEST(a_routine_runs_on_the_member),
		QUEUE_TEST(routines_run_on_the_legs_and_on_the_caller_before_they_ring),
		QUEUE_TEST(the_caller_may_hear_something_before_they_talk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
