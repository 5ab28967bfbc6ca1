/* Local channels: two ends of one, between a caller and the dialplan; and
 * the way that sound takes through them. */
#include "tests/sim/sim.h"

#include <stdio.h>

static struct sim_phone phones[3];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2];
static struct rd_dial_options options;
static struct rd_dial_result result;
static const char *targets;
static char winner[64];

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol" };

	for (size_t i = 0; i < 3; i++)
		phones[i] =
			(struct sim_phone){ .name = names[i], .says = (int16_t)(1000 * (i + 1)) };
	options = (struct rd_dial_options){ 0 };
	winner[0] = '\0';
	sim_begin(state);
	sim_phones(phones, 3);
	sim_sound();
	sim_load("chan_local");
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

static int dial_to(struct rd_channel *ch, const char *target, struct rd_dial_result *outcome)
{
	struct rd_channel *leg = NULL;
	int rc = rd_dial(ch, target, &options, &leg, outcome);

	if (!leg)
		return rc;
	rd_strcpy(winner, sizeof(winner), rd_channel_device(leg));
	rc = rd_answer(ch);
	if (!rc)
		rc = rd_bridge_run(ch, leg, NULL);
	rd_channel_let_go(leg, RD_CAUSE_NORMAL);
	return -ECANCELED;
}

static int dial(struct rd_channel *ch)
{
	return dial_to(ch, targets, &result);
}

static int ring_carol(struct rd_channel *ch)
{
	struct rd_dial_result ignored;

	return dial_to(ch, "Sim/carol", &ignored);
}

static const char *last_target; /* of the dialplan behind Local/ */

static int ring_last(struct rd_channel *ch)
{
	struct rd_dial_result ignored;

	dial_to(ch, last_target, &ignored);
	rd_hangup(ch, ignored.cause);
	return -ECANCELED;
}

static int ring_bob_and_carol(struct rd_channel *ch)
{
	struct rd_dial_result ignored;

	return dial_to(ch, "Sim/bob&Sim/carol", &ignored);
}

static int through_another(struct rd_channel *ch)
{
	struct rd_dial_result ignored;

	return dial_to(ch, "Local/carol@sim", &ignored);
}

static int ring_myself(struct rd_channel *ch)
{
	struct rd_dial_result ignored;

	return dial_to(ch, "Local/loop@sim", &ignored);
}

static int answer_and_wait(struct rd_channel *ch)
{
	int rc = rd_answer(ch);

	return rc ? rc : rd_channel_sleep(ch, 5000);
}

static int refuse(struct rd_channel *ch)
{
	return rd_indicate(ch, RD_INDICATE_BUSY);
}

static char seen[64]; /* what a dialplan behind Local/ finds in its variables */

static int look_at_variables(struct rd_channel *ch)
{
	static const char *const names[] = { "EVER", "ONCE", "MINE" };

	seen[0] = '\0';
	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++) {
		const char *text = rd_var_get(ch, names[i]);

		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s%s", i ? " " : "",
			 text ? text : "-");
	}
	return 0;
}

/* As after a Gosub() into a context that holds no numbers. */
static int dial_from_a_subroutine(struct rd_channel *ch)
{
	rd_channel_set_place(ch, "subroutine", "s", 7);
	return dial(ch);
}

static int dial_with_a_context_for_forwards(struct rd_channel *ch)
{
	rd_var_set(ch, "_FORWARD_CONTEXT", "forwards");
	return dial(ch);
}

static int set_and_dial(struct rd_channel *ch)
{
	rd_var_set(ch, "__EVER", "1");
	rd_var_set(ch, "_ONCE", "2");
	rd_var_set(ch, "MINE", "3");
	return dial(ch);
}

static const struct sim_exten extens[] = {
	{ "sub", dial_from_a_subroutine }, { "named", dial_with_a_context_for_forwards },
	{ "look", look_at_variables }, { "set", set_and_dial }, { "dial", dial },
	{ "carol", ring_carol }, { "loop", ring_myself }, { "team", ring_bob_and_carol },
	{ "last", ring_last },
	{ "answer", answer_and_wait }, { "busy", refuse }, { "further", through_another },
};

static void place_call(const char *target)
{
	targets = target;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(alice, "dial");
}

static bool was_shown(const struct sim_phone *phone, enum rd_indication what)
{
	return phone->shown & (1u << what);
}

