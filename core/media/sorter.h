/* Packets of one talker that have overtaken each other, in the order of their numbers
 * again, for who decodes them: one that is not the next one waits for those that it has
 * overtaken, for a short time. Nothing waits that comes in order; and where what is
 * missing has turned out to be lost, a few times, nothing waits either, until one is
 * seen to come late.
 *
 * Begun and ended on the switch thread, used on a media thread. */
#ifndef CORE_MEDIA_SORTER_H
#define CORE_MEDIA_SORTER_H

#include <ringdown/base.h>

#include "core/media/rtp.h"

enum {
	RD__SORTER_SLOTS = 8,
	RD__SORTER_BYTES = 480, /* of a payload; a longer one does not wait */
	RD__SORTER_WAIT_US = 40000,
};

struct rd__sorted {
	struct rd__rtp rtp; /* .payload: the bytes here */
	int format;	    /* the caller's */
	bool waits;
	uint64_t come_us;
	uint8_t bytes[RD__SORTER_BYTES];
};

struct rd__sorter {
	uint8_t waiting, hope;
	uint16_t next; /* while some wait: the number that is missing */
	/* Those that were given up last, and when they were missed. */
	uint16_t lost_from, lost_count;
	uint64_t lost_us;
	struct rd__sorted *slots;
};

RD_API_BEGIN

/* 0 or -ENOMEM. One of zeroes keeps nothing. */
int rd__sorter_init(struct rd__sorter *sorter);
void rd__sorter_fini(struct rd__sorter *sorter);

/* A packet behind which nothing came yet; missed: so many before it did not. True: it
 * waits now. False: it goes at once, behind all that waits. */
bool rd__sorter_keep(struct rd__sorter *sorter, const struct rd__rtp *rtp, int format,
		     unsigned missed, uint64_t now_us);
/* One that others have overtaken. True: it was waited for. */
bool rd__sorter_keep_late(struct rd__sorter *sorter, const struct rd__rtp *rtp, int format,
			  uint64_t now_us);
/* The next one whose turn it is, until the next call; *missed: so many before it were
 * given up. NULL: nobody's; with UINT64_MAX for now, nobody waits. */
const struct rd__sorted *rd__sorter_next(struct rd__sorter *sorter, uint64_t now_us,
					 unsigned *missed);

RD_API_END

#endif
