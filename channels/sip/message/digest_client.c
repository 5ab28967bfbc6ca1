/* Digest as a client: choose among challenges, answer one. */
#include "digest.h"
#include "digest_hash.h"

#define CNONCE_BYTES 8

static bool can_answer(const struct sip_digest *challenge)
{
	return challenge->algorithm != SIP_DIGEST_UNKNOWN &&
	       challenge->qop != SIP_QOP_UNKNOWN && challenge->realm.p &&
	       challenge->nonce.n;
}

int sip_digest_pick(struct sip_digest *challenge, const struct sip_msg *response,
		    enum sip_header_id *id)
{
	enum sip_header_id from = response->status == 407 ? SIP_H_PROXY_AUTHENTICATE :
							    SIP_H_WWW_AUTHENTICATE;
	const struct sip_header *header = sip_msg_header(response, from);

	*id = response->status == 407 ? SIP_H_PROXY_AUTHORIZATION : SIP_H_AUTHORIZATION;
	if (!header)
		return -ENOENT;
	for (; header; header = sip_msg_header_next(response, header))
		if (!sip_digest_parse(challenge, header->value, NULL) &&
		    can_answer(challenge))
			return 0;
	return -ENOTSUP;
}

static void add_raw(struct sip_out *out, const char *name, struct rd_str value)
{
	sip_out_add(out, ", ", 2);
	sip_out_cstr(out, name);
	sip_out_add(out, "=\"", 2);
	sip_out_str(out, value);
	sip_out_char(out, '"');
}

static void add_token(struct sip_out *out, const char *name, struct rd_str value)
{
	sip_out_add(out, ", ", 2);
	sip_out_cstr(out, name);
	sip_out_char(out, '=');
	sip_out_str(out, value);
}

static void hex_count(char text[9], uint32_t nc)
{
	uint8_t bytes[4] = { (uint8_t)(nc >> 24), (uint8_t)(nc >> 16), (uint8_t)(nc >> 8),
			     (uint8_t)nc };

	sip_digest_hex(text, bytes, sizeof(bytes));
}

int sip_digest_answer(struct sip_out *out, enum sip_header_id id,
		      const struct sip_digest *challenge, struct rd_str username,
		      const char *ha1, uint32_t nc, struct rd_str method,
		      struct rd_str uri, struct rd_str body)
{
	char response[SIP_DIGEST_HEX], cnonce[2 * CNONCE_BYTES + 1], count[9];
	struct sip_digest digest = *challenge;
	uint8_t random[CNONCE_BYTES];
	int rc;

	rd_random(random, sizeof(random));
	sip_digest_hex(cnonce, random, sizeof(random));
	hex_count(count, nc);
	digest.cnonce = rd_str_of(cnonce);
	digest.nc_text = rd_str_of(count);
	digest.uri = uri;
	rc = sip_digest_response(response, &digest, ha1, method, body);
	if (rc)
		return rc;
	sip_out_header_begin(out, id);
	sip_out_cstr(out, "Digest username=");
	sip_out_quoted(out, username);
	add_raw(out, "realm", digest.realm);
	add_raw(out, "nonce", digest.nonce);
	add_raw(out, "uri", uri);
	add_raw(out, "response", rd_str_of(response));
	if (digest.algorithm_text.n)
		add_token(out, "algorithm", digest.algorithm_text);
	if (digest.qop != SIP_QOP_NONE || digest.is_session)
		add_raw(out, "cnonce", digest.cnonce);
	if (digest.qop != SIP_QOP_NONE) {
		add_token(out, "qop", digest.qop == SIP_QOP_AUTH ? RD_STR("auth") :
								   RD_STR("auth-int"));
		add_token(out, "nc", digest.nc_text);
	}
	if (digest.opaque.p)
		add_raw(out, "opaque", digest.opaque);
	sip_out_crlf(out);
	return 0;
}
