/* Keys that do more than move a call: recording at a touch, and the applications of
 * [applicationmap]; who may use which, and what both hear. */
#include "tests/sim/sim_dialplan.h"

#include <ringdown/config.h>

#include <dirent.h>
#include <unistd.h>

#include "core/call/bridge.h"
#include "core/call/call.h"
#include "core/config/config.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/log_catch.h"
#include "tests/unit/console.h"

static struct sim_phone phones[2];
static struct sim_phone *alice = &phones[0], *bob = &phones[1];

static const struct sim_prompt prompts[] = {
	{ "courtesy", 230, 'c' },
	{ "begun", 220, 'b' },
	{ "ended", 210, 'e' },
	{ "failed", 200, 'f' },
	{ "hello", 190, 'h' },
	{ "music", 300, 'm' },
	{ 0 },
};

#define FEATURES                                                                                   \
	"[general]\ncourtesytone = courtesy\nrecordingfailsound = failed\n"                        \
	"[featuremap]\nautomixmon => *3\nautomon => *4\n"                                          \
	"[applicationmap]\n"                                                                       \
	"self => *5,self,Note,self-${CHANNEL(name):4:3}\n"                                         \
	"peer => *6,peer/both,Note(peer-${CHANNEL(name):4:3})\n"                                   \
	"play => *7,peer,Playback(hello),soft\n"                                                   \
	"sub => *8,self,Gosub(sim,sub,1(x))\n"                                                     \
	"nested => #8,self,Gosub(sim,sub,1(x(y)z))\n"                                              \
	"short => *9,self,Note(short)\nlong => *99,self,Note(long)\n"                              \
	"none => *0,self,NoSuch(x)\n"                                                              \
	"[team]\nself => *1\npeer =>\n"

/* ---- the house ---- */

static void features(const char *conf)
{
	assert_int_equal(conf_dir_apply(&rd__features_config, conf), 0);
}

static int begin(void **state)
{
	static const char *const modules[] = { "format_wav", "app_dial", "app_mixmonitor",
					       "app_playback" };

	sim_dialplan_begin(state);
	phones[0] = (struct sim_phone){ .name = "alice", .says = 1000 };
	phones[1] = (struct sim_phone){ .name = "bob", .says = 700, .answer_ms = 100 };
	sim_phones(phones, 2);
	sim_sound();
	sim_prompts(prompts);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		sim_load(modules[i]);
	sim_prompt_write("sounds/moh/music.wav", 300, 2000);
	assert_int_equal(conf_dir_apply(&rd__music_config, ""), 0);
	sim_default_music();
	features(FEATURES);
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	features("");
	rd__music_free();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

/* ---- steps ---- */

/* Alice talks to bob: what is set before, and Dial's options. */
static void talk(const char *set, const char *options)
{
	char plan[512];

	snprintf(plan, sizeof(plan),
		 "[sim]\nexten => bob,1,Set(%s)\n same => n,Dial(Sim/bob,,%s)\n"
		 "exten => sub,1,Note(sub-${ARG1})\n same => n,Return()\n",
		 set, options);
	sim_plan(plan);
	sim_call(alice, "bob");
	sim_pass(500);
	assert_int_equal(alice->hears, bob->says);
}

static void press(struct sim_phone *phone, const char *keys)
{
	for (; *keys; keys++) {
		sim_press(phone, *keys);
		sim_pass(20);
	}
}

static const char *hears(const struct sim_phone *phone, int ms)
{
	return sim_marks_heard(prompts, phone, ms);
}

/* The files of the spool's folder, without the time in their names; "a.wav b.wav". */
static const char *files(void)
{
	static char names[512];
	char path[300];
	struct dirent *it;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/monitor", rd_directory("spool"));
	names[0] = '\0';
	dir = opendir(path);
	while (dir && (it = readdir(dir))) {
		const char *first = strchr(it->d_name, '-');

		if (it->d_name[0] == '.')
			continue;
		assert_non_null(first);
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%.*s%s",
			 *names ? " " : "", (int)(first - it->d_name), it->d_name,
			 first + 1 + strspn(first + 1, "0123456789"));
	}
	if (dir)
		closedir(dir);
	return names;
}

