/* Why a call ended: Q.850 causes to SIP statuses and back (RFC 3398, RFC 3326). */
#ifndef CHANNELS_SIP_CALL_CAUSE_H
#define CHANNELS_SIP_CALL_CAUSE_H

#include "channels/sip/message/out.h"

/* The final answer to an INVITE that ends for this cause: 400..699. */
unsigned sip_status_of_cause(int cause);
/* The cause that a final answer stands for. */
int sip_cause_of_status(unsigned status);

/* Of a call that nothing could be sent for. */
int sip_cause_of_error(int rc);

/* Reason: Q.850;cause=N, or SIP;cause=STATUS turned into a cause; 0 without. */
int sip_cause_of_reason(const struct sip_msg *msg);
/* The Reason of a BYE, CANCEL or refusal; nothing for RD_CAUSE_NONE. */
void sip_print_reason(struct sip_out *out, int cause);

#endif
