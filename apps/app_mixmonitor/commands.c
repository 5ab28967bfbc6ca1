/* Recordings by hand, from the console. */
#include <string.h>

#include "apps/app_mixmonitor/commands.h"

/* A reference, as rd_channel_find() gives it. */
static struct rd_channel *channel_of(struct rd_cli *cli, const char *name)
{
	struct rd_channel *ch = rd_channel_find(name);

	if (!ch)
		rd_cli_print(cli, "there is no channel \"%s\"\n", name);
	return ch;
}

/* What was done to how many; the status. */
static int tell(struct rd_cli *cli, int count, const char *what)
{
	rd_cli_print(cli, "%d recording%s %s\n", count, count == 1 ? "" : "s", what);
	return count ? 0 : 1;
}

/* 0, negative, or 1: it was told what is wrong with them. */
static int read_options(struct rd_cli *cli, struct rd_pool *pool, const char *text,
			struct rd_app_options *options)
{
	char bad, fault[160];
	int rc = rd_app_options(pool, mixmonitor_options, text, options, &bad);

	if (!rc || rc == -ENOMEM)
		return rc;
	rd_cli_print(cli, "%s\n", rd_app_option_fault(mixmonitor_options, text, rc, bad, fault,
						      sizeof(fault)));
	return 1;
}

/* The pool is our own: the leg may run no application, or end the one it runs. */
static int start_on(struct rd_cli *cli, struct rd_channel *ch, struct rd_pool *pool,
		    const char *args)
{
	const char *argv[MIXMONITOR_ARGS];
	struct rd_app_options options;
	struct mixmonitor_plan plan;
	struct mixmonitor *it;
	int rc = rd_app_args(pool, args, argv, MIXMONITOR_ARGS);

	if (rc >= 0)
		rc = read_options(cli, pool, argv[MIXMONITOR_OPTIONS], &options);
	if (!rc)
		rc = mixmonitor_plan(ch, pool, argv, &options, &plan);
	if (!rc)
		rc = mixmonitor_start(ch, &plan, &it);
	if (!rc)
		rd_cli_print(cli, "%s: %s\n", it->id, it->path);
	return rc;
}

static int start(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_channel *ch;
	struct rd_pool *pool;
	int rc;

	if (argc != 2)
		return -EINVAL;
	ch = channel_of(cli, argv[0]);
	if (!ch)
		return 1;
	rc = rd_pool_new(&pool, 0);
	if (!rc) {
		rc = start_on(cli, ch, pool, argv[1]);
		rd_pool_free(pool);
	}
	rd_channel_unref(ch);
	return rc;
}

static int stop(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct mixmonitor *it;
	struct rd_channel *ch;
	int count = 0;

	if (argc < 1 || argc > 2)
		return -EINVAL;
	ch = channel_of(cli, argv[0]);
	if (!ch)
		return 1;
	while ((it = mixmonitor_find(ch, argc > 1 ? argv[1] : ""))) {
		mixmonitor_stop(it);
		count++;
	}
	rd_channel_unref(ch);
	return tell(cli, count, "stopped");
}

static int set_paused(struct rd_cli *cli, int argc, const char *const *argv, bool paused)
{
	struct mixmonitor *it = NULL;
	struct rd_channel *ch;
	int count = 0;

	if (argc != 1)
		return -EINVAL;
	ch = channel_of(cli, argv[0]);
	if (!ch)
		return 1;
	for (; (it = mixmonitor_next(ch, it)); count++)
		mixmonitor_pause(it, paused);
	rd_channel_unref(ch);
	return tell(cli, count, paused ? "paused" : "resumed");
}

static int pause(struct rd_cli *cli, int argc, const char *const *argv)
{
	return set_paused(cli, argc, argv, true);
}

static int unpause(struct rd_cli *cli, int argc, const char *const *argv)
{
	return set_paused(cli, argc, argv, false);
}

static const struct side {
	const char *name;
	unsigned sides;
} side_names[] = {
	{ "read", RD_MONITOR_IN },
	{ "write", RD_MONITOR_OUT },
	{ "both", RD_MONITOR_IN | RD_MONITOR_OUT },
};

/* 0: there is no such side. */
static unsigned sides_of(const char *name)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(side_names); i++)
		if (strcmp(side_names[i].name, name) == 0)
			return side_names[i].sides;
	return 0;
}

static int set_muted(struct rd_cli *cli, const char *name, unsigned sides, const char *what)
{
	struct rd_channel *ch = channel_of(cli, name);
	struct mixmonitor *it = NULL;
	int count = 0;

	if (!ch)
		return 1;
	for (; (it = mixmonitor_next(ch, it)); count++)
		mixmonitor_mute(it, sides);
	rd_channel_unref(ch);
	return tell(cli, count, what);
}

static int mute(struct rd_cli *cli, int argc, const char *const *argv)
{
	unsigned sides = sides_of(argc == 2 ? argv[1] : "both");

	if (argc < 1 || argc > 2 || !sides)
		return -EINVAL;
	return set_muted(cli, argv[0], sides, "muted");
}

static int unmute(struct rd_cli *cli, int argc, const char *const *argv)
{
	return argc == 1 ? set_muted(cli, argv[0], 0, "unmuted") : -EINVAL;
}

static int list(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct mixmonitor *it = NULL;
	struct rd_channel *ch;
	int count = 0;

	if (argc != 1)
		return -EINVAL;
	ch = channel_of(cli, argv[0]);
	if (!ch)
		return 1;
	for (; (it = mixmonitor_next(ch, it)); count++)
		rd_cli_print(cli, "%s%s%s %s\n", it->id, it->paused ? " paused" : "",
			     it->muted ? " muted" : "", it->path);
	rd_channel_unref(ch);
	rd_cli_count(cli, (size_t)count, "recording", "recordings");
	return 0;
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
	{ .name = "mixmonitor mute",
	  .usage = "CHANNEL [read|write|both]",
	  .help = "Record silence for what a channel says, what it hears, or both.",
	  .run = mute },
	{ .name = "mixmonitor unmute",
	  .usage = "CHANNEL",
	  .help = "Let all be heard again in the recordings of a channel.",
	  .run = unmute },
	{ .name = "mixmonitor list",
	  .usage = "CHANNEL",
	  .help = "The recordings of a channel.",
	  .run = list },
	{ 0 }
};
