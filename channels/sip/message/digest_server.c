/* Digest as a server: nonces that prove themselves, the table of those in use,
 * challenges, and the check of credentials. */
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <ringdown/clock.h>

#include "channels/sip/message/chars.h"
#include "channels/sip/message/digest.h"
#include "channels/sip/message/digest_hash.h"

#define DEFAULT_SLOTS	 16384
#define DEFAULT_LIFETIME 300
#define WAYS		 4 /* slots in which a nonce may be */
#define BLOCK		 16 /* of AES, and the size of the keyed hash */
#define NC_WINDOW	 32 /* counts that may arrive out of order */

/* A nonce that was used: which counts of it have been seen. */
struct used {
	uint64_t id;	 /* 0: free slot */
	uint32_t last;	 /* highest nc */
	uint32_t window; /* bit i: last - i was seen */
};

struct used_set {
	struct used way[WAYS];
	uint64_t forgotten; /* no nonce up to this id may be taken for unused */
};

struct sip_nonces {
	EVP_CIPHER_CTX *cipher;
	uint32_t serial;
	unsigned lifetime_s;
	unsigned mask; /* sets - 1 */
	struct used_set sets[];
};

/* What a nonce says, before its hash: when it was made, and a serial. */
static uint64_t make_id(uint32_t seconds, uint32_t serial)
{
	return (uint64_t)seconds << 32 | serial;
}

static uint32_t now_s(void)
{
	return (uint32_t)(rd_now_ms() / 1000);
}

/* ---- birth and death ---- */

static EVP_CIPHER_CTX *new_cipher(void)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t secret[BLOCK];

	rd_random(secret, sizeof(secret));
	if (ctx && (!EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, secret, NULL) ||
		    !EVP_CIPHER_CTX_set_padding(ctx, 0))) {
		EVP_CIPHER_CTX_free(ctx);
		ctx = NULL;
	}
	OPENSSL_cleanse(secret, sizeof(secret));
	return ctx;
}

int sip_nonces_new(struct sip_nonces **np, unsigned slots, unsigned lifetime_s)
{
	struct sip_nonces *nonces;
	unsigned sets = 1;

	while (sets * WAYS < (slots ? slots : DEFAULT_SLOTS))
		sets *= 2;
	nonces = rd_zalloc(sizeof(*nonces) + sets * sizeof(nonces->sets[0]));
	if (!nonces)
		return -ENOMEM;
	nonces->cipher = new_cipher();
	if (!nonces->cipher) {
		rd_free(nonces);
		return -ENOMEM;
	}
	nonces->mask = sets - 1;
	nonces->lifetime_s = lifetime_s ? lifetime_s : DEFAULT_LIFETIME;
	*np = nonces;
	return 0;
}

void sip_nonces_free(struct sip_nonces *nonces)
{
	if (!nonces)
		return;
	EVP_CIPHER_CTX_free(nonces->cipher);
	rd_free(nonces);
}

/* ---- making and knowing them ---- */

static void put_hex(char *text, uint64_t id)
{
	uint8_t bytes[sizeof(id)];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(id >> (56 - 8 * i));
	rd_print_hex(text, bytes, sizeof(bytes));
}

static void put_host(uint8_t block[BLOCK], const union sip_sockaddr *source)
{
	memset(block, 0, BLOCK);
	if (source && source->sa.sa_family == AF_INET6)
		memcpy(block, &source->in6.sin6_addr, sizeof(source->in6.sin6_addr));
	else if (source)
		memcpy(block, &source->in4.sin_addr, sizeof(source->in4.sin_addr));
}

static void encrypt(struct sip_nonces *nonces, uint8_t block[BLOCK])
{
	int n = 0;

	rd_assert(EVP_EncryptUpdate(nonces->cipher, block, &n, block, BLOCK) && n == BLOCK);
}

/* The keyed hash over the 16 digits of the id and whom it is for, to the 32 digits
 * after them: a CBC-MAC, which is sound because these are two blocks always. A tenth
 * of what an HMAC costs, for a server that makes one for everybody who asks. */
static void sign(struct sip_nonces *nonces, const union sip_sockaddr *source,
		 char nonce[SIP_NONCE_TEXT])
{
	uint8_t mac[BLOCK], host[BLOCK];

	memcpy(mac, nonce, BLOCK);
	encrypt(nonces, mac);
	put_host(host, source);
	for (int i = 0; i < BLOCK; i++)
		mac[i] ^= host[i];
	encrypt(nonces, mac);
	rd_print_hex(nonce + 16, mac, BLOCK);
}

