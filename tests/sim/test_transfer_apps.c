/* BlindTransfer(), AttendedTransfer() and BridgeAdd(): calls that the dialplan moves while
 * others talk. The first two are run by keys of [applicationmap]. */
#include "tests/sim/sim_dialplan.h"

#include <ringdown/config.h>

#include "core/call/call.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[3];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2];

static const struct sim_prompt prompts[] = { { "beep", 220, 'b' }, { "beeperr", 210, 'e' }, { 0 } };

static const char plan[] =
	"[sim]\n"
	"exten => bob,1,Set(__DYNAMIC_FEATURES=send#nowhere#ask)\n"
	" same => n,Dial(Sim/bob)\n"
	"exten => 3,1,Dial(Sim/carol)\n"
	"exten => sub,1,BlindTransfer(3)\n same => n,Note(${BLINDTRANSFERSTATUS})\n"
	" same => n,Return()\n"
	"exten => wrong,1,BlindTransfer(9)\n same => n,Note(${BLINDTRANSFERSTATUS})\n"
	" same => n,BlindTransfer()\n same => n,Note(${BLINDTRANSFERSTATUS})\n"
	" same => n,AttendedTransfer(9)\n same => n,Note(${ATTENDEDTRANSFERSTATUS})\n"
	" same => n,Return()\n"
	"exten => alone,1,BlindTransfer(3)\n same => n,Note(${BLINDTRANSFERSTATUS})\n"
	" same => n,AttendedTransfer(3)\n same => n,Note(${ATTENDEDTRANSFERSTATUS})\n"
	"exten => asks,1,AttendedTransfer(3)\n same => n,Note(${ATTENDEDTRANSFERSTATUS})\n"
	" same => n,Return()\n"
	"exten => join,1,BridgeAdd(${WHOM})\n same => n,Note(${BRIDGERESULT})\n"
	"exten => itself,1,BridgeAdd(${CHANNEL(name)})\n same => n,Note(${BRIDGERESULT})\n";

#define FEATURES                                                                                   \
	"[applicationmap]\nsend => *1,self,Gosub(sim,sub,1)\nnowhere => "                          \
	"*2,self,Gosub(sim,wrong,1)\n"                                                             \
	"ask => *3,self,Gosub(sim,asks,1)\n"

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol" };
	static const char *const modules[] = { "app_dial",          "app_blind_transfer",
					       "chan_local",        "app_attended_transfer",
					       "app_bridgeaddchan", "format_wav" };

	sim_dialplan_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] = (struct sim_phone){ .name = names[i],
						.ring_ms = 10,
						.answer_ms = 100,
						.says = (int16_t)(5000 + 1000 * i) };
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	sim_sound();
	sim_prompts(prompts);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		sim_load(modules[i]);
	sim_prompt_write("sounds/moh/music.wav", 300, 2000);
	sim_default_music();
	assert_int_equal(conf_dir_apply(&rd__features_config, FEATURES), 0);
	sim_plan(plan);
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	assert_int_equal(rd_channel_count(), 0);
	assert_int_equal(conf_dir_apply(&rd__features_config, ""), 0);
	rd__music_free();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static void press(struct sim_phone *phone, const char *keys)
{
	for (; *keys; keys++) {
		sim_press(phone, *keys);
		sim_pass(100);
	}
	sim_pass(500);
}

static void talk(const struct sim_phone *a, const struct sim_phone *b)
{
	assert_non_null(a->ch);
	assert_non_null(b->ch);
	assert_int_equal(a->hears, b->says);
	assert_int_equal(b->hears, a->says);
}

static void alice_calls_bob(void)
{
	sim_call(alice, "bob");
	sim_pass(500);
	talk(alice, bob);
}

/* ---- BlindTransfer() ---- */

static void who_called_sends_the_other_on(void **state)
{
	(void)state;
	alice_calls_bob();
	press(alice, "*1");
	talk(bob, carol);
	sim_pass(500);
	assert_null(alice->ch);
}

static void who_was_called_does_it_too(void **state)
{
	(void)state;
	alice_calls_bob();
	press(bob, "*1");
	talk(alice, carol);
	sim_pass(500);
	assert_null(bob->ch);
}

static void where_it_is_refused_the_two_talk_on(void **state)
{
	(void)state;
	carol->answer_ms = 0;
	carol->refuse_ms = 50;
	carol->refuse_cause = RD_CAUSE_BUSY;
	alice_calls_bob();
	press(alice, "*1");
	talk(alice, bob);
}

static void what_cannot_be_leaves_them_talking(void **state)
{
	(void)state;
	alice_calls_bob();
	press(alice, "*2");
	assert_string_equal(sim_notes(), "INVALID FAILURE FAILURE");
	talk(alice, bob);
}

static void who_talks_to_nobody_sends_nobody(void **state)
{
	(void)state;
	assert_string_equal(sim_dial("alone"), "INVALID FAILURE");
}

/* ---- AttendedTransfer() ---- */

static void who_called_asks_first(void **state)
{
	(void)state;
	alice_calls_bob();
	press(alice, "*3");
	assert_string_equal(sim_notes(), "SUCCESS");
	talk(alice, carol);
	assert_int_equal(bob->hears, 300);
	sim_hangup(alice);
	sim_pass(500);
	talk(bob, carol);
}

static void who_was_called_asks_and_comes_back(void **state)
{
	(void)state;
	alice_calls_bob();
	press(bob, "*3");
	talk(bob, carol);
	press(bob, "*1");
	talk(alice, bob);
	assert_null(carol->ch);
}

/* ---- BridgeAdd() ---- */

static void joins(const char *whom)
{
	rd_var_set(sim_call(carol, "join"), "WHOM", whom);
	sim_pass(500);
}

static void a_third_hears_both(void **state)
{
	(void)state;
	alice_calls_bob();
	joins("Sim/bob");
	assert_int_equal(carol->hears, alice->says + bob->says);
	assert_int_equal(alice->hears, carol->says + bob->says);
	sim_hangup(alice);
	sim_pass(500);
	assert_string_equal(sim_notes(), "SUCCESS");
}

static void nobody_to_join_is_told(void **state)
{
	(void)state;
	joins("Sim/nobody");
	assert_string_equal(sim_notes(), "NONEXISTENT");
	assert_string_equal(sim_dial("itself"), "LOOP");
	sim_call(alice, "3");
	joins("Sim/alice");
	assert_string_equal(sim_notes(), "LOOP FAILURE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_called_sends_the_other_on),
		TEST(who_was_called_does_it_too),
		TEST(where_it_is_refused_the_two_talk_on),
		TEST(what_cannot_be_leaves_them_talking),
		TEST(who_talks_to_nobody_sends_nobody),
		TEST(who_called_asks_first),
		TEST(who_was_called_asks_and_comes_back),
		TEST(a_third_hears_both),
		TEST(nobody_to_join_is_told),
	};

	return RUN_GROUP(tests);
}
