/* Whose certificate it is: RFC 5922 §7. */
#include <string.h>

#include <openssl/x509v3.h>

#include "channels/sip/message/uri.h"
#include "channels/sip/transport/tls_private.h"

bool sip_tls_peer_is_known(const struct sip_tls_pipe *pipe)
{
	return SSL_get0_peer_certificate(pipe->ssl) &&
	       SSL_get_verify_result(pipe->ssl) == X509_V_OK;
}

/* Who made it for SIP said so (RFC 5924 §3), or for everything. */
static bool is_for_sip(const X509 *certificate)
{
	EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
	char oid[32];
	bool found = false;

	for (int i = 0; i < sk_ASN1_OBJECT_num(usages) && !found; i++) {
		OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(usages, i), 1);
		found = strcmp(oid, "1.3.6.1.5.5.7.3.20") == 0 || strcmp(oid, "2.5.29.37.0") == 0;
	}
	EXTENDED_KEY_USAGE_free(usages);
	return found;
}

/* OpenSSL knows of web servers and their clients only. */
int sip_tls_check_purpose(int verdict, X509_STORE_CTX *context)
{
	X509 *certificate = X509_STORE_CTX_get_current_cert(context);
	const uint32_t usages = KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT;

	if (verdict || X509_STORE_CTX_get_error(context) != X509_V_ERR_INVALID_PURPOSE ||
	    X509_STORE_CTX_get_error_depth(context) != 0 || !is_for_sip(certificate) ||
	    !(X509_get_key_usage(certificate) & usages))
		return verdict;
	X509_STORE_CTX_set_error(context, X509_V_OK);
	return 1;
}

/* ---- names (§7.1) ---- */

/* "sip:example.com" of a domain; one with a user is somebody's own. */
static bool read_domain(struct rd_str *domain, const GENERAL_NAME *name)
{
	const ASN1_IA5STRING *text = name->d.uniformResourceIdentifier;
	struct sip_uri uri;

	if (name->type != GEN_URI ||
	    sip_uri_parse(&uri, (struct rd_str){ (const char *)ASN1_STRING_get0_data(text),
						 (size_t)ASN1_STRING_length(text) }, NULL) ||
	    uri.scheme != SIP_SCHEME_SIP || uri.user.n)
		return false;
	*domain = uri.host;
	return true;
}

/* How many domains it has by URI; found: the name is one of them. */
static unsigned count_domains(const X509 *certificate, struct rd_str name, bool *found)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	struct rd_str domain;
	unsigned count = 0;

	*found = false;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		if (!read_domain(&domain, sk_GENERAL_NAME_value(names, i)))
			continue;
		*found = *found || rd_str_ieq(domain, name);
		count++;
	}
	GENERAL_NAMES_free(names);
	return count;
}

bool sip_tls_has_uri(const X509 *certificate, struct rd_str name)
{
	bool found;

	count_domains(certificate, name, &found);
	return found;
}

/* DNS names count where no URI names a domain, the common name only where there are no
 * other names of any kind; a star stands for nobody (§7.2). */
static bool has_name(X509 *certificate, struct rd_str name)
{
	bool only_common = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) < 0;
	bool found;

	if (count_domains(certificate, name, &found))
		return found;
	return X509_check_host(certificate, name.p, name.n,
			       X509_CHECK_FLAG_NO_WILDCARDS |
				       (only_common ? 0 : X509_CHECK_FLAG_NEVER_CHECK_SUBJECT),
			       NULL) == 1;
}

static bool has_address(X509 *certificate, const union sip_sockaddr *address)
{
	size_t n;
	const uint8_t *bytes = sip_sockaddr_bytes(address, &n);

	return X509_check_ip(certificate, bytes, n, 0) == 1;
}

bool sip_tls_peer_is(const struct sip_tls_pipe *pipe, struct rd_str name,
		     const union sip_sockaddr *address)
{
	X509 *certificate = SSL_get0_peer_certificate(pipe->ssl);

	if (!sip_tls_peer_is_known(pipe))
		return false;
	return name.n ? has_name(certificate, name) : has_address(certificate, address);
}

static void add_name(struct rd_buf *text, const GENERAL_NAME *name)
{
	const ASN1_STRING *string = name->type == GEN_DNS   ? name->d.dNSName
				    : name->type == GEN_URI ? name->d.uniformResourceIdentifier
							    : NULL;

	if (string)
		rd_buf_printf(text, ", %.*s", ASN1_STRING_length(string),
			      (const char *)ASN1_STRING_get0_data(string));
}

void sip_tls_print_names(const struct sip_tls_pipe *pipe, char *text, size_t size)
{
	X509 *certificate = SSL_get0_peer_certificate(pipe->ssl);
	GENERAL_NAMES *names;
	char subject[128];
	struct rd_buf all;

	rd_strcpy(text, size, "nobody's");
	if (!certificate)
		return;
	names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	rd_buf_init(&all);
	X509_NAME_oneline(X509_get_subject_name(certificate), subject, sizeof(subject));
	rd_buf_adds(&all, subject);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		add_name(&all, sk_GENERAL_NAME_value(names, i));
	rd_strcpy(text, size, rd_buf_text(&all));
	rd_buf_fini(&all);
	GENERAL_NAMES_free(names);
}
