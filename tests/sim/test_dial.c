/* Calling out: who rings, who wins, what the caller is shown and told. */
#include "tests/sim/sim.h"

#include "core/call/call.h"

static struct sim_phone phones[4];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*dave = &phones[3];
static struct rd_dial_options options;
static struct rd_dial_result result;
static const char *targets;
static int rc;
static char winner[64], losses[64];

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave" };

	for (size_t i = 0; i < 4; i++)
		phones[i] = (struct sim_phone){ .name = names[i] };
	options = (struct rd_dial_options){ 0 };
	memset(&result, 0, sizeof(result));
	targets = "Sim/bob";
	rc = -1;
	winner[0] = losses[0] = '\0';
	sim_begin(state);
	sim_phones(phones, 4);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

/* Dials, and talks for a second. */
static int dial(struct rd_channel *ch)
{
	struct rd_channel *leg = NULL;

	rc = rd_dial(ch, targets, &options, &leg, &result);
	if (!leg)
		return rc;
	rd_strcpy(winner, sizeof(winner), rd_channel_device(leg));
	rd_channel_sleep(ch, 1000);
	rd_channel_let_go(leg, RD_CAUSE_NORMAL);
	return rc;
}

static int refuse_everybody(struct rd_channel *ch)
{
	return rd_indicate(ch, RD_INDICATE_BUSY);
}

static int answer_and_wait(struct rd_channel *ch)
{
	int err = rd_answer(ch);

	return err ? err : rd_channel_sleep(ch, 5000);
}

static int ring_carol(struct rd_channel *ch)
{
	struct rd_dial_options plain = { 0 };
	struct rd_dial_result ignored;
	struct rd_channel *leg = NULL;

	rd_dial(ch, "Sim/carol", &plain, &leg, &ignored);
	if (!leg)
		return 0;
	rd_answer(ch);
	rd_channel_sleep(ch, 5000);
	rd_channel_let_go(leg, RD_CAUSE_NORMAL);
	return 0;
}

static const struct sim_exten extens[] = {
	{ "dial", dial },	      { "busy", refuse_everybody },
	{ "answer", answer_and_wait }, { "carol", ring_carol },
};

static void place_call(void)
{
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(alice, "dial");
}

static bool was_shown(const struct sim_phone *phone, enum rd_indication what)
{
	return phone->shown & (1u << what);
}

static void ringing_and_answer_reach_the_caller(void **state)
{
	(void)state;
	bob->ring_ms = 100;
	bob->answer_ms = 3000;
	place_call();
	sim_pass(200);
	assert_true(was_shown(alice, RD_INDICATE_RINGING));
	assert_int_equal(rd_device_state("Sim/bob"), RD_DEVICE_RINGING);
	sim_finish();
	assert_int_equal(rc, 0);
	assert_int_equal(result.status, RD_DIAL_ANSWER);
	assert_int_equal(result.ring_ms, 100);
	assert_int_equal(result.dial_ms, 3000);
	assert_string_equal(winner, "Sim/bob");
	assert_string_equal(bob->shown_caller, "alice");
	assert_string_equal(alice->connected, "bob");
	assert_int_equal(bob->hung_up, 1);
}

static void the_first_to_answer_wins_and_the_others_are_told(void **state)
{
	(void)state;
	targets = "Sim/bob&Sim/carol&Sim/dave";
	bob->ring_ms = carol->ring_ms = dave->ring_ms = 100;
	carol->answer_ms = 2000;
	bob->answer_ms = 2500;
	place_call();
	sim_pass(2100);
	assert_string_equal(winner, "Sim/carol");
	assert_int_equal(bob->cause, RD_CAUSE_ANSWERED_ELSEWHERE);
	assert_int_equal(dave->cause, RD_CAUSE_ANSWERED_ELSEWHERE);
	assert_null(bob->ch);
	assert_non_null(carol->ch);
	sim_finish();
	assert_int_equal(bob->answered, 0);
}

