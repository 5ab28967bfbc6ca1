/* Two legs in a bridge: what passes from one to the other, what keys do,
 * when it ends, and where the legs go then. */
#include "tests/sim/sim.h"

#include "core/call/bridge.h"

static struct sim_phone phones[3];
static struct sim_phone *alice = &phones[0], *bob = &phones[1];
static struct rd_bridge_options options;
static int end;
static char told[128];

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol" };

	for (size_t i = 0; i < 3; i++)
		phones[i] = (struct sim_phone){ .name = names[i], .answer_ms = 100 };
	options = (struct rd_bridge_options){ 0 };
	end = 0;
	told[0] = '\0';
	sim_begin(state);
	sim_phones(phones, 3);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

static int talk(struct rd_channel *ch)
{
	end = sim_talk(ch, "Sim/bob", &options);
	if (end < 0)
		return end;
	return end == RD_BRIDGE_CALLER_GONE ? -ECANCELED : 0;
}

static int tell_and_wait(struct rd_channel *ch)
{
	strcat(told, rd_channel_device(ch));
	strcat(told, " ");
	return rd_channel_sleep(ch, 60000);
}

static const struct sim_exten extens[] = {
	{ "talk", talk }, { "22", tell_and_wait }, { "222", tell_and_wait }
};

static void place_call(void)
{
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(alice, "talk");
	sim_pass(1000);
	assert_non_null(rd_bridge_next(NULL));
}

static void the_callee_who_hangs_up_ends_it(void **state)
{
	(void)state;
	place_call();
	sim_hangup(bob);
	sim_finish();
	assert_int_equal(end, RD_BRIDGE_PEER_GONE);
	assert_int_equal(alice->hung_up, 1);
}

static void the_caller_who_hangs_up_ends_it(void **state)
{
	(void)state;
	place_call();
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(end, RD_BRIDGE_CALLER_GONE);
	assert_int_equal(bob->hung_up, 1);
}

static void both_who_hang_up_in_the_same_moment_end_it(void **state)
{
	(void)state;
	place_call();
	sim_hangup(bob);
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(alice->destroyed, 1);
	assert_int_equal(bob->destroyed, 1);
}

static void a_bridge_is_seen_while_it_lasts(void **state)
{
	struct rd_channel *legs[4];
	struct rd_bridge *bridge;

	(void)state;
	sim_watch(RD_EVENT_BIT(RD_EVENT_BRIDGE_NEW) | RD_EVENT_BIT(RD_EVENT_BRIDGE_ENTER) |
		  RD_EVENT_BIT(RD_EVENT_BRIDGE_LEAVE) | RD_EVENT_BIT(RD_EVENT_BRIDGE_END) |
		  RD_EVENT_BIT(RD_EVENT_CHANNEL_END));
	place_call();
	bridge = rd_bridge_next(NULL);
	assert_int_equal(strlen(rd_bridge_id(bridge)), 36);
	assert_int_equal(rd_bridge_channels(bridge, legs, 4), 2);
	assert_ptr_equal(legs[0], alice->ch);
	assert_ptr_equal(legs[1], bob->ch);
	assert_ptr_equal(rd_channel_bridge(bob->ch), bridge);
	assert_null(rd_bridge_next(bridge));
	sim_hangup(bob);
	sim_finish();
	assert_string_equal(sim_events(), "BridgeNew BridgeEnter BridgeEnter BridgeLeave "
					  "BridgeLeave BridgeEnd ChannelEnd ChannelEnd");
}

static void digits_and_texts_pass_both_ways(void **state)
{
	(void)state;
	place_call();
	sim_press(alice, '1');
	sim_press(alice, '2');
	sim_press(bob, '#');
	sim_say(alice, RD_SIGNAL_TEXT, "hello");
	sim_pass(10);
	assert_string_equal(bob->digits, "12");
	assert_string_equal(alice->digits, "#");
	assert_string_equal(bob->text, "hello");
	sim_hangup(alice);
}

static void long_texts_pass_whole_the_latest_eight(void **state)
{
	char text[1000];

	(void)state;
	memset(text, 'a', sizeof(text));
	place_call();
	rd_channel_post_text(alice->ch, (struct rd_str){ text, 127 });
	sim_pass(10);
	assert_int_equal(bob->long_texts, 0);
	for (int i = 0; i < 12; i++)
		rd_channel_post_text(alice->ch, (struct rd_str){ text, sizeof(text) });
	sim_pass(10);
	assert_int_equal(bob->long_texts, 8);
	sim_hangup(alice);
}

static void hold_and_resume_are_passed_on(void **state)
{
	(void)state;
	place_call();
	sim_say(alice, RD_SIGNAL_HOLD, "");
	sim_pass(10);
	assert_true(bob->shown & (1u << RD_INDICATE_HOLD));
	sim_say(alice, RD_SIGNAL_RESUME, "");
	sim_pass(10);
	sim_press(alice, '1');
	sim_pass(10);
	assert_string_equal(bob->digits, "1");
	sim_hangup(bob);
}

