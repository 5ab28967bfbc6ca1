/* Patterns: what each character means, and which of several matches wins. */
#include "tests/unit/test.h"

#include <ringdown/pool.h>
#include <ringdown/str.h>

#include "dialplan/pattern.h"
#include "dialplan/trie.h"

/* The trie only carries pointers: a name stands for its extension here. */
static struct dp_exten *exten_of(const char *name)
{
	return (struct dp_exten *)(void *)name;
}

static bool always_live(const struct dp_exten *exten)
{
	(void)exten;
	return true;
}

struct plan {
	struct rd_pool *pool;
	struct dp_trie trie;
};

static void plan_of(struct plan *plan, const char *const *names)
{
	const char *fault;

	assert_int_equal(rd_pool_new(&plan->pool, 0), 0);
	assert_int_equal(dp_trie_init(&plan->trie, plan->pool), 0);
	for (; *names; names++) {
		struct dp_exten **slot = dp_trie_slot(&plan->trie, *names, &fault);

		assert_non_null(slot);
		*slot = exten_of(*names);
	}
	dp_trie_finish(&plan->trie, always_live);
}

static bool note(struct dp_exten *exten, void *arg)
{
	struct rd_buf *order = arg;

	rd_buf_printf(order, "%s%s", order->n ? " " : "", (const char *)(void *)exten);
	return false;
}

/* All matches of number, the most specific first. */
static void assert_order(const char *const *names, const char *number, const char *expected)
{
	struct rd_buf order;
	struct plan plan;

	rd_buf_init(&order);
	plan_of(&plan, names);
	dp_trie_match(&plan.trie, number, note, &order);
	assert_string_equal(rd_buf_text(&order), expected);
	rd_pool_free(plan.pool);
	rd_buf_fini(&order);
}

#define ORDER(number, expected, ...) \
	assert_order((const char *const[]){ __VA_ARGS__, NULL }, number, expected)

static const struct row {
	const char *pattern, *number;
	bool matches;
} rows[] = {
	{ "100", "100", true },
	{ "100", "1000", false },
	{ "5-5-5", "555", true },
	{ "start", "start", true },
	{ "start", "Start", false },
	{ "XX", "12", false },
	{ "XX", "XX", true },
	{ "_XX", "09", true },
	{ "_XX", "1", false },
	{ "_XX", "123", false },
	{ "_xx", "12", true },
	{ "_Z", "0", false },
	{ "_Z", "1", true },
	{ "_N", "1", false },
	{ "_N", "2", true },
	{ "_N", "9", true },
	{ "_NXX-XXXX", "5551234", true },
	{ "_NXX XXXX", "5551234", true },
	{ "_[13-5]", "1", true },
	{ "_[13-5]", "2", false },
	{ "_[13-5]", "4", true },
	{ "_[13-57]", "7", true },
	{ "_[a-c]1", "b1", true },
	{ "_[*#]X", "#5", true },
	{ "_*X", "*5", true },
	{ "_9.", "9", false },
	{ "_9.", "91", true },
	{ "_9!", "9", true },
	{ "_9!", "912", true },
	{ "_.", "x", true },
	{ "_!", "", true },
	{ "_+X.", "+49", true },
	{ "_+X.", "+4", false },
	{ "_[1-", "1", false },
};

static void each_character_means_what_it_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++)
		if (dp_pattern_matches(rows[i].pattern, rows[i].number) != rows[i].matches)
			fail_msg("'%s' on '%s' should %smatch", rows[i].pattern, rows[i].number,
				 rows[i].matches ? "" : "not ");
}

/* The trie and the plain matcher agree. */
static void the_trie_finds_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		if (!dp_pattern_fault(rows[i].pattern))
			ORDER(rows[i].number, rows[i].matches ? rows[i].pattern : "",
			      rows[i].pattern);
	}
}

static void a_literal_comes_before_all_patterns(void **state)
{
	(void)state;
	ORDER("100", "100 _100 _1XX _XXX", "_XXX", "_1XX", "_100", "100");
}

/* Asterisk's documentation, "Pattern Matching": digits, then sets by their
 * size: N before Z before X, then '.', then '!'. */
static void fewer_choices_come_first(void **state)
{
	(void)state;
	ORDER("2", "_2 _[2-4] _N _Z _X _. _!", "_!", "_.", "_X", "_Z", "_N", "_[2-4]", "_2");
	ORDER("5", "_[45] _[4-6] _N", "_N", "_[4-6]", "_[45]");
}

