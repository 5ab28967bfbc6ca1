/* Legs that change places: blind and attended transfer, replacing and picking
 * up, whoever's fiber it was that drove them. */
#include "tests/sim/sim.h"

#include <unistd.h>

#include <ringdown/app.h>
#include <ringdown/transfer.h>

#include "core/call/call.h"

static struct sim_phone phones[6];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2];
static struct sim_phone *alice2 = &phones[3], *dave = &phones[4], *erin = &phones[5];
static struct rd_transfer *transfer;
static char states[128], ended[128];
static int cause;
static bool keeps_no_seat;

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "alice2", "dave", "erin" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] = (struct sim_phone){ .name = names[i], .answer_ms = 100 };
	states[0] = ended[0] = '\0';
	cause = 0;
	keeps_no_seat = false;
	sim_begin(state);
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

/* -- the dialplan ---------------------------------------------------------------- */

static int dial(struct rd_channel *ch, const char *target)
{
	struct rd_dial_options plain = { .timeout_ms = 20000 };
	struct rd_dial_result result;
	struct rd_channel *leg = NULL;
	const struct rd_bridge_options seats = { .peer_seat = &leg };
	int rc = rd_dial(ch, target, &plain, &leg, &result);

	rd_var_printf(ch, "HANGUPCAUSE", "%d", result.cause);
	if (!leg)
		return rc;
	rc = rd_answer(ch);
	if (!rc)
		rd_bridge_run(ch, leg, keeps_no_seat ? NULL : &seats);
	rd_channel_let_go(leg, RD_CAUSE_NORMAL);
	return rd_channel_moved(ch) ? -ECANCELED : rc;
}

/* The extension is the phone of that name. */
static int dial_it(struct rd_channel *ch)
{
	char target[80] = "Sim/";

	strcat(target, rd_channel_exten(ch));
	return dial(ch, target);
}

static int menu(struct rd_channel *ch)
{
	int rc = rd_answer(ch);

	return rc ? rc : rd_channel_sleep(ch, 600000);
}

/* An application that answers whom it finds unanswered. */
static int ask_for_keys(struct rd_channel *ch)
{
	return rd_app_run(ch, "Read", "KEYS");
}

static int busy(struct rd_channel *ch)
{
	rd_indicate(ch, RD_INDICATE_BUSY);
	return rd_channel_sleep(ch, 10000);
}

static int hang_up(struct rd_channel *ch)
{
	rd_hangup(ch, RD_CAUSE_CONGESTION);
	return -ECANCELED;
}

static int silent(struct rd_channel *ch)
{
	return rd_channel_sleep(ch, 600000);
}

static int at_end(struct rd_channel *ch)
{
	strcat(ended, rd_channel_device(ch) + 4);
	strcat(ended, " ");
	return 0;
}

static const struct sim_exten extens[] = {
	{ "alice", dial_it },	 { "alice2", dial_it },	   { "bob", dial_it },
	{ "carol", dial_it },	 { "erin", dial_it },	   { "busy", busy },
	{ "hangup", hang_up },	 { "menu", menu },	   { "silent", silent },
	{ "keys", ask_for_keys }, { "h", at_end },
};

/* -- helpers ---------------------------------------------------------------------- */

static void talk(struct sim_phone *from, const char *exten)
{
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(from, exten);
	sim_pass(1000);
}

static bool talks(struct sim_phone *a, struct sim_phone *b)
{
	struct rd_channel *partner = a->ch ? rd_channel_partner(a->ch) : NULL;

	return partner && partner == b->ch && rd_channel_partner(b->ch) == a->ch;
}

/* Keys are proof that each hears the other. */
static void assert_talk(struct sim_phone *a, struct sim_phone *b)
{
	assert_true(talks(a, b));
	memset(a->digits, 0, sizeof(a->digits));
	memset(b->digits, 0, sizeof(b->digits));
	sim_press(a, '1');
	sim_press(b, '2');
	sim_pass(10);
	assert_string_equal(b->digits, "1");
	assert_string_equal(a->digits, "2");
}

static void changed(void *arg, enum rd_transfer_state state, int why)
{
	static const char *const names[] = { "trying ", "ringing ", "progress ", "done ",
					     "failed " };

	(void)arg;
	strcat(states, names[state]);
	cause = why;
}

static const struct rd_transfer_watch watch = { .changed = changed };

