/* Call completion: who is called back, when, and who is not. */
#include "tests/sim/sim_dialplan.h"

#include <ringdown/clock.h>
#include <ringdown/store.h>

#include "core/call/call.h"
#include "tests/sim/sip_store.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[4];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*dave = &phones[3];
static const struct rd_module *cc, *reach;

static const char plan[] =
	"[sim]\n"
	"exten => _[a-d].,1,Gosub(ring,s,1(${EXTEN}))\n"
	"exten => again,1,CallCompletionRequest()\n"
	" same => n,Note(${CC_REQUEST_RESULT}${CC_REQUEST_REASON})\n"
	"exten => never,1,CallCompletionCancel()\n"
	" same => n,Note(${CC_CANCEL_RESULT}${CC_CANCEL_REASON})\n"
	"exten => hold,1,Pause(100000)\n"
	"exten => stay,1,Dial(Sim/bob,5)\n same => n,CallCompletionRequest()\n"
	" same => n,Note(${CC_REQUEST_RESULT})\n same => n,Pause(60)\n"
	"exten => else,1,Dial(Sim/bob,5)\n same => n,Dial(Sim/carol,5)\n"
	"exten => policy,1,Set(CALLCOMPLETION(cc_agent_policy)=never)\n"
	" same => n,Note(${CALLCOMPLETION(cc_agent_policy)})\n same => n,Dial(Sim/bob,5)\n"
	"exten => short,1,Set(CALLCOMPLETION(ccbs_available_timer)=30)\n"
	" same => n,Set(CALLCOMPLETION(cc_recall_timer)=3)\n"
	" same => n,Note(${CALLCOMPLETION(cc_recall_timer)})\n same => n,Dial(Sim/bob,5)\n"
	"exten => other,1,Set(CALLCOMPLETION(cc_agent_dialstring)=Sim/dave)\n"
	" same => n,Dial(Sim/bob,5)\n"
	"exten => outside,1,Dial(Sim/bob,5,b(trunk^s^1))\n"
	"[trunk]\nexten => s,1,Set(CALLERID(num)=0123)\n same => n,Return()\n"
	"[ring]\n"
	"exten => s,1,Note(${CC_INTERFACES}${CC_EXTEN}>${ARG1})\n same => n,Dial(Sim/${ARG1},10)\n"
	" same => n,Hangup()\n";

static int load(void *arg)
{
	(void)arg;
	return reach->load();
}

static int resume(void *arg)
{
	(void)arg;
	return cc->load();
}

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave" };

	sim_dialplan_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] = (struct sim_phone){ .name = names[i], .ring_ms = 50 };
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	store_open();
	sim_load("app_dial");
	cc = sim_load("app_callcompletion");
	reach = sim_load("res_reach");
	assert_int_equal(store_call(load, NULL), 0);
	conf_dir_apply(cc->config, "[general]\ncc_max_requests = 2\n");
	sim_plan(plan);
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_pass(100);
	cc->unload();
	sim_finish();
	assert_int_equal(rd_channel_count(), 0);
	reach->unload();
	store_close();
	store_forget();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static void dial(struct sim_phone *phone, const char *exten, int ms)
{
	sim_call(phone, exten);
	sim_pass(ms);
}

/* His channel; whoever calls him meanwhile finds him busy. */
static struct rd_channel *bob_is_busy(void)
{
	struct rd_channel *ch;

	dial(bob, "hold", 100);
	ch = bob->ch;
	bob->refuse_ms = 20;
	bob->refuse_cause = RD_CAUSE_BUSY;
	return ch;
}

static void bob_is_free(struct rd_channel *ch)
{
	rd_channel_post(ch, RD_SIGNAL_HANGUP, RD_CAUSE_NORMAL);
	bob->refuse_ms = 0;
	sim_pass(50);
}

static void ask(struct sim_phone *phone, const char *expected)
{
	size_t before = strlen(sim_notes());

	dial(phone, "again", 50);
	assert_string_equal(sim_notes() + before + (before > 0), expected);
}

/* ---- busy ---- */