void sip_nonces_make(struct sip_nonces *nonces, const union sip_sockaddr *source,
		     char nonce[SIP_NONCE_TEXT])
{
	put_hex(nonce, make_id(now_s(), ++nonces->serial));
	sign(nonces, source, nonce);
}

/* The id that it claims, 0 for what is no nonce of ours by its length. */
static uint64_t claimed_id(struct rd_str nonce)
{
	uint64_t id = 0;

	if (nonce.n != SIP_NONCE_TEXT - 1)
		return 0;
	for (int i = 0; i < 16; i++)
		id = id << 4 | (uint64_t)sip_hex_value(nonce.p[i]);
	return id;
}

/* Its id if we made it, else 0. */
static uint64_t read_nonce(struct sip_nonces *nonces, const union sip_sockaddr *source,
			   struct rd_str nonce)
{
	char own[SIP_NONCE_TEXT];

	if (nonce.n != SIP_NONCE_TEXT - 1)
		return 0;
	memcpy(own, nonce.p, 16);
	sign(nonces, source, own);
	return CRYPTO_memcmp(own, nonce.p, nonce.n) ? 0 : claimed_id(nonce);
}

static bool is_fresh(const struct sip_nonces *nonces, uint64_t id)
{
	return now_s() - (uint32_t)(id >> 32) <= nonces->lifetime_s;
}

/* ---- each count once ---- */

static struct used_set *set_of(struct sip_nonces *nonces, uint64_t id)
{
	return &nonces->sets[(id * 0x9e3779b97f4a7c15u >> 40) & nonces->mask];
}

static struct used *find_used(struct used_set *set, uint64_t id)
{
	for (int i = 0; i < WAYS; i++)
		if (set->way[i].id == id)
			return &set->way[i];
	return NULL;
}

/* A slot for a new one: the oldest goes, and with it all that are older. */
static struct used *make_room(struct used_set *set)
{
	struct used *oldest = &set->way[0];

	for (int i = 1; i < WAYS; i++)
		if (set->way[i].id < oldest->id)
			oldest = &set->way[i];
	if (oldest->id > set->forgotten)
		set->forgotten = oldest->id;
	return oldest;
}

static bool take_count(struct used *used, uint32_t nc)
{
	if (nc > used->last) {
		uint32_t step = nc - used->last;

		used->window = step < NC_WINDOW ? used->window << step | 1 : 1;
		used->last = nc;
		return true;
	}
	if (used->last - nc >= NC_WINDOW || used->window >> (used->last - nc) & 1)
		return false;
	used->window |= 1u << (used->last - nc);
	return true;
}

/* First use of this nonce with this count? */
static bool take_nonce(struct sip_nonces *nonces, uint64_t id, uint32_t nc)
{
	struct used_set *set = set_of(nonces, id);
	struct used *used = find_used(set, id);

	if (used)
		return take_count(used, nc);
	if (id <= set->forgotten)
		return false;
	used = make_room(set);
	*used = (struct used){ .id = id, .last = nc, .window = 1 };
	return true;
}

bool sip_nonces_know(struct sip_nonces *nonces, const union sip_sockaddr *source,
		     struct rd_str nonce)
{
	uint64_t id = read_nonce(nonces, source, nonce);

	return id && is_fresh(nonces, id);
}

bool sip_nonces_ageing(const struct sip_nonces *nonces, struct rd_str nonce)
{
	return now_s() - (uint32_t)(claimed_id(nonce) >> 32) > nonces->lifetime_s / 2;
}

/* ---- challenge, and what comes after it ---- */

void sip_digest_challenge(struct sip_out *out, enum sip_header_id id,
			  const struct sip_digest_terms *terms,
			  enum sip_digest_algorithm algorithm)
{
	sip_out_header_begin(out, id);
	sip_out_cstr(out, "Digest realm=");
	sip_out_quoted(out, terms->realm);
	sip_out_cstr(out, ", nonce=\"");
	sip_out_str(out, terms->nonce);
	sip_out_cstr(out, "\", algorithm=");
	sip_out_str(out, sip_digest_algorithm_name(algorithm));
	sip_out_cstr(out, ", qop=\"");
	sip_out_cstr(out, terms->qop);
	sip_out_cstr(out, terms->userhash ? "\", userhash=true" : "\"");
	if (terms->stale)
		sip_out_cstr(out, ", stale=true");
	sip_out_crlf(out);
}