static void the_first_place_decides_before_the_second(void **state)
{
	(void)state;
	ORDER("1234", "_1XXX _X234", "_X234",
	      "_1XXX", "_N234");
	ORDER("6421", "_642X _64NX _6XX1 _6. _XXXX", "_XXXX", "_6.", "_6XX1", "_64NX", "_642X");
	ORDER("9995551212", "_999. _99X. _9NXXXXXXXX", "_9NXXXXXXXX", "_99X.", "_999.");
}

static void equal_sizes_go_by_the_lower_character(void **state)
{
	(void)state;
	ORDER("3", "_[13] _[23] _[34]", "_[34]", "_[23]", "_[13]");
}

static void a_dot_comes_after_every_set_at_its_place(void **state)
{
	(void)state;
	ORDER("91", "_9X _9. _9! _X. _.", "_.", "_X.", "_9!", "_9.", "_9X");
	ORDER("9", "_9!", "_9!", "_9.", "_9X");
}

static void same_sets_share_a_place(void **state)
{
	const char *fault;
	struct plan plan;

	(void)state;
	plan_of(&plan, (const char *const[]){ "_9[0-9]", NULL });
	assert_ptr_equal(*dp_trie_slot(&plan.trie, "_9X", &fault), exten_of("_9[0-9]"));
	rd_pool_free(plan.pool);
}

static void more_digits_are_foreseen(void **state)
{
	static const char *const names[] = { "100", "1001", "_2XX", "_3X.", "_4X!", "_5", NULL };
	static const struct {
		const char *number;
		bool more;
	} wanted[] = {
		{ "", true },	 { "1", true },	   { "100", true },  { "1001", false },
		{ "2", true },	 { "23", true },   { "234", false }, { "3", true },
		{ "34", true },	 { "345", true },  { "4", true },    { "41", false },
		{ "412", false }, { "5", false },  { "6", false },
	};
	struct plan plan;

	(void)state;
	plan_of(&plan, names);
	for (size_t i = 0; i < RD_ARRAY_SIZE(wanted); i++)
		if (dp_trie_more(&plan.trie, wanted[i].number) != wanted[i].more)
			fail_msg("after '%s' more should %sfollow", wanted[i].number,
				 wanted[i].more ? "" : "not ");
	rd_pool_free(plan.pool);
}

static void bad_patterns_say_why(void **state)
{
	static const char *const bad[] = { "_", "_[1", "_[]", "_[5-1]", "_9.1", "_9!X", "_.." };
	const char *fault;
	struct plan plan;

	(void)state;
	plan_of(&plan, (const char *const[]){ NULL });
	for (size_t i = 0; i < RD_ARRAY_SIZE(bad); i++) {
		assert_null(dp_trie_slot(&plan.trie, bad[i], &fault));
		assert_non_null(fault);
	}
	rd_pool_free(plan.pool);
}

static void ignorepat_looks_at_the_beginning(void **state)
{
	(void)state;
	assert_true(dp_pattern_begun("9", "9"));
	assert_true(dp_pattern_begun("9", "9123"));
	assert_false(dp_pattern_begun("9", "8"));
	assert_true(dp_pattern_begun("_9X", "91"));
	assert_false(dp_pattern_begun("_9X", "9"));
}

static int build(void *arg)
{
	static const char *const names[] = { "100", "_1XX", "_[1-5]X.", "_9!", "_NZ1", NULL };
	struct rd_pool *pool;
	struct dp_trie trie;
	const char *fault;
	int rc = rd_pool_new(&pool, 0);

	(void)arg;
	if (rc)
		return rc;
	rc = dp_trie_init(&trie, pool);
	for (size_t i = 0; rc == 0 && names[i]; i++)
		rc = dp_trie_slot(&trie, names[i], &fault) ? 0 : -ENOMEM;
	rd_pool_free(pool);
	return rc;
}

static void survives_without_memory(void **state)
{
	(void)state;
	oom_sweep(build, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_character_means_what_it_should),
		cmocka_unit_test(the_trie_finds_the_same),
		cmocka_unit_test(a_literal_comes_before_all_patterns),
		cmocka_unit_test(fewer_choices_come_first),
		cmocka_unit_test(the_first_place_decides_before_the_second),
		cmocka_unit_test(equal_sizes_go_by_the_lower_character),
		cmocka_unit_test(a_dot_comes_after_every_set_at_its_place),
		cmocka_unit_test(same_sets_share_a_place),
		cmocka_unit_test(more_digits_are_foreseen),
		cmocka_unit_test(bad_patterns_say_why),
		cmocka_unit_test(ignorepat_looks_at_the_beginning),
		cmocka_unit_test(survives_without_memory),
	};

	return RUN_GROUP(tests);
}
