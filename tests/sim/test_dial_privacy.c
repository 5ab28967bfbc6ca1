/* Options p, P, n and N of Dial(): the caller says his name, who is called hears it and decides,
 * and with P that counts the next time. */
#include "tests/sim/sim_dialplan.h"

#include <dirent.h>
#include <unistd.h>

#include <ringdown/store.h>

#include "tests/sim/sim_prompts.h"
#include "tests/sim/sip_store.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[2];
static struct sim_phone *alice = &phones[0], *bob = &phones[1];

static const struct sim_prompt prompts[] = {
	{ "priv-recordintro", 230, 'r' },      { "beep", 160, 'b' },
	{ "priv-callpending", 220, 'c' },      { "priv-callee-options", 210, 'P' },
	{ "screen-callee-options", 200, 'p' }, { 0 },
};

static const char plan[] = "[sim]\n"
			   "exten => screen,1,Dial(Sim/bob,20,p)\n"
			   " same => n,Note(${DIALSTATUS})\n"
			   "exten => private,1,Dial(Sim/bob,20,P(bob))\n"
			   " same => n,Note(${DIALSTATUS})\n"
			   "exten => known,1,Dial(Sim/bob,20,pN)\n"
			   " same => n,Note(${DIALSTATUS})\n"
			   "exten => forget,1,Dial(Sim/bob,20,pn)\n"
			   " same => n,Note(${DIALSTATUS})\n"
			   "exten => hidden,1,Set(CALLERID(num-pres)=prohib)\n"
			   " same => n,Dial(Sim/bob,20,P(bob))\n"
			   " same => n,Note(${DIALSTATUS})\n"
			   "exten => again,1,RetryDial(,1,2,Sim/bob,20,p)\n"
			   " same => n,Note(${DIALSTATUS})\n";

static int begin(void **state)
{
	sim_dialplan_begin(state);
	phones[0] = (struct sim_phone){ .name = "alice", .says = 5000 };
	phones[1] = (struct sim_phone){ .name = "bob", .says = 6000, .answer_ms = 200 };
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	sim_sound();
	sim_prompts(prompts);
	store_open();
	sim_load("format_wav");
	sim_load("app_dial");
	sim_plan(plan);
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	assert_int_equal(rd_channel_count(), 0);
	store_close();
	store_forget();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

/* Until bob hears the menu. Alice talks for the four seconds that her name may have. */
static void call(const char *exten)
{
	sim_call(alice, exten);
	sim_pass(5500);
}

static void bob_presses(char key)
{
	sim_press(bob, key);
	sim_pass(500);
}

static bool intro_is_there(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/spool/priv-callerintros/%s", conf_dir_path(), name);
	return access(path, F_OK) == 0;
}

static void talk(void)
{
	assert_int_equal(alice->hears, bob->says);
	assert_int_equal(bob->hears, alice->says);
}

static void dials_and_talks_at_once(const char *exten)
{
	sim_call(alice, exten);
	sim_pass(500);
	talk();
	sim_hangup(alice);
	sim_pass(100);
}

/* ---- p ---- */

static void who_is_called_hears_the_name_and_takes_the_call(void **state)
{
	(void)state;
	sim_call(alice, "screen");
	assert_string_equal(sim_marks_heard(prompts, alice, 400), "rb");
	assert_int_equal(bob->called, 0);
	sim_pass(3900);
	assert_int_equal(bob->called, 1);
	assert_string_equal(sim_marks_heard(prompts, bob, 400), "c");
	assert_int_equal(bob->hears, 5000); /* her name */
	sim_pass(2000);
	assert_string_equal(sim_marks_heard(prompts, bob, 9500), "p");
	bob_presses('1');
	talk();
	assert_true(intro_is_there("alice.wav"));
}

static void who_does_not_want_it_sends_her_on(void **state)
{
	static const struct {
		char key;
		const char *status;
	} rows[] = { { '2', "NOANSWER" }, { '3', "TORTURE" }, { '4', "DONTCALL" } };
	char want[64] = "";

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		call("screen");
		bob_presses(rows[i].key);
		strcat(want, i ? " " : "");
		strcat(want, rows[i].status);
		assert_string_equal(sim_notes(), want);
		assert_null(bob->ch);
	}
	assert_int_equal(bob->called, 3); /* nothing is kept */
}

