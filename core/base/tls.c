/* What TLS to any server begins with: whom we trust, and what is the least that is spoken; and
 * what memory all of it has. */
#include <errno.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <ringdown/tls.h>

#include "core/base/borrowed.h"

/* The system's own word for it, where there is one: OpenSSL says "system lib". */
static const char *reason(void)
{
	unsigned long first = ERR_peek_error();
	const char *words = ERR_SYSTEM_ERROR(first) ? rd_strerror(-ERR_GET_REASON(first))
						    : ERR_reason_error_string(first);

	return words ? words : "it cannot be read";
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
		*why = reason();
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