static int blind(struct sim_phone *who, const char *exten)
{
	return rd_transfer_blind(who->ch, "sim", exten, &watch, &transfer);
}

static int attended(struct sim_phone *first, struct sim_phone *second)
{
	return rd_transfer_attended(first->ch, second->ch, &watch, &transfer);
}

static void assert_number(const struct sim_phone *phone, enum rd_party_kind kind,
			  const char *number)
{
	assert_string_equal(rd_channel_party(phone->ch, kind)->number, number);
}

/* -- blind ------------------------------------------------------------------------- */

static void whom_one_called_is_sent_elsewhere(void **state)
{
	(void)state;
	talk(alice, "bob");
	carol->ring_ms = 50;
	carol->answer_ms = 5000;
	assert_int_equal(blind(alice, "carol"), 0);
	sim_pass(1000);
	assert_string_equal(states, "ringing ");
	assert_int_equal(alice->hung_up, 0);
	sim_pass(5000);
	assert_string_equal(states, "ringing done ");
	assert_talk(bob, carol);
	assert_int_equal(alice->hung_up, 1);
	assert_int_equal(alice->cause, RD_CAUSE_NORMAL);
	assert_string_equal(ended, "alice ");
	sim_hangup(bob);
}

static void whoever_called_is_sent_elsewhere(void **state)
{
	(void)state;
	talk(bob, "alice");
	assert_int_equal(blind(alice, "carol"), 0);
	sim_pass(1000);
	assert_string_equal(states, "done ");
	assert_talk(bob, carol);
	assert_int_equal(alice->hung_up, 1);
	sim_hangup(carol);
	sim_finish();
	assert_int_equal(bob->hung_up, 1);
}

static void all_are_told_who_they_talk_to(void **state)
{
	(void)state;
	talk(alice, "bob");
	blind(alice, "carol");
	sim_pass(1000);
	assert_string_equal(carol->shown_caller, "bob");
	assert_number(carol, RD_PARTY_REDIRECTING_FROM, "alice");
	assert_number(bob, RD_PARTY_CONNECTED, "carol");
	assert_string_equal(bob->connected, "carol");
	assert_memory_equal(rd_var_get(bob->ch, "BLINDTRANSFER"), "Sim/alice-", 10);
	assert_memory_equal(rd_var_get(bob->ch, "TRANSFERERNAME"), "Sim/alice-", 10);
	sim_hangup(bob);
}

static void an_application_that_answers_is_a_success(void **state)
{
	(void)state;
	talk(alice, "bob");
	blind(alice, "menu");
	sim_pass(1000);
	assert_string_equal(states, "done ");
	assert_int_equal(alice->hung_up, 1);
	assert_int_equal(bob->hung_up, 0);
	sim_hangup(bob);
}

static void an_application_that_would_answer_a_new_call_is_one_too(void **state)
{
	(void)state;
	sim_load("app_read");
	talk(alice, "bob");
	blind(alice, "keys");
	sim_pass(1000);
	assert_string_equal(states, "done ");
	assert_int_equal(alice->hung_up, 1);
	assert_int_equal(bob->hung_up, 0);
	sim_hangup(bob);
}

static void one_who_is_served_without_an_answer_stays(void **state)
{
	(void)state;
	talk(alice, "bob");
	blind(alice, "silent");
	sim_pass(170000);
	assert_string_equal(states, "");
	sim_pass(20000);
	assert_string_equal(states, "done ");
	assert_int_equal(alice->hung_up, 1);
	assert_int_equal(bob->hung_up, 0);
	sim_hangup(bob);
}

/* As at a stop, when the legs have not gone in time. */
static void a_stop_waits_for_no_outcome(void **state)
{
	(void)state;
	alarm(20); /* it would never return */
	talk(alice, "bob");
	blind(alice, "silent");
	sim_pass(1000);
	assert_true(rd__sched_end_all(3000));
	alarm(0);
	assert_string_equal(states, "failed ");
}

static void nor_for_a_farewell(void **state)
{
	(void)state;
	alarm(20);
	talk(alice, "bob");
	blind(alice, "menu");
	sim_pass(100);
	assert_string_equal(states, "done ");
	assert_int_equal(alice->hung_up, 0);
	assert_true(rd__sched_end_all(3000));
	alarm(0);
}

