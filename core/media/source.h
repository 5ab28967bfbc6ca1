/* Whom a line talks to: the address that was agreed on, or the one that its far
 * end turns out to have. On the media thread. */
#ifndef CORE_MEDIA_SOURCE_H
#define CORE_MEDIA_SOURCE_H

#include <ringdown/base.h>

#include "core/media/address.h"
#include "core/media/rtp.h"

struct rd__line;

/* Where packets come from and go to (RFC 4961, with the care of RFC 7362). */
struct rd__source {
	bool locked; /* nobody but .remote is heard */
	bool connected; /* nor does the kernel take anybody else's packets */
	bool learned; /* .remote is not what was agreed on */
	unsigned heard; /* packets of a learned one, up to what makes it the one */
	uint16_t candidate_seq;
	int candidate_run;
	uint64_t candidate_us;
	uint64_t heard_us; /* when a learned one was */
	uint64_t connected_us; /* the queue may hold older packets for a moment */
	struct rd__address remote; /* where we send */
	struct rd__address agreed; /* what offer and answer said */
	struct rd__address candidate; /* seen, not trusted yet */
};

RD_API_BEGIN

void rd__source_agree(struct rd__line *line);
/* Is this packet's sender the one? May learn and lock. */
bool rd__source_accept(struct rd__line *line, const struct rd__address *from,
		       const struct rd__rtp *rtp);
/* A far end that is silent may have moved: listen for it elsewhere. */
void rd__source_round(struct rd__line *line);

RD_API_END

#endif