/* The same words as they were in the credentials, so that both ends count alike. */
static void add_proof(struct sip_out *out, const struct sip_digest *digest, const char *hex)
{
	sip_out_cstr(out, "rspauth=\"");
	sip_out_cstr(out, hex);
	sip_out_cstr(out, "\", qop=");
	sip_out_cstr(out, digest->qop == SIP_QOP_AUTH ? "auth" : "auth-int");
	sip_out_cstr(out, ", cnonce=\"");
	sip_out_str(out, digest->cnonce);
	sip_out_cstr(out, "\", nc=");
	sip_out_str(out, digest->nc_text);
}

void sip_digest_info(struct sip_out *out, const struct sip_digest *digest, const char *ha1,
		     struct rd_str body, struct rd_str next_nonce)
{
	bool proves = digest->qop == SIP_QOP_AUTH || digest->qop == SIP_QOP_AUTH_INT;
	char hex[SIP_DIGEST_HEX];

	/* A2 without a method: the answer has none. */
	if (proves && sip_digest_response(hex, digest, ha1, (struct rd_str){ 0 }, body))
		return;
	if (!proves && !next_nonce.n)
		return;
	sip_out_header_begin(out, SIP_H_AUTHENTICATION_INFO);
	if (proves)
		add_proof(out, digest, hex);
	if (next_nonce.n) {
		sip_out_cstr(out, proves ? ", nextnonce=\"" : "nextnonce=\"");
		sip_out_str(out, next_nonce);
		sip_out_char(out, '"');
	}
	sip_out_crlf(out);
}

/* ---- check ---- */

static bool is_complete(const struct sip_digest *digest)
{
	bool is_named = digest->username.n || digest->username_ext.n;

	if (!is_named || !digest->realm.p || !digest->nonce.n || !digest->uri.n ||
	    !digest->response.n || digest->algorithm == SIP_DIGEST_UNKNOWN ||
	    digest->qop == SIP_QOP_UNKNOWN)
		return false;
	if (digest->is_session && !digest->cnonce.n)
		return false;
	return digest->qop == SIP_QOP_NONE || (digest->cnonce.n && digest->nc);
}

/* Proxies and phones add and drop ports and parameters between the
 * request-URI and its copy here; the user and host they keep. */
static bool is_same_resource(struct rd_str a, struct rd_str b)
{
	struct sip_uri uri_a, uri_b;

	if (rd_str_eq(a, b))
		return true;
	return !sip_uri_parse(&uri_a, a, NULL) && !sip_uri_parse(&uri_b, b, NULL) &&
	       uri_a.host.p && rd_str_ieq(uri_a.host, uri_b.host) &&
	       rd_str_eq(uri_a.user, uri_b.user);
}

static bool is_response(const struct sip_digest *digest, const char *hex)
{
	char given[SIP_DIGEST_HEX];
	size_t n = strlen(hex);

	if (digest->response.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		given[i] = sip_lower(digest->response.p[i]);
	return !CRYPTO_memcmp(given, hex, n);
}

int sip_digest_check(struct sip_nonces *nonces, const union sip_sockaddr *source,
		     const struct sip_digest *digest, const char *ha1,
		     const struct sip_digest_request *request)
{
	char hex[SIP_DIGEST_HEX];
	uint64_t id;
	int rc;

	if (!is_complete(digest) ||
	    (request->uri.p && !is_same_resource(digest->uri, request->uri)))
		return -EINVAL;
	id = read_nonce(nonces, source, digest->nonce);
	if (!id)
		return -ESTALE; /* nobody learns from it whether the password is right */
	rc = sip_digest_response(hex, digest, ha1, request->method, request->body);
	if (rc)
		return rc;
	if (!is_response(digest, hex))
		return -EACCES;
	/* RFC 2069 has no count: such a nonce serves once. */
	if (!is_fresh(nonces, id) ||
	    !take_nonce(nonces, id, digest->qop == SIP_QOP_NONE ? UINT32_MAX : digest->nc))
		return -ESTALE;
	return 0;
}

int sip_digest_find(struct sip_digest *digest, const struct sip_msg *msg,
		    enum sip_header_id id, struct rd_str realm,
		    enum sip_digest_algorithm algorithm, const char **what)
{
	const struct sip_header *header = sip_msg_header(msg, id);

	for (; header; header = sip_msg_header_next(msg, header)) {
		int rc = sip_digest_parse(digest, header->value, what);

		if (rc == -ENOTSUP)
			continue;
		if (rc)
			return rc;
		if (rd_str_eq(digest->realm, realm) &&
		    (algorithm == SIP_DIGEST_UNKNOWN || algorithm == digest->algorithm))
			return 0;
	}
	return -ENOENT;
}
