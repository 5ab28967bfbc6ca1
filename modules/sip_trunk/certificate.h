/* Certificates that PASSporTs are signed with (RFC 8226): may one be believed, and for which
 * numbers? For a thread of the pool, as passport.h. */
#ifndef MODULES_SIP_TRUNK_CERTIFICATE_H
#define MODULES_SIP_TRUNK_CERTIFICATE_H

#include <openssl/x509.h>

#include "modules/sip_trunk/passport.h"

/* The first certificate of a text in PEM, or one in DER; others are of those who have issued it.
 * Is there a way from it to one of the store? *error says what is wrong; *x509 is the caller's,
 * also of one that is not trusted, or NULL. */
enum stir_result stir_certificate_read(X509 **x509, struct rd_str text, X509_STORE *store,
				       const char **error);

/* Was it valid then, and may its owner say that? needs_list: it must say for which numbers. */
enum stir_result stir_certificate_check(X509 *x509, const struct passport *passport, int64_t now,
					bool needs_list);

#endif
