/* Channels: how they live, end, move, and what they are told. */
#include "tests/sim/sim.h"

#include <ringdown/function.h>

#include "core/call/call.h"

static struct sim_phone phones[2];
static struct sim_phone *alice = &phones[0], *bob = &phones[1];
static char told[256];
static int result;

static int begin(void **state)
{
	phones[0] = (struct sim_phone){ .name = "alice" };
	phones[1] = (struct sim_phone){ .name = "bob" };
	told[0] = '\0';
	result = 0;
	sim_begin(state);
	sim_phones(phones, 2);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

static void a_technology_is_found_by_both_names_until_it_goes(void **state)
{
	static const struct rd_tech tech = { .name = "Tin", .alias = "Can" };
	char name[32];

	(void)state;
	assert_int_equal(rd__tech_add(&tech, "test"), 0);
	assert_ptr_equal(rd_tech_find("tin"), &tech);
	assert_ptr_equal(rd_tech_find("CAN"), &tech);
	assert_ptr_equal(rd_tech_find("Tin"), &tech);
	assert_null(rd_tech_find("Ti"));
	assert_null(rd_tech_find("Tins"));
	assert_string_equal(rd_tech_proper_name("can/1", name, sizeof(name)), "Tin/1");
	assert_true(rd_device_alias("Tin/1", name, sizeof(name)));
	assert_string_equal(name, "Can/1");
	assert_non_null(rd_tech_find("Sim"));
	assert_ptr_equal(rd_tech_find("Can"), &tech);
	rd__tech_remove(&tech);
	assert_null(rd_tech_find("Can"));
	assert_null(rd_tech_find("Tin"));
}

static int wait_for_ever(struct rd_channel *ch)
{
	struct rd_signal signal;

	strcat(told, rd_channel_exten(ch));
	while ((result = rd_channel_wait(ch, RD_FOREVER, &signal)) == 0)
		strcat(told, ".");
	return result;
}

static int sleep_then_wait(struct rd_channel *ch)
{
	result = rd_channel_sleep(ch, 1000);
	strcat(told, result ? "cut " : "slept ");
	return wait_for_ever(ch);
}

static int read_three(struct rd_channel *ch)
{
	struct rd_signal signal;

	for (int i = 0; i < 3; i++) {
		int rc = rd_channel_wait_for(ch, RD_SIGNAL_BIT(RD_SIGNAL_DIGIT), 5000, &signal);

		if (rc)
			return result = rc;
		told[i] = (char)signal.number;
	}
	return 0;
}

static int sleep_then_read(struct rd_channel *ch)
{
	assert_int_equal(rd_channel_sleep(ch, 1000), 0);
	return read_three(ch);
}

static int answer(struct rd_channel *ch)
{
	return result = rd_answer(ch);
}

static int tell_its_state(struct rd_channel *ch)
{
	result = rd_device_state(rd_channel_device(ch));
	return 0;
}

static const struct sim_exten extens[] = {
	{ "wait", wait_for_ever },    { "sleep", sleep_then_wait }, { "read", read_three },
	{ "later", sleep_then_read }, { "answer", answer },	    { "T", wait_for_ever },
	{ "state", tell_its_state },
};

#define USE_EXTENS() sim_extens(extens, RD_ARRAY_SIZE(extens))

static void a_hangup_ends_the_wait_that_the_fiber_is_in(void **state)
{
	(void)state;
	USE_EXTENS();
	sim_call(alice, "wait");
	sim_pass(1000);
	sim_hangup(alice);
	sim_pass(1);
	assert_int_equal(result, -ECANCELED);
	assert_int_equal(alice->destroyed, 1);
	assert_int_equal(alice->hung_up, 0); /* it hung up by itself: nobody tells it */
	assert_int_equal(rd__fiber_count(), 0);
}

static void cancellation_is_sticky(void **state)
{
	(void)state;
	USE_EXTENS();
	sim_call(alice, "sleep");
	sim_pass(500);
	sim_hangup(alice);
	sim_pass(1);
	assert_string_equal(told, "cut sleep");
	assert_int_equal(result, -ECANCELED);
}

static void the_end_of_the_extension_hangs_up(void **state)
{
	(void)state;
	USE_EXTENS();
	sim_call(alice, "answer");
	sim_finish();
	assert_int_equal(result, 0);
	assert_int_equal(alice->answered, 1);
	assert_int_equal(alice->hung_up, 1);
	assert_int_equal(alice->cause, RD_CAUSE_NORMAL);
}

static void answering_waits_for_a_driver_that_takes_its_time(void **state)
{
	uint64_t before = rd_now_ms();

	(void)state;
	USE_EXTENS();
	alice->slow_answer = true;
	sim_call(alice, "answer");
	sim_finish();
	assert_int_equal(result, 0);
	assert_in_range(rd_now_ms() - before, 100, 110);
}

static void digits_that_nobody_waited_for_are_kept_in_order(void **state)
{
	(void)state;
	USE_EXTENS();
	sim_call(alice, "later");
	sim_pass(100);
	sim_press(alice, '1');
	sim_say(alice, RD_SIGNAL_TEXT, "dropped");
	sim_press(alice, '2');
	sim_pass(2000);
	sim_press(alice, '3');
	sim_finish();
	assert_memory_equal(told, "123", 3);
}

static void a_wait_ends_at_its_timeout(void **state)
{
	uint64_t before = rd_now_ms();

	(void)state;
	USE_EXTENS();
	sim_call(alice, "read");
	sim_finish();
	assert_int_equal(result, -ETIMEDOUT);
	assert_in_range(rd_now_ms() - before, 5000, 5001);
}

static void a_redirected_leg_goes_on_elsewhere_in_a_new_fiber(void **state)
{
	uint64_t before = rd__calls_started();
	struct rd_channel *ch;

	(void)state;
	USE_EXTENS();
	ch = sim_call(alice, "wait");
	sim_pass(1000);
	assert_int_equal(rd_channel_redirect(ch, "sim", "read", 1), 0);
	sim_pass(10);
	assert_false(rd_channel_moved(ch));
	assert_int_equal(rd__calls_started() - before, 1); /* it is the same call */
	sim_press(alice, '7');
	sim_press(alice, '8');
	sim_press(alice, '9');
	sim_finish();
	assert_memory_equal(told, "789", 3);
}

static void a_leg_that_is_gone_cannot_be_redirected(void **state)
{
	struct rd_channel *ch;

	(void)state;
	USE_EXTENS();
	ch = rd_channel_ref(sim_call(alice, "wait"));
	sim_pass(10);
	sim_hangup(alice);
	assert_int_equal(rd_channel_redirect(ch, "sim", "read", 1), -ECANCELED);
	rd_channel_unref(ch);
}

static void the_absolute_timeout_goes_to_T(void **state)
{
	struct rd_channel *ch;

	(void)state;
	USE_EXTENS();
	ch = sim_call(alice, "wait");
	rd_channel_set_timeout(ch, RD_TIMEOUT_ABSOLUTE, 3000);
	sim_pass(3100);
	assert_string_equal(told, "waitT");
	sim_hangup(alice);
}

static void the_absolute_timeout_hangs_up_where_there_is_no_T(void **state)
{
	struct rd_channel *ch;

	(void)state;
	sim_extens(extens, 1);
	ch = sim_call(alice, "wait");
	rd_channel_set_timeout(ch, RD_TIMEOUT_ABSOLUTE, 3000);
	sim_pass(3100);
	assert_int_equal(alice->hung_up, 1);
}

static void channels_are_found_by_name_uniqueid_and_device(void **state)
{
	struct rd_channel *ch, *found;

	(void)state;
	USE_EXTENS();
	ch = sim_call(alice, "wait");
	sim_call(bob, "wait");
	found = rd_channel_find(rd_channel_name(ch));
	assert_ptr_equal(found, ch);
	rd_channel_unref(found);
	found = rd_channel_find(rd_channel_uniqueid(ch));
	assert_ptr_equal(found, ch);
	rd_channel_unref(found);
	found = rd_channel_find("sim/ALICE");
	assert_ptr_equal(found, ch);
	rd_channel_unref(found);
	assert_null(rd_channel_find("Sim/carol"));
	assert_int_equal(rd_channel_count(), 2);
	sim_hangup(alice);
	assert_null(rd_channel_find("Sim/alice"));
	sim_hangup(bob);
}

static void variables_are_inherited_as_their_name_says(void **state)
{
	struct rd_channel *parent, *child, *grandchild;

	(void)state;
	USE_EXTENS();
	parent = sim_call(alice, "wait");
	child = sim_call(bob, "wait");
	grandchild = sim_call(bob, "wait");
	rd_var_set(parent, "own", "1");
	rd_var_set(parent, "_once", "2");
	rd_var_set(parent, "__ever", "3");
	rd_var_set(NULL, "global", "4");
	assert_int_equal(rd_channel_inherit(child, parent), 0);
	assert_int_equal(rd_channel_inherit(grandchild, child), 0);
	assert_null(rd_var_get(child, "own"));
	assert_string_equal(rd_var_get(child, "once"), "2");
	assert_string_equal(rd_var_get(child, "ever"), "3");
	assert_null(rd_var_get(grandchild, "once"));
	assert_string_equal(rd_var_get(grandchild, "__ever"), "3");
	assert_string_equal(rd_var_get(grandchild, "global"), "4");
	rd_var_set(parent, "ever", NULL);
	assert_null(rd_var_get(parent, "ever"));
	rd_hangup(parent, 16);
	rd_hangup(child, 16);
	rd_hangup(grandchild, 16);
}

static int divert(struct rd_channel *ch, const char *number, const char *reason, unsigned count)
{
	const struct rd_diversion by = {
		.who = { .name = "N", .number = number, .tag = "t" },
		.reason = reason,
		.count = count,
	};

	return rd_channel_divert(ch, &by);
}

static void assert_diverted(const struct rd_diversion *it, const char *number, const char *reason,
			    unsigned count)
{
	assert_non_null(it);
	assert_string_equal(it->who.number, number);
	assert_string_equal(it->reason, reason);
	assert_int_equal(it->count, count);
}

static void whoever_has_sent_a_call_on_is_known_to_all_its_legs(void **state)
{
	struct rd_channel *parent, *child;
	struct rd_diversion last;
	struct rd_buf text;

	(void)state;
	sim_load("func_callerid");
	USE_EXTENS();
	parent = sim_call(alice, "wait");
	child = sim_call(bob, "wait");
	assert_false(rd_channel_diversion(parent, &last));
	assert_int_equal(divert(parent, "77", "cfnr", 1), 0);
	assert_int_equal(divert(parent, "78", "dnd", 3), 0);
	assert_int_equal(divert(parent, "79", "cfb", 2), 0);
	assert_true(rd_channel_diversion(parent, &last));
	assert_diverted(&last, "79", "cfb", 2);
	assert_string_equal(rd_channel_party(parent, RD_PARTY_REDIRECTING_ORIG)->number, "77");
	assert_string_equal(rd_var_get(parent, "REDIRECTING_COUNT"), "6");
	rd_buf_init(&text);
	assert_int_equal(rd_function_read(parent, "REDIRECTING", "orig-reason", &text), 0);
	assert_string_equal(rd_buf_text(&text), "cfnr");
	rd_buf_fini(&text);
	assert_int_equal(rd_channel_inherit(child, parent), 0);
	rd_hangup(parent, 16);
	sim_pass(10);
	assert_diverted(rd_channel_diversion_before(child, 0), "78", "dnd", 3);
	assert_diverted(rd_channel_diversion_before(child, 1), "77", "cfnr", 1);
	assert_string_equal(rd_channel_diversion_before(child, 1)->who.name, "N");
	assert_null(rd_channel_diversion_before(child, 2));
	for (int i = 0; i < 100; i++)
		assert_int_equal(divert(child, "80", "cfu", 1), 0);
	assert_null(rd_channel_diversion_before(child, 20));
	rd_hangup(child, 16);
}

static void numbers_become_variables(void **state)
{
	static const struct {
		int64_t number;
		const char *text;
	} cases[] = { { 0, "0" }, { 16, "16" }, { -1, "-1" },
		      { INT64_MAX, "9223372036854775807" },
		      { INT64_MIN, "-9223372036854775808" } };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		assert_int_equal(rd_var_number(NULL, "n", cases[i].number), 0);
		assert_string_equal(rd_var_get(NULL, "n"), cases[i].text);
	}
	rd_var_set(NULL, "n", NULL);
}

