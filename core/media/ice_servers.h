/* What STUN and TURN servers are to a stream's ICE: reflexive and relayed
 * candidates, and the packets that come by the relay. */
#ifndef RD_CORE_MEDIA_ICE_SERVERS_H
#define RD_CORE_MEDIA_ICE_SERVERS_H

#include "core/media/ice_stream.h"

/* A component's server; part of the agent. */
struct rd__ice_server {
	struct rd_stream *stream;
	int component;
	struct rd__turn *client; /* NULL: none */
	struct rd__address address;
	bool waits; /* for what it says */
	/* A server has answered, or cannot be had: a reflexive or a relayed address
	 * of this component (size 0: none). */
	void (*answered)(struct rd__ice_server *server, const struct rd__address *mapped,
			 const struct rd__address *relayed);
	/* A packet that came by the relay. */
	void (*received)(struct rd__ice_server *server, const struct rd__address *peer,
			 const uint8_t *packet, size_t size);
	void (*bound)(struct rd__ice_server *server, const struct rd__address *peer,
		      uint16_t channel);
	void (*lost)(struct rd__ice_server *server);
};

RD_API_BEGIN

/* Ask the server of rtp.conf, if there is one; relay: also for a relayed address.
 * 0 or -ENOMEM. */
int rd__ice_server_begin(struct rd__ice_server *server, bool relay);
void rd__ice_server_end(struct rd__ice_server *server);
/* Was this packet the server's, and for us? */
bool rd__ice_server_receive(struct rd__ice_server *server, const struct rd__datagram *datagram);

RD_API_END

#endif
