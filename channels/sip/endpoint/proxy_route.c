/* The Route that requests to an endpoint begin with, and the flows that they go by. */
#include "channels/sip/driver.h"
#include "channels/sip/endpoint/proxy_route.h"
#include "channels/sip/message/out.h"

static bool first_hop(const char *routes, struct sip_name_addr *hop)
{
	struct rd_str rest = rd_str_of(routes);

	return sip_name_addr_next(&rest, hop, NULL) == 1;
}

/* The registrar may well begin with the proxy that we came by. */
static bool begins_with(const char *routes, const char *proxy)
{
	struct sip_name_addr hop;
	struct sip_uri a, b;

	return first_hop(routes, &hop) && sip_uri_parse(&a, hop.uri, NULL) == 0 &&
	       sip_uri_parse(&b, rd_str_of(proxy), NULL) == 0 && sip_uri_equal(&a, &b);
}

int sip_print_proxy_route(const struct sip_endpoint *endpoint, const struct sip_flow *flow,
			  char buf[SIP_PROXY_ROUTE], struct rd_str *route)
{
	struct sip_enrolled how;
	struct sip_out out;

	sip_enrolled(endpoint, flow, &how);
	sip_out_init(&out, buf, SIP_PROXY_ROUTE);
	if (how.proxy && !begins_with(how.service_route, how.proxy)) {
		sip_out_char(&out, '<');
		sip_out_cstr(&out, how.proxy);
		sip_out_cstr(&out, how.service_route ? ">, " : ">");
	}
	if (how.service_route)
		sip_out_cstr(&out, how.service_route);
	*route = sip_out_text(&out);
	return out.overflow ? -EMSGSIZE : 0;
}

static struct rd_str first_proxy(const struct sip_enrolled *how)
{
	struct sip_name_addr hop;

	if (!how->proxy && first_hop(how->service_route, &hop))
		return hop.uri;
	return rd_str_of(how->proxy);
}

struct rd_str sip_first_proxy(const struct sip_endpoint *endpoint)
{
	struct sip_enrolled how;

	sip_enrolled(endpoint, NULL, &how);
	return first_proxy(&how);
}

/* ---- by which flow ---- */

bool sip_prefer_enrolled(struct sip_way *way, const struct sip_endpoint *endpoint,
			 struct sip_enrolled *how)
{
	if (!sip_enrolled(endpoint, NULL, how))
		return false;
	sip_way_prefer(way, how->flow);
	return true;
}

/* No name is looked up: it leads where the flow does. Without a proxy there is no other
 * way than the host's. */
static struct sip_way *way_by(const struct sip_enrolled *how)
{
	const struct sip_transport *transport = how->flow->transport;
	const struct sip_targets targets = { .count = 1,
					     .list = { { .protocol = transport->protocol,
							 .address = how->flow->peer } } };
	struct rd_str proxy = first_proxy(how);
	struct sip_where where;
	struct sip_way *way;

	if (!proxy.n || sip_where_of_text(&where, proxy) ||
	    sip_way_new(&way, sip.resolver, &where, &targets, transport->name))
		return NULL;
	return way;
}

struct sip_way *sip_way_instead(const struct sip_endpoint *endpoint,
				const struct sip_flow *failed, unsigned *tried)
{
	struct sip_enrolled how;

	return sip_enrolled_instead(endpoint, failed, tried, &how) ? way_by(&how) : NULL;
}

int sip_patience_with(const struct sip_way *way, const struct sip_endpoint *endpoint,
			  const struct sip_flow *flow)
{
	int ms = sip_way_patience_ms(way);

	return ms || !sip_enrolled_spare(endpoint, flow) ? ms : sip.settings->dns.failover_ms;
}
