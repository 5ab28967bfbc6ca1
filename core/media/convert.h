/* Between two lines that share no codec: what one hears becomes what the other
 * is told. Rates meet, packets get the length that the other side wants, gaps
 * are concealed, and times are counted by the other side's clock.
 *
 * One for each direction; made with the link on the switch thread, used on the
 * media thread, given back by event when the link ends. */
#ifndef CORE_MEDIA_CONVERT_H
#define CORE_MEDIA_CONVERT_H

#include <ringdown/base.h>

#include "core/media/plc.h"
#include "core/media/resample.h"
#include "core/media/sorter.h"

struct rd__law_table;
struct rd__line;
struct rd__rtp;
struct rd_stream;

struct rd__converter {
	int decode_rate; /* for those decoders of the speaker's that can choose */
	struct rd__resamplers resamplers; /* .to: what the listener's encoder takes */
	struct rd__plc *plc; /* NULL: the codec conceals by itself */
	int last_count; /* samples of the packet before, as decoded */
	struct rd__sorter sorter; /* before the decoder */
	/* Times: theirs become ours. */
	bool started;
	uint32_t ssrc, ts, base;
	int clock, ours;
	int64_t units; /* of their clock since base */
	uint16_t seq;
	/* What waits for the rest of its packet. */
	size_t frame; /* samples of a packet; 0: of any length */
	size_t waiting;
	uint32_t waiting_ts;
	bool waiting_marker;
	int16_t samples[];
};

/* A piece of sound on its way. */
struct rd__piece {
	const struct rd__line *from;
	uint32_t ssrc, ts; /* in units of clock */
	int rate, clock;
	bool marker;
	const int16_t *samples;
	size_t count;
};

RD_API_BEGIN

/* For a codec of from's that `to` does not take: its bytes become those that `to` is
 * sent, without a converter. NULL: there is none. */
const struct rd__law_table *rd__link_table(const struct rd_stream *from,
					   const struct rd_stream *to);
/* What `to` is to be told of what `from` hears. *cp is NULL when every packet can
 * be relayed, or mapped by the table. 0 or -ENOMEM. */
int rd__converter_new(struct rd__converter **cp, const struct rd_stream *from,
		      const struct rd_stream *to);
void rd__converter_free(struct rd__converter *converter);
/* The rate that codecs with a choice take when these two are linked. */
int rd__meeting_rate(const struct rd_stream *stream, const struct rd_stream *peer);

/* -- on the media thread -- */

void rd__convert(struct rd__converter *converter, struct rd__line *target,
		 const struct rd__piece *piece);
/* A packet that goes beside what is converted, as it is: it gets the next number, and its
 * time by our clock. False when it is of nobody who was converted. */
bool rd__converter_count_event(struct rd__converter *converter, struct rd__rtp *rtp);
/* The same of one that says how the silence sounds that begins: what waits goes before it. */
bool rd__converter_count_noise(struct rd__converter *converter, struct rd__line *target,
			       const struct rd__line *from, struct rd__rtp *rtp);
/* So many packets were lost for good. */
void rd__converter_lost(struct rd__converter *converter, unsigned packets);

RD_API_END

#endif
