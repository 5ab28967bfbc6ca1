/* Decoders of a setup. One with a memory that begins in the middle of a voice is
 * heard to fade in: so the last packets of each are kept, and those that it does not
 * know of it decodes, for nobody, before the next one. Such are packets that were
 * passed on as they are, and all of them once its rate has changed. */
#ifndef CORE_MEDIA_DECODER_H
#define CORE_MEDIA_DECODER_H

#include "core/media/setup.h"

enum {
	RD__RECENT_PACKETS = 8,
	RD__RECENT_BYTES = 480, /* of one packet; what came before a longer one is forgotten */
};

struct rd__recent {
	uint8_t next, kept, unknown;
	struct {
		uint16_t size;
		uint8_t bytes[RD__RECENT_BYTES];
	} packets[RD__RECENT_PACKETS];
};

RD_API_BEGIN

/* On the switch thread; NULL: out of memory. */
struct rd__recent *rd__recent_new(void);
void rd__recent_free(struct rd__recent *recent);

/* -- on the media thread -- */

/* What the codec's decode() says to it, by the decoder of this format. */
int rd__setup_decode(struct rd__setup *setup, int format, const uint8_t *data, size_t size,
		     int16_t *out, size_t max);
/* It is passed on, and not decoded. */
void rd__setup_pass(struct rd__setup *setup, int format, const uint8_t *data, size_t size);
/* The decoder has been begun anew. recent may be NULL. */
void rd__recent_unknown(struct rd__recent *recent);
/* One more of them, which is unknown. */
void rd__recent_keep(struct rd__recent *recent, const uint8_t *data, size_t size);
/* The packet that so many come behind, itself counted. */
static inline const uint8_t *rd__recent_packet(const struct rd__recent *recent, int back,
					       size_t *size)
{
	int at = (recent->next + RD__RECENT_PACKETS - back) % RD__RECENT_PACKETS;

	*size = recent->packets[at].size;
	return recent->packets[at].bytes;
}

/* Decode it: what decode() says. */
int rd__recent_decode(const struct rd__recent *recent, int back, const struct rd_codec *codec,
		      void *decoder, int16_t *out, size_t max);

RD_API_END

#endif
