/* Digest as a client: choose among challenges, answer one. */
#include "channels/sip/message/digest.h"
#include "channels/sip/message/digest_hash.h"

#define CNONCE_BYTES (SIP_CNONCE_TEXT / 2)

static bool can_answer(const struct sip_digest *challenge, unsigned algorithms)
{
	return challenge->algorithm != SIP_DIGEST_UNKNOWN &&
	       algorithms & 1u << challenge->algorithm && challenge->qop != SIP_QOP_UNKNOWN &&
	       challenge->realm.p && challenge->nonce.n;
}

/* The place of this realm among those seen so far, or the next free one. */
static int place_of(const struct sip_digest_demand *demands, int count,
		    enum sip_header_id id, struct rd_str realm)
{
	int i = 0;

	while (i < count &&
	       (demands[i].id != id || !rd_str_eq(demands[i].challenge.realm, realm)))
		i++;
	return i;
}

static int collect(struct sip_digest_demand *demands, int count, int max,
		   const struct sip_msg *response, unsigned algorithms, bool by_proxy)
{
	enum sip_header_id from = by_proxy ? SIP_H_PROXY_AUTHENTICATE : SIP_H_WWW_AUTHENTICATE;
	enum sip_header_id id = by_proxy ? SIP_H_PROXY_AUTHORIZATION : SIP_H_AUTHORIZATION;
	const struct sip_header *header = sip_msg_header(response, from);

	for (; header; header = sip_msg_header_next(response, header)) {
		struct sip_digest challenge;
		int i;

		if (sip_digest_parse(&challenge, header->value, NULL) ||
		    !can_answer(&challenge, algorithms))
			continue;
		i = place_of(demands, count, id, challenge.realm);
		if (i == max || (i < count &&
				 demands[i].challenge.algorithm >= challenge.algorithm))
			continue;
		demands[i] = (struct sip_digest_demand){ challenge, id };
		count = RD_MAX(count, i + 1);
	}
	return count;
}

int sip_digest_demands(struct sip_digest_demand *demands, int max,
		       const struct sip_msg *response, unsigned algorithms)
{
	int count;

	if (!sip_msg_header(response, SIP_H_PROXY_AUTHENTICATE) &&
	    !sip_msg_header(response, SIP_H_WWW_AUTHENTICATE))
		return -ENOENT;
	count = collect(demands, 0, max, response, algorithms, true);
	count = collect(demands, count, max, response, algorithms, false);
	return count ? count : -ENOTSUP;
}

struct rd_str sip_digest_next_nonce(struct rd_str info)
{
	struct rd_str element, name;

	while (sip_list_next(&info, &element))
		if (rd_str_cut(&element, '=', &name) &&
		    rd_str_ieq(rd_str_trim(name), RD_STR("nextnonce")))
			return sip_strip_quotes(rd_str_trim(element));
	return (struct rd_str){ 0 };
}

static void add_raw(struct sip_out *out, const char *name, struct rd_str value)
{
	sip_out_cstr(out, ", ");
	sip_out_cstr(out, name);
	sip_out_cstr(out, "=\"");
	sip_out_str(out, value);
	sip_out_char(out, '"');
}

static void add_token(struct sip_out *out, const char *name, struct rd_str value)
{
	sip_out_cstr(out, ", ");
	sip_out_cstr(out, name);
	sip_out_char(out, '=');
	sip_out_str(out, value);
}

static void hex_count(char text[9], uint32_t nc)
{
	uint8_t bytes[4] = { (uint8_t)(nc >> 24), (uint8_t)(nc >> 16), (uint8_t)(nc >> 8),
			     (uint8_t)nc };

	rd_print_hex(text, bytes, sizeof(bytes));
}

void sip_digest_make_cnonce(char cnonce[SIP_CNONCE_TEXT])
{
	uint8_t random[CNONCE_BYTES];

	rd_random(random, sizeof(random));
	rd_print_hex(cnonce, random, sizeof(random));
}

static int add_username(struct sip_out *out, const struct sip_digest *digest,
			struct rd_str username)
{
	char hash[SIP_DIGEST_HEX];
	int rc = 0;

	sip_out_cstr(out, "Digest username=");
	if (!digest->userhash) {
		sip_out_quoted(out, username);
		return 0;
	}
	rc = sip_digest_userhash(hash, digest->algorithm, username, digest->realm);
	sip_out_quoted(out, rd_str_of(hash));
	sip_out_cstr(out, ", userhash=true");
	return rc;
}

int sip_digest_answer(struct sip_out *out, enum sip_header_id id,
		      const struct sip_digest *challenge,
		      const struct sip_digest_login *login,
		      const struct sip_digest_request *request)
{
	char response[SIP_DIGEST_HEX], cnonce[SIP_CNONCE_TEXT], count[9];
	struct sip_digest digest = *challenge;
	int rc;

	if (!digest.cnonce.n) {
		sip_digest_make_cnonce(cnonce);
		digest.cnonce = rd_str_of(cnonce);
	}
	hex_count(count, login->nc);
	digest.nc_text = rd_str_of(count);
	digest.uri = request->uri;
	rc = sip_digest_response(response, &digest, login->ha1, request->method, request->body);
	if (rc)
		return rc;
	sip_out_header_begin(out, id);
	rc = add_username(out, &digest, login->username);
	if (rc)
		return rc;
	add_raw(out, "realm", digest.realm);
	add_raw(out, "nonce", digest.nonce);
	add_raw(out, "uri", digest.uri);
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
