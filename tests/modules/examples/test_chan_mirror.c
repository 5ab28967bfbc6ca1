/* Mirror/300: what is said comes back, later. */
#include <ringdown/test.h>

static void what_is_said_comes_back_later(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");

	(void)state;
	rd_test_load("./chan_mirror.so");
	rd_test_load("app_dial");
	rd_test_dialplan("[sim]\nexten => 1,1,Dial(Mirror/300)\n");
	rd_test_call(alice, "1");
	rd_test_pass(1000);
	assert_true(rd_test_is_up(alice));
	assert_int_equal(rd_test_loudness(alice), 0);
	rd_test_speak(alice, 0, 5000);
	rd_test_pass(250);
	assert_int_equal(rd_test_loudness(alice), 0);
	rd_test_pass(150);
	assert_int_equal(rd_test_loudness(alice), 5000);
	rd_test_hang_up(alice);
	rd_test_pass(1000);
	rd_test_unload("chan_mirror");
}

static void a_wrong_delay_is_refused(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");

	(void)state;
	rd_test_load("./chan_mirror.so");
	rd_test_load("app_dial");
	rd_test_watch(RD_EVENT_BIT(RD_EVENT_DIAL_END));
	rd_test_dialplan("[sim]\nexten => 1,1,Set(X=soon)\n same => n,Dial(Mirror/${X})\n");
	rd_test_load("app_set");
	rd_test_call(alice, "1");
	rd_test_finish();
	assert_string_equal(rd_test_events(), "");
	assert_string_equal(rd_device_state_name(rd_device_state("Mirror/soon")), "INVALID");
	assert_string_equal(rd_device_state_name(rd_device_state("Mirror/300")), "NOT_INUSE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(what_is_said_comes_back_later),
		RD_TEST(a_wrong_delay_is_refused),
	};

	return rd_test_run(tests);
}
