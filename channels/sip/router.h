/* What the transaction layer hands up, sent to whom it concerns. */
#ifndef CHANNELS_SIP_ROUTER_H
#define CHANNELS_SIP_ROUTER_H

#include "channels/sip/transaction/transaction.h"

extern const struct sip_core sip_router;

/* OPTIONS without a dialog. */
void sip_options_received(struct sip_server *server, const struct sip_msg *msg);

/* A 2xx to an INVITE whose call is over (call/late.c). */
void sip_late_answer(const struct sip_msg *ok, const struct sip_msg *invite,
		     const struct sip_flow *flow, bool known);

#endif
