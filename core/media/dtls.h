/* DTLS on a stream: its datagrams, its time, and the keys that the handshake
 * yields. On the switch thread, but for the steps of the handshake, which cost
 * a signature each and run in the pool. */
#ifndef CORE_MEDIA_DTLS_H
#define CORE_MEDIA_DTLS_H

#include <ringdown/base.h>

struct rd_dtls_peer;
struct rd_stream;

enum {
	RD__DTLS_PATIENCE_MS = 30000, /* then it has failed */
	/* The far end may have missed our last flight: for so long it can ask. */
	RD__DTLS_LINGER_MS = 10000,
};

RD_API_BEGIN

/* Shake hands with this peer, unless that was done already. 0 or negative errno. */
int rd__stream_begin_dtls(struct rd_stream *stream, const struct rd_dtls_peer *peer);
/* No more of it; keys that came of it stay. Harmless without. */
void rd__stream_drop_dtls(struct rd_stream *stream);

RD_API_END

#endif
