/* STUN as phones use it to keep a UDP flow open (RFC 5626 §4.4.2, RFC 8489): they ask
 * at the SIP port what their address is, and whether anybody is there. */
#ifndef CHANNELS_SIP_TRANSPORT_STUN_H
#define CHANNELS_SIP_TRANSPORT_STUN_H

#include "channels/sip/message/sockaddr.h"

/* The longest answer. */
#define SIP_STUN_ANSWER 44

/* Answer a Binding request that came from peer: bytes in answer; 0: it is none, or
 * wants more than that. */
size_t sip_stun_answer(const char *data, size_t size, const union sip_sockaddr *peer,
		       uint8_t answer[SIP_STUN_ANSWER]);

#endif
