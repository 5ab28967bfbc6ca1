/* STRFTIME and STRPTIME: moments as texts, in any timezone. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ringdown/clock.h>
#include <ringdown/module.h>
#include <ringdown/zone.h>

#include "modules/func.h"

#define TEXT_MAX 512

/* %1q to %6q are fractions of the second, as in Asterisk: put in before
 * strftime() sees the format. */
static void fill_fractions(const char *format, int64_t us, struct rd_buf *out)
{
	for (; *format; format++) {
		int digits = format[0] == '%' && format[1] >= '1' && format[1] <= '6' &&
					     format[2] == 'q' ?
				     format[1] - '0' : 0;
		char text[16];

		if (!digits && format[0] == '%' && format[1] == 'q')
			digits = 3;
		if (!digits) {
			rd_buf_addc(out, *format);
			if (format[0] == '%' && format[1])
				rd_buf_addc(out, *++format);
			continue;
		}
		snprintf(text, sizeof(text), "%06lld", (long long)us);
		rd_buf_add(out, text, (size_t)digits);
		format += format[1] == 'q' ? 1 : 2;
	}
}

static int strftime_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	struct rd_buf format;
	char text[TEXT_MAX];
	struct tm tm;
	double when;
	int rc = func_args_read(&a, args, 3);

	(void)ch;
	rd_buf_init(&format);
	if (rc == 0 && *a.argv[1] && !rd_zone_known(a.argv[1]))
		rc = -EINVAL;
	when = (double)rd_wall_us() / 1e6;
	if (rc == 0 && *a.argv[0])
		rc = rd_zone_read_moment(a.argv[0], &when);
	if (rc == 0) {
		rd_zone_localtime(a.argv[1], (time_t)when, &tm);
		fill_fractions(*a.argv[2] ? a.argv[2] : "%c",
			       (int64_t)((when - (double)(time_t)when) * 1e6), &format);
		if (strftime(text, sizeof(text), rd_buf_text(&format), &tm))
			rd_buf_adds(out, text);
	}
	rd_buf_fini(&format);
	func_args_free(&a);
	return rc;
}

static int strptime_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	struct tm tm = { .tm_mday = 1 };
	int rc = func_args_read(&a, args, 3);

	(void)ch;
	if (rc == 0 && (a.argc < 3 || (*a.argv[1] && !rd_zone_known(a.argv[1])) ||
			!strptime(a.argv[0], a.argv[2], &tm)))
		rc = -EINVAL;
	if (rc == 0)
		rd_buf_printf(out, "%lld", (long long)rd_zone_mktime(a.argv[1], &tm));
	func_args_free(&a);
	return rc;
}

static const char *strftime_check(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return func_check_read(strftime_read, args,
			       "no such moment in seconds since 1970, or no such timezone");
}

static const char *strptime_check(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return func_check_read(strptime_read, args,
			       "no such timezone, or the text has not this format");
}

static const struct rd_function functions[] = {
	{ .name = "STRFTIME",
	  .read = strftime_read,
	  .check = strftime_check,
	  .synopsis = "A moment as a text",
	  .syntax = "STRFTIME([epoch][,timezone][,format])",
	  .description = "As strftime(3); %3q is the fraction of the second. Without an epoch: "
			 "now. Without a format: %c." },
	{ .name = "STRPTIME",
	  .read = strptime_read,
	  .check = strptime_check,
	  .synopsis = "A text as seconds since 1970",
	  .syntax = "STRPTIME(text,timezone,format)",
	  .description = "As strptime(3)." },
	{ 0 }
};

RD_MODULE(.name = "func_time", .synopsis = "Moments as texts", .functions = functions);
