/* Several certificates behind one port: whoever says by SNI which server he means gets
 * the one in that name, everybody else the first (RFC 6066 §3). */
#include <ctype.h>
#include <string.h>

#include <openssl/sha.h>

#include "channels/sip/transport/tls_private.h"

bool sip_tls_list_item(char item[SIP_TLS_PATH], const char *list, unsigned index)
{
	struct rd_str rest = rd_str_of(list), one = { 0 };

	for (unsigned i = 0; i <= index; i++) {
		if (!rest.n)
			return false;
		rd_str_cut(&rest, ',', &one);
	}
	return rd_strcpyn(item, SIP_TLS_PATH, rd_str_trim(one));
}

/* Stars are for the client to judge. */
static bool is_in_name(const SSL_CTX *context, const char *name)
{
	X509 *certificate = SSL_CTX_get0_certificate(context);

	return certificate &&
	       (X509_check_host(certificate, name, 0, 0, NULL) == 1 ||
		sip_tls_has_uri(certificate, rd_str_of(name)));
}

static int choose(SSL *ssl, int *alert, void *arg)
{
	const struct sip_tls *tls = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	if (!name || is_in_name(tls->context, name))
		return SSL_TLSEXT_ERR_OK;
	for (unsigned i = 0; i < tls->more_count; i++) {
		if (!is_in_name(tls->more[i], name))
			continue;
		return SSL_set_SSL_CTX(ssl, tls->more[i]) ? SSL_TLSEXT_ERR_OK
							   : SSL_TLSEXT_ERR_NOACK;
	}
	return SSL_TLSEXT_ERR_OK;
}

/* The one name in a server_name extension (RFC 6066 §3): three lengths and a type of 0
 * come first. Absent when it is not of that form. */
static struct rd_str asked_name(SSL *ssl)
{
	enum { HEAD = 5 };
	const unsigned char *bytes;
	struct rd_str name;
	size_t n;

	if (!SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &n) || n < HEAD ||
	    bytes[2] != TLSEXT_NAMETYPE_host_name)
		return (struct rd_str){ 0 };
	name = (struct rd_str){ (const char *)bytes + HEAD, (size_t)bytes[3] << 8 | bytes[4] };
	return name.n <= n - HEAD ? name : (struct rd_str){ 0 };
}

/* A session is resumed under the name that it was made for and no other: its
 * certificate was that name's. */
static int bind_session(SSL *ssl, int *alert, void *arg)
{
	unsigned char lower[256], hash[SHA256_DIGEST_LENGTH];
	struct rd_str name = asked_name(ssl);

	(void)alert, (void)arg;
	if (!name.n || name.n > sizeof(lower))
		return SSL_CLIENT_HELLO_SUCCESS;
	for (size_t i = 0; i < name.n; i++)
		lower[i] = (unsigned char)tolower((unsigned char)name.p[i]);
	SHA256(lower, name.n, hash);
	SSL_set_session_id_context(ssl, hash, sizeof(hash));
	return SSL_CLIENT_HELLO_SUCCESS;
}

void sip_tls_listen_for_names(struct sip_tls *tls)
{
	SSL_CTX_set_client_hello_cb(tls->context, bind_session, NULL);
	SSL_CTX_set_tlsext_servername_callback(tls->context, choose);
	SSL_CTX_set_tlsext_servername_arg(tls->context, tls);
}
