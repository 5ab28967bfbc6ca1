/* BridgeWait() and Bridge(): who waits hears what, and what becomes of one who is fetched. */
#include "tests/sim/sim_dialplan.h"

#include <ringdown/app.h>
#include <ringdown/config.h>

#include "core/call/call.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[3];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2];

static const struct sim_prompt prompts[] = { { "beep", 220, 'b' }, { 0 } };

enum { MUSIC = 300, OTHER_MUSIC = 400 };

static const char plan[] =
	"[sim]\n"
	"exten => wait,1,BridgeWait()\n same => n,Note(after)\n same => n,Pause(60)\n"
	"exten => speak,1,BridgeWait(default,announcer,S(2))\n same => n,Note(spoke)\n"
	"exten => other,1,BridgeWait(hall,,m(other)S(3))\n same => n,Note(over)\n"
	"exten => ring,1,BridgeWait(,,e(r))\nexten => silence,1,BridgeWait(,,e(s))\n"
	"exten => early,1,BridgeWait(,,n)\n"
	"exten => wrong,1,BridgeWait(,leader,e(x)S(x))\n"
	"exten => fetch,1,Bridge(${WHOM},pg)\n same => n,Note(${BRIDGERESULT})\n"
	"exten => briefly,1,Bridge(${WHOM},S(2))\n same => n,Note(${BRIDGERESULT})\n"
	"exten => limited,1,Set(LIMIT_PLAYAUDIO_CALLEE=yes)\n same => "
	"n,Set(LIMIT_WARNING_FILE=beep)\n"
	" same => n,Bridge(${WHOM},L(3000:1000))\n same => n,Note(${BRIDGERESULT})\n"
	"exten => unlimited,1,Bridge(${WHOM},L(x))\n"
	"exten => send,1,Bridge(${WHOM},F(sim^there^1))\n"
	"exten => quiet,1,Bridge(${WHOM},n)\n"
	"exten => there,1,Note(there)\n same => n,Pause(60)\n";

static void music(const char *name, int16_t sample)
{
	char path[64];

	snprintf(path, sizeof(path), "sounds/%s/music.wav", name);
	sim_prompt_write(path, sample, 2000);
}

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol" };
	char conf[512];

	sim_dialplan_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] =
			(struct sim_phone){ .name = names[i], .says = (int16_t)(5000 + 1000 * i) };
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	sim_sound();
	sim_prompts(prompts);
	sim_load("format_wav");
	sim_load("app_bridge");
	sim_load("app_bridgewait");
	music("moh", MUSIC);
	music("soft", OTHER_MUSIC);
	snprintf(conf, sizeof(conf),
		 "[default]\nmode = files\ndirectory = %s/sounds/moh\n"
		 "[other]\nmode = files\ndirectory = %s/sounds/soft\n",
		 conf_dir_path(), conf_dir_path());
	assert_int_equal(conf_dir_apply(&rd__music_config, conf), 0);
	sim_plan(plan);
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	assert_null(rd_bridge_next(NULL));
	rd__music_free();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static void dial(struct sim_phone *phone, const char *exten)
{
	sim_call(phone, exten);
	sim_pass(500);
}

/* Whom Bridge() fetches. */
static void fetch(struct sim_phone *phone, const char *exten, const struct sim_phone *whom)
{
	struct rd_channel *ch = sim_call(phone, exten);

	rd_var_set(ch, "WHOM", rd_channel_name(whom->ch));
	sim_pass(500);
}

/* ---- BridgeWait() ---- */

static void who_waits_hears_music_and_nobody_else(void **state)
{
	(void)state;
	dial(alice, "wait");
	dial(bob, "wait");
	assert_int_equal(alice->hears, MUSIC);
	assert_int_equal(bob->hears, MUSIC);
	sim_pass(600000);
	assert_int_equal(alice->hears, MUSIC);
}

static void an_announcer_is_heard_by_all(void **state)
{
	(void)state;
	dial(alice, "wait");
	dial(bob, "wait");
	dial(carol, "speak");
	assert_int_equal(alice->hears, carol->says);
	assert_int_equal(bob->hears, carol->says);
	assert_int_equal(carol->hears, 0);
	sim_pass(2000);
	assert_string_equal(sim_notes(), "spoke");
	assert_int_equal(alice->hears, MUSIC);
	assert_int_equal(bob->hears, MUSIC);
}

static void who_comes_while_one_speaks_hears_him(void **state)
{
	(void)state;
	dial(carol, "speak");
	dial(alice, "wait");
	assert_int_equal(alice->hears, carol->says);
	sim_pass(2000);
	assert_int_equal(alice->hears, MUSIC);
}

