/* How packets come to a line. On the media thread. */
#ifndef CORE_MEDIA_RECEIVE_H
#define CORE_MEDIA_RECEIVE_H

#include <ringdown/base.h>

#include "core/media/quality.h"
#include "core/media/rtp.h"

struct rd__address;
struct rd__line;

struct rd__receiver {
	struct rd__rtp_reception reception;
	struct rd__loss_runs runs;
	uint64_t packets, bytes, heard_us; /* when the last packet came */
	uint32_t refused; /* by SRTP */
	/* strangers: dropped here, while it is learned who may be heard, or by ICE; once
	 * the socket is connected the kernel drops them. lost_before: by former sources. */
	uint32_t strangers, lost_before;
	bool first_told, timeout_told;
	/* Packets that did not come between the last one and the one before; those
	 * that are worth making up for. */
	unsigned gap, missed;
};

RD_API_BEGIN

/* One packet; false when none waits. */
bool rd__line_receive(struct rd__line *line);
/* Likewise from its ear (ear.h). */
void rd__line_receive_elsewhere(struct rd__line *line);
void rd__line_receive_rtcp(struct rd__line *line);

/* -- for each kind of packet: of RTP all that is known of it -- */

/* Is it from whom we talk to? That is learned here. */
bool rd__line_knows(struct rd__line *line, const struct rd__address *from,
		    const struct rd__rtp *rtp);
/* It was heard, with so many bytes of payload: true when it came in order. */
bool rd__line_count(struct rd__line *line, const struct rd__rtp *rtp, size_t size);

RD_API_END

#endif
