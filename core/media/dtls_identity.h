/* Who we are in DTLS: a certificate and its key, made or read from files where
 * a configuration is built, and OpenSSL's context that has them. Never made on
 * the switch thread while there are calls: what OpenSSL does for the first time
 * in a process takes milliseconds, and more where its code has to be read. */
#ifndef CORE_MEDIA_DTLS_IDENTITY_H
#define CORE_MEDIA_DTLS_IDENTITY_H

#include <openssl/types.h>

#include <ringdown/dtls.h>

struct rd_stream;

RD_API_BEGIN

/* The one in force, on the switch thread; the pool may use it. Counted by OpenSSL:
 * SSL_new() takes its own reference. NULL: none could be made. */
SSL_CTX *rd__dtls_context(void);
/* That of a stream: the one that was in force when it was asked for first, until the
 * stream is freed. Borrowed; NULL as above. */
SSL_CTX *rd__stream_identity(struct rd_stream *stream);
/* A new stream has that of another one. */
void rd__stream_share_identity(struct rd_stream *stream, struct rd_stream *like);
/* On the pool thread that builds a configuration: one of our own, or one from files.
 * 0 with *context, or -EIO and -EINVAL with *why. */
int rd__dtls_identity_make(SSL_CTX **context, const char **why);
int rd__dtls_identity_read(SSL_CTX **context, const char *cert_file, const char *key_file,
			   const char **why);
/* Put it in force, on the switch thread; NULL: there is none. */
void rd__dtls_identity_take(SSL_CTX *context);
/* The digest of a certificate, by fingerprint->hash. */
int rd__dtls_digest(const X509 *certificate, struct rd_fingerprint *fingerprint);

RD_API_END

#endif
