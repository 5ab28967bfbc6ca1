/* The driver's gate: the guard, with what sip.conf says of whom it must leave alone. */
#ifndef SIP_GATE_H
#define SIP_GATE_H

#include "../transaction/transaction.h"

extern const struct sip_gate sip_gate;

/* STUN is answered within the same bounds. */
bool sip_gate_stun(void *arg, const struct sip_flow *flow, size_t asked, size_t answer);

/* Other settings are in force. */
void sip_gate_configure(void);

#endif
