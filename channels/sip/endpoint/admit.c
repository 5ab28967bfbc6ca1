/* The door: a request gets in as one of our endpoints or not at all. Unknown
 * users, and known ones from a wrong address, walk the same path over the same
 * work as a wrong password. */
#include <ringdown/event.h>
#include <ringdown/log.h>

#include "../driver.h"
#include "admit.h"

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

static const struct sip_endpoint *by_address(const struct sip_settings *settings,
					     const union sip_sockaddr *source)
{
	const struct sip_endpoint *endpoint;
	const struct sip_network *network;

	for (endpoint = settings->matched; endpoint; endpoint = endpoint->next_match)
		for (network = endpoint->match; network; network = network->next)
			if (sip_network_has(network, source))
				return endpoint;
	return NULL;
}

/* 0 with what the name in the credentials means (NULL: nobody), or -ENOENT. */
static int by_credentials(const struct sip_settings *settings, const struct sip_msg *msg,
			  const struct sip_endpoint **endpoint)
{
	struct sip_digest digest;
	char name[256];
	ssize_t n;

	if (sip_digest_find(&digest, msg, SIP_H_AUTHORIZATION, rd_str_of(settings->realm),
			    SIP_DIGEST_UNKNOWN, NULL))
		return -ENOENT;
	n = sip_unquote(name, sizeof(name), digest.username);
	*endpoint = n < 0 ? NULL
			  : sip_settings_find(settings, (struct rd_str){ name, (size_t)n });
	return 0;
}

/* Phones may sit beside a known gateway, behind one address: a REGISTER is
 * the gateway's only if it is for the gateway. */
static bool registers_another(const struct sip_msg *msg, const struct sip_endpoint *endpoint)
{
	char name[256];

	return msg->method == SIP_REGISTER &&
	       !rd_str_eq(user_of(msg->to.uri, name, sizeof(name)),
			  rd_str_of(endpoint->name));
}

const struct sip_endpoint *sip_identify(const struct sip_settings *settings,
					const struct sip_msg *msg,
					const union sip_sockaddr *source)
{
	const struct sip_endpoint *known = by_address(settings, source), *claimed = NULL;
	char name[256];

	if (known && registers_another(msg, known))
		known = NULL;
	if (by_credentials(settings, msg, &claimed) == 0)
		return claimed ? claimed : known;
	if (known)
		return known;
	return sip_settings_find(settings, user_of(msg->from.uri, name, sizeof(name)));
}

/* Do we challenge with it, and so take an answer by it? */
static bool offered(enum sip_digest_algorithm algorithm)
{
	switch (sip.settings->digest) {
	case SIP_OFFER_MD5:
		return algorithm == SIP_DIGEST_MD5;
	case SIP_OFFER_SHA256:
		return algorithm == SIP_DIGEST_SHA256;
	default:
		return algorithm < SIP_DIGEST_ALGORITHMS;
	}
}

static void challenge(struct sip_server *server, bool stale)
{
	struct rd_str realm = rd_str_of(sip.settings->realm), nonce_text;
	struct sip_out *out = sip_reply_begin(server, 401, (struct rd_str){ 0 });
	char nonce[SIP_NONCE_TEXT];

	if (!out)
		return;
	sip_nonces_make(sip.nonces, nonce);
	nonce_text = rd_str_of(nonce);
	if (offered(SIP_DIGEST_SHA256))
		sip_digest_challenge(out, SIP_H_WWW_AUTHENTICATE, realm, nonce_text,
				     SIP_DIGEST_SHA256, stale);
	if (offered(SIP_DIGEST_MD5))
		sip_digest_challenge(out, SIP_H_WWW_AUTHENTICATE, realm, nonce_text,
				     SIP_DIGEST_MD5, stale);
	sip_reply_send(server, out);
}

/* Whom the request claims to be, for people; never for the far end. */
static void refused(const struct sip_msg *msg, const struct sip_flow *flow)
{
	char source[SIP_SOCKADDR_TEXT], user[128], buf[128];
	struct rd_event_field fields[] = { { "account", user }, { "address", source } };
	struct rd_event event = { .type = RD_EVENT_SECURITY,
				  .name = "InvalidPassword",
				  .text = "wrong user or password",
				  .fields = fields,
				  .field_count = RD_ARRAY_SIZE(fields) };

	sip_sockaddr_text(&flow->peer, source);
	rd_strcpyn(user, sizeof(user), user_of(msg->from.uri, buf, sizeof(buf)));
	rd_notice("sip/%s: %.*s refused, wrong user or password from %s", user,
		  RD_STR_ARG(msg->method_name), source);
	rd_event_publish(&event);
}

/* 0, -ENOENT without credentials for us, or as sip_digest_check(). */
static int check(const struct sip_msg *msg, const struct sip_endpoint *endpoint)
{
	const char *ha1, *what;
	struct sip_digest digest;
	int rc = sip_digest_find(&digest, msg, SIP_H_AUTHORIZATION,
				 rd_str_of(sip.settings->realm), SIP_DIGEST_UNKNOWN, &what);

	if (rc || !offered(digest.algorithm))
		return rc ? rc : -ENOENT;
	ha1 = endpoint ? endpoint->ha1[digest.algorithm] : sip.nobody[digest.algorithm];
	rc = sip_digest_check(sip.nonces, &digest, ha1, msg->method_name,
			      (struct rd_str){ 0 }, msg->body);
	return rc == 0 && !endpoint ? -EACCES : rc;
}

static const struct sip_endpoint *authenticate(struct sip_server *server,
					       const struct sip_msg *msg,
					       const struct sip_endpoint *endpoint)
{
	switch (check(msg, endpoint)) {
	case 0:
		return endpoint;
	case -ENOENT:
		challenge(server, false);
		return NULL;
	case -ESTALE:
		challenge(server, true);
		return NULL;
	case -EINVAL:
		sip_reply(server, 400, RD_STR("Credentials that can be read were expected"));
		return NULL;
	default:
		refused(msg, sip_server_flow(server));
		sip_reply(server, 403, (struct rd_str){ 0 });
		return NULL;
	}
}

const struct sip_endpoint *sip_admit(struct sip_server *server, const struct sip_msg *msg)
{
	const union sip_sockaddr *source = &sip_server_flow(server)->peer;
	const struct sip_endpoint *endpoint = sip_identify(sip.settings, msg, source);

	if (endpoint && !sip_endpoint_permits(endpoint, source))
		endpoint = NULL;
	if (endpoint && !endpoint->has_secret)
		return endpoint;
	return authenticate(server, msg, endpoint);
}
