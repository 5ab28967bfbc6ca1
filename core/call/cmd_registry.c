/* Console commands about what the house can do: applications, functions,
 * technologies, codecs, events. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/call/call.h"
#include "core/call/registry.h"
#include "core/media/media.h"

/* ---- lists in alphabetical order ---- */

struct row {
	const char *name, *text;
};

/* Walks over a registry: start with *pos = 0; false at the end. */
typedef bool next_row(size_t *pos, struct row *row);

static bool next_application(size_t *pos, struct row *row)
{
	const struct rd_app *app;

	if (!rd_app_next(pos, &app))
		return false;
	*row = (struct row){ app->name, app->synopsis };
	return true;
}

static bool next_function(size_t *pos, struct row *row)
{
	const struct rd_function *function;

	if (!rd_function_next(pos, &function))
		return false;
	*row = (struct row){ function->name, function->synopsis };
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcasecmp(((const struct row *)a)->name, ((const struct row *)b)->name);
}

/* "like TEXT" compares names, "describing TEXT" looks at the synopsis too. */
static bool wanted(int argc, const char *const *argv, const char *name, const char *text)
{
	if (argc < 2)
		return true;
	return strcasestr(name, argv[1]) ||
	       (strcmp(argv[0], "describing") == 0 && text && strcasestr(text, argv[1]));
}

static bool bad_filter(int argc, const char *const *argv)
{
	return argc && (argc != 2 || (strcmp(argv[0], "like") && strcmp(argv[0], "describing")));
}

/* Those that are wanted, sorted; the caller frees them. 0, -EINVAL, -ENOMEM. */
static int collect(next_row *next, int argc, const char *const *argv, struct row **rows,
		   size_t *count)
{
	size_t pos = 0, all = 0;
	struct row row;

	if (bad_filter(argc, argv))
		return -EINVAL;
	while (next(&pos, &row))
		all++;
	*rows = rd_malloc((all + 1) * sizeof(**rows));
	if (!*rows)
		return -ENOMEM;
	*count = pos = 0;
	while (next(&pos, &row))
		if (wanted(argc, argv, row.name, row.text))
			(*rows)[(*count)++] = row;
	qsort(*rows, *count, sizeof(**rows), by_name);
	return 0;
}

static void print_rows(struct rd_cli *cli, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rd_cli_print(cli, "%24s: %s\n", rows[i].name, rows[i].text ? rows[i].text : "");
}

static char *complete(next_row *next, int argc, const char *const *argv, int n)
{
	struct row row;
	size_t pos = 0;

	while (argc == 1 && next(&pos, &row))
		if (strncasecmp(row.name, argv[0], strlen(argv[0])) == 0 && n-- == 0)
			return rd_strdup(row.name);
	return NULL;
}

/* ---- applications ---- */

static int show_applications(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct row *rows;
	size_t count;
	int rc = collect(next_application, argc, argv, &rows, &count);

	if (rc)
		return rc;
	rd_cli_print(cli, "    -= Registered Applications =-\n");
	print_rows(cli, rows, count);
	rd_cli_print(cli, "    -= %zu Applications %s =-\n", count,
		     argc ? "Matching" : "Registered");
	rd_free(rows);
	return 0;
}

static void print_info(struct rd_cli *cli, const char *title, const char *text)
{
	if (text && *text)
		rd_cli_print(cli, "\n[%s]\n%s\n", title, text);
}

static int show_application(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct rd_app *app;

	if (argc != 1)
		return -EINVAL;
	app = rd_app_find(argv[0]);
	if (!app) {
		rd_cli_print(cli, "Your application(s) is (are) not registered\n");
		return 1;
	}
	rd_cli_print(cli, "\n  -= Info about application '%s' =-\n", app->name);
	print_info(cli, "Synopsis", app->synopsis);
	print_info(cli, "Syntax", app->syntax);
	print_info(cli, "Description", app->description);
	print_info(cli, "Module", rd__app_module(app->name));
	return 0;
}

static char *complete_application(int argc, const char *const *argv, int n)
{
	return complete(next_application, argc, argv, n);
}

/* ---- functions ---- */

static int show_functions(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct row *rows;
	size_t count;
	int rc = collect(next_function, argc, argv, &rows, &count);

	if (rc)
		return rc;
	rd_cli_print(cli, "%s Custom Functions:\n", argc ? "Matching" : "Installed");
	print_rows(cli, rows, count);
	rd_cli_print(cli, "%zu %s custom functions.\n", count, argc ? "matching" : "installed");
	rd_free(rows);
	return 0;
}

