/* Does whoever sends from an address receive there, too? Datagrams may bear any: before
 * one is believed, or gets more bytes than it sent, it is asked. */
#ifndef CHANNELS_SIP_ENDPOINT_PROOF_H
#define CHANNELS_SIP_ENDPOINT_PROOF_H

#include "channels/sip/transaction/transaction.h"

/* May this request be heeded for its address' sake? false: it was ignored, and the
 * address asked; its repetition may find the answer there. */
bool sip_proof_given(struct sip_server *server, const struct sip_msg *msg);

/* Was the contact registered by a request that another may have sent, and has its address
 * not shown since that it receives? Then nothing goes there unasked. */
struct sip_contact;
bool sip_proof_lacks(const struct sip_contact *contact);

/* Ask it, when that is due. */
void sip_proof_ask(const struct sip_flow *flow);

/* An answer that no transaction waits for: perhaps it is that. */
void sip_proof_heard(const struct sip_msg *msg);

#endif