static void two_answers_in_the_same_moment_have_one_winner(void **state)
{
	(void)state;
	targets = "Sim/bob&Sim/carol";
	bob->answer_ms = carol->answer_ms = 2000;
	place_call();
	sim_finish();
	assert_string_equal(winner, "Sim/bob");
	assert_int_equal(carol->answered, 1);
	assert_int_equal(carol->hung_up, 1);
	assert_int_equal(carol->cause, RD_CAUSE_ANSWERED_ELSEWHERE);
}

static void note_loss(size_t at, enum rd_dial_status why, void *arg)
{
	size_t n = strlen(losses);

	(void)arg;
	snprintf(losses + n, sizeof(losses) - n, "%zu %s, ", at, rd_dial_status_name(why));
}

static int losses_count(void)
{
	int n = 0;

	for (const char *it = losses; (it = strchr(it, ',')); it++)
		n++;
	return n;
}

static void each_target_is_told_what_became_of_it(void **state)
{
	(void)state;
	options.on_lost = note_loss;
	targets = "Sim/nobody&Sim/bob&&Sim/carol&Sim/dave";
	bob->refuse_ms = 500;
	bob->refuse_cause = RD_CAUSE_BUSY;
	carol->answer_ms = 2000;
	place_call();
	sim_pass(2500);
	assert_string_equal(losses, "0 CHANUNAVAIL, 1 BUSY, 3 CANCEL, ");
	assert_int_equal(result.target, 2);
}

static void who_answers_a_forward_answers_for_who_forwarded(void **state)
{
	(void)state;
	options.on_lost = note_loss;
	options.timeout_ms = 3000;
	targets = "Sim/bob&Sim/carol";
	carol->forward_ms = 500;
	carol->forward_to = "Sim/dave";
	dave->answer_ms = 1000;
	place_call();
	sim_pass(2000);
	assert_string_equal(winner, "Sim/dave");
	assert_int_equal(result.target, 1);
	assert_string_equal(losses, "0 CANCEL, ");
}

static void bob_forwards_to_two(void)
{
	place_call();
	sim_pass(500);
	sim_say(bob, RD_SIGNAL_REDIRECT, "Sim/carol");
	sim_say(bob, RD_SIGNAL_REDIRECT, "Sim/dave");
	sim_pass(10);
	assert_int_equal(carol->called + dave->called, 2);
}

static void a_target_is_lost_when_the_last_of_its_forwards_is(void **state)
{
	(void)state;
	options.on_lost = note_loss;
	carol->refuse_ms = 500;
	carol->refuse_cause = RD_CAUSE_BUSY;
	dave->refuse_ms = 1000;
	dave->refuse_cause = RD_CAUSE_CONGESTION;
	bob_forwards_to_two();
	sim_pass(800);
	assert_string_equal(losses, "");
	sim_finish();
	assert_string_equal(losses, "0 CONGESTION, ");
}

static void a_target_whose_forward_is_answered_is_not_lost(void **state)
{
	(void)state;
	options.on_lost = note_loss;
	carol->refuse_ms = 500;
	carol->refuse_cause = RD_CAUSE_BUSY;
	dave->answer_ms = 1000;
	bob_forwards_to_two();
	sim_finish();
	assert_string_equal(winner, "Sim/dave");
	assert_string_equal(losses, "");
}

static void a_target_whose_caller_goes_is_lost_once(void **state)
{
	(void)state;
	options.on_lost = note_loss;
	bob_forwards_to_two();
	sim_hangup(alice);
	sim_finish();
	assert_string_equal(losses, "0 CANCEL, ");
}

static void a_forward_that_nobody_can_call_loses_the_target(void **state)
{
	static const char *const wrong[] = { "a-technology-of-more-than-thirty-one-letters/dave",
					     "Pigeon/dave", "Sim/nobody" };

	(void)state;
	options.on_lost = note_loss;
	bob->forward_ms = 100;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		losses[0] = '\0';
		bob->forward_to = wrong[i];
		place_call();
		sim_finish();
		assert_string_equal(losses, "0 CHANUNAVAIL, ");
		assert_int_equal(result.status, RD_DIAL_CHANUNAVAIL);
	}
}