static void who_found_him_busy_is_called_back_when_he_is_free(void **state)
{
	struct rd_channel *talk = bob_is_busy();

	(void)state;
	dial(alice, "bob", 500);
	assert_null(alice->ch);
	ask(alice, "SUCCESS");
	sim_pass(60000);
	assert_int_equal(alice->called, 0);
	alice->answer_ms = 1000;
	bob_is_free(talk);
	assert_int_equal(alice->called, 1);
	assert_string_equal(alice->shown_caller, "bob");
	assert_int_equal(bob->called, 1);
	sim_pass(1500);
	assert_int_equal(bob->called, 2);
	assert_string_equal(bob->shown_caller, "alice");
	assert_string_equal(sim_notes(), ">bob SUCCESS Sim/bobbob>bob");
	sim_hangup(alice);
	sim_pass(60000);
	assert_int_equal(alice->called, 1);
}

static void he_may_ask_within_the_same_call(void **state)
{
	struct rd_channel *talk = bob_is_busy();

	(void)state;
	dial(alice, "stay", 500);
	assert_string_equal(sim_notes(), "SUCCESS");
	bob_is_free(talk);
	assert_int_equal(alice->called, 0); /* he is in that call still */
	sim_hangup(alice);
	sim_pass(50);
	assert_int_equal(alice->called, 1);
}

static void the_first_who_asked_is_the_first_who_is_called_back(void **state)
{
	struct rd_channel *talk = bob_is_busy();

	(void)state;
	dial(alice, "bob", 500);
	ask(alice, "SUCCESS");
	dial(carol, "bob", 500);
	ask(carol, "SUCCESS");
	bob_is_free(talk);
	assert_int_equal(alice->called, 1);
	assert_int_equal(carol->called, 0);
	sim_pass(25000); /* she does not answer */
	assert_int_equal(alice->called, 1);
	assert_int_equal(carol->called, 1);
}

static void a_caller_who_talks_is_called_back_afterwards(void **state)
{
	struct rd_channel *talk = bob_is_busy();

	(void)state;
	dial(alice, "bob", 500);
	ask(alice, "SUCCESS");
	dial(alice, "hold", 100);
	bob_is_free(talk);
	assert_int_equal(alice->called, 0);
	sim_hangup(alice);
	sim_pass(50);
	assert_int_equal(alice->called, 1);
}

static void who_is_not_to_be_disturbed_is_not_free(void **state)
{
	struct rd_channel *talk = bob_is_busy();

	(void)state;
	dial(alice, "bob", 500);
	ask(alice, "SUCCESS");
	assert_int_equal(rd_function_write(NULL, "DND", "bob", "1"), 0);
	bob_is_free(talk);
	assert_int_equal(alice->called, 0);
	assert_int_equal(rd_function_write(NULL, "DND", "bob", "0"), 0);
	sim_pass(50);
	assert_int_equal(alice->called, 1);
}

static void so_he_is_called_back_who_found_somebody_not_to_be_disturbed(void **state)
{
	(void)state;
	assert_int_equal(rd_function_write(NULL, "DND", "bob", "1"), 0);
	dial(alice, "bob", 500);
	assert_int_equal(bob->called, 0);
	ask(alice, "SUCCESS");
	sim_pass(1000);
	assert_int_equal(alice->called, 0);
	assert_int_equal(rd_function_write(NULL, "DND", "bob", "0"), 0);
	sim_pass(50);
	assert_int_equal(alice->called, 1);
}

static void or_on_the_phone_without_call_waiting(void **state)
{
	(void)state;
	assert_int_equal(rd_function_write(NULL, "CALLWAITING", "bob", "0"), 0);
	dial(bob, "hold", 100);
	dial(alice, "bob", 500);
	assert_int_equal(bob->called, 0);
	ask(alice, "SUCCESS");
	sim_hangup(bob);
	sim_pass(50);
	assert_int_equal(alice->called, 1);
}

static void somebody_else_may_be_called_back(void **state)
{
	struct rd_channel *talk = bob_is_busy();

	(void)state;
	dial(alice, "other", 500);
	ask(alice, "SUCCESS");
	bob_is_free(talk);
	assert_int_equal(alice->called, 0);
	assert_int_equal(dave->called, 1);
}

/* ---- no answer ---- */

static void who_had_no_answer_is_called_back_when_he_has_used_his_phone(void **state)
{
	(void)state;
	dial(alice, "bob", 11000);
	assert_null(alice->ch);
	ask(alice, "SUCCESS");
	sim_pass(60000);
	assert_int_equal(alice->called, 0);
	dial(bob, "hold", 1000);
	assert_int_equal(alice->called, 0);
	sim_hangup(bob);
	sim_pass(50);
	assert_int_equal(alice->called, 1);
}

