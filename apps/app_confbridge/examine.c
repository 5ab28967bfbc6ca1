/* What a review finds in confbridge.conf, and a doctor. */
#include <stdio.h>
#include <string.h>

#include <ringdown/dialplan.h>
#include <ringdown/prompt.h>
#include <ringdown/secret.h>

#include "apps/app_confbridge/profile.h"

static void examine_pin(const struct rd_config_section *section, struct rd_config_report *report)
{
	const struct rd_config_line *line = rd_config_line_find(section, "pin");
	const char *name = rd_config_section_name(section);
	const char *why = line && *line->value ? rd_pin_weakness(line->value, name) : NULL;

	if (why)
		rd_config_warning(report, line->file, line->line,
				  "[%s] pin: it is %s, and is tried first by whoever wants in",
				  name, why);
}

static void review_music(const struct rd_config_section *section, struct rd_config_report *report)
{
	const struct rd_config_line *line = rd_config_line_find(section, "music_on_hold_class");
	char what[128];

	if (!line)
		return;
	snprintf(what, sizeof(what), "[%s] %s", rd_config_section_name(section), line->name);
	rd_music_review(report, line->file, line->line, what, line->value);
}

/* Of dialplan_exec(context,exten,priority): is there no such context? */
static bool leads_nowhere(const struct conf_step *step)
{
	struct rd_str rest = rd_str_of(step->arg), context;
	char name[80];

	if (strcmp(step->action->name, "dialplan_exec") != 0)
		return false;
	rd_str_cut(&rest, ',', &context);
	return rd_strcpyn(name, sizeof(name), rd_str_trim(context)) &&
	       !rd_dialplan_context_coming(name);
}

static void review_menu(const struct conf_settings *settings,
			const struct rd_config_section *section, struct rd_config_report *report)
{
	const char *name = rd_config_section_name(section);
	const struct conf_profile *menu = conf_profile_find(settings, CONF_MENU, name);

	for (const struct conf_keys *row = menu ? menu->menu : NULL; row; row = row->next) {
		const struct rd_config_line *line = rd_config_line_find(section, row->keys);

		for (const struct conf_step *step = row->steps; line && step; step = step->next)
			if (leads_nowhere(step))
				rd_config_warning(report, line->file, line->line,
						  "[%s] %s = %s(%s): there is no such context",
						  name, row->keys, step->action->name, step->arg);
	}
}

void conf_review(void *snapshot, struct rd_config_report *report)
{
	const struct conf_settings *settings = snapshot;
	const struct rd_config_section *section = NULL;

	while ((section = rd_config_next(settings->config, section, NULL))) {
		enum conf_kind kind = conf_kind_of(rd_str_of(rd_config_get(section, "type")));

		if (kind == CONF_MENU)
			review_menu(settings, section, report);
		if (kind != CONF_USER)
			continue;
		review_music(section, report);
		if (rd_config_is_examined())
			examine_pin(section, report);
	}
}
