/* Letters of Dial() that are heard, or pressed: what each does for whom. */
#include "tests/sim/sim_dialplan.h"

#include "core/call/bridge.h"
#include "core/call/call.h"
#include "core/config/config.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[3];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2];

static const struct sim_prompt prompts[] = {
	{ "hello", 190, 'h' }, { "wait", 230, 'w' },  { "begun", 220, 'b' },
	{ "music", 300, 'm' }, { "other", 310, 'o' }, { 0 },
};

static void musics(void)
{
	sim_prompt_write("sounds/moh/music.wav", 300, 2000);
	sim_other_music(310);
}

static int begin(void **state)
{
	static const char *const modules[] = { "format_wav", "app_dial", "app_mixmonitor" };

	sim_dialplan_begin(state);
	phones[0] = (struct sim_phone){ .name = "alice", .says = 1000 };
	phones[1] = (struct sim_phone){ .name = "bob", .says = 700, .answer_ms = 1000 };
	phones[2] = (struct sim_phone){ .name = "carol", .says = 500 };
	sim_phones(phones, 3);
	sim_sound();
	sim_prompts(prompts);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		sim_load(modules[i]);
	musics();
	assert_int_equal(conf_dir_apply(&rd__features_config,
					"[general]\ncourtesytone = begun\n"
					"[featuremap]\ndisconnect => *0\nautomixmon => *3\n"
					"automon => *4\n"),
			 0);
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	assert_int_equal(conf_dir_apply(&rd__features_config, ""), 0);
	rd__music_free();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static void dial(const char *options)
{
	char plan[128];

	snprintf(plan, sizeof(plan), "[sim]\nexten => bob,1,Dial(Sim/bob,20,%s)\n", options);
	sim_plan(plan);
	sim_call(alice, "bob");
}

static void press(struct sim_phone *phone, const char *keys)
{
	for (; *keys; keys++) {
		sim_press(phone, *keys);
		sim_pass(20);
	}
	sim_pass(200);
}

static const char *hears(const struct sim_phone *phone, int ms)
{
	return sim_marks_heard(prompts, phone, ms);
}

static bool rings(const struct sim_phone *phone)
{
	return phone->shown & 1u << RD_INDICATE_RINGING;
}

static void r_is_ringing_before_anybody_rings(void **state)
{
	(void)state;
	dial("");
	sim_pass(500);
	assert_false(rings(alice));
	sim_hangup(alice);
	sim_pass(100);
	dial("r");
	sim_pass(500);
	assert_true(rings(alice));
	assert_int_equal(alice->heard, 0);
}

static void r_may_be_a_tone(void **state)
{
	(void)state;
	dial("r(busy)");
	sim_pass(800);
	assert_true(alice->heard > 1000);
	sim_pass(1000);
	assert_int_equal(alice->hears, bob->says);
}

static void m_is_music_until_somebody_answers(void **state)
{
	(void)state;
	dial("m");
	assert_string_equal(hears(alice, 800), "m");
	sim_pass(500);
	assert_int_equal(alice->hears, bob->says);
}

static void music_comes_before_ringing_where_both_are_wanted(void **state)
{
	(void)state;
	bob->ring_ms = 100;
	dial("rm");
	assert_string_equal(hears(alice, 800), "m");
	assert_false(rings(alice));
}

static void m_may_be_of_a_class(void **state)
{
	(void)state;
	dial("m(other)");
	assert_string_equal(hears(alice, 800), "o");
}

static void A_is_for_one_and_then_the_other(void **state)
{
	(void)state;
	dial("A(hello:wait)");
	sim_pass(990);
	assert_string_equal(hears(bob, 100), "h");
	assert_string_equal(hears(alice, 120), "w");
	sim_pass(100);
	assert_int_equal(alice->hears, bob->says);
	sim_hangup(alice);
	sim_pass(100);
	dial("A(hello)");
	assert_string_equal(hears(bob, 1300), "h");
	assert_int_equal(alice->hears, bob->says);
}

static void L_ends_the_talk_and_warns_before(void **state)
{
	(void)state;
	sim_plan("[sim]\nexten => bob,1,Set(LIMIT_WARNING_FILE=hello)\n"
		 " same => n,Dial(Sim/bob,20,L(5000:3000:1000))\n");
	sim_call(alice, "bob");
	sim_pass(1000);
	assert_string_equal(hears(alice, 1900), "");
	assert_string_equal(hears(alice, 900), "h");
	assert_string_equal(hears(alice, 1000), "h");
	assert_non_null(alice->ch);
	sim_pass(1500);
	assert_null(alice->ch);
	assert_null(bob->ch);
}

static void i_follows_no_forward(void **state)
{
	(void)state;
	bob->answer_ms = 0;
	bob->forward_ms = 100;
	bob->forward_to = "Sim/carol";
	dial("");
	sim_pass(500);
	assert_int_equal(carol->called, 1);
	sim_hangup(alice);
	sim_pass(100);
	dial("i");
	sim_pass(500);
	assert_int_equal(bob->called, 2);
	assert_int_equal(carol->called, 1);
}

/* -- keys, by the letter and who may -------------------------------------------------------- */

static void talk(const char *options)
{
	dial(options);
	sim_pass(1500);
	assert_int_equal(alice->hears, bob->says);
}

static void a_letter_ends_the_call(const char *letter, struct sim_phone *who,
				   struct sim_phone * not )
{
	talk(letter);
	press(not, "*0");
	sim_pass(3000);
	assert_non_null(rd_bridge_next(NULL));
	press(who, "*0");
	assert_null(rd_bridge_next(NULL));
	sim_hangup_all();
	sim_pass(100);
}

static void a_letter_records(const char *letter, const char *keys, struct sim_phone *who,
			     struct sim_phone * not )
{
	talk(letter);
	press(not, keys);
	assert_string_equal(hears(not, 3000), "");
	for (; *keys; keys++)
		sim_press(who, *keys);
	assert_string_equal(hears(who, 500), "b");
	sim_hangup_all();
	sim_pass(100);
}

static void keys_are_for_whom_the_letter_says(void **state)
{
	(void)state;
	a_letter_ends_the_call("h", bob, alice);
	a_letter_ends_the_call("H", alice, bob);
	a_letter_records("x", "*3", bob, alice);
	a_letter_records("X", "*3", alice, bob);
	a_letter_records("w", "*4", bob, alice);
	a_letter_records("W", "*4", alice, bob);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(r_is_ringing_before_anybody_rings),
		TEST(r_may_be_a_tone),
		TEST(m_is_music_until_somebody_answers),
		TEST(music_comes_before_ringing_where_both_are_wanted),
		TEST(m_may_be_of_a_class),
		TEST(A_is_for_one_and_then_the_other),
		TEST(L_ends_the_talk_and_warns_before),
		TEST(i_follows_no_forward),
		TEST(keys_are_for_whom_the_letter_says),
	};

	return RUN_GROUP(tests);
}
