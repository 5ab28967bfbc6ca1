/* The console's view of features.conf. */
#include <ringdown/cli.h>

#include "core/call/call.h"
#include "core/call/feature_map.h"

static const char *none(const char *keys)
{
	return *keys ? keys : "(none)";
}

/* Of a table the rows that are keys. */
static size_t show_keys(struct rd_cli *cli, const struct rd_option *option)
{
	size_t count = 0;

	for (; option->name; option++) {
		if (option->type != RD_OPTION_CUSTOM || option->parse != rd__features_read_code)
			continue;
		rd_cli_print(cli, "%-16s %s\n", option->name,
			     none((const char *)rd__features() + option->offset));
		count++;
	}
	return count;
}

static int show(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct rd__feature_app *app = rd__features()->apps;
	size_t count;

	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%-16s %s\n", "Feature", "Keys");
	count = show_keys(cli, rd__features_map) + show_keys(cli, rd__features_general);
	rd_cli_count(cli, count, "feature", "features");
	if (!app)
		return 0;
	rd_cli_print(cli, "\n%-16s %-8s %-4s %s\n", "Application of", "Keys", "Leg", "Runs");
	for (count = 0; app; app = app->next, count++)
		rd_cli_print(cli, "%-16s %-8s %-4s %s(%s)\n", app->listed_as, none(app->keys),
			     app->on_peer ? "peer" : "self", app->app, app->args);
	rd_cli_count(cli, count, "application", "applications");
	return 0;
}

const struct rd_cli_command rd__features_commands[] = {
	{ .name = "features show",
	  .usage = "",
	  .help = "Which keys mean what while two talk.",
	  .run = show },
	{ 0 }
};
