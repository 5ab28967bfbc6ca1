/* The E-model with G.107's defaults for what packets cannot tell, and the
 * clusters of loss that it and RFC 3611 ask for. */
#include <ringdown/codec.h>

#include "core/media/quality.h"

/* ---- clusters of loss ---- */

static void close_cluster(struct rd__loss_runs *runs)
{
	if (runs->cluster_lost > 1) {
		runs->bursts++;
		runs->burst_lost += runs->cluster_lost;
		runs->burst_packets += runs->cluster_packets;
	}
	runs->cluster_lost = runs->cluster_packets = 0;
}

void rd__loss_runs_add(struct rd__loss_runs *runs, uint32_t lost_before)
{
	runs->total += lost_before + 1;
	if (lost_before == 0) {
		runs->since++;
		return;
	}
	if (runs->cluster_lost && runs->since >= RD__GAP_MIN)
		close_cluster(runs);
	if (runs->cluster_lost)
		runs->cluster_packets += runs->since;
	runs->times++;
	runs->lost += lost_before;
	runs->cluster_lost += lost_before;
	runs->cluster_packets += lost_before;
	runs->since = 1;
}

/* How long the runs of losses are, over how long chance would make them. */
static double burst_ratio(const struct rd__loss_runs *runs)
{
	double loss = (double)runs->lost / runs->total;

	return runs->times ? RD_MAX(1.0, (double)runs->lost / runs->times * (1 - loss)) : 1;
}

struct rd__loss_shape rd__loss_shape(const struct rd__loss_runs *given)
{
	struct rd__loss_runs runs = *given;
	struct rd__loss_shape shape = { .burst_ratio = burst_ratio(given) };
	uint32_t gap;

	close_cluster(&runs);
	gap = runs.total - runs.burst_packets;
	shape.gap_packets = (double)gap / (runs.bursts + 1);
	if (gap)
		shape.gap_density = (double)(runs.lost - runs.burst_lost) / gap;
	if (!runs.bursts)
		return shape;
	shape.burst_density = (double)runs.burst_lost / runs.burst_packets;
	shape.burst_packets = (double)runs.burst_packets / runs.bursts;
	return shape;
}

/* ---- the E-model ---- */

/* R of a connection without fault: G.107 §7 with all its defaults. */
static const double FAULTLESS = 93.2;
/* A codec that says nothing of itself conceals about as well as others. */
enum { ROBUSTNESS_USUAL = 100 };

struct rd__quality rd__quality_of(const struct rd_codec *codec, double loss)
{
	struct rd__quality quality = { .loss = loss,
				       .burst_ratio = 1,
				       .robustness = ROBUSTNESS_USUAL };

	if (!codec)
		return quality;
	quality.impairment = codec->impairment;
	if (codec->robustness)
		quality.robustness = codec->robustness;
	return quality;
}

/* Ie,eff: what the codec and the loss take away. */
static double impairment_of(const struct rd__quality *quality)
{
	double percent = quality->loss * 100;
	double withstood = percent / quality->burst_ratio + quality->robustness / 10.0;

	if (percent <= 0)
		return quality->impairment;
	return quality->impairment + (95 - quality->impairment) * percent / withstood;
}

/* Id, by its usual two straight lines: talk becomes hard beyond 177 ms. */
static double delay_impairment(double ms)
{
	double id = 0.024 * ms;

	return ms > 177.3 ? id + 0.11 * (ms - 177.3) : id;
}

double rd__quality_rating(const struct rd__quality *quality)
{
	double rating = FAULTLESS - impairment_of(quality) - delay_impairment(quality->delay_ms);

	return RD_MAX(0.0, rating);
}

double rd__quality_mos(double r)
{
	double mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;

	/* Annex B's curve dips below 1 at its lower end, and ends at 100. */
	return r >= 100 ? 4.5 : RD_MAX(1.0, mos);
}
