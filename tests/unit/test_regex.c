/* Regular expressions: which are compiled, and which would take too long. */
#include "tests/unit/test.h"

#include <ringdown/regex.h>
#include <ringdown/str.h>

#include "core/sched/sched.h"

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
	{ "(a{0,10}|b{5,}){40}", 0 },
	{ "[]{9}[:digit:](]{200}", 0 },
	{ "([{]{50}){50}\\{9\\(", 0 },
	{ "(a*)*(b+)?", 0 },
	{ "^.{0,255}$", 0 },
	{ "^(\\+?1?[2-9][0-9]{2,}|[*#]+[0-9]*)+$", 0 },
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
	{ "a{99999999999999999999,}", -E2BIG },
	{ "a+++++++++++++", -E2BIG },
	{ "((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)", -E2BIG },
	{ "((((((((((((a{1,}){1,}){1,}){1,}){1,}){1,}){1,}){1,}){1,}){1,}){1,}){1,}", -E2BIG },
	{ "(a?){400}", -E2BIG },
	{ "(\\b\\B){3}", -E2BIG },
	{ "\\b[0-9]+\\b \\b[0-9]+\\b", 0 },
	{ "(a*)\\1", -E2BIG },
	{ "[\\1]\\\\1", 0 },
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

static char repeated[8001];

static const char *repeat(const char *text, size_t times)
{
	size_t n = strlen(text);

	assert_true(n * times < sizeof(repeated));
	for (size_t i = 0; i < times; i++)
		memcpy(repeated + i * n, text, n);
	repeated[n * times] = '\0';
	return repeated;
}

/* Each is walked through by a call within a call. */
static int compile_on_a_fiber(void *unused)
{
	static const char *const empty[] = { "a?", "()", "(|a)", "^", "\\b", "a{0,9}", "a+" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(empty); i++) {
		size_t most = 0;

		for (size_t times = 1; times <= 900; times++) {
			regex_t re;

			if (rd_regex_compile(&re, repeat(empty[i], times), 0))
				continue;
			most = times;
			assert_int_not_equal(regexec(&re, "aaa", 0, NULL, 0), REG_ESPACE);
			regfree(&re);
			times += times / 2;
		}
		assert_in_range(most, 4, 300);
	}
	return unused != NULL;
}

static void a_fibers_stack_is_enough_for_what_is_compiled(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(rd__sched_call(compile_on_a_fiber, NULL), 0);
	rd__sched_fini();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_would_cost_too_much_is_refused),
		cmocka_unit_test(parentheses_are_not_nested_without_end),
		cmocka_unit_test(a_fibers_stack_is_enough_for_what_is_compiled),
	};

	return RUN_GROUP(tests);
}