static void nobody_there_leaves_the_call_as_it_is(void **state)
{
	(void)state;
	talk(alice, "bob");
	assert_int_equal(blind(alice, "nowhere"), -ENOENT);
	sim_pass(1000);
	assert_talk(alice, bob);
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(rd_channel_count(), 0);
}

static void assert_comes_back(struct sim_phone *caller, const char *exten, const char *to,
			      int expected)
{
	struct sim_phone *callee = caller == alice ? bob : alice;

	talk(caller, exten);
	carol->refuse_ms = 3000;
	carol->refuse_cause = RD_CAUSE_NO_ANSWER;
	carol->answer_ms = 0;
	assert_int_equal(blind(alice, to), 0);
	sim_pass(5000);
	assert_string_equal(states, "failed ");
	assert_int_equal(cause, expected);
	assert_int_equal(alice->hung_up + bob->hung_up, 0);
	assert_talk(alice, bob);
	assert_number(alice, RD_PARTY_CONNECTED, "bob");
	sim_hangup(callee);
	sim_finish();
	assert_int_equal(caller->hung_up, 1);
	assert_memory_equal(ended, caller->name, strlen(caller->name));
}

static void a_refused_callee_comes_back(void **state)
{
	(void)state;
	assert_comes_back(alice, "bob", "carol", RD_CAUSE_NO_ANSWER);
}

static void a_refused_caller_comes_back(void **state)
{
	(void)state;
	assert_comes_back(bob, "alice", "carol", RD_CAUSE_NO_ANSWER);
}

static void one_who_is_shown_busy_comes_back(void **state)
{
	(void)state;
	assert_comes_back(alice, "bob", "busy", RD_CAUSE_BUSY);
}

static void one_whom_the_dialplan_hangs_up_comes_back(void **state)
{
	(void)state;
	assert_comes_back(bob, "alice", "hangup", RD_CAUSE_CONGESTION);
}

static void a_transfer_after_one_that_failed_works(void **state)
{
	(void)state;
	talk(alice, "bob");
	blind(alice, "busy");
	sim_pass(1000);
	assert_int_equal(blind(alice, "carol"), 0);
	sim_pass(1000);
	assert_string_equal(states, "failed done ");
	assert_talk(bob, carol);
	sim_hangup(bob);
}

static void whoever_holds_still_holds_when_it_failed(void **state)
{
	(void)state;
	sim_sound();
	talk(alice, "bob");
	sim_say(alice, RD_SIGNAL_HOLD, "");
	sim_pass(1000);
	blind(alice, "busy");
	sim_pass(1000);
	bob->heard = 0;
	sim_pass(10000);
	assert_true(bob->heard > 0);
	sim_say(alice, RD_SIGNAL_RESUME, "");
	sim_pass(1000);
	bob->heard = 0;
	sim_pass(10000);
	assert_int_equal(bob->heard, 0);
	sim_hangup(alice);
}

static void music_ends_when_the_target_answers(void **state)
{
	(void)state;
	sim_sound();
	talk(alice, "bob");
	sim_say(alice, RD_SIGNAL_HOLD, "");
	sim_pass(1000);
	blind(alice, "carol");
	sim_pass(1000);
	bob->heard = 0;
	carol->says = 700;
	sim_pass(1000);
	assert_int_equal(bob->hears, 700);
	sim_hangup(bob);
}

static void one_who_hangs_up_does_not_wait_for_the_outcome(void **state)
{
	(void)state;
	talk(alice, "bob");
	carol->answer_ms = 5000;
	blind(alice, "carol");
	sim_hangup(alice);
	sim_pass(1000);
	assert_null(alice->ch);
	assert_int_equal(bob->hung_up, 0);
	sim_pass(5000);
	assert_string_equal(states, "done ");
	assert_talk(bob, carol);
	sim_hangup(bob);
}

static void with_nobody_to_come_back_to_a_refusal_ends_the_call(void **state)
{
	(void)state;
	talk(bob, "alice");
	carol->answer_ms = 0;
	carol->refuse_ms = 3000;
	carol->refuse_cause = RD_CAUSE_BUSY;
	blind(alice, "carol");
	sim_pass(1000);
	sim_hangup(alice);
	sim_pass(5000);
	assert_string_equal(states, "failed ");
	assert_int_equal(cause, RD_CAUSE_BUSY);
	assert_int_equal(bob->hung_up, 1);
}

