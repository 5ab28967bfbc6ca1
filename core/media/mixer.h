/* The mixer: a room of any number of streams on one media thread. Each hears
 * the sum of the others. Knows streams, no channels; core/call/bridge.h does.
 *
 * Only those who talk are decoded further and summed; those who do not, and
 * hear the room as it is, share one encoding for each codec.
 *
 * Everything here is called on the switch thread and never waits. A stream is
 * linked to another one (media.h), or in a mixer, or neither. Changing from one
 * to the other loses no packet: link, join and leave in one turn of the loop. */
#ifndef CORE_MEDIA_MIXER_H
#define CORE_MEDIA_MIXER_H

#include <ringdown/stream.h>

#include "core/media/mix_sum.h"

struct rd__mixer;

struct rd__mixer_options {
	int rate; /* one of rd_mix_rates; 0: the first */
	int frame_ms; /* 10, 20 or 40; 0: 20 */
	struct rd_stream *near; /* begin on its thread; may be NULL */
};

/* What one stream is in a room. All zero: hears all, is heard by all. */
struct rd__mix_role {
	bool mute; /* heard by nobody */
	bool deaf; /* hears silence */
	int gain_in, gain_out; /* RD__MIX_UNITY is 1; 0 too */
	struct rd_stream *hears; /* only this one's voice, of the same room */
	struct rd_stream *heard_by; /* only this one hears it */
	bool denoise, level; /* speexdsp's noise suppression and gain control */
	bool always; /* heard also where detection says silence */
	struct rd_jitter_buffer buffer; /* what it says waits so */
};

RD_API_BEGIN

/* Whether there are mixes of such a rate, in Hz, and such frames; 0: the usual one. */
bool rd__mixer_takes(int rate, int frame_ms);
/* 0, -EINVAL, -ENODEV (no engine) or -ENOMEM. */
int rd__mixer_new(struct rd__mixer **mp, const struct rd__mixer_options *options);
/* So many streams of a room are on one thread before another gets some; for tests. */
void rd__mixer_spread(int streams);
/* Those who are still in it leave. */
void rd__mixer_close(struct rd__mixer *mixer);

/* The stream leaves its link or its former room. It raises RD_STREAM_TALK_BEGIN
 * and _END. 0 or -ENOMEM: then all is as it was. */
int rd__mixer_join(struct rd__mixer *mixer, struct rd_stream *stream,
		   const struct rd__mix_role *role);
/* From here on, those of the room that are not marked again, by joining or by
 * getting a role, are to leave: rd__mixer_sweep(). */
void rd__mixer_mark(struct rd__mixer *mixer);
void rd__mixer_sweep(struct rd__mixer *mixer);
/* Change the role of one that is in a room; free where it has that one already. 0,
 * -ENOENT or -ENOMEM. */
int rd__mixer_set_role(struct rd_stream *stream, const struct rd__mix_role *role);
/* Harmless when it is in none. Closing a stream does it. */
void rd__mixer_leave(struct rd_stream *stream);
/* NULL: in none. */
struct rd__mixer *rd__stream_mixer(const struct rd_stream *stream);

/* A mouth and an ear of the room itself: what this stream plays is heard by all
 * (rd__stream_play), what it receives is all that is said (rd__stream_record).
 * Closed with rd_stream_close(). 0 or -ENOMEM. */
int rd__mixer_speaker(struct rd__mixer *mixer, struct rd_stream **sp);

/* Samples from another thread into the room: written by one, at the room's rate.
 * Leaves with rd__mixer_feed_free(), or with the room. 0 or -ENOMEM. */
struct rd__port;
int rd__mixer_feed_new(struct rd__mixer *mixer, struct rd__port **pp);
void rd__mixer_feed(struct rd__port *port, const int16_t *samples, size_t count);
void rd__mixer_feed_free(struct rd__port *port);

RD_API_END

#endif
