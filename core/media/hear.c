/* What a line hears, once it is known to be sound: to whoever listens, by the
 * cheapest way that is right, and to taps. */
#include "core/media/change.h"
#include "core/media/convert.h"
#include "core/media/decoder.h"
#include "core/media/dtmf_line.h"
#include "core/media/encoder.h"
#include "core/media/hear.h"
#include "core/media/line.h"
#include "core/media/mix.h"
#include "core/media/noise.h"
#include "core/media/registry.h"
#include "core/media/rtp.h"
#include "core/media/send.h"
#include "core/media/setup.h"
#include "core/media/span.h"
#include "core/media/tap.h"
#include "core/media/thread.h"

enum {
	/* More than so many lost in a row: silence, and no voice made up. */
	CONCEALED_MAX = 5,
};

/* A packet on its way to one or more listeners; decoded at most once. */
struct heard {
	struct rd__line *line;
	struct rd__rtp *rtp;
	int format;
	int count; /* samples decoded, -1: not yet */
	unsigned missed; /* before it */
};

/* What becomes of a packet. */
enum way { NOWHERE,
	   RELAY,
	   MAP,
	   CONVERT,
	   ECHO }; /* changed, and back to where it came from */

static const struct rd_codec *codec_of(const struct heard *heard)
{
	return heard->line->setup->config.formats[heard->format].codec;
}

static void *decoder_of(const struct heard *heard)
{
	return heard->line->setup->decoder[heard->format];
}

static int16_t *decode(struct heard *heard)
{
	int16_t *samples = heard->line->thread->samples;

	if (heard->count >= 0)
		return samples;
	heard->count = 0;
	if (codec_of(heard)->decode)
		heard->count = rd__setup_decode(heard->line->setup, heard->format,
						heard->rtp->payload, heard->rtp->size, samples,
						RD__FRAME_MAX);
	heard->count = RD_MAX(heard->count, 0);
	return samples;
}

/* ---- who listens ---- */

/* Who gets keys as events is not to hear their tones, too. */
static bool is_unwanted_key(const struct rd__line *line, const struct rd__line *target)
{
	return line->digit_heard && line != target &&
	       (!target->setup || !target->setup->config.dtmf_inband);
}

/* Who gets what this line hears. */
static struct rd__line *listener(struct rd__line *line)
{
	struct rd__line *target = line->peer;

	if (!target && line->echo)
		target = line;
	if (!target || target->player || rd__line_digits_busy(target) ||
	    !rd__line_can_send(target) || is_unwanted_key(line, target))
		return NULL;
	return target;
}

/* The far end takes any format that was agreed on. */
static const struct rd_stream_format *same_format(const struct rd__line *target,
						  const struct rd_codec *codec)
{
	const struct rd_stream_config *config = &target->setup->config;

	for (int i = 0; i < config->format_count; i++)
		if (config->formats[i].codec == codec)
			return &config->formats[i];
	return NULL;
}

/* Where there is no converter its codec is only passed through. */
static bool is_changed(const struct heard *heard, const struct rd__line *target)
{
	return (rd__line_changes(heard->line, RD__TAP_IN) ||
		rd__line_changes(target, RD__TAP_OUT)) &&
	       codec_of(heard)->decode && (heard->line->converter || target == heard->line);
}

static enum way way_to(const struct heard *heard, const struct rd__line *target)
{
	const struct rd__law_table *table = heard->line->table;

	if (!target)
		return NOWHERE;
	if (!target->ops && !is_changed(heard, target)) {
		if (same_format(target, codec_of(heard)))
			return RELAY;
		if (table && table->from == codec_of(heard) &&
		    table->to == rd__sent_format(target->setup)->codec)
			return MAP;
	}
	if (target == heard->line)
		return ECHO;
	return heard->line->converter ? CONVERT : NOWHERE;
}

/* ---- ways ---- */

