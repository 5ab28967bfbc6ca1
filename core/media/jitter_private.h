/* What a jitter buffer is made of, for jitter.c (as long as the weather asks for) and
 * jitter_fixed.c (always as long). */
#ifndef CORE_MEDIA_JITTER_PRIVATE_H
#define CORE_MEDIA_JITTER_PRIVATE_H

#include <speex/speex_jitter.h>

#include "core/media/jitter.h"

enum {
	/* What waits near by, and was played last; a multiple of the usual sizes. */
	RD__JITTER_NEAR_BYTES = 960,
	RD__JITTER_WAITING_MAX = 3,
	/* Packets whose bytes are remembered; older ones count as lost. */
	RD__JITTER_SLOTS = 64,
};

/* A packet as it was put, under a number that is used once. */
struct rd__jitter_slot {
	uint32_t number;
	uint64_t at; /* in all that was ever stored */
	struct rd__jitter_packet packet;
};

struct rd__jitter {
	JitterBuffer *speex;
	uint32_t step, rate;
	uint32_t number; /* of the last slot that was filled */
	uint32_t ssrc, last_ts; /* the latest that came */
	unsigned misses; /* in a row */
	bool started;
	bool calm; /* speexdsp is not asked */
	uint8_t waiting; /* while calm: so many of .near are to be played */
	uint8_t spare; /* the fewest that waited behind a packet lately */
	uint8_t late; /* lately, and passed over */
	bool played; /* a packet; of the last one: */
	uint32_t last_span, next_ts; /* its length, and of what follows it */
	unsigned in_time; /* packets in a row, while not calm */
	unsigned ticks; /* since it was last adjusted */
	/* The same few rows of memory for every packet, while calm: a ring, and
	 * those of it that wait, the next one first. */
	uint32_t near_end, near_run; /* where it ends, and how much is one sound */
	struct rd__jitter_packet near[RD__JITTER_WAITING_MAX];
	uint8_t near_bytes[RD__JITTER_NEAR_BYTES];
	/* What was asked for, in units: */
	bool ruled, fixed;
	uint32_t size; /* the most that waits, or what does if fixed; 0: any */
	uint32_t leap; /* of the talker's clock: a new beginning; 0: none is one */
	uint32_t hold; /* fixed: so long the first one still waits */
	uint32_t before; /* the number of the last slot before it began anew */
	struct rd__jitter_slot slots[RD__JITTER_SLOTS];
	size_t bytes;
	uint64_t head; /* of all that was ever stored */
	uint8_t ring[];
};

RD_API_BEGIN

/* -- jitter_store.c: the bytes -- */

/* NULL: it is longer than all that is remembered. */
struct rd__jitter_slot *rd__jitter_store(struct rd__jitter *jitter,
					 const struct rd__jitter_packet *packet);
/* NULL when something newer has taken its place, or that of its bytes. */
const struct rd__jitter_slot *rd__jitter_stored(const struct rd__jitter *jitter, uint32_t number);
/* The one that begins then, or the first one behind it; NULL: none. */
const struct rd__jitter_packet *rd__jitter_stored_from(const struct rd__jitter *jitter,
						       uint32_t ts);

/* -- jitter_fixed.c -- */

void rd__jitter_put_fixed(struct rd__jitter *jitter, const struct rd__jitter_packet *packet);
/* As rd__jitter_get(): .PACKET, or .IDLE while it waits, or .LOST with the span. */
enum rd__jitter_result rd__jitter_get_fixed(struct rd__jitter *jitter, uint32_t want,
					    struct rd__jitter_packet *out);

RD_API_END

#endif
