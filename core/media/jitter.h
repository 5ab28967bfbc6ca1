/* A jitter buffer: packets of one talker as they come, in order and in time
 * as they are played; what is missing is said, so that the decoder conceals
 * it. speexdsp decides how long to wait; the bytes lie in a ring of our own,
 * because its copies would be allocated one by one.
 *
 * Made and freed on the switch thread, used on a media thread. All times are
 * units of the RTP clock. */
#ifndef CORE_MEDIA_JITTER_H
#define CORE_MEDIA_JITTER_H

#include <ringdown/stream.h>

struct rd__jitter;

struct rd__jitter_packet {
	const uint8_t *data; /* out: valid until the next put */
	size_t size;
	uint32_t ts, span, ssrc;
	uint16_t seq;
	uint8_t format; /* the caller's */
	bool marker;
};

enum rd__jitter_result {
	RD__JITTER_PACKET = 1,
	RD__JITTER_LOST, /* .span units are to be concealed */
	RD__JITTER_STRETCH, /* the same, to wait longer from now on */
	RD__JITTER_IDLE, /* nothing has come for a while: silence */
};

enum { RD__JITTER_HOT = 112 }; /* bytes in front that each packet needs; for fetch.h */

RD_API_BEGIN

/* step: units that are fetched at a time; rate: of the clock; bytes: how much
 * it holds. 0 or -ENOMEM. */
int rd__jitter_new(struct rd__jitter **jp, uint32_t step, uint32_t rate, size_t bytes);
void rd__jitter_free(struct rd__jitter *jitter);
/* How long packets wait, from now on; what waits is dropped. Without a rule, or with one
 * that wants nothing, as long as the weather asks for. */
void rd__jitter_rule(struct rd__jitter *jitter, const struct rd_jitter_buffer *rule);

/* Copied; what is older than what was played, or passed over because it was late,
 * is dropped. */
void rd__jitter_put(struct rd__jitter *jitter, const struct rd__jitter_packet *packet);
/* The next one, of about `want` units. */
enum rd__jitter_result rd__jitter_get(struct rd__jitter *jitter, uint32_t want,
				      struct rd__jitter_packet *out);
/* The packet that begins where the one ends that was said to be lost: what it has of that
 * one may be of use. NULL: it has not come. */
const struct rd__jitter_packet *rd__jitter_behind(const struct rd__jitter *jitter);
/* A step has passed; of what was fetched so many units are not played yet. */
void rd__jitter_tick(struct rd__jitter *jitter, uint32_t left);
/* All that is still in it, without waiting; false at the end. */
bool rd__jitter_drain(struct rd__jitter *jitter, struct rd__jitter_packet *out);
void rd__jitter_reset(struct rd__jitter *jitter);
/* Is each packet there when it is wanted? Then the bytes of those that were
 * played last are remembered, one behind the other: copied to out, oldest
 * first, as many as there are and fit. Returns how many. */
bool rd__jitter_calm(const struct rd__jitter *jitter);
size_t rd__jitter_played(const struct rd__jitter *jitter, uint8_t *out, size_t max);
/* Is it of one length, and is anything in it? */
bool rd__jitter_holds(const struct rd__jitter *jitter);
/* Is anything in it? */
bool rd__jitter_waiting(struct rd__jitter *jitter);

RD_API_END

#endif
