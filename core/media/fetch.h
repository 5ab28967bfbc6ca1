/* What the next packets are going to need comes from memory while others are
 * dealt with: there are more lines than a cache holds. In three steps, since
 * each finds its pointers in what the last one has brought. */
#ifndef CORE_MEDIA_FETCH_H
#define CORE_MEDIA_FETCH_H

#include "core/media/line.h"
#include "core/media/ring.h"
#include "core/media/setup.h"
#include "core/media/srtp.h"

static inline void rd__fetch(const void *from, size_t size)
{
	for (size_t at = 0; at < size; at += RD__CACHE_LINE)
		__builtin_prefetch((const char *)from + at, 1);
	/* A function that only fetches has no effect, gcc says, and is left out. */
	__asm__ volatile("");
}

/* Two packets ahead. */
static inline void rd__fetch_line(const struct rd__line *line)
{
	rd__fetch(line, RD__LINE_HOT);
}

/* The same of one that ticks. */
static inline void rd__fetch_ticking(const struct rd__line *line)
{
	rd__fetch_line(line);
	rd__fetch(&line->in_wheel, sizeof(line->in_wheel) + sizeof(line->due_us));
}

/* One packet ahead. */
static inline void rd__fetch_setup(const struct rd__line *line)
{
	if (line->setup)
		rd__fetch(line->setup, RD__SETUP_HOT);
	if (line->peer)
		rd__fetch(line->peer, RD__LINE_HOT);
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
	if (line->peer->setup)
		rd__fetch(line->peer->setup, RD__SETUP_HOT);
}

#endif