static void so_is_who_hung_up_while_it_rang(void **state)
{
	(void)state;
	dial(alice, "bob", 3000);
	sim_hangup(alice);
	sim_pass(50);
	ask(alice, "SUCCESS");
	dial(bob, "hold", 1000);
	sim_hangup(bob);
	sim_pass(50);
	assert_int_equal(alice->called, 1);
}

/* ---- there is nothing to ask for ---- */

static void nothing_is_offered_without_a_call_that_failed(void **state)
{
	(void)state;
	ask(alice, "FAILNO_CORE_INSTANCE");
	bob->answer_ms = 100;
	dial(alice, "bob", 500);
	sim_hangup(alice);
	sim_pass(50);
	ask(alice, "FAILNO_CORE_INSTANCE");
}

static void nor_when_somebody_answered_in_the_end(void **state)
{
	(void)state;
	bob_is_busy();
	carol->answer_ms = 100;
	dial(alice, "else", 500);
	assert_int_equal(carol->answered, 1);
	sim_hangup(alice);
	sim_pass(50);
	ask(alice, "FAILNO_CORE_INSTANCE");
}

static void the_offer_is_over_after_a_while(void **state)
{
	(void)state;
	bob_is_busy();
	dial(alice, "bob", 500);
	sim_pass(21000);
	ask(alice, "FAILNO_CORE_INSTANCE");
}

static void another_phone_has_no_part_in_it(void **state)
{
	(void)state;
	bob_is_busy();
	dial(alice, "bob", 500);
	ask(carol, "FAILNO_CORE_INSTANCE");
	ask(alice, "SUCCESS");
	ask(alice, "FAILNO_CORE_INSTANCE");
}

static void the_dialplan_may_not_want_it(void **state)
{
	(void)state;
	bob_is_busy();
	dial(alice, "policy", 500);
	assert_string_equal(sim_notes(), "never");
	ask(alice, "FAILNO_CORE_INSTANCE");
}

static void nobody_waits_for_a_line_to_the_outside(void **state)
{
	(void)state;
	bob_is_busy();
	dial(alice, "outside", 500);
	ask(alice, "FAILNO_CORE_INSTANCE");
}

static void not_everybody_can_wait(void **state)
{
	(void)state;
	bob_is_busy();
	dial(alice, "bob", 500);
	ask(alice, "SUCCESS");
	dial(carol, "bob", 500);
	ask(carol, "SUCCESS");
	dial(dave, "bob", 500);
	ask(dave, "FAILTOO_MANY_REQUESTS");
	dial(carol, "bob", 500); /* in the place of the one before */
	ask(carol, "SUCCESS");
}

/* ---- its end ---- */

static void it_can_be_cancelled(void **state)
{
	struct rd_channel *talk = bob_is_busy();

	(void)state;
	dial(alice, "bob", 500);
	ask(alice, "SUCCESS");
	assert_int_equal(rd_device_state("ccss:Sim/alice"), RD_DEVICE_INUSE);
	dial(alice, "never", 50);
	assert_int_equal(rd_device_state("ccss:Sim/alice"), RD_DEVICE_NOT_INUSE);
	dial(alice, "never", 50);
	bob_is_free(talk);
	sim_pass(1000);
	assert_int_equal(alice->called, 0);
	assert_string_equal(sim_notes(), ">bob SUCCESS SUCCESS FAILNO_CORE_INSTANCE");
}

static void it_is_over_after_its_time(void **state)
{
	struct rd_channel *talk = bob_is_busy();

	(void)state;
	dial(alice, "short", 500);
	ask(alice, "SUCCESS");
	sim_pass(31000);
	bob_is_free(talk);
	assert_int_equal(alice->called, 0);
}

static void who_does_not_answer_is_called_back_once(void **state)
{
	struct rd_channel *talk = bob_is_busy();

	(void)state;
	dial(alice, "short", 500);
	ask(alice, "SUCCESS");
	bob_is_free(talk);
	assert_int_equal(alice->called, 1);
	sim_pass(2500);
	assert_non_null(alice->ch);
	sim_pass(1000);
	assert_null(alice->ch);
	dial(bob, "hold", 100);
	sim_hangup(bob);
	sim_pass(100);
	assert_int_equal(alice->called, 1);
}

