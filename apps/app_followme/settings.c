/* followme.conf: [general] for all, and a section for each who can be followed. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <ringdown/dialplan.h>
#include <ringdown/prompt.h>

#include "apps/app_followme/followme.h"

enum { RING_MS = 20000, RING_MAX_S = 3600, ORDER_MAX = 10000 };

static struct followme_settings *in_force;

/* -- counted: who is being looked for keeps what was in force ----------------------------- */

struct followme_settings *followme_settings_get(void)
{
	if (in_force)
		in_force->refs++;
	return in_force;
}

struct followme_settings *followme_settings_coming(void)
{
	struct followme_settings *coming = rd_config_coming(RD_MODULE_NAME);

	if (!coming)
		return followme_settings_get();
	coming->refs++;
	return coming;
}

void followme_settings_put(struct followme_settings *settings)
{
	if (settings && --settings->refs == 0)
		rd_pool_free(settings->pool);
}

void followme_settings_forget(void)
{
	followme_settings_put(in_force);
	in_force = NULL;
}

const struct followme_profile *followme_profile(const struct followme_settings *settings,
						const char *name)
{
	const struct followme_profile *it = settings ? settings->profiles : NULL;

	while (it && strcmp(it->name, name) != 0)
		it = it->next;
	return it;
}

/* -- options ---------------------------------------------------------------------------- */

static const char *read_code(const char *value, void *dest, struct rd_pool *pool)
{
	size_t n = strlen(value);

	(void)pool;
	if (!n || n > FOLLOWME_CODE_MAX || strspn(value, "0123456789*#ABCD") != n)
		return "keys of 0-9, *, #, A-D";
	memcpy(dest, value, n + 1);
	return NULL;
}

#define AT(field) offsetof(struct followme_profile, field)
#define TEXT(option, field, value)                                                                 \
	{                                                                                          \
		.name = option, .type = RD_OPTION_STRING, .offset = AT(field), .fallback = value   \
	}
#define PROMPT(option, field, value)                                                               \
	{                                                                                          \
		.name = option, .type = RD_OPTION_STRING, .offset = AT(field), .fallback = value,  \
		.prompt = true                                                                     \
	}

/* As they are where nothing is written: in [general]; in a section what [general] says. */
#define OPTIONS(_)                                                                                 \
	PROMPT("call_from_prompt", call_from, _("followme/call-from")),                            \
		PROMPT("call-from-prompt", call_from, NULL),                                       \
		PROMPT("norecording_prompt", norecording, _("followme/no-recording")),             \
		PROMPT("norecording-prompt", norecording, NULL),                                   \
		PROMPT("options_prompt", options, _("followme/options")),                          \
		PROMPT("options-prompt", options, NULL),                                           \
		PROMPT("pls_hold_prompt", hold, _("followme/pls-hold-while-try")),                 \
		PROMPT("pls-hold-prompt", hold, NULL), PROMPT("hold_prompt", hold, NULL),          \
		PROMPT("status_prompt", status, _("followme/status")),                             \
		PROMPT("status-prompt", status, NULL),                                             \
		PROMPT("sorry_prompt", sorry, _("followme/sorry")),                                \
		PROMPT("sorry-prompt", sorry, NULL),                                               \
		PROMPT("connecting_prompt", connecting, _("")),                                    \
		PROMPT("connecting-prompt", connecting, NULL), TEXT("musicclass", music, _("")),   \
		TEXT("musiconhold", music, NULL), TEXT("music", music, NULL),                      \
		TEXT("context", context, _("default")),                                            \
		{ .name = "takecall",                                                              \
		  .type = RD_OPTION_CUSTOM,                                                        \
		  .parse = read_code,                                                              \
		  .offset = AT(take),                                                              \
		  .fallback = _("1") },                                                            \
		{ .name = "declinecall",                                                           \
		  .type = RD_OPTION_CUSTOM,                                                        \
		  .parse = read_code,                                                              \
		  .offset = AT(decline),                                                           \
		  .fallback = _("2") },                                                            \
		{ .name = "featuredigittimeout",                                                   \
		  .type = RD_OPTION_DURATION,                                                      \
		  .unit = 1,                                                                       \
		  .min = 500,                                                                      \
		  .max = 60000,                                                                    \
		  .offset = AT(digit_ms),                                                          \
		  .fallback = _("5000") },                                                         \
		{ .name = "enable_callee_prompt",                                                  \
		  .type = RD_OPTION_BOOL,                                                          \
		  .offset = AT(asks),                                                              \
		  .fallback = _("yes") },                                                          \
	{                                                                                          \
		0                                                                                  \
	}

#define WRITTEN(value)   value
#define UNWRITTEN(value) NULL

/* clang-format off */
static const struct rd_option general_table[] = { OPTIONS(WRITTEN) };
static const struct rd_option profile_table[] = { OPTIONS(UNWRITTEN) };
/* clang-format on */

/* -- numbers ------------------------------------------------------------------------------- */

static bool is_number(const struct rd_config_line *line)
{
	return strcasecmp(line->name, "number") == 0;
}

static size_t count_numbers(const struct rd_config_section *section)
{
	const struct rd_config_line *line = NULL;
	size_t n = 0;

	while ((line = rd_config_line_next(section, line)))
		n += is_number(line);
	return n;
}

/* "1001&1002", "1001,20", "1001,20,2": NULL, or what was expected. */
static const char *read_number(const char *value, struct rd_pool *pool,
			       struct followme_number *number)
{
	struct rd_str rest = rd_str_of(value), numbers, ring;
	uint64_t n;

