/* "module show|load|unload|reload". */
#include <inttypes.h>
#include <string.h>

#include "core/base/usage.h"
#include "core/config/config.h"
#include "core/config/keeper.h"
#include "core/module/wanted.h"
#include "core/sched/sched.h"

/* -- module show --------------------------------------------------------------- */

static bool has_begun(const struct rd__module *module, const struct rd__fiber_info *fiber)
{
	return fiber->code >= module->code && fiber->code < module->code_end;
}

/* Another one with the same usage, NULL: there is none. */
static const struct rd__module *older(const struct rd__usage *usage, const struct rd__module *than)
{
	rd_list_foreach(node, tmp, &rd__modules_retired) {
		const struct rd__module *module = rd_list_entry(node, struct rd__module, link);

		if (module != than && module->usage == usage)
			return module;
	}
	return NULL;
}

/* Those that wait for their last call have their usage together with the one of their name:
 * which of them a fiber is in, is said by where it has begun, or by the name that it runs for. */
static size_t fibers_of(const struct rd__module *module)
{
	struct rd__fiber_info fiber = { 0 };
	bool alone = !module->retired && !older(module->usage, module);
	size_t count = 0;

	while (rd__fiber_next(fiber.fiber, &fiber, false))
		count += fiber.usage == module->usage && (alone || has_begun(module, &fiber) ||
							  strcmp(fiber.module, module->name) == 0);
	return count;
}

static void show_row(struct rd_cli *cli, const struct rd__module_info *info)
{
	size_t fibers = fibers_of(RD_CONTAINER_OF(info->module, struct rd__module, module));
	struct rd__usage_sum sum;

	rd__usage_sum(info->usage, &sum);
	rd_cli_print(cli, "%-24s %5d %9.3f %7ld %6zu %8" PRIu64 "  %s%s\n", info->name, info->uses,
		     sum.switch_s + sum.media_s + sum.pool_s, (sum.bytes + 1023) / 1024, fibers,
		     sum.events, info->retired ? "until its calls end: " : "",
		     info->synopsis ? info->synopsis : "");
}

static void show_left_out(struct rd_cli *cli, const char *part)
{
	const char *name, *why;
	size_t pos = 0;

	while (rd__module_left_out(&pos, &name, &why))
		if (strcasestr(name, part))
			rd_cli_print(cli, "%-24s %5s %9s %7s %6s %8s  left out: %s\n", name, "-",
				     "-", "-", "-", "-", why);
}

/* Those with this in their names; "": all. Scripts read the last line. */
static void show_like(struct rd_cli *cli, const char *part)
{
	struct rd__module_info info;
	size_t pos = 0;
	int shown = 0;

	rd_cli_print(cli, "%-24s %5s %9s %7s %6s %8s  %s\n", "module", "uses", "cpu s", "KiB",
		     "fibers", "events", "what it is");
	while (rd__module_next(&pos, &info)) {
		if (!strcasestr(info.name, part))
			continue;
		show_row(cli, &info);
		shown++;
	}
	show_left_out(cli, part);
	rd_cli_count(cli, shown, "module loaded", "modules loaded");
}

/* Each kind of row begins with its name and is as long as here. */
static void show_table(struct rd_cli *cli, const char *what, const void *table, size_t row)
{
	const char *at = table;

	if (!at || !*(const char *const *)(const void *)at)
		return;
	rd_cli_print(cli, "%s:", what);
	for (; *(const char *const *)(const void *)at; at += row)
		rd_cli_print(cli, " %s", *(const char *const *)(const void *)at);
	rd_cli_print(cli, "\n");
}

static void show_offer(struct rd_cli *cli, const struct rd_module *module)
{
	show_table(cli, "applications", module->apps, sizeof(*module->apps));
	show_table(cli, "functions", module->functions, sizeof(*module->functions));
	show_table(cli, "codecs", module->codecs, sizeof(*module->codecs));
	show_table(cli, "formats", module->formats, sizeof(*module->formats));
	show_table(cli, "technologies", module->techs, sizeof(*module->techs));
	show_table(cli, "subscribers", module->subscribers, sizeof(*module->subscribers));
	show_table(cli, "interfaces", module->interfaces, sizeof(*module->interfaces));
	show_table(cli, "families kept", module->storages, sizeof(*module->storages));
	if (module->dialplan)
		rd_cli_print(cli, "the interpreter of the dialplan\n");
	for (const struct rd_cli_command *row = module->commands; row && row->name; row++)
		rd_cli_print(cli, "command: %s\n", row->name);
}

static void show_names(struct rd_cli *cli, const char *what, const char *const *names)
{
	if (!names || !*names)
		return;
	rd_cli_print(cli, "%s:", what);
	for (; *names; names++)
		rd_cli_print(cli, " %s", *names);
	rd_cli_print(cli, "\n");
}

/* In all, since the daemon started; memory and fibers as they are. */
static void show_used(struct rd_cli *cli, const struct rd__module *module)
{
	struct rd__usage_sum sum;

	rd__usage_sum(module->usage, &sum);
	rd_cli_print(cli,
		     "used: %.6f s of the switch thread, %.6f s of media threads, "
		     "%.6f s of the pool, "
		     "%ld bytes in %ld blocks, %zu fibers, %" PRIu64 " events\n",
		     sum.switch_s, sum.media_s, sum.pool_s, sum.bytes, sum.blocks,
		     fibers_of(module), sum.events);
}

