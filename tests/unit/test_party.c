/* Identities as texts, presentations, and causes by name. */
#include "tests/unit/test.h"

#include <ringdown/cause.h>
#include <ringdown/ident.h>

static void identities_are_split_into_name_and_number(void **state)
{
	static const struct {
		const char *text, *name, *number;
	} cases[] = {
		{ "\"Alice Arden\" <1001>", "Alice Arden", "1001" },
		{ "Alice <1001>", "Alice", "1001" },
		{ "  Alice   < 1001 > ", "Alice", "1001" },
		{ "<1001>", "", "1001" },
		{ "1001", "", "1001" },
		{ "+49 (30) 1234-5", "", "+49 (30) 1234-5" },
		{ "Alice", "Alice", "" },
		{ "\"Alice\"", "Alice", "" },
		{ "\"A <b>\" <7>", "A <b>", "7" },
		{ "<>", "", "" },
		{ "", "", "" },
		{ "<", "<", "" },
		{ ">", ">", "" },
		{ "\"\" <5>", "", "5" },
		{ "*97", "", "*97" },
		{ "\"M\xfc" "ller\" <5>", "M\xc3\xbcller", "5" }, /* Latin-1 */
		{ "M\xfc" "ller", "M\xc3\xbcller", "" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		char name[32], number[32];

		rd_party_split(cases[i].text, name, number, sizeof(name));
		assert_string_equal(name, cases[i].name);
		assert_string_equal(number, cases[i].number);
	}
}

static void what_is_too_long_is_cut(void **state)
{
	char name[4], number[4];

	(void)state;
	rd_party_split("Alexander <123456>", name, number, sizeof(name));
	assert_string_equal(name, "Ale");
	assert_string_equal(number, "123");
}

static void presentations_go_both_ways(void **state)
{
	(void)state;
	for (int pres = RD_PRESENT_ALLOWED; pres <= RD_PRESENT_UNAVAILABLE; pres++)
		assert_int_equal(rd_presentation_from_name(rd_presentation_name(pres)), pres);
	assert_int_equal(rd_presentation_from_name("perhaps"), -ENOENT);
	assert_true(rd_presentation_shown(RD_PRESENT_ALLOWED_NETWORK));
	assert_false(rd_presentation_shown(RD_PRESENT_PROHIBITED));
}

static void causes_are_found_by_name_and_number(void **state)
{
	(void)state;
	assert_int_equal(rd_cause_from_name("NORMAL_CLEARING"), 16);
	assert_int_equal(rd_cause_from_name("user_busy"), 17);
	assert_int_equal(rd_cause_from_name("busy"), 17);
	assert_int_equal(rd_cause_from_name("21"), 21);
	assert_int_equal(rd_cause_from_name("128"), -ENOENT);
	assert_int_equal(rd_cause_from_name("-1"), -ENOENT);
	assert_int_equal(rd_cause_from_name(""), -ENOENT);
	assert_int_equal(rd_cause_from_name("tired"), -ENOENT);
	assert_string_equal(rd_cause_text(16), "Normal Clearing");
	assert_string_equal(rd_cause_text(99), "Unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identities_are_split_into_name_and_number),
		cmocka_unit_test(what_is_too_long_is_cut),
		cmocka_unit_test(presentations_go_both_ways),
		cmocka_unit_test(causes_are_found_by_name_and_number),
	};

	return RUN_GROUP(tests);
}
