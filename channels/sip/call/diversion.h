/* Calls that were sent on: Diversion (RFC 5806) and History-Info (RFC 7044) in and
 * out, as REDIRECTING() has them. */
#ifndef CHANNELS_SIP_CALL_DIVERSION_H
#define CHANNELS_SIP_CALL_DIVERSION_H

#include "channels/sip/call/call.h"

/* An INVITE says who sent it on: REDIRECTING() of its channel. 0 or -ENOMEM. */
int sip_diversion_take(struct rd_channel *ch, const struct sip_msg *msg);

/* Was it sent on so often that it must be going in circles? */
bool sip_diversion_loops(const struct sip_msg *msg);

/* A 3xx of this leg says why, FORWARD_REASON is "cfb" as REDIRECTING(reason) has it then, and
 * whether the leg's own party, who sends the call on, may be shown. */
void sip_diversion_by(struct rd_channel *ch, const struct sip_msg *msg);

/* Into our INVITE to target, or a 302 of ours (target absent): who sent it on,
 * as far as the endpoint wants to know and may. */
void sip_diversion_print(const struct sip_call *call, struct sip_out *out,
			 const struct sip_flow *flow, struct rd_str target);

#endif
