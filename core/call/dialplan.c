/* The house's door to the interpreter module: each call goes to the one that
 * is loaded, or says -ENOSYS. Goto's target syntax is read here, because
 * applications, console and interfaces share it. */
#include <stdlib.h>

#include <ringdown/channel.h>

#include "core/call/registry.h"

static const struct rd_dialplan *interpreter;

int rd__dialplan_set(const struct rd_dialplan *dialplan)
{
	if (dialplan && interpreter)
		return -EEXIST;
	interpreter = dialplan;
	return 0;
}

int rd_dialplan_run(struct rd_channel *ch)
{
	return interpreter ? interpreter->run(ch) : -ENOSYS;
}

int rd_dialplan_gosub(struct rd_channel *ch, const char *target, const char *args)
{
	return interpreter ? interpreter->gosub(ch, target, args) : -ENOSYS;
}

enum rd_match rd_dialplan_match(const char *context, const char *exten, int priority,
				const char *caller)
{
	return interpreter ? interpreter->match(context, exten, priority, caller) : RD_MATCH_NONE;
}

bool rd_dialplan_exists(const char *context, const char *exten, int priority, const char *caller)
{
	enum rd_match match = rd_dialplan_match(context, exten, priority, caller);

	return match == RD_MATCH_FULL || match == RD_MATCH_FULL_MORE;
}

int rd_dialplan_label(const char *context, const char *exten, const char *label,
		      const char *caller)
{
	return interpreter ? interpreter->label(context, exten, label, caller) : -ENOSYS;
}

int rd_dialplan_hint(const char *context, const char *exten, struct rd_buf *devices,
		     struct rd_buf *name)
{
	return interpreter ? interpreter->hint(context, exten, devices, name) : -ENOSYS;
}

int rd_dialplan_expand(struct rd_channel *ch, const char *text, struct rd_buf *out)
{
	return interpreter ? interpreter->expand(ch, text, out) : -ENOSYS;
}

int rd_dialplan_expression(const char *text, struct rd_buf *out)
{
	return interpreter ? interpreter->expression(text, out) : -ENOSYS;
}

bool rd_dialplan_pattern(const char *pattern, const char *number)
{
	return interpreter && interpreter->pattern(pattern, number);
}

int rd_dialplan_time_matches(const char *spec)
{
	return interpreter ? interpreter->time_matches(spec) : -ENOSYS;
}

const char *rd_dialplan_place(const struct rd_channel *ch, int *line)
{
	return interpreter && ch ? interpreter->place(ch, line) : NULL;
}

bool rd_dialplan_context_exists(const char *context)
{
	return interpreter && interpreter->context_exists(context);
}

bool rd_dialplan_ignore_pattern(const char *context, const char *digits)
{
	return interpreter && interpreter->ignore_pattern(context, digits);
}

/* "7", "+2", "-1" or a label; the priority, or negative. */
static int read_priority(struct rd_channel *ch, const char *context, const char *exten,
			 const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end)
		return rd_dialplan_label(context, exten, text,
					 rd_channel_party(ch, RD_PARTY_CALLER)->number);
	if (*text == '+' || *text == '-')
		n += rd_channel_priority(ch);
	return n > 0 && n < INT32_MAX ? (int)n : -EINVAL;
}

int rd_dialplan_parse_goto(struct rd_channel *ch, const char *target)
{
	char copy[256], *part[3] = { copy, NULL, NULL };
	const char *context = NULL, *exten = NULL;
	int n = 1, priority;

	if (!rd_strcpy(copy, sizeof(copy), target))
		return -EINVAL;
	for (char *p = copy; *p; p++) {
		if (*p != ',')
			continue;
		if (n == 3)
			return -EINVAL;
		*p = '\0';
		part[n++] = p + 1;
	}
	for (int i = 0; i < n; i++) {
		struct rd_str s = rd_str_trim(rd_str_of(part[i]));

		part[i] = (char *)s.p;
		part[i][s.n] = '\0';
	}
	if (!*part[n - 1])
		return -EINVAL;
	if (n >= 2 && *part[n - 2])
		exten = part[n - 2];
	if (n == 3 && *part[0])
		context = part[0];
	priority = read_priority(ch, context ? context : rd_channel_context(ch),
				 exten ? exten : rd_channel_exten(ch), part[n - 1]);
	return priority < 0 ? priority : rd_channel_set_place(ch, context, exten, priority);
}
