/* What receivers ask of senders, on the wire (RFC 4585 §6, RFC 5104 §4): read
 * and printed. No sockets, no lines. */
#ifndef CORE_MEDIA_FEEDBACK_H
#define CORE_MEDIA_FEEDBACK_H

#include <ringdown/base.h>

enum {
	RD__FEEDBACK_RTP = 205,
	RD__FEEDBACK_NACK = 1,
	RD__FEEDBACK_PICTURE = 206,
	RD__FEEDBACK_PLI = 1,
	RD__FEEDBACK_SLI = 2,
	RD__FEEDBACK_FIR = 4,
	RD__FEEDBACK_HEADER = 12,
	RD__FEEDBACK_DETAIL_MAX = 128, /* more is left off: the longest that is written */
};

struct rd__feedback {
	uint8_t type, format;
	uint32_t sender, media; /* SSRCs: who asks, and of whom */
	const uint8_t *detail;	/* words, by format */
	size_t size;
};

RD_API_BEGIN

/* The next one of a compound packet, which is shortened; false: no more. */
bool rd__feedback_next(struct rd__feedback *feedback, const uint8_t **packet, size_t *size);
/* Returns the size; out holds RD__FEEDBACK_HEADER and the detail. */
size_t rd__feedback_print(uint8_t *out, const struct rd__feedback *feedback);

RD_API_END

#endif
