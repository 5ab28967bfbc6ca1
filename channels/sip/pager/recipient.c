/* From the names that people and dialplans use to whom a text is for. */
#include <stdio.h>

#include "channels/sip/driver.h"
#include "channels/sip/call/trunk.h"
#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/endpoint/settings_domains.h"
#include "channels/sip/pager/pager.h"

static bool drop_prefix(struct rd_str *text, struct rd_str prefix)
{
	if (!rd_str_istarts(*text, prefix))
		return false;
	text->p += prefix.n;
	text->n -= prefix.n;
	return true;
}

/* '"Bob" <sip:bob@host>' is what stands in the brackets. */
static struct rd_str without_brackets(struct rd_str text)
{
	struct rd_str rest = text, head;

	if (!rd_str_cut(&rest, '<', &head))
		return text;
	rd_str_cut(&rest, '>', &head);
	return rd_str_trim(head);
}

static const struct sip_endpoint *find(struct rd_str name)
{
	const struct sip_endpoint *endpoint = sip_settings_find(sip.settings, name);

	return endpoint ? sip_host_best(endpoint) : NULL;
}

/* Is it one of the addresses that we listen at, or are known by? */
static bool is_us(struct rd_str host)
{
	struct sip_transport *transport = NULL;
	char text[SIP_SOCKADDR_TEXT];

	while ((transport = sip_transports_next(sip.transports, transport))) {
		size_t n = sip_sockaddr_host(&transport->bound, text);

		if (rd_str_eq(host, (struct rd_str){ text, n }))
			return true;
	}
	return false;
}

static int end_uri(struct sip_recipient *to, const struct sip_out *out)
{
	to->uri[out->n] = '\0';
	return out->overflow ? -EINVAL : 0;
}

/* scheme: "" where the text has its own. */
static int set_uri(struct sip_recipient *to, const char *scheme, struct rd_str text)
{
	struct sip_out out;

	sip_out_init(&out, to->uri, sizeof(to->uri) - 1);
	sip_out_cstr(&out, scheme);
	sip_out_written_uri(&out, text);
	return end_uri(to, &out);
}

static int stranger(struct sip_recipient *to, struct rd_str rest)
{
	to->endpoint = &sip.settings->stranger;
	return set_uri(to, to->secure ? "sips:" : "sip:", rest);
}

/* As a call to it would have it. */
static int set_number_at_peer(struct sip_recipient *to, struct rd_str number)
{
	char buf[RD_SIP_NUMBER];
	struct sip_out out;

	if (sip_trunk_dialled(to->endpoint, &number, buf, sizeof(buf)))
		return -EINVAL;
	sip_out_init(&out, to->uri, sizeof(to->uri) - 1);
	sip_out_cstr(&out, to->secure ? "sips:" : sip_endpoint_scheme(to->endpoint));
	sip_out_written_user(&out, number);
	sip_out_char(&out, '@');
	sip_out_cstr(&out, to->endpoint->host);
	return end_uri(to, &out);
}

/* user@host: a phone of ours, a number at a peer, or anybody. */
static int read_address(struct sip_recipient *to, struct rd_str rest, struct rd_str our_host)
{
	struct sip_callee callee;
	struct sip_uri uri;
	char text[300];
	int rc;

	if ((size_t)snprintf(text, sizeof(text), "sip:%.*s", RD_STR_ARG(rest)) >= sizeof(text) ||
	    sip_uri_parse(&uri, rd_str_of(text), NULL))
		return -EINVAL;
	rc = sip_callee_read(&callee, &uri);
	if ((our_host.n && rd_str_ieq(uri.host, our_host)) || is_us(uri.host) ||
	    sip_domains_have(sip.settings, uri.host) || sip_callee_is_here(&callee)) {
		if (rc == -EINVAL)
			return rc;
		to->endpoint = find(rd_str_of(callee.phone));
		rd_strcpy(to->device, sizeof(to->device), callee.device);
		return to->endpoint ? 0 : -EINVAL;
	}
	to->endpoint = find(uri.host);
	if (!to->endpoint || !to->endpoint->host)
		return stranger(to, rest);
	return set_number_at_peer(to, uri.user);
}

/* "peer/sip:number@host": that URI, with the options of the peer. */
static int read_pair(struct sip_recipient *to, struct rd_str name, struct rd_str uri)
{
	struct sip_uri parsed;

	to->endpoint = sip_settings_find(sip.settings, name);
	if (!to->endpoint)
		return -EINVAL;
	if (!uri.n)
		return 0;
	if (set_uri(to, "", uri) || sip_uri_parse(&parsed, rd_str_of(to->uri), NULL) ||
	    (parsed.scheme != SIP_SCHEME_SIP && parsed.scheme != SIP_SCHEME_SIPS))
		return -EINVAL;
	return 0;
}

int sip_recipient_read(struct sip_recipient *to, struct rd_str text, struct rd_str our_host)
{
	struct rd_str rest = rd_str_trim(text), head;
	bool named = drop_prefix(&rest, RD_STR("pjsip:"));

	memset(to, 0, sizeof(*to));
	rest = without_brackets(rest);
	to->secure = drop_prefix(&rest, RD_STR("sips:"));
	named |= to->secure || drop_prefix(&rest, RD_STR("sip:"));
	head = rest;
	if (!rest.n || memchr(rest.p, '"', rest.n) || memchr(rest.p, ' ', rest.n))
		return -EINVAL;
	if (memchr(rest.p, '/', rest.n)) {
		rd_str_cut(&rest, '/', &head);
		return read_pair(to, head, rest);
	}
	if (memchr(rest.p, '@', rest.n))
		return read_address(to, rest, our_host);
	to->endpoint = find(rest);
	if (!to->endpoint && !named && memchr(rest.p, ':', rest.n))
		return -EPROTONOSUPPORT; /* "xmpp:bob" */
	return to->endpoint ? 0 : -EINVAL;
}
