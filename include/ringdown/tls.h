/* Ringdown SDK: TLS to servers, with OpenSSL's own calls; only what all do alike is here. */
#ifndef RINGDOWN_TLS_H
#define RINGDOWN_TLS_H

#include <ringdown/base.h>
#include <ringdown/config.h>

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */
struct x509_st; /* and X509 */

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

/* What is to be done about an error of OpenSSL's, a phrase behind its words: "; it is cut off or
 * damaged, copy it anew". "" where nobody knows. */
const char *rd_tls_mend(unsigned long code);
/* What went wrong on this thread, by OpenSSL's first error since ERR_clear_error(), with that
 * phrase; to be read on before this is asked again here. The errors are forgotten. */
const char *rd_tls_fault(void);

/**
 * While a doctor asks (rd_config_is_examined(); at other times nothing is done): warn of
 * certificates in these files that have expired, will within 30 days, or are not valid yet,
 * and of a key that everybody may read. What cannot be read is for its reader to say.
 *
 * @what   how it is called in the report: "[tls] certificate"
 * @paths  a file, or several with commas; what is not absolute may lie beside `file`
 *
 * rd_options_read() does it for options with .pem. Reads files, as above.
 */
void rd_tls_examine(struct rd_config_report *report, const char *file, int line, const char *what,
		    enum rd_pem kind, const char *paths);
/* The same of one that has been read already; where: of no file, its place for the report. */
void rd_tls_examine_one(struct rd_config_report *report, const char *file, int line,
			const char *what, const char *where, const struct x509_st *certificate);

RD_API_END

#endif
