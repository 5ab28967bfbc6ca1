/* A stream's counters and its far end's address as the switch thread reads them,
 * and what the counters come to: the score that a listener would give. */
#include <string.h>

#include "core/media/line.h"
#include "core/media/quality.h"
#include "core/media/setup.h"
#include "core/media/stream.h"

/* ---- scores ---- */

/* In hundredths. Jitter is waited out by a buffer of twice its size. */
static uint16_t score(const struct rd_stream_format *format, double loss, double burst_ratio,
		      uint32_t jitter_us, uint32_t round_trip_us)
{
	struct rd__quality quality = rd__quality_of(format ? format->codec : NULL, loss);

	quality.burst_ratio = burst_ratio;
	quality.delay_ms = round_trip_us / 2000.0 + jitter_us / 500.0 +
			   (format ? rd__frame_ms(format) : RD__TICK_MS);
	return (uint16_t)(rd__quality_mos(rd__quality_rating(&quality)) * 100 + 0.5);
}

static double share_lost(uint64_t received, uint32_t lost)
{
	return (double)lost / (double)(received + lost);
}

static void reckon_scores(const struct rd_stream *stream, struct rd_stream_stats *out)
{
	const struct rd__shared_stats *stats = &stream->line.stats;
	const struct rd_stream_format *format = rd__sent_format(stream->setup);
	uint32_t burst = atomic_load_explicit(&stats->rx_burst_ratio, memory_order_relaxed);
	uint32_t far_mos = atomic_load_explicit(&stats->far_mos, memory_order_relaxed);
	bool told = out->far_jitter_us || out->far_lost || out->round_trip_us;

	/* They are of speech. */
	if (stream->line.kind != RD_MEDIA_AUDIO)
		return;
	if (out->rx_packets)
		out->rx_mos = score(format, share_lost(out->rx_packets, out->rx_lost),
				    RD_MAX(1.0, burst / 100.0), out->rx_jitter_us,
				    out->round_trip_us);
	if (far_mos)
		out->tx_mos = (uint16_t)(far_mos * 10);
	else if (out->tx_packets && told)
		out->tx_mos = score(format,
				    RD_MIN(1.0, (double)out->far_lost / (double)out->tx_packets),
				    1, out->far_jitter_us, out->round_trip_us);
}

/* ---- all of it ---- */

#define READ(member) out->member = atomic_load_explicit(&stats->member, memory_order_relaxed)

void rd_stream_stats(const struct rd_stream *stream, struct rd_stream_stats *out)
{
	const struct rd__shared_stats *stats = &stream->line.stats;

	RD_CHECK(stream, RD__STREAM_MAGIC);
	memset(out, 0, sizeof(*out));
	READ(rx_packets);
	READ(rx_bytes);
	READ(tx_packets);
	READ(tx_bytes);
	READ(rx_lost);
	READ(rx_late);
	READ(rx_stranger);
	READ(rx_refused);
	READ(rx_jitter_us);
	READ(far_jitter_us);
	READ(far_lost);
	READ(round_trip_us);
	READ(ssrc);
	READ(far_ssrc);
	reckon_scores(stream, out);
}

/* ---- the far end's address ---- */

typedef uint64_t address_words[RD__ADDRESS_WORDS];

_Static_assert(sizeof(address_words) == sizeof(struct rd__address), "no byte is left out");

/* Whoever meets a word of the new one meets the turn before it, too. */
void rd__stats_tell_remote(struct rd__line *line)
{
	struct rd__shared_address *shared = &line->stats.remote;
	uint32_t turn = atomic_load_explicit(&shared->turn, memory_order_relaxed);
	address_words words;

	memcpy(words, &line->source.remote, sizeof(words));
	atomic_store_explicit(&shared->turn, turn + 1, memory_order_relaxed);
	for (size_t i = 0; i < RD_ARRAY_SIZE(words); i++)
		atomic_store_explicit(&shared->words[i], words[i], memory_order_release);
	atomic_store_explicit(&shared->turn, turn + 2, memory_order_release);
}

static bool read_remote(const struct rd__shared_address *shared, struct rd__address *out)
{
	uint32_t turn = atomic_load_explicit(&shared->turn, memory_order_acquire);
	address_words words;

	for (size_t i = 0; i < RD_ARRAY_SIZE(words); i++)
		words[i] = atomic_load_explicit(&shared->words[i], memory_order_acquire);
	memcpy(out, words, sizeof(words));
	return turn % 2 == 0 &&
	       turn == atomic_load_explicit(&shared->turn, memory_order_relaxed);
}

void rd__stream_remote(const struct rd_stream *stream, struct rd__address *out)
{
	enum { TRIES = 100 }; /* its writer may be kept from going on for a while */

	for (int i = 0; i < TRIES; i++)
		if (read_remote(&stream->line.stats.remote, out) && out->size)
			return;
	rd__address_from(out, &rd_stream_config(stream)->remote);
}
