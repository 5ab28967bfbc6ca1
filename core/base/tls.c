/* What TLS to any server begins with: whom we trust, and what is the least that is spoken; and
 * what memory all of it has. */
#include <errno.h>
#include <stdio.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <ringdown/tls.h>

#include "core/base/borrowed.h"

const char *rd_tls_mend(unsigned long code)
{
	int library = ERR_GET_LIB(code), reason = ERR_GET_REASON(code);

	if (ERR_SYSTEM_ERROR(code))
		return "";
	if ((library == ERR_LIB_PEM && reason == PEM_R_NO_START_LINE) ||
	    (library == ERR_LIB_X509 && reason == X509_R_NO_CERTIFICATE_OR_CRL_FOUND))
		return "; no certificate in PEM is in it, \"openssl x509 -inform DER\" makes "
		       "that of DER";
	if (library == ERR_LIB_PEM || library == ERR_LIB_ASN1)
		return "; it is cut off or damaged, copy it anew";
	if (library == ERR_LIB_X509 && reason == X509_R_KEY_VALUES_MISMATCH)
		return "; the key is that of another certificate";
	if (library == ERR_LIB_SSL &&
	    (reason == SSL_R_EE_KEY_TOO_SMALL || reason == SSL_R_CA_KEY_TOO_SMALL))
		return "; have one made with a key of 2048 bits or more (RSA), or of a curve";
	return "";
}

/* The system's own word for it, where there is one: OpenSSL says "system lib". */
const char *rd_tls_fault(void)
{
	static _Thread_local char text[256];
	unsigned long first = ERR_peek_error();
	const char *words = ERR_SYSTEM_ERROR(first) ? rd_strerror(-ERR_GET_REASON(first))
						    : ERR_reason_error_string(first);

	snprintf(text, sizeof(text), "%s%s", words ? words : "it cannot be read",
		 rd_tls_mend(first));
	ERR_clear_error();
	return text;
}

int rd_tls_client_new(struct ssl_ctx_st **contextp, const char *ca_file, const char **why)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	int rc;

	*why = "out of memory";
	if (!context)
		return -ENOMEM;
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	ERR_clear_error();
	rc = ca_file ? SSL_CTX_load_verify_file(context, ca_file)
		     : SSL_CTX_set_default_verify_paths(context);
	if (rc != 1) {
		*why = rd_tls_fault();
		SSL_CTX_free(context);
		return -EINVAL;
	}
	*contextp = context;
	return 0;
}

void rd_tls_client_free(struct ssl_ctx_st *context)
{
	SSL_CTX_free(context);
}

/* ---- memory ---- */

static void *take(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return rd__borrow(RD__BORROWED_TLS, size);
}

static void *take_more(void *p, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return rd__borrow_again(RD__BORROWED_TLS, p, size);
}

static void give_back(void *p, const char *file, int line)
{
	(void)file, (void)line;
	rd__borrow_end(RD__BORROWED_TLS, p);
}

void rd__tls_count(void)
{
	CRYPTO_set_mem_functions(take, take_more, give_back);
}
