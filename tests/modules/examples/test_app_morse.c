/* Morse(): what is heard, how long, and what stops it. */
#include <ringdown/test.h>

static struct rd_test_phone *alice;

static void begin(const char *args)
{
	char plan[128];

	alice = rd_test_phone("alice");
	rd_test_load("./app_morse.so");
	snprintf(plan, sizeof(plan), "[sim]\nexten => 1,1,Morse(%s)\n", args);
	rd_test_dialplan(plan);
	rd_test_call(alice, "1");
}

static void a_dash_is_three_dots_long(void **state)
{
	(void)state;
	begin("T");
	rd_test_pass(220);
	assert_true(rd_test_is_up(alice));
	assert_in_range(rd_test_heard_hz(alice), 770, 830);
	rd_test_pass(200);
	assert_true(rd_test_is_up(alice));
	rd_test_pass(200);
	assert_null(rd_test_channel(alice));
}

static void the_tone_may_be_another_one(void **state)
{
	(void)state;
	begin("T,t(400)");
	rd_test_pass(220);
	assert_in_range(rd_test_heard_hz(alice), 380, 420);
}

static void a_key_stops_it(void **state)
{
	(void)state;
	begin("A LONG STORY");
	rd_test_pass(500);
	rd_test_press(alice, '5');
	rd_test_pass(100);
	assert_null(rd_test_channel(alice));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(a_dash_is_three_dots_long),
		RD_TEST(the_tone_may_be_another_one),
		RD_TEST(a_key_stops_it),
	};

	return rd_test_run(tests);
}
