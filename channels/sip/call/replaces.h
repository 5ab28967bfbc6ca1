/* Replaces (RFC 3891): a dialog named by its three identifiers, as a header of
 * an INVITE or in the Refer-To of an attended transfer. */
#ifndef CHANNELS_SIP_CALL_REPLACES_H
#define CHANNELS_SIP_CALL_REPLACES_H

#include "channels/sip/call/call.h"

struct sip_replaces {
	struct rd_str call_id, to_tag, from_tag; /* tags as the one who replaces writes them */
	bool early_only;
};

/* 0 or -EINVAL: both tags once, and one value, were expected. */
int sip_replaces_parse(struct sip_replaces *replaces, struct rd_str value);

/* The call of ours whose dialog that is, seen from our side: to-tag is our
 * tag. NULL: none, or no call's. *dialog (may be NULL): which of its. */
struct sip_call *sip_replaces_call(const struct sip_replaces *replaces,
				   const struct sip_dialog **dialog);

/* May this phone do something to that call, by an option of that kind (enum
 * sip_replaces_policy)? */
bool sip_policy_permits(int policy, const struct sip_endpoint *endpoint,
			const struct sip_call *call);
/* May it take it over? */
bool sip_replaces_permitted(const struct sip_endpoint *endpoint, const struct sip_call *call);

/* May an INVITE of this phone with such a header have its way? 0, or the
 * status that says why not. */
unsigned sip_replaces_check(const struct sip_msg *invite, const struct sip_endpoint *endpoint);

/* The call that a checked INVITE is to replace; NULL: it has no such header. */
struct sip_call *sip_replaces_of(const struct sip_msg *invite);

#endif
