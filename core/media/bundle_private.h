/* What a carrier knows of the lines that share its port: made by bundle.c, used on the
 * carrier's thread, and freed when the next one has taken its place. */
#ifndef CORE_MEDIA_BUNDLE_PRIVATE_H
#define CORE_MEDIA_BUNDLE_PRIVATE_H

#include "core/media/bundle.h"

enum {
	RD__BRANCHES = 12, /* the carrier's own is the first */
	RD__BUNDLE_SOURCES = 16,
};

struct rd__branch {
	int fd; /* of the socket pair; -1: the carrier itself */
	char mid[RD_MID_MAX];
	uint64_t payloads[2]; /* a bit for each type */
};

struct rd__bundle {
	uint8_t mid_id;
	int count, next;
	struct rd__branch branches[RD__BRANCHES];
	/* Whose packets are whose. */
	struct {
		uint32_t ssrc;
		int branch;
	} sources[RD__BUNDLE_SOURCES];
	int source_count;
};

#endif
