/* Digest, what both roles share: reading challenges and credentials, hashing.
 * The roles: digest_server.c, digest_client.c. */
#include <stdatomic.h>

#include <openssl/evp.h>

#include "channels/sip/message/chars.h"
#include "channels/sip/message/digest.h"
#include "channels/sip/message/digest_hash.h"

static int fail(const char **what, const char *expected)
{
	if (what)
		*what = expected;
	return -EINVAL;
}

static const struct {
	struct rd_str name;
	const char *evp_name;
} algorithms[SIP_DIGEST_ALGORITHMS] = {
	[SIP_DIGEST_MD5] = { RD_STR_INIT("MD5"), "MD5" },
	[SIP_DIGEST_SHA256] = { RD_STR_INIT("SHA-256"), "SHA256" },
	[SIP_DIGEST_SHA512_256] = { RD_STR_INIT("SHA-512-256"), "SHA512-256" },
};

struct rd_str sip_digest_algorithm_name(enum sip_digest_algorithm algorithm)
{
	return algorithms[algorithm].name;
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
	digest->algorithm = SIP_DIGEST_UNKNOWN;
	for (unsigned i = 0; i < SIP_DIGEST_ALGORITHMS; i++)
		if (rd_str_ieq(name, algorithms[i].name))
			digest->algorithm = i;
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

#define FIELD(text, member) { { text, sizeof(text) - 1 }, offsetof(struct sip_digest, member) }

/* Those that are stored as they are. */
static struct rd_str *plain_field(struct sip_digest *digest, struct rd_str name)
{
	static const struct {
		struct rd_str name;
		size_t offset;
	} fields[] = {
		FIELD("username", username), FIELD("realm", realm),
		FIELD("nonce", nonce),	     FIELD("uri", uri),
		FIELD("response", response), FIELD("cnonce", cnonce),
		FIELD("opaque", opaque),     FIELD("username*", username_ext),
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(fields); i++)
		if (name.n == fields[i].name.n && rd_str_ieq(name, fields[i].name))
			return (struct rd_str *)(void *)((char *)digest +
							 fields[i].offset);
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
	else if (rd_str_ieq(name, RD_STR("userhash")))
		digest->userhash = rd_str_ieq(value, RD_STR("true"));
	else if (rd_str_ieq(name, RD_STR("nc")) && read_nc(digest, value))
		return fail(what, "nc= and up to 8 hexadecimal digits was expected");
	return 0;
}

/* A quoted string, or a word without quotes and backslashes; behind it, or NULL. */
static const char *read_value(const char *p, const char *end, struct rd_str *value)
{
	const char *start = p;

	if (p < end && *p == '"') {
		p = sip_skip_quoted(p, end);
		if (p)
			*value = sip_span(start + 1, p - 1);
		return p;
	}
	while (p < end && *p != ',' && !sip_is(*p, SIP_CH_SPACE)) {
		if (*p == '"' || *p == '\\')
			return NULL;
		p++;
	}
	*value = sip_span(start, p);
	return p;
}

/* "name = value" and the space after it; behind that, or NULL. */
static const char *read_pair(const char *p, const char *end, struct rd_str *name,
			     struct rd_str *value)
{
	const char *stop = sip_skip(p, end, SIP_CH_TOKEN);

	*name = sip_span(p, stop);
	p = sip_skip_space(stop, end);
	if (!name->n || p == end || *p != '=')
		return NULL;
	p = read_value(sip_skip_space(p + 1, end), end, value);
	if (p)
		p = sip_skip_space(p, end);
	return p && (p == end || *p == ',') ? p : NULL;
}

int sip_digest_parse(struct sip_digest *digest, struct rd_str value, const char **what)
{
	const char *end = sip_end(value);
	const char *p = sip_skip(value.p, end, SIP_CH_TOKEN);
	struct rd_str name, text;

	*digest = (struct sip_digest){ .algorithm = SIP_DIGEST_MD5 };
	if (!rd_str_ieq(sip_span(value.p, p), RD_STR("Digest")))
		return -ENOTSUP;
	for (;;) {
		int rc;

		while (p < end && (*p == ',' || sip_is(*p, SIP_CH_SPACE)))
			p++;
		if (p == end)
			return 0;
		p = read_pair(p, end, &name, &text);
		if (!p)
			return fail(what, "name=value or name=\"value\" was expected");
		rc = read_param(digest, name, text, what);
		if (rc)
			return rc;
	}
}

/* UTF-8'en'J%C3%A4s%C3%B8n%20Doe: charset, language, escaped text. */
static ssize_t read_extended(char *buf, size_t size, struct rd_str value)
{
	struct rd_str charset, language;

	if (!rd_str_cut(&value, '\'', &charset) || !rd_str_cut(&value, '\'', &language) ||
	    !rd_str_ieq(charset, RD_STR("UTF-8")))
		return -EINVAL;
	return sip_unescape(buf, size, value);
}

/* Backslashes undone; the quotes are gone already. */
static ssize_t read_quoted(char *buf, size_t size, struct rd_str value)
{
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\\' && i + 1 < value.n)
			i++;
		if (n == size)
			return -EMSGSIZE;
		buf[n++] = value.p[i];
	}
	return (ssize_t)n;
}

