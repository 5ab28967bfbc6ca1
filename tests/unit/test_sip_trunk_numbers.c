/* Numbers as trunks write them: how each country dials, what becomes of a number by form and
 * rules, and whom one calls in need. */
#include "tests/unit/test.h"

#include <ringdown/dialplan.h>

#include "core/call/registry.h"
#include "dialplan/pattern.h"
#include "modules/sip_trunk/numbers.h"
#include "tests/unit/oom.h"

static const struct rd_dialplan patterns = { .pattern = dp_pattern_matches };

static int setup(void **state)
{
	(void)state;
	return rd__dialplan_set(&patterns);
}

static int teardown(void **state)
{
	(void)state;
	return rd__dialplan_set(NULL);
}

static struct number_policy in(const char *country, const char *area)
{
	return (struct number_policy){ .country = country_find(country), .area = area };
}

static void expect_world(const struct number_policy *policy, const char *dialled,
			 const char *expected)
{
	char out[NUMBER_WORLD] = "none";

	if (!number_world(out, policy, rd_str_of(dialled)))
		rd_strcpy(out, sizeof(out), "none");
	if (strcmp(out, expected) != 0)
		fail_msg("%s: %s was expected, not %s", dialled, expected, out);
}

/* country, area, what is dialled there, what it is in the world */
static const char *const dialled[][4] = {
	{ "DE", "30", "+49 ", "none" },
	{ "DE", "30", "+4989123456", "4989123456" },
	{ "DE", "30", "0033140205050", "33140205050" },
	{ "DE", "30", "089123456", "4989123456" },
	{ "DE", "30", "5551234", "49305551234" },
	{ "DE", NULL, "5551234", "none" },
	{ "DE", "30", "112", "none" },
	{ "DE", "30", "110", "none" },
	{ "DE", "30", "11833", "none" },
	{ "DE", "30", "115", "none" },
	{ "AT", "1", "0664123456", "43664123456" },
	{ "AT", "1", "5870000", "4315870000" },
	{ "AT", "1", "133", "none" },
	{ "CH", "44", "0441234567", "41441234567" },
	{ "CH", NULL, "1414", "none" },
	{ "FR", NULL, "0140205050", "33140205050" },
	{ "FR", NULL, "3631", "none" },
	{ "FR", NULL, "15", "none" },
	{ "GB", "20", "02079460123", "442079460123" },
	{ "UK", "20", "79460123", "442079460123" },
	{ "GB", "20", "999", "none" },
	{ "GB", "20", "101", "none" },
	{ "US", "212", "5551234", "12125551234" },
	{ "US", "212", "4165551234", "14165551234" },
	{ "US", "212", "14165551234", "14165551234" },
	{ "NANP", "212", "01149305551234", "49305551234" },
	{ "US", "212", "911", "none" },
	{ "US", "212", "411", "none" },
	{ "US", "212", "1416", "none" },
	{ "NL", "20", "0201234567", "31201234567" },
	{ "NL", "20", "1234567", "none" },
	{ "NL", "20", "6234567", "31206234567" },
	{ "ES", NULL, "915551234", "34915551234" },
	{ "ES", NULL, "0049305551234", "49305551234" },
	{ "ES", NULL, "112", "none" },
	{ "ES", NULL, "062", "none" },
	{ "IT", NULL, "0612345678", "390612345678" },
	{ "IT", NULL, "3331234567", "393331234567" },
	{ "IT", NULL, "0033140205050", "33140205050" },
	{ "IT", NULL, "118", "none" },
	{ "PL", NULL, "221234567", "48221234567" },
	{ "PL", NULL, "999", "none" },
	{ "AU", "2", "0011493012345", "493012345" },
	{ "AU", "2", "000", "none" },
	{ "DK", NULL, "33123456", "4533123456" },
	{ "DE", "30", "alice", "none" },
	{ "DE", "30", "0", "none" },
	{ "DE", "30", "", "none" },
	{ "DE", "30", "+", "none" },
	{ "DE", "30", "00491234567890123456", "none" },
};

static void each_country_dials_in_its_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(dialled); i++) {
		const struct number_policy policy = in(dialled[i][0], dialled[i][1]);

		assert_non_null(policy.country);
		expect_world(&policy, dialled[i][2], dialled[i][3]);
	}
}

static void without_a_country_only_plus_says_what_a_number_is(void **state)
{
	const struct number_policy policy = { 0 };

	(void)state;
	expect_world(&policy, "+49305551234", "49305551234");
	expect_world(NULL, "+49305551234", "49305551234");
	expect_world(&policy, "0305551234", "none");
	assert_null(country_find("Atlantis"));
}

