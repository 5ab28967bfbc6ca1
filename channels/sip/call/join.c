/* An INVITE that joins a call (RFC 3911): what it names, and whether it may. The sound is
 * mixed by the core (ringdown/transfer.h). */
#include <ringdown/bridge.h>
#include <ringdown/log.h>

#include "channels/sip/call/join.h"
#include "channels/sip/call/replaces.h"

/* A room of that name is where who comes is meant to be anyhow (§4). */
static bool is_conference(const char *number)
{
	return rd_bridge_find(number);
}

static unsigned check(const struct sip_call *call, const struct sip_endpoint *endpoint)
{
	if (call->state == SIP_CALL_ENDED || !call->channel)
		return 603;
	if (!sip_policy_permits(endpoint->join, endpoint, call)) {
		rd_notice("sip/%s: may not join the call of sip/%s", endpoint->name,
			  call->endpoint->name);
		return 403;
	}
	/* Who rings, or talks to an application, has no conversation to join. */
	return call->state == SIP_CALL_UP && rd_channel_bridge(call->channel) ? 0 : 488;
}

unsigned sip_join_check(const struct sip_msg *invite, const struct sip_endpoint *endpoint,
			const char *number)
{
	const struct sip_header *header = sip_msg_header(invite, SIP_H_JOIN);
	struct sip_replaces named;
	struct sip_call *call;

	if (!header || endpoint->join == SIP_REPLACES_NO)
		return header ? 403 : SIP_JOIN_NOT;
	if (sip_msg_header_next(invite, header) || sip_msg_header(invite, SIP_H_REPLACES) ||
	    sip_replaces_parse(&named, header->value))
		return 400;
	call = sip_replaces_call(&named, NULL);
	if (call)
		return check(call, endpoint);
	return is_conference(number) ? SIP_JOIN_NOT : 481;
}

struct sip_call *sip_join_of(const struct sip_msg *invite)
{
	const struct sip_header *header = sip_msg_header(invite, SIP_H_JOIN);
	struct sip_replaces named;

	if (!header || sip_replaces_parse(&named, header->value))
		return NULL;
	return sip_replaces_call(&named, NULL);
}