static void a_forward_without_memory_loses_the_target(void **state)
{
	bool enough = false;

	(void)state;
	options.on_lost = note_loss;
	bob->forward_ms = 100;
	bob->forward_to = "Sim/carol";
	carol->answer_ms = 500;
	for (long allowed = 0; !enough; allowed++) {
		losses[0] = winner[0] = '\0';
		place_call();
		sim_pass(95);
		rd__alloc_fail_after(allowed);
		sim_pass(10);
		enough = rd__alloc_refused() == 0;
		rd__alloc_fail_after(-1);
		sim_finish();
		assert_int_equal(losses_count(), *winner ? 0 : 1);
	}
	assert_string_equal(winner, "Sim/carol");
}

static void nobody_answers_until_the_timeout(void **state)
{
	uint64_t before = rd_now_ms();

	(void)state;
	options.timeout_ms = 30000;
	bob->ring_ms = 100;
	place_call();
	sim_finish();
	assert_int_equal(result.status, RD_DIAL_NOANSWER);
	assert_int_equal(result.cause, RD_CAUSE_NO_ANSWER);
	assert_in_range(rd_now_ms() - before, 30000, 30010);
	assert_int_equal(bob->cause, RD_CAUSE_NO_ANSWER);
}

static void the_caller_who_hangs_up_cancels(void **state)
{
	(void)state;
	targets = "Sim/bob&Sim/carol";
	bob->ring_ms = 100;
	place_call();
	sim_pass(5000);
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(rc, -ECANCELED);
	assert_int_equal(result.status, RD_DIAL_CANCEL);
	assert_int_equal(bob->hung_up, 1);
	assert_int_equal(carol->hung_up, 1);
}

static void a_caller_who_hangs_up_as_the_other_answers_leaves_nobody_behind(void **state)
{
	(void)state;
	bob->answer_ms = 5000;
	place_call();
	sim_pass(4999);
	rd_channel_post(bob->ch, RD_SIGNAL_ANSWER, 0);
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(bob->hung_up, 1);
	assert_int_equal(rd_channel_count(), 0);
}

static void busy_is_busy(void **state)
{
	(void)state;
	bob->refuse_ms = 100;
	bob->refuse_cause = RD_CAUSE_BUSY;
	place_call();
	sim_finish();
	assert_int_equal(rc, 0);
	assert_int_equal(result.status, RD_DIAL_BUSY);
	assert_int_equal(result.cause, RD_CAUSE_BUSY);
}

static void a_leg_that_is_hung_up_with_a_cause_counts_by_its_cause(void **state)
{
	static const struct {
		int cause;
		enum rd_dial_status status;
	} cases[] = {
		{ RD_CAUSE_BUSY, RD_DIAL_BUSY },
		{ RD_CAUSE_REJECTED, RD_DIAL_BUSY },
		{ RD_CAUSE_CONGESTION, RD_DIAL_CONGESTION },
		{ RD_CAUSE_UNALLOCATED, RD_DIAL_CHANUNAVAIL },
		{ RD_CAUSE_SUBSCRIBER_ABSENT, RD_DIAL_CHANUNAVAIL },
		{ RD_CAUSE_NO_ANSWER, RD_DIAL_NOANSWER },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		bob->refuse_ms = 100;
		bob->refuse_cause = RD_CAUSE_NONE;
		place_call();
		sim_pass(50);
		rd_channel_post(bob->ch, RD_SIGNAL_HANGUP, cases[i].cause);
		sim_finish();
		assert_int_equal(result.status, cases[i].status);
		assert_int_equal(result.cause, cases[i].cause);
	}
}

static void one_busy_among_many_does_not_end_the_others(void **state)
{
	(void)state;
	targets = "Sim/bob&Sim/carol";
	bob->refuse_ms = 100;
	bob->refuse_cause = RD_CAUSE_BUSY;
	carol->answer_ms = 1000;
	place_call();
	sim_finish();
	assert_string_equal(winner, "Sim/carol");
}

