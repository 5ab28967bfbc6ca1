/* The contexts that phones and [global] name, by the lines that say so: a phone whose calls
 * would find none is told of when its file is read. What stands in a template is one
 * line. */
#include <ringdown/dialplan.h>
#include <ringdown/fiber.h>

#include "channels/sip/endpoint/settings_contexts.h"

static const char *const options[SIP_CONTEXT_OPTIONS] = { "context", "message_context",
							  "subscribe_context" };
static const char redirect_contexts[] = "redirect_contexts";

enum { OPTIONS = SIP_CONTEXT_OPTIONS, GIVE_WAY = 256, TOLD_MAX = 100 };

/* The lines that count: of each option the last. */
static void find_lines(const struct rd_config_line *found[OPTIONS],
		       const struct rd_config_section *section)
{
	for (int i = 0; i < OPTIONS; i++)
		found[i] = rd_config_line_find(section, options[i]);
}

static bool is_same(const struct sip_context_line *a, const struct sip_context_line *b)
{
	return a->line == b->line && strcmp(a->option, b->option) == 0 &&
	       strcmp(a->context, b->context) == 0 && strcmp(a->file, b->file) == 0;
}

static int keep(struct sip_settings *settings, const struct sip_context_line *found)
{
	struct rd_pool *pool = settings->pool;
	struct sip_context_line *copy = rd_pool_alloc(pool, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	*copy = *found;
	copy->context = rd_pool_strdup(pool, found->context);
	copy->section = rd_pool_strdup(pool, found->section);
	copy->file = rd_pool_strdup(pool, found->file);
	if (settings->last_context)
		settings->last_context->next = copy;
	else
		settings->contexts = copy;
	settings->last_context = copy;
	return copy->context && copy->section && copy->file ? 0 : -ENOMEM;
}

/* Phones of one template follow each other mostly; those that do not cost memory only. */
static bool is_kept(const struct sip_context_line *last, const struct sip_context_line *found)
{
	return last && is_same(last, found);
}

int sip_contexts_read(struct sip_settings *settings, const struct rd_config_section *section)
{
	const struct rd_config_line *lines[OPTIONS] = { 0 };
	int rc = 0;

	find_lines(lines, section);
	for (int i = 0; rc == 0 && i < OPTIONS; i++) {
		const struct sip_context_line found = {
			.context = lines[i] ? lines[i]->value : "",
			.option = options[i],
			.section = rd_config_section_name(section),
			.file = lines[i] ? lines[i]->file : "",
			.line = lines[i] ? lines[i]->line : 0,
		};

		if (!*found.context || is_kept(settings->context_of[i], &found))
			continue;
		rc = keep(settings, &found);
		settings->context_of[i] = settings->last_context;
	}
	return rc;
}

static int read_redirected(struct sip_settings *settings, const struct rd_config_section *global,
			   const struct rd_config_line *line)
{
	struct sip_context_line found = {
		.option = redirect_contexts,
		.section = rd_config_section_name(global),
		.file = line->file,
		.line = line->line,
	};
	struct rd_str rest = rd_str_of(line->value), name;
	int rc = 0;

	while (rc == 0 && rest.n) {
		rd_str_cut(&rest, ',', &name);
		name = rd_str_trim(name);
		if (!name.n)
			continue;
		found.context = rd_pool_strndup(settings->pool, name.p, name.n);
		rc = found.context ? keep(settings, &found) : -ENOMEM;
	}
	return rc;
}

int sip_contexts_read_global(struct sip_settings *settings, const struct rd_config_section *global)
{
	const struct rd_config_line *line = NULL;
	int rc = 0;

	while (rc == 0 && (line = rd_config_line_next(global, line)))
		if (strcasecmp(line->name, redirect_contexts) == 0)
			rc = read_redirected(settings, global, line);
	return rc;
}

bool sip_settings_redirect(const struct sip_settings *settings, const char *context)
{
	const char *const *name = settings->redirect_contexts;

	while (name && *name && strcmp(*name, context) != 0)
		name++;
	return name && *name;
}

static bool is_told(const struct sip_context_line *const *told, int count,
		    const struct sip_context_line *line)
{
	while (count--)
		if (is_same(told[count], line))
			return true;
	return false;
}

void sip_contexts_review(const struct sip_settings *settings, struct rd_config_report *report)
{
	const struct sip_context_line *told[TOLD_MAX], *line = settings->contexts;
	int count = 0;
	unsigned seen = 0;

	for (; line && count < TOLD_MAX; line = line->next) {
		if (++seen % GIVE_WAY == 0 && rd_fiber_self())
			rd_yield();
		if (rd_dialplan_context_coming(line->context) || is_told(told, count, line))
			continue;
		rd_config_warning(report, line->file, line->line,
				  "%s: %s: there is no context \"%s\"", line->section,
				  line->option, line->context);
		told[count++] = line;
	}
}
