/* The printing of an endpoint's outbound_proxy. */
#include "channels/sip/endpoint/proxy_route.h"
#include "channels/sip/message/out.h"

int sip_print_proxy_route(const struct sip_endpoint *endpoint, char buf[SIP_PROXY_ROUTE],
			  struct rd_str *route)
{
	struct sip_out out;

	sip_out_init(&out, buf, SIP_PROXY_ROUTE);
	if (endpoint->outbound_proxy) {
		sip_out_char(&out, '<');
		sip_out_cstr(&out, endpoint->outbound_proxy);
		sip_out_char(&out, '>');
	}
	*route = sip_out_text(&out);
	return out.overflow ? -EMSGSIZE : 0;
}