static void who_cannot_be_reached_is_unavailable(void **state)
{
	(void)state;
	bob->unreachable = true;
	place_call();
	sim_finish();
	assert_int_equal(result.status, RD_DIAL_CHANUNAVAIL);
	assert_int_equal(result.cause, RD_CAUSE_SUBSCRIBER_ABSENT);
	targets = "Pigeon/bob";
	place_call();
	sim_finish();
	assert_int_equal(result.status, RD_DIAL_CHANUNAVAIL);
}

static void no_route_leads_to_a_lamp(void **state)
{
	static const struct rd_tech lamps = { .name = "Lamp" };

	(void)state;
	assert_int_equal(rd__tech_add(&lamps, "test"), 0);
	targets = "Lamp/red";
	place_call();
	sim_finish();
	rd__tech_remove(&lamps);
	assert_int_equal(result.status, RD_DIAL_CHANUNAVAIL);
	assert_int_equal(result.cause, RD_CAUSE_NO_ROUTE_DESTINATION);
}

static void what_is_no_target_is_an_error(void **state)
{
	(void)state;
	targets = "Sim/carol&nonsense";
	place_call();
	sim_finish();
	assert_int_equal(rc, -EINVAL);
	assert_int_equal(result.status, RD_DIAL_INVALIDARGS);
	assert_int_equal(carol->hung_up, 1);
}

static void early_media_of_a_single_leg_is_shown(void **state)
{
	(void)state;
	bob->progress_ms = 500;
	bob->answer_ms = 3000;
	place_call();
	sim_pass(600);
	assert_true(was_shown(alice, RD_INDICATE_PROGRESS));
	sim_press(alice, '5');
	sim_finish();
	assert_int_equal(result.progress_ms, 500);
}

static void early_media_of_one_of_many_is_ringing(void **state)
{
	(void)state;
	targets = "Sim/bob&Sim/carol";
	bob->progress_ms = 500;
	carol->progress_ms = 700;
	bob->answer_ms = 3000;
	place_call();
	sim_pass(600);
	assert_true(was_shown(alice, RD_INDICATE_RINGING));
	sim_finish();
	assert_false(was_shown(alice, RD_INDICATE_PROGRESS));
}

static void early_media_of_one_of_many_hides_behind_sound_of_ours(void **state)
{
	(void)state;
	targets = "Sim/bob&Sim/carol";
	options.ring_tone = "ring";
	bob->progress_ms = 500;
	bob->answer_ms = 3000;
	place_call();
	sim_finish();
	assert_false(was_shown(alice, RD_INDICATE_RINGING));
}

static void ringing_can_be_shown_at_once(void **state)
{
	(void)state;
	options.ring_tone = "";
	options.timeout_ms = 5000;
	place_call();
	sim_pass(10);
	assert_true(was_shown(alice, RD_INDICATE_RINGING));
	sim_finish();
}

/* It rings all the same, and is waited for. */
static void a_tone_that_is_none_costs_only_the_tone(void **state)
{
	(void)state;
	options.ring_tone = "xyz";
	bob->answer_ms = 3000;
	sim_sound();
	place_call();
	sim_finish();
	assert_int_equal(rc, 0);
	assert_int_equal(result.status, RD_DIAL_ANSWER);
	assert_string_equal(winner, "Sim/bob");
}

static void a_forwarded_leg_is_called_at_its_new_place(void **state)
{
	(void)state;
	bob->forward_ms = 100;
	bob->forward_to = "Sim/carol";
	carol->answer_ms = 1000;
	place_call();
	sim_finish();
	assert_string_equal(winner, "Sim/carol");
	assert_non_null(strstr(result.forwarder, "Sim/bob"));
	assert_int_equal(bob->destroyed, 1);
}

static void forwards_in_a_circle_end(void **state)
{
	(void)state;
	bob->forward_ms = 100;
	bob->forward_to = "Sim/bob";
	place_call();
	sim_finish();
	assert_int_equal(result.status, RD_DIAL_BUSY);
	assert_int_equal(bob->called, 2); /* once by itself, once as a target */
}

