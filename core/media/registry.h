/* Registries of codecs and formats, for the engine: uses are counted, and
 * tables between codecs are kept. Switch thread only. */
#ifndef CORE_MEDIA_REGISTRY_H
#define CORE_MEDIA_REGISTRY_H

#include <ringdown/list.h>

#include "core/media/media.h"

RD_API_BEGIN

/* change: +1 or -1. */
void rd__codec_use(const struct rd_codec *codec, int change);

/* A file that is being read or written, in one of these formats; to be embedded. */
struct rd__format_use {
	struct rd_list link;
	const char *path;
	const struct rd_format *const *formats;
	int count;
};
void rd__format_use_begin(struct rd__format_use *use);
/* Harmless when it has not begun. */
void rd__format_use_end(struct rd__format_use *use);

/* The rate at which its states work when they are asked to work at this one. */
int rd__codec_rate_near(const struct rd_codec *codec, int wanted);

/* The codec goes: so do its tables. NULL: all of them. */
void rd__law_tables_forget(const struct rd_codec *codec);

RD_API_END

#endif
