/* The Route that requests to an endpoint begin with. */
#include "channels/sip/endpoint/enrol.h"
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

int sip_print_proxy_route(const struct sip_endpoint *endpoint, char buf[SIP_PROXY_ROUTE],
			  struct rd_str *route)
{
	struct sip_enrolled how;
	struct sip_out out;

	sip_enrolled(endpoint, &how);
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

struct rd_str sip_first_proxy(const struct sip_endpoint *endpoint)
{
	struct sip_name_addr hop;
	struct sip_enrolled how;

	sip_enrolled(endpoint, &how);
	if (!how.proxy && first_hop(how.service_route, &hop))
		return hop.uri;
	return rd_str_of(how.proxy);
}
