/* Credentials by realm, as a client keeps them. */
#include <ringdown/base.h>

#include "channels/sip/dialog/credentials.h"
#include "channels/sip/message/room.h"

#define REALMS_MAX 4

/* One realm; its texts stand in one allocation. */
struct realm {
	struct sip_digest challenge; /* with our cnonce */
	enum sip_header_id id;
	uint32_t nc;
	char *text; /* what the views of challenge point into; NULL: free place */
	char *username;
	char ha1[SIP_DIGEST_HEX], cnonce[SIP_CNONCE_TEXT];
};

struct sip_credentials {
	unsigned refs;
	struct realm realms[REALMS_MAX];
	char *invite; /* the lines of the last INVITE */
};

struct sip_credentials *sip_credentials_new(void)
{
	struct sip_credentials *credentials = rd_zalloc(sizeof(*credentials));

	if (credentials)
		credentials->refs = 1;
	return credentials;
}

struct sip_credentials *sip_credentials_ref(struct sip_credentials *credentials)
{
	if (credentials)
		credentials->refs++;
	return credentials;
}

static void realm_fini(struct realm *realm)
{
	rd_free(realm->text);
	rd_free(realm->username);
	memset(realm, 0, sizeof(*realm));
}

void sip_credentials_unref(struct sip_credentials *credentials)
{
	if (!credentials || --credentials->refs)
		return;
	for (int i = 0; i < REALMS_MAX; i++)
		realm_fini(&credentials->realms[i]);
	rd_free(credentials->invite);
	rd_free(credentials);
}

/* ---- learning ---- */

static struct realm *find(struct sip_credentials *credentials, enum sip_header_id id,
			  struct rd_str name)
{
	for (int i = 0; i < REALMS_MAX; i++) {
		struct realm *realm = &credentials->realms[i];

		if (realm->text && realm->id == id && rd_str_eq(realm->challenge.realm, name))
			return realm;
	}
	return NULL;
}

static struct realm *find_free(struct sip_credentials *credentials)
{
	for (int i = 0; i < REALMS_MAX; i++)
		if (!credentials->realms[i].text)
			return &credentials->realms[i];
	return NULL;
}

/* The views into a text of their own; nonce instead of the one that it has. */
static char *own_texts(struct sip_digest *challenge, struct rd_str nonce)
{
	char *text = rd_malloc(challenge->realm.n + nonce.n + challenge->opaque.n +
			       challenge->algorithm_text.n + 1);
	char *at = text;

	if (!text)
		return NULL;
	challenge->realm = sip_room_put(&at, challenge->realm);
	challenge->nonce = sip_room_put(&at, nonce);
	challenge->opaque = sip_room_put(&at, challenge->opaque);
	challenge->algorithm_text = sip_room_put(&at, challenge->algorithm_text);
	return text;
}

/* The same realm with another nonce: counting starts anew. */
static int take_nonce(struct realm *realm, struct sip_digest challenge, struct rd_str nonce)
{
	char *text = own_texts(&challenge, nonce);

	if (!text)
		return -ENOMEM;
	rd_free(realm->text);
	realm->text = text;
	sip_digest_make_cnonce(realm->cnonce);
	challenge.cnonce = rd_str_of(realm->cnonce);
	realm->challenge = challenge;
	realm->nc = 0;
	return 0;
}

static int find_ha1(char ha1[SIP_DIGEST_HEX], const struct sip_digest *challenge,
		    const char *username, const struct sip_secret *secret)
{
	const char *known = secret->ha1[challenge->algorithm];

	if (secret->password)
		return sip_digest_ha1(ha1, challenge->algorithm, rd_str_of(username),
				      challenge->realm, rd_str_of(secret->password));
	return known && rd_strcpy(ha1, SIP_DIGEST_HEX, known) ? 0 : -ENOTSUP;
}

