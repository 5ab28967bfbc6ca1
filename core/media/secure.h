/* The keys of a line: given by the switch thread, one for each direction,
 * used for every packet on the media thread, and freed when they come back. */
#ifndef CORE_MEDIA_SECURE_H
#define CORE_MEDIA_SECURE_H

#include <ringdown/stream.h>

#include "core/media/srtp.h"

struct rd__line;

enum rd__key_use {
	RD__KEY_IN,
	RD__KEY_OUT,
	RD__KEY_OUT_ON, /* to the same receiver as the key before: packets are counted on */
};

RD_API_BEGIN

/* -- the switch thread's -- */

/* Bring about what was agreed on. 0 or -ENOMEM. */
int rd__stream_secure(struct rd_stream *stream, const struct rd_stream_config *config);
/**
 * Let the line use these keys from now on; a key with suite NONE takes the
 * direction's key away. One that is in use already stays as it is, with its
 * packet numbers. 0 or -ENOMEM; then all is as before.
 */
int rd__stream_set_keys(struct rd_stream *stream, const struct rd_srtp_key *local,
			const struct rd_srtp_key *remote);
/* What the stream had is freed. */
void rd__stream_drop_keys(struct rd_stream *stream);

/* -- the media thread's -- */

/* RD__CMD_KEY. */
void rd__line_take_key(struct rd__line *line, struct rd__srtp *srtp, enum rd__key_use use);
/* Has it the keys for what was agreed on? */
bool rd__line_has_keys(const struct rd__line *line);
/* In place: the new size, 0 for what must be dropped (and was counted). */
size_t rd__line_unseal(struct rd__line *line, uint8_t *packet, size_t size, bool rtcp);
/* What goes on the wire instead of *packet, and its size; false: nothing does. */
bool rd__line_seal(struct rd__line *line, const uint8_t **packet, size_t *size, bool rtcp);

RD_API_END

#endif