static void one_who_gives_up_on_the_way_ends_it_all(void **state)
{
	(void)state;
	talk(alice, "bob");
	carol->answer_ms = 5000;
	blind(alice, "carol");
	sim_pass(1000);
	sim_hangup(bob);
	sim_pass(1000);
	assert_string_equal(states, "failed ");
	assert_int_equal(alice->hung_up, 1);
	assert_int_equal(carol->hung_up, 1);
}

static void one_who_is_forgotten_is_not_told(void **state)
{
	(void)state;
	talk(alice, "bob");
	blind(alice, "carol");
	rd_transfer_forget(transfer);
	sim_pass(1000);
	assert_string_equal(states, "");
	assert_talk(bob, carol);
	sim_hangup(bob);
}

static void who_talks_to_nobody_transfers_nobody(void **state)
{
	(void)state;
	talk(alice, "menu");
	assert_int_equal(blind(alice, "carol"), -ENOTCONN);
	talk(bob, "carol");
	assert_int_equal(blind(bob, "busy"), 0);
	assert_int_equal(blind(bob, "menu"), -EBUSY);
	assert_int_equal(attended(bob, alice), -EBUSY);
	sim_pass(100);
	sim_hangup(bob);
	sim_hangup(alice);
}

static void the_bus_says_who_sent_whom_where(void **state)
{
	(void)state;
	sim_watch(RD_EVENT_BIT(RD_EVENT_TRANSFER) | RD_EVENT_BIT(RD_EVENT_TRANSFER_END));
	talk(alice, "bob");
	blind(alice, "busy");
	sim_pass(1000);
	blind(alice, "carol");
	sim_pass(1000);
	assert_string_equal(sim_events(), "Transfer:busy@sim TransferEnd:FAILED "
					  "Transfer:carol@sim TransferEnd:DONE");
	sim_hangup(bob);
}

/* -- attended: whoever owns the fibers -------------------------------------------------- */

/* One call of the transferer; in: it was called. */
static void one_call(struct sim_phone *own, struct sim_phone *far, bool in)
{
	if (in)
		talk(far, own->name);
	else
		talk(own, far->name);
	assert_true(talks(own, far));
}

static void assert_joined(bool first_in, bool second_in)
{
	one_call(alice, bob, first_in);
	one_call(alice2, carol, second_in);
	assert_int_equal(attended(alice, alice2), 0);
	sim_pass(1000);
	assert_string_equal(states, "done ");
	assert_talk(bob, carol);
	assert_null(alice->ch);
	assert_null(alice2->ch);
	assert_int_equal(alice->cause, RD_CAUSE_NORMAL);
	assert_int_equal(alice2->cause, RD_CAUSE_NORMAL);
	assert_string_equal(bob->connected, "carol");
	assert_string_equal(carol->connected, "bob");
	assert_string_equal(rd_channel_linkedid(bob->ch), rd_channel_linkedid(carol->ch));
	sim_hangup(bob);
	sim_finish();
	assert_int_equal(carol->hung_up, 1);
	assert_int_equal(rd_channel_count(), 0);
}

static void two_who_were_called_are_joined(void **state)
{
	(void)state;
	assert_joined(false, false);
}

static void a_caller_is_joined_with_one_who_was_called(void **state)
{
	(void)state;
	assert_joined(true, false);
}

static void one_who_was_called_is_joined_with_a_caller(void **state)
{
	(void)state;
	assert_joined(false, true);
}

static void two_callers_are_joined(void **state)
{
	(void)state;
	assert_joined(true, true);
}

static void a_joined_call_can_be_transferred_again(void **state)
{
	(void)state;
	one_call(alice, bob, true);
	one_call(alice2, carol, false);
	attended(alice, alice2);
	sim_pass(1000);
	states[0] = '\0';
	one_call(dave, erin, false);
	/* carol, an heir in bob's bridge, hands over once more. */
	assert_int_equal(rd_transfer_attended(carol->ch, dave->ch, &watch, NULL), 0);
	sim_pass(1000);
	assert_string_equal(states, "done ");
	assert_talk(bob, erin);
	assert_int_equal(carol->hung_up, 1);
	sim_hangup(erin);
	sim_finish();
	assert_int_equal(bob->hung_up, 1);
}