static void a_forward_to_a_number_goes_through_the_dialplan(void **state)
{
	(void)state;
	bob->forward_ms = 100;
	bob->forward_to = "carol";
	carol->ring_ms = 100;
	carol->answer_ms = 1000;
	place_call("Sim/bob");
	sim_pass(300);
	assert_true(was_shown(alice, RD_INDICATE_RINGING));
	sim_pass(2000);
	assert_string_equal(winner, "Local/carol@sim");
	assert_string_equal(carol->shown_caller, "alice");
	assert_string_equal(alice->connected, "carol");
	sim_hangup(alice);
}

static void bob_forwards_to_carol(const char *exten)
{
	bob->forward_ms = 100;
	bob->forward_to = "carol";
	carol->answer_ms = 1000;
	targets = "Sim/bob";
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(alice, exten);
	sim_pass(2000);
	if (alice->ch)
		sim_hangup(alice);
}

static void a_forward_goes_to_the_context_of_who_forwards(void **state)
{
	(void)state;
	bob_forwards_to_carol("sub");
	assert_string_equal(winner, "Local/carol@sim");
}

static void a_forward_goes_to_the_context_that_is_named(void **state)
{
	(void)state;
	bob_forwards_to_carol("named");
	assert_string_equal(winner, "");
	assert_int_equal(carol->called, 0);
	assert_int_equal(result.status, RD_DIAL_CHANUNAVAIL);
}

static void an_answer_in_the_dialplan_answers_the_caller(void **state)
{
	(void)state;
	place_call("Local/answer@sim");
	sim_pass(100);
	assert_int_equal(alice->answered, 1);
	sim_finish();
	assert_int_equal(alice->hung_up, 1);
}

static void busy_in_the_dialplan_is_busy(void **state)
{
	(void)state;
	place_call("Local/busy@sim");
	sim_finish();
	assert_int_equal(result.status, RD_DIAL_BUSY);
}

static void an_extension_that_does_not_exist_cannot_be_called(void **state)
{
	(void)state;
	place_call("Local/nobody@sim");
	sim_finish();
	assert_int_equal(result.status, RD_DIAL_CHANUNAVAIL);
	assert_int_equal(result.cause, RD_CAUSE_UNALLOCATED);
	assert_int_equal(rd_device_state("Local/nobody@sim"), RD_DEVICE_INVALID);
	assert_int_equal(rd_device_state("Local/carol@sim"), RD_DEVICE_NOT_INUSE);
}

static void variables_inherited_once_reach_the_dialplan_behind_it(void **state)
{
	(void)state;
	targets = "Local/look@sim";
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(alice, "set");
	sim_finish();
	assert_string_equal(seen, "1 2 -");
}

static void dials_in_a_circle_end(void **state)
{
	(void)state;
	options.timeout_ms = 10000;
	place_call("Local/loop@sim");
	sim_finish();
	assert_int_not_equal(result.status, RD_DIAL_ANSWER);
}

/* Bob's forward leads back to him, by way of the dialplan. */
static void who_sent_a_call_on_is_not_called_by_it_again(void **state)
{
	(void)state;
	options.timeout_ms = 10000;
	bob->forward_ms = 100;
	bob->forward_to = "Local/team@sim";
	place_call("Sim/bob");
	sim_finish();
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 1);
}

/* Bob's forward leads back to him, who is dialled by that name there. */
static void is_not_called_again(const char *first, const char *then)
{
	int before = bob->called;

	last_target = then;
	bob->forward_ms = 100;
	bob->forward_to = "Local/last@sim";
	place_call(first);
	sim_finish();
	assert_int_equal(bob->called, before + 1);
	assert_int_equal(result.cause, RD_CAUSE_EXCHANGE_ROUTING_ERROR);
}

static void who_sent_a_call_on_is_known_by_any_name(void **state)
{
	/* More than any buffer for names has room for. */
	static const char long_name[] = "bob;transport=tcp;a=1234567890123456789012345678901234567"
					"89012345678901234567890123456789012345678901234567890";
	char target[sizeof(long_name) + 16];

	(void)state;
	options.timeout_ms = 10000;
	is_not_called_again("Sim/bob", "Sim/bob");
	is_not_called_again("Sim/bob", "Simulated/bob");
	is_not_called_again("Simulated/bob", "sim/bob");
	bob->name = long_name;
	snprintf(target, sizeof(target), "Sim/%s", long_name);
	is_not_called_again(target, target);
}

