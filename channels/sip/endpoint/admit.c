/* The door: a request gets in as one of our endpoints or not at all. Unknown
 * users, and known ones from a wrong address, walk the same path over the same
 * work as a wrong password. */
#include <ringdown/event.h>
#include <ringdown/log.h>

#include "channels/sip/driver.h"
#include "channels/sip/message/chars.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/endpoint/admit.h"
#include "channels/sip/endpoint/by_address.h"
#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/match_header.h"
#include "channels/sip/endpoint/names.h"
#include "channels/sip/endpoint/networks.h"
#include "channels/sip/endpoint/proof.h"
#include "channels/sip/endpoint/settings_domains.h"

/* From: the user part, escapes undone. */
static struct rd_str user_of(struct rd_str uri_text, char *buf, size_t size)
{
	struct sip_uri uri;
	ssize_t n;

	if (sip_uri_parse(&uri, uri_text, NULL) || !uri.user.n)
		return (struct rd_str){ 0 };
	n = sip_unescape(buf, size, uri.user);
	return n < 0 ? (struct rd_str){ 0 } : (struct rd_str){ buf, (size_t)n };
}

/* What a request was given to prove who it is, read once: rc as below. */
struct credentials {
	struct sip_digest digest;
	int rc;
};

/* For us, of what we offered, by the strongest that was used; for us as a proxy
 * they stand in another header. 0, -ENOENT, -EINVAL. */
static int find_credentials(struct sip_digest *digest, const struct sip_settings *settings,
			    const struct sip_msg *msg)
{
	struct rd_str realm = rd_str_of(settings->realm);
	int rc = -ENOENT;

	for (int i = SIP_DIGEST_ALGORITHMS - 1; i >= 0 && rc == -ENOENT; i--) {
		if (!sip_settings_offer(settings, i))
			continue;
		rc = sip_digest_find(digest, msg, SIP_H_AUTHORIZATION, realm, i, NULL);
		if (rc == -ENOENT)
			rc = sip_digest_find(digest, msg, SIP_H_PROXY_AUTHORIZATION, realm,
					     i, NULL);
	}
	return rc;
}

static const struct sip_endpoint *of_uri(const struct sip_settings *settings,
					 struct rd_str uri_text)
{
	struct sip_uri uri;

	return sip_uri_parse(&uri, uri_text, NULL) ? NULL : sip_domains_find_uri(settings, &uri);
}

/* Several sections may share a name in credentials: then it is the one of From. */
static const struct sip_endpoint *of_user(const struct sip_settings *settings,
					  const struct sip_msg *msg,
					  const struct sip_endpoint *found, struct rd_str username)
{
	const struct sip_endpoint *endpoint = of_uri(settings, msg->from.uri);

	return endpoint && rd_str_eq(sip_endpoint_user(endpoint), username) ? endpoint : found;
}

/* 0 with what the name in the credentials means (NULL: nobody), or -ENOENT. */
static int by_credentials(const struct sip_settings *settings, const struct sip_msg *msg,
			  const struct credentials *given,
			  const struct sip_endpoint **endpoint)
{
	struct rd_str username;
	char name[256];

	if (given->rc)
		return -ENOENT;
	username = sip_digest_username(&given->digest, name, sizeof(name));
	*endpoint = given->digest.userhash ? sip_settings_find_hashed(settings, username)
					   : sip_settings_find_user(settings, username);
	if (*endpoint)
		username = sip_endpoint_user(*endpoint);
	*endpoint = of_user(settings, msg, *endpoint, username);
	return 0;
}

/* Phones may sit beside a known gateway, behind one address: a REGISTER is
 * the gateway's only if it is for the gateway. */
static bool registers_another(const struct sip_msg *msg, const struct sip_endpoint *endpoint)
{
	struct sip_uri to;

	return msg->method == SIP_REGISTER &&
	       (sip_uri_parse(&to, msg->to.uri, NULL) || !sip_domains_is_record(endpoint, &to));
}

/* Whom a request claims or is known to come from: by the user of its credentials, by
 * source address, by another header, by the user of From. NULL: nobody. */