static void a_held_party_hears_no_music_when_joined(void **state)
{
	(void)state;
	sim_sound();
	one_call(alice, bob, true);
	sim_say(alice, RD_SIGNAL_HOLD, "");
	one_call(alice2, carol, false);
	attended(alice, alice2);
	carol->says = 500;
	sim_pass(1000);
	assert_int_equal(bob->hears, 500);
	sim_pass(10000);
	assert_int_equal(bob->hears, 500);
	sim_hangup(bob);
}

static void a_caller_is_put_into_an_application(void **state)
{
	(void)state;
	one_call(alice, bob, true);
	talk(alice2, "menu");
	assert_int_equal(attended(alice, alice2), 0);
	sim_pass(1000);
	assert_string_equal(states, "done ");
	assert_string_equal(rd_channel_exten(bob->ch), "menu");
	assert_null(alice->ch);
	assert_null(alice2->ch);
	sim_hangup(bob);
}

static void two_who_talk_to_each_other_are_not_joined(void **state)
{
	(void)state;
	talk(alice, "bob");
	assert_int_equal(attended(alice, bob), -EINVAL);
	assert_int_equal(attended(alice, alice), -EINVAL);
	assert_talk(alice, bob);
	sim_hangup(alice);
}

static void one_who_went_in_the_same_moment_fails_the_join(void **state)
{
	(void)state;
	one_call(alice, bob, true);
	one_call(alice2, carol, false);
	attended(alice, alice2);
	sim_hangup(carol);
	sim_pass(5000);
	assert_int_equal(strncmp(states, "done ", 5) == 0 || !strcmp(states, "failed "), 1);
	sim_hangup(bob);
	sim_hangup(alice);
}

/* -- replacing ---------------------------------------------------------------------------- */

/* A leg of a phone that has just come in, not started. */
static struct rd_channel *new_leg(struct sim_phone *phone)
{
	struct rd_party party = { .name = phone->name, .number = phone->name };
	struct rd_channel_params params = {
		.tech = rd_tech_find("Sim"), .tech_data = phone, .base_name = "Sim/new",
		.context = "sim", .exten = "s", .state = RD_CHANNEL_RING,
	};

	assert_int_equal(rd_channel_new(&phone->ch, &params), 0);
	rd_channel_set_party(phone->ch, RD_PARTY_CALLER, &party);
	return phone->ch;
}

static void a_callee_is_replaced(void **state)
{
	(void)state;
	talk(alice, "bob");
	assert_int_equal(rd_channel_replace(bob->ch, new_leg(dave)), 0);
	sim_pass(1000);
	assert_talk(alice, dave);
	assert_int_equal(dave->answered, 1);
	assert_int_equal(bob->hung_up, 1);
	assert_int_equal(bob->cause, RD_CAUSE_NORMAL);
	assert_string_equal(alice->connected, "dave");
	sim_hangup(dave);
	sim_finish();
	assert_int_equal(alice->hung_up, 1);
}

static void whoever_knows_no_seats_lets_the_heir_go(void **state)
{
	(void)state;
	keeps_no_seat = true;
	talk(alice, "bob");
	rd_channel_replace(bob->ch, new_leg(dave));
	sim_pass(1000);
	assert_talk(alice, dave);
	rd_channel_replace(dave->ch, new_leg(erin));
	sim_pass(1000);
	assert_talk(alice, erin);
	assert_int_equal(dave->destroyed, 1);
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(erin->hung_up, 1);
}

static void a_caller_is_replaced(void **state)
{
	(void)state;
	talk(alice, "bob");
	assert_int_equal(rd_channel_replace(alice->ch, new_leg(dave)), 0);
	sim_pass(1000);
	assert_talk(bob, dave);
	assert_int_equal(alice->hung_up, 1);
	/* Nothing is left of her, and the call is one still. */
	assert_int_equal(alice->destroyed, 1);
	assert_int_equal(rd__calls_running(), 1);
	sim_hangup(bob);
	sim_finish();
	assert_int_equal(dave->hung_up, 1);
	assert_int_equal(rd__calls_running(), 0);
}

