/* $[...]: every operator, its precedence, numbers beside texts, and errors. */
#include "dialplan/expression.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/oom.h"

static const struct row {
	const char *text, *result;
} rows[] = {
	/* sums, products and signs */
	{ "1 + 1", "2" },
	{ "7-9", "-2" },
	{ "  3   *  5 ", "15" },
	{ "-3 - -8", "5" },
	{ "2 + 3 * 4", "14" },
	{ "(2 + 3) * 4", "20" },
	{ "2 * 3 % 4", "2" },
	{ "17 % 5", "2" },
	{ "7 / 2", "3.5" },
	{ "8 / 3", "2.66666666666666667" },
	{ "0.1 + 0.2", "0.3" },
	{ "1 / 0", "2147483647" },
	{ "10 - 3 - 2", "5" },
	{ "100 / 10 / 5", "2" },
	{ "FLOOR(7 / 2)", "3" },
	{ "POW(2,10)", "1024" },
	{ "sqrt(16) + 1", "5" },
	/* what was not computed keeps its form */
	{ "", "" },
	{ "  ", "" },
	{ "007", "007" },
	{ "0.50", "0.50" },
	{ "hello", "hello" },
	{ "\"a b\"", "\"a b\"" },
	{ "9${x}", "9${x}" },
	/* logic */
	{ "5 & 6", "5" },
	{ "5 & 0", "0" },
	{ "0 & 5", "0" },
	{ "5 | 6", "5" },
	{ "0 | 6", "6" },
	{ "0 | 0", "0" },
	{ "\"\" | yes", "yes" },
	{ "!5", "0" },
	{ "!0", "1" },
	{ "!00", "1" },
	{ "!word", "0" },
	{ "!\"\"", "1" },
	{ "!!7", "1" },
	{ "1 && 2 || 3", "1" },
	/* comparison: numbers where both are numbers, else texts */
	{ "2 < 10", "1" },
	{ "\"2\" < \"10\"", "0" },
	{ "2 = 2.0", "1" },
	{ "\"2\" = 2", "1" },
	{ "abc = abc", "1" },
	{ "abc = ABC", "0" },
	{ "abc < abd", "1" },
	{ "ab < abc", "1" },
	{ "abc != abd", "1" },
	{ "\"abc\" = abc", "1" },
	{ "\"\" = \"\"", "1" },
	{ "\"\" = \"0\"", "0" },
	{ "3 >= 3", "1" },
	{ "3 <= 2", "0" },
	{ "3 > 2 & 2 > 1", "1" },
	{ "1 + 1 = 2", "1" },
	{ "2 == 2", "1" },
	{ "-1 < 0", "1" },
	/* choice */
	{ "1 ? yes :: no", "yes" },
	{ "0 ? yes :: no", "no" },
	{ "3 > 2 ? \"big\" :: \"small\"", "\"big\"" },
	{ "0 ? 1 :: 0 ? 2 :: 3", "3" },
	/* regular expressions */
	{ "\"hello world\" =~ world", "5" },
	{ "\"hello world\" : world", "0" },
	{ "\"hello world\" : hello", "5" },
	{ "\"hello world\" =~ \"w(.)r\"", "o" },
	{ "\"hello world\" : \"w(.)r\"", "" },
	{ "\"hello world\" =~ (world)", "5" },
	{ "\"hello\" =~ \"^h.*o$\"", "5" },
	{ "\"0049123\" : \"00([0-9]+)\"", "49123" },
	{ "\"0049123\" : \"00([0-9]+)\" + 1", "49124" },
	{ "abc =~ \"[0-9]\"", "0" },
	/* joining */
	{ "\"ab\" ~~ \"cd\"", "abcd" },
	{ "1 ~~ 2 + 1", "13" },
};

static void every_row_has_its_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		struct dp_fault fault;
		struct rd_buf out;

		rd_buf_init(&out);
		if (dp_expression(rd_str_of(rows[i].text), &out, &fault) ||
		    strcmp(rd_buf_text(&out), rows[i].result) != 0)
			fail_msg("$[%s]: '%s', expected '%s' (%s)", rows[i].text,
				 rd_buf_text(&out), rows[i].result, fault.text);
		rd_buf_fini(&out);
	}
}

static const struct bad_row {
	const char *text;
	size_t at;
	const char *says;
} bad[] = {
	{ " = 1", 1, "a variable that is empty" },
	{ "1 +", 3, "a variable that is empty" },
	{ "foo bar = 1", 4, "operator" },
	{ "(1 + 2", 6, "')'" },
	{ "1 + 2)", 5, "not expect" },
	{ "1 ? 2", 5, "'::'" },
	{ "NOSUCH(1)", 7, "no such function" },
	{ "a =~ \"(\"", 8, "regular expression" },
	{ "x =~ \"(((a{1,200}){1,200}){1,200})\"", 35, "is too large" },
};

static void errors_say_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(bad); i++) {
		struct dp_fault fault;
		struct rd_buf out;

		rd_buf_init(&out);
		assert_int_equal(dp_expression(rd_str_of(bad[i].text), &out, &fault), -EINVAL);
		assert_string_equal(rd_buf_text(&out), "");
		if (fault.at != bad[i].at || !strstr(fault.text, bad[i].says))
			fail_msg("$[%s]: at %zu: %s", bad[i].text, fault.at, fault.text);
		rd_buf_fini(&out);
	}
}

static void a_word_in_a_sum_is_zero_with_a_warning(void **state)
{
	struct dp_fault fault;
	struct rd_buf out;

	(void)state;
	rd_buf_init(&out);
	assert_int_equal(dp_expression(RD_STR("5 + many"), &out, &fault), 0);
	assert_string_equal(rd_buf_text(&out), "5");
	assert_non_null(strstr(fault.text, "'many' is not a number"));
	rd_buf_fini(&out);
}

static void depth_is_limited(void **state)
{
	struct dp_fault fault;
	struct rd_buf out;
	char deep[1000];

	(void)state;
	rd_buf_init(&out);
	memset(deep, '(', sizeof(deep));
	assert_int_equal(dp_expression((struct rd_str){ deep, sizeof(deep) }, &out, &fault),
			 -EINVAL);
	memset(deep, '!', sizeof(deep));
	assert_int_equal(dp_expression((struct rd_str){ deep, sizeof(deep) }, &out, &fault),
			 -EINVAL);
	assert_non_null(strstr(fault.text, "nested"));
	rd_buf_fini(&out);
}

static int compute_once(void *arg)
{
	struct dp_fault fault;
	struct rd_buf out;
	int rc;

	rd_buf_init(&out);
	rc = dp_expression(rd_str_of(arg), &out, &fault);
	if (rc == 0 && !out.failed)
		assert_true(out.n > 0);
	else if (out.failed)
		rc = -ENOMEM;
	rd_buf_fini(&out);
	return rc;
}

static void memory_may_run_out(void **state)
{
	long most = 0;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++)
		if (*rows[i].result)
			most = RD_MAX(most, oom_sweep(compute_once, (void *)rows[i].text));
	assert_true(most > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_has_its_value),
		cmocka_unit_test(errors_say_where),
		cmocka_unit_test(a_word_in_a_sum_is_zero_with_a_warning),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
