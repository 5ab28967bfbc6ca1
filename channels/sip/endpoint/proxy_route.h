/* The way that requests to an endpoint take: its outbound_proxy, or the proxy by which
 * we are registered with it and the registrar's Service-Route (RFC 3608); by which flow,
 * and by which other one when it fails. */
#ifndef CHANNELS_SIP_ENDPOINT_PROXY_ROUTE_H
#define CHANNELS_SIP_ENDPOINT_PROXY_ROUTE_H

#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/settings.h"

#define SIP_PROXY_ROUTE 2560

/* "<sip:proxy;lr>, <sip:other;lr>" in buf, an empty text where there are none: for what
 * is sent by this flow. 0 or -EMSGSIZE. */
int sip_print_proxy_route(const struct sip_endpoint *endpoint, const struct sip_flow *flow,
			  char buf[SIP_PROXY_ROUTE], struct rd_str *route);

/* The URI of the first of them; absent: there are none. Borrowed until a registration
 * changes. */
struct rd_str sip_first_proxy(const struct sip_endpoint *endpoint);

/* A registrar calls us back by the flow that we registered by; requests to it go by that
 * one first, by the way's others when it fails (RFC 5626 §4.3). As sip_enrolled(). */
bool sip_prefer_enrolled(struct sip_way *way, const struct sip_endpoint *endpoint,
			 struct sip_enrolled *how);
/* What failed by this flow may go by another that we registered by, see
 * sip_enrolled_instead(): the way there; NULL: there is none, or no memory. */
struct sip_way *sip_way_instead(const struct sip_endpoint *endpoint,
				const struct sip_flow *failed, unsigned *tried);
/* How long to wait for a sign of life by this flow, the first of the way, before
 * something else is tried; as sip_way_patience_ms(). */
int sip_patience_with(const struct sip_way *way, const struct sip_endpoint *endpoint,
			  const struct sip_flow *flow);

#endif
