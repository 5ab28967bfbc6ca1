/* A console command: "longest calls [count]" lists the channels that have been up the
 * longest. It runs in a fiber of its own, so it may wait for its reader. */
#define RD_MODULE_NAME "cli_longest"

#include <stdlib.h>

#include <ringdown/channel.h>
#include <ringdown/cli.h>
#include <ringdown/clock.h>
#include <ringdown/module.h>

enum { USUAL = 10, MOST = 1000 };

static int by_age(const void *a, const void *b)
{
	uint64_t one = rd_channel_answered_ms(*(struct rd_channel *const *)a);
	uint64_t other = rd_channel_answered_ms(*(struct rd_channel *const *)b);

	return one < other ? -1 : one > other;
}

/* References, because what is printed may make the command wait. NULL without memory. */
static struct rd_channel **answered_channels(size_t *count)
{
	struct rd_channel **all = rd_malloc((rd_channel_count() + 1) * sizeof(struct rd_channel *));

	*count = 0;
	if (!all)
		return NULL;
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		if (rd_channel_answered_ms(ch))
			all[(*count)++] = rd_channel_ref(ch);
	qsort(all, *count, sizeof(struct rd_channel *), by_age);
	return all;
}

static int print(struct rd_cli *cli, struct rd_channel *const *all, size_t count)
{
	uint64_t now = rd_now_ms();
	int rc = 0;

	rd_cli_print(cli, "%-32s %s\n", "channel", "seconds");
	for (size_t i = 0; i < count && rc == 0; i++) {
		rd_cli_print(cli, "%-32s %llu\n", rd_channel_name(all[i]),
			     (unsigned long long)(now - rd_channel_answered_ms(all[i])) / 1000);
		rc = rd_cli_pause(cli);
	}
	if (rc == 0)
		rd_cli_count(cli, count, "channel that is up", "channels that are up");
	return rc;
}

static int longest_calls(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_channel **all;
	uint64_t wanted = USUAL;
	size_t count;
	int rc;

	if (argc > 1 || (argc == 1 && rd_str_to_u64(rd_str_of(argv[0]), MOST, &wanted)))
		return -EINVAL; /* the console prints the usage */
	all = answered_channels(&count);
	if (!all)
		return -ENOMEM;
	rc = print(cli, all, RD_MIN(count, (size_t)wanted));
	while (count)
		rd_channel_unref(all[--count]);
	rd_free(all);
	return rc;
}

static const struct rd_cli_command commands[] = {
	{ .name = "longest calls",
	  .usage = "[count]",
	  .help = "List the channels that have been up the longest.",
	  .run = longest_calls },
	{ 0 },
};

RD_MODULE(.name = RD_MODULE_NAME, .synopsis = "The longest calls", .commands = commands);