/* How long the only file is, in ms of its 8 kHz. */
static int length(void)
{
	char path[600];
	struct dirent *it;
	DIR *dir;
	FILE *f;
	long size;

	snprintf(path, sizeof(path), "%s/monitor", rd_directory("spool"));
	dir = opendir(path);
	assert_non_null(dir);
	do
		it = readdir(dir);
	while (it && it->d_name[0] == '.');
	assert_non_null(it);
	snprintf(path, sizeof(path), "%s/monitor/%s", rd_directory("spool"), it->d_name);
	closedir(dir);
	f = fopen(path, "rb");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	fclose(f);
	return (int)(size - 44) / 16;
}

static const char *output(void)
{
	const char *name = rd_var_get(alice->ch, "TOUCH_MIXMONITOR_OUTPUT");

	return name ? name : "";
}

/* ---- recording ---- */

static void a_key_begins_a_recording_and_ends_it(void **state)
{
	(void)state;
	talk("X=", "xX");
	press(alice, "*3");
	assert_string_equal(hears(alice, 200), "c");
	sim_pass(1000);
	assert_string_equal(files(), "auto-alice-bob.wav");
	assert_non_null(strstr(output(), "/monitor/auto-"));
	press(bob, "*3"); /* either of them may end it */
	assert_string_equal(hears(bob, 200), "c");
	sim_pass(5000);
	assert_in_range(length(), 1100, 1500);
	press(bob, "*3");
	sim_pass(2000);
	assert_true(strlen(files()) > strlen("auto-alice-bob.wav"));
	assert_non_null(strstr(files(), "auto-bob-alice.wav"));
}

static void both_hear_what_happens(void **state)
{
	(void)state;
	talk("__TOUCH_MIXMONITOR_MESSAGE_START=begun", "X");
	press(alice, "*3");
	assert_string_equal(hears(bob, 300), "cb");
	features("[featuremap]\nautomixmon => *3\n");
	rd_var_set(alice->ch, "TOUCH_MIXMONITOR_MESSAGE_STOP", "ended");
	press(alice, "*3");
	assert_string_equal(hears(alice, 300), "e");
	sim_pass(100);
	assert_int_equal(alice->hears, bob->says);
}

static void the_file_is_named_by_variables(void **state)
{
	(void)state;
	talk("TOUCH_MIXMONITOR=../a,b/c", "XW");
	rd_var_set(alice->ch, "TOUCH_MIXMONITOR_PREFIX", "call");
	press(alice, "*3");
	sim_pass(500);
	assert_string_equal(files(), "call-..-a-b-c.wav");
	press(alice, "*3");
	sim_pass(500);
	unlink(output());
	rd_var_set(bob->ch, "TOUCH_MONITOR", "other");
	press(alice, "*4");
	sim_pass(500);
	assert_string_equal(files(), "auto-other.wav");
}

/* No file may have such a name; a variable may. */
static void a_name_may_be_longer_than_any_file(void **state)
{
	char prefix[2001];

	(void)state;
	memset(prefix, 'x', sizeof(prefix) - 1);
	prefix[sizeof(prefix) - 1] = '\0';
	talk("X=", "X");
	rd_var_set(alice->ch, "TOUCH_MIXMONITOR_PREFIX", prefix);
	press(alice, "*3");
	assert_string_equal(hears(alice, 300), "f");
	sim_pass(100);
	assert_int_equal(alice->hears, bob->says);
	assert_string_equal(files(), "");
}

/* The folder is a file: nothing can be written there. */
static void one_that_fails_is_told_of(void **state)
{
	(void)state;
	conf_dir_write("spool/monitor", "x");
	talk("X=", "xX");
	press(alice, "*3");
	assert_string_equal(hears(alice, 300), "f");
	sim_pass(100);
	assert_int_equal(alice->hears, bob->says);
	assert_string_equal(output(), "");
}

static void who_may_not_sends_keys(void **state)
{
	(void)state;
	talk("X=", "x");
	press(alice, "*3");
	sim_pass(1500);
	assert_string_equal(bob->digits, "*3");
	press(bob, "*4");
	sim_pass(1500);
	assert_string_equal(alice->digits, "*4");
	assert_string_equal(files(), "");
}

static void the_rights_may_come_by_a_variable(void **state)
{
	(void)state;
	talk("BRIDGE_FEATURES=Xw", "g");
	press(alice, "*4");
	sim_pass(1500);
	assert_string_equal(bob->digits, "*4");
	press(bob, "*4");
	sim_pass(500);
	assert_string_equal(files(), "auto-bob-alice.wav");
	press(alice, "*3");
	sim_pass(500);
	assert_string_equal(bob->digits, "*4");
}