static void a_bare_number_is_one_of_the_world_where_the_trunk_says_so(void **state)
{
	struct number_policy policy = in("DE", NULL);

	(void)state;
	expect_world(&policy, "49305551234", "none");
	policy.bare = true;
	expect_world(&policy, "49305551234", "49305551234");
	expect_world(&policy, "33140205050", "33140205050");
	expect_world(&policy, "0305551234", "49305551234");
	expect_world(&policy, "1001", "none");
	policy = in("ES", NULL);
	policy.bare = true;
	expect_world(&policy, "34915551234", "34915551234");
	expect_world(&policy, "915551234", "34915551234");
}

static void help_is_called_by_the_numbers_of_the_country(void **state)
{
	static const char *const ours[] = { "8888", NULL };
	struct number_policy policy = in("CH", NULL);

	(void)state;
	policy.emergency = ours;
	assert_true(number_is_emergency(&policy, RD_STR("144")));
	assert_true(number_is_emergency(&policy, RD_STR("8888")));
	assert_false(number_is_emergency(&policy, RD_STR("911")));
	assert_false(number_is_emergency(&policy, RD_STR("11")));
	assert_false(number_is_emergency(&policy, RD_STR("1120")));
	assert_true(number_is_emergency(NULL, RD_STR("112")));
	assert_true(number_is_emergency(NULL, RD_STR("911")));
	assert_false(number_is_emergency(NULL, RD_STR("110")));
}

static void expect_country(const char *number, const char *expected)
{
	const char *found = country_of_number(rd_str_of(number));

	if (!found || strcmp(found, expected) != 0)
		fail_msg("%s: %s was expected, not %s", number, expected, found ? found : "none");
}

static void a_number_of_the_world_is_in_a_country(void **state)
{
	(void)state;
	expect_country("49305551234", "DE");
	expect_country("12125551234", "US");
	expect_country("14165551234", "CA");
	expect_country("18765551234", "JM");
	expect_country("18095551234", "DO");
	expect_country("77271234567", "KZ");
	expect_country("74951234567", "RU");
	expect_country("3906698123", "VA");
	expect_country("390612345678", "IT");
	expect_country("881612345678", "001");
	expect_country("5997123456", "BQ");
	expect_country("5999123456", "CW");
	assert_null(country_of_number(RD_STR("999123456")));
	assert_null(country_of_number(RD_STR("")));
}

static void expect_becomes(const struct number_policy *policy, enum number_way way,
			   const char *number, const char *expected)
{
	char out[80];

	if (!number_translate(out, sizeof(out), policy, way, rd_str_of(number)))
		rd_strcpy(out, sizeof(out), "nothing");
	if (strcmp(out, expected) != 0)
		fail_msg("%s: %s was expected, not %s", number, expected, out);
}

static void a_number_is_written_as_the_trunk_wants_it(void **state)
{
	static const char *const forms[][4] = {
		[NUMBER_AS_IS] = { "0305551234", "0033140205050", "1001", "112" },
		[NUMBER_PLUS] = { "+49305551234", "+33140205050", "1001", "112" },
		[NUMBER_E164] = { "49305551234", "33140205050", "1001", "112" },
		[NUMBER_INTERNATIONAL] = { "0049305551234", "0033140205050", "1001", "112" },
		[NUMBER_NATIONAL] = { "0305551234", "0033140205050", "1001", "112" },
	};
	struct number_policy policy = in("DE", NULL);

	(void)state;
	for (size_t form = 0; form < RD_ARRAY_SIZE(forms); form++) {
		policy.forms[NUMBER_CALLED_OUT] = (int)form;
		for (size_t i = 0; i < 4; i++)
			expect_becomes(&policy, NUMBER_CALLED_OUT, forms[0][i], forms[form][i]);
	}
	policy = in("IT", NULL);
	policy.forms[NUMBER_CALLER_IN] = NUMBER_NATIONAL;
	expect_becomes(&policy, NUMBER_CALLER_IN, "+390612345678", "0612345678");
	expect_becomes(&policy, NUMBER_CALLER_OUT, "+390612345678", "+390612345678");
	policy = in("US", NULL);
	policy.forms[NUMBER_CALLED_OUT] = NUMBER_NATIONAL;
	expect_becomes(&policy, NUMBER_CALLED_OUT, "+4930555123", "0114930555123");
	expect_becomes(&policy, NUMBER_CALLED_OUT, "2125551234", "12125551234");
}