static void a_leg_in_an_application_is_replaced(void **state)
{
	(void)state;
	talk(alice, "menu");
	rd_var_set(alice->ch, "CHOICE", "7");
	rd_channel_set_called_devices(alice->ch, "bob\tone\n");
	assert_int_equal(rd_channel_replace(alice->ch, new_leg(dave)), 0);
	sim_pass(1000);
	assert_int_equal(alice->hung_up, 1);
	assert_string_equal(rd_channel_exten(dave->ch), "menu");
	assert_string_equal(rd_var_get(dave->ch, "CHOICE"), "7");
	assert_string_equal(rd_channel_called_devices(dave->ch), "bob\tone\n");
	assert_int_equal(rd_channel_state(dave->ch), RD_CHANNEL_UP);
	sim_hangup(dave);
}

static void a_ringing_leg_is_picked_up(void **state)
{
	(void)state;
	sim_watch(RD_EVENT_BIT(RD_EVENT_PICKUP) | RD_EVENT_BIT(RD_EVENT_DIAL_END));
	bob->ring_ms = 50;
	bob->answer_ms = 0;
	talk(alice, "bob");
	assert_int_equal(rd_channel_replace(bob->ch, new_leg(dave)), 0);
	sim_pass(1000);
	assert_talk(alice, dave);
	assert_int_equal(bob->cause, RD_CAUSE_ANSWERED_ELSEWHERE);
	assert_number(dave, RD_PARTY_CONNECTED, "alice");
	assert_number(alice, RD_PARTY_CONNECTED, "dave");
	assert_string_equal(sim_events(), "Pickup DialEnd:CANCEL DialEnd:ANSWER");
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(dave->hung_up, 1);
}

static void a_caller_that_is_not_answered_cannot_be_replaced(void **state)
{
	struct rd_channel *leg;

	(void)state;
	bob->answer_ms = 0;
	talk(alice, "bob");
	leg = new_leg(dave);
	assert_int_equal(rd_channel_replace(alice->ch, leg), -EPERM);
	rd_hangup(leg, RD_CAUSE_REJECTED);
	sim_hangup(alice);
}

static void a_leg_that_cannot_answer_replaces_nobody(void **state)
{
	(void)state;
	talk(alice, "bob");
	dave->slow_answer = true;
	assert_int_equal(rd_channel_replace(bob->ch, new_leg(dave)), 0);
	sim_pass(10);
	sim_hangup(dave);
	sim_pass(1000);
	assert_talk(alice, bob);
	sim_hangup(alice);
}

static void the_target_that_goes_meanwhile_ends_the_new_leg(void **state)
{
	(void)state;
	talk(alice, "bob");
	dave->slow_answer = true;
	rd_channel_replace(bob->ch, new_leg(dave));
	sim_pass(10);
	sim_hangup(bob);
	sim_finish();
	assert_int_equal(dave->hung_up, 1);
}

/* Asked where to send the other one, the phone is replaced. */
static void a_leg_is_replaced_while_it_is_asked_for_a_number(void **state)
{
	(void)state;
	sim_sound();
	talk(alice, "bob");
	rd_channel_replace(bob->ch, new_leg(dave));
	sim_press(alice, '5');
	sim_pass(1000);
	assert_talk(alice, dave);
	sim_hangup(alice);
}

/* -- through channels that have two ends --------------------------------------------------- */

static int dial_through(struct rd_channel *ch)
{
	return dial(ch, "Local/bob@sim");
}

static void a_local_channel_is_a_leg_like_others(void **state)
{
	static const struct sim_exten more[] = {
		{ "through", dial_through }, { "bob", dial_it }, { "carol", dial_it },
		{ "busy", busy },
	};

	(void)state;
	sim_load("chan_local");
	sim_sound();
	sim_extens(more, RD_ARRAY_SIZE(more));
	sim_call(alice, "through");
	sim_pass(1000);
	blind(alice, "busy");
	sim_pass(1000);
	assert_string_equal(states, "failed ");
	blind(alice, "carol");
	carol->says = 300;
	bob->says = 400;
	sim_pass(1000);
	assert_int_equal(alice->hung_up, 1);
	assert_int_equal(bob->hears, 300);
	assert_int_equal(carol->hears, 400);
	sim_hangup(bob);
	sim_finish();
	assert_int_equal(carol->hung_up, 1);
}

static int dial_own_line(struct rd_channel *ch)
{
	return dial(ch, "Local/alice2@sim");
}