/* Whoever has taken it may send it to anybody: Carol, who does so, to Bob. */
static void who_answers_knows_nothing_of_those_who_sent_it_on(void **state)
{
	(void)state;
	bob->forward_ms = 100;
	bob->forward_to = "Sim/carol";
	carol->answer_ms = 100;
	place_call("Sim/bob");
	sim_pass(1000);
	assert_string_equal(winner, "Sim/carol");
	bob->forward_ms = 0;
	targets = "Sim/bob";
	assert_int_equal(rd_channel_redirect(carol->ch, "sim", "dial", 1), 0);
	sim_pass(1000);
	assert_int_equal(bob->called, 2);
	sim_hangup(bob);
	sim_hangup(carol);
	sim_finish();
}

static void the_hangup_of_either_side_ends_all(void **state)
{
	(void)state;
	carol->answer_ms = 100;
	for (int i = 0; i < 2; i++) {
		place_call("Local/further@sim");
		sim_pass(1000);
		assert_int_equal(rd_channel_count(), 6);
		sim_hangup(i ? alice : carol);
		sim_pass(10);
		assert_int_equal(rd_channel_count(), 0);
	}
}

static void keys_and_holding_go_through(void **state)
{
	(void)state;
	carol->answer_ms = 100;
	place_call("Local/carol@sim");
	sim_pass(1000);
	sim_press(alice, '5');
	sim_press(carol, '6');
	sim_say(alice, RD_SIGNAL_TEXT, "hello");
	sim_say(alice, RD_SIGNAL_HOLD, "");
	sim_pass(10);
	assert_string_equal(carol->digits, "5");
	assert_string_equal(alice->digits, "6");
	assert_string_equal(carol->text, "hello");
	assert_true(was_shown(carol, RD_INDICATE_HOLD));
	sim_hangup(alice);
}

static void both_hear_each_other_through_it(void **state)
{
	(void)state;
	carol->answer_ms = 100;
	place_call("Local/further@sim");
	sim_pass(2000);
	assert_int_equal(alice->hears, 3000);
	assert_int_equal(carol->hears, 1000);
	sim_hangup(alice);
}

static void the_caller_is_heard_where_the_dialplan_answers_alone(void **state)
{
	(void)state;
	place_call("Local/answer@sim");
	sim_pass(2000);
	assert_int_equal(alice->hears, 0);
	sim_hangup(alice);
}

static int call_without_memory(void *arg)
{
	struct rd_channel *ch;
	struct rd_channel_params params = sim_call_params(alice, "dial");
	int rc = rd_channel_new(&ch, &params);

	(void)arg;
	if (rc)
		return rc;
	rc = rd_channel_start(ch);
	if (rc)
		rd_hangup(ch, RD_CAUSE_SWITCH_CONGESTION);
	rd__sched_run_idle();
	return rc;
}

static void a_call_without_memory_leaves_nothing_behind(void **state)
{
	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	targets = "Local/carol@sim";
	options.timeout_ms = 3000;
	carol->answer_ms = 1000;
	carol->hangup_ms = 2000;
	call_without_memory(NULL);
	assert_true(oom_sweep_lenient(call_without_memory, NULL) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_forward_to_a_number_goes_through_the_dialplan),
		TEST(a_forward_goes_to_the_context_of_who_forwards),
		TEST(a_forward_goes_to_the_context_that_is_named),
		TEST(an_answer_in_the_dialplan_answers_the_caller),
		TEST(busy_in_the_dialplan_is_busy),
		TEST(an_extension_that_does_not_exist_cannot_be_called),
		TEST(variables_inherited_once_reach_the_dialplan_behind_it),
		TEST(dials_in_a_circle_end),
		TEST(who_sent_a_call_on_is_not_called_by_it_again),
		TEST(who_sent_a_call_on_is_known_by_any_name),
		TEST(who_answers_knows_nothing_of_those_who_sent_it_on),
		TEST(the_hangup_of_either_side_ends_all),
		TEST(keys_and_holding_go_through),
		TEST(both_hear_each_other_through_it),
		TEST(the_caller_is_heard_where_the_dialplan_answers_alone),
		TEST(a_call_without_memory_leaves_nothing_behind),
	};

	return RUN_GROUP(tests);
}
