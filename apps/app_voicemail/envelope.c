/* The .txt beside a message: who called, when, how long. Its names are those that scripts
 * for Asterisk read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ringdown/str.h>

#include "apps/app_voicemail/disk.h"

struct field {
	const char *name;
	size_t offset, size;
};

#define FIELD(key, member)                                                                         \
	{                                                                                          \
		key, offsetof(struct vm_message, member), sizeof(((struct vm_message *)0)->member) \
	}

static const struct field fields[] = {
	FIELD("origmailbox", origmailbox),
	FIELD("context", context),
	FIELD("exten", exten),
	FIELD("callerchan", channel),
	FIELD("callerid", callerid),
	FIELD("category", category),
	FIELD("msg_id", id),
};

static void take_flag(struct rd_str value, struct vm_message *message)
{
	message->urgent = rd_str_eq(value, RD_STR("Urgent"));
	message->priority = rd_str_eq(value, RD_STR("PRIORITY"));
}

static void take(struct rd_str name, struct rd_str value, struct vm_message *message)
{
	char number[24];

	for (size_t i = 0; i < RD_ARRAY_SIZE(fields); i++)
		if (rd_str_eq(name, rd_str_of(fields[i].name)))
			rd_strcpyn((char *)message + fields[i].offset, fields[i].size, value);
	rd_strcpyn(number, sizeof(number), value);
	if (rd_str_eq(name, RD_STR("origtime")))
		message->origtime = (time_t)strtoll(number, NULL, 10);
	else if (rd_str_eq(name, RD_STR("duration")))
		message->duration = atoi(number);
	else if (rd_str_eq(name, RD_STR("flag")))
		take_flag(value, message);
}

int vm_envelope_parse(const char *text, struct vm_message *message)
{
	struct rd_str rest = rd_str_of(text), line, name;
	bool inside = false;

	while (rest.n) {
		rd_str_cut(&rest, '\n', &line);
		line = rd_str_trim(line);
		if (rd_str_eq(line, RD_STR("[message]")))
			inside = true;
		else if (inside && line.n && line.p[0] != ';' && rd_str_cut(&line, '=', &name))
			take(rd_str_trim(name), rd_str_trim(line), message);
	}
	return inside ? 0 : -EINVAL;
}

/* A line that a caller's name would end early would make two of one. */
static void one_line(char *out, size_t size, const char *text)
{
	rd_strcpy(out, size, text);
	for (; *out; out++)
		if ((unsigned char)*out < ' ')
			*out = ' ';
}

int vm_envelope_print(char *buf, size_t size, const struct vm_message *message)
{
	char callerid[sizeof(message->callerid)], date[64], exten[sizeof(message->exten)];
	struct tm utc;

	one_line(callerid, sizeof(callerid), message->callerid);
	one_line(exten, sizeof(exten), message->exten);
	gmtime_r(&message->origtime, &utc);
	strftime(date, sizeof(date), "%a %b %e %r UTC %Y", &utc);
	return snprintf(buf, size,
			"[message]\norigmailbox=%s\ncontext=%s\nexten=%s\ncallerchan=%s\n"
			"callerid=%s\norigdate=%s\norigtime=%lld\ncategory=%s\nmsg_id=%s\n"
			"flag=%s\nduration=%d\n",
			message->origmailbox, message->context, exten, message->channel, callerid,
			date, (long long)message->origtime, message->category, message->id,
			message->urgent     ? "Urgent"
			: message->priority ? "PRIORITY"
					    : "",
			message->duration);
}