static void who_says_nothing_or_hangs_up_has_not_answered(void **state)
{
	(void)state;
	call("screen");
	sim_pass(40000);
	assert_string_equal(sim_notes(), "NOANSWER");
	call("screen");
	sim_hangup(bob);
	sim_pass(500);
	assert_string_equal(sim_notes(), "NOANSWER NOANSWER");
}

static void a_caller_who_hangs_up_leaves_nobody_behind(void **state)
{
	(void)state;
	call("screen");
	sim_hangup(alice);
	sim_pass(500);
	assert_null(bob->ch);
	call("again");
	bob_presses('1');
	talk();
}

static void her_name_is_asked_for_once_unless_it_is_not_kept(void **state)
{
	(void)state;
	call("screen");
	bob_presses('2');
	sim_call(alice, "screen");
	sim_pass(100);
	assert_int_equal(bob->called, 2); /* at once */
	sim_hangup(alice);
	sim_pass(100);
	sim_call(alice, "forget");
	assert_string_equal(sim_marks_heard(prompts, alice, 400), "rb");
	sim_pass(5500);
	bob_presses('1');
	talk();
	sim_hangup(bob);
	sim_pass(500);
	assert_true(intro_is_there("alice.wav")); /* the other one */
}

static void nobody_is_asked_whose_number_is_shown(void **state)
{
	(void)state;
	dials_and_talks_at_once("known");
}

/* ---- P ---- */

static void what_is_decided_counts_the_next_time(void **state)
{
	(void)state;
	call("private");
	bob_presses('1');
	talk();
	sim_hangup(alice);
	sim_pass(100);
	dials_and_talks_at_once("private");
	assert_int_equal(rd_db_put("privacy", "bob/alice", "kill"), 0);
	sim_call(alice, "private");
	sim_pass(100);
	assert_string_equal(sim_notes(), "DONTCALL");
	assert_int_equal(bob->called, 2);
}

static void a_refusal_counts_the_next_time(void **state)
{
	(void)state;
	call("private");
	bob_presses('3');
	sim_call(alice, "private");
	sim_pass(100);
	assert_string_equal(sim_notes(), "TORTURE TORTURE");
	assert_int_equal(bob->called, 1);
}

static void this_once_is_not_for_ever(void **state)
{
	(void)state;
	call("private");
	bob_presses('5');
	talk();
	sim_hangup(alice);
	sim_pass(100);
	sim_call(alice, "private");
	sim_pass(3000);
	bob_presses('4');
	assert_string_equal(sim_notes(), "DONTCALL");
}

static size_t intros(void)
{
	struct dirent *entry;
	char path[512];
	size_t count = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/spool/priv-callerintros", conf_dir_path());
	folder = opendir(path);
	assert_non_null(folder);
	while ((entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

static void of_who_does_not_show_himself_nothing_is_kept(void **state)
{
	const char *key, *value;
	size_t pos = 0;

	(void)state;
	call("hidden");
	assert_int_equal(intros(), 1);
	assert_int_equal(bob->hears, 5000);
	bob_presses('3');
	assert_string_equal(sim_notes(), "TORTURE");
	assert_int_equal(intros(), 0);
	assert_false(rd_db_next(&pos, "privacy", NULL, &key, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_called_hears_the_name_and_takes_the_call),
		TEST(who_does_not_want_it_sends_her_on),
		TEST(who_says_nothing_or_hangs_up_has_not_answered),
		TEST(a_caller_who_hangs_up_leaves_nobody_behind),
		TEST(her_name_is_asked_for_once_unless_it_is_not_kept),
		TEST(nobody_is_asked_whose_number_is_shown),
		TEST(what_is_decided_counts_the_next_time),
		TEST(a_refusal_counts_the_next_time),
		TEST(this_once_is_not_for_ever),
		TEST(of_who_does_not_show_himself_nothing_is_kept),
	};

	return RUN_GROUP(tests);
}