	rd_str_cut(&rest, ',', &numbers);
	rd_str_cut(&rest, ',', &ring);
	numbers = rd_str_trim(numbers);
	ring = rd_str_trim(ring);
	rest = rd_str_trim(rest);
	if (!numbers.n)
		return "numbers first, with & between them";
	if (ring.n) {
		if (rd_str_to_u64(ring, RING_MAX_S, &n) || !n)
			return "seconds that it rings after the first comma";
		number->ring_ms = (int)n * 1000;
	}
	if (rest.n) {
		if (rd_str_to_u64(rest, ORDER_MAX, &n))
			return "its place in the order after the second comma";
		number->order = (int)n;
	}
	number->numbers = rd_pool_strndup(pool, numbers.p, numbers.n);
	return number->numbers ? NULL : rd_option_no_memory;
}

/* Those of one place ring together; where none is written each has one of its own. */
static int by_order(const void *a, const void *b)
{
	const struct followme_number *x = a, *y = b;

	return x->order != y->order ? x->order - y->order : x->numbers < y->numbers ? -1 : 1;
}

static int read_numbers(struct followme_profile *profile, struct rd_pool *pool,
			const struct rd_config_section *section, struct rd_config_report *report)
{
	const struct rd_config_line *line = NULL;
	int rc = 0;

	profile->numbers =
		rd_pool_alloc(pool, (count_numbers(section) + 1) * sizeof(*profile->numbers));
	if (!profile->numbers)
		return -ENOMEM;
	while ((line = rd_config_line_next(section, line))) {
		struct followme_number *number = &profile->numbers[profile->count];
		const char *expected;

		if (!is_number(line))
			continue;
		*number = (struct followme_number){ .ring_ms = RING_MS,
						    .order = (int)profile->count + 1,
						    .line = line->line };
		expected = read_number(line->value, pool, number);
		if (expected == rd_option_no_memory)
			return -ENOMEM;
		profile->count += !expected;
		if (!expected)
			continue;
		rd_config_error(report, line->file, line->line, "number => %s: expected %s",
				line->value, expected);
		rc = -EINVAL;
	}
	qsort(profile->numbers, profile->count, sizeof(*profile->numbers), by_order);
	return rc;
}

/* -- the file -------------------------------------------------------------------------------- */

static int read_profile(struct followme_settings *settings, const struct followme_profile *general,
			const struct rd_config_section *section, struct rd_config_report *report)
{
	static const char *const elsewhere[] = { "number", NULL };
	struct followme_profile *profile = rd_pool_alloc(settings->pool, sizeof(*profile));
	int rc, wrong;

	if (!profile)
		return -ENOMEM;
	*profile = *general;
	profile->name = rd_pool_strdup(settings->pool, rd_config_section_name(section));
	if (!profile->name)
		return -ENOMEM;
	rc = rd_options_read(profile_table, section, elsewhere, profile, settings->pool, report);
	if (rc == -ENOMEM)
		return rc;
	wrong = read_numbers(profile, settings->pool, section, report);
	profile->next = settings->profiles;
	settings->profiles = profile;
	return wrong ? wrong : rc;
}

static int read_file(struct followme_settings *settings, const struct rd_config *config,
		     struct rd_config_report *report)
{
	struct followme_profile general = { 0 };
	const struct rd_config_section *section = NULL;
	int rc = rd_options_read(general_table, rd_config_find(config, "general"), NULL, &general,
				 settings->pool, report);

	while (rc != -ENOMEM && (section = rd_config_next(config, section, NULL))) {
		int wrong = 0;

		if (strcasecmp(rd_config_section_name(section), "general") != 0)
			wrong = read_profile(settings, &general, section, report);
		rc = wrong ? wrong : rc;
	}
	return rc;
}

static void discard(void *snapshot)
{
	followme_settings_put(snapshot);
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct followme_settings *settings;
	struct rd_config *config = NULL;
	struct rd_pool *pool;
	int rc;

	settings = rd_pool_new_with(&pool, 0, sizeof(*settings));
	if (!settings)
		return -ENOMEM;
	*settings = (struct followme_settings){ .refs = 1, .pool = pool };
	rc = rd_config_load_merged(&config, "followme.conf", RD_SECOND_JOINS, report);
	if (!rc)
		rc = read_file(settings, config, report);
	rd_config_unref(config);
	if (rc && rc != -ENOENT) {
		discard(settings);
		return rc;
	}
	*snapshot = settings;
	return 0;
}

/* Most have it of [general]: told of the first. */
static void review_context(const struct followme_profile *it, const char **told,
			   struct rd_config_report *report)
{
	if (!it->count || (*told && strcmp(it->context, *told) == 0) ||
	    rd_dialplan_context_coming(it->context))
		return;
	*told = it->context;
	rd_config_warning(report, "followme.conf", it->numbers->line,
			  "[%s] number => %s: there is no context \"%s\" where it would be dialled",
			  it->name, it->numbers->numbers, it->context);
}

void followme_review(void *snapshot, struct rd_config_report *report)
{
	const struct followme_settings *settings = snapshot;
	const char *told = NULL;
	char what[128];

	for (const struct followme_profile *it = settings->profiles; it; it = it->next) {
		snprintf(what, sizeof(what), "[%s] musicclass", it->name);
		rd_music_review(report, "followme.conf", 0, what, it->music);
		review_context(it, &told, report);
	}
}

static void commit(void *snapshot)
{
	followme_settings_forget();
	in_force = snapshot;
}

static const char *const files[] = { "followme.conf", NULL };

const struct rd_module_config followme_config = {
	.files = files, .build = build, .commit = commit, .discard = discard
};
