/* The house's door to the interpreter module: each call goes to the one that
 * is loaded, or says -ENOSYS. Goto's target syntax is read here, because
 * applications, console and interfaces share it. */
#include <stdlib.h>

#include <ringdown/channel.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/base/usage.h"
#include "core/call/registry.h"

static const struct rd_dialplan *interpreter;

int rd__dialplan_set(const struct rd_dialplan *dialplan)
{
	if (dialplan && interpreter)
		return -EEXIST;
	interpreter = dialplan;
	return 0;
}

/* -- what the interpreter is asked ------------------------------------------------ */

int rd_dialplan_run(struct rd_channel *ch)
{
	struct rd__usage *outer;
	int rc;

	if (!interpreter)
		return -ENOSYS;
	outer = rd__usage_enter_at((const void *)interpreter->run);
	rc = interpreter->run(ch);
	rd__usage_enter(outer);
	return rc;
}

int rd_dialplan_gosub(struct rd_channel *ch, const char *target, const char *args)
{
	struct rd__usage *outer;
	int rc;

	if (!interpreter)
		return -ENOSYS;
	outer = rd__usage_enter_at((const void *)interpreter->gosub);
	rc = interpreter->gosub(ch, target, args);
	rd__usage_enter(outer);
	return rc;
}

void rd_dialplan_run_h(struct rd_channel *ch, const char *context, int cause, int wait_ms)
{
	struct rd_buf target;
	int rc;

	if (!rd_dialplan_exists(context, "h", 1, NULL))
		return;
	rd_hangup(ch, cause);
	rd_buf_init(&target);
	rd_buf_printf(&target, "%s,h,1", context);
	rd_shield_begin(wait_ms);
	rc = target.failed ? -ENOMEM : rd_dialplan_gosub(ch, rd_buf_text(&target), "");
	rd_shield_end();
	rd_buf_fini(&target);
	if (rc < 0 && rc != -ECANCELED)
		rd_warning("%s: its h extension in %s: %s", rd_channel_name(ch), context,
			   rd_strerror(rc));
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

const char *rd_dialplan_home(const char *context, const char *exten, int priority,
			     const char *caller)
{
	return interpreter && interpreter->home
		       ? interpreter->home(context, exten, priority, caller)
		       : NULL;
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

const char *rd_dialplan_pattern_fault(const char *pattern)
{
	return interpreter && interpreter->pattern_fault ? interpreter->pattern_fault(pattern)
							 : NULL;
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

bool rd_dialplan_context_coming(const char *context)
{
	return !interpreter || !interpreter->context_coming ||
	       interpreter->context_coming(context);
}

bool rd_dialplan_each_step(const char *context,
			   bool (*step)(const struct rd_dialplan_step *step, void *arg), void *arg)
{
	return interpreter && interpreter->each_step &&
	       interpreter->each_step(context, step, arg);
}

bool rd_dialplan_ignore_pattern(const char *context, const char *digits)
{
	return interpreter && interpreter->ignore_pattern(context, digits);
}

/* "7", "+2", "-1" or a label; the priority, or negative. */
static int read_priority(const struct rd_channel *from, const struct rd_place *place,
			 const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end)
		return rd_dialplan_label(place->context, place->exten, text,
					 rd_channel_party(from, RD_PARTY_CALLER)->number);
	if (*text == '+' || *text == '-')
		n += rd_channel_priority(from);
	return n > 0 && n < INT32_MAX ? (int)n : -EINVAL;
}

int rd_dialplan_split_place(char *target, const char *part[3])
{
	struct rd_str rest = rd_str_of(target), one;
	int n = 0;
	bool more;

	part[0] = part[1] = NULL;
	do {
		if (n == 3)
			return -EINVAL;
		more = rd_str_cut(&rest, ',', &one);
		one = rd_str_trim(one);
		target[one.p + one.n - target] = '\0';
		part[0] = part[1];
		part[1] = n ? part[2] : NULL;
		part[2] = one.p;
		n++;
	} while (more);
	for (int i = 0; i < 2; i++)
		if (part[i] && !*part[i])
			part[i] = NULL;
	return *part[2] ? 0 : -EINVAL;
}

int rd_dialplan_read_place(const struct rd_channel *from, const char *target,
			   struct rd_place *place)
{
	const char *part[3];

	if (!rd_strcpy(place->text, sizeof(place->text), target) ||
	    rd_dialplan_split_place(place->text, part))
		return -EINVAL;
	place->context = part[0] ? part[0] : rd_channel_context(from);
	place->exten = part[1] ? part[1] : rd_channel_exten(from);
	place->priority = read_priority(from, place, part[2]);
	return RD_MIN(place->priority, 0);
}

int rd_dialplan_goto(struct rd_channel *ch, const char *target)
{
	struct rd_place place;
	int rc = rd_dialplan_read_place(ch, target, &place);

	return rc ? rc : rd_channel_set_place(ch, place.context, place.exten, place.priority);
}
