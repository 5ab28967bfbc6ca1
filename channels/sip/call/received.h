/* The INVITE that a call began with. Part of call.h, which includes it. */
#ifndef CHANNELS_SIP_CALL_RECEIVED_H
#define CHANNELS_SIP_CALL_RECEIVED_H

#include "channels/sip/message/message.h"

struct sip_call;

/* Its head, and what is asked of it in most calls. */
struct sip_received {
	struct rd_str head; /* owned; absent: none came in */
	int hops; /* its Max-Forwards; -1: none */
	bool secure; /* to a sips URI, by its caller's wish */
	uint8_t wish; /* enum sip_auto_answer */
};

/* Keep what is asked for later: all of it but its body; it is call->invite. 0 or -ENOMEM. */
int sip_call_keep_received(struct sip_call *call, const struct sip_msg *msg);
/* All of it, taken apart for this; NULL when the call is none that came in. Its index is good
 * until the next call of this, what it points at as long as the call. */
const struct sip_msg *sip_call_received(const struct sip_call *call);

#endif
