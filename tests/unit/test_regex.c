/* Regular expressions: which are compiled, and which would take too long. */
#include "tests/unit/test.h"

#include <ringdown/regex.h>
#include <ringdown/str.h>

static const struct {
	const char *pattern;
	int rc;
} rows[] = {
	{ "", 0 },
	{ "^[0-9]{3,5}$", 0 },
	{ "^(\\+|00)[1-9][0-9]{6,14}$", 0 },
	{ "([a-f0-9]{2}:){5}[a-f0-9]{2}", 0 },
	{ "a{200}", 0 },
	{ "(a{60}){60}", 0 },
	{ "(a{0,10}|b{5,}){100}", 0 },
	{ "[]{9}[:digit:](]{200}", 0 },
	{ "([{]{50}){50}\\{9\\(", 0 },
	{ "(a*)*(b+)?", 0 },
	{ "(", -EINVAL },
	{ "[a", -EINVAL },
	{ "a{200}{200}", -E2BIG },
	{ "(a{1,200}){1,200}", -E2BIG },
	{ "(a{200,}){200,}", -E2BIG },
	{ "(((a{1,200}){1,200}){1,200})", -E2BIG },
	{ "((a{1,200})*b){1,200}", -E2BIG },
	{ "([[:alpha:]]{200}){200}", -E2BIG },
	{ "(abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij){200}", -E2BIG },
	{ "a{99999999999999999999}", -E2BIG },
};

static void what_would_cost_too_much_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		regex_t re;
		int rc = rd_regex_compile(&re, rows[i].pattern, REG_NOSUB);

		if (rc == 0)
			regfree(&re);
		if (rc != rows[i].rc)
			fail_msg("%s: %d, not %d", rows[i].pattern, rc, rows[i].rc);
	}
}

static void parentheses_are_not_nested_without_end(void **state)
{
	char pattern[20001];
	regex_t re;

	(void)state;
	memset(pattern, '(', 10000);
	memset(pattern + 10000, ')', 10000);
	pattern[20000] = '\0';
	assert_int_equal(rd_regex_compile(&re, pattern, 0), -E2BIG);
	pattern[10030] = '\0';
	assert_int_equal(rd_regex_compile(&re, pattern + 10000 - 30, 0), 0);
	regfree(&re);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_would_cost_too_much_is_refused),
		cmocka_unit_test(parentheses_are_not_nested_without_end),
	};

	return RUN_GROUP(tests);
}
