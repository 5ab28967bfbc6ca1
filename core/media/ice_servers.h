/* The inside of a stream's ICE, shared by the files that make it: the agent with
 * its timer, and what STUN and TURN servers are to it: reflexive and relayed
 * candidates, and the packets that come by the relay. */
#ifndef CORE_MEDIA_ICE_SERVERS_H
#define CORE_MEDIA_ICE_SERVERS_H

#include <ringdown/fiber.h>

#include "core/media/ice_stream.h"

/* A component's server; part of the agent. */
struct rd__ice_server {
	struct rd_stream *stream;
	int component;
	struct rd__turn *client; /* NULL: none */
	struct rd__tunnel *tunnel; /* to a server that is not reached by UDP; NULL: none */
	struct rd__address address; /* where the stream sends to, for it */
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

/* A stream's agent, and what feeds it. */
struct rd__ice_stream {
	struct rd_stream *stream;
	struct rd__ice *agent;
	struct rd_timer timer;
	/* Indices of our host candidates; -1: none. other_host: at .spare, of RTP. */
	int host[RD__ICE_COMPONENTS], other_host;
	int family; /* of .host */
	struct rd__ports *spare; /* ice_family.c's; NULL: none, or about to come */
	struct rd_watch *spare_watch;
	int relay;
	struct rd__address relayed; /* whom the relay is used for; size 0: nobody */
	struct rd__ice_server servers[RD__ICE_COMPONENTS];
	uint64_t gather_until_ms;
	void (*gathered)(void *arg);
	void *gathered_arg;
	bool up; /* said so */
	struct rd__line_way way; /* of RTP, that the line was told last */
};

RD_API_BEGIN

/* -- ice_stream.c, for ice_told.c -- */

/* Wake up when there is something to do. */
void rd__ice_plan(struct rd__ice_stream *is);
bool rd__ice_gathering(const struct rd__ice_stream *is);
/* Our host candidate of this component and family; -1: none. */
int rd__ice_host(const struct rd__ice_stream *is, int component, int family);
/* Have the line go the way that was chosen last. */
void rd__ice_go_way(struct rd__ice_stream *is);

/* -- ice_family.c -- */

/* A second pair of ports at this address (port 0), when it is of the other family. */
void rd__ice_open_spare(struct rd__ice_stream *is, const struct sockaddr_storage *other);
void rd__ice_close_spare(struct rd__ice_stream *is);
/* Have the line stand on the ports of this family: false when it does not yet. */
bool rd__ice_stand_for(struct rd__ice_stream *is, int family);

/* -- ice_servers.c -- */

/* Ask the server of rtp.conf, if there is one; relay: also for a relayed address.
 * 0 or -ENOMEM. */
int rd__ice_server_begin(struct rd__ice_server *server, bool relay);
void rd__ice_server_end(struct rd__ice_server *server);
/* Was this packet the server's, and for us? */
bool rd__ice_server_receive(struct rd__ice_server *server, const struct rd__datagram *datagram);

RD_API_END

#endif