static void a_forward_may_be_ignored(void **state)
{
	(void)state;
	options.ignore_forward = true;
	bob->forward_ms = 100;
	bob->forward_to = "Sim/carol";
	place_call();
	sim_finish();
	assert_int_equal(result.status, RD_DIAL_BUSY);
	assert_int_equal(carol->called, 0);
}

static bool five_ends_it(char digit, void *arg)
{
	(void)arg;
	return digit == '5';
}

static void a_key_of_the_caller_can_end_the_attempt(void **state)
{
	(void)state;
	options.caller_digit = five_ends_it;
	place_call();
	sim_pass(100);
	sim_press(alice, '4');
	sim_pass(100);
	assert_int_equal(rc, -1);
	sim_press(alice, '5');
	sim_finish();
	assert_int_equal(rc, 0);
	assert_int_equal(result.status, RD_DIAL_CANCEL);
	assert_int_equal(bob->hung_up, 1);
}

static int drop_bob(struct rd_channel *leg, void *arg)
{
	(void)arg;
	return strncmp(rd_channel_name(leg), "Sim/bob", 7) == 0 ? -EPERM : 0;
}

static void a_leg_can_be_dropped_before_it_is_called(void **state)
{
	(void)state;
	options.before_call = drop_bob;
	targets = "Sim/bob&Sim/carol";
	carol->answer_ms = 1000;
	place_call();
	sim_finish();
	assert_int_equal(bob->called, 0);
	assert_int_equal(bob->destroyed, 1);
	assert_string_equal(winner, "Sim/carol");
}

static void a_ringing_leg_that_is_redirected_leaves_the_dial(void **state)
{
	(void)state;
	targets = "Sim/bob&Sim/carol";
	options.timeout_ms = 10000;
	bob->ring_ms = 100;
	place_call();
	sim_pass(500);
	assert_int_equal(rd_channel_redirect(bob->ch, "sim", "answer", 1), 0);
	sim_pass(1000);
	assert_non_null(bob->ch);
	assert_int_equal(bob->hung_up, 0);
	assert_int_equal(rc, -1);
	sim_finish();
	assert_int_equal(result.status, RD_DIAL_NOANSWER);
	assert_int_equal(bob->hung_up, 1);
}

static void the_events_of_a_call_come_in_their_order(void **state)
{
	(void)state;
	sim_watch(RD_EVENT_BIT(RD_EVENT_DIAL_BEGIN) | RD_EVENT_BIT(RD_EVENT_DIAL_STATE) |
		  RD_EVENT_BIT(RD_EVENT_DIAL_END) | RD_EVENT_BIT(RD_EVENT_CHANNEL_END));
	bob->ring_ms = 100;
	bob->answer_ms = 200;
	place_call();
	sim_finish();
	assert_string_equal(sim_events(), "DialBegin:Sim/bob DialState:RINGING DialEnd:ANSWER "
					  "ChannelEnd ChannelEnd");
}

static int dial_without_memory(void *arg)
{
	struct rd_channel *ch;
	struct rd_channel_params params = {
		.tech = rd_tech_find("Sim"), .tech_data = alice, .base_name = "Sim/alice",
		.exten = "dial", .context = "sim", .state = RD_CHANNEL_RING,
	};
	int err = rd_channel_new(&ch, &params);

	(void)arg;
	result.status = RD_DIAL_INVALIDARGS; /* unless it comes to dialling */
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	if (err)
		return err;
	err = rd_channel_start(ch);
	if (err)
		rd_hangup(ch, RD_CAUSE_SWITCH_CONGESTION);
	rd__sched_run_idle();
	if (result.status == RD_DIAL_CONGESTION)
		assert_int_not_equal(result.cause, RD_CAUSE_NONE);
	return err;
}

static void a_dial_without_memory_leaves_nothing_behind(void **state)
{
	(void)state;
	options.timeout_ms = 3000;
	bob->ring_ms = 100;
	bob->answer_ms = 1000;
	dial_without_memory(NULL);
	assert_true(oom_sweep_lenient(dial_without_memory, NULL) > 10);
}

