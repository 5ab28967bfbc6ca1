/* STUN as it keeps a UDP flow open (RFC 5626 §4.4.2, RFC 8489): phones ask at the SIP
 * port what their address is, and whether anybody is there; so do we where we register. */
#ifndef CHANNELS_SIP_TRANSPORT_STUN_H
#define CHANNELS_SIP_TRANSPORT_STUN_H

#include "channels/sip/message/sockaddr.h"

/* The longest answer; a request; the transaction in both. */
#define SIP_STUN_ANSWER  44
#define SIP_STUN_REQUEST 20
#define SIP_STUN_ID      12

/* What has come back to a request of ours. */
struct sip_stun_reply {
	uint8_t id[SIP_STUN_ID];
	bool refused; /* by an error; else */
	union sip_sockaddr mapped; /* what we look like from there; family 0: it did not say */
};

/* Answer a Binding request that came from peer: bytes in answer; 0: it is none, or
 * wants more than that. */
size_t sip_stun_answer(const char *data, size_t size, const union sip_sockaddr *peer,
		       uint8_t answer[SIP_STUN_ANSWER]);

/* A Binding request without attributes. */
void sip_stun_ask(uint8_t request[SIP_STUN_REQUEST], const uint8_t id[SIP_STUN_ID]);
/* False: it is no reply to one. */
bool sip_stun_read(struct sip_stun_reply *reply, const char *data, size_t size);

#endif
