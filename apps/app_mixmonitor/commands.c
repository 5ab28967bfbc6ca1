/* Recordings by hand, from the console. */
#include <string.h>

#include "apps/app_mixmonitor/commands.h"

static struct rd_channel *channel_of(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_channel *ch = argc > 0 ? rd_channel_find(argv[0]) : NULL;

	if (!ch && argc > 0)
		rd_cli_print(cli, "there is no channel \"%s\"\n", argv[0]);
	return ch;
}

static int start(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_channel *ch = channel_of(cli, argc, argv);
	struct rd_app_options options;
	struct mixmonitor_plan plan;
	struct mixmonitor *it;
	int rc;

	if (argc != 2)
		return -EINVAL;
	if (!ch)
		return 1;
	rd_channel_ref(ch);
	rc = mixmonitor_plan(ch, argv[1], &plan, &options);
	if (!rc)
		rc = mixmonitor_start(ch, &plan, &it);
	if (!rc)
		rd_cli_print(cli, "%s: %s\n", it->id, it->path);
	rd_channel_unref(ch);
	return rc;
}

static int stop(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_channel *ch = channel_of(cli, argc, argv);
	struct mixmonitor *it;
	int count = 0;

	if (argc < 1 || argc > 2)
		return -EINVAL;
	while (ch && (it = mixmonitor_find(ch, argc > 1 ? argv[1] : ""))) {
		mixmonitor_stop(it);
		count++;
	}
	if (ch)
		rd_cli_print(cli, "%d recordings stopped\n", count);
	return count ? 0 : 1;
}

static int set_paused(struct rd_cli *cli, int argc, const char *const *argv, bool paused)
{
	struct rd_channel *ch = channel_of(cli, argc, argv);
	struct mixmonitor *it = NULL;
	int count = 0;

	if (argc != 1)
		return -EINVAL;
	while (ch && (it = mixmonitor_next(ch, it))) {
		mixmonitor_pause(it, paused);
		count++;
	}
	if (ch)
		rd_cli_print(cli, "%d recordings %s\n", count, paused ? "paused" : "go on");
	return count ? 0 : 1;
}

static int pause(struct rd_cli *cli, int argc, const char *const *argv)
{
	return set_paused(cli, argc, argv, true);
}

static int unpause(struct rd_cli *cli, int argc, const char *const *argv)
{
	return set_paused(cli, argc, argv, false);
}

static int list(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_channel *ch = channel_of(cli, argc, argv);
	struct mixmonitor *it = NULL;
	int count = 0;

	if (argc != 1)
		return -EINVAL;
	for (; ch && (it = mixmonitor_next(ch, it)); count++)
		rd_cli_print(cli, "%s%s %s\n", it->id, it->paused ? " paused" : "", it->path);
	if (ch)
		rd_cli_count(cli, count, "recording", "recordings");
	return ch ? 0 : 1;
}

const struct rd_cli_command mixmonitor_commands[] = {
	{ .name = "mixmonitor start",
	  .usage = "CHANNEL FILE[,OPTIONS[,COMMAND]]",
	  .help = "Record a call, as MixMonitor() does.",
	  .run = start },
	{ .name = "mixmonitor stop",
	  .usage = "CHANNEL [ID]",
	  .help = "End the recordings of a channel, or one of them.",
	  .run = stop },
	{ .name = "mixmonitor pause",
	  .usage = "CHANNEL",
	  .help = "Pause the recordings of a channel.",
	  .run = pause },
	{ .name = "mixmonitor unpause",
	  .usage = "CHANNEL",
	  .help = "Let the paused recordings of a channel go on.",
	  .run = unpause },
	{ .name = "mixmonitor list",
	  .usage = "CHANNEL",
	  .help = "The recordings of a channel.",
	  .run = list },
	{ 0 }
};
