/* Setups: what was agreed on for a stream, ready for use. Made on the switch
 * thread, used on the media thread, freed when the next one has taken its place. */
#ifndef CORE_MEDIA_SETUP_H
#define CORE_MEDIA_SETUP_H

#include <stddef.h>

#include <ringdown/codec.h>
#include <ringdown/stream.h>

struct rd_codec;
struct rd__recent;

enum {
	RD__FRAME_MAX = 5760, /* samples in one packet: 120 ms at 48 kHz */
	RD__TICK_MS = 20,
};

/* A table from the bytes of one codec to those of another: both have one byte
 * for each sample and no state. */
struct rd__law_table {
	const struct rd_codec *from, *to;
	uint8_t map[256];
};

/* Both sides may read .config. */
struct rd__setup {
	uint32_t serial; /* of all setups */
	/* rtp.conf, as it was then. */
	int rtcp_interval_ms, learn_packets;
	bool strict;
	/* The rates are of their samples. States that have a choice follow whom they
	 * are linked to; the media thread's, once it has the setup. */
	int rate_in[RD_STREAM_FORMATS];
	void *decoder[RD_STREAM_FORMATS];
	struct rd__recent *recent[RD_STREAM_FORMATS]; /* of those with a memory (decoder.h) */
	struct rd__recent *said; /* what was sent of formats[0], likewise (encoder.h) */
	/* A packet that is relayed soon, which the encoder's resemble; NULL: none. */
	const uint8_t *like;
	size_t like_size;
	bool resembles; /* it does now */
	/* From here to the first format: what every packet needs (fetch.h). */
	void *encoder; /* of formats[0] */
	int rate_out;
	bool secure; /* packets are, or nothing goes */
	uint8_t payloads[RD_STREAM_FORMATS]; /* types of the formats */
	struct rd_stream_config config;
};

/* Which of our formats has this payload type? The first, where two have it; -1: none. */
static inline int rd__format_of(const struct rd__setup *setup, uint8_t payload)
{
	for (int i = 0; i < setup->config.format_count; i++)
		if (setup->payloads[i] == payload)
			return i;
	return -1;
}

static inline const struct rd_stream_format *rd__sent_format(const struct rd__setup *setup)
{
	return setup && setup->config.format_count ? &setup->config.formats[0] : NULL;
}
/* setup may be NULL. */
static inline const struct rd_codec *rd__sent_codec(const struct rd__setup *setup)
{
	const struct rd_stream_format *format = rd__sent_format(setup);

	return format ? format->codec : NULL;
}
static inline bool rd__takes_codec(const struct rd__setup *setup, const struct rd_codec *codec)
{
	for (int i = 0; setup && i < setup->config.format_count; i++)
		if (setup->config.formats[i].codec == codec)
			return true;
	return false;
}
/* Milliseconds of a packet that we make. */
static inline int rd__frame_ms(const struct rd_stream_format *format)
{
	return format->ptime_ms ? format->ptime_ms
				: (format->codec->ptime_ms ? format->codec->ptime_ms : RD__TICK_MS);
}

RD_API_BEGIN

/* The switch thread's: what a media thread needs of a configuration, codecs begun.
 * 0 or negative (logged by nobody): -ENOMEM, or what a codec says. */
int rd__setup_new(struct rd__setup **sp, const struct rd_stream_config *config);
void rd__setup_free(struct rd__setup *setup);
/* What the one of before knows goes on where it is wanted again; what is left of that is
 * to be freed. On the media thread. */
void rd__setup_go_on(struct rd__setup *setup, struct rd__setup *before);
/* Let states that have a choice work as near to this rate as they can; 0: at the
 * codec's own. On the media thread. */
void rd__setup_tune_in(struct rd__setup *setup, int rate);
void rd__setup_tune_out(struct rd__setup *setup, int rate);
/* NULL when there is none. */
const struct rd__law_table *rd__law_table(const struct rd_codec *from, const struct rd_codec *to);

RD_API_END

#endif
