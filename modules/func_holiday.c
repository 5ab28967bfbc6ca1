/* HOLIDAY(): is this day one of a calendar of holidays.conf, and what is it called? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <ringdown/clock.h>
#include <ringdown/config.h>
#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/zone.h>

#include "modules/func.h"

#define DEFAULT_CALENDAR "default"

static const char expected[] = "a day such as 12-25, 2027-03-26, 12-24 - 12-31 or easter+1";

enum { EASTER_DAYS_MAX = 80 };

/* The first and the last of one or more days. */
struct day {
	int year; /* 0: each */
	int month, day;
};

struct holiday {
	struct holiday *next;
	const char *calendar, *name;
	bool by_easter;
	int easter_days; /* after Easter Sunday */
	struct day from, to;
};

struct calendars {
	struct rd_pool *pool;
	struct holiday *holidays;
	const char **names; /* of the calendars, count of them */
	size_t count;
};

static struct calendars *in_force;

/* ---- Easter ---- */

/* Easter Sunday of the Gregorian calendar: the day of the year, from 0 (Meeus, Jones, Butcher). */
static int easter_of(int year)
{
	int a = year % 19, b = year / 100, c = year % 100;
	int d = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
	int e = (32 + 2 * (b % 4) + 2 * (c / 4) - d - c % 4) % 7;
	int f = d + e - 7 * ((a + 11 * d + 22 * e) / 451) + 114;
	struct tm tm = {
		.tm_year = year - 1900, .tm_mon = f / 31 - 1, .tm_mday = f % 31 + 1, .tm_hour = 12
	};

	timegm(&tm);
	return tm.tm_yday;
}

/* ---- reading ---- */

static bool read_two(struct rd_str text, int max, int *out)
{
	uint64_t n;

	if (text.n != 2 || rd_str_to_u64(text, (uint64_t)max, &n) || !n)
		return false;
	*out = (int)n;
	return true;
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* "12-25" or "2027-03-26" */
static bool read_day(struct rd_str text, struct day *day)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	struct rd_str month, year;
	uint64_t n = 0;

	text = rd_str_trim(text);
	if (text.n == sizeof("2027-03-26") - 1) {
		rd_str_cut(&text, '-', &year);
		if (year.n != 4 || rd_str_to_u64(year, 9999, &n) || n < 1900)
			return false;
	}
	day->year = (int)n;
	return rd_str_cut(&text, '-', &month) && read_two(month, 12, &day->month) &&
	       read_two(text, days[day->month - 1], &day->day) &&
	       (day->month != 2 || day->day < 29 || !n || is_leap(day->year));
}

/* "easter", "easter+1", "easter-2" */
static bool read_easter(struct rd_str text, struct holiday *it)
{
	struct rd_str word = RD_STR("easter");
	uint64_t n;

	if (!rd_str_istarts(text, word))
		return false;
	it->by_easter = true;
	text = (struct rd_str){ text.p + word.n, text.n - word.n };
	if (!text.n)
		return true;
	if (*text.p != '+' && *text.p != '-')
		return false;
	if (rd_str_to_u64((struct rd_str){ text.p + 1, text.n - 1 }, EASTER_DAYS_MAX, &n))
		return false;
	it->easter_days = *text.p == '-' ? -(int)n : (int)n;
	return true;
}

static int order_of(const struct day *day, bool with_year)
{
	return (with_year ? day->year * 10000 : 0) + day->month * 100 + day->day;
}

/* A day, or two with blanks and a hyphen between them. */
static bool read_days(const char *text, struct holiday *it)
{
	const char *hyphen = strstr(text, " - ");
	struct rd_str first = rd_str_of(text);

	if (read_easter(rd_str_trim(first), it))
		return true;
	if (it->by_easter)
		return false;
	if (hyphen)
		first.n = (size_t)(hyphen - text);
	if (!read_day(first, &it->from))
		return false;
	it->to = it->from;
	if (!hyphen)
		return true;
	/* Of some year, or of each; there it may go on after its end. */
	if (!read_day(rd_str_of(hyphen + 3), &it->to) || !it->from.year != !it->to.year)
		return false;
	return !it->from.year || order_of(&it->from, true) <= order_of(&it->to, true);
}

static int read_line(struct calendars *calendars, const char *calendar,
		     const struct rd_config_line *line, struct rd_config_report *report)
{
	struct holiday *it = rd_pool_zalloc(calendars->pool, sizeof(*it));

	if (!it)
		return -ENOMEM;
	it->calendar = calendar;
	it->name = rd_pool_strdup(calendars->pool, *line->value ? line->value : line->name);
	if (!it->name)
		return -ENOMEM;
	if (!read_days(line->name, it)) {
		rd_config_error(report, line->file, line->line, "\"%s\": expected %s", line->name,
				expected);
		return -EINVAL;
	}
	it->next = calendars->holidays;
	calendars->holidays = it;
	return 0;
}

static int read_calendar(struct calendars *calendars, const struct rd_config_section *section,
			 struct rd_config_report *report)
{
	const char *name = rd_pool_strdup(calendars->pool, rd_config_section_name(section));
	const struct rd_config_line *line = NULL;
	int rc = 0;

