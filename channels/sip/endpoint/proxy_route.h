/* The way that requests to an endpoint take: its outbound_proxy, or the proxy by which
 * we are registered with it and the registrar's Service-Route (RFC 3608). */
#ifndef CHANNELS_SIP_ENDPOINT_PROXY_ROUTE_H
#define CHANNELS_SIP_ENDPOINT_PROXY_ROUTE_H

#include "channels/sip/endpoint/settings.h"

#define SIP_PROXY_ROUTE 1536

/* "<sip:proxy;lr>, <sip:other;lr>" in buf, an empty text where there are none. 0 or
 * -EMSGSIZE. */
int sip_print_proxy_route(const struct sip_endpoint *endpoint, char buf[SIP_PROXY_ROUTE],
			  struct rd_str *route);

/* The URI of the first of them; absent: there are none. Borrowed until a registration
 * changes. */
struct rd_str sip_first_proxy(const struct sip_endpoint *endpoint);

#endif