/* -- originated calls ------------------------------------------------------------- */

static struct rd_originate request;

static int originate(void *arg)
{
	(void)arg;
	return rd_originate(&request, &result);
}

static void an_originated_call_goes_on_in_the_dialplan(void **state)
{
	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	bob->answer_ms = 1000;
	carol->answer_ms = 1000;
	request = (struct rd_originate){ .channel = "Sim/bob",
					 .context = "sim",
					 .exten = "carol",
					 .caller_id = "\"The house\" <100>" };
	assert_int_equal(rd__sched_call(originate, NULL), 0);
	assert_int_equal(result.status, RD_DIAL_ANSWER);
	assert_string_equal(bob->shown_caller, "100");
	sim_pass(2000);
	assert_int_equal(carol->answered, 1);
	sim_finish();
	assert_int_equal(bob->hung_up, 1);
}

static void an_originated_call_to_nowhere_is_refused_at_once(void **state)
{
	(void)state;
	request = (struct rd_originate){ .channel = "Sim/bob", .context = "sim", .exten = "none" };
	assert_int_equal(rd__sched_call(originate, NULL), -ENOENT);
	request = (struct rd_originate){ .channel = "bob", .context = "sim", .exten = "carol" };
	assert_int_equal(rd__sched_call(originate, NULL), -EINVAL);
	request = (struct rd_originate){ .channel = "Sim/bob", .app = "NoSuchThing" };
	assert_int_equal(rd__sched_call(originate, NULL), -ENOENT);
	assert_int_equal(bob->called, 0);
}

static int told_rc, told_status;

static void on_done(int why, const struct rd_dial_result *outcome, const char *uniqueid,
		    void *arg)
{
	(void)uniqueid;
	(void)arg;
	told_rc = why;
	told_status = (int)outcome->status;
}

static void an_originated_call_need_not_be_waited_for(void **state)
{
	char exten[] = "answer";
	uint64_t before = rd_now_ms();

	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	bob->refuse_ms = 1000;
	bob->refuse_cause = RD_CAUSE_BUSY;
	told_status = -1;
	request = (struct rd_originate){ .channel = "Sim/bob", .context = "sim", .exten = exten,
					 .async = true, .done = on_done };
	assert_int_equal(rd__sched_call(originate, NULL), 0);
	assert_int_equal(rd_now_ms(), before);
	memset(exten, 'x', sizeof(exten) - 1);
	sim_finish();
	assert_int_equal(told_rc, 0);
	assert_int_equal(told_status, RD_DIAL_BUSY);
}

static bool is_sent_away;

static void hang_up_who_answers(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (strcmp(event->text, "ANSWER") != 0)
		return;
	if (is_sent_away)
		assert_int_equal(rd_channel_redirect(bob->ch, "sim", "answer", 1), 0);
	sim_hangup(bob);
}

static int told_state, told_cause, tellings;

static void on_change(void *arg, enum rd_transfer_state state, int cause)
{
	(void)arg;
	told_state = (int)state;
	told_cause = cause;
	tellings++;
}

/* It was told as put through, three minutes later. */
static void who_asked_hears_at_once_of_a_leg_that_went_with_its_answer(void **state)
{
	static const struct rd_subscriber cruel = { .name = "cruel",
						    .types = RD_EVENT_BIT(RD_EVENT_DIAL_END),
						    .notify = hang_up_who_answers };

	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	bob->answer_ms = 1000;
	request = (struct rd_originate){ .channel = "Sim/bob", .context = "sim", .exten = "answer",
					 .async = true, .watch = { .changed = on_change } };
	assert_int_equal(rd_subscribe(&cruel), 0);
	for (int i = 0; i < 2; i++) {
		is_sent_away = i;
		tellings = 0;
		assert_int_equal(rd__sched_call(originate, NULL), 0);
		sim_pass(1001);
		assert_int_equal(tellings, 1);
		assert_int_equal(told_state, RD_TRANSFER_FAILED);
		assert_int_equal(told_cause, RD_CAUSE_NORMAL);
		sim_finish();
		assert_int_equal(tellings, 1);
	}
	rd_unsubscribe(&cruel);
}

