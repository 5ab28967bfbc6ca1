/* Commands about configuration: who reads which file, and reload. */
#include <string.h>
#include <strings.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/cli/commands.h"
#include "core/cli/session.h"
#include "core/config/config.h"

static uint64_t last_reload_us;

uint64_t rd__cli_last_reload_us(void)
{
	return last_reload_us;
}

char *rd__cli_complete_from(const char *const *words, const char *typed, int n)
{
	for (; *words; words++)
		if (strncasecmp(*words, typed, strlen(typed)) == 0 && n-- == 0)
			return rd_strdup(*words);
	return NULL;
}

static void print_finding(const char *text, bool is_error, void *arg)
{
	(void)is_error;
	rd_cli_print(arg, "%s\n", text);
}

int rd_cli_reload(struct rd_cli *cli, const char *owner)
{
	struct rd_config_report *report;
	int rc = rd_config_report_new(&report);

	if (rc < 0)
		return rc;
	rc = rd__config_ask(owner, report);
	rd__report_each(report, print_finding, cli);
	rd__report_log(report);
	if (rc == 0) {
		last_reload_us = rd_wall_us();
		rd_notice("config: %s reloaded", owner ? owner : "everything");
		rc = rd_config_errors(report) ? 1 : 0;
		rd_cli_print(cli, rc ? "Reloaded, but for what is said above.\n" : "Reloaded.\n");
	} else if (rd_config_errors(report)) {
		rd_cli_print(cli, "%d error%s: nothing was changed.\n",
			     rd_config_errors(report),
			     rd_config_errors(report) == 1 ? "" : "s");
		rc = 1;
	} else if (rc == -ENOENT) {
		rd_cli_print(cli, "\"%s\" reads no configuration; see \"config show\".\n",
			     owner);
		rc = 1;
	} else if (rc == -EBUSY) {
		rd_cli_print(cli, "A reload is under way already.\n");
		rc = 1;
	}
	rd_config_report_free(report);
	return rc;
}

static int config_reload(struct rd_cli *cli, int argc, const char *const *argv)
{
	if (argc > 1)
		return -EINVAL;
	return rd_cli_reload(cli, argc == 1 ? argv[0] : NULL);
}

static char *complete_owner(int argc, const char *const *argv, int n)
{
	const struct rd_module_config *config;
	const char *owner;
	size_t pos = 0;

	while (argc == 1 && rd__config_next_owner(&pos, &owner, &config))
		if (strncmp(owner, argv[0], strlen(argv[0])) == 0 && n-- == 0)
			return rd_strdup(owner);
	return NULL;
}

/* ---- config show ---- */

static void show_files(struct rd_cli *cli)
{
	const struct rd_module_config *config;
	const char *owner;
	size_t pos = 0;

	rd_cli_print(cli, "%-28s %s\n", "File", "Read by");
	while (rd__config_next_owner(&pos, &owner, &config))
		for (const char *const *file = config->files; file && *file; file++)
			rd_cli_print(cli, "%-28s %s\n", *file, owner);
}

static bool looks_secret(const char *name)
{
	return strcasestr(name, "secret") || strcasestr(name, "password");
}

static void show_section(struct rd_cli *cli, const struct rd_config_section *section)
{
	const struct rd_config_line *line = NULL;

	rd_cli_print(cli, "\n[%s]  ; %s:%d\n", rd_config_section_name(section),
		     rd_config_section_file(section), rd_config_section_line(section));
	while ((line = rd_config_line_next(section, line)))
		rd_cli_print(cli, "%s %s %s\n", line->name, line->arrow ? "=>" : "=",
			     looks_secret(line->name) ? "********" : line->value);
}

struct loading {
	struct rd_config *config;
	const char *name;
	struct rd_config_report *report;
};

/* In the pool: it may run commands. */
static int load_file(void *arg)
{
	struct loading *loading = arg;

	return rd_config_load(&loading->config, loading->name, loading->report);
}

/* One file as it is understood now: templates applied, comments gone. */
static int show_file(struct rd_cli *cli, const char *name, const char *wanted)
{
	const struct rd_config_section *section = NULL;
	struct loading loading = { .name = name };
	struct rd_config *config;
	int shown = 0;
	int rc = rd_config_report_new(&loading.report);

	if (rc < 0)
		return rc;
	rc = rd_offload(load_file, &loading);
	config = loading.config;
	rd__report_each(loading.report, print_finding, cli);
	rd_config_report_free(loading.report);
	if (rc == -ENOENT)
		rd_cli_print(cli, "There is no file \"%s\".\n", name);
	while (config && (section = rd_config_next(config, section, wanted))) {
		show_section(cli, section);
		shown++;
	}
	if (config && !shown)
		rd_cli_print(cli, "No such section.\n");
	rd_config_unref(config);
	return shown ? 0 : 1;
}

static bool is_known_file(const char *name)
{
	const struct rd_module_config *config;
	const char *owner;
	size_t pos = 0;

	while (rd__config_next_owner(&pos, &owner, &config))
		for (const char *const *file = config->files; file && *file; file++)
			if (strcmp(*file, name) == 0)
				return true;
	return false;
}

static int config_show(struct rd_cli *cli, int argc, const char *const *argv)
{
	if (argc == 0) {
		show_files(cli);
		return 0;
	}
	if (argc > 2)
		return -EINVAL;
	if (!is_known_file(argv[0])) {
		rd_cli_print(cli, "\"%s\" is read by nobody; see \"config show\".\n",
			     argv[0]);
		return 1;
	}
	return show_file(cli, argv[0], argc == 2 ? argv[1] : NULL);
}

static char *complete_file(int argc, const char *const *argv, int n)
{
	const struct rd_module_config *config;
	const char *owner;
	size_t pos = 0;

	while (argc == 1 && rd__config_next_owner(&pos, &owner, &config))
		for (const char *const *file = config->files; file && *file; file++)
			if (strncmp(*file, argv[0], strlen(argv[0])) == 0 && n-- == 0)
				return rd_strdup(*file);
	return NULL;
}

const struct rd_cli_command rd__cli_config_commands[] = {
	{ .name = "config show",
	  .usage = "[file [section]]",
	  .help = "Show which files are read, or one of them as it is understood.\n"
		  "Templates are applied; values of secrets are not shown.",
	  .run = config_show,
	  .complete = complete_file },
	{ .name = "config reload",
	  .usage = "[module]",
	  .help = "Read the configuration again, all of it or one module's.\n"
		  "Either it comes into force as a whole, or every error is shown and "
		  "nothing changes.",
	  .run = config_reload,
	  .complete = complete_owner },
	{ 0 },
};
