/* REGISTER, RFC 3261 §10.3: which contacts an address of record gets. */
#ifndef CHANNELS_SIP_ENDPOINT_REGISTRAR_H
#define CHANNELS_SIP_ENDPOINT_REGISTRAR_H

#include "channels/sip/transaction/transaction.h"

/* Answer a REGISTER, and change the location as it asks. */
void sip_registrar_received(struct sip_server *server, const struct sip_msg *msg);

#endif
