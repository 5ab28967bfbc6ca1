/* Comfort noise (RFC 3389): how loud and of what colour a far end says that its silence
 * is, and noise like it. */
#ifndef CORE_MEDIA_NOISE_H
#define CORE_MEDIA_NOISE_H

#include <ringdown/base.h>

#include "core/media/noise.h"

enum {
	RD__NOISE_PAYLOAD = 13, /* its static type */
	RD__NOISE_ORDER = 10, /* coefficients that count; more is detail */
};

struct rd__noise {
	float level; /* of its samples, RMS */
	int order;
	float reflection[RD__NOISE_ORDER], memory[RD__NOISE_ORDER + 1];
	uint32_t random;
};

RD_API_BEGIN

/* What a packet says; what was made before goes on softly. False for an empty one. */
bool rd__noise_read(struct rd__noise *noise, const uint8_t *payload, size_t size);
/* Samples; the colour is right at 8 kHz, at other rates they are white. */
void rd__noise_make(struct rd__noise *noise, int rate, int16_t *out, size_t count);

RD_API_END

#endif
