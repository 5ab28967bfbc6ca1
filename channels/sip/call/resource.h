/* What Dial() names: "1002", "number@peer", "peer/number", "number@host[:port]",
 * "host[:port]", these after "sip:" or "sips:", and "1002/uri". */
#ifndef CHANNELS_SIP_CALL_RESOURCE_H
#define CHANNELS_SIP_CALL_RESOURCE_H

#include "channels/sip/call/call.h"

struct sip_destination {
	const struct sip_endpoint *endpoint;
	struct rd_str number; /* absent: the contact's own user */
	struct rd_str dialled; /* the number before a trunk has it in its own way */
	struct sip_uri tel;   /* number is one of those; a scheme of another kind: it is not */
	struct rd_str host;   /* a bare URI's host[:port] */
	struct rd_str uri;    /* one of the endpoint's, as PJSIP_DIAL_CONTACTS() has it */
	bool secure;	      /* "sips:": by TLS on all of the way, or not at all */
};

/* All of it borrows from resource and settings. to->endpoint: NULL where it names nobody. */
void sip_read_resource(struct sip_destination *to, const struct sip_settings *settings,
		       const char *resource);

/* rd_tech.check, .check_prefix: what is wrong with it, in buf, or NULL. */
const char *sip_resource_fault(const char *resource, char *buf, size_t size);
const char *sip_prefix_fault(const char *prefix, char *buf, size_t size);

#endif
