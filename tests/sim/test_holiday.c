/* HOLIDAY(): which day is one, and what is not understood. */
#include "tests/sim/sim_dialplan.h"

#include <stdlib.h>
#include <time.h>

#include <ringdown/config.h>

#include "tests/unit/conf_dir.h"

static const struct rd_module *holiday;

static const char calendars[] = "[default]\n"
				"12-25 = Christmas Day\n"
				"12-24 - 12-26 = Christmas\n"
				"2027-03-26 = Good Friday, once\n"
				"easter+1 = Easter Monday\n"
				"easter-47 = Shrove Tuesday\n"
				"02-29 = Leap Day\n"
				"2027-08-02 - 2027-08-13 = Works holiday\n"
				"12-30 - 01-02 =\n"
				"[Shop]\n05-01 => May Day\neaster = Easter\n";

static int begin(void **state)
{
	sim_dialplan_begin(state);
	holiday = sim_load("func_holiday");
	assert_int_equal(conf_dir_apply(holiday->config, calendars), 0);
	return 0;
}

static int finish(void **state)
{
	holiday->unload();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

/* What it is in that calendar at noon of that day, in UTC. */
static const char *on(const char *calendar, const char *day)
{
	struct tm tm = { .tm_hour = 12 };
	char text[96];

	assert_non_null(strptime(day, "%Y-%m-%d", &tm));
	tm.tm_hour = 12;
	snprintf(text, sizeof(text), "${HOLIDAY(%s,%lld,UTC)}", calendar, (long long)timegm(&tm));
	return sim_expand("", text);
}

static void a_day_of_each_year(void **state)
{
	(void)state;
	assert_string_equal(on("", "2026-12-25"), "Christmas Day");
	assert_string_equal(on("default", "2031-12-25"), "Christmas Day");
	assert_string_equal(on("", "2026-11-25"), "");
	assert_string_equal(on("", "2032-02-29"), "Leap Day");
	assert_string_equal(on("", "2027-03-01"), "");
}

static void several_days_and_the_first_line_counts(void **state)
{
	(void)state;
	assert_string_equal(on("", "2026-12-23"), "");
	assert_string_equal(on("", "2026-12-24"), "Christmas");
	assert_string_equal(on("", "2026-12-26"), "Christmas");
	assert_string_equal(on("", "2026-12-27"), "");
}

static void over_the_end_of_the_year_and_without_a_name(void **state)
{
	(void)state;
	assert_string_equal(on("", "2026-12-29"), "");
	assert_string_equal(on("", "2026-12-31"), "12-30 - 01-02");
	assert_string_equal(on("", "2027-01-02"), "12-30 - 01-02");
	assert_string_equal(on("", "2027-01-03"), "");
}

static void a_day_of_one_year(void **state)
{
	(void)state;
	assert_string_equal(on("", "2027-03-26"), "Good Friday, once");
	assert_string_equal(on("", "2028-03-26"), "");
	assert_string_equal(on("", "2027-08-02"), "Works holiday");
	assert_string_equal(on("", "2027-08-13"), "Works holiday");
	assert_string_equal(on("", "2027-08-14"), "");
	assert_string_equal(on("", "2026-08-05"), "");
}

/* Easter Sunday was, or will be, on these days. */
static void what_moves_with_easter(void **state)
{
	static const char *const easters[] = { "1961-04-02", "2000-04-23", "2008-03-23",
					       "2024-03-31", "2026-04-05", "2027-03-28",
					       "2038-04-25", "2049-04-18" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(easters); i++)
		assert_string_equal(on("shop", easters[i]), "Easter");
	assert_string_equal(on("", "2026-04-06"), "Easter Monday");
	assert_string_equal(on("", "2026-04-05"), "");
	assert_string_equal(on("", "2026-02-17"), "Shrove Tuesday");
	assert_string_equal(on("", "2024-04-01"), "Easter Monday");
}

static void each_calendar_has_its_own(void **state)
{
	(void)state;
	assert_string_equal(on("shop", "2026-05-01"), "May Day");
	assert_string_equal(on("", "2026-05-01"), "");
	assert_string_equal(on("nobody", "2026-12-25"), "");
}

static void a_calendar_that_is_none_is_named_by_the_check(void **state)
{
	const struct rd_function *function = holiday->functions;
	char buf[128];

	(void)state;
	assert_null(function->check("", buf, sizeof(buf)));
	assert_null(function->check("shop,,Europe/Berlin", buf, sizeof(buf)));
	assert_string_equal(function->check("nobody", buf, sizeof(buf)),
			    "holidays.conf has no section [nobody]");
}

/* 23:30 UTC of Christmas Eve is Christmas Day in Berlin. */
static void the_zone_says_which_day_it_is(void **state)
{
	(void)state;
	assert_string_equal(sim_expand("", "${HOLIDAY(,1798155000,UTC)}"), "Christmas");
	assert_string_equal(sim_expand("", "${HOLIDAY(,1798155000,Europe/Berlin)}"),
			    "Christmas Day");
}

static void what_is_no_day_is_an_error(void **state)
{
	static const char *const wrong[] = { "12-32",
					     "13-01",
					     "02-30",
					     "1-1",
					     "25.12.",
					     "2027-3-26",
					     "12-24 - 2027-12-26",
					     "easter+x",
					     "easter+100",
					     "easte",
					     "12-24 -",
					     "easterday",
					     "2027-02-29",
					     "2100-02-29",
					     "2027-08-13 - 2027-08-02",
					     "2027-12-24 - 2026-12-26" };
	struct rd_config_report *report;
	void *snapshot;
	char *text;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		char conf[96];

		snprintf(conf, sizeof(conf), "[default]\n01-01 = New Year\n%s = Wrong\n", wrong[i]);
		conf_dir_write("holidays.conf", conf);
		assert_int_equal(rd_config_report_new(&report), 0);
		assert_int_equal(holiday->config->build(&snapshot, report), -EINVAL);
		text = conf_report_text(report);
		assert_non_null(strstr(text, "holidays.conf:3: "));
		assert_non_null(strstr(text, wrong[i]));
		assert_non_null(strstr(text, "expected a day such as 12-25"));
		rd_free(text);
		rd_config_report_free(report);
	}
	assert_string_equal(on("", "2026-12-25"), "Christmas Day");
}

static void without_memory_nothing_is_left(void **state)
{
	(void)state;
	conf_dir_write("holidays.conf", calendars);
	assert_true(oom_sweep(conf_dir_build_once, (void *)holiday->config) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_day_of_each_year),
		TEST(several_days_and_the_first_line_counts),
		TEST(over_the_end_of_the_year_and_without_a_name),
		TEST(a_day_of_one_year),
		TEST(what_moves_with_easter),
		TEST(each_calendar_has_its_own),
		TEST(a_calendar_that_is_none_is_named_by_the_check),
		TEST(the_zone_says_which_day_it_is),
		TEST(what_is_no_day_is_an_error),
		TEST(without_memory_nothing_is_left),
	};

	return RUN_GROUP(tests);
}
