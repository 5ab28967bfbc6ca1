/* How good a call sounds: the E-model of ITU-T G.107, reduced to what packets
 * tell: loss, how it clusters, delay, and the codec. And the clusters
 * themselves: bursts and gaps as RFC 3611 §4.7.2 defines them. No clock. */
#ifndef CORE_MEDIA_QUALITY_H
#define CORE_MEDIA_QUALITY_H

#include <ringdown/base.h>

struct rd_codec;

/* ---- clusters of loss ---- */

enum { RD__GAP_MIN = 16 }; /* received in a row that end a burst: RFC 3611's Gmin */

/* Packets between two losses with fewer than RD__GAP_MIN received between
 * belong to one cluster. One of a single loss is no burst. */
struct rd__loss_runs {
	uint32_t total; /* packets, lost ones too */
	uint32_t lost, times; /* how many, and in how many runs */
	uint32_t since; /* received since the last loss */
	uint32_t cluster_lost, cluster_packets; /* the cluster that may go on */
	uint32_t bursts, burst_lost, burst_packets;
};

/* What they come to. */
struct rd__loss_shape {
	double burst_density, gap_density; /* shares of packets lost, 0..1 */
	double burst_packets, gap_packets; /* mean lengths */
	double burst_ratio; /* BurstR of G.107: 1 for random loss, more for clusters */
};

/* ---- the E-model ---- */

struct rd__quality {
	double loss; /* share lost, 0..1 */
	double burst_ratio; /* 1: random */
	double delay_ms; /* from mouth to ear; 0: listening only */
	int impairment; /* of the codec: Ie of G.113 */
	int robustness; /* Bpl, in tenths */
};

RD_API_BEGIN

/* A packet came after so many that did not. */
void rd__loss_runs_add(struct rd__loss_runs *runs, uint32_t lost_before);
struct rd__loss_shape rd__loss_shape(const struct rd__loss_runs *runs);

/* Loss, delay and clusters are the caller's; the rest is the codec's (NULL:
 * one without impairment). */
struct rd__quality rd__quality_of(const struct rd_codec *codec, double loss);
/* The rating R, 0 to 93. */
double rd__quality_rating(const struct rd__quality *quality);
/* The mean opinion score that a rating stands for, 1 to 4.5. */
double rd__quality_mos(double rating);

RD_API_END

#endif
