/* The daemon's own options. [directories] of the same file is read earlier,
 * in core/config/directories.c, because it says where this file's friends are. */
#include "core/settings.h"

#include <string.h>
#include <strings.h>

#include <ringdown/str.h>

#include "core/config/config.h"

#define SETTING(member) offsetof(struct rd__settings, member)

static const char exec_name[] = "execincludes";

/* Fewer would do for the daemon's own, and for hardly a call. */
static const char *parse_max_fibers(const char *value, void *dest, struct rd_pool *pool)
{
	uint64_t max;

	(void)pool;
	if (rd_str_to_u64(rd_str_of(value), 1000000, &max) < 0 || (max && max < 100))
		return "0, or a number from 100 to 1000000";
	*(int *)dest = (int)max;
	return NULL;
}

static const struct rd_option options[] = {
	{ .name = exec_name, .type = RD_OPTION_BOOL, .offset = SETTING(exec_includes),
	  .fallback = "no", .help = "may #exec run commands?" },
	{ .name = "exec_timeout", .type = RD_OPTION_DURATION, .offset = SETTING(exec_ms),
	  .fallback = "10s", .min = 100, .max = 600000,
	  .help = "what a command of #exec may take" },
	{ .name = "max_fibers", .type = RD_OPTION_CUSTOM, .offset = SETTING(max_fibers),
	  .fallback = "0", .parse = parse_max_fibers,
	  .help = "0: as many as the machine guards" },
	{ .name = "media_threads", .type = RD_OPTION_INT, .offset = SETTING(media_threads),
	  .fallback = "0", .min = 0, .max = 256, .help = "0: one per core" },
	{ .name = "slow_slice", .type = RD_OPTION_DURATION, .offset = SETTING(slow_ms),
	  .fallback = "5ms", .min = 1, .max = 60000, .unit = 1,
	  .help = "what holds the switch thread for longer is logged" },
	{ .name = "stuck_slice", .type = RD_OPTION_DURATION, .offset = SETTING(stuck_ms),
	  .fallback = "1s", .min = 10, .max = 600000, .unit = 1,
	  .help = "what holds it for longer gets its backtrace printed" },
	{ .name = "max_lag", .type = RD_OPTION_DURATION, .offset = SETTING(max_lag_ms),
	  .fallback = "400ms", .min = 10, .max = 60000, .unit = 1,
	  .help = "new calls are refused while the loop has had no pause for longer" },
	{ .name = "stop_timeout", .type = RD_OPTION_DURATION, .offset = SETTING(stop_ms),
	  .fallback = "1h", .help = "how long \"core stop gracefully\" waits for calls" },
	{ 0 }
};

/* What is made once, by these. */
static const struct {
	const char *name;
	size_t offset;
} made_once[] = {
	{ "max_fibers", SETTING(max_fibers) },
	{ "media_threads", SETTING(media_threads) },
	{ "slow_slice", SETTING(slow_ms) },
	{ "stuck_slice", SETTING(stuck_ms) },
};

static int value_of(const struct rd__settings *settings, size_t offset)
{
	return *(const int *)((const char *)settings + offset);
}

/* Where an option was set; without a line it is the section, or the file. */
static void note_next_start(const struct rd_config_section *section, const char *name,
			    struct rd_config_report *report)
{
	const char *file = section ? rd_config_section_file(section) : "ringdown.conf";
	int at = section ? rd_config_section_line(section) : 0;
	const struct rd_config_line *line = section ? rd_config_line_find(section, name) : NULL;

	if (line)
		at = line->line;
	rd_config_warning(report, file, at, "%s takes effect at the next start", name);
}

static void note_made_once(const struct rd_config_section *section,
			   const struct rd__settings *settings,
			   const struct rd__settings *in_force, struct rd_config_report *report)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(made_once); i++)
		if (value_of(settings, made_once[i].offset) !=
		    value_of(in_force, made_once[i].offset))
			note_next_start(section, made_once[i].name, report);
}

/* Asterisk has this one by the same name; ringdown.conf's own word counts more. */
static int read_exec_of_asterisk(struct rd__settings *settings, struct rd_config *asterisk,
				 struct rd_pool *pool, struct rd_config_report *report)
{
	const struct rd_option table[] = { options[0], { 0 } };
	const struct rd_config_section *theirs = rd_config_find(asterisk, "options");
	const struct rd_config_line *line = NULL;
	struct rd_config_section *section;
	struct rd_config *alone;
	int rc = rd_config_new(&alone);

	if (rc)
		return rc;
	section = rd_config_add_section(alone, "options", "asterisk.conf", 0);
	if (!section)
		rc = -ENOMEM;
	while (!rc && theirs && (line = rd_config_line_next(theirs, line)))
		if (strcasecmp(line->name, exec_name) == 0)
			rc = rd_config_add_line(alone, section, line);
	if (!rc)
		rc = rd_options_read(table, section, NULL, settings, pool, report);
	rd_config_unref(alone);
	return rc;
}

static const char *const sections[] = { "directories", "options", NULL };

int rd__settings_read(struct rd__settings *settings, const struct rd__settings *in_force,
		      const struct rd__daemon_files *files, struct rd_config_report *report)
{
	const struct rd_config_section *section = rd_config_find(files->own, "options");
	struct rd_pool *pool;
	int rc = rd_pool_new(&pool, 0);

	if (rc < 0)
		return rc;
	*settings = (struct rd__settings){ 0 };
	rd_config_check_sections(files->own, sections, NULL, report);
	rc = rd_options_read(options, section, NULL, settings, pool, report);
	if (rc == 0 && files->asterisk && !(section && rd_config_get(section, exec_name)))
		rc = read_exec_of_asterisk(settings, files->asterisk, pool, report);
	if (rc == 0 && rd_config_errors(report))
		rc = -EINVAL;
	if (rc == 0 && in_force)
		note_made_once(section, settings, in_force, report);
	rd_pool_free(pool);
	return rc;
}
