/* Finding the messages in a stream of bytes: RFC 3261 §18.3, by Content-Length.
 * Knows no socket; remembers only how far it has looked. */
#ifndef CHANNELS_SIP_TRANSPORT_FRAMER_H
#define CHANNELS_SIP_TRANSPORT_FRAMER_H

#include <ringdown/base.h>

enum sip_frame {
	SIP_FRAME_MORE, /* not whole yet */
	SIP_FRAME_MESSAGE,
	SIP_FRAME_CRLF, /* half a ping, a pong, or padding */
	SIP_FRAME_BAD, /* see why: nothing after it can be trusted */
};

struct sip_framer {
	size_t limit; /* the largest message */
	size_t searched; /* no header ends before here */
	size_t whole; /* size of the message once its header was read, or 0 */
	const char *why;
	unsigned status; /* what a request that is wrong so gets */
	size_t head;	 /* size of its header; 0: that never ended */
};

void sip_framer_init(struct sip_framer *framer, size_t limit);

/**
 * What do the bytes begin with? Called again after MORE, data must begin with
 * the same bytes, with more after them; after MESSAGE and CRLF it must begin
 * with what follows the *size bytes.
 */
enum sip_frame sip_framer_next(struct sip_framer *framer, const char *data, size_t n,
			       size_t *size);

#endif
