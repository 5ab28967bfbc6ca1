/* Digest, what both roles share: reading challenges and credentials, hashing.
 * The roles: digest_server.c, digest_client.c. */
#include <openssl/evp.h>

#include "chars.h"
#include "digest.h"
#include "digest_hash.h"

static int fail(const char **what, const char *expected)
{
	if (what)
		*what = expected;
	return -EINVAL;
}

/* ---- reading ---- */

static void read_algorithm(struct sip_digest *digest, struct rd_str value)
{
	struct rd_str name = value;

	digest->algorithm_text = value;
	if (name.n > 5 && rd_str_ieq((struct rd_str){ name.p + name.n - 5, 5 },
				     RD_STR("-sess"))) {
		digest->is_session = true;
		name.n -= 5;
	}
	if (rd_str_ieq(name, RD_STR("MD5")))
		digest->algorithm = SIP_DIGEST_MD5;
	else if (rd_str_ieq(name, RD_STR("SHA-256")))
		digest->algorithm = SIP_DIGEST_SHA256;
	else
		digest->algorithm = SIP_DIGEST_UNKNOWN;
}

static void read_qop(struct sip_digest *digest, struct rd_str value)
{
	digest->qop_text = value;
	if (sip_list_has(value, RD_STR("auth")))
		digest->qop = SIP_QOP_AUTH;
	else if (sip_list_has(value, RD_STR("auth-int")))
		digest->qop = SIP_QOP_AUTH_INT;
	else
		digest->qop = SIP_QOP_UNKNOWN;
}

static int read_nc(struct sip_digest *digest, struct rd_str value)
{
	digest->nc_text = value;
	digest->nc = 0;
	if (!value.n || value.n > 8)
		return -EINVAL;
	for (size_t i = 0; i < value.n; i++) {
		if (!sip_is(value.p[i], SIP_CH_HEX))
			return -EINVAL;
		digest->nc = digest->nc << 4 | (uint32_t)sip_hex_value(value.p[i]);
	}
	return 0;
}

/* Those that are stored as they are. */
static struct rd_str *plain_field(struct sip_digest *digest, struct rd_str name)
{
	const struct {
		struct rd_str name;
		struct rd_str *field;
	} fields[] = {
		{ RD_STR("username"), &digest->username },
		{ RD_STR("realm"), &digest->realm },
		{ RD_STR("nonce"), &digest->nonce },
		{ RD_STR("uri"), &digest->uri },
		{ RD_STR("response"), &digest->response },
		{ RD_STR("cnonce"), &digest->cnonce },
		{ RD_STR("opaque"), &digest->opaque },
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(fields); i++)
		if (rd_str_ieq(name, fields[i].name))
			return fields[i].field;
	return NULL;
}

static int read_param(struct sip_digest *digest, struct rd_str name, struct rd_str value,
		      const char **what)
{
	struct rd_str *field = plain_field(digest, name);

	if (field)
		*field = value;
	else if (rd_str_ieq(name, RD_STR("algorithm")))
		read_algorithm(digest, value);
	else if (rd_str_ieq(name, RD_STR("qop")))
		read_qop(digest, value);
	else if (rd_str_ieq(name, RD_STR("stale")))
		digest->stale = rd_str_ieq(value, RD_STR("true"));
	else if (rd_str_ieq(name, RD_STR("nc")) && read_nc(digest, value))
		return fail(what, "nc= and up to 8 hexadecimal digits was expected");
	return 0;
}

/* A quoted string, or a word without quotes and backslashes. */
static bool read_value(struct rd_str raw, struct rd_str *value)
{
	const char *end = sip_end(raw);

	*value = sip_strip_quotes(raw);
	if (value->p != raw.p)
		return sip_skip_quoted(raw.p, end) == end;
	return !raw.n || (!memchr(raw.p, '"', raw.n) && !memchr(raw.p, '\\', raw.n));
}