/* Old files whose code what it keeps may point into. */
static void show_files(struct rd_cli *cli, const struct rd__module *module)
{
	size_t bytes, count = rd__state_files(module, &bytes);

	if (count && !module->retired)
		rd_cli_print(cli, "in memory until it is unloaded: %zu old file%s, %zu KiB\n",
			     count, count == 1 ? "" : "s", (bytes + 1023) / 1024);
}

/* Parsed files that it has, beside what it has made of them. */
static void show_kept(struct rd_cli *cli, const struct rd__module *module)
{
	struct rd_buf names;

	rd_buf_init(&names);
	if (rd__configs_kept_by(module->usage, &names))
		rd_cli_print(cli, "files kept as they were read: %s\n", rd_buf_text(&names));
	rd_buf_fini(&names);
}

static int show_none(struct rd_cli *cli, const char *name)
{
	const char *why = rd__left_out_why(name);

	rd_cli_print(cli, "module %s: it is %s%s\n", name, why ? "left out: " : "not loaded",
		     why ? why : "");
	return 1;
}

static int show_one(struct rd_cli *cli, const char *name)
{
	const struct rd__module *module = rd__module_find(name);
	struct rd_buf running;

	if (!module)
		module = rd__module_find_in(&rd__modules_retired, name);

	if (!module)
		return show_none(cli, name);
	rd_cli_print(cli, "%s: %s\n%s\n", module->name,
		     module->module.synopsis ? module->module.synopsis : "", module->path);
	show_names(cli, "needs", module->module.needs);
	show_offer(cli, &module->module);
	if (module->module.config)
		show_names(cli, "files", module->module.config->files);
	show_kept(cli, module);
	show_used(cli, module);
	show_files(cli, module);
	rd_buf_init(&running);
	if (rd__module_running(module, &running))
		rd_cli_print(cli, "in use: %s\n", rd_buf_text(&running));
	rd_buf_fini(&running);
	return 0;
}

static int run_show(struct rd_cli *cli, int argc, const char *const *argv)
{
	if (argc > 1)
		return -EINVAL;
	if (argc == 1)
		return show_one(cli, argv[0]);
	show_like(cli, "");
	return 0;
}

static int run_show_like(struct rd_cli *cli, int argc, const char *const *argv)
{
	if (argc != 1)
		return -EINVAL;
	show_like(cli, argv[0]);
	return 0;
}

/* -- module load, unload, reload ---------------------------------------------------- */

static void print_finding(const char *text, bool is_error, void *arg)
{
	(void)is_error;
	rd_cli_print(arg, "%s\n", text);
}

/* Run step with a report and print that. */
static int with_report(struct rd_cli *cli, const char *name, const char *done,
		       int (*step)(const char *name, struct rd_config_report *report))
{
	struct rd_config_report *report;
	int rc;

	rc = rd_config_report_new(&report);
	if (rc < 0)
		return rc;
	rc = step(name, report);
	rd__report_each(report, print_finding, cli);
	if (rc < 0 && !rd_config_errors(report))
		rd_cli_print(cli, "module %s: %s\n", name, rd_strerror(rc));
	else if (rc == 0)
		rd_cli_print(cli, "module %s: %s\n", name, done);
	rd_config_report_free(report);
	return rc < 0 ? 1 : 0;
}

static int run_load(struct rd_cli *cli, int argc, const char *const *argv)
{
	return argc == 1 ? with_report(cli, argv[0], "loaded", rd__module_load) : -EINVAL;
}

static int run_unload(struct rd_cli *cli, int argc, const char *const *argv)
{
	return argc == 1 ? with_report(cli, argv[0], "unloaded", rd__module_unload) : -EINVAL;
}

static int run_reload(struct rd_cli *cli, int argc, const char *const *argv)
{
	return argc == 1 ? with_report(cli, argv[0], "reloaded", rd__module_reload) : -EINVAL;
}

/* The n-th loaded module whose name begins like the last word. */
static char *complete_loaded(int argc, const char *const *argv, int n)
{
	struct rd__module_info info;
	size_t pos = 0;

	while (argc == 1 && rd__module_next(&pos, &info))
		if (strncmp(info.name, argv[0], strlen(argv[0])) == 0 && n-- == 0)
			return rd_strdup(info.name);
	return NULL;
}

const struct rd_cli_command rd__module_commands[] = {
	{ .name = "module show",
	  .usage = "[NAME]",
	  .help = "Show all modules, or what one of them offers.",
	  .run = run_show,
	  .complete = complete_loaded },
	{ .name = "module show like",
	  .usage = "PART",
	  .help = "Show the modules that have this in their names.",
	  .run = run_show_like,
	  .complete = complete_loaded },
	{ .name = "module load",
	  .usage = "NAME|PATH",
	  .help = "Load a module, and those that it needs.",
	  .run = run_load },
	{ .name = "module unload",
	  .usage = "NAME",
	  .help = "Unload a module that nothing uses.",
	  .run = run_unload,
	  .complete = complete_loaded },
	{ .name = "module reload",
	  .usage = "NAME",
	  .help = "Read the configuration of one module again. Where its file is a new one,\n"
		  "that takes its place, and calls that are in the old code end there.",
	  .run = run_reload,
	  .complete = complete_loaded },
	{ 0 }
};
