/* Who is calling: identify, authenticate, permit. */
#ifndef CHANNELS_SIP_ENDPOINT_ADMIT_H
#define CHANNELS_SIP_ENDPOINT_ADMIT_H

#include "channels/sip/transaction/transaction.h"
#include "channels/sip/endpoint/settings.h"

/**
 * Let a request in: its endpoint, proven by password or by address. NULL:
 * it has been answered (401, 403 or 400), in a way that tells nobody whether
 * the user exists; or ignored, where an address must prove itself first.
 */
const struct sip_endpoint *sip_admit(struct sip_server *server,
				     const struct sip_msg *msg);

/* The same; given: the credentials that it brought, without a nonce: none. */
const struct sip_endpoint *sip_admit_with(struct sip_server *server,
					  const struct sip_msg *msg,
					  struct sip_digest *given);

/* The same where a request only passes through us: 407 in place of 401. */
const struct sip_endpoint *sip_admit_as_proxy(struct sip_server *server,
					      const struct sip_msg *msg);

/* Whom a request seems to come from, by its address or by its From; nothing is proven.
 * NULL: nobody. */
const struct sip_endpoint *sip_admit_claimed(const struct sip_msg *msg);

/* Is whoever sends by this flow known without being asked: he has authenticated by it, or
 * his address is proof enough? For what cannot be answered. */
bool sip_admit_knows(const struct sip_flow *flow);

/* Authentication-Info in the 2xx, without a body, to a request that was let in with
 * these credentials: a fresh nonce when theirs is ageing, and our own proof. */
void sip_print_authentication_info(struct sip_out *out, const struct sip_endpoint *endpoint,
				   const struct sip_digest *given,
				   const union sip_sockaddr *source);

#endif
