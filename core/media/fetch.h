/* What the next packets are going to need comes from memory while others are
 * dealt with: there are more lines than a cache holds. In three steps, since
 * each finds its pointers in what the last one has brought. */
#ifndef CORE_MEDIA_FETCH_H
#define CORE_MEDIA_FETCH_H

#include "core/media/line.h"
#include "core/media/ring.h"
#include "core/media/setup.h"
#include "core/media/srtp.h"

/* What lies anywhere, whole rows of it. */
static inline void rd__fetch(const void *from, size_t size)
{
	const char *end = (const char *)from + size;
	const char *at = (const char *)from - (uintptr_t)from % RD__CACHE_LINE;

	for (; at < end; at += RD__CACHE_LINE)
		__builtin_prefetch(at, 1);
	/* A function that only fetches has no effect, gcc says, and is left out. */
	__asm__ volatile("");
}

/* From one member of a structure up to another. */
#define RD__FETCH_PART(object, first, next)                                                        \
	rd__fetch((const char *)(object) + offsetof(__typeof__(*(object)), first),                 \
		  offsetof(__typeof__(*(object)), next) - offsetof(__typeof__(*(object)), first))

/* Two packets ahead. */
static inline void rd__fetch_line(const struct rd__line *line)
{
	RD__FETCH_PART(line, receiver, source.remote);
}

/* The same of one that only sends. */
static inline void rd__fetch_sender(const struct rd__line *line)
{
	RD__FETCH_PART(line, thread, source.remote);
	RD__FETCH_PART(line, sender, in_round);
}

/* The same of one that ticks. */
static inline void rd__fetch_ticking(const struct rd__line *line)
{
	RD__FETCH_PART(line, thread, source.remote);
	RD__FETCH_PART(line, sender, dtmf_in.ts);
}

static inline void rd__fetch_setup(const struct rd__setup *setup)
{
	if (setup)
		RD__FETCH_PART(setup, encoder, config.formats[0].fmtp);
}

/* What it takes to hear samples. */
static inline void rd__fetch_decoder(const struct rd__setup *setup)
{
	if (setup)
		RD__FETCH_PART(setup, rate_in[0], decoder[1]);
}

/* One packet ahead. */
static inline void rd__fetch_next(const struct rd__line *line)
{
	rd__fetch_setup(line->setup);
	if (line->peer)
		rd__fetch_sender(line->peer);
}

static inline void rd__fetch_key(const struct rd__srtp *srtp)
{
	if (srtp)
		rd__fetch(srtp, RD__SRTP_HOT);
}

/* While the kernel is asked for the packet. */
static inline void rd__fetch_rest(const struct rd__line *line)
{
	rd__fetch_key(line->keys.in);
	if (!line->peer)
		return;
	rd__fetch_key(line->peer->keys.out);
	rd__fetch_setup(line->peer->setup);
	if (line->converter)
		rd__fetch_decoder(line->setup);
}

#endif
