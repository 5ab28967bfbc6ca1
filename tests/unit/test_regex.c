/* Regular expressions: they mean what they mean to the C library, and cost no
 * more than a few milliseconds, whatever they are. */
#include "tests/unit/test.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ringdown/regex.h>
#include <ringdown/str.h>

#include "core/base/alloc.h"
#include "core/sched/sched.h"

static const struct {
	const char *pattern;
	int rc;
} patterns[] = {
	{ "", 0 },
	{ "^[0-9]{3,5}$", 0 },
	{ "^(\\+|00)[1-9][0-9]{6,14}$", 0 },
	{ "([a-f0-9]{2}:){5}[a-f0-9]{2}", 0 },
	{ "(a{60}){60}", 0 },
	{ "(a?){400}", 0 },
	{ "a+++++++++++++", 0 },
	{ "^(\\+?1?[2-9][0-9]{2,}|[*#]+[0-9]*)+$", 0 },
	{ "[\\1]\\\\1", 0 },
	{ "a)", 0 },
	{ "(", -EINVAL },
	{ "[a", -EINVAL },
	{ "[]", -EINVAL },
	{ "[[:alpha:]", -EINVAL },
	{ "[[:alfa:]]", -EINVAL },
	{ "[z-a]", -EINVAL },
	{ "[[=a=]-z]", -EINVAL },
	{ "*a", -EINVAL },
	{ "a|+b", -EINVAL },
	{ "^*", -EINVAL },
	{ "a{", -EINVAL },
	{ "a{x}", -EINVAL },
	{ "a{2", -EINVAL },
	{ "a{3,2}", -EINVAL },
	{ "a\\", -EINVAL },
	{ "a{99999999999999999999}", -E2BIG },
	{ "a{200}{200}", -E2BIG },
	{ "(a{200,}){200,}", -E2BIG },
	{ "(((a{1,200}){1,200}){1,200})", -E2BIG },
	{ "((a{3000}){0}){0}", 0 },
	{ "(a*)\\1", -ENOTSUP },
};

static void what_cannot_be_read_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(patterns); i++) {
		struct rd_regex *re = NULL;
		int rc = rd_regex_new(&re, patterns[i].pattern);

		rd_regex_free(re);
		if (rc != patterns[i].rc)
			fail_msg("%s: %d, not %d", patterns[i].pattern, rc, patterns[i].rc);
	}
}

static const struct {
	const char *pattern, *text;
	struct rd_regex_span whole, group;
} matches[] = {
	{ "a|ab|abc", "xabcd", { 1, 4 }, { -1, -1 } },
	{ "^\\+?(1?)([0-9]+)$", "+15551234", { 0, 9 }, { 1, 2 } },
	{ "(b+)", "abbb", { 1, 4 }, { 1, 4 } },
	{ "(a*)+", "b", { 0, 0 }, { 0, 0 } },
	{ "(a)|b", "b", { 0, 1 }, { -1, -1 } },
	{ "(foo|foobar)(bar)?", "foobar", { 0, 6 }, { 0, 3 } },
	{ "x*$", "axx", { 1, 3 }, { -1, -1 } },
	{ "\\<b.", "ab b1", { 3, 5 }, { -1, -1 } },
	{ "[^0-9]", "12\n", { 2, 3 }, { -1, -1 } },
};

static void the_first_match_is_found_and_of_those_the_longest(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(matches); i++) {
		struct rd_regex_span spans[2];
		struct rd_regex *re;

		assert_int_equal(rd_regex_new(&re, matches[i].pattern), 0);
		assert_int_equal(rd_regex_match(re, matches[i].text, spans), 1);
		assert_memory_equal(&spans[0], &matches[i].whole, sizeof(spans[0]));
		assert_memory_equal(&spans[1], &matches[i].group, sizeof(spans[1]));
		rd_regex_free(re);
	}
}

/* ---- the C library knows it, too ---- */

static unsigned dice;

