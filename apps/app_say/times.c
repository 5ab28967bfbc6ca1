/* Dates and times as lists of prompts. */
#include <string.h>

#include "apps/app_say/words.h"

static void add(struct rd_buf *out, const char *prompt)
{
	if (out->n)
		rd_buf_addc(out, '&');
	rd_buf_adds(out, prompt);
}

static void add_numbered(struct rd_buf *out, const char *prefix, int n)
{
	if (out->n)
		rd_buf_addc(out, '&');
	rd_buf_printf(out, "%s%d", prefix, n);
}

/* 2026: "twenty twenty-six"; 2005: "two thousand five"; 1900: "nineteen hundred". */
static void say_year(struct rd_buf *out, int year)
{
	if (year >= 2000 && year < 2010) {
		say_number(out, year);
		return;
	}
	say_number(out, year / 100);
	if (year % 100 == 0) {
		add(out, "digits/hundred");
		return;
	}
	if (year % 100 < 10)
		add(out, "digits/oh");
	say_number(out, year % 100);
}

static void say_hour_of_twelve(struct rd_buf *out, int hour)
{
	say_number(out, hour % 12 ? hour % 12 : 12);
}

static void say_hour_of_day(struct rd_buf *out, int hour, bool oh)
{
	if (oh && hour < 10)
		add(out, "digits/oh");
	say_number(out, hour);
}

static void say_minute(struct rd_buf *out, int minute)
{
	if (minute == 0) {
		add(out, "digits/oclock");
		return;
	}
	if (minute < 10)
		add(out, "digits/oh");
	say_number(out, minute);
}

static void say_second(struct rd_buf *out, int second)
{
	if (second > 0 && second < 10)
		add(out, "digits/oh");
	say_number(out, second);
}

/* Days since 1970 of a broken-down date, by its own calendar. */
static long day_number(const struct tm *tm)
{
	struct tm noon = { .tm_year = tm->tm_year, .tm_mon = tm->tm_mon,
			   .tm_mday = tm->tm_mday, .tm_hour = 12 };

	return (long)(timegm(&noon) / 86400);
}

static void say_part(struct rd_buf *out, const struct tm *when, const struct tm *now,
		     char part, char *unknown);

static void say_parts(struct rd_buf *out, const struct tm *when, const struct tm *now,
		      const char *parts, char *unknown)
{
	for (; *parts; parts++)
		say_part(out, when, now, *parts, unknown);
}

/* Q: today and yesterday by name. q: today goes without saying. */
static void say_day_from_now(struct rd_buf *out, const struct tm *when,
			     const struct tm *now, bool silent_today, char *unknown)
{
	long ago = day_number(now) - day_number(when);

	if (ago == 0 && silent_today)
		return;
	if (ago == 0)
		add(out, "digits/today");
	else if (ago == 1)
		add(out, "digits/yesterday");
	else if (ago > 1 && ago < 7 && silent_today)
		add_numbered(out, "digits/day-", when->tm_wday);
	else
		say_parts(out, when, now, "ABdY", unknown);
}

static void say_part(struct rd_buf *out, const struct tm *when, const struct tm *now,
		     char part, char *unknown)
{
	switch (part) {
	case 'A': case 'a':
		add_numbered(out, "digits/day-", when->tm_wday);
		break;
	case 'B': case 'b': case 'h':
		add_numbered(out, "digits/mon-", when->tm_mon);
		break;
	case 'm':
		say_ordinal(out, when->tm_mon + 1);
		break;
	case 'd': case 'e':
		say_ordinal(out, when->tm_mday);
		break;
	case 'Y':
		say_year(out, when->tm_year + 1900);
		break;
	case 'I': case 'l':
		say_hour_of_twelve(out, when->tm_hour);
		break;
	case 'H': case 'k':
		say_hour_of_day(out, when->tm_hour, part == 'H');
		break;
	case 'M': case 'N':
		say_minute(out, when->tm_min);
		break;
	case 'P': case 'p':
		add(out, when->tm_hour < 12 ? "digits/a-m" : "digits/p-m");
		break;
	case 'S':
		say_second(out, when->tm_sec);
		break;
	case 'R':
		say_parts(out, when, now, "HM", unknown);
		break;
	case 'T':
		say_parts(out, when, now, "HMS", unknown);
		break;
	case 'Q': case 'q':
		say_day_from_now(out, when, now, part == 'q', unknown);
		break;
	case ' ': case ',': case '_':
		break;
	default:
		if (!*unknown)
			*unknown = part;
	}
}

void say_time(struct rd_buf *out, const struct tm *when, const struct tm *now,
	      const char *format, char *unknown)
{
	*unknown = '\0';
	while (*format) {
		const char *end;

		if (*format != '\'') {
			say_part(out, when, now, *format++, unknown);
			continue;
		}
		end = strchr(++format, '\'');
		if (!end) {
			*unknown = '\'';
			return;
		}
		if (out->n && end > format)
			rd_buf_addc(out, '&');
		rd_buf_add(out, format, (size_t)(end - format));
		format = end + 1;
	}
}
