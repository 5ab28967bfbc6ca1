/* Reading "09:00-17:00&19:00-21:00,mon-fri,1-15,jan-mar,Europe/Berlin" into
 * bits, and asking whether a moment is among them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ringdown/str.h>

#include "dialplan/timing.h"
#include <ringdown/zone.h>

static const char *const weekday_names[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };
static const char *const month_names[] = { "jan", "feb", "mar", "apr", "may", "jun",
					   "jul", "aug", "sep", "oct", "nov", "dec" };

/* How one field counts: its names, or numbers from first on. */
struct field {
	const char *const *names;
	int count, first;
	const char *fault;
};

static const struct field weekday_field = { weekday_names, 7, 0,
	"expected weekdays as 'mon-fri' or '*'" };
static const struct field monthday_field = { NULL, 31, 1,
	"expected days of the month as '1-31' or '*'" };
static const struct field month_field = { month_names, 12, 1,
	"expected months as 'jan-dec' or '*'" };

/* The place of one word in its field from 0, or -1. */
static int read_word(const struct field *field, struct rd_str s)
{
	uint64_t n;

	for (int i = 0; field->names && i < field->count; i++)
		if (s.n >= 3 && strncasecmp(s.p, field->names[i], 3) == 0)
			return i;
	if (rd_str_to_u64(s, 1000, &n) || (int)n < field->first ||
	    (int)n >= field->first + field->count)
		return -1;
	return (int)n - field->first;
}

/* From a to b, around the end when b comes before a. */
static bool read_range(const struct field *field, struct rd_str s, uint32_t *bits)
{
	struct rd_str head;
	bool range = rd_str_cut(&s, '-', &head);
	int from = read_word(field, rd_str_trim(head));
	int to = range ? read_word(field, rd_str_trim(s)) : from;

	if (from < 0 || to < 0)
		return false;
	for (int i = from;; i = (i + 1) % field->count) {
		*bits |= UINT32_C(1) << i;
		if (i == to)
			return true;
	}
}

static bool read_field(const struct field *field, struct rd_str s, uint32_t *bits)
{
	struct rd_str part;
	bool more;

	s = rd_str_trim(s);
	*bits = 0;
	if (s.n == 0 || rd_str_eq(s, RD_STR("*"))) {
		*bits = UINT32_MAX;
		return true;
	}
	do {
		more = rd_str_cut(&s, '&', &part);
		if (!read_range(field, rd_str_trim(part), bits))
			return false;
	} while (more);
	return true;
}

/* "9:30" as minutes of the day, or -1. */
static int read_clock(struct rd_str s)
{
	struct rd_str hour;
	uint64_t h, m;

	s = rd_str_trim(s);
	if (!rd_str_cut(&s, ':', &hour) || rd_str_to_u64(hour, 23, &h) ||
	    rd_str_to_u64(s, 59, &m))
		return -1;
	return (int)(h * 60 + m);
}

static bool read_times(struct dp_timing *timing, struct rd_str s)
{
	const int day = 24 * 60;
	struct rd_str part, head;
	bool more;

	s = rd_str_trim(s);
	if (s.n == 0 || rd_str_eq(s, RD_STR("*"))) {
		memset(timing->minutes, 0xff, sizeof(timing->minutes));
		return true;
	}
	do {
		int from, to;
		bool range;

		more = rd_str_cut(&s, '&', &part);
		range = rd_str_cut(&part, '-', &head);
		from = read_clock(head);
		to = range ? read_clock(part) : from;
		if (from < 0 || to < 0)
			return false;
		for (int i = from;; i = (i + 1) % day) {
			timing->minutes[i / 64] |= UINT64_C(1) << (i % 64);
			if (i == to)
				break;
		}
	} while (more);
	return true;
}

int dp_timing_parse(struct dp_timing *timing, const char *spec, const char **fault)
{
	struct rd_str field[5] = { { 0 } }, rest = rd_str_of(spec);
	char separator = strchr(spec, '|') ? '|' : ',';
	size_t n = 0;

	*timing = (struct dp_timing){ 0 };
	*fault = NULL;
	while (n < RD_ARRAY_SIZE(field) && rd_str_cut(&rest, separator, &field[n]))
		n++;
	if (n == RD_ARRAY_SIZE(field))
		*fault = "expected 'times,weekdays,monthdays,months[,timezone]'";
	else if (!read_times(timing, field[0]))
		*fault = "expected times as '09:00-17:00' or '*'";
	else if (!read_field(&weekday_field, field[1], &timing->weekdays))
		*fault = weekday_field.fault;
	else if (!read_field(&monthday_field, field[2], &timing->monthdays))
		*fault = monthday_field.fault;
	else if (!read_field(&month_field, field[3], &timing->months))
		*fault = month_field.fault;
	else if (!rd_strcpyn(timing->zone, sizeof(timing->zone), rd_str_trim(field[4])) ||
		 (timing->zone[0] && !rd_zone_known(timing->zone)))
		*fault = "expected a timezone as 'Europe/Berlin'";
	return *fault ? -EINVAL : 0;
}

bool dp_timing_holds(const struct dp_timing *timing, time_t when)
{
	struct tm tm;
	int minute;

	rd_zone_localtime(timing->zone, when, &tm);
	minute = tm.tm_hour * 60 + tm.tm_min;
	return (timing->minutes[minute / 64] >> (minute % 64) & 1) &&
	       (timing->weekdays >> tm.tm_wday & 1) &&
	       (timing->monthdays >> (tm.tm_mday - 1) & 1) && (timing->months >> tm.tm_mon & 1);
}
