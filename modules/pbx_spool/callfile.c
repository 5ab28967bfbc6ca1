/* What is in a call file: "Key: Value" lines in letters of any case, comments after # and ;. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/config.h>
#include <ringdown/log.h>

#include "modules/pbx_spool/spool.h"

enum { WAIT_S = 45, RETRY_S = 300, SECONDS_MAX = 86400, RETRIES_MAX = 10000 };

struct reading {
	struct call_file *file;
	struct rd_pool *pool;
	const char *name;
	int line;
	size_t room; /* for variables */
};

typedef const char *read_fn(struct reading *reading, const char *value);

/* -- values: NULL, or what was expected ------------------------------------------------ */

static const char *number(const char *value, int min, int max, int *out)
{
	uint64_t n;

	if (rd_str_to_u64(rd_str_of(value), (uint64_t)max, &n) || n < (uint64_t)min)
		return "a number";
	*out = (int)n;
	return NULL;
}

static const char *boolean(const char *value, bool *out)
{
	return rd_config_bool(rd_str_of(value), out) ? NULL : "yes or no";
}

static const char *read_channel(struct reading *it, const char *value)
{
	it->file->what.channel = value;
	it->file->channel_line = it->line;
	return strchr(value, '/') ? NULL : "TECHNOLOGY/RESOURCE";
}

static const char *read_caller(struct reading *it, const char *value)
{
	it->file->what.caller_id = value;
	return NULL;
}

static const char *read_account(struct reading *it, const char *value)
{
	it->file->what.account = value;
	return NULL;
}

static const char *read_app(struct reading *it, const char *value)
{
	it->file->what.app = value;
	it->file->place_line = it->line;
	return rd_app_find(value) ? NULL : "an application that is loaded";
}

static const char *read_data(struct reading *it, const char *value)
{
	it->file->what.app_args = value;
	return NULL;
}

static const char *read_context(struct reading *it, const char *value)
{
	it->file->what.context = value;
	return NULL;
}

static const char *read_exten(struct reading *it, const char *value)
{
	it->file->what.exten = value;
	it->file->place_line = it->line;
	return NULL;
}

static const char *read_priority(struct reading *it, const char *value)
{
	return number(value, 1, INT32_MAX, &it->file->what.priority);
}

static const char *read_wait(struct reading *it, const char *value)
{
	int seconds = 0;
	const char *fault = number(value, 1, SECONDS_MAX, &seconds);

	it->file->what.timeout_ms = seconds * 1000;
	return fault;
}

static const char *read_max_retries(struct reading *it, const char *value)
{
	return number(value, 0, RETRIES_MAX, &it->file->max_retries);
}

static const char *read_retry(struct reading *it, const char *value)
{
	return number(value, 1, SECONDS_MAX, &it->file->retry_s);
}

static const char *read_archive(struct reading *it, const char *value)
{
	return boolean(value, &it->file->archive);
}

static const char *read_always_delete(struct reading *it, const char *value)
{
	return boolean(value, &it->file->always_delete);
}

/* Variables lie one after the other, in an array that is twice as long when it is full. */
static int make_room(struct reading *it)
{
	struct rd_originate *what = &it->file->what;
	struct rd_originate_variable *more;
	size_t room = it->room ? 2 * it->room : 8;

	if (what->variable_count < it->room)
		return 0;
	more = rd_pool_alloc(it->pool, room * sizeof(*more));
	if (!more)
		return -ENOMEM;
	if (what->variable_count)
		memcpy(more, what->variables, what->variable_count * sizeof(*more));
	what->variables = more;
	it->room = room;
	return 0;
}

static const char *read_variable(struct reading *it, const char *value)
{
	struct rd_originate *what = &it->file->what;
	const char *equals = rd_app_equals(value);
	struct rd_originate_variable *variable;

	if (!equals || equals == value)
		return "NAME=VALUE";
	if (make_room(it))
		return rd_option_no_memory;
	variable = (struct rd_originate_variable *)&what->variables[what->variable_count];
	variable->name = rd_pool_strndup(it->pool, value, (size_t)(equals - value));
	variable->value = equals + 1;
	what->variable_count += variable->name ? 1 : 0;
	return variable->name ? NULL : rd_option_no_memory;
}

/* As a pre-dial routine would do it: the leg offers these. */
static const char *read_codecs(struct reading *it, const char *value)
{
	const char *set = rd_pool_printf(it->pool, "PJSIP_MEDIA_OFFER(audio)=%s", value);

	return set ? read_variable(it, set) : rd_option_no_memory;
}