/* Of what the form has made of it. */
static void the_first_rule_that_fits_has_the_last_word(void **state)
{
	static const char *const rules[] = { "_+49800. -> 0800{6}",
					     "_+4930X. -> {3:2}-{5}",
					     "_+49. -> 9{0}",
					     "4711->alice",
					     "112 -> 08112",
					     "_. -> 1{0}",
					     NULL };
	struct number_policy policy = in("DE", "30");

	(void)state;
	policy.forms[NUMBER_CALLED_OUT] = NUMBER_PLUS;
	policy.rules[NUMBER_CALLED_OUT] = rules;
	expect_becomes(&policy, NUMBER_CALLED_OUT, "0800123456", "0800123456");
	expect_becomes(&policy, NUMBER_CALLED_OUT, "5551234", "30-5551234");
	expect_becomes(&policy, NUMBER_CALLED_OUT, "089123456", "9+4989123456");
	expect_becomes(&policy, NUMBER_CALLED_OUT, "112", "08112");
	policy.area = NULL;
	expect_becomes(&policy, NUMBER_CALLED_OUT, "4711", "alice");
	expect_becomes(&policy, NUMBER_CALLED_OUT, "4712", "14712");
}

static void a_rule_of_patterns_leaves_a_call_for_help_alone(void **state)
{
	static const char *const rules[] = { "_1XX -> 9{0}", "_X. -> 0{0}", NULL };
	struct number_policy policy = in("DE", NULL);

	(void)state;
	policy.rules[NUMBER_CALLED_OUT] = policy.rules[NUMBER_CALLER_OUT] = rules;
	expect_becomes(&policy, NUMBER_CALLED_OUT, "110", "110");
	expect_becomes(&policy, NUMBER_CALLED_OUT, "115", "9115");
	expect_becomes(&policy, NUMBER_CALLER_OUT, "110", "9110");
}

static void what_has_no_room_is_no_number(void **state)
{
	static const char *const rules[] = { "_X. -> {0}{0}", "_+. -> {1:0}", NULL };
	struct number_policy policy = { .rules = { [NUMBER_CALLED_OUT] = rules } };
	char out[12];

	(void)state;
	assert_true(
		number_translate(out, sizeof(out), &policy, NUMBER_CALLED_OUT, RD_STR("12345")));
	assert_string_equal(out, "1234512345");
	assert_false(
		number_translate(out, sizeof(out), &policy, NUMBER_CALLED_OUT, RD_STR("123456")));
	assert_false(number_translate(out, sizeof(out), &policy, NUMBER_CALLED_OUT,
				      RD_STR("1234567890123")));
	assert_false(number_translate(out, sizeof(out), &policy, NUMBER_CALLED_OUT, RD_STR("+49")));
	policy = in("DE", NULL);
	policy.forms[NUMBER_CALLED_OUT] = NUMBER_INTERNATIONAL;
	assert_false(number_translate(out, sizeof(out), &policy, NUMBER_CALLED_OUT,
				      RD_STR("0305551234")));
}

static void a_rule_that_cannot_be_read_is_told(void **state)
{
	static const char *const wrong[][2] = {
		{ "_0X.", "_0Z. -> +49{1}" },
		{ "-> 1", "_0Z. -> +49{1}" },
		{ "_0. -> {", "{1:3}" },
		{ "_0. -> {x}", "{1:3}" },
		{ "_0. -> {1:y}", "{1:3}" },
		{ "_0. -> {}", "{1:3}" },
		{ "_0. -> 49 30", "a number, and" },
		{ "_0. -> a@b", "a number, and" },
	};

	(void)state;
	assert_null(number_rule_fault("_0Z. -> +49{1}"));
	assert_null(number_rule_fault("112->*{0:1}#"));
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		const char *fault = number_rule_fault(wrong[i][0]);

		if (!fault || !strstr(fault, wrong[i][1]))
			fail_msg("%s: %s", wrong[i][0], fault ? fault : "no fault");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_country_dials_in_its_way),
		TEST(without_a_country_only_plus_says_what_a_number_is),
		TEST(a_bare_number_is_one_of_the_world_where_the_trunk_says_so),
		TEST(help_is_called_by_the_numbers_of_the_country),
		TEST(a_number_of_the_world_is_in_a_country),
		TEST(a_number_is_written_as_the_trunk_wants_it),
		TEST(the_first_rule_that_fits_has_the_last_word),
		TEST(a_rule_of_patterns_leaves_a_call_for_help_alone),
		TEST(what_has_no_room_is_no_number),
		TEST(a_rule_that_cannot_be_read_is_told),
	};

	return RUN_GROUP(tests);
}
