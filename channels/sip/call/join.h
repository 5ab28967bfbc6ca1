/* Join (RFC 3911) of an INVITE. */
#ifndef CHANNELS_SIP_CALL_JOIN_H
#define CHANNELS_SIP_CALL_JOIN_H

#include "channels/sip/call/call.h"

/* It has no such header, or it does not matter: it goes where its number leads. */
#define SIP_JOIN_NOT 1

/* May an INVITE of this phone to this number have its way? 0, SIP_JOIN_NOT, or the status
 * that says why not. */
unsigned sip_join_check(const struct sip_msg *invite, const struct sip_endpoint *endpoint,
			const char *number);
/* The call that a checked INVITE joins; NULL: none. */
struct sip_call *sip_join_of(const struct sip_msg *invite);

#endif
