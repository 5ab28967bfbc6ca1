/* LIMITER(): how loud somebody is to others. */
#include <ringdown/test.h>

static struct rd_test_phone *alice, *bob;

static void begin(const char *level)
{
	char plan[256];

	alice = rd_test_phone("alice");
	bob = rd_test_phone("bob");
	rd_test_load("./hook_limiter.so");
	rd_test_load("app_set");
	rd_test_load("app_dial");
	snprintf(plan, sizeof(plan),
		 "[sim]\nexten => 1,1,Set(LIMITER()=%s)\n"
		 " same => n,Dial(Sim/bob)\n",
		 level);
	rd_test_dialplan(plan);
	rd_test_speak(alice, 0, 5000);
	rd_test_speak(bob, 0, 6000);
	rd_test_call(alice, "1");
	rd_test_pass(1000);
}

static void nobody_hears_more_than_the_limit(void **state)
{
	(void)state;
	begin("1000");
	assert_int_equal(rd_test_loudness(bob), 1000);
	assert_int_equal(rd_test_loudness(alice), 6000);
	rd_test_hang_up(alice);
	rd_test_pass(1000);
	rd_test_unload("hook_limiter");
}

static void what_is_below_it_stays(void **state)
{
	(void)state;
	begin("20000");
	assert_int_equal(rd_test_loudness(bob), 5000);
}

static void it_can_be_changed_and_ended(void **state)
{
	(void)state;
	begin("1000");
	assert_int_equal(rd_function_write(rd_test_channel(alice), "LIMITER", "", "300"), 0);
	rd_test_pass(300);
	assert_int_equal(rd_test_loudness(bob), 300);
	assert_int_equal(rd_function_write(rd_test_channel(alice), "LIMITER", "", "off"), 0);
	rd_test_pass(300);
	assert_int_equal(rd_test_loudness(bob), 5000);
	assert_int_equal(rd_function_write(rd_test_channel(alice), "LIMITER", "", "x"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(nobody_hears_more_than_the_limit),
		RD_TEST(what_is_below_it_stays),
		RD_TEST(it_can_be_changed_and_ended),
	};

	return rd_test_run(tests);
}