static void a_new_identity_reaches_the_other_side(void **state)
{
	struct rd_party dave = { .number = "dave" };

	(void)state;
	place_call();
	rd_channel_set_party(bob->ch, RD_PARTY_CALLER, &dave);
	rd_channel_post(bob->ch, RD_SIGNAL_PARTY, 0);
	sim_pass(10);
	assert_string_equal(alice->connected, "dave");
	sim_hangup(bob);
}

static void the_limit_ends_it(void **state)
{
	uint64_t before;

	(void)state;
	options.limit_ms = 60000;
	options.warn_ms = 30000;
	options.warn_every_ms = 10000;
	options.warn_caller = true;
	options.warn_sound = "beep";
	place_call();
	before = rd_now_ms();
	sim_finish();
	assert_int_equal(end, RD_BRIDGE_LIMIT);
	assert_in_range(rd_now_ms() - before, 59000, 60100);
}

static void the_disconnect_key_works_for_those_who_may(void **state)
{
	(void)state;
	options.caller_features = RD_FEATURE_DISCONNECT;
	place_call();
	sim_press(bob, '*');
	sim_pass(10);
	assert_string_equal(alice->digits, "*");
	sim_press(alice, '*');
	sim_finish();
	assert_int_equal(end, RD_BRIDGE_KEY);
	assert_string_equal(bob->digits, "");
}

static void the_callee_may_transfer_the_caller(void **state)
{
	(void)state;
	options.peer_features = RD_FEATURE_TRANSFER;
	place_call();
	sim_press(bob, '#');
	sim_pass(10);
	sim_press(bob, '2');
	sim_pass(10);
	sim_press(bob, '2');
	sim_press(bob, '2');
	sim_pass(5000);
	assert_int_equal(end, RD_BRIDGE_MOVED);
	assert_string_equal(told, "Sim/alice ");
	assert_int_equal(bob->hung_up, 1);
	assert_string_equal(rd_channel_exten(alice->ch), "22");
	assert_non_null(strstr(rd_var_get(alice->ch, "BLINDTRANSFER"), "Sim/bob"));
	sim_hangup(alice);
}

static void the_caller_may_transfer_the_callee_who_has_no_fiber(void **state)
{
	(void)state;
	options.caller_features = RD_FEATURE_TRANSFER;
	place_call();
	sim_press(alice, '#');
	sim_pass(10);
	sim_press(alice, '2');
	sim_press(alice, '2');
	sim_pass(5000);
	assert_int_equal(end, RD_BRIDGE_MOVED);
	assert_string_equal(told, "Sim/bob ");
	assert_int_equal(alice->hung_up, 1);
	sim_hangup(bob);
}

static void use_codes(const char *transfer, const char *disconnect)
{
	struct rd__features *features = rd_zalloc(sizeof(*features));

	assert_non_null(features);
	*features = *rd__features();
	strcpy(features->keys[RD__CODE_BLIND], transfer);
	strcpy(features->keys[RD__CODE_DISCONNECT], disconnect);
	rd__features_config.commit(features);
}

static void a_code_of_two_keys_is_waited_for(void **state)
{
	(void)state;
	use_codes("#1", "*0");
	options.caller_features = RD_FEATURE_TRANSFER | RD_FEATURE_DISCONNECT;
	place_call();
	sim_press(alice, '#');
	sim_pass(900);
	assert_string_equal(bob->digits, "");
	sim_pass(200);
	assert_string_equal(bob->digits, "#");
	sim_press(alice, '*');
	sim_press(alice, '5');
	sim_pass(10);
	assert_string_equal(bob->digits, "#*5");
	sim_press(alice, '*');
	sim_pass(500);
	sim_press(alice, '0');
	sim_finish();
	assert_int_equal(end, RD_BRIDGE_KEY);
	use_codes("#", "*");
}

static void a_code_that_is_switched_off_is_a_key_like_others(void **state)
{
	(void)state;
	use_codes("", "*");
	options.caller_features = RD_FEATURE_TRANSFER;
	place_call();
	sim_press(alice, '#');
	sim_pass(10);
	assert_string_equal(bob->digits, "#");
	sim_hangup(alice);
	use_codes("#", "*");
}

static void a_transfer_to_nowhere_goes_on_talking(void **state)
{
	(void)state;
	options.caller_features = RD_FEATURE_TRANSFER;
	place_call();
	sim_press(alice, '#');
	sim_pass(10);
	sim_press(alice, '9');
	sim_pass(10000); /* she is asked three times */
	assert_int_equal(end, 0);
	sim_press(alice, '7');
	sim_pass(10);
	assert_string_equal(bob->digits, "7");
	sim_hangup(alice);
}

static void a_hangup_while_the_target_is_asked_ends_it(void **state)
{
	(void)state;
	options.caller_features = options.peer_features = RD_FEATURE_TRANSFER;
	place_call();
	sim_press(bob, '#');
	sim_pass(100);
	sim_hangup(alice);
	sim_pass(10);
	assert_int_equal(end, RD_BRIDGE_CALLER_GONE);
	place_call();
	sim_press(alice, '#');
	sim_pass(100);
	sim_hangup(bob);
	sim_finish();
	assert_int_equal(end, RD_BRIDGE_PEER_GONE);
}