static const struct sip_endpoint *identify(const struct sip_settings *settings,
					   const struct sip_msg *msg,
					   const union sip_sockaddr *source,
					   const struct credentials *given)
{
	const struct sip_endpoint *known = sip_find_by_address(settings, msg, source);
	const struct sip_endpoint *claimed = NULL;

	if (!known)
		known = sip_match_header_find(settings, msg);
	if (known && registers_another(msg, known))
		known = NULL;
	if (by_credentials(settings, msg, given, &claimed) == 0)
		return claimed ? claimed : known;
	if (known)
		return known;
	return of_uri(settings, msg->from.uri);
}

const struct sip_endpoint *sip_admit_claimed(const struct sip_msg *msg)
{
	const struct credentials none = { .rc = -ENOENT };

	return identify(sip.settings, msg, &msg->source, &none);
}

static void print_challenge(struct sip_out *out, const struct sip_flow *flow, unsigned status,
			    bool stale)
{
	static const char *const qops[] = { "auth", "auth-int", "auth,auth-int" };
	enum sip_header_id id = status == 407 ? SIP_H_PROXY_AUTHENTICATE :
						SIP_H_WWW_AUTHENTICATE;
	char nonce[SIP_NONCE_TEXT];
	struct sip_digest_terms terms = {
		.realm = rd_str_of(sip.settings->realm),
		.qop = qops[sip.settings->digest_qop],
		.stale = stale,
		.userhash = sip.settings->userhash,
	};

	sip_guard_challenged(sip.guard, flow);
	sip_nonces_make(sip.nonces, &flow->peer, nonce);
	terms.nonce = rd_str_of(nonce);
	for (int i = SIP_DIGEST_ALGORITHMS - 1; i >= 0; i--)
		if (sip_settings_offer(sip.settings, i))
			sip_digest_challenge(out, id, &terms, i);
}

/* Nothing is kept of a challenge but what an INVITE's ACK needs (RFC 3261 §8.2.7):
 * a flood of requests without credentials must not fill the memory for 32 s. */
static void challenge(struct sip_server *server, const struct sip_msg *msg, unsigned status,
		      bool stale)
{
	const struct sip_flow *flow = sip_server_flow(server);
	const struct rd_str standard = { 0 };
	struct sip_out *out;

	if (msg->method == SIP_INVITE) {
		out = sip_reply_begin(server, status, standard);
		print_challenge(out, flow, status, stale);
		sip_reply_send(server, out);
		return;
	}
	out = sip_stateless_begin(sip.transactions, msg, status, standard);
	print_challenge(out, flow, status, stale);
	sip_stateless_send(sip.transactions, msg, flow, out);
	sip_server_end(server);
}

/* What strangers sent must not look like other words of the line. */
static void plain_text(char *to, size_t size, struct rd_str text)
{
	rd_strcpyn(to, size, text);
	for (; *to; to++)
		if (!sip_is(*to, SIP_CH_HOST) && !strchr("@+*#:", *to))
			*to = '?';
}

/* Whom the request claims to be, for people; never for the far end. */
static void refused(const struct sip_msg *msg)
{
	char source[SIP_SOCKADDR_TEXT], user[128], buf[128], id[64];
	struct rd_event_field fields[] = { { "account", user }, { "address", source } };
	struct rd_event event = { .type = RD_EVENT_SECURITY,
				  .name = "InvalidPassword",
				  .text = "wrong user or password",
				  .fields = fields,
				  .field_count = RD_ARRAY_SIZE(fields) };

	sip_sockaddr_text(&msg->source, source);
	plain_text(user, sizeof(user), user_of(msg->from.uri, buf, sizeof(buf)));
	plain_text(id, sizeof(id), msg->call_id);
	/* These words are what fail2ban's filter for Asterisk looks for. */
	rd_notice("Request '%.*s' from '%s' failed for '%s' (callid: %s) - "
		  "Failed to authenticate", RD_STR_ARG(msg->method_name), user, source, id);
	rd_event_publish(&event);
}

/* A forged address cannot know our nonce: what comes without is not held against it,
 * and not looked at either. An old nonce of ours proves the address as well. */
