/* Registries of codecs and formats, for the engine: uses are counted, and
 * tables between codecs are kept. Switch thread only. */
#ifndef CORE_MEDIA_REGISTRY_H
#define CORE_MEDIA_REGISTRY_H

#include "core/media/media.h"

RD_API_BEGIN

/* change: +1 or -1. */
void rd__codec_use(const struct rd_codec *codec, int change);
void rd__format_use(const struct rd_format *format, int change);

/* The clock of its packets. */
static inline int rd__codec_clock(const struct rd_codec *codec)
{
	return codec->rtp_rate ? codec->rtp_rate : codec->rate;
}

/* The rate at which its states work when they are asked to work at this one. */
int rd__codec_rate_near(const struct rd_codec *codec, int wanted);

/* The codec goes: so do its tables. NULL: all of them. */
void rd__law_tables_forget(const struct rd_codec *codec);

RD_API_END

#endif