/* He is called back when there is memory for so many things: was there enough? */
static bool call_back_with(long allowed)
{
	struct rd_channel *talk = bob_is_busy();
	bool enough;

	dial(alice, "bob", 500);
	dial(alice, "again", 50);
	rd__alloc_fail_after(allowed);
	bob_is_free(talk);
	enough = rd__alloc_refused() == 0;
	rd__alloc_fail_after(-1);
	sim_pass(22000);
	assert_int_equal(rd_channel_count(), 0);
	assert_int_equal(rd_device_state("ccss:Sim/alice"), RD_DEVICE_NOT_INUSE);
	return enough;
}

static void without_memory_it_is_given_up(void **state)
{
	long allowed = 0;

	(void)state;
	while (!call_back_with(allowed))
		allowed++;
	assert_true(allowed > 0);
	assert_true(alice->called > 0);
}

/* ---- a restart ---- */

static void restart(void)
{
	cc->unload();
	store_close();
	store_open();
	assert_int_equal(store_call(resume, NULL), 0);
	conf_dir_apply(cc->config, "[general]\ncc_max_requests = 2\n");
}

static void what_was_asked_for_outlives_a_restart(void **state)
{
	struct rd_channel *busy = bob_is_busy();

	(void)state;
	dial(alice, "bob", 500);
	ask(alice, "SUCCESS");
	restart();
	sim_pass(5000);
	assert_int_equal(alice->called, 0);
	alice->answer_ms = 100;
	bob_is_free(busy);
	sim_pass(1000);
	assert_int_equal(alice->called, 1);
	assert_int_equal(bob->called, 2);
	sim_hangup_all();
	sim_pass(100);
	restart();
	sim_pass(10000);
	assert_int_equal(alice->called, 1); /* once is enough */
}

static void its_time_runs_on_while_we_are_away(void **state)
{
	struct rd_channel *busy = bob_is_busy();

	(void)state;
	dial(alice, "short", 500);
	ask(alice, "SUCCESS");
	cc->unload();
	sim_pass(40000);
	assert_int_equal(store_call(resume, NULL), 0);
	bob_is_free(busy);
	sim_pass(5000);
	assert_int_equal(alice->called, 0);
}

/* As one that waits since a day when the clock was right. */
static int put_distant(void *arg)
{
	char value[128];

	(void)arg;
	snprintf(value, sizeof(value), "%lld|1|0|20|5|5||Sim/alice|sim|bob|Sim/bob",
		 (long long)rd_wall() + 3000000);
	return rd_db_put("CallCompletion", "7", value);
}

static void a_clock_that_is_far_behind_ends_nothing(void **state)
{
	(void)state;
	assert_int_equal(store_call(put_distant, NULL), 0);
	restart();
	alice->answer_ms = 100;
	sim_pass(5000);
	assert_int_equal(alice->called, 1);
}

static void what_was_taken_back_does_not_come_again(void **state)
{
	struct rd_channel *busy = bob_is_busy();

	(void)state;
	dial(alice, "bob", 500);
	ask(alice, "SUCCESS");
	dial(alice, "never", 100);
	restart();
	bob_is_free(busy);
	sim_pass(5000);
	assert_int_equal(alice->called, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: the module goes before anybody has asked for anything. */
		TEST(nothing_is_offered_without_a_call_that_failed),
		TEST(who_found_him_busy_is_called_back_when_he_is_free),
		TEST(he_may_ask_within_the_same_call),
		TEST(the_first_who_asked_is_the_first_who_is_called_back),
		TEST(a_caller_who_talks_is_called_back_afterwards),
		TEST(who_is_not_to_be_disturbed_is_not_free),
		TEST(so_he_is_called_back_who_found_somebody_not_to_be_disturbed),
		TEST(or_on_the_phone_without_call_waiting),
		TEST(somebody_else_may_be_called_back),
		TEST(who_had_no_answer_is_called_back_when_he_has_used_his_phone),
		TEST(so_is_who_hung_up_while_it_rang),
		TEST(nor_when_somebody_answered_in_the_end),
		TEST(the_offer_is_over_after_a_while),
		TEST(another_phone_has_no_part_in_it),
		TEST(the_dialplan_may_not_want_it),
		TEST(nobody_waits_for_a_line_to_the_outside),
		TEST(not_everybody_can_wait),
		TEST(it_can_be_cancelled),
		TEST(it_is_over_after_its_time),
		TEST(who_does_not_answer_is_called_back_once),
		TEST(without_memory_it_is_given_up),
		TEST(what_was_asked_for_outlives_a_restart),
		TEST(a_clock_that_is_far_behind_ends_nothing),
		TEST(its_time_runs_on_while_we_are_away),
		TEST(what_was_taken_back_does_not_come_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