/* ---- applications ---- */

static void applications_run_on_either_leg(void **state)
{
	(void)state;
	talk("__DYNAMIC_FEATURES=self#peer#sub", "g");
	press(alice, "*5");
	press(alice, "*6");
	press(bob, "*5");
	press(bob, "*6");
	press(bob, "*8");
	sim_pass(100);
	assert_string_equal(sim_notes(), "self-ali peer-bob self-bob peer-ali sub-x");
	assert_int_equal(alice->hears, bob->says);
	assert_int_equal(bob->hears, alice->says);
	assert_string_equal(bob->digits, "");
}

static void arguments_of_a_routine_may_be_in_parentheses(void **state)
{
	(void)state;
	talk("DYNAMIC_FEATURES=nested", "g");
	press(alice, "#8");
	sim_pass(100);
	assert_string_equal(sim_notes(), "sub-x(y)z");
}

/* Without __ they are alice's alone; and what is not among hers is a key. */
static void only_who_has_them_may_use_them(void **state)
{
	(void)state;
	talk("DYNAMIC_FEATURES=self", "g");
	press(bob, "*5");
	sim_pass(1500);
	assert_string_equal(alice->digits, "*5");
	press(alice, "*6");
	sim_pass(1500);
	assert_string_equal(bob->digits, "*6");
	press(alice, "*5");
	sim_pass(100);
	assert_string_equal(sim_notes(), "self-ali");
}

static void a_group_brings_keys_of_its_own(void **state)
{
	(void)state;
	talk("DYNAMIC_FEATURES=team", "g");
	press(alice, "*5");
	sim_pass(1500);
	assert_string_equal(sim_notes(), "");
	press(alice, "*1");
	press(alice, "*6");
	sim_pass(100);
	assert_string_equal(sim_notes(), "self-ali peer-bob");
}

static void who_waits_hears_music(void **state)
{
	(void)state;
	talk("DYNAMIC_FEATURES=play", "g");
	press(alice, "*7");
	assert_string_equal(hears(bob, 60), "h");
	assert_int_equal(alice->hears, 300);
	sim_pass(200);
	assert_int_equal(alice->hears, bob->says);
	assert_int_equal(bob->hears, alice->says);
}

static void the_longest_code_is_waited_for(void **state)
{
	(void)state;
	talk("DYNAMIC_FEATURES=short#long", "g");
	press(alice, "*9");
	sim_pass(500);
	assert_string_equal(sim_notes(), "");
	sim_pass(1000);
	assert_string_equal(sim_notes(), "short");
	press(alice, "*99");
	sim_pass(100);
	assert_string_equal(sim_notes(), "short long");
}

static void an_application_that_is_none_changes_nothing(void **state)
{
	(void)state;
	talk("DYNAMIC_FEATURES=none#nothing", "g");
	press(alice, "*0");
	sim_pass(100);
	assert_int_equal(alice->hears, bob->says);
	assert_int_equal(bob->hears, alice->says);
}

static void who_hangs_up_meanwhile_ends_it(void **state)
{
	(void)state;
	talk("DYNAMIC_FEATURES=play", "g");
	press(alice, "*7");
	sim_hangup(bob);
	sim_pass(500);
	assert_int_equal(alice->hung_up, 1);
}

/* ---- FEATURE(), FEATUREMAP() ---- */

static void a_channel_may_have_keys_of_its_own(void **state)
{
	(void)state;
	sim_load("func_features");
	talk("FEATUREMAP(automixmon)=77", "xX");
	press(alice, "*3");
	sim_pass(1500);
	assert_string_equal(bob->digits, "*3");
	press(alice, "77");
	sim_pass(500);
	assert_string_equal(files(), "auto-alice-bob.wav");
	press(bob, "77");
	sim_pass(1500);
	assert_string_equal(alice->digits, "77");
}

static void who_is_dialled_may_inherit_them(void **state)
{
	(void)state;
	sim_load("func_features");
	talk("FEATUREMAP(automixmon)=77)\n same => n,Set(FEATURE(inherit)=yes", "xX");
	press(bob, "77");
	sim_pass(500);
	assert_string_equal(files(), "auto-bob-alice.wav");
}

