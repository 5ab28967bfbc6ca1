/* REGISTER, RFC 3261 §10.3: which contacts an address of record gets. */
#ifndef SIP_REGISTRAR_H
#define SIP_REGISTRAR_H

#include "../transaction/transaction.h"

/* Answer a REGISTER, and change the location as it asks. */
void sip_registrar_received(struct sip_server *server, const struct sip_msg *msg);

#endif
