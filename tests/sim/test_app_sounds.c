/* Applications that play, ask and record: what each letter of Playback(), Background(),
 * ControlPlayback(), Read() and Record() does. */
#include "tests/sim/sim_dialplan.h"

#include <limits.h>
#include <sys/stat.h>

#include "core/call/music.h"
#include "tests/sim/sim_prompts.h"
#include "tests/sim/sip_store.h"
#include "tests/unit/conf_dir.h"

static const struct sim_prompt prompts[] = {
	{ "one", 190, '1' },
	{ "two", 230, '2' },
	{ "beep", 250, 'b' },
	{ "music", 300, '~' },
	{ "other", 310, 'o' },
	{ "agent-pass", 120, 'p' },
	{ "auth-thankyou", 130, 't' },
	{ "auth-incorrect", 140, 'i' },
	{ 0 },
};

static int begin(void **state)
{
	static const char *const modules[] = { "format_wav", "app_playback", "app_read",
					       "app_record", "app_wait",     "app_authenticate",
					       "func_db" };

	sim_dialplan_begin(state);
	sim_alice.says = 1000;
	sim_sound();
	sim_prompts(prompts);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		sim_load(modules[i]);
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static size_t noted_before;

/* Since the last run(). */
static const char *noted(void)
{
	const char *notes = sim_notes() + noted_before;

	return *notes == ' ' && noted_before ? notes + 1 : notes;
}

/* Alice, who is not answered, comes to these steps; the last one notes the text. */
static void run(const char *steps, const char *text)
{
	char plan[512];

	snprintf(plan, sizeof(plan),
		 "[sim]\nexten => go,1,%s\n same => n,Note(%s)\n same => n,Pause(9)\n"
		 "exten => 1,1,Note(dialled)\n same => n,Pause(9)\n"
		 "[other]\nexten => 2,1,Note(other)\n same => n,Pause(9)\n",
		 steps, text);
	sim_hangup_all();
	sim_pass(100);
	sim_plan(plan);
	sim_alice.answered = 0;
	sim_alice.hears = 0;
	noted_before = strlen(sim_notes());
	sim_call(&sim_alice, "go");
}

static const char *hears(int ms)
{
	return sim_marks_heard(prompts, &sim_alice, ms);
}

static const char *key(char digit, int ms)
{
	sim_press(&sim_alice, digit);
	sim_pass(ms);
	return noted();
}

/* -- Playback() ---------------------------------------------------------------------------- */

static void playback_answers_but_with_noanswer(void **state)
{
	(void)state;
	run("Playback(one&two)", "${PLAYBACKSTATUS}");
	assert_string_equal(hears(300), "12");
	assert_int_equal(sim_alice.answered, 1);
	assert_string_equal(noted(), "SUCCESS");
	run("Playback(one,noanswer)", "${PLAYBACKSTATUS}");
	assert_string_equal(hears(300), "1");
	assert_int_equal(sim_alice.answered, 0);
	run("Playback(one,skip)", "${PLAYBACKSTATUS}");
	assert_string_equal(hears(300), "");
	assert_int_equal(sim_alice.answered, 0);
	assert_string_equal(noted(), "SUCCESS");
}

/* -- Background() -------------------------------------------------------------------------- */

static void background_answers_but_with_n_and_s(void **state)
{
	(void)state;
	run("Background(one)", "${BACKGROUNDSTATUS}");
	assert_string_equal(hears(300), "1");
	assert_int_equal(sim_alice.answered, 1);
	run("Background(one,n)", "");
	assert_string_equal(hears(300), "1");
	assert_int_equal(sim_alice.answered, 0);
	run("Background(one,s)", "");
	assert_string_equal(hears(300), "");
	assert_int_equal(sim_alice.answered, 0);
}

static void of_background_m_wants_keys_that_lead_on_and_p_none(void **state)
{
	(void)state;
	run("Background(one&two)", "played");
	sim_pass(20);
	assert_string_equal(key('1', 500), "dialled");
	run("Background(one&two,m)", "played");
	sim_pass(20);
	assert_string_equal(key('7', 20), "");
	assert_string_equal(key('1', 500), "dialled");
	run("Background(one&two,p)", "played");
	sim_pass(20);
	assert_string_equal(key('1', 20), "");
	assert_string_equal(key('7', 500), "played");
	run("Background(one&two,m,,other)", "played");
	sim_pass(20);
	assert_string_equal(key('1', 20), "");
	assert_string_equal(key('2', 500), "other");
}

static void controlplayback_begins_at_o(void **state)
{
	(void)state;
	sim_prompt_write("sounds/en/long.wav", 190, 5000);
	run("ControlPlayback(long)", "${CPLAYBACKSTATUS}");
	sim_pass(4000);
	assert_string_equal(noted(), "");
	run("ControlPlayback(long,,,,,,,o(4000))", "${CPLAYBACKSTATUS}");
	sim_pass(1200);
	assert_string_equal(noted(), "SUCCESS");
}

/* -- WaitExten() ---------------------------------------------------------------------------- */

static void waitexten_has_music_or_a_tone(void **state)
{
	(void)state;
	sim_prompt_write("sounds/moh/music.wav", 300, 2000);
	sim_other_music(310);
	run("WaitExten(3)", "over");
	assert_string_equal(hears(500), "");
	run("WaitExten(3,m)", "over");
	assert_string_equal(hears(500), "~");
	run("WaitExten(3,m(other))", "over");
	assert_string_equal(hears(500), "o");
	assert_string_equal(key('1', 100), "dialled");
	sim_alice.heard = 0;
	run("WaitExten(3,d)", "over");
	sim_pass(1000);
	assert_in_range(sim_alice.heard, 7000, 8500);
	sim_alice.heard = 0;
	run("WaitExten(3,d(425/100,0/900))", "over");
	sim_pass(3000);
	assert_in_range(sim_alice.heard, 2000, 2900);
	rd__music_free();
}

/* -- Read() -------------------------------------------------------------------------------- */

static void read_answers_but_with_n_and_s(void **state)
{
	(void)state;
	run("Read(X,one,1)", "${X}${READSTATUS}");
	assert_string_equal(hears(200), "1");
	assert_int_equal(sim_alice.answered, 1);
	assert_string_equal(key('4', 100), "4OK");
	run("Read(X,one,1,n)", "${X}${READSTATUS}");
	assert_string_equal(hears(200), "1");
	assert_int_equal(sim_alice.answered, 0);
	assert_string_equal(key('4', 100), "4OK");
	run("Read(X,one,1,s)", "${X}${READSTATUS}");
	assert_string_equal(hears(200), "");
	assert_int_equal(sim_alice.answered, 0);
	assert_string_equal(noted(), "SKIPPED");
}

static void read_ends_by_the_keys_of_t_and_e_stores_them(void **state)
{
	(void)state;
	run("Read(X,,8)", "${X} ${READSTATUS}");
	sim_pass(20);
	assert_string_equal(key('*', 20), "");
	assert_string_equal(key('#', 100), "* OK");
	run("Read(X,,8,t(*9))", "${X} ${READSTATUS}");
	sim_pass(20);
	assert_string_equal(key('#', 20), "");
	assert_string_equal(key('9', 100), "# OK");
	run("Read(X,,8)", "${X}${READSTATUS}");
	sim_pass(20);
	assert_string_equal(key('#', 100), "OK");
	run("Read(X,,8,e)", "${X}${READSTATUS}");
	sim_pass(20);
	assert_string_equal(key('#', 100), "#OK");
}

static void read_may_play_a_tone_or_be_deaf_meanwhile(void **state)
{
	long heard;

	(void)state;
	run("Read(X,425,1,i)", "${X}");
	sim_pass(3000);
	heard = sim_alice.heard;
	assert_true(heard > 8 * 2500);
	assert_string_equal(key('4', 100), "4");
	run("Read(X,one&two,1)", "${X}");
	sim_pass(20);
	assert_string_equal(key('4', 50), "4");
	run("Read(X,one&two,1,p)", "${X}");
	sim_pass(20);
	assert_string_equal(key('4', 50), "");
	assert_string_equal(hears(200), "12");
}

/* -- Authenticate() ------------------------------------------------------------------------ */

static void authenticates(const char *args, const char *digits)
{
	char step[PATH_MAX + 80];

	snprintf(step, sizeof(step), "Set(DB(pins/55)=x)\n same => n,Authenticate(%s)", args);
	run(step, "in-${CHANNEL(accountcode)}-${DB_EXISTS(pins/55)}");
	sim_pass(20);
	for (; *digits; digits++)
		key(*digits, 20);
	sim_pass(300);
}

static void authenticate_keeps_an_account_and_looks_into_the_database(void **state)
{
	(void)state;
	store_open();
	authenticates("1234", "1234#");
	assert_string_equal(noted(), "in--1");
	authenticates("1234,a", "1234#");
	assert_string_equal(noted(), "in-1234-1");
	authenticates("1234", "55#");
	assert_string_equal(noted(), "");
	authenticates("/pins,d", "55#");
	assert_string_equal(noted(), "in--1");
	authenticates("/pins,d", "66#");
	assert_string_equal(noted(), "");
	authenticates("/pins,dr", "55#");
	assert_string_equal(noted(), "in--0");
	sim_hangup_all();
	sim_finish();
	store_close();
	store_forget();
}

static void authenticate_reads_a_file_with_comments(void **state)
{
	char path[PATH_MAX];

	(void)state;
	store_open();
	conf_dir_write("pins.txt", "; who may\n1234\n 4321 ; Bob\n55;Ann\r\n\n");
	snprintf(path, sizeof(path), "%s/pins.txt", conf_dir_path());
	authenticates(path, "1234#");
	assert_string_equal(noted(), "in--1");
	authenticates(path, "4321#");
	assert_string_equal(noted(), "in--1");
	authenticates(path, "55#");
	assert_string_equal(noted(), "in--1");
	authenticates(path, "66#");
	assert_string_equal(noted(), "");
	sim_hangup_all();
	sim_finish();
	store_close();
	store_forget();
}

/* -- Record() ------------------------------------------------------------------------------ */

static int size_of(const char *name)
{
	struct stat st;
	char path[512];

	snprintf(path, sizeof(path), "%s/sounds/%s", conf_dir_path(), name);
	return stat(path, &st) ? -1 : (int)st.st_size;
}

static void record(const char *options)
{
	char step[80];

	snprintf(step, sizeof(step), "Record(r.wav,0,10,%s)", options);
	run(step, "${RECORD_STATUS}");
	sim_pass(1000);
}

static void record_answers_and_beeps_or_not(void **state)
{
	(void)state;
	run("Record(r.wav,0,10)", "${RECORD_STATUS}");
	assert_string_equal(hears(300), "b");
	assert_int_equal(sim_alice.answered, 1);
	run("Record(r.wav,0,10,q)", "${RECORD_STATUS}");
	assert_string_equal(hears(300), "");
	assert_int_equal(sim_alice.answered, 1);
	record("nq");
	assert_int_equal(sim_alice.answered, 0);
	assert_string_equal(key('#', 100), "DTMF");
	assert_true(size_of("r.wav") > 8000);
	record("s");
	assert_int_equal(sim_alice.answered, 0);
	assert_string_equal(noted(), "SKIP");
}

static void record_ends_by_other_keys_any_or_none(void **state)
{
	(void)state;
	record("q");
	assert_string_equal(key('*', 100), "");
	assert_string_equal(key('0', 100), "");
	assert_string_equal(key('#', 100), "DTMF");
	record("qt");
	assert_string_equal(key('#', 100), "");
	assert_string_equal(key('*', 100), "DTMF");
	record("qo");
	assert_string_equal(key('0', 100), "OPERATOR");
	record("qy");
	assert_string_equal(key('7', 100), "DTMF");
	record("qx");
	assert_string_equal(key('#', 100), "");
	sim_pass(10000);
	assert_string_equal(noted(), "TIMEOUT");
}

static void record_appends_and_keeps(void **state)
{
	int first;

	(void)state;
	record("q");
	key('#', 100);
	first = size_of("r.wav");
	record("q");
	key('#', 100);
	assert_in_range(size_of("r.wav"), first - 400, first + 400);
	record("qa");
	key('#', 100);
	assert_in_range(size_of("r.wav"), 2 * first - 800, 2 * first + 800);
	record("q");
	sim_hangup(&sim_alice);
	sim_pass(100);
	assert_int_equal(size_of("r.wav"), -1);
	record("qk");
	sim_hangup(&sim_alice);
	sim_pass(100);
	assert_in_range(size_of("r.wav"), first - 800, first + 800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(playback_answers_but_with_noanswer),
		TEST(background_answers_but_with_n_and_s),
		TEST(of_background_m_wants_keys_that_lead_on_and_p_none),
		TEST(controlplayback_begins_at_o),
		TEST(waitexten_has_music_or_a_tone),
		TEST(read_answers_but_with_n_and_s),
		TEST(read_ends_by_the_keys_of_t_and_e_stores_them),
		TEST(read_may_play_a_tone_or_be_deaf_meanwhile),
		TEST(authenticate_keeps_an_account_and_looks_into_the_database),
		TEST(authenticate_reads_a_file_with_comments),
		TEST(record_answers_and_beeps_or_not),
		TEST(record_ends_by_other_keys_any_or_none),
		TEST(record_appends_and_keeps),
	};

	return RUN_GROUP(tests);
}
