/* Attended transfer while the second call still rings: who rings must not notice. */
#include "tests/sim/sim_dialplan.h"

#include <ringdown/transfer.h>

#include "core/call/registry.h"

static struct sim_phone phones[5];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2];
static struct sim_phone *alice2 = &phones[3], *dave = &phones[4];
static char states[128];
static int cause;

#define PLAN                                                                                       \
	"[sim]\nexten => alice,1,Dial(Sim/alice)\n"                                                \
	"exten => carol,1,Dial(Sim/carol,20)\n same => n,Note(after)\n same => n,Answer()\n"       \
	" same => n,Wait(60)\n"                                                                    \
	"exten => inner,1,Goto(inner,s,1)\n"                                                       \
	"exten => both,1,Dial(Simulated/carol&Sim/dave)\n"                                         \
	"exten => through,1,Dial(Local/carol@sim)\n"                                               \
	"exten => answered,1,Answer()\n same => n,Dial(Sim/carol)\n"                               \
	"exten => late,1,GotoIf($[\"${ATTENDEDTRANSFER}\" != \"\"]?wait)\n"                        \
	" same => n,Dial(Sim/carol)\n same => n(wait),Wait(60)\n"                                  \
	"[inner]\nexten => s,1,Dial(Sim/carol)\nexten => inner,1,Wait(60)\n"

static int answer_it(struct rd_channel *ch, const char *args)
{
	(void)args;
	return rd_answer(ch);
}

static const struct rd_app answer = { .name = "Answer", .run = answer_it, .synopsis = "-" };

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "alice2", "dave" };

	sim_dialplan_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] = (struct sim_phone){ .name = names[i] };
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	sim_load("app_dial");
	sim_load("app_wait");
	assert_int_equal(rd__app_add(&answer, "test"), 0);
	alice->answer_ms = 100;
	carol->ring_ms = dave->ring_ms = 100;
	carol->answer_ms = 5000;
	states[0] = '\0';
	cause = 0;
	sim_plan(PLAN);
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	assert_int_equal(rd_channel_count(), 0);
	rd__app_remove(&answer);
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

/* -- helpers ---------------------------------------------------------------------- */

