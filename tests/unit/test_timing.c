/* Time specifications of includes and GotoIfTime(), and the zones in them. */
#include "tests/unit/test.h"

#include <ringdown/zone.h>

#include "core/base/zone.h"
#include "dialplan/timing.h"

/* Seconds since 1970 of a moment in UTC. */
static time_t at(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day,
			 .tm_hour = hour, .tm_min = minute };

	return timegm(&tm);
}

static bool holds(const char *spec, time_t when)
{
	struct dp_timing timing;
	const char *fault;

	if (dp_timing_parse(&timing, spec, &fault))
		fail_msg("%s: %s", spec, fault);
	return dp_timing_holds(&timing, when);
}

/* 2026-11-20 was a Friday. */
static void each_field_counts(void **state)
{
	time_t friday = at(2026, 11, 20, 14, 30);

	(void)state;
	assert_true(holds("*,*,*,*,UTC", friday));
	assert_true(holds(",,,,UTC", friday));
	assert_true(holds("14:30-14:30,*,*,*,UTC", friday));
	assert_true(holds("09:00-17:00,mon-fri,*,*,UTC", friday));
	assert_false(holds("09:00-14:29,mon-fri,*,*,UTC", friday));
	assert_false(holds("*,sat-sun,*,*,UTC", friday));
	assert_true(holds("*,friday,*,*,UTC", friday));
	assert_true(holds("*,*,20,*,UTC", friday));
	assert_false(holds("*,*,1-19,*,UTC", friday));
	assert_true(holds("*,*,*,nov,UTC", friday));
	assert_true(holds("*,*,*,11,UTC", friday));
	assert_false(holds("*,*,*,jan-oct,UTC", friday));
}

static void ranges_go_around_the_end(void **state)
{
	(void)state;
	assert_true(holds("22:00-06:00,*,*,*,UTC", at(2026, 11, 20, 23, 0)));
	assert_true(holds("22:00-06:00,*,*,*,UTC", at(2026, 11, 20, 6, 0)));
	assert_false(holds("22:00-06:00,*,*,*,UTC", at(2026, 11, 20, 6, 1)));
	assert_true(holds("*,fri-mon,*,*,UTC", at(2026, 11, 22, 6, 1)));
	assert_false(holds("*,fri-mon,*,*,UTC", at(2026, 11, 24, 6, 1)));
	assert_true(holds("*,*,28-2,*,UTC", at(2026, 11, 1, 6, 1)));
	assert_true(holds("*,*,*,oct-feb,UTC", at(2026, 1, 1, 6, 1)));
}

static void several_ranges_add_up(void **state)
{
	(void)state;
	assert_true(holds("08:00-12:00&13:00-17:00,mon&wed&fri,*,*,UTC",
			  at(2026, 11, 20, 13, 0)));
	assert_false(holds("08:00-12:00&13:00-17:00,mon&wed&fri,*,*,UTC",
			   at(2026, 11, 20, 12, 30)));
	assert_true(holds("08:00-12:00|mon-fri|*|*|UTC", at(2026, 11, 20, 10, 0)));
}

static void zones_move_the_clock(void **state)
{
	(void)state;
	assert_true(holds("15:30-15:30,*,*,*,Europe/Berlin", at(2026, 11, 20, 14, 30)));
	assert_true(holds("16:30-16:30,*,*,*,Europe/Berlin", at(2026, 7, 20, 14, 30)));
	assert_true(holds("09:30-09:30,*,*,*,America/New_York", at(2026, 11, 20, 14, 30)));
}

static void what_cannot_be_read_says_why(void **state)
{
	static const struct {
		const char *spec, *says;
	} bad[] = {
		{ "9-17,*,*,*", "times" },	   { "25:00-26:00,*,*,*", "times" },
		{ "*,mun,*,*", "weekdays" },	   { "*,*,0,*", "month" },
		{ "*,*,32,*", "days of the month" }, { "*,*,*,dez", "months" },
		{ "*,*,*,*,Mars/Base", "timezone" }, { "*,*,*,*,../etc/passwd", "timezone" },
		{ "*,*,*,*,UTC,x", "times,weekdays" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(bad); i++) {
		struct dp_timing timing;
		const char *fault;

		assert_int_equal(dp_timing_parse(&timing, bad[i].spec, &fault), -EINVAL);
		if (!strstr(fault, bad[i].says))
			fail_msg("%s: %s", bad[i].spec, fault);
	}
}

static int end(void **state)
{
	rd__zone_forget();
	return test_group_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_counts),
		cmocka_unit_test(ranges_go_around_the_end),
		cmocka_unit_test(several_ranges_add_up),
		cmocka_unit_test(zones_move_the_clock),
		cmocka_unit_test(what_cannot_be_read_says_why),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, test_group_begin, end);
}