static unsigned roll(unsigned sides)
{
	dice = dice * 1103515245u + 12345u;
	return (dice >> 16) % sides;
}

static void random_branches(struct rd_buf *out, int depth);

/* Each begins with something that takes a character: the C library does not
 * come back from some expressions in which "*" repeats what takes none. */
static void random_branch(struct rd_buf *out, int depth)
{
	static const char *const atoms[] = {
		"a",	"b",   "c",   ".",   "[ab]",   "[^a]",
		"[]1]", "\\w", "\\W", "\\S", "[a-c1]", "[[:digit:]b]",
	};
	static const char *const repeats[] = { "*", "+", "?", "{2}", "{1,2}",
					       "{,2}", "{1,}", "{0,3}" };

	rd_buf_adds(out, atoms[roll(RD_ARRAY_SIZE(atoms))]);
	for (unsigned n = roll(3); n > 0; n--) {
		if (depth > 0 && roll(3) == 0)
			random_branches(out, depth - 1);
		else
			rd_buf_adds(out, atoms[roll(RD_ARRAY_SIZE(atoms))]);
		if (roll(3) == 0)
			rd_buf_adds(out, repeats[roll(RD_ARRAY_SIZE(repeats))]);
	}
}

static void random_branches(struct rd_buf *out, int depth)
{
	rd_buf_addc(out, '(');
	random_branch(out, depth);
	while (roll(4) == 0) {
		rd_buf_addc(out, '|');
		random_branch(out, depth);
	}
	rd_buf_addc(out, ')');
}

static void random_pattern(struct rd_buf *out)
{
	static const char *const before[] = { "", "", "^", "\\<", "\\B", ".*" };
	static const char *const after[] = { "", "", "$", "\\>", "\\b" };

	rd_buf_adds(out, before[roll(RD_ARRAY_SIZE(before))]);
	random_branches(out, 3);
	rd_buf_adds(out, after[roll(RD_ARRAY_SIZE(after))]);
}

static void random_text(char *text, size_t size)
{
	size_t n = roll((unsigned)size);

	for (size_t i = 0; i < n; i++)
		text[i] = "aabbc1 -"[roll(8)];
	text[n] = '\0';
}

/* The library's sense of what to compare: 1, 0 or an error. Its groups are left
 * out where it goes astray: in repeated ones it may take the second best. */
static void compare(const char *pattern, const char *text)
{
	struct rd_regex_span spans[2];
	struct rd_regex *re;
	regmatch_t theirs;
	regex_t posix;
	int found;

	assert_int_equal(regcomp(&posix, pattern, REG_EXTENDED), 0);
	assert_int_equal(rd_regex_new(&re, pattern), 0);
	found = regexec(&posix, text, 1, &theirs, 0) == 0;
	if (rd_regex_match(re, text, spans) != found)
		fail_msg("'%s' on '%s': %d", pattern, text, found);
	if (found && (spans[0].start != theirs.rm_so || spans[0].end != theirs.rm_eo))
		fail_msg("'%s' on '%s': %zd to %zd, not %d to %d", pattern, text, spans[0].start,
			 spans[0].end, theirs.rm_so, theirs.rm_eo);
	rd_regex_free(re);
	regfree(&posix);
}

static void the_c_library_finds_the_same(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		struct rd_buf pattern;
		char text[24];

		dice = i * 7919 + 1;
		rd_buf_init(&pattern);
		random_pattern(&pattern);
		for (int n = 0; n < 5; n++) {
			random_text(text, sizeof(text));
			compare(rd_buf_text(&pattern), text);
		}
		rd_buf_fini(&pattern);
	}
}

/* ---- what it costs ---- */

static char repeated[65536];

