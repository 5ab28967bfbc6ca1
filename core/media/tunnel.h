/* A tunnel to a TURN server that is reached by TCP or TLS (RFC 8656 §3.1). Its near end
 * is a socket on the stream's own host: what the stream sends there comes out at the
 * server, and back. So lines and clients do as they would with a server over UDP.
 * On the switch thread; never waits. */
#ifndef CORE_MEDIA_TUNNEL_H
#define CORE_MEDIA_TUNNEL_H

#include <openssl/types.h>

#include "core/media/address.h"

struct rd__tunnel;

struct rd__tunnel_options {
	struct rd__address stream; /* whose packets, and nobody else's */
	struct rd__address server;
	SSL_CTX *tls; /* NULL: TCP */
	const char *name; /* that its certificate must have; borrowed */
};

RD_API_BEGIN

/* What is sent meanwhile waits until it stands. broken is called once, when it cannot be
 * built, or not any more; it may free the tunnel. 0, -ENOMEM, or what the system says. */
int rd__tunnel_new(struct rd__tunnel **tp, const struct rd__tunnel_options *options,
		   void (*broken)(void *arg, const char *why), void *arg);
void rd__tunnel_free(struct rd__tunnel *tunnel); /* NULL is harmless */
/* Where the stream sends to, and hears from. */
const struct rd__address *rd__tunnel_near(const struct rd__tunnel *tunnel);

/* -- for tests and fuzzing -- */

/* The size of the first message of a stream of bytes, and of what of it is to be sent
 * on; 0: more bytes are needed; -EPROTO: there is none. */
ssize_t rd__tunnel_frame(const uint8_t *bytes, size_t size, size_t *payload);

RD_API_END

#endif