	if (!name)
		return -ENOMEM;
	calendars->names[calendars->count++] = name;
	while (rc != -ENOMEM && (line = rd_config_line_next(section, line))) {
		int wrong = read_line(calendars, name, line, report);

		rc = wrong ? wrong : rc;
	}
	return rc;
}

static int read_file(struct calendars *calendars, const struct rd_config *config,
		     struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	size_t count = 0;
	int rc = rd_config_check_sections(config, NULL, NULL, report);

	while ((section = rd_config_next(config, section, NULL)))
		count++;
	calendars->names = rd_pool_alloc(calendars->pool, (count + 1) * sizeof(char *));
	if (!calendars->names)
		return -ENOMEM;
	while (rc != -ENOMEM && (section = rd_config_next(config, section, NULL))) {
		int wrong = read_calendar(calendars, section, report);

		rc = wrong ? wrong : rc;
	}
	return rc;
}

static void discard(void *snapshot)
{
	struct calendars *calendars = snapshot;

	if (calendars)
		rd_pool_free(calendars->pool);
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct rd_config *config = NULL;
	struct calendars *calendars;
	struct rd_pool *pool;
	int rc;

	calendars = rd_pool_new_with(&pool, 0, sizeof(*calendars));
	if (!calendars)
		return -ENOMEM;
	calendars->pool = pool;
	rc = rd_config_load(&config, "holidays.conf", report);
	if (!rc)
		rc = read_file(calendars, config, report);
	rd_config_unref(config);
	if (rc && rc != -ENOENT) {
		discard(calendars);
		return rc;
	}
	*snapshot = calendars;
	return 0;
}

static void commit(void *snapshot)
{
	discard(in_force);
	in_force = snapshot;
}

static const char *const files[] = { "holidays.conf", NULL };

static const struct rd_module_config config = {
	.files = files, .build = build, .commit = commit, .discard = discard
};

static void unload(void)
{
	discard(in_force);
	in_force = NULL;
}

/* ---- the question ---- */

static bool is_on(const struct holiday *it, const struct day *today, int day_of_year)
{
	bool with_year = it->from.year;
	int now = order_of(today, with_year), from, to;

	if (it->by_easter)
		return day_of_year == easter_of(today->year) + it->easter_days;
	from = order_of(&it->from, with_year);
	to = order_of(&it->to, with_year);
	return from <= to ? from <= now && now <= to : !with_year && (now >= from || now <= to);
}

static bool is_calendar(const struct calendars *calendars, const char *name)
{
	for (size_t i = 0; calendars && i < calendars->count; i++)
		if (strcasecmp(calendars->names[i], name) == 0)
			return true;
	return false;
}

/* The one that is written first; NULL. */
static const char *holiday_name(const char *calendar, const struct tm *tm)
{
	const struct day today = { tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday };
	const char *name = NULL;

	for (const struct holiday *it = in_force ? in_force->holidays : NULL; it; it = it->next)
		if (strcasecmp(it->calendar, calendar) == 0 && is_on(it, &today, tm->tm_yday))
			name = it->name;
	return name;
}

static int holiday_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	const char *calendar, *name;
	struct tm tm;
	double when = (double)rd_wall();
	int rc = func_args_read(&a, args, 3);

	(void)ch;
	calendar = !rc && *a.argv[0] ? a.argv[0] : DEFAULT_CALENDAR;
	if (!rc && *a.argv[1])
		rc = rd_zone_read_moment(a.argv[1], &when);
	if (!rc && *a.argv[2] && !rd_zone_known(a.argv[2]))
		rc = -EINVAL;
	if (!rc && !is_calendar(in_force, calendar)) {
		rd_warning("HOLIDAY(%s): holidays.conf has no section [%s]", args, calendar);
		rc = -ENOENT;
	}
	if (!rc) {
		rd_zone_localtime(a.argv[2], (time_t)when, &tm);
		name = holiday_name(calendar, &tm);
		rd_buf_adds(out, name ? name : "");
	}
	func_args_free(&a);
	return rc;
}

/* The calendar, as the files that are being read have it. */
static const char *holiday_check(const char *args, char *buf, size_t size)
{
	const struct calendars *coming = rd_config_coming(RD_MODULE_NAME);
	struct func_args a;
	int rc = func_args_read(&a, args, 3);
	const char *calendar = !rc && *a.argv[0] ? a.argv[0] : DEFAULT_CALENDAR, *wrong = NULL;

	if (!rc && !is_calendar(coming ? coming : in_force, calendar)) {
		snprintf(buf, size, "holidays.conf has no section [%s]", calendar);
		wrong = buf;
	}
	func_args_free(&a);
	return wrong;
}

static const struct rd_function functions[] = {
	{ .name = "HOLIDAY",
	  .read = holiday_read,
	  .check = holiday_check,
	  .synopsis = "What holiday it is",
	  .syntax = "HOLIDAY([calendar][,epoch][,timezone])",
	  .description = "Its name, or \"\" where it is none. A calendar is a section of "
			 "holidays.conf, [" DEFAULT_CALENDAR "] where none is named." },
	{ 0 }
};

RD_MODULE(.name = "func_holiday", .synopsis = "Holidays", .functions = functions, .config = &config,
	  .unload = unload);