static void map_bytes(struct rd__rtp *rtp, const uint8_t *map)
{
	uint8_t *byte = rtp->payload, *end = byte + rtp->size;

	for (; byte < end; byte++)
		*byte = map[*byte];
}

/* Bytes of the longest packet that is taken of a codec, and the units that it lasts; 0: of
 * any length, or it cannot be cut. */
static size_t longest(const struct rd_stream_config *config, const struct rd_codec *codec,
		      uint32_t *units)
{
	int ms = config->packet_ms_max;

	if (!ms || !codec->frame_ms || codec->rates)
		return 0;
	ms -= ms % codec->frame_ms;
	*units = (uint32_t)(rd_codec_clock(codec) * ms / 1000);
	/* Whole frames, each of the same bytes. */
	return (size_t)(codec->bitrate * codec->frame_ms / 8000 * (ms / codec->frame_ms));
}

static void forward(struct heard *heard, struct rd__line *target, enum way way)
{
	const struct rd_stream_format *format;
	uint32_t units;
	size_t most;

	if (way == RELAY) {
		format = same_format(target, codec_of(heard));
	} else {
		format = rd__sent_format(target->setup);
		map_bytes(heard->rtp, heard->line->table->map);
	}
	most = longest(&target->setup->config, format->codec, &units);
	if (most && heard->rtp->size > most)
		rd__line_relay_cut(target, heard->line, heard->rtp, format->payload, most, units);
	else
		rd__line_relay(target, heard->line, heard->rtp, format->payload,
			       rd__packet_span(format->codec, heard->rtp));
}

static void convert(struct heard *heard, struct rd__line *target, uint32_t ts,
		    int16_t *samples, size_t count)
{
	struct rd__piece piece = { .from = heard->line,
				   .ssrc = heard->rtp->ssrc,
				   .ts = ts,
				   .rate = heard->line->setup->rate_in[heard->format],
				   .clock = rd_codec_clock(codec_of(heard)),
				   .marker = heard->rtp->marker,
				   .samples = samples,
				   .count = count };

	if (!count)
		return;
	rd__line_change(heard->line, RD__TAP_IN, samples, count, piece.rate);
	rd__convert(heard->line->converter, target, &piece);
}

/* ---- gaps ---- */

static struct rd__plc *plc_of(const struct heard *heard)
{
	struct rd__plc *plc = heard->line->converter->plc;

	if (!plc || codec_of(heard)->conceals ||
	    rd__plc_rate(plc) != heard->line->setup->rate_in[heard->format])
		return NULL;
	return plc;
}

/* One packet's worth; the next one may carry a copy of the last lost one. */
static int conceal(const struct heard *heard, bool last, int16_t *out, int count)
{
	const struct rd_codec *codec = codec_of(heard);
	struct rd__plc *plc = plc_of(heard);
	int n = 0;

	if (plc) {
		rd__plc_conceal(plc, out, (size_t)count);
		return count;
	}
	if (last && codec->recover)
		n = rd__codec_recover(codec, decoder_of(heard), heard->rtp->payload,
				      heard->rtp->size, out, (size_t)count);
	if (n <= 0 && codec->conceals)
		n = rd__codec_decode(codec, decoder_of(heard), NULL, 0, out, (size_t)count);
	return n;
}

static void fill_gap(struct heard *heard, struct rd__line *target)
{
	struct rd__converter *converter = heard->line->converter;
	int16_t *samples = heard->line->thread->samples;
	unsigned missed = heard->missed;
	int rate = heard->line->setup->rate_in[heard->format], count = converter->last_count;
	uint32_t span = (uint32_t)(count * rd_codec_clock(codec_of(heard)) / rate);

	if (!count || missed > CONCEALED_MAX) {
		rd__converter_lost(converter, missed);
		return;
	}
	for (unsigned left = missed; left > 0; left--) {
		int n = conceal(heard, left == 1, samples, count);

		if (n <= 0)
			continue;
		convert(heard, target, heard->rtp->ts - left * span, samples, (size_t)n);
	}
}