static const char *read_early(struct reading *it, const char *value)
{
	return boolean(value, &it->file->what.early);
}

/* What an attempt wrote when it was over. */
static const char *read_end_retry(struct reading *it, const char *value)
{
	(void)value;
	it->file->attempts++;
	return NULL;
}

static const char *read_note(struct reading *it, const char *value)
{
	(void)it;
	(void)value;
	return NULL;
}

static const struct key {
	const char *name;
	read_fn *read;
} keys[] = {
	{ "Channel", read_channel },
	{ "CallerID", read_caller },
	{ "Account", read_account },
	{ "AccountCode", read_account },
	{ "Application", read_app },
	{ "Data", read_data },
	{ "Context", read_context },
	{ "Extension", read_exten },
	{ "Priority", read_priority },
	{ "WaitTime", read_wait },
	{ "MaxRetries", read_max_retries },
	{ "RetryTime", read_retry },
	{ "Archive", read_archive },
	{ "AlwaysDelete", read_always_delete },
	{ "SetVar", read_variable },
	{ "Set", read_variable },
	{ "Variable", read_variable },
	{ "Codecs", read_codecs },
	{ "Early_Media", read_early },
	{ "StartRetry", read_note },
	{ "EndRetry", read_end_retry },
	{ "DelayedRetry", read_note },
	{ "Status", read_note },
};

/* -- lines ------------------------------------------------------------------------------ */

static int fault(struct reading *it, const char *text)
{
	if (!it->file->fault) {
		it->file->fault = text;
		it->file->fault_line = it->line;
	}
	return text ? 0 : -ENOMEM;
}

/* A key that nobody knows is a slip, or of a later time: the call is made without it. */
static void pass_over(const struct reading *it, const char *name)
{
	const char *names[RD_ARRAY_SIZE(keys) + 1] = { NULL }, *near;

	for (size_t i = 0; i < RD_ARRAY_SIZE(keys); i++)
		names[i] = keys[i].name;
	near = rd_str_nearest(name, names);
	rd_warning("%s:%d: \"%s\" is passed over: there is no such key%s%s%s", it->name, it->line,
		   name, near ? "; is it " : "", near ? near : "", near ? "?" : "");
}

static int read_line(struct reading *it, char *line)
{
	char *colon = strchr(line, ':'), *value;
	struct rd_str name, rest;
	const char *expected;

	if (!colon)
		return fault(it, "expected \"Key: Value\"");
	name = rd_str_trim((struct rd_str){ line, (size_t)(colon - line) });
	rest = rd_str_trim(rd_str_of(colon + 1));
	value = rd_pool_strndup(it->pool, rest.p ? rest.p : "", rest.n);
	line[name.p - line + (ptrdiff_t)name.n] = '\0';
	if (!value)
		return -ENOMEM;
	for (size_t i = 0; i < RD_ARRAY_SIZE(keys); i++) {
		if (strcasecmp(keys[i].name, name.p) != 0)
			continue;
		expected = keys[i].read(it, value);
		if (expected == rd_option_no_memory)
			return -ENOMEM;
		return expected ? fault(it, rd_pool_printf(it->pool, "%s: expected %s, not \"%s\"",
							   keys[i].name, expected, value))
				: 0;
	}
	pass_over(it, name.p);
	return 0;
}

/* A line that ends in blanks ends before them; a comment may stand behind a value. */
static char *strip(char *line)
{
	for (char *p = line; *p; p++)
		if ((*p == '#' || *p == ';') && (p == line || p[-1] == ' ' || p[-1] == '\t'))
			*p = '\0';
	return line + strspn(line, " \t\r");
}

static void look_over(struct reading *it)
{
	const struct rd_originate *what = &it->file->what;

	it->line = 0;
	if (!what->channel)
		fault(it, "it has no \"Channel: TECHNOLOGY/RESOURCE\"");
	else if (!what->app && !what->exten)
		fault(it, "it has neither \"Application: NAME\" nor \"Extension: NUMBER\"");
}

int call_file_read(struct call_file *file, struct rd_pool *pool, char *text, const char *name)
{
	struct reading it = { .file = file, .pool = pool, .name = name };
	char *line;
	int rc = 0;

	*file = (struct call_file){ .what = { .timeout_ms = WAIT_S * 1000 },
				    .retry_s = RETRY_S,
				    .always_delete = true };
	while (!rc && (line = strsep(&text, "\n"))) {
		it.line++;
		line = strip(line);
		if (*line)
			rc = read_line(&it, line);
	}
	if (!rc)
		look_over(&it);
	return rc;
}