static void note_outcome(const struct sip_msg *msg, const struct sip_digest *digest, int rc)
{
	if (rc == 0)
		sip_guard_trust(sip.guard, &msg->source);
	else if (sip_nonces_know(sip.nonces, &msg->source, digest->nonce))
		sip_guard_proven(sip.guard, &msg->source);
	if (rc == -EACCES)
		sip_guard_failed(sip.guard, &msg->source);
}

/* One telephone, written in two ways? */
static bool same_number(const struct sip_uri *a, const struct sip_uri *b)
{
	char number_a[256], number_b[256];

	return sip_uri_number(number_a, sizeof(number_a), a) > 0 &&
	       sip_uri_number(number_b, sizeof(number_b), b) > 0 &&
	       strcmp(number_a, number_b) == 0;
}

/* RFC 7616 §3.4.6, with what RFC 3261 §22.4 allows: proxies on the way rewrite the
 * host, and some phones name the server only. The user must be the same. */
static bool are_for(const struct sip_digest *digest, const struct sip_msg *msg)
{
	struct sip_uri uri;

	if (rd_str_eq(digest->uri, msg->uri))
		return true;
	if (sip_uri_parse(&uri, digest->uri, NULL))
		return false;
	return !uri.user.n || !msg->target.user.n ||
	       sip_uri_text_equal(uri.user, msg->target.user, false) ||
	       same_number(&uri, &msg->target);
}

/* 0, -ENOENT without credentials for us, or as sip_digest_check(). */
static int check(const struct sip_msg *msg, const struct sip_endpoint *endpoint,
		 const struct credentials *given)
{
	const struct sip_digest *digest = &given->digest;
	const struct sip_digest_request request = { .method = msg->method_name,
						    .body = msg->body };
	const char *ha1;
	int rc;

	if (given->rc)
		return given->rc;
	if (!are_for(digest, msg))
		return -EINVAL;
	ha1 = endpoint && endpoint->has_secret ? endpoint->ha1[digest->algorithm]
					       : sip.nobody[digest->algorithm];
	rc = sip_digest_check(sip.nonces, &msg->source, digest, ha1, &request);
	if (rc == 0 && (!endpoint || !endpoint->has_secret))
		rc = -EACCES;
	note_outcome(msg, digest, rc);
	return rc;
}

static const struct sip_endpoint *authenticate(struct sip_server *server,
					       const struct sip_msg *msg,
					       const struct sip_endpoint *endpoint,
					       const struct credentials *given,
					       unsigned status)
{
	switch (check(msg, endpoint, given)) {
	case 0:
		return endpoint;
	case -ENOENT:
		challenge(server, msg, status, false);
		return NULL;
	case -ESTALE:
		challenge(server, msg, status, true);
		return NULL;
	case -EINVAL:
		sip_reply(server, 400, RD_STR("Credentials for this URI were expected"));
		return NULL;
	default:
		refused(msg);
		sip_reply(server, 403, (struct rd_str){ 0 });
		return NULL;
	}
}

static bool is_known(const struct sip_endpoint *endpoint, const struct sip_msg *msg,
		     const union sip_sockaddr *source)
{
	return sip_address_is_of(endpoint, source) ||
	       sip_match_header_find(sip.settings, msg) == endpoint;
}

/* Whose certificate is shown (RFC 5922). */
static const struct sip_endpoint *by_certificate(const struct sip_flow *flow,
						 const struct sip_msg *msg)
{
	const struct sip_endpoint *endpoint = sip.settings->certified;

	for (; endpoint; endpoint = endpoint->next_certified)
		for (const char *const *name = endpoint->certificates; *name; name++)
			if (sip_flow_peer_is(flow, rd_str_of(*name)) && endpoint->trust_match &&
			    !registers_another(msg, endpoint))
				return endpoint;
	return NULL;
}

/* Who is known by the way that the request came, and shows no password. */
static const struct sip_endpoint *by_way(const struct sip_flow *flow, const struct sip_msg *msg,
					 const struct credentials *given, bool *by_our_flow)
{
	const struct sip_endpoint *endpoint;

	*by_our_flow = false;
	if (given->rc != -ENOENT)
		return NULL;
	endpoint = sip_enrolled_caller(flow, msg, by_our_flow);
	return endpoint ? endpoint : by_certificate(flow, msg);
}

