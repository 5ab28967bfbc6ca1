/* Figures of queues (metric.h). */
#include <ringdown/clock.h>

#include "apps/app_queue/caller.h"

static double longest_wait_s(const struct queue *queue)
{
	uint64_t first_ms = rd_now_ms();

	rd_list_foreach(node, tmp, &queue->callers)
		first_ms =
			RD_MIN(first_ms, rd_list_entry(node, struct queue_caller, link)->joined_ms);
	return (double)(rd_now_ms() - first_ms) / 1e3;
}

static double waiting(const struct queue *queue)
{
	return queue->waiting;
}

static double members(const struct queue *queue)
{
	return queue->member_count;
}

static double ready(const struct queue *queue)
{
	return queue->ready;
}

static double completed(const struct queue *queue)
{
	return queue->completed;
}

static double abandoned(const struct queue *queue)
{
	return queue->abandoned;
}

static double in_time(const struct queue *queue)
{
	return queue->in_time;
}

/* What is counted is set back by "queue reset stats", as a counter may be. */
static const struct {
	const char *name, *help;
	enum rd_metric_kind kind;
	double (*of)(const struct queue *queue);
} figures[] = {
	{ "queue_waiting", "Callers who wait.", RD_METRIC_GAUGE, waiting },
	{ "queue_longest_wait_seconds", "How long the one of them has who has waited longest.",
	  RD_METRIC_GAUGE, longest_wait_s },
	{ "queue_members", "Members.", RD_METRIC_GAUGE, members },
	{ "queue_members_ready", "Members who could be rung now.", RD_METRIC_GAUGE, ready },
	{ "queue_completed_total", "Callers whose talk with a member is over.", RD_METRIC_COUNTER,
	  completed },
	{ "queue_in_time_total", "Those of them who were answered within servicelevel.",
	  RD_METRIC_COUNTER, in_time },
	{ "queue_abandoned_total", "Callers who have left before.", RD_METRIC_COUNTER, abandoned },
};

void queues_measure(struct rd_metrics *out)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(figures); i++) {
		struct queue *queue;
		size_t pos = 0;

		rd_metric_begin(out, figures[i].name, figures[i].kind, figures[i].help);
		while ((queue = queue_next(&pos)))
			rd_metric_value(out, figures[i].of(queue), "queue", queue->settings->name,
					NULL);
	}
}
