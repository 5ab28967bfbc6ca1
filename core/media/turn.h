/* A client of STUN and TURN servers (RFC 8489, RFC 8656) on one socket: what our
 * address is as they see it, and a relayed address that is ours as long as we
 * refresh it. A state machine without sockets and clock; every packet goes to
 * the server, or comes from it. */
#ifndef CORE_MEDIA_TURN_H
#define CORE_MEDIA_TURN_H

#include "core/media/stun.h"

struct rd__turn;

enum {
	RD__TURN_PEERS = 16, /* whose packets may pass */
	RD__TURN_CREDENTIAL = 128,
	RD__CHANNEL_FIRST = 0x4000,
	RD__CHANNEL_LAST = 0x4fff,
	RD__CHANNEL_HEADER = 4,
};

struct rd__turn_options {
	bool relay; /* TURN; else only ask for our address */
	const char *user, *password; /* copied */
	bool reliable; /* by TCP or TLS: what is asked is asked once */
};

/* Called from inside of the functions below; must not free the client. */
struct rd__turn_ops {
	void (*send)(void *arg, const void *packet, size_t size);
	/* Once: 0, or why there is nothing: -ETIMEDOUT, -EACCES, -ECONNREFUSED. mapped
	 * is our address as the server sees it, relayed NULL without TURN. */
	void (*ready)(void *arg, int rc, const struct rd__address *mapped,
		      const struct rd__address *relayed);
	/* A peer's packet, unwrapped. */
	void (*received)(void *arg, const struct rd__address *peer, const uint8_t *packet,
			 size_t size);
	/* This channel leads to the peer now. */
	void (*bound)(void *arg, const struct rd__address *peer, uint16_t channel);
	void (*lost)(void *arg); /* the relayed address is not ours any more */
};

RD_API_BEGIN

/* Nothing is asked before the first rd__turn_tick(). 0 or -ENOMEM; -EINVAL for
 * credentials that are too long. */
int rd__turn_new(struct rd__turn **tp, const struct rd__turn_options *options,
		 const struct rd__turn_ops *ops, void *arg);
/* Give the relayed address back, and free the client. */
void rd__turn_free(struct rd__turn *turn);

/* There is no connection to the server any more. */
void rd__turn_broken(struct rd__turn *turn);
/* A packet of the server's. False when it is no business of ours. */
bool rd__turn_receive(struct rd__turn *turn, const uint8_t *packet, size_t size,
		      uint64_t now_ms);

/* To a peer: by its channel when it has one, else as an indication. It may pass
 * as soon as the server permits it, which is asked for. */
void rd__turn_send(struct rd__turn *turn, const struct rd__address *peer, const void *packet,
		   size_t size, uint64_t now_ms);
/* Have a channel bound to the peer; .bound is called, at once when it has one. */
void rd__turn_bind(struct rd__turn *turn, const struct rd__address *peer, uint64_t now_ms);

void rd__turn_tick(struct rd__turn *turn, uint64_t now_ms);
uint64_t rd__turn_due(const struct rd__turn *turn);

/* The payload of a ChannelData packet; false when it is none. */
bool rd__channel_parse(const uint8_t *packet, size_t size, uint16_t *channel,
		       const uint8_t **payload, size_t *payload_size);
static inline void rd__channel_print(uint8_t header[RD__CHANNEL_HEADER], uint16_t channel,
				     size_t size)
{
	header[0] = (uint8_t)(channel >> 8);
	header[1] = (uint8_t)channel;
	header[2] = (uint8_t)(size >> 8);
	header[3] = (uint8_t)size;
}

RD_API_END

#endif
