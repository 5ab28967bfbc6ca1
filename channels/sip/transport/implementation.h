/* What an implementation of a transport is, and what it tells; not for upper layers. */
#ifndef CHANNELS_SIP_TRANSPORT_IMPLEMENTATION_H
#define CHANNELS_SIP_TRANSPORT_IMPLEMENTATION_H

#include "channels/sip/transport/transport.h"

struct rd_watch;

/* A socket that is bound, and watched by its transport. */
struct sip_socket {
	int fd;
	struct rd_watch *watch; /* NULL: there is none */
	union sip_sockaddr bound;
};

/* What an implementation of a transport provides. Messages come in, and lost
 * connections are told, from the loop only, never from within send or route. */
struct sip_transport_ops {
	/* One whole message. 0 or negative errno; -EAGAIN: dropped, the retransmission
	 * will do. 1: what is not connected yet keeps it until it is, and says then
	 * sip_transport_sent(). Nothing is kept of data. */
	int (*send)(struct sip_transport *transport, const struct sip_flow *flow,
		    const char *data, size_t size);
	/* Fill flow->local for a flow whose peer is set; connects nothing.
	 * 0 or negative errno. */
	int (*route)(struct sip_transport *transport, struct sip_flow *flow);
	/* Stop receiving and free what the implementation holds. */
	void (*close)(struct sip_transport *transport);
	/* A second socket at another address of the same port; with move, traffic
	 * goes over that one and the first is closed. 0 or negative errno. NULL: it
	 * cannot move. */
	int (*rebind)(struct sip_transport *transport, const union sip_sockaddr *address,
		      struct sip_socket *socket);
	void (*move)(struct sip_transport *transport, const struct sip_socket *socket);
	/* Take no more connections; NULL where there are none. */
	void (*deafen)(struct sip_transport *transport);
	/* Whether its port may be bound once more for a moment; NULL where it cannot. */
	void (*share)(struct sip_transport *transport, bool share);
	/* Datagrams that came and were never read; NULL where none is lost. */
	uint64_t (*overrun)(const struct sip_transport *transport);

	/* The rest is for those that connect; NULL elsewhere. */

	/* Route, and find or begin a connection; what is secure makes sure of
	 * the peer's name, which may be absent. */
	int (*connect)(struct sip_transport *transport, struct sip_flow *flow,
		       struct rd_str name);
	/* Take back one message that waits for its connection, as it was given to send:
	 * 0; -ENOENT: it does not wait. */
	int (*withdraw)(struct sip_transport *transport, const struct sip_flow *flow,
			const char *data, size_t size);
	/* The flow's connection is being told of as lost: find or begin one in its place. */
	int (*reopen)(struct sip_transport *transport, struct sip_flow *flow);
	/* Would sending be in vain? */
	bool (*alive)(struct sip_transport *transport, const struct sip_flow *flow);
	/* The peer may also be reached there over this connection. */
	void (*alias)(struct sip_transport *transport, const struct sip_flow *flow,
		      uint16_t port);
	/* Has the peer shown a certificate that we trust, in this name? */
	bool (*peer_is)(struct sip_transport *transport, const struct sip_flow *flow,
			struct rd_str name);
	/* Ask for a sign of life; a connection that does not give it is lost. */
	int (*ping)(struct sip_transport *transport, const struct sip_flow *flow);
	void (*each)(struct sip_transport *transport,
		     void (*see)(void *arg, const struct sip_connection_info *info),
		     void *arg);
};

static inline uint64_t sip_transport_overrun(const struct sip_transport *transport)
{
	return transport->ops->overrun ? transport->ops->overrun(transport) : 0;
}

/* Hand up one whole message. Counts and traces it, drops
 * CRLF keep-alives and STUN. */
void sip_transport_received(struct sip_transport *transport,
			    const struct sip_flow *flow, char *data, size_t size);
/* What waited for its connection goes now; traces it. */
void sip_transport_sent(struct sip_transport *transport, const struct sip_flow *flow,
			const char *data, size_t size);
/* One that is broken; see sip_broken_fn. */
void sip_transport_broken(struct sip_transport *transport, const struct sip_flow *flow,
			  char *head, size_t size, unsigned status, const char *why);
/* A sign of life, see sip_flow_watcher. */
void sip_transport_answered(struct sip_transport *transport, const struct sip_flow *flow,
			    const struct sip_stun_reply *reply);
/* A datagram did not arrive, see sip_flow_watcher. */
void sip_transport_unreached(struct sip_transport *transport, const struct sip_flow *flow,
			     struct rd_str quoted, int rc);
/* A connection is no more. */
void sip_transport_lost(struct sip_transport *transport, const struct sip_flow *flow,
			int rc);

#endif