static void the_phone_may_ask_for_a_transfer(void **state)
{
	(void)state;
	place_call();
	sim_say(bob, RD_SIGNAL_TRANSFER, "222@sim");
	sim_pass(10);
	assert_string_equal(told, "Sim/alice ");
	sim_hangup(alice);
}

static void a_leg_redirected_out_of_a_bridge_lives_on(void **state)
{
	(void)state;
	place_call();
	assert_int_equal(rd_channel_redirect(bob->ch, "sim", "22", 1), 0);
	sim_pass(10);
	assert_int_equal(end, RD_BRIDGE_MOVED);
	assert_string_equal(told, "Sim/bob ");
	assert_int_equal(bob->hung_up, 0);
	sim_hangup(bob);
}

static void the_caller_redirected_out_of_a_bridge_lives_on(void **state)
{
	(void)state;
	place_call();
	assert_int_equal(rd_channel_redirect(alice->ch, "sim", "22", 1), 0);
	sim_pass(10);
	assert_int_equal(end, RD_BRIDGE_MOVED);
	assert_string_equal(told, "Sim/alice ");
	assert_int_equal(bob->hung_up, 1);
	sim_hangup(alice);
}

static struct rd_channel *wanted;
static int taken;

static int take_over(void *arg)
{
	(void)arg;
	taken = rd_channel_take_over(wanted);
	if (taken)
		return taken;
	rd_sleep(5000);
	rd_channel_let_go(rd_channel_ref(wanted), RD_CAUSE_NORMAL);
	return 0;
}

static void a_leg_can_be_taken_out_of_a_bridge(void **state)
{
	(void)state;
	place_call();
	wanted = rd_channel_ref(bob->ch);
	rd_fiber_new_detached("taker", take_over, NULL);
	sim_pass(1000);
	assert_int_equal(taken, 0);
	assert_int_equal(end, RD_BRIDGE_MOVED);
	assert_int_equal(alice->hung_up, 1);
	assert_int_equal(bob->hung_up, 0);
	sim_finish();
	assert_int_equal(bob->hung_up, 1);
	rd_channel_unref(wanted);
}

static void a_leg_can_be_taken_from_its_fiber(void **state)
{
	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(alice, "22");
	sim_pass(100);
	wanted = rd_channel_ref(alice->ch);
	rd_fiber_new_detached("taker", take_over, NULL);
	sim_pass(1000);
	assert_int_equal(taken, 0);
	assert_int_equal(alice->hung_up, 0);
	sim_finish();
	assert_int_equal(alice->hung_up, 1);
	rd_channel_unref(wanted);
}

static int bridge_without_memory(void *arg)
{
	struct rd_channel *ch;
	struct rd_channel_params params = sim_call_params(alice, "talk");
	int rc = rd_channel_new(&ch, &params);

	(void)arg;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	options.limit_ms = 1000;
	if (rc)
		return rc;
	rc = rd_channel_start(ch);
	if (rc)
		rd_hangup(ch, RD_CAUSE_SWITCH_CONGESTION);
	rd__sched_run_idle();
	return rc;
}

static void a_bridge_without_memory_leaves_nothing_behind(void **state)
{
	(void)state;
	bridge_without_memory(NULL);
	assert_true(oom_sweep_lenient(bridge_without_memory, NULL) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_callee_who_hangs_up_ends_it),
		TEST(the_caller_who_hangs_up_ends_it),
		TEST(both_who_hang_up_in_the_same_moment_end_it),
		TEST(a_bridge_is_seen_while_it_lasts),
		TEST(digits_and_texts_pass_both_ways),
		TEST(long_texts_pass_whole_the_latest_eight),
		TEST(hold_and_resume_are_passed_on),
		TEST(a_new_identity_reaches_the_other_side),
		TEST(the_limit_ends_it),
		TEST(the_disconnect_key_works_for_those_who_may),
		TEST(the_callee_may_transfer_the_caller),
		TEST(the_caller_may_transfer_the_callee_who_has_no_fiber),
		TEST(a_code_of_two_keys_is_waited_for),
		TEST(a_code_that_is_switched_off_is_a_key_like_others),
		TEST(a_transfer_to_nowhere_goes_on_talking),
		TEST(a_hangup_while_the_target_is_asked_ends_it),
		TEST(the_phone_may_ask_for_a_transfer),
		TEST(a_leg_redirected_out_of_a_bridge_lives_on),
		TEST(the_caller_redirected_out_of_a_bridge_lives_on),
		TEST(a_leg_can_be_taken_out_of_a_bridge),
		TEST(a_leg_can_be_taken_from_its_fiber),
		TEST(a_bridge_without_memory_leaves_nothing_behind),
	};

	return RUN_GROUP(tests);
}
