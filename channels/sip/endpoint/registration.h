/* A REGISTER as the registrar understands it: what is wished for, before anything is
 * changed. */
#ifndef CHANNELS_SIP_ENDPOINT_REGISTRATION_H
#define CHANNELS_SIP_ENDPOINT_REGISTRATION_H

#include "channels/sip/message/message.h"
#include "channels/sip/endpoint/location.h"
#include "channels/sip/endpoint/settings.h"

#define SIP_WISHES_MAX 16

/* One Contact of the request; views into it. */
struct sip_wish {
	struct rd_str uri, instance, params;
	uint32_t expires_s, reg_id;
	uint16_t q;
	struct sip_contact *bound; /* that it renews or removes */
};

struct sip_registration {
	const struct sip_uri *record; /* that it is for */
	struct sip_wish list[SIP_WISHES_MAX];
	int count;
	bool all;		   /* Contact: * */
	bool outbound;		   /* one of them is a flow (RFC 5626) */
	struct rd_str path;	   /* in the scratch pool */
};

/* Why a REGISTER is refused: a status, and what is wrong. status 0: it is not. */
struct sip_register_refusal {
	unsigned status;
	const char *reason;
};

/* record: the URI of To. */
struct sip_register_refusal sip_registration_read(struct sip_registration *registration,
						  const struct sip_endpoint *endpoint,
						  const struct sip_msg *msg,
						  const struct sip_uri *record);

#endif
