/* .ub: what was recorded can be heard. */
#include <ringdown/test.h>

static void a_recording_is_heard_again(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");
	char plan[512];

	(void)state;
	rd_test_load("./format_ub.so");
	rd_test_load("app_record");
	rd_test_load("app_playback");
	snprintf(plan, sizeof(plan),
		 "[sim]\nexten => 1,1,Record(%s/x.ub,,1)\n"
		 "exten => 2,1,Playback(%s/x)\n",
		 rd_directory("state"), rd_directory("state"));
	rd_test_dialplan(plan);
	rd_test_speak(alice, 600, 8000);
	rd_test_call(alice, "1");
	rd_test_pass(3000);
	assert_null(rd_test_channel(alice));
	rd_test_speak(alice, 0, 0);
	rd_test_call(alice, "2");
	rd_test_pass(700);
	assert_in_range(rd_test_heard_hz(alice), 590, 610);
	assert_in_range(rd_test_loudness(alice), 7500, 8100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(a_recording_is_heard_again),
	};

	return rd_test_run(tests);
}