static const char *repeat(const char *text, size_t times, const char *end)
{
	size_t n = strlen(text);

	assert_true(n * times + strlen(end) < sizeof(repeated));
	for (size_t i = 0; i < times; i++)
		memcpy(repeated + i * n, text, n);
	strcpy(repeated + n * times, end);
	return repeated;
}

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Milliseconds for both reading and matching. */
static double cost(const char *pattern, const char *text, int *rc)
{
	double began = cpu_ms();
	struct rd_regex *re = NULL;

	*rc = rd_regex_new(&re, pattern);
	if (*rc == 0)
		*rc = rd_regex_match(re, text, NULL);
	rd_regex_free(re);
	return cpu_ms() - began;
}

/* Twenty times what it takes on an idle machine; regexec() needs minutes. */
#define ENOUGH_MS 100.0

static void check_cost(const char *pattern, const char *text, int expected)
{
	int rc;
	double ms = cost(pattern, text, &rc);

	if (rc != expected || ms > ENOUGH_MS)
		fail_msg("%.60s: %d in %.1f ms, not %d", pattern, rc, ms, expected);
}

static void nothing_holds_the_thread(void **state)
{
	(void)state;
	check_cost("$(|a){2,}+{2,}+()", "aaa", 1);
	check_cost(".*a.{40}x", repeat("a", 8000, ""), 0);
	check_cost("(a|aa)+$", repeat("a", 8000, "b"), 0);
	check_cost("(.*)(.*)(.*)(.*)(.*)x", repeat("a", 8000, ""), 0);
	check_cost("^[0-9]+$", repeat("7", 60000, ""), 1);
	check_cost("x", repeat("a", 60000, "x"), 1);
	check_cost("(.{1,60}a){30}x", repeat("a", 60000, ""), -ETIME);
	check_cost(repeat("a*", 30000, ""), "b", -E2BIG);
	check_cost(repeat("(a{3900}){0}", 5000, ""), "b", -E2BIG);
	check_cost(repeat("(", 30000, ""), "b", -E2BIG);
}

static void what_it_may_cost_is_for_all_its_matches(void **state)
{
	struct rd_regex *re;
	int rc = 0, times = 0;

	(void)state;
	assert_int_equal(rd_regex_new(&re, "[a-z]+9"), 0);
	repeat("a", 1000, "");
	while (rc == 0 && times++ < 10000)
		rc = rd_regex_match(re, repeated, NULL);
	assert_int_equal(rc, -ETIME);
	assert_in_range(times, 100, 5000);
	rd_regex_free(re);
}

static int read_on_a_fiber(void *unused)
{
	static const char *const patterns[] = { "a?",  "()",	 "(|a)", "^",
						"\\b", "a{0,9}", "a+",	 "(a|" };
	int rc;

	for (size_t i = 0; i < RD_ARRAY_SIZE(patterns); i++)
		for (size_t times = 1; times < 4000; times *= 2)
			cost(repeat(patterns[i], times, ""), "aaa", &rc);
	return unused != NULL;
}

static void a_fibers_stack_is_enough(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(rd__sched_call(read_on_a_fiber, NULL), 0);
	rd__sched_fini();
}

static void memory_may_run_out_anywhere(void **state)
{
	struct rd_regex *re;
	long n = 0;

	(void)state;
	for (;; n++) {
		int rc;

		rd__alloc_fail_after(n);
		rc = rd_regex_new(&re, "^(a|[b-d]{3}|ef?)*\\w$");
		rd__alloc_fail_after(-1);
		if (rc == 0)
			break;
		assert_int_equal(rc, -ENOMEM);
	}
	assert_true(n > 3);
	rd_regex_free(re);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_read_is_refused),
		cmocka_unit_test(the_first_match_is_found_and_of_those_the_longest),
		cmocka_unit_test(the_c_library_finds_the_same),
		cmocka_unit_test(nothing_holds_the_thread),
		cmocka_unit_test(what_it_may_cost_is_for_all_its_matches),
		cmocka_unit_test(a_fibers_stack_is_enough),
		cmocka_unit_test(memory_may_run_out_anywhere),
	};

	return RUN_GROUP(tests);
}
