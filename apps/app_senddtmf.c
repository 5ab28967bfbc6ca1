/* SendDTMF(): press keys for the caller's side, or on another channel. */
#include <stdio.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>

#include "apps/number.h"

#define KEYS "0123456789*#ABCDabcdwW"

enum { LENGTH_MAX = 60000 };

static int senddtmf_app(struct rd_channel *ch, const char *args)
{
	const char *argv[5];
	struct rd_channel *to;
	int gap_ms = 0, ms = 0;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 5);

	if (rc < 0)
		return rc;
	if (!*argv[0]) {
		rd_app_warning(ch, "digits are missing");
		return 0;
	}
	(void)app_read_number(ch, "gap", argv[1], 0, LENGTH_MAX, &gap_ms);
	(void)app_read_number(ch, "length", argv[2], 0, LENGTH_MAX, &ms);
	to = *argv[3] ? rd_channel_find(argv[3]) : rd_channel_ref(ch);
	if (!to) {
		rd_app_warning(ch, "there is no channel \"%s\"", argv[3]);
		return 0;
	}
	rc = rd_send_digits(to, argv[0], ms, gap_ms);
	if (to != ch && !rd_channel_gone(ch))
		rc = 0; /* the other one's end is not ours */
	rd_channel_unref(to);
	return rc;
}

static const char *check_keys(struct rd_pool *pool, const char *const *argv, char *buf, size_t size)
{
	const char *wrong = app_number_fault("gap", argv[1], 0, LENGTH_MAX, buf, size);
	size_t good = strspn(argv[0], KEYS);

	(void)pool;
	if (!*argv[0])
		return "digits are expected";
	if (!argv[0][good])
		return wrong ? wrong
			     : app_number_fault("length", argv[2], 0, LENGTH_MAX, buf, size);
	snprintf(buf, size, "\"%c\" is no key", argv[0][good]);
	return buf;
}

static const char *senddtmf_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 5, check_keys, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "SendDTMF",
	  .run = senddtmf_app,
	  .check = senddtmf_check,
	  .synopsis = "Send keys",
	  .syntax = "SendDTMF(digits[,gap_ms[,length_ms[,channel]]])",
	  .description = "Of 0-9 * # A-D; w waits half a second, W a second." },
	{ 0 }
};

RD_MODULE(.name = "app_senddtmf", .synopsis = "Send keys", .apps = apps);
