/* What a doctor finds in confbridge.conf. */
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

void conf_examine(void *snapshot, struct rd_config_report *report)
{
	const struct conf_settings *settings = snapshot;
	const struct rd_config_section *section = NULL;

	if (!rd_config_is_examined())
		return;
	while ((section = rd_config_next(settings->config, section, NULL)))
		if (conf_kind_of(rd_str_of(rd_config_get(section, "type"))) == CONF_USER)
			examine_pin(section, report);
}
