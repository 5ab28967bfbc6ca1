/* The driver's gate: the guard, with what sip.conf says of whom it must leave alone. */
#ifndef CHANNELS_SIP_ENDPOINT_GATE_H
#define CHANNELS_SIP_ENDPOINT_GATE_H

#include "channels/sip/transaction/transaction.h"

extern const struct sip_gate sip_gate;

/* STUN is answered within the same bounds. */
bool sip_gate_stun(void *arg, const struct sip_flow *flow, size_t asked, size_t answer);

/* Other settings are in force. */
void sip_gate_configure(void);

#endif
