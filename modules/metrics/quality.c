/* How calls have sounded: what the event of each stream's end tells, in histograms. */
#include <stdlib.h>
#include <string.h>

#include "modules/metrics/metrics.h"

static const double mos_bounds[] = { 1.5, 2, 2.5, 3, 3.25, 3.5, 3.75, 4, 4.1, 4.2, 4.3, 4.4 };
static const double loss_bounds[] = { 0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5 };
static const double time_bounds[] = { 0.001, 0.002, 0.005, 0.01, 0.02, 0.03,
				      0.05,  0.1,   0.2,   0.3,  0.5,  1 };

#define HISTOGRAM(its_bounds)                                                                      \
	{                                                                                          \
		.bounds = its_bounds, .bound_count = RD_ARRAY_SIZE(its_bounds)                     \
	}

/* What we hear, and what the far end hears of us. */
static struct direction {
	const char *name, *mos_field, *lost_field, *count_field, *jitter_field;
	struct rd_histogram mos, loss, jitter;
	double packets, lost;
} directions[] = {
	{ "received", "rxmos", "rxploss", "rxcount", "rxjitter", HISTOGRAM(mos_bounds),
	  HISTOGRAM(loss_bounds), HISTOGRAM(time_bounds), 0, 0 },
	{ "sent", "txmos", "txploss", "txcount", "txjitter", HISTOGRAM(mos_bounds),
	  HISTOGRAM(loss_bounds), HISTOGRAM(time_bounds), 0, 0 },
};

static struct rd_histogram round_trip = HISTOGRAM(time_bounds);

static double number(const struct rd_event *event, const char *field)
{
	return strtod(rd_event_value(event, field), NULL);
}

/* A far end that sent no report has said nothing of jitter and loss: it has no score either. */
static void add(struct direction *direction, const struct rd_event *event)
{
	double mos = number(event, direction->mos_field);
	double packets = number(event, direction->count_field);
	double lost = number(event, direction->lost_field);
	double all = direction == &directions[0] ? packets + lost : packets;

	direction->packets += packets;
	direction->lost += lost;
	if (mos <= 0 || all <= 0)
		return;
	rd_histogram_add(&direction->mos, mos);
	rd_histogram_add(&direction->loss, RD_MIN(1.0, lost / all));
	rd_histogram_add(&direction->jitter, number(event, direction->jitter_field) / 1e3);
}

static void stream_ended(const struct rd_event *event, void *arg)
{
	double ms = number(event, "rtt");

	(void)arg;
	if (!event->name || strcmp(event->name, "audio") != 0)
		return;
	for (size_t i = 0; i < RD_ARRAY_SIZE(directions); i++)
		add(&directions[i], event);
	if (ms > 0)
		rd_histogram_add(&round_trip, ms / 1e3);
}

const struct rd_subscriber metrics_subscribers[] = {
	{ .name = "metrics",
	  .types = RD_EVENT_BIT(RD_EVENT_CHANNEL_QUALITY),
	  .notify = stream_ended },
	{ 0 },
};

/* ---- the page ---- */

static void print_histograms(struct rd_metrics *out, const char *name, const char *help,
			     size_t member)
{
	rd_metric_begin(out, name, RD_METRIC_HISTOGRAM, help);
	for (size_t i = 0; i < RD_ARRAY_SIZE(directions); i++) {
		const char *direction = (const char *)&directions[i];

		rd_metric_histogram(out, (const void *)(direction + member), "direction",
				    directions[i].name, NULL);
	}
}

static void print_counters(struct rd_metrics *out, const char *name, const char *help,
			   size_t member)
{
	rd_metric_begin(out, name, RD_METRIC_COUNTER, help);
	for (size_t i = 0; i < RD_ARRAY_SIZE(directions); i++) {
		const char *direction = (const char *)&directions[i];

		rd_metric_value(out, *(const double *)(const void *)(direction + member),
				"direction", directions[i].name, NULL);
	}
}

void metrics_quality_print(struct rd_metrics *out)
{
	print_histograms(out, "rtp_mos", "Mean opinion score of streams of sound that have ended.",
			 offsetof(struct direction, mos));
	print_histograms(out, "rtp_loss_ratio", "Share of their packets that were lost.",
			 offsetof(struct direction, loss));
	print_histograms(out, "rtp_jitter_seconds", "Their jitter.",
			 offsetof(struct direction, jitter));
	rd_metric_begin(out, "rtp_round_trip_seconds", RD_METRIC_HISTOGRAM,
			"Their round trip, where RTCP has told it.");
	rd_metric_histogram(out, &round_trip, NULL);
	print_counters(out, "rtp_packets_total", "Packets of streams of sound that have ended.",
		       offsetof(struct direction, packets));
	print_counters(out, "rtp_lost_total", "Packets that they lost.",
		       offsetof(struct direction, lost));
}
