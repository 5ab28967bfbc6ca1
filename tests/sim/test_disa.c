/* DISA(): who may dial on from outside, where to, and what he hears. */
#include "tests/sim/sim_dialplan.h"

#include "core/call/call.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[1];
static struct sim_phone *alice = &phones[0];

#define PLAN                                                                                       \
	"[sim]\nexten => code,1,DISA(4711,inside)\n"                                               \
	"exten => free,1,DISA(no-password,inside)\n"                                               \
	"exten => caller,1,DISA(no-password,inside,\"Desk\" <1001>)\n"                             \
	"exten => pound,1,DISA(no-password,inside,,,p)\n"                                          \
	"exten => early,1,DISA(no-password,inside,,,n)\n"                                          \
	"exten => default,1,DISA(no-password)\n"                                                   \
	"exten => file,1,DISA(%s/passcodes)\n"                                                     \
	"exten => nofile,1,DISA(%s/nosuch)\n"                                                      \
	"exten => nothing,1,DISA()\n same => n,Note(next)\n"                                       \
	"[inside]\nignorepat => 9\n"                                                               \
	"exten => 12,1,Note(12-${CALLERID(num)})\nexten => 123,1,Note(123)\n"                      \
	"exten => 9,1,Note(nine)\nexten => 91,1,Note(91)\nexten => #5,1,Note(pound)\n"             \
	"[disa]\nexten => 7,1,Note(seven)\nexten => i,1,Note(i-${INVALID_EXTEN})\n"

static int begin(void **state)
{
	char plan[2048];

	sim_dialplan_begin(state);
	phones[0] = (struct sim_phone){ .name = "alice" };
	sim_phones(phones, 1);
	sim_sound();
	sim_directories();
	sim_load("app_disa");
	conf_dir_write("passcodes", "# who may\n\n1111,inside,\"Home\" <555>\n2222 ; the others\n"
				    "3333|inside|777\n");
	snprintf(plan, sizeof(plan), PLAN, conf_dir_path(), conf_dir_path());
	sim_plan(plan);
	return 0;
}