static const struct sip_endpoint *admit(struct sip_server *server, const struct sip_msg *msg,
					const struct credentials *given, unsigned status)
{
	const union sip_sockaddr *source = &sip_server_flow(server)->peer;
	bool by_our_flow;
	const struct sip_endpoint *endpoint =
		by_way(sip_server_flow(server), msg, given, &by_our_flow);
	bool is_proven = endpoint;

	if (!endpoint)
		endpoint = identify(sip.settings, msg, source, given);
	if (endpoint && !sip_endpoint_permits(endpoint, source))
		endpoint = NULL;
	if (endpoint && endpoint->trust_match && by_our_flow)
		sip_guard_trust(sip.guard, source); /* we went there, and were answered */
	if (endpoint && endpoint->trust_match &&
	    (is_proven || is_known(endpoint, msg, source)))
		return sip_proof_given(server, msg) ? endpoint : NULL;
	/* A name is no proof: without a password, only its address would be. */
	if (endpoint && !endpoint->has_secret)
		endpoint = NULL;
	return authenticate(server, msg, endpoint, given, status);
}

/* RFC 5630 §5.1.2; the warning, or 0. */
static unsigned wrong_scheme(const struct sip_endpoint *endpoint, const struct sip_msg *msg)
{
	bool secure = sip_uri_is_secure(msg->uri);

	if (msg->method == SIP_REGISTER)
		return 0;
	if (endpoint->sips == SIP_SIPS_REFUSE && secure)
		return SIP_WARN_SIPS_NOT_ALLOWED;
	return endpoint->sips == SIP_SIPS_REQUIRE && !secure ? SIP_WARN_SIPS_REQUIRED : 0;
}

const struct sip_endpoint *sip_admit_with(struct sip_server *server,
					  const struct sip_msg *msg,
					  struct sip_digest *digest)
{
	struct credentials given;
	const struct sip_endpoint *endpoint;
	struct sip_out *out;
	unsigned warning;

	given.rc = find_credentials(&given.digest, sip.settings, msg);
	*digest = given.rc ? (struct sip_digest){ 0 } : given.digest;
	endpoint = admit(server, msg, &given, 401);
	warning = endpoint ? wrong_scheme(endpoint, msg) : 0;
	if (!warning)
		return endpoint;
	out = sip_answer_begin(server, 480);
	sip_print_sips_warning(out, warning);
	sip_reply_send(server, out);
	return NULL;
}

const struct sip_endpoint *sip_admit(struct sip_server *server, const struct sip_msg *msg)
{
	struct sip_digest given;

	return sip_admit_with(server, msg, &given);
}

const struct sip_endpoint *sip_admit_as_proxy(struct sip_server *server,
					      const struct sip_msg *msg)
{
	struct credentials given;

	given.rc = find_credentials(&given.digest, sip.settings, msg);
	return admit(server, msg, &given, 407);
}

bool sip_admit_knows(const struct sip_flow *flow)
{
	const struct sip_endpoint *endpoint = sip_find_by_address(sip.settings, NULL, &flow->peer);

	return sip_guard_trusts(sip.guard, flow) ||
	       (endpoint && endpoint->trust_match &&
		sip_endpoint_permits(endpoint, &flow->peer) &&
		sip_guard_is_proven(sip.guard, flow));
}

void sip_print_authentication_info(struct sip_out *out, const struct sip_endpoint *endpoint,
				   const struct sip_digest *given,
				   const union sip_sockaddr *source)
{
	struct rd_str next = { 0 };
	char nonce[SIP_NONCE_TEXT];

	if (!endpoint->has_secret || !given->nonce.n)
		return;
	if (sip_nonces_ageing(sip.nonces, given->nonce)) {
		sip_nonces_make(sip.nonces, source, nonce);
		next = rd_str_of(nonce);
	} else if (!sip.settings->authentication_info) {
		return;
	}
	sip_digest_info(out, given, endpoint->ha1[given->algorithm], (struct rd_str){ 0 }, next);
}