static int take(struct realm *realm, const struct sip_digest_demand *demand,
		const char *username, const struct sip_secret *secret)
{
	const struct sip_digest *challenge = &demand->challenge;
	int rc = find_ha1(realm->ha1, challenge, username, secret);

	if (rc == 0 && !realm->username) {
		realm->username = rd_strdup(username);
		rc = realm->username ? 0 : -ENOMEM;
	}
	if (rc == 0)
		rc = take_nonce(realm, *challenge, challenge->nonce);
	if (rc && !realm->text)
		realm_fini(realm);
	else
		realm->id = demand->id;
	return rc;
}

/* Did this request bring credentials for the realm? */
static bool was_answered(const struct sip_msg *request, const struct sip_digest_demand *demand)
{
	struct sip_digest digest;

	return sip_digest_find(&digest, request, demand->id, demand->challenge.realm,
			       SIP_DIGEST_UNKNOWN, NULL) == 0;
}

/* A bit for each. */
static unsigned algorithms_of(const struct sip_secret *secret)
{
	unsigned algorithms = 0;

	for (unsigned i = 0; i < SIP_DIGEST_ALGORITHMS; i++)
		if (secret->password || secret->ha1[i])
			algorithms |= 1u << i;
	return algorithms;
}

int sip_credentials_learn(struct sip_credentials *credentials, const struct sip_msg *request,
			  const struct sip_msg *response, bool first, const char *username,
			  const struct sip_secret *secret)
{
	struct sip_digest_demand demands[REALMS_MAX];
	int count = sip_digest_demands(demands, REALMS_MAX, response, algorithms_of(secret));
	int rc = count < 0 ? count : 0, news = 0;

	for (int i = 0; i < count && rc == 0; i++) {
		struct sip_digest *challenge = &demands[i].challenge;
		struct realm *realm = find(credentials, demands[i].id, challenge->realm);

		if (!first && !challenge->stale && was_answered(request, &demands[i]))
			continue;
		realm = realm ? realm : find_free(credentials);
		if (!realm) /* not memory: somebody who names ever new ones gets no more */
			return -ENOSPC;
		rc = take(realm, &demands[i], username, secret);
		news += rc == 0;
	}
	return rc || news ? rc : -EACCES;
}

void sip_credentials_renew(struct sip_credentials *credentials, const struct sip_msg *request,
			   const struct sip_msg *response)
{
	struct rd_str nonce = sip_digest_next_nonce(
		sip_msg_value(response, SIP_H_AUTHENTICATION_INFO));

	if (!nonce.n)
		return;
	for (int i = 0; i < REALMS_MAX; i++) {
		struct realm *realm = &credentials->realms[i];
		const struct sip_digest_demand used = { realm->challenge, realm->id };

		if (realm->text && realm->id == SIP_H_AUTHORIZATION &&
		    was_answered(request, &used))
			take_nonce(realm, realm->challenge, nonce);
	}
}

/* ---- printing ---- */

static void keep_for_ack(struct sip_credentials *credentials, struct rd_str lines)
{
	rd_free(credentials->invite);
	credentials->invite = lines.n ? rd_strndup(lines.p, lines.n) : NULL;
}

void sip_credentials_print(struct sip_credentials *credentials, struct sip_out *out,
			   struct rd_str method, struct rd_str uri, struct rd_str body)
{
	const struct sip_digest_request request = { method, uri, body };
	size_t start = out->n;

	for (int i = 0; i < REALMS_MAX; i++) {
		struct realm *realm = &credentials->realms[i];
		struct sip_digest_login login;

		if (!realm->text || (realm->challenge.qop == SIP_QOP_AUTH_INT && !body.p))
			continue;
		login = (struct sip_digest_login){ rd_str_of(realm->username), realm->ha1,
						   ++realm->nc };
		sip_digest_answer(out, realm->id, &realm->challenge, &login, &request);
	}
	if (rd_str_eq(method, RD_STR("INVITE")) && !out->overflow)
		keep_for_ack(credentials, (struct rd_str){ out->p + start, out->n - start });
}

void sip_credentials_print_ack(const struct sip_credentials *credentials, struct sip_out *out)
{
	if (credentials->invite)
		sip_out_cstr(out, credentials->invite);
}