/* ---- all of it ---- */

/* In the order of time: what is missing before what is there. */
static void decoded_way(struct heard *heard, struct rd__line *target)
{
	struct rd__converter *converter = heard->line->converter;
	int16_t *samples;

	if (heard->missed)
		fill_gap(heard, target);
	samples = decode(heard);
	if (!heard->count)
		return;
	converter->last_count = heard->count;
	if (plc_of(heard))
		rd__plc_heard(converter->plc, samples, (size_t)heard->count);
	convert(heard, target, heard->rtp->ts, samples, (size_t)heard->count);
}

/* Those whose turn it is; all: nobody waits any longer. */
static void sorted_way(struct rd__line *line, bool all)
{
	struct rd__sorter *sorter = &line->converter->sorter;
	struct rd__line *target = listener(line);
	const struct rd__sorted *next;
	unsigned missed;

	while ((next = rd__sorter_next(sorter, all ? UINT64_MAX : line->thread->now_us, &missed))) {
		struct rd__rtp rtp = next->rtp;
		struct heard heard = { line, &rtp, next->format, -1, missed };

		if (way_to(&heard, target) == CONVERT)
			decoded_way(&heard, target);
	}
	rd__line_wake(line);
}

static void converted_way(struct heard *heard, struct rd__line *target, bool in_order)
{
	struct rd__line *line = heard->line;
	struct rd__sorter *sorter = &line->converter->sorter;
	uint64_t now_us = line->thread->now_us;
	bool kept = in_order ? rd__sorter_keep(sorter, heard->rtp, heard->format, heard->missed,
					       now_us)
			     : rd__sorter_keep_late(sorter, heard->rtp, heard->format, now_us);

	if (sorter->waiting)
		sorted_way(line, in_order && !kept);
	/* What is late has been made up for. */
	if (in_order && !kept)
		decoded_way(heard, target);
}

static void echo_changed(struct heard *heard)
{
	int16_t *samples = decode(heard);
	struct rd__line *line = heard->line;

	if (!heard->count)
		return;
	rd__line_change(line, RD__TAP_IN, samples, (size_t)heard->count,
			line->setup->rate_in[heard->format]);
	rd__line_say_packet(line, line, heard->rtp, samples, (size_t)heard->count);
}

/* Where a codec has a memory, who is heard now is out of step with the far end's decoder
 * (encoder.h): our encoder leads it there. */
static bool is_to_lead(const struct heard *heard, struct rd__line *target)
{
	struct rd__sender *tx = &target->sender;

	if (tx->source != heard->line || tx->source_ssrc != heard->rtp->ssrc)
		tx->leading = codec_of(heard) == rd__sent_codec(target->setup)
				      ? rd__setup_relay_lead(target->setup)
				      : 0;
	return tx->leading;
}

/* Under its own numbers: what is relayed behind it goes on. */
static bool lead(struct heard *heard, struct rd__line *target)
{
	int rate = heard->line->setup->rate_in[heard->format];
	struct rd__rtp numbers = *heard->rtp;
	int16_t *samples = decode(heard);
	bool said;

	target->sender.leading--;
	numbers.level_id = numbers.level_id ? target->setup->config.level_id : 0;
	if (!heard->count || rate != target->setup->rate_out)
		return false;
	rd__setup_resemble(target->setup, heard->rtp->payload, heard->rtp->size);
	said = rd__line_say_packet(target, heard->line, &numbers, samples, (size_t)heard->count);
	rd__setup_resemble(target->setup, NULL, 0);
	return said;
}