static void a_device_is_in_use_while_it_has_channels(void **state)
{
	(void)state;
	USE_EXTENS();
	bob->unreachable = true;
	assert_int_equal(rd_device_state("Sim/alice"), RD_DEVICE_NOT_INUSE);
	assert_int_equal(rd_device_state("Sim/bob"), RD_DEVICE_UNAVAILABLE);
	assert_int_equal(rd_device_state("Sim/bob&Sim/alice"), RD_DEVICE_NOT_INUSE);
	assert_int_equal(rd_device_state("Nothing/alice"), RD_DEVICE_INVALID);
	sim_watch(RD_EVENT_BIT(RD_EVENT_DEVICE_STATE));
	sim_call(alice, "wait");
	assert_int_equal(rd_device_state("Sim/alice"), RD_DEVICE_INUSE);
	sim_pass(1);
	sim_say(alice, RD_SIGNAL_HOLD, "");
	assert_int_equal(rd_device_state("Sim/bob&Sim/alice"), RD_DEVICE_INUSE);
	sim_hangup(alice);
	sim_finish();
	assert_string_equal(sim_events(),
			    "DeviceState:INUSE DeviceState:ONHOLD DeviceState:NOT_INUSE");
}

static void a_driver_that_says_of_how_many_calls_a_device_is_busy_may_not_wait(void **state)
{
	(void)state;
	USE_EXTENS();
	alice->busy_at = 2;
	sim_call(alice, "state");
	sim_finish();
	assert_int_equal(result, RD_DEVICE_INUSE);
	alice->busy_at = 1;
	sim_call(alice, "state");
	sim_finish();
	assert_int_equal(result, RD_DEVICE_BUSY);
}

