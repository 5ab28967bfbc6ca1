/* extensions.conf to plan: [general], [globals], and each other section, which is a
 * context (parse.c). */
#include <string.h>

#include <ringdown/memory.h>

#include "dialplan/load.h"

/* -- [globals] ------------------------------------------------------------------------ */

static const char *global_value(const struct dp_plan *plan, struct rd_str name)
{
	const char *value = "";

	/* Of one that is given twice the last counts, as in a call. */
	for (const struct dp_global *g = plan->globals; g; g = g->next)
		if (rd_str_eq(name, rd_str_of(g->name)))
			value = g->value;
	return value;
}

const char *dp_with_globals(const struct dp_plan *plan, const char *text)
{
	struct rd_buf out;
	const char *end, *result;

	if (!strstr(text, "${"))
		return text;
	rd_buf_init(&out);
	while (*text) {
		if (text[0] == '$' && text[1] == '{' && (end = strchr(text, '}'))) {
			struct rd_str name = { text + 2, (size_t)(end - text) - 2 };

			rd_buf_adds(&out, global_value(plan, name));
			text = end + 1;
		} else {
			rd_buf_addc(&out, *text++);
		}
	}
	result = out.failed ? NULL : rd_pool_strdup(plan->pool, rd_buf_text(&out));
	rd_buf_fini(&out);
	return result;
}

/* What stands before it, '_' or '__', is no name. */
static bool names_something(const char *name)
{
	return name[*name != '_' ? 0 : name[1] != '_' ? 1 : 2];
}

static int read_globals(struct dp_plan *plan, const struct rd_config_section *section,
			struct rd_config_report *report)
{
	const struct rd_config_line *line = NULL;
	struct dp_global **end = &plan->globals;

	while (*end)
		end = &(*end)->next;
	while ((line = rd_config_line_next(section, line))) {
		struct dp_global *global = rd_pool_zalloc(plan->pool, sizeof(*global));

		if (!global)
			return -ENOMEM;
		global->name = line->name;
		global->value = dp_with_globals(plan, line->value);
		if (!global->value)
			return -ENOMEM;
		if (!names_something(line->name))
			rd_config_error(report, line->file, line->line,
					"expected a name before '=', not '%s'", line->name);
		*end = global;
		end = &global->next;
	}
	return 0;
}

/* -- [general] ------------------------------------------------------------------------ */

/* Contexts of one name are one; of two [general] the options are read from the first, as
 * in Asterisk. */
static void note_second_general(const struct rd_config *config, struct rd_config_report *report)
{
	const struct rd_config_section *first = rd_config_find(config, "general"), *it = first;

	while (it && (it = rd_config_next(config, it, "general")))
		rd_config_warning(report, rd_config_section_file(it), rd_config_section_line(it),
				  "a second section [general]: it is passed over, there is one in "
				  "%s:%d; to add to that, write [general](+)",
				  rd_config_section_file(first), rd_config_section_line(first));
}

/* Options that Asterisk has and that change nothing here are accepted. */
static int read_general(struct dp_plan *plan, struct rd_config_report *report)
{
	static const char *const without_effect[] = {
		"static",       "writeprotect",         "priorityjumping",
		"userscontext", "extenpatternmatchnew", NULL
	};
	struct settings {
		bool autofallthrough, clear_globals;
		int step_limit;
	} settings;
	static const struct rd_option options[] = {
		{ .name = "autofallthrough", .type = RD_OPTION_BOOL, .fallback = "yes",
		  .offset = offsetof(struct settings, autofallthrough),
		  .help = "hang up at the end of an extension instead of waiting for digits" },
		{ .name = "clearglobalvars", .type = RD_OPTION_BOOL, .fallback = "no",
		  .offset = offsetof(struct settings, clear_globals),
		  .help = "a reload forgets global variables that calls have set" },
		{ .name = "steplimit", .type = RD_OPTION_INT, .fallback = "100000", .min = 64,
		  .max = 100000000, .offset = offsetof(struct settings, step_limit),
		  .help = "end a call after so many steps without a wait" },
		{ 0 }
	};
	int rc = rd_options_read(options, rd_config_find(plan->config, "general"), without_effect,
				 &settings, plan->pool, report);

	if (rc == 0) {
		plan->autofallthrough = settings.autofallthrough;
		plan->clear_globals = settings.clear_globals;
		plan->step_limit = settings.step_limit;
	}
	return rc;
}

/* -- the whole ------------------------------------------------------------------------------ */

static bool can_be_dialled(const struct dp_exten *exten)
{
	for (; exten; exten = exten->next)
		if (exten->count)
			return true;
	return false;
}

static int read_sections(struct dp_plan *plan, struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	int rc = 0;

	while (!rc && (section = rd_config_next(plan->config, section, "globals")))
		rc = read_globals(plan, section, report);
	while (!rc && (section = rd_config_next(plan->config, section, NULL))) {
		const char *name = rd_config_section_name(section);

		if (strcmp(name, "general") != 0 && strcmp(name, "globals") != 0)
			rc = dp_context_read(plan, section, report);
	}
	if (rc)
		return rc;
	for (struct dp_context *c = plan->first; c; c = c->following)
		dp_trie_finish(&c->trie, can_be_dialled);
	return 0;
}

static struct rd_memory_part part = { .name = "dialplan" };

static int plan_new(struct dp_plan **pp)
{
	struct rd_pool *pool;
	struct dp_plan *plan = rd_pool_new_with(&pool, 16384, sizeof(*plan));
	int rc;

	if (!plan)
		return -ENOMEM;
	rd_pool_belongs(pool, &part);
	rc = rd_map_new(&plan->contexts, 0);
	if (rc) {
		rd_pool_free(pool);
		return rc;
	}
	plan->pool = pool;
	plan->refs = 1;
	*pp = plan;
	return 0;
}

int dp_plan_take(struct dp_plan **pp, struct rd_config *config, struct rd_config_report *report)
{
	int errors = rd_config_errors(report), sections;
	struct dp_plan *plan;
	int rc = plan_new(&plan);

	if (rc) {
		rd_config_unref(config);
		return rc;
	}
	plan->config = config;
	note_second_general(config, report);
	rc = read_general(plan, report);
	sections = read_sections(plan, report); /* whatever [general] says: all errors at once */
	rc = sections ? sections : rc;
	if (rc == 0 && rd_config_errors(report) > errors)
		rc = -EINVAL;
	if (rc) {
		dp_plan_free(plan);
		return rc;
	}
	*pp = plan;
	return 0;
}

int dp_plan_load(struct dp_plan **pp, struct rd_config_report *report)
{
	struct rd_config *config;
	int rc = rd_config_load(&config, "extensions.conf", report);

	if (rc)
		return rc;
	rc = rd_config_extend(config, "extensions.conf", report);
	if (rc) {
		rd_config_unref(config);
		return rc;
	}
	return dp_plan_take(pp, config, report);
}