static void relay(struct heard *heard, struct rd__line *target, bool in_order)
{
	struct rd__rtp *rtp = heard->rtp;

	if (in_order && is_to_lead(heard, target) && lead(heard, target))
		return;
	if (in_order) {
		/* What has led is known to our decoder already. */
		if (heard->count < 0)
			rd__setup_pass(heard->line->setup, heard->format, rtp->payload, rtp->size);
		rd__setup_sent(target->setup, codec_of(heard), rtp->payload, rtp->size);
	}
	forward(heard, target, RELAY);
}

static void voice(struct rd__line *line, struct rd__rtp *rtp, int format, bool in_order)
{
	struct heard heard = { line, rtp, format, -1, line->receiver.missed };
	struct rd__line *target = listener(line);
	enum way way = way_to(&heard, target);

	if (target)
		target->noising = false;

	if (way == CONVERT)
		converted_way(&heard, target, in_order);
	if (in_order && way == ECHO)
		echo_changed(&heard);
	if (way == RELAY)
		relay(&heard, target, in_order);
	if (way == MAP)
		forward(&heard, target, way);
	/* Somebody may hear what comes next. */
	if (way == NOWHERE && in_order)
		rd__setup_pass(line->setup, format, rtp->payload, rtp->size);
}

void rd__line_hear(struct rd__line *line, struct rd__rtp *rtp, int format, bool in_order)
{
	if (rd__line_tapped(line) && in_order)
		rd__taps_packet(line, RD__TAP_IN, rtp, line->receiver.missed);
	else if (rd__line_tapped(line))
		rd__taps_late(line, RD__TAP_IN, rtp);
	if (line->member)
		rd__member_packet(line, rtp, format);
	else
		voice(line, rtp, format, in_order);
}

/* Nothing is missing before it. */
void rd__line_voice(struct rd__line *line, struct rd__rtp *rtp, int format)
{
	line->receiver.gap = line->receiver.missed = 0;
	voice(line, rtp, format, true);
}

void rd__line_hear_rest(struct rd__line *line)
{
	if (line->converter && line->converter->sorter.waiting)
		sorted_way(line, true);
}

void rd__line_hear_tick(struct rd__line *line)
{
	if (line->converter && line->converter->sorter.waiting)
		sorted_way(line, false);
}

void rd__line_heard(struct rd__line *line, int16_t *samples, size_t count)
{
	struct rd__line *target = listener(line);
	struct rd__piece piece = { .from = line,
				   .rate = line->ops_rate,
				   .clock = line->ops_rate,
				   .samples = samples,
				   .count = count };

	rd__taps_samples(line, RD__TAP_IN, samples, count);
	rd__line_change(line, RD__TAP_IN, samples, count, line->ops_rate);
	if (target == line) /* its echo */
		rd__line_say(line, line, samples, count);
	if (target == line || !target || !line->converter)
		return;
	piece.ts = line->converter->ts + (uint32_t)line->converter->last_count;
	line->converter->last_count = (int)count;
	rd__convert(line->converter, target, &piece);
}

/* Comfort noise goes to whom it means something; to others we make it. */
void rd__line_comfort_noise(struct rd__line *line, struct rd__rtp *rtp)
{
	struct rd__line *target = listener(line);

	rd__line_hear_rest(line);
	if (!target || target->ops)
		return;
	if (target->setup->config.cn_payload >= 0) {
		rd__line_pass_noise(target, line, rtp);
		return;
	}
	target->noising = rd__noise_read(&target->noise, rtp->payload, rtp->size);
	rd__line_wake(target);
}

void rd__line_noise_tick(struct rd__line *line)
{
	int rate;
	size_t count;

	if (!line->noising || line->player || !rd__line_can_send(line))
		return;
	rate = rd__line_rate(line);
	count = (size_t)(rate * rd__line_tick_ms(line) / 1000);
	count = RD_MIN(count, (size_t)RD__FRAME_MAX);
	rd__noise_make(&line->noise, rate, line->thread->samples2, count);
	rd__line_say(line, &line->noise, line->thread->samples2, count);
}
