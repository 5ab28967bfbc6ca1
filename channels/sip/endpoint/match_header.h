/* match_header=: a header of a request that tells whose it is. */
#ifndef CHANNELS_SIP_ENDPOINT_MATCH_HEADER_H
#define CHANNELS_SIP_ENDPOINT_MATCH_HEADER_H

#include "channels/sip/endpoint/settings.h"
#include "channels/sip/message/message.h"

/* Why "X-Trunk: one" or "X-Trunk: /on[ce]/" cannot be read, or NULL. */
const char *sip_match_header_fault(const char *text);
/* From a line without fault. 0 or -ENOMEM. */
int sip_match_header_add(struct sip_settings *settings, struct sip_endpoint *endpoint,
			 const char *text);
/* Whose request it is, NULL: no header says so. */
const struct sip_endpoint *sip_match_header_find(const struct sip_settings *settings,
						 const struct sip_msg *msg);

#endif
