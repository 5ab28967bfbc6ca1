/* Ringdown SDK: TLS to servers, with OpenSSL's own calls; only what all do alike is here. */
#ifndef RINGDOWN_TLS_H
#define RINGDOWN_TLS_H

#include <ringdown/base.h>

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

RD_API_BEGIN

/**
 * A context for connections to servers: TLS 1.2 or later, to whom shows a certificate of
 * somebody trusted. Whose name that is to have, each connection says.
 *
 * @ca_file  whom we trust, PEM; NULL: the system's authorities
 * @why      what is wrong, where it fails: to be read on, not freed
 *
 * Reads files: what must not wait calls it on a pool thread, or as it starts. 0 with *contextp,
 * to be freed as below or with SSL_CTX_free(); -EINVAL, -ENOMEM.
 */
int rd_tls_client_new(struct ssl_ctx_st **contextp, const char *ca_file, const char **why);
/* NULL is harmless. */
void rd_tls_client_free(struct ssl_ctx_st *context);

RD_API_END

#endif