struct rd_str sip_digest_username(const struct sip_digest *digest, char *buf, size_t size)
{
	ssize_t n = digest->username.p ? read_quoted(buf, size, digest->username)
				       : read_extended(buf, size, digest->username_ext);

	return n > 0 ? (struct rd_str){ buf, (size_t)n } : (struct rd_str){ 0 };
}

/* ---- hashing ---- */

/* Fetching an algorithm costs more than hashing with it, and making a context
 * nearly as much: kept for the next. Phones' secrets are hashed on a pool
 * thread during a reload, while calls go on: who finds the context taken
 * makes another. */
static EVP_MD *_Atomic fetched[SIP_DIGEST_ALGORITHMS];
static EVP_MD_CTX *_Atomic spare;

static EVP_MD *fetch(enum sip_digest_algorithm algorithm)
{
	EVP_MD *md, *other = NULL;

	if (algorithm >= SIP_DIGEST_ALGORITHMS)
		return NULL;
	md = atomic_load(&fetched[algorithm]);
	if (md)
		return md;
	md = EVP_MD_fetch(NULL, algorithms[algorithm].evp_name, NULL);
	if (atomic_compare_exchange_strong(&fetched[algorithm], &other, md))
		return md;
	EVP_MD_free(md);
	return other;
}

static EVP_MD_CTX *take_context(void)
{
	EVP_MD_CTX *context = atomic_exchange(&spare, NULL);

	return context ? context : EVP_MD_CTX_new();
}

static void give_context(EVP_MD_CTX *context)
{
	EVP_MD_CTX_free(atomic_exchange(&spare, context));
}

void sip_digest_fini(void)
{
	for (int i = 0; i < SIP_DIGEST_ALGORITHMS; i++)
		EVP_MD_free(atomic_exchange(&fetched[i], NULL));
	give_context(NULL);
}

static bool hash_parts(EVP_MD_CTX *context, EVP_MD *md, const struct rd_str *parts,
		       size_t count, uint8_t *bytes, unsigned *n)
{
	if (!context || !md || !EVP_DigestInit_ex2(context, md, NULL))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (i && !EVP_DigestUpdate(context, ":", 1))
			return false;
		if (parts[i].n && !EVP_DigestUpdate(context, parts[i].p, parts[i].n))
			return false;
	}
	return EVP_DigestFinal_ex(context, bytes, n);
}

int sip_digest_hash(char hex[SIP_DIGEST_HEX], enum sip_digest_algorithm algorithm,
		    const struct rd_str *parts, size_t count)
{
	EVP_MD_CTX *context = take_context();
	uint8_t bytes[EVP_MAX_MD_SIZE];
	unsigned n;
	bool done = hash_parts(context, fetch(algorithm), parts, count, bytes, &n);

	give_context(context);
	if (!done)
		return -EIO;
	rd_print_hex(hex, bytes, n);
	return 0;
}

int sip_digest_ha1(char hex[SIP_DIGEST_HEX], enum sip_digest_algorithm algorithm,
		   struct rd_str username, struct rd_str realm, struct rd_str password)
{
	const struct rd_str parts[] = { username, realm, password };

	return sip_digest_hash(hex, algorithm, parts, 3);
}

int sip_digest_userhash(char hex[SIP_DIGEST_HEX], enum sip_digest_algorithm algorithm,
			struct rd_str username, struct rd_str realm)
{
	const struct rd_str parts[] = { username, realm };

	return sip_digest_hash(hex, algorithm, parts, 2);
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
