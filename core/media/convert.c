/* Converters: rates, lengths of packets, and times. */
#include <string.h>

#include "core/base/slab.h"
#include "core/media/change.h"
#include "core/media/convert.h"
#include "core/media/line.h"
#include "core/media/registry.h"
#include "core/media/rtp.h"
#include "core/media/send.h"
#include "core/media/setup.h"
#include "core/media/stream.h"
#include "core/media/thread.h"

/* ---- which rate ---- */

static bool has_choice(const struct rd_stream *stream)
{
	return !stream->line.ops && rd__sent_codec(stream->setup) &&
	       rd__sent_codec(stream->setup)->set_rate;
}

static int own_rate(const struct rd_stream *stream)
{
	if (stream->line.ops)
		return stream->line.ops_rate;
	return rd__sent_codec(stream->setup) ? rd__sent_codec(stream->setup)->rate : 0;
}

int rd__meeting_rate(const struct rd_stream *stream, const struct rd_stream *peer)
{
	if (!has_choice(stream) || has_choice(peer) || !own_rate(peer))
		return own_rate(stream);
	return rd__codec_rate_near(rd__sent_codec(stream->setup), own_rate(peer));
}

/* ---- birth and death ---- */

static size_t frame_of(const struct rd_stream *to, int rate)
{
	const struct rd_stream_format *format = rd__sent_format(to->setup);
	int ms;

	if (to->line.ops || !format)
		return 0;
	/* What comes in samples may have any length, unless one was asked for. */
	if (format->codec->frame_ms <= 1 && !format->ptime_ms)
		return 0;
	ms = rd__frame_ms(format);
	return (size_t)RD_MIN(rate * ms / 1000, RD__FRAME_MAX);
}

const struct rd__law_table *rd__link_table(const struct rd_stream *from,
					   const struct rd_stream *to)
{
	const struct rd_stream_config *config = rd_stream_config(from);

	for (int i = 0; i < config->format_count; i++) {
		const struct rd_codec *codec = config->formats[i].codec;
		const struct rd__law_table *table;

		if (rd__takes_codec(to->setup, codec))
			continue;
		table = rd__law_table(codec, rd__sent_codec(to->setup));
		if (table)
			return table;
	}
	return NULL;
}

/* Unless it is changed: as it is, or byte by byte. */
static bool is_passed_on(const struct rd_codec *codec, const struct rd_stream *to,
			 const struct rd__law_table *table)
{
	return rd__takes_codec(to->setup, codec) || (table && table->from == codec);
}

/* Its codecs that the other side does not take as they are, or all that are changed. */
static int add_codecs(struct rd__converter *converter, const struct rd_stream *from,
		      const struct rd_stream *to)
{
	const struct rd_stream_config *config = rd_stream_config(from);
	const struct rd__law_table *table = rd__link_table(from, to);
	bool changes = rd__link_changes(from, to);
	int rc = 0;

	for (int i = 0; i < config->format_count && !rc; i++) {
		const struct rd_codec *codec = config->formats[i].codec;
		int rate = rd__codec_rate_near(codec, converter->decode_rate);

		if (!codec->decode || (is_passed_on(codec, to, table) && !changes))
			continue;
		rc = rd__resamplers_add(&converter->resamplers, rate, RD__RESAMPLE_CALL);
		if (!rc && !converter->plc && !codec->conceals)
			rc = rd__plc_new(&converter->plc, rate);
		if (!rc && !converter->sorter.slots)
			rc = rd__sorter_init(&converter->sorter);
	}
	return rc;
}

static bool is_needed(const struct rd_stream *from, const struct rd_stream *to)
{
	const struct rd_stream_config *config = rd_stream_config(from);
	const struct rd__law_table *table = rd__link_table(from, to);

	if (from->line.ops || to->line.ops)
		return own_rate(from) && own_rate(to);
	if (rd__link_changes(from, to))
		return rd__sent_codec(to->setup) && rd__sent_codec(to->setup)->encode;
	for (int i = 0; i < config->format_count; i++)
		if (!is_passed_on(config->formats[i].codec, to, table))
			return rd__sent_codec(to->setup);
	return false;
}

int rd__converter_new(struct rd__converter **cp, const struct rd_stream *from,
		      const struct rd_stream *to)
{
	int rate = rd__meeting_rate(to, from), rc;
	struct rd__converter *converter;
	size_t frame;

	*cp = NULL;
	if (from->line.kind != RD_MEDIA_AUDIO || !is_needed(from, to))
		return 0;
	frame = frame_of(to, rate);
	converter = rd__slab_zalloc(sizeof(*converter) + frame * sizeof(int16_t), RD__SLAB_OTHER);
	if (!converter)
		return -ENOMEM;
	converter->frame = frame;
	converter->decode_rate = rd__meeting_rate(from, to);
	converter->ours = to->line.ops ? rate : rd_codec_clock(rd__sent_codec(to->setup));
	rd__resamplers_init(&converter->resamplers, rate);
	rc = from->line.ops ? rd__resamplers_add(&converter->resamplers, own_rate(from),
						 RD__RESAMPLE_CALL)
			    : add_codecs(converter, from, to);
	if (rc) {
		rd__converter_free(converter);
		return rc;
	}
	*cp = converter;
	return 0;
}