static void each_name_is_a_place_of_its_own(void **state)
{
	(void)state;
	dial(alice, "other");
	dial(carol, "speak");
	assert_int_equal(alice->hears, OTHER_MUSIC);
	sim_pass(1000);
	assert_string_equal(sim_notes(), "");
	sim_pass(2000);
	assert_string_equal(sim_notes(), "spoke over");
}

static void what_is_heard_is_a_matter_of_choice(void **state)
{
	(void)state;
	alice->heard = 0;
	dial(alice, "silence");
	assert_int_equal(alice->heard, 0);
	dial(bob, "ring");
	assert_true(bob->heard > 1000);
	assert_int_not_equal(bob->hears, MUSIC);
}

static void n_does_not_answer(void **state)
{
	(void)state;
	dial(alice, "early");
	assert_int_equal(rd_channel_state(alice->ch), RD_CHANNEL_RING);
	assert_int_equal(alice->hears, MUSIC);
}

static void what_is_wrong_is_passed_over_and_found(void **state)
{
	const struct rd_app *app = rd_app_find("BridgeWait");
	char buf[128];

	(void)state;
	dial(alice, "wrong");
	assert_int_equal(alice->hears, MUSIC);
	assert_null(app->check("a,participant,m(x)e(r)S(3)n", buf, sizeof(buf)));
	assert_string_equal(app->check("a,leader", buf, sizeof(buf)),
			    "a role is participant or announcer");
	assert_non_null(app->check("a,,z", buf, sizeof(buf)));
}

/* ---- Bridge() ---- */

static void who_is_fetched_talks_and_goes_on(void **state)
{
	(void)state;
	dial(alice, "wait");
	fetch(bob, "fetch", alice);
	assert_int_equal(alice->hears, bob->says);
	assert_int_equal(bob->hears, alice->says);
	sim_hangup(bob);
	sim_pass(100);
	assert_string_equal(sim_notes(), "after");
	assert_non_null(alice->ch);
}

static void S_ends_the_talk(void **state)
{
	(void)state;
	dial(alice, "wait");
	fetch(bob, "briefly", alice);
	assert_int_equal(alice->hears, bob->says);
	sim_pass(2000);
	assert_non_null(strstr(sim_notes(), "SUCCESS"));
	assert_non_null(strstr(sim_notes(), "after"));
}

static void L_ends_the_talk_with_a_warning_to_who_is_to_hear_it(void **state)
{
	(void)state;
	dial(alice, "wait");
	fetch(bob, "limited", alice);
	assert_int_equal(alice->hears, bob->says);
	assert_string_equal(sim_marks_heard(prompts, bob, 1400), "");
	assert_string_equal(sim_marks_heard(prompts, bob, 300), "b");
	sim_pass(1000);
	assert_non_null(strstr(sim_notes(), "SUCCESS"));
	assert_non_null(strstr(sim_notes(), "after"));
}

static void L_that_is_no_time_is_no_limit(void **state)
{
	(void)state;
	dial(alice, "wait");
	fetch(bob, "unlimited", alice);
	sim_pass(60000);
	assert_int_equal(alice->hears, bob->says);
}

static void F_sends_who_was_fetched_elsewhere(void **state)
{
	(void)state;
	dial(alice, "wait");
	fetch(bob, "send", alice);
	sim_hangup(bob);
	sim_pass(100);
	assert_string_equal(sim_notes(), "there");
	assert_non_null(alice->ch);
}

static void n_leaves_who_fetches_unanswered(void **state)
{
	(void)state;
	dial(alice, "wait");
	fetch(bob, "quiet", alice);
	assert_int_equal(rd_channel_state(bob->ch), RD_CHANNEL_RING);
	assert_int_equal(bob->hears, alice->says);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_waits_hears_music_and_nobody_else),
		TEST(an_announcer_is_heard_by_all),
		TEST(who_comes_while_one_speaks_hears_him),
		TEST(each_name_is_a_place_of_its_own),
		TEST(what_is_heard_is_a_matter_of_choice),
		TEST(n_does_not_answer),
		TEST(what_is_wrong_is_passed_over_and_found),
		TEST(who_is_fetched_talks_and_goes_on),
		TEST(S_ends_the_talk),
		TEST(L_ends_the_talk_with_a_warning_to_who_is_to_hear_it),
		TEST(L_that_is_no_time_is_no_limit),
		TEST(F_sends_who_was_fetched_elsewhere),
		TEST(n_leaves_who_fetches_unanswered),
	};

	return RUN_GROUP(tests);
}