static int show_function(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct rd_function *function;

	if (argc != 1)
		return -EINVAL;
	function = rd_function_find(argv[0]);
	if (!function) {
		rd_cli_print(cli, "No function by that name registered.\n");
		return 1;
	}
	rd_cli_print(cli, "\n  -= Info about function '%s' =-\n", function->name);
	print_info(cli, "Synopsis", function->synopsis);
	print_info(cli, "Syntax", function->syntax);
	print_info(cli, "Description", function->description);
	if (!function->write)
		print_info(cli, "Note", "It can only be read.");
	if (function->yields)
		print_info(cli, "Note", "It waits, for the store for example.");
	print_info(cli, "Module", rd__function_module(function->name));
	return 0;
}

static char *complete_function(int argc, const char *const *argv, int n)
{
	return complete(next_function, argc, argv, n);
}

/* ---- technologies ---- */

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static int show_channel_types(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct rd_tech *tech;
	const char *module;
	size_t pos = 0;
	int count = 0;

	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%-15s %-45s %-12s %-12s\n", "Type", "Description", "Devicestate",
		     "Transfer");
	for (; rd__tech_next(&pos, &tech, &module); count++)
		rd_cli_print(cli, "%-15s %-45s %-12s %-12s\n", tech->name,
			     tech->synopsis ? tech->synopsis : "", yes_no(tech->device_state),
			     yes_no(tech->transfer));
	rd_cli_print(cli, "----------\n%d channel drivers registered.\n", count);
	return 0;
}

static int show_channel_type(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct rd_tech *tech;

	if (argc != 1)
		return -EINVAL;
	tech = rd_tech_find(argv[0]);
	if (!tech) {
		rd_cli_print(cli, "%s is not a registered channel driver.\n", argv[0]);
		return 1;
	}
	rd_cli_print(cli, "-- Info about channel driver: %s --\n  Device State: %s\n"
		     "  Transfer Capable: %s\n  Digits: %s\n  Text: %s\n", tech->name,
		     yes_no(tech->device_state), yes_no(tech->transfer), yes_no(tech->send_digit),
		     yes_no(tech->send_text));
	return 0;
}

/* ---- codecs ---- */

static int show_codecs(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct rd_codec *codec;
	const char *module;
	size_t pos = 0;

	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%-10s %-10s %8s %8s %6s  %-16s %s\n", "Name", "RTP", "Rate", "bit/s",
		     "ptime", "Module", "Description");
	while (rd__codec_next(&pos, &codec, &module))
		rd_cli_print(cli, "%-10s %-10s %8d %8d %6d  %-16s %s\n", codec->name,
			     codec->rtp_name, codec->rate, codec->bitrate, codec->ptime_ms, module,
			     codec->synopsis ? codec->synopsis : "");
	return 0;
}

/* ---- events ---- */

static int show_events(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%-16s %12s  %s\n", "Event", "Published", "Subscribers");
	for (int type = 1; type < RD_EVENT_TYPES; type++) {
		const struct rd_subscriber *subscriber;
		void *pos = NULL;

		rd_cli_print(cli, "%-16s %12" PRIu64 " ", rd_event_name(type),
			     rd__event_count(type));
		while (rd__subscriber_next((enum rd_event_type)type, &pos, &subscriber))
			rd_cli_print(cli, " %s", subscriber->name);
		rd_cli_print(cli, "\n");
	}
	return 0;
}

const struct rd_cli_command rd__call_registry_commands[] = {
	{ .name = "core show applications",
	  .usage = "[like|describing TEXT]",
	  .help = "List the dialplan applications.",
	  .run = show_applications },
	{ .name = "core show application",
	  .usage = "NAME",
	  .help = "Describe one dialplan application.",
	  .run = show_application,
	  .complete = complete_application },
	{ .name = "core show functions",
	  .usage = "[like|describing TEXT]",
	  .help = "List the dialplan functions.",
	  .run = show_functions },
	{ .name = "core show function",
	  .usage = "NAME",
	  .help = "Describe one dialplan function.",
	  .run = show_function,
	  .complete = complete_function },
	{ .name = "core show channeltypes",
	  .help = "List the channel technologies.",
	  .run = show_channel_types },
	{ .name = "core show channeltype",
	  .usage = "NAME",
	  .help = "Describe one channel technology.",
	  .run = show_channel_type },
	{ .name = "core show codecs", .help = "List the codecs.", .run = show_codecs },
	{ .name = "core show events",
	  .help = "List the events, how many there were, and who listens.",
	  .run = show_events },
	{ 0 },
};
