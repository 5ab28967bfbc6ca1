/* How packets leave a line: relayed, encoded, or encoded already. On the media
 * thread. */
#ifndef CORE_MEDIA_SEND_H
#define CORE_MEDIA_SEND_H

#include <ringdown/base.h>

#include "core/media/rtp.h"

struct rd__line;

/* The outgoing packet stream: one SSRC, sequence and time without a jump,
 * whatever its source at the moment. */
struct rd__sender {
	uint32_t ssrc, ts;
	uint16_t seq;
	uint64_t sent_us; /* when .ts was sent */
	uint32_t span; /* units that the packet last sent lasts */
	uint32_t burst; /* of those that went out before it in the same pass */
	const void *source; /* who gave it: a line, a player, ... */
	uint32_t source_ssrc; /* of the line */
	uint32_t source_ts;
	uint16_t source_seq;
	uint16_t source_first; /* that the shifts hold for */
	uint32_t ts_shift;
	uint16_t seq_shift;
	/* Units that .ts is ahead of the clock, since one source began before the
	 * packet of another had been played. */
	int32_t lead;
	bool started, marker; /* the next one is marked */
	uint8_t leading; /* packets that are encoded before it is relayed (hear.c) */
	uint64_t packets, bytes;
	uint32_t errors;
};

/* The event of another's that was last passed on: all of its packets have one time,
 * theirs and ours. */
struct rd__passed_event {
	const void *source; /* the line */
	uint32_t ssrc, ts, sent_ts;
};

RD_API_BEGIN

/* May packets go out now? */
bool rd__line_can_send(const struct rd__line *line);
/* Forward a packet that `from` received; payload_type is ours, and it lasts span units
 * (0: who knows). The payload has room for a header before it. */
void rd__line_relay(struct rd__line *line, const struct rd__line *from, struct rd__rtp *rtp,
		    uint8_t payload_type, uint32_t span);
/* The same in pieces of so many bytes, which last so many units, for who takes no longer
 * packets. The payload is spoilt. */
void rd__line_relay_cut(struct rd__line *line, const struct rd__line *from, struct rd__rtp *rtp,
			uint8_t payload_type, size_t bytes, uint32_t units);
/* The same for a telephone event, which has the time and the numbers of the voice that
 * `from` sends beside it, also where that is converted, and moves neither. */
void rd__line_pass_event(struct rd__line *line, const struct rd__line *from, struct rd__rtp *rtp,
			 uint8_t payload_type);
/* And for comfort noise, which is of the same source as the voice. */
void rd__line_pass_noise(struct rd__line *line, const struct rd__line *from, struct rd__rtp *rtp);
/* Encode and send samples that source makes in real time. */
void rd__line_say(struct rd__line *line, const void *source, const int16_t *samples, size_t count);
/* The same, encoded already: so many bytes, for so many samples at the codec's own rate,
 * lie in the thread's .packet2 behind room for the header. */
void rd__line_say_bytes(struct rd__line *line, const void *source, size_t size, size_t samples);
/* The same for what came in a packet of `from`, under its numbers, in units of
 * our clock. False when no packet went out: the codec had nothing to say. */
bool rd__line_say_packet(struct rd__line *line, const struct rd__line *from,
			 const struct rd__rtp *numbers, const int16_t *samples, size_t count);
/* A telephone-event packet: ts fixed for the event. */
void rd__line_send_event(struct rd__line *line, const uint8_t *payload, uint32_t ts, bool first);
/* Where nothing was sent for a while, one packet of noise, also on hold: it keeps a NAT's
 * door open (RFC 6263). */
void rd__line_keep_alive(struct rd__line *line);
/* -- what sends: send.c, say.c -- */

/* A datagram to the far end, as it is; so many bytes of it are payload. */
void rd__line_put(struct rd__line *line, const uint8_t *packet, size_t size, size_t payload);

/* One packet, numbered and with its time, which lasts `span`. */
void rd__line_send(struct rd__line *line, struct rd__rtp *rtp, uint32_t span);
/* One under its source's numbers, of which so many before it are missing. */
void rd__line_send_of(struct rd__line *line, const void *source, struct rd__rtp *rtp, uint32_t span,
		      unsigned missing);
/* Hz of its RTP clock, and its units in a tick. */
uint32_t rd__line_clock(const struct rd__line *line);
uint32_t rd__line_frame_units(const struct rd__line *line);
/* The RTP time that a packet of a new source would have now. */
uint32_t rd__sender_now(struct rd__line *line, const void *source);

RD_API_END

#endif