void rd__converter_free(struct rd__converter *converter)
{
	if (!converter)
		return;
	rd__resamplers_fini(&converter->resamplers);
	rd__plc_free(converter->plc);
	rd__sorter_fini(&converter->sorter);
	rd__slab_free(converter, RD__SLAB_OTHER);
}

/* ---- times ---- */

static void begin_source(struct rd__converter *converter, const struct rd__piece *piece)
{
	converter->started = true;
	converter->ssrc = piece->ssrc;
	converter->clock = piece->clock;
	converter->ts = piece->ts;
	converter->units = 0;
	converter->waiting = 0;
}

/* By our clock. Counted on, because a division would not survive the wrap of
 * their 32 bits. */
static uint32_t our_time(struct rd__converter *converter, const struct rd__piece *piece)
{
	if (!converter->started || converter->ssrc != piece->ssrc ||
	    converter->clock != piece->clock)
		begin_source(converter, piece);
	converter->units += (int32_t)(piece->ts - converter->ts);
	converter->ts = piece->ts;
	return (uint32_t)(converter->units * converter->ours / converter->clock);
}

/* Another clock counts anew, like another source. */
static uint32_t our_ssrc(const struct rd__converter *converter)
{
	return converter->ssrc ^ (uint32_t)converter->clock;
}

bool rd__converter_count_event(struct rd__converter *converter, struct rd__rtp *rtp)
{
	int64_t units = converter->units + (int32_t)(rtp->ts - converter->ts);

	if (!converter->started || converter->ssrc != rtp->ssrc)
		return false;
	rtp->ssrc = our_ssrc(converter);
	rtp->seq = ++converter->seq;
	rtp->ts = (uint32_t)(units * converter->ours / converter->clock);
	return true;
}

static uint32_t units_of(const struct rd__converter *converter, size_t samples)
{
	return (uint32_t)(samples * (size_t)converter->ours / (size_t)converter->resamplers.to);
}

/* ---- packets ---- */

static void emit(struct rd__converter *converter, struct rd__line *target,
		 const struct rd__line *from, const int16_t *samples, size_t count, uint32_t ts,
		 bool marker)
{
	struct rd__rtp rtp = { .ssrc = our_ssrc(converter),
			       .seq = (uint16_t)(converter->seq + 1),
			       .ts = ts,
			       .marker = marker };

	if (rd__line_say_packet(target, from, &rtp, samples, count))
		converter->seq++;
}

/* The rest of it never came. */
static void flush(struct rd__converter *converter, struct rd__line *target,
		  const struct rd__line *from)
{
	size_t waiting = converter->waiting;

	memset(converter->samples + waiting, 0,
	       (converter->frame - waiting) * sizeof(*converter->samples));
	converter->waiting = 0;
	emit(converter, target, from, converter->samples, converter->frame, converter->waiting_ts,
	     converter->waiting_marker);
}

bool rd__converter_count_noise(struct rd__converter *converter, struct rd__line *target,
			       const struct rd__line *from, struct rd__rtp *rtp)
{
	if (!converter->started || converter->ssrc != rtp->ssrc)
		return false;
	if (converter->waiting)
		flush(converter, target, from);
	return rd__converter_count_event(converter, rtp);
}

static bool goes_on(const struct rd__converter *converter, uint32_t ts)
{
	uint32_t expected = converter->waiting_ts + units_of(converter, converter->waiting);
	int32_t grain = (int32_t)units_of(converter, converter->frame) / 2;
	int32_t away = (int32_t)(ts - expected);

	return away > -grain && away < grain;
}

static size_t add(struct rd__converter *converter, const int16_t *samples, size_t count)
{
	size_t n = RD_MIN(count, converter->frame - converter->waiting);

	memcpy(converter->samples + converter->waiting, samples, n * sizeof(*samples));
	converter->waiting += n;
	return n;
}

static void pack(struct rd__converter *converter, struct rd__line *target,
		 const struct rd__piece *piece, const int16_t *samples, size_t count, uint32_t ts)
{
	bool marker = piece->marker;

	if (converter->waiting && !goes_on(converter, ts))
		flush(converter, target, piece->from);
	while (count) {
		size_t n;

		if (!converter->waiting) {
			converter->waiting_ts = ts;
			converter->waiting_marker = marker;
			marker = false;
		}
		n = add(converter, samples, count);
		samples += n;
		count -= n;
		ts += units_of(converter, n);
		if (converter->waiting == converter->frame)
			flush(converter, target, piece->from);
	}
}

static int16_t *room_for(struct rd__line *target, const struct rd__piece *piece)
{
	struct rd__thread *thread = target->thread;

	return piece->samples == thread->samples2 ? thread->samples : thread->samples2;
}

void rd__convert(struct rd__converter *converter, struct rd__line *target,
		 const struct rd__piece *piece)
{
	size_t count = piece->count;
	uint32_t ts = our_time(converter, piece);
	const int16_t *samples = rd__resamplers_run(&converter->resamplers, piece->rate,
						    piece->samples, &count,
						    room_for(target, piece), RD__FRAME_MAX);

	if (!samples || !count)
		return;
	if (converter->frame && (converter->waiting || count != converter->frame))
		pack(converter, target, piece, samples, count, ts);
	else
		emit(converter, target, piece->from, samples, count, ts, piece->marker);
}

void rd__converter_lost(struct rd__converter *converter, unsigned packets)
{
	converter->seq = (uint16_t)(converter->seq + packets);
}
