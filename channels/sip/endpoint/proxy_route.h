/* The Route that requests to an endpoint begin with: its outbound_proxy. */
#ifndef CHANNELS_SIP_ENDPOINT_PROXY_ROUTE_H
#define CHANNELS_SIP_ENDPOINT_PROXY_ROUTE_H

#include "channels/sip/endpoint/settings.h"

#define SIP_PROXY_ROUTE 512

/* "<sip:proxy;lr>" in buf, an empty text where there is no proxy. 0 or -EMSGSIZE. */
int sip_print_proxy_route(const struct sip_endpoint *endpoint, char buf[SIP_PROXY_ROUTE],
			  struct rd_str *route);

#endif
