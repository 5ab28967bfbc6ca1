/* The console's view of queues. */
#include <inttypes.h>
#include <string.h>

#include <ringdown/clock.h>

#include "apps/app_queue/queue.h"

static const char *state_of(const struct queue_member *member)
{
	unsigned absent = queue_member_absent(member);

	if (absent & QUEUE_ABSENT_INVALID)
		return "invalid";
	if (absent & QUEUE_ABSENT_UNAVAILABLE)
		return "unavailable";
	if (absent & QUEUE_ABSENT_PAUSED)
		return "paused";
	if (absent & QUEUE_ABSENT_RINGING)
		return "ringing";
	if (absent & QUEUE_ABSENT_INUSE)
		return "in use";
	return absent & QUEUE_ABSENT_WRAPUP ? "wrap-up" : "not in use";
}

static void show_members(struct rd_cli *cli, const struct queue *queue)
{
	rd_list_foreach(node, tmp, &queue->members) {
		const struct queue_member *it = rd_list_entry(node, struct queue_member, link);

		rd_cli_print(cli, "    %s (%s)%s penalty %d, %s, %u calls\n", it->name,
			     it->interface, it->dynamic ? " dynamic," : "", it->penalty,
			     state_of(it), it->calls);
	}
}

static void show_callers(struct rd_cli *cli, const struct queue *queue)
{
	unsigned n = 0;

	rd_list_foreach(node, tmp, &queue->callers) {
		const struct queue_caller *it = rd_list_entry(node, struct queue_caller, link);

		rd_cli_print(cli, "    %u. %s (waits %" PRIu64 " s, priority %d)\n", ++n,
			     rd_channel_name(it->ch), (rd_now_ms() - it->joined_ms) / 1000,
			     it->priority);
	}
}

static void show_queue(struct rd_cli *cli, const struct queue *queue)
{
	const struct queue_settings *settings = queue->settings;
	unsigned percent = queue->completed ? 100 * queue->in_time / queue->completed : 0;

	rd_cli_print(cli,
		     "%s: %u waiting, %s strategy, %u s holdtime, weight %d, %u completed, "
		     "%u abandoned, %u %% within %d s\n",
		     settings->name, queue->waiting, queue_strategy_names[settings->strategy],
		     queue->hold_s, settings->weight, queue->completed, queue->abandoned, percent,
		     settings->servicelevel_ms / 1000);
	rd_cli_print(cli, queue->member_count ? "  Members:\n" : "  No members\n");
	show_members(cli, queue);
	rd_cli_print(cli, queue->waiting ? "  Callers:\n" : "  No callers\n");
	show_callers(cli, queue);
}

static int show(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct queue *queue;
	size_t pos = 0;

	if (argc > 1)
		return -EINVAL;
	if (argc == 1) {
		queue = queue_find(argv[0]);
		if (!queue) {
			rd_cli_print(cli, "No queue \"%s\"\n", argv[0]);
			return 1;
		}
		show_queue(cli, queue);
		return 0;
	}
	while ((queue = queue_next(&pos)))
		show_queue(cli, queue);
	return 0;
}

static char *complete(int argc, const char *const *argv, int n)
{
	struct queue *queue;
	size_t pos = 0;

	while (argc == 1 && (queue = queue_next(&pos)))
		if (strncmp(queue->settings->name, argv[0], strlen(argv[0])) == 0 && n-- == 0)
			return rd_strdup(queue->settings->name);
	return NULL;
}

const struct rd_cli_command queue_commands[] = {
	{ .name = "queue show",
	  .usage = "[queue]",
	  .help = "Show queues, their members, and who waits",
	  .run = show,
	  .complete = complete },
	{ 0 },
};
