/* Flows compared, for tests of transports. */
#ifndef TESTS_UNIT_SIP_FLOW_H
#define TESTS_UNIT_SIP_FLOW_H

#include "channels/sip/transport/transport.h"

/* By the same way to the same far end? */
static inline bool same_flow(const struct sip_flow *a, const struct sip_flow *b)
{
	return a->transport == b->transport && a->connection == b->connection &&
	       sip_sockaddr_equal(&a->peer, &b->peer);
}

#endif