/* Each is read as features.conf writes it: the nearest number that may be; what is wrong
 * changes nothing. */
static void options_are_read_and_set(void **state)
{
	(void)state;
	sim_load("func_features");
	sim_plan("[sim]\nexten => 1,1,Set(FEATURE(transferdigittimeout)=2500ms)\n"
		 " same => n,Set(FEATURE(courtesytone)=other)\n"
		 " same => n,Set(FEATURE(atxferdropcall)=yes)\n"
		 " same => n,Set(FEATURE(transferdialattempts)=few)\n"
		 " same => n,Set(FEATURE(atxfercallbackretries)=1000)\n"
		 " same => n,Set(FEATUREMAP(disconnect)=)\n"
		 " same => n,Set(FEATUREMAP(parkcall)=hello)\n"
		 " same => n,Note(${FEATURE(transferdigittimeout)} ${FEATURE(featuredigittimeout)} "
		 "${FEATURE(courtesytone)} ${FEATURE(atxferdropcall)} ${FEATURE(inherit)} "
		 "${FEATURE(transferdialattempts)} ${FEATURE(atxfercallbackretries)} "
		 "${FEATURE(nosuch)}.${FEATURE(pickupexten)}."
		 "${FEATUREMAP(disconnect)}.${FEATUREMAP(automon)} ${FEATUREMAP(parkcall)}.)\n");
	assert_string_equal(sim_dial("1"), "2.500 1000 other yes no 3 100 .*8..*4 .");
	assert_string_equal(rd__features()->courtesy, "courtesy");
}

static void what_is_taken_otherwise_is_told_of_its_channel(void **state)
{
	struct log_catch log;
	const char *text;

	(void)state;
	sim_load("func_features");
	sim_plan("[sim]\nexten => 1,1,Set(FEATURE(atxfercallbackretries)=1000)\n"
		 " same => n,Set(FEATUREMAP(parkcall)=hello)\n");
	log_catch(&log);
	sim_dial("1");
	text = log_caught(&log);
	assert_non_null(strstr(text, ": FEATURE(): warning: [general] atxfercallbackretries = "
				     "\"1000\": 100 is taken"));
	assert_non_null(strstr(text, ": FEATUREMAP(): [general] parkcall = \"hello\": expected"));
}

static void the_console_shows_them(void **state)
{
	(void)state;
	features("[featuremap]\natxfer => *2\nblindxfer =>\n"
		 "[applicationmap]\nplain => #9,peer,Playback,a,soft\n");
	assert_console(rd__features_commands, "features show", 0,
		       "Feature          Keys\n"
		       "blindxfer        (none)\n"
		       "atxfer           *2\n"
		       "disconnect       *\n"
		       "parkcall         (none)\n"
		       "automixmon       (none)\n"
		       "automon          (none)\n"
		       "atxferabort      *1\n"
		       "atxfercomplete   *2\n"
		       "atxferthreeway   *3\n"
		       "atxferswap       *4\n"
		       "pickupexten      *8\n"
		       "11 features\n"
		       "\n"
		       "Application of   Keys     Leg  Runs\n"
		       "plain            #9       peer Playback(a)\n"
		       "1 application\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_begins_a_recording_and_ends_it),
		TEST(both_hear_what_happens),
		TEST(the_file_is_named_by_variables),
		TEST(a_name_may_be_longer_than_any_file),
		TEST(one_that_fails_is_told_of),
		TEST(who_may_not_sends_keys),
		TEST(the_rights_may_come_by_a_variable),
		TEST(applications_run_on_either_leg),
		TEST(arguments_of_a_routine_may_be_in_parentheses),
		TEST(only_who_has_them_may_use_them),
		TEST(a_group_brings_keys_of_its_own),
		TEST(who_waits_hears_music),
		TEST(the_longest_code_is_waited_for),
		TEST(an_application_that_is_none_changes_nothing),
		TEST(who_hangs_up_meanwhile_ends_it),
		TEST(a_channel_may_have_keys_of_its_own),
		TEST(who_is_dialled_may_inherit_them),
		TEST(options_are_read_and_set),
		TEST(what_is_taken_otherwise_is_told_of_its_channel),
		TEST(the_console_shows_them),
	};

	return RUN_GROUP(tests);
}
