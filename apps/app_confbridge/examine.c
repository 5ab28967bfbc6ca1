/* What a review finds in confbridge.conf, and a doctor. */
#include <stdio.h>

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

void conf_review(void *snapshot, struct rd_config_report *report)
{
	const struct conf_settings *settings = snapshot;
	const struct rd_config_section *section = NULL;

	while ((section = rd_config_next(settings->config, section, NULL))) {
		if (conf_kind_of(rd_str_of(rd_config_get(section, "type"))) != CONF_USER)
			continue;
		review_music(section, report);
		if (rd_config_is_examined())
			examine_pin(section, report);
	}
}
