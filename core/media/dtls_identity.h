/* Who we are in DTLS: a certificate and its key, made at first use or read from
 * files, and OpenSSL's context that has them. Used on the switch thread; the
 * context itself may be used by the pool. */
#ifndef CORE_MEDIA_DTLS_IDENTITY_H
#define CORE_MEDIA_DTLS_IDENTITY_H

#include <openssl/types.h>

#include <ringdown/dtls.h>

RD_API_BEGIN

/* Counted by OpenSSL: SSL_new() takes its own reference. NULL: -EIO (logged). */
SSL_CTX *rd__dtls_context(void);
/* Read them from files, or forget them for ones of our own (NULL). On the pool
 * thread that builds a configuration: 0 with *context, or -EINVAL with *why. */
int rd__dtls_identity_read(SSL_CTX **context, const char *cert_file, const char *key_file,
			   const char **why);
/* Put it in force; NULL: one of our own, made when it is needed. */
void rd__dtls_identity_take(SSL_CTX *context);
/* The digest of a certificate, by fingerprint->hash. */
int rd__dtls_digest(const X509 *certificate, struct rd_fingerprint *fingerprint);

RD_API_END

#endif
