/* "longest calls", as it is typed. */
#include <ringdown/test.h>

static void those_that_talk_longest_come_first(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice"), *bob = rd_test_phone("bob");
	int status;

	(void)state;
	rd_test_load("./cli_longest.so");
	rd_test_load("app_echo");
	rd_test_load("app_answer");
	assert_string_equal(rd_test_command("longest calls", &status),
			    "channel                          seconds\n"
			    "0 channels that are up\n");
	rd_test_dialplan("[sim]\nexten => 1,1,Answer()\n same => n,Echo()\n");
	rd_test_call(alice, "1");
	rd_test_pass(60000);
	rd_test_call(bob, "1");
	rd_test_pass(1000);
	assert_string_equal(rd_test_command("longest calls 1", &status),
			    "channel                          seconds\n"
			    "Sim/alice-00000001               61\n"
			    "1 channel that is up\n");
	assert_int_equal(status, 0);
	assert_non_null(strstr(rd_test_command("longest calls", &status), "Sim/bob-00000002 "));
}

static void a_wrong_word_prints_the_usage(void **state)
{
	int status;

	(void)state;
	rd_test_load("./cli_longest.so");
	assert_non_null(strstr(rd_test_command("longest calls few", &status), "[count]"));
	assert_int_not_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(those_that_talk_longest_come_first),
		RD_TEST(a_wrong_word_prints_the_usage),
	};

	return rd_test_run(tests);
}
