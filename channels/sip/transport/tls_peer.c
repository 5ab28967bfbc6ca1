/* Whose certificate it is: RFC 5922 §7. */
#include "channels/sip/message/uri.h"
#include "channels/sip/transport/tls_private.h"

bool sip_tls_peer_is_known(const struct sip_tls_pipe *pipe)
{
	return SSL_get0_peer_certificate(pipe->ssl) &&
	       SSL_get_verify_result(pipe->ssl) == X509_V_OK;
}

/* "sip:example.com" of a domain; one with a user is somebody's own. */
static bool is_domain_uri(const ASN1_IA5STRING *text, struct rd_str name)
{
	struct rd_str uri_text = { (const char *)ASN1_STRING_get0_data(text),
				   (size_t)ASN1_STRING_length(text) };
	struct sip_uri uri;

	return sip_uri_parse(&uri, uri_text, NULL) == 0 && !uri.user.n &&
	       (uri.scheme == SIP_SCHEME_SIP || uri.scheme == SIP_SCHEME_SIPS) &&
	       rd_str_ieq(uri.host, name);
}

bool sip_tls_has_uri(const X509 *certificate, struct rd_str name)
{
	GENERAL_NAMES *names =
		X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
		const GENERAL_NAME *one = sk_GENERAL_NAME_value(names, i);

		found = one->type == GEN_URI &&
			is_domain_uri(one->d.uniformResourceIdentifier, name);
	}
	GENERAL_NAMES_free(names);
	return found;
}

static bool has_address(X509 *certificate, const union sip_sockaddr *address)
{
	bool is_v6 = address->sa.sa_family == AF_INET6;
	const unsigned char *bytes = is_v6 ? address->in6.sin6_addr.s6_addr
					   : (const unsigned char *)&address->in4.sin_addr;

	return X509_check_ip(certificate, bytes, is_v6 ? 16 : 4, 0) == 1;
}

/* The common name counts only where there is no other, and a star stands for
 * nobody (§7.2). */
bool sip_tls_peer_is(const struct sip_tls_pipe *pipe, struct rd_str name,
		     const union sip_sockaddr *address)
{
	X509 *certificate = SSL_get0_peer_certificate(pipe->ssl);

	if (!sip_tls_peer_is_known(pipe))
		return false;
	if (!name.n)
		return has_address(certificate, address);
	return sip_tls_has_uri(certificate, name) ||
	       X509_check_host(certificate, name.p, name.n,
			       X509_CHECK_FLAG_NO_WILDCARDS, NULL) == 1;
}