/* Both of alice's calls are one: without her, the channel would talk to itself. */
static void the_two_ends_of_one_channel_are_not_joined(void **state)
{
	static const struct sim_exten more[] = { { "own", dial_own_line },
						 { "alice2", dial_it } };

	(void)state;
	sim_load("chan_local");
	sim_sound();
	sim_extens(more, RD_ARRAY_SIZE(more));
	sim_call(alice, "own");
	sim_pass(1000);
	assert_non_null(rd_channel_partner(alice2->ch));
	assert_int_equal(attended(alice, alice2), -EINVAL);
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(alice2->hung_up, 1);
}

/* -- without memory --------------------------------------------------------------------------- */

static int transfers_without_memory(void *arg)
{
	struct rd_channel *ch;
	struct rd_channel_params params = sim_call_params(alice, "bob");
	int rc = rd_channel_new(&ch, &params);

	(void)arg;
	if (rc)
		return rc;
	rc = rd_channel_start(ch);
	if (rc)
		rd_hangup(ch, RD_CAUSE_SWITCH_CONGESTION);
	else
		alice->ch = ch;
	sim_pass(1000);
	if (alice->ch && rd_channel_partner(alice->ch))
		rd_transfer_blind(alice->ch, "sim", "busy", NULL, NULL);
	sim_pass(1000);
	if (alice->ch && rd_channel_partner(alice->ch))
		rd_transfer_blind(alice->ch, "sim", "carol", NULL, NULL);
	sim_pass(1000);
	for (int i = 0; i < 3; i++)
		if (phones[i].ch)
			rd_hangup(phones[i].ch, RD_CAUSE_NORMAL);
	sim_pass(200000);
	rd__sched_run_idle();
	return rc;
}

static void transfers_without_memory_leave_nothing_behind(void **state)
{
	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens) - 1);
	transfers_without_memory(NULL);
	assert_true(oom_sweep_lenient(transfers_without_memory, NULL) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whom_one_called_is_sent_elsewhere),
		TEST(whoever_called_is_sent_elsewhere),
		TEST(all_are_told_who_they_talk_to),
		TEST(an_application_that_answers_is_a_success),
		TEST(an_application_that_would_answer_a_new_call_is_one_too),
		TEST(one_who_is_served_without_an_answer_stays),
		TEST(a_stop_waits_for_no_outcome),
		TEST(nor_for_a_farewell),
		TEST(nobody_there_leaves_the_call_as_it_is),
		TEST(a_refused_callee_comes_back),
		TEST(a_refused_caller_comes_back),
		TEST(one_who_is_shown_busy_comes_back),
		TEST(one_whom_the_dialplan_hangs_up_comes_back),
		TEST(a_transfer_after_one_that_failed_works),
		TEST(whoever_holds_still_holds_when_it_failed),
		TEST(music_ends_when_the_target_answers),
		TEST(one_who_hangs_up_does_not_wait_for_the_outcome),
		TEST(with_nobody_to_come_back_to_a_refusal_ends_the_call),
		TEST(one_who_gives_up_on_the_way_ends_it_all),
		TEST(one_who_is_forgotten_is_not_told),
		TEST(who_talks_to_nobody_transfers_nobody),
		TEST(the_bus_says_who_sent_whom_where),
		TEST(two_who_were_called_are_joined),
		TEST(a_caller_is_joined_with_one_who_was_called),
		TEST(one_who_was_called_is_joined_with_a_caller),
		TEST(two_callers_are_joined),
		TEST(a_joined_call_can_be_transferred_again),
		TEST(a_held_party_hears_no_music_when_joined),
		TEST(a_caller_is_put_into_an_application),
		TEST(two_who_talk_to_each_other_are_not_joined),
		TEST(one_who_went_in_the_same_moment_fails_the_join),
		TEST(a_callee_is_replaced),
		TEST(whoever_knows_no_seats_lets_the_heir_go),
		TEST(a_caller_is_replaced),
		TEST(a_leg_in_an_application_is_replaced),
		TEST(a_ringing_leg_is_picked_up),
		TEST(a_caller_that_is_not_answered_cannot_be_replaced),
		TEST(a_leg_that_cannot_answer_replaces_nobody),
		TEST(the_target_that_goes_meanwhile_ends_the_new_leg),
		TEST(a_leg_is_replaced_while_it_is_asked_for_a_number),
		TEST(a_local_channel_is_a_leg_like_others),
		TEST(the_two_ends_of_one_channel_are_not_joined),
		TEST(transfers_without_memory_leave_nothing_behind),
	};

	return RUN_GROUP(tests);
}
