/* Requests that are known by their address: see by_address.h. Several places of a provider,
 * or several customers of one, may share theirs: what a request says of itself proves nothing,
 * but may choose among those that its address proves it to be. */
#include "channels/sip/endpoint/by_address.h"

#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/names.h"
#include "channels/sip/endpoint/networks.h"
#include "channels/sip/resolver/resolver.h"

static sip_expects_fn *expects;

void sip_by_address_ask(sip_expects_fn *ask)
{
	expects = ask;
}

bool sip_endpoint_expects(const struct sip_endpoint *endpoint, const struct sip_msg *msg)
{
	return expects && expects(endpoint, msg);
}

bool sip_address_is_of(const struct sip_endpoint *endpoint, const union sip_sockaddr *source)
{
	return sip_networks_have(endpoint->match, source) || sip_endpoint_named(endpoint, source);
}

static bool is_host_of(const struct sip_endpoint *endpoint, struct rd_str uri_text)
{
	struct sip_where host;
	struct sip_uri uri;

	return uri_text.n && endpoint->host && sip_uri_parse(&uri, uri_text, NULL) == 0 &&
	       sip_where_of_text(&host, rd_str_of(endpoint->host)) == 0 &&
	       rd_str_ieq(host.host, uri.host);
}

static struct rd_str contact_of(const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_CONTACT };
	struct sip_name_addr addr;

	return sip_walk_name_addr(&walk, &addr) == 1 ? addr.uri : (struct rd_str){ 0 };
}

/* Where it comes from says more than by which name we are called, and that more than whom it is
 * for. */
static int fitness(const struct sip_endpoint *endpoint, const struct sip_msg *msg)
{
	bool from_there, to_us;

	if (!msg)
		return 0;
	from_there = is_host_of(endpoint, contact_of(msg)) || is_host_of(endpoint, msg->from.uri);
	to_us = endpoint->contact_domain &&
		rd_str_ieq(msg->target.host, rd_str_of(endpoint->contact_domain));

	return 8 * from_there + 4 * to_us + 2 * sip_enrolled_as(endpoint, msg->target.user) +
	       sip_endpoint_expects(endpoint, msg);
}

const struct sip_endpoint *sip_find_by_address(const struct sip_settings *settings,
					       const struct sip_msg *msg,
					       const union sip_sockaddr *source)
{
	const struct sip_endpoint *endpoint = settings->matched, *best = NULL;

	/* The last in the file is the first of these. */
	for (; endpoint; endpoint = endpoint->next_match)
		if (sip_address_is_of(endpoint, source) &&
		    (!best || fitness(endpoint, msg) >= fitness(best, msg)))
			best = endpoint;
	return best;
}
