/* One DTLS handshake, datagrams in and datagrams out, and the SRTP keys that
 * come of it (RFC 5764). No sockets, no threads of its own: whoever has it may
 * use it, one at a time. */
#ifndef CORE_MEDIA_DTLS_SESSION_H
#define CORE_MEDIA_DTLS_SESSION_H

#include <openssl/types.h>

#include <ringdown/dtls.h>
#include <ringdown/srtp.h>

struct rd__dtls_session;

enum {
	RD__DTLS_MTU = 1200,
	RD__DTLS_FIRST_MS = 200, /* until a flight is sent again; doubled each time */
	RD__DTLS_LAST_MS = 3000,
};

RD_API_BEGIN

/* Who we are there is borrowed, NULL: nobody. active: we begin. 0, -EIO (no certificate)
 * or -ENOMEM. */
int rd__dtls_session_new(struct rd__dtls_session **sp, SSL_CTX *identity, bool active);
void rd__dtls_session_free(struct rd__dtls_session *session);

/**
 * Go on: with a datagram, or without one (data NULL) at the beginning and when
 * it is time. 0: not finished; 1: finished, keys can be had; -EPROTO: failed,
 * or ended by the far end. Costs a signature: not for the switch thread.
 */
int rd__dtls_session_step(struct rd__dtls_session *session, const uint8_t *data, size_t size);
/* What must be sent then, in turn: false when there is no more. */
bool rd__dtls_session_output(struct rd__dtls_session *session, const uint8_t **data,
			     size_t *size);
/* When to call step again without a datagram; -1: never. */
int rd__dtls_session_due_ms(struct rd__dtls_session *session);
/* Why it failed, for the log. */
const char *rd__dtls_session_why(const struct rd__dtls_session *session);

/* Of their certificate, by fingerprint->hash. 0 or negative errno. */
int rd__dtls_session_peer(const struct rd__dtls_session *session,
			  struct rd_fingerprint *fingerprint);
/* -EPROTO when no profile of ours was agreed on. */
int rd__dtls_session_keys(struct rd__dtls_session *session, struct rd_srtp_key *local,
			  struct rd_srtp_key *remote);

RD_API_END

#endif
