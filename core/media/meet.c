/* Where two streams could hear each other without conversion, or with less of it, if
 * one of them sent something else that it has agreed on. */
#include "core/media/media.h"
#include "core/media/setup.h"
#include "core/media/stream.h"

/* The first of a's that b takes. */
static const struct rd_codec *common(const struct rd_stream *a, const struct rd_stream *b)
{
	const struct rd_stream_config *config = rd_stream_config(a);

	for (int i = 0; i < config->format_count; i++)
		if (rd__takes_codec(b->setup, config->formats[i].codec))
			return config->formats[i].codec;
	return NULL;
}

const struct rd_codec *rd__streams_meet(const struct rd_stream *a, const struct rd_stream *b)
{
	const struct rd_codec *from_a = rd__sent_codec(a->setup),
			      *from_b = rd__sent_codec(b->setup);

	if (!from_a || !from_b ||
	    (rd__takes_codec(b->setup, from_a) && rd__takes_codec(a->setup, from_b)))
		return NULL;
	/* Rather one of them changes than both. */
	if (rd__takes_codec(a->setup, from_b))
		return from_b;
	return rd__takes_codec(b->setup, from_a) ? from_a : common(a, b);
}

const struct rd_codec *rd__unconvertible(const struct rd_stream *a, const struct rd_stream *b)
{
	const struct rd_codec *from_a = rd__sent_codec(a->setup),
			      *from_b = rd__sent_codec(b->setup);

	if (from_a && (!from_a->decode || !from_a->encode))
		return from_a;
	return from_b && (!from_b->decode || !from_b->encode) ? from_b : NULL;
}

bool rd__conversion_costs(const struct rd_stream *a, const struct rd_stream *b)
{
	return !rd__law_table(rd__sent_codec(a->setup), rd__sent_codec(b->setup));
}

struct rd_beyond rd__beyond_of(const struct rd_stream_config *config)
{
	struct rd_beyond beyond = { .ptime_ms = config->asked_ptime_ms,
				    .packet_ms_max = config->packet_ms_max };

	for (int i = 0; i < config->format_count; i++) {
		const struct rd_stream_format *format = &config->formats[i];

		beyond.rate = RD_MAX(beyond.rate, format->codec->rate);
		if (format->codec->stereo)
			beyond.stereo |= format->codec->stereo(format->fmtp);
	}
	return beyond;
}
