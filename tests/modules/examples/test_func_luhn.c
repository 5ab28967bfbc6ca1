/* LUHN(): digits as cards have them. */
#include <ringdown/test.h>

static void the_digit_makes_a_number_good(void **state)
{
	(void)state;
	rd_test_load("./func_luhn.so");
	rd_test_dialplan("[sim]\nexten => 1,1,Hangup()\n");
	assert_string_equal(rd_test_expand("${LUHN(7992739871)}"), "3");
	assert_string_equal(rd_test_expand("${LUHN(79927398713,check)}"), "1");
	assert_string_equal(rd_test_expand("${LUHN(79927398714,check)}"), "0");
	assert_string_equal(rd_test_expand("${LUHN(0)}"), "0");
}

static void what_is_no_number_has_none(void **state)
{
	(void)state;
	rd_test_load("./func_luhn.so");
	rd_test_dialplan("[sim]\nexten => 1,1,Hangup()\n");
	assert_string_equal(rd_test_expand("<${LUHN(12a)}${LUHN()}${LUHN(1,chek)}>"), "<>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(the_digit_makes_a_number_good),
		RD_TEST(what_is_no_number_has_none),
	};

	return rd_test_run(tests);
}