static int finish(void **state)
{
	if (alice->ch)
		sim_hangup(alice);
	sim_finish();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

/* Is it a tone that she hears? */
static bool hears_tone(void)
{
	alice->heard = 0;
	sim_pass(300);
	return alice->heard > 1000;
}

static void press(const char *keys)
{
	for (; *keys; keys++) {
		sim_press(alice, *keys);
		sim_pass(100);
	}
}

/* She dials exten, keys that, and waits until no further key could come: what was noted. */
static const char *dials(const char *exten, const char *keys)
{
	sim_call(alice, exten);
	sim_pass(500);
	press(keys);
	sim_pass(12000);
	return sim_notes();
}

static void who_knows_the_passcode_dials_on(void **state)
{
	(void)state;
	sim_call(alice, "code");
	sim_pass(100);
	assert_int_equal(rd_channel_state(alice->ch), RD_CHANNEL_UP);
	assert_true(hears_tone());
	press("4");
	assert_false(hears_tone());
	press("711#");
	assert_true(hears_tone());
	press("123");
	assert_string_equal(sim_notes(), "123");
}

static void who_does_not_hears_no_and_is_put_down(void **state)
{
	(void)state;
	sim_call(alice, "code");
	sim_pass(100);
	press("4712#");
	assert_true(hears_tone());
	press("123");
	sim_pass(9000);
	assert_non_null(alice->ch);
	sim_pass(2000);
	assert_null(alice->ch);
	assert_string_equal(sim_notes(), "");
	assert_int_equal(alice->cause, RD_CAUSE_CONGESTION);
}

static void part_of_a_passcode_is_none(void **state)
{
	(void)state;
	assert_string_equal(dials("code", "471#12"), "");
	sim_hangup(alice);
	sim_pass(100);
	assert_string_equal(dials("code", "47111#12"), "");
}

static void who_says_nothing_is_put_down(void **state)
{
	(void)state;
	sim_call(alice, "code");
	sim_pass(19000);
	assert_non_null(alice->ch);
	sim_pass(12000);
	assert_null(alice->ch);
}

static void no_password_asks_for_none(void **state)
{
	(void)state;
	assert_string_equal(dials("free", "12"), "12-alice");
}

static void a_number_may_be_shown_instead(void **state)
{
	(void)state;
	assert_string_equal(dials("caller", "12"), "12-1001");
}

static void a_file_has_a_line_for_each(void **state)
{
	(void)state;
	sim_call(alice, "file");
	sim_pass(500);
	press("1111#");
	for (int i = 0; i < 50 && !hears_tone(); i++)
		sim_pass(20);
	press("12");
	sim_pass(12000);
	assert_string_equal(sim_notes(), "12-555");
}

static void what_a_line_leaves_out_is_as_without_it(void **state)
{
	(void)state;
	sim_call(alice, "file");
	sim_pass(500);
	press("2222#");
	for (int i = 0; i < 50 && !hears_tone(); i++)
		sim_pass(20);
	press("7");
	sim_pass(12000);
	assert_string_equal(sim_notes(), "seven");
}

static void without_the_file_nobody_may(void **state)
{
	(void)state;
	assert_string_equal(dials("nofile", "#7"), "");
}

static void a_number_that_is_not_there_has_an_extension(void **state)
{
	(void)state;
	assert_string_equal(dials("default", "8"), "i-8");
}

static void or_the_tone_that_says_no(void **state)
{
	(void)state;
	sim_call(alice, "free");
	sim_pass(500);
	press("8");
	assert_true(hears_tone());
	sim_pass(11000);
	assert_null(alice->ch);
}

static void a_hash_is_a_key_or_the_end(void **state)
{
	(void)state;
	assert_string_equal(dials("free", "#5"), "pound");
	sim_hangup(alice);
	sim_pass(100);
	sim_call(alice, "pound");
	sim_pass(500);
	press("12#");
	assert_non_null(strstr(sim_notes(), "12-alice"));
}

static void the_tone_goes_on_behind_what_ignorepat_says(void **state)
{
	(void)state;
	sim_call(alice, "free");
	sim_pass(500);
	press("9");
	assert_true(hears_tone());
	press("1");
	assert_string_equal(sim_notes(), "91");
}

static void who_is_not_answered_dials_all_the_same(void **state)
{
	(void)state;
	sim_call(alice, "early");
	sim_pass(500);
	assert_int_equal(rd_channel_state(alice->ch), RD_CHANNEL_RING);
	press("123");
	assert_string_equal(sim_notes(), "123");
}

static void what_is_wrong_is_found_before(void **state)
{
	const struct rd_app *app = rd_app_find("DISA");
	char buf[128];

	(void)state;
	assert_null(app->check("1234,inside,,,np", buf, sizeof(buf)));
	assert_non_null(app->check("", buf, sizeof(buf)));
	assert_string_equal(app->check("1234,nowhere", buf, sizeof(buf)),
			    "there is no such context to dial in");
	assert_non_null(app->check("1234,inside,,,z", buf, sizeof(buf)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_knows_the_passcode_dials_on),
		TEST(who_does_not_hears_no_and_is_put_down),
		TEST(part_of_a_passcode_is_none),
		TEST(who_says_nothing_is_put_down),
		TEST(no_password_asks_for_none),
		TEST(a_number_may_be_shown_instead),
		TEST(a_file_has_a_line_for_each),
		TEST(what_a_line_leaves_out_is_as_without_it),
		TEST(without_the_file_nobody_may),
		TEST(a_number_that_is_not_there_has_an_extension),
		TEST(or_the_tone_that_says_no),
		TEST(a_hash_is_a_key_or_the_end),
		TEST(the_tone_goes_on_behind_what_ignorepat_says),
		TEST(who_is_not_answered_dials_all_the_same),
		TEST(what_is_wrong_is_found_before),
	};

	return RUN_GROUP(tests);
}