static bool talks(struct sim_phone *a, struct sim_phone *b)
{
	return a->ch && b->ch && rd_channel_partner(a->ch) == b->ch &&
	       rd_channel_partner(b->ch) == a->ch;
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

/* bob has called alice, and she calls this number beside. */
static void consult(const char *exten)
{
	sim_call(bob, "alice");
	sim_pass(1000);
	assert_true(talks(alice, bob));
	sim_call(alice2, exten);
	sim_pass(1000);
}

static void transfer(void)
{
	assert_int_equal(rd_transfer_attended(alice->ch, alice2->ch, &watch, NULL), 0);
}

static void assert_carol_answers_bob(void)
{
	sim_pass(4000);
	assert_string_equal(states, "ringing done ");
	assert_true(talks(bob, carol));
	assert_int_equal(carol->called, 1);
	assert_int_equal(carol->hung_up, 0);
}

/* -- it is answered --------------------------------------------------------------- */

static void who_rings_rings_on(void **state)
{
	(void)state;
	consult("carol");
	transfer();
	sim_pass(1000);
	assert_string_equal(states, "ringing ");
	assert_int_equal(alice->hung_up + alice2->hung_up, 0);
	assert_carol_answers_bob();
	assert_string_equal(rd_channel_party(carol->ch, RD_PARTY_CONNECTED)->number, "bob");
	assert_string_equal(bob->connected, "carol");
	sim_pass(1000);
	assert_int_equal(alice->hung_up, 1);
	assert_int_equal(alice2->cause, RD_CAUSE_ANSWERED_ELSEWHERE);
}

static void whoever_has_answered_in_the_same_moment_is_heard(void **state)
{
	(void)state;
	carol->answer_ms = 1000;
	sim_call(bob, "alice");
	sim_pass(1000);
	sim_call(alice2, "carol");
	sim_pass(999);
	transfer();
	sim_pass(1000);
	assert_true(talks(bob, carol));
	assert_int_equal(carol->called, 1);
}

static void all_who_ring_ring_on(void **state)
{
	(void)state;
	consult("both");
	transfer();
	assert_carol_answers_bob();
	assert_int_equal(dave->called, 1);
	assert_int_equal(dave->cause, RD_CAUSE_ANSWERED_ELSEWHERE);
}

/* It is the channel between them that goes over, with all that rings behind it. */
static void who_rings_behind_another_dial_rings_on(void **state)
{
	(void)state;
	sim_sound();
	sim_load("chan_local");
	consult("through");
	transfer();
	sim_pass(5000);
	assert_string_equal(states, "ringing done ");
	assert_int_equal(carol->called, 1);
	assert_int_equal(carol->hung_up, 0);
	sim_press(carol, '5');
	sim_pass(100);
	assert_string_equal(bob->digits, "5");
}

/* Where the number was dialled, not where its dialplan has gone since. */
static void the_way_begins_where_the_call_came_in(void **state)
{
	(void)state;
	consult("inner");
	transfer();
	assert_carol_answers_bob();
}

static void one_who_was_answered_before_it_rang_is_no_exception(void **state)
{
	(void)state;
	consult("answered");
	transfer();
	assert_carol_answers_bob();
	assert_int_equal(alice2->cause, RD_CAUSE_NORMAL);
}

static void early_sound_is_heard_by_who_is_transferred(void **state)
{
	(void)state;
	sim_sound();
	carol->progress_ms = 200;
	carol->says = 700;
	consult("carol");
	assert_int_equal(alice2->hears, 700);
	transfer();
	sim_pass(1000);
	assert_string_equal(states, "ringing progress ");
	assert_int_equal(bob->hears, 700);
	sim_pass(4000);
	assert_string_equal(states, "ringing progress done ");
	assert_true(talks(bob, carol));
	assert_int_equal(carol->called, 1);
}

/* -- it is not -------------------------------------------------------------------- */

static void one_who_refuses_gives_the_caller_back(void **state)
{
	(void)state;
	carol->refuse_ms = 4000;
	carol->refuse_cause = RD_CAUSE_BUSY;
	sim_plan("[sim]\nexten => alice,1,Dial(Sim/alice)\nexten => carol,1,Dial(Sim/carol)\n");
	consult("carol");
	transfer();
	sim_pass(4000);
	assert_string_equal(states, "ringing failed ");
	assert_int_equal(cause, RD_CAUSE_BUSY);
	assert_true(talks(alice, bob));
	assert_int_equal(alice2->cause, RD_CAUSE_BUSY);
}

static void nobody_answers_and_the_dialplan_goes_on(void **state)
{
	(void)state;
	carol->answer_ms = 0;
	consult("carol");
	transfer();
	sim_pass(25000);
	assert_int_equal(carol->cause, RD_CAUSE_NO_ANSWER);
	assert_string_equal(sim_notes(), "after");
	assert_string_equal(states, "ringing done ");
	assert_non_null(bob->ch);
}

/* The dialplan leads the transferee elsewhere. */
static void who_rings_for_nobody_is_let_go(void **state)
{
	(void)state;
	carol->answer_ms = 0;
	consult("late");
	transfer();
	sim_pass(4000);
	assert_int_equal(carol->hung_up, 0);
	sim_pass(2000);
	assert_int_equal(carol->hung_up, 1);
	assert_string_equal(states, "");
}

/* -- in the same moment ------------------------------------------------------------ */

static void the_transferer_may_hang_up_once_it_rings_for_another(void **state)
{
	(void)state;
	consult("carol");
	transfer();
	sim_pass(500);
	sim_hangup(alice2);
	sim_hangup(alice);
	assert_carol_answers_bob();
}

static void the_transferer_cancels_at_once(void **state)
{
	(void)state;
	consult("carol");
	transfer();
	sim_hangup(alice2);
	assert_carol_answers_bob();
}

static void the_transferee_goes_at_once(void **state)
{
	(void)state;
	consult("carol");
	transfer();
	sim_hangup(bob);
	sim_pass(1000);
	assert_string_equal(states, "failed ");
	assert_int_equal(carol->hung_up, 1);
	assert_int_equal(alice2->hung_up, 1);
}

static void a_second_transfer_of_it_is_refused(void **state)
{
	(void)state;
	consult("carol");
	transfer();
	assert_int_equal(rd_transfer_attended(alice->ch, alice2->ch, &watch, NULL), -EBUSY);
	sim_pass(500);
	assert_int_equal(rd_transfer_attended(alice->ch, alice2->ch, &watch, NULL), -ENOTCONN);
	assert_carol_answers_bob();
}

/* -- without memory ------------------------------------------------------------------ */

static void start(struct sim_phone *phone, const char *exten)
{
	struct rd_channel_params params = sim_call_params(phone, exten);
	struct rd_channel *ch;

	if (rd_channel_new(&ch, &params))
		return;
	phone->ch = ch;
	if (rd_channel_start(ch))
		rd_hangup(ch, RD_CAUSE_SWITCH_CONGESTION);
	sim_pass(1000);
}

static int transfer_without_memory(void *arg)
{
	(void)arg;
	start(bob, "alice");
	start(alice2, "carol");
	if (alice->ch && alice2->ch)
		rd_transfer_attended(alice->ch, alice2->ch, NULL, NULL);
	sim_pass(2000);
	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		if (phones[i].ch)
			rd_hangup(phones[i].ch, RD_CAUSE_NORMAL);
	sim_pass(200000);
	rd__sched_run_idle();
	return 0;
}

static void without_memory_nothing_is_left_behind(void **state)
{
	(void)state;
	sim_plan("[sim]\nexten => alice,1,Dial(Sim/alice)\nexten => carol,1,Dial(Sim/carol)\n");
	transfer_without_memory(NULL);
	assert_true(oom_sweep_lenient(transfer_without_memory, NULL) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_rings_rings_on),
		TEST(whoever_has_answered_in_the_same_moment_is_heard),
		TEST(all_who_ring_ring_on),
		TEST(who_rings_behind_another_dial_rings_on),
		TEST(the_way_begins_where_the_call_came_in),
		TEST(one_who_was_answered_before_it_rang_is_no_exception),
		TEST(early_sound_is_heard_by_who_is_transferred),
		TEST(one_who_refuses_gives_the_caller_back),
		TEST(nobody_answers_and_the_dialplan_goes_on),
		TEST(who_rings_for_nobody_is_let_go),
		TEST(the_transferer_may_hang_up_once_it_rings_for_another),
		TEST(the_transferer_cancels_at_once),
		TEST(the_transferee_goes_at_once),
		TEST(a_second_transfer_of_it_is_refused),
		TEST(without_memory_nothing_is_left_behind),
	};

	return RUN_GROUP(tests);
}
