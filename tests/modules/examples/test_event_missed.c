/* MISSED(): calls that nobody took. */
#include <ringdown/test.h>

static void calls_that_nobody_takes_are_counted(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice"), *bob = rd_test_phone("bob");

	(void)state;
	rd_test_load("./event_missed.so");
	rd_test_load("app_dial");
	rd_test_dialplan("[sim]\nexten => 1,1,Dial(Sim/bob,5)\n");
	rd_test_answer_after(bob, 0);
	for (int i = 0; i < 2; i++) {
		rd_test_call(alice, "1");
		rd_test_pass(10000);
	}
	assert_string_equal(rd_test_expand("${MISSED(Sim/bob)}"), "2");
	rd_test_answer_after(bob, 1000);
	rd_test_call(alice, "1");
	rd_test_pass(10000);
	assert_string_equal(rd_test_expand("${MISSED(Sim/bob)} ${MISSED(Sim/alice)}"), "2 0");
	assert_int_equal(rd_function_write(NULL, "MISSED", "Sim/bob", "0"), 0);
	assert_string_equal(rd_test_expand("${MISSED(Sim/bob)}"), "0");
	assert_int_equal(rd_function_write(NULL, "MISSED", "Sim/bob", "few"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(calls_that_nobody_takes_are_counted),
	};

	return rd_test_run(tests);
}
