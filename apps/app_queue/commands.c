/* The console's view of queues. */
#include <inttypes.h>
#include <string.h>

#include <ringdown/clock.h>

#include "apps/app_queue/caller.h"

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
		const char *state = state_of(it);
		bool also = it->paused && strcmp(state, "paused") != 0;
		bool why = it->paused && *it->reason;

		rd_cli_print(cli, "    %s (%s)%s penalty %d, %s%s%s%s, %u calls\n", it->name,
			     it->interface, it->dynamic ? " dynamic," : "", it->penalty, state,
			     also ? ", paused" : "", why ? " for " : "", why ? it->reason : "",
			     it->calls);
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

	rd_cli_print(cli,
		     "%s: %u waiting, %s strategy, %u s holdtime, %u s talktime, weight %d, "
		     "%u completed, %u abandoned, %.1f %% within %d s\n",
		     settings->name, queue->waiting, queue_strategy_names[settings->strategy],
		     queue->hold_s, queue->talk_s, settings->weight, queue->completed,
		     queue->abandoned, queue_in_time_percent(queue),
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

static int show_rules(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argc;
	(void)argv;
	queue_rules_show(cli);
	return 0;
}

const struct rd_cli_command queue_commands[] = {
	{ .name = "queue show",
	  .usage = "[queue]",
	  .help = "Show queues, their members, and who waits",
	  .run = show,
	  .complete = complete },
	{ .name = "queue show rules",
	  .usage = "",
	  .help = "Show how penalties change with time",
	  .run = show_rules },
	{ .name = "queue add member",
	  .usage = "interface to queue [penalty n] [as name] [state_interface device]",
	  .help = "Make somebody a member of a queue",
	  .run = queue_command_add },
	{ .name = "queue remove member",
	  .usage = "interface from queue",
	  .help = "Take a member off a queue that was added to it",
	  .run = queue_command_remove },
	{ .name = "queue pause member",
	  .usage = "interface [queue queue] [reason text]",
	  .help = "Ring a member no more, in a queue or in all",
	  .run = queue_command_pause },
	{ .name = "queue unpause member",
	  .usage = "interface [queue queue] [reason text]",
	  .help = "Ring a member again, in a queue or in all",
	  .run = queue_command_unpause },
	{ .name = "queue set penalty",
	  .usage = "n on interface [in queue]",
	  .help = "Change the penalty of a member, in a queue or in all",
	  .run = queue_command_penalty },
	{ .name = "queue reset stats",
	  .usage = "[queue]",
	  .help = "Forget what was counted, of a queue or of all",
	  .run = queue_command_reset,
	  .complete = complete },
	{ 0 },
};
