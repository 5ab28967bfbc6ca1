/* What external_address stands for. */
#ifndef CHANNELS_SIP_EXTERNAL_H
#define CHANNELS_SIP_EXTERNAL_H

#include "channels/sip/endpoint/listener.h"
#include "channels/sip/transport/transport.h"

/* A transport says from now on what its section wants the world to be told. Registrars
 * that know us by another way, or by one that leaves, are told. */
void sip_external_apply(struct sip_transport *transport, const struct sip_listener *listener);
/* Names have become known, or others. */
void sip_external_update(void);

#endif