static int arrived;

static int arrive(struct rd_channel *ch)
{
	(void)ch;
	arrived++;
	return 0;
}

/* Bob answers when there is memory for so many things: was there enough? */
static bool answer_with(long allowed)
{
	bool enough;

	arrived = 0;
	told_rc = told_status = -1;
	assert_int_equal(rd__sched_call(originate, NULL), 0);
	sim_pass(999);
	rd__alloc_fail_after(allowed);
	sim_pass(2);
	enough = rd__alloc_refused() == 0;
	rd__alloc_fail_after(-1);
	sim_finish();
	return enough;
}

static void an_answer_that_leads_nowhere_is_told(void **state)
{
	static const struct sim_exten here[] = { { "here", arrive } };
	int failures = 0;
	bool enough;

	(void)state;
	sim_extens(here, RD_ARRAY_SIZE(here));
	bob->answer_ms = 1000;
	request = (struct rd_originate){ .channel = "Sim/bob", .context = "sim", .exten = "here",
					 .async = true, .done = on_done };
	for (long allowed = 0;; allowed++) {
		enough = answer_with(allowed);
		if (told_status == RD_DIAL_ANSWER) {
			assert_int_equal(arrived, told_rc == 0);
			failures += told_rc != 0;
		}
		if (enough)
			break;
	}
	assert_int_equal(told_rc, 0);
	assert_true(failures > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ringing_and_answer_reach_the_caller),
		TEST(the_first_to_answer_wins_and_the_others_are_told),
		TEST(two_answers_in_the_same_moment_have_one_winner),
		TEST(each_target_is_told_what_became_of_it),
		TEST(who_answers_a_forward_answers_for_who_forwarded),
		TEST(a_target_is_lost_when_the_last_of_its_forwards_is),
		TEST(a_target_whose_forward_is_answered_is_not_lost),
		TEST(a_target_whose_caller_goes_is_lost_once),
		TEST(a_forward_that_nobody_can_call_loses_the_target),
		TEST(a_forward_without_memory_loses_the_target),
		TEST(nobody_answers_until_the_timeout),
		TEST(the_caller_who_hangs_up_cancels),
		TEST(a_caller_who_hangs_up_as_the_other_answers_leaves_nobody_behind),
		TEST(busy_is_busy),
		TEST(a_leg_that_is_hung_up_with_a_cause_counts_by_its_cause),
		TEST(one_busy_among_many_does_not_end_the_others),
		TEST(who_cannot_be_reached_is_unavailable),
		TEST(no_route_leads_to_a_lamp),
		TEST(what_is_no_target_is_an_error),
		TEST(early_media_of_a_single_leg_is_shown),
		TEST(early_media_of_one_of_many_is_ringing),
		TEST(early_media_of_one_of_many_hides_behind_sound_of_ours),
		TEST(ringing_can_be_shown_at_once),
		TEST(a_tone_that_is_none_costs_only_the_tone),
		TEST(a_forwarded_leg_is_called_at_its_new_place),
		TEST(forwards_in_a_circle_end),
		TEST(a_forward_may_be_ignored),
		TEST(a_key_of_the_caller_can_end_the_attempt),
		TEST(a_leg_can_be_dropped_before_it_is_called),
		TEST(a_ringing_leg_that_is_redirected_leaves_the_dial),
		TEST(the_events_of_a_call_come_in_their_order),
		TEST(a_dial_without_memory_leaves_nothing_behind),
		TEST(an_originated_call_goes_on_in_the_dialplan),
		TEST(an_originated_call_to_nowhere_is_refused_at_once),
		TEST(an_originated_call_need_not_be_waited_for),
		TEST(who_asked_hears_at_once_of_a_leg_that_went_with_its_answer),
		TEST(an_answer_that_leads_nowhere_is_told),
	};

	return RUN_GROUP(tests);
}
