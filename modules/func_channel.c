/* CHANNEL, CHANNELS, CHANNEL_EXISTS, TIMEOUT: the legs themselves. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <ringdown/channel_item.h>
#include <ringdown/module.h>
#include <ringdown/regex.h>
#include <ringdown/tech.h>

#include "modules/func.h"

static int channel_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	return ch ? rd_channel_get(ch, args, out) : -EINVAL;
}

static int channel_write(struct rd_channel *ch, const char *args, const char *value)
{
	return ch ? rd_channel_set(ch, args, value) : -EINVAL;
}

static const char *channel_check(const char *item, char *buf, size_t size)
{
	if (rd_channel_item_known(item))
		return NULL;
	snprintf(buf, size, "there is no item \"%s\"", item);
	return buf;
}

/* By its name, or by what else its technology is called. 1, 0, or what went wrong. */
static int matches(struct rd_regex *re, const struct rd_channel *ch)
{
	char alias[160];
	int rc = rd_regex_match(re, rd_channel_name(ch), NULL);

	if (rc || !rd_device_alias(rd_channel_name(ch), alias, sizeof(alias)))
		return rc;
	return rd_regex_match(re, alias, NULL);
}

static int channels_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_channel *other = NULL;
	struct rd_regex *re = NULL;
	bool first = true;
	int rc = *args ? rd_regex_new(&re, args) : 0;

	if (rc)
		return func_regex_failed(ch, "CHANNELS", rc);
	while (rc >= 0 && (other = rd_channel_next(other))) {
		rc = re ? matches(re, other) : 1;
		if (rc <= 0)
			continue;
		rd_buf_printf(out, "%s%s", first ? "" : " ", rd_channel_name(other));
		first = false;
	}
	rd_regex_free(re);
	return rc < 0 ? func_regex_failed(ch, "CHANNELS", rc) : 0;
}

static const char *channels_check(const char *args, char *buf, size_t size)
{
	return *args ? func_check_regex(args, buf, size) : NULL;
}

static int exists_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_channel *other = *args ? rd_channel_find(args) : NULL;

	(void)ch;
	rd_buf_addc(out, other ? '1' : '0');
	if (other)
		rd_channel_unref(other);
	return 0;
}

static int which_timeout(const char *name, enum rd_timeout *which)
{
	switch (name[0]) {
	case 'a':
	case 'A':
		*which = RD_TIMEOUT_ABSOLUTE;
		return 0;
	case 'd':
	case 'D':
		*which = RD_TIMEOUT_DIGIT;
		return 0;
	case 'r':
	case 'R':
		*which = RD_TIMEOUT_RESPONSE;
		return 0;
	default:
		return -EINVAL;
	}
}

static const char *timeout_check(const char *name, char *buf, size_t size)
{
	enum rd_timeout which;

	if (which_timeout(name, &which) == 0)
		return NULL;
	snprintf(buf, size, "it is absolute, digit or response, not \"%s\"", name);
	return buf;
}

static int timeout_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	enum rd_timeout which;
	int rc = ch ? which_timeout(args, &which) : -EINVAL;

	if (rc == 0)
		rd_buf_printf(out, "%.3f", rd_channel_timeout(ch, which) / 1000.0);
	return rc;
}

/* "" is no limit, as 0. */
static int read_seconds(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	if (rd_str_trim(rd_str_of(end)).n || (end == text && *text) || !(*seconds >= 0))
		return -EINVAL;
	return *seconds <= 2000000 ? 0 : -ERANGE;
}

static int timeout_write(struct rd_channel *ch, const char *args, const char *value)
{
	enum rd_timeout which;
	double seconds;
	int rc = ch ? which_timeout(args, &which) : -EINVAL;

	if (rc == 0)
		rc = read_seconds(value, &seconds);
	if (rc == 0)
		rd_channel_set_timeout(ch, which, (int)(seconds * 1000));
	return rc;
}

static const struct rd_function functions[] = {
	{ .name = "CHANNEL",
	  .read = channel_read,
	  .write = channel_write,
	  .check = channel_check,
	  .synopsis = "A property of this channel",
	  .syntax = "CHANNEL(item)",
	  .description = "To read and set: language, musicclass, tonezone, accountcode, "
			 "peeraccount, userfield, amaflags, parkinglot, hangupsource. To read: "
			 "name, state, channeltype, uniqueid, linkedid, context, exten, priority, "
			 "dialled, device, appname, appdata, peer, bridge, answered, onhold, "
			 "checkhangup, audioreadformat, audiowriteformat, audionativeformat, "
			 "videonativeformat; and what the channel's driver adds." },
	{ .name = "CHANNELS",
	  .read = channels_read,
	  .check = channels_check,
	  .synopsis = "The names of all channels",
	  .syntax = "CHANNELS([regular expression])" },
	{ .name = "CHANNEL_EXISTS",
	  .read = exists_read,
	  .synopsis = "1 while a channel lives",
	  .syntax = "CHANNEL_EXISTS(name or unique id)" },
	{ .name = "TIMEOUT",
	  .read = timeout_read,
	  .write = timeout_write,
	  .check = timeout_check,
	  .synopsis = "Limits in seconds",
	  .syntax = "TIMEOUT(absolute|digit|response)",
	  .description = "absolute: of the whole call, 0 for no limit; digit: between two keys, "
			 "5 at first; response: until the first key, 10 at first." },
	{ 0 }
};

RD_MODULE(.name = "func_channel", .synopsis = "Channels", .functions = functions);