int sip_digest_parse(struct sip_digest *digest, struct rd_str value, const char **what)
{
	const char *end = sip_end(value);
	const char *p = sip_skip(value.p, end, SIP_CH_TOKEN);
	struct rd_str scheme = sip_span(value.p, p), rest = sip_span(p, end), element;

	*digest = (struct sip_digest){ .algorithm = SIP_DIGEST_MD5 };
	if (!rd_str_ieq(scheme, RD_STR("Digest")))
		return -ENOTSUP;
	while (sip_list_next(&rest, &element)) {
		struct rd_str name, text;
		int rc;

		if (!rd_str_cut(&element, '=', &name) ||
		    !read_value(rd_str_trim(element), &text))
			return fail(what, "name=value or name=\"value\" was expected");
		rc = read_param(digest, rd_str_trim(name), text, what);
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- hashing ---- */

static const char *const evp_names[SIP_DIGEST_ALGORITHMS] = {
	[SIP_DIGEST_MD5] = "MD5",
	[SIP_DIGEST_SHA256] = "SHA256",
};

/* Fetching an algorithm costs more than hashing with it: kept for the next. */
static EVP_MD *fetched[SIP_DIGEST_ALGORITHMS];
static EVP_MD_CTX *context;

static bool prepare(enum sip_digest_algorithm algorithm)
{
	if (algorithm >= SIP_DIGEST_ALGORITHMS)
		return false;
	if (!context)
		context = EVP_MD_CTX_new();
	if (!fetched[algorithm])
		fetched[algorithm] = EVP_MD_fetch(NULL, evp_names[algorithm], NULL);
	return context && fetched[algorithm];
}

void sip_digest_fini(void)
{
	for (int i = 0; i < SIP_DIGEST_ALGORITHMS; i++) {
		EVP_MD_free(fetched[i]);
		fetched[i] = NULL;
	}
	EVP_MD_CTX_free(context);
	context = NULL;
}

void sip_digest_hex(char *hex, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	hex[2 * n] = '\0';
}

int sip_digest_hash(char hex[SIP_DIGEST_HEX], enum sip_digest_algorithm algorithm,
		    const struct rd_str *parts, size_t count)
{
	uint8_t bytes[EVP_MAX_MD_SIZE];
	unsigned n;

	if (!prepare(algorithm) || !EVP_DigestInit_ex2(context, fetched[algorithm], NULL))
		return -EIO;
	for (size_t i = 0; i < count; i++) {
		if (i && !EVP_DigestUpdate(context, ":", 1))
			return -EIO;
		if (parts[i].n && !EVP_DigestUpdate(context, parts[i].p, parts[i].n))
			return -EIO;
	}
	if (!EVP_DigestFinal_ex(context, bytes, &n))
		return -EIO;
	sip_digest_hex(hex, bytes, n);
	return 0;
}

int sip_digest_ha1(char hex[SIP_DIGEST_HEX], enum sip_digest_algorithm algorithm,
		   struct rd_str username, struct rd_str realm, struct rd_str password)
{
	const struct rd_str parts[] = { username, realm, password };

	return sip_digest_hash(hex, algorithm, parts, 3);
}

/* H(method:uri), with auth-int H(method:uri:H(body)). */
static int hash_a2(char hex[SIP_DIGEST_HEX], const struct sip_digest *digest,
		   struct rd_str method, struct rd_str body)
{
	struct rd_str parts[] = { method, digest->uri, { 0 } };
	char body_hex[SIP_DIGEST_HEX];
	int rc;

	if (digest->qop != SIP_QOP_AUTH_INT)
		return sip_digest_hash(hex, digest->algorithm, parts, 2);
	rc = sip_digest_hash(body_hex, digest->algorithm, &body, 1);
	if (rc)
		return rc;
	parts[2] = rd_str_of(body_hex);
	return sip_digest_hash(hex, digest->algorithm, parts, 3);
}

int sip_digest_response(char hex[SIP_DIGEST_HEX], const struct sip_digest *digest,
			const char *ha1, struct rd_str method, struct rd_str body)
{
	char session[SIP_DIGEST_HEX], a2[SIP_DIGEST_HEX];
	struct rd_str a1_parts[] = { rd_str_of(ha1), digest->nonce, digest->cnonce };
	struct rd_str qop = digest->qop == SIP_QOP_AUTH ? RD_STR("auth") :
							  RD_STR("auth-int");
	int rc = hash_a2(a2, digest, method, body);

	if (!rc && digest->is_session) {
		rc = sip_digest_hash(session, digest->algorithm, a1_parts, 3);
		ha1 = session;
	}
	if (rc)
		return rc;
	if (digest->qop == SIP_QOP_NONE) {
		const struct rd_str parts[] = { rd_str_of(ha1), digest->nonce,
						rd_str_of(a2) };

		return sip_digest_hash(hex, digest->algorithm, parts, 3);
	}
	const struct rd_str parts[] = { rd_str_of(ha1), digest->nonce, digest->nc_text,
					digest->cnonce, qop, rd_str_of(a2) };

	return sip_digest_hash(hex, digest->algorithm, parts, 6);
}