static void a_flood_of_digits_is_bounded(void **state)
{
	(void)state;
	USE_EXTENS();
	sim_call(alice, "sleep");
	sim_pass(1);
	for (int i = 0; i < 10000; i++)
		sim_press(alice, '5');
	sim_pass(2000);
	assert_in_range(strlen(told), strlen("slept sleep") + 64, strlen("slept sleep") + 128);
	sim_hangup(alice);
}

static int make_and_hang_up(void *arg)
{
	struct rd_channel *ch;
	struct rd_party party = { .name = "Alice", .number = "1001" };
	struct rd_channel_params params = {
		.tech = rd_tech_find("Sim"), .tech_data = alice, .base_name = "Sim/alice",
		.exten = "wait", .context = "sim", .language = "de", .account = "house",
	};
	int rc = rd_channel_new(&ch, &params);

	(void)arg;
	if (rc)
		return rc;
	rc = rd_channel_set_party(ch, RD_PARTY_CALLER, &party);
	if (!rc)
		rc = rd_var_set(ch, "__x", "y");
	if (!rc)
		rc = rd_channel_start(ch);
	rd_hangup(ch, RD_CAUSE_NORMAL);
	rd__sched_run_idle();
	return rc;
}

static void birth_without_memory_leaves_nothing_behind(void **state)
{
	(void)state;
	USE_EXTENS();
	make_and_hang_up(NULL); /* maps of the house that stay */
	assert_true(oom_sweep(make_and_hang_up, NULL) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_technology_is_found_by_both_names_until_it_goes),
		TEST(a_hangup_ends_the_wait_that_the_fiber_is_in),
		TEST(cancellation_is_sticky),
		TEST(the_end_of_the_extension_hangs_up),
		TEST(answering_waits_for_a_driver_that_takes_its_time),
		TEST(digits_that_nobody_waited_for_are_kept_in_order),
		TEST(a_wait_ends_at_its_timeout),
		TEST(a_redirected_leg_goes_on_elsewhere_in_a_new_fiber),
		TEST(a_leg_that_is_gone_cannot_be_redirected),
		TEST(the_absolute_timeout_goes_to_T),
		TEST(the_absolute_timeout_hangs_up_where_there_is_no_T),
		TEST(channels_are_found_by_name_uniqueid_and_device),
		TEST(variables_are_inherited_as_their_name_says),
		TEST(whoever_has_sent_a_call_on_is_known_to_all_its_legs),
		TEST(numbers_become_variables),
		TEST(a_device_is_in_use_while_it_has_channels),
		TEST(a_driver_that_says_of_how_many_calls_a_device_is_busy_may_not_wait),
		TEST(a_flood_of_digits_is_bounded),
		TEST(birth_without_memory_leaves_nothing_behind),
	};

	return RUN_GROUP(tests);
}
