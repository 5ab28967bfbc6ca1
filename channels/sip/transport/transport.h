/* Moving whole messages to and from the network. One interface for datagrams
 * and streams: upper layers hold a flow (who to whom, over what) and never a
 * socket. A transport is anything with these operations, also a simulated one. */
#ifndef CHANNELS_SIP_TRANSPORT_TRANSPORT_H
#define CHANNELS_SIP_TRANSPORT_TRANSPORT_H

#include <ringdown/list.h>
#include <ringdown/str.h>

#include "channels/sip/message/network.h"

struct sip_out;
struct sip_stun_reply;
struct sip_tls;
struct sip_transport;
struct sip_transport_ops;
struct sip_socket;
struct sip_transports;

enum sip_protocol {
	SIP_UDP,
	SIP_TCP,
	SIP_TLS,
	SIP_WS,
	SIP_WSS,
	SIP_PROTOCOLS
};

/* A way between us and a peer. A value: copy it, compare it, keep it; it may
 * outlive the connection, and sending then says -ENOTCONN. */
struct sip_flow {
	struct sip_transport *transport;
	uint64_t connection;	  /* 0 for datagrams; else never reused */
	union sip_sockaddr local; /* our address on this way, never wildcard;
				   * of a connection: the port that we listen on */
	union sip_sockaddr peer;
	bool pinned; /* through a NAT: no other way leads to that peer */
};

/* A connection as the console shows it. */
struct sip_connection_info {
	struct sip_flow flow;
	const char *state;
	bool inbound;
	unsigned idle_ms;    /* nothing was received for so long */
	size_t queued;	     /* bytes that wait to be sent */
	uint64_t received, sent; /* messages */
	const char *security; /* "TLSv1.3 ...", NULL without */
};

struct sip_transport_stats {
	uint64_t received, sent;	  /* messages */
	uint64_t received_bytes, sent_bytes;
	uint64_t dropped;		  /* keep-alives, STUN, empty */
	uint64_t send_errors;
	uint64_t accepted, connected;	  /* connections */
	uint64_t refused;		  /* too many of them, or no memory */
	unsigned connections;		  /* at present */
};

/* Embedded by the implementation. The fields down to impl are set before
 * sip_transports_add(). */
struct sip_transport {
	unsigned magic;
	struct rd_list link;
	struct sip_transports *owner;
	char name[32];	/* section in sip.conf */
	enum sip_protocol protocol;
	bool reliable;	/* no retransmissions */
	bool secure;
	union sip_sockaddr bound; /* perhaps wildcard */
	/* What Via, Contact and SDP say instead of the local address to whom
	 * is outside of these networks: behind a NAT. family 0: always the
	 * local address. sip_transport_set_external() sets them. */
	union sip_sockaddr advertised;
	struct sip_network *inside; /* one block, in a row */
	unsigned inside_count;
	int keepalive_ms; /* between signs of life to whom is behind a NAT */
	const struct sip_transport_ops *ops; /* implementation.h */
	void *impl;
	/* No longer in the configuration: it serves the calls that it has, and
	 * gets no new ones. */
	bool leaves;
	bool deaf; /* another one has its port: no new connections */
	struct sip_transport *heir; /* whose datagrams come here, NULL: nobody's */
	bool closed;
	struct sip_transport_stats stats;
};

/* A received message; data is the receiver's to change until it returns. */
typedef void sip_receive_fn(void *arg, const struct sip_flow *flow, char *data,
			    size_t size);

/* The header of a message whose end cannot be found, or is too far away; nothing after
 * it is read. A request may be refused with this status, at once. */
typedef void sip_broken_fn(void *arg, const struct sip_flow *flow, char *head, size_t size,
			   unsigned status, const char *why);

/* Who wants to know what becomes of flows; told from the loop. */
struct sip_flow_watcher {
	struct rd_list link;
	/* A connection was lost, or was never made. Flows over it have said -ENOTCONN
	 * since before. */
	void (*lost)(void *arg, const struct sip_flow *flow, int rc);
	/* A datagram did not arrive, says ICMP, which may be forged; quoted: how it began.
	 * May be NULL. */
	void (*unreached)(void *arg, const struct sip_flow *flow, struct rd_str quoted, int rc);
	/* A sign of life was asked for, and came: by STUN, or reply is NULL. May be NULL. */
	void (*answered)(void *arg, const struct sip_flow *flow,
			 const struct sip_stun_reply *reply);
	void *arg;
};

/* All transports of the driver. 0 or -ENOMEM. */
int sip_transports_new(struct sip_transports **tp);
/* Closes and frees every transport. */
void sip_transports_free(struct sip_transports *transports);
/* Who gets the messages. */
void sip_transports_set_receiver(struct sip_transports *transports,
				 sip_receive_fn *receive, void *arg);
/* And those that are none, with the same arg. */
void sip_transports_set_refuser(struct sip_transports *transports, sip_broken_fn *broken);

/* May an answer to STUN go to this flow, which asked with so many bytes? Without
 * one, STUN is dropped. */
typedef bool sip_stun_fn(void *arg, const struct sip_flow *flow, size_t asked,
			 size_t answer);
void sip_transports_set_stun(struct sip_transports *transports, sip_stun_fn *may);

/* Embedded by the watcher; lost and arg are set before. */
void sip_transports_watch(struct sip_transports *transports,
			  struct sip_flow_watcher *watcher);
void sip_flow_watcher_remove(struct sip_flow_watcher *watcher);

/* Takes a filled transport from rd_malloc; it is freed with the set. */
void sip_transports_add_take(struct sip_transports *transports,
			     struct sip_transport *transport);

/* No more traffic; flows over it say -ENOTCONN from now on. The object
 * stays until the set is freed, so flows stay valid. */
void sip_transport_close(struct sip_transport *transport);

/* The same for one that no flow has come over yet: it is freed. */
void sip_transport_drop(struct sip_transport *transport);

/* Could it move to this address with all that goes over it? To a wildcard of its port. */
bool sip_transport_can_move(const struct sip_transport *transport,
			    const union sip_sockaddr *address);
/* Get the socket there, which is then moved to or dropped. 0 or negative errno. */
int sip_transport_rebind(struct sip_transport *transport, const union sip_sockaddr *address,
			 struct sip_socket *socket);
void sip_transport_move(struct sip_transport *transport, const struct sip_socket *socket);
void sip_socket_drop(const struct sip_socket *socket);
/* Whether another socket of ours may be bound to what overlaps with it. */
void sip_transport_share(struct sip_transport *transport, bool share);
/* Leave the port to another transport: new connections and what begins in a datagram
 * are the heir's. */
void sip_transport_yield(struct sip_transport *transport, struct sip_transport *heir);

/* We are behind a NAT, and this is how the world reaches us: address (port 0:
 * the one that we listen on; family 0: we are behind none); inside: a list of
 * networks on our side of it, copied. 0 or -ENOMEM. */
int sip_transport_set_external(struct sip_transport *transport,
			       const union sip_sockaddr *address,
			       const struct sip_network *inside);

/* Of those that do not leave. */
struct sip_transport *sip_transports_find(struct sip_transports *transports,
					  const char *name);
/* Walk the open ones, also those that leave: pass NULL first. NULL at the end. */
struct sip_transport *sip_transports_next(struct sip_transports *transports,
					  struct sip_transport *after);

/* The transport from which to reach an address with a protocol: the first
 * whose family fits. NULL without one. */
struct sip_transport *sip_transports_for(struct sip_transports *transports,
					 enum sip_protocol protocol,
					 const union sip_sockaddr *peer);

/* The transport of a protocol that what is sent to this address of ours reaches: bound to
 * it, or else to all addresses of its family and its port. NULL without one. */
struct sip_transport *sip_transports_at(struct sip_transports *transports,
					enum sip_protocol protocol,
					const union sip_sockaddr *ours);

/* Where what went over a transport to a peer goes on: the same, or when that leaves or
 * is closed one of its protocol, if there is one, and best of its name. */
struct sip_transport *sip_transport_successor(struct sip_transport *transport,
					      const union sip_sockaddr *peer);

/* A flow to peer over transport: over a connection that is there, or over one
 * that is begun. What is sent before it stands waits; if it never does, the
 * watchers are told. 0 or negative errno (-ENETUNREACH, -ECONNREFUSED, ...). */
int sip_flow_open(struct sip_flow *flow, struct sip_transport *transport,
		  const union sip_sockaddr *peer);
/* The same to a peer that was found by a name, for which a secure transport
 * wants to see a certificate (RFC 5922). */
int sip_flow_open_named(struct sip_flow *flow, struct sip_transport *transport,
			const union sip_sockaddr *peer, struct rd_str name);
/* For a watcher that is told of this flow as lost: another connection to the same place, and
 * the same name. -ENOTCONN: it never stood, or the far end had opened it; or another errno. */
int sip_flow_reopen(struct sip_flow *flow);
/* A flow of former days, from the store: datagrams go on where they were, from the address
 * that was ours, if it still is (absent: any); the connection is gone, and sending says
 * -ENOTCONN. 0 or negative errno. */
int sip_flow_recall(struct sip_flow *flow, struct sip_transport *transport,
		    const union sip_sockaddr *peer, struct rd_str ours);

/* False when sending would say -ENOTCONN. */
bool sip_flow_alive(const struct sip_flow *flow);
/* Has whoever is at its other end shown a certificate that we trust, in this name? */
bool sip_flow_peer_is(const struct sip_flow *flow, struct rd_str name);
/* The same connection; of datagrams, which have none, the same transport. */
static inline bool sip_flow_same_connection(const struct sip_flow *a, const struct sip_flow *b)
{
	return a->transport == b->transport && a->connection == b->connection;
}
static inline bool sip_flow_same(const struct sip_flow *a, const struct sip_flow *b)
{
	return sip_flow_same_connection(a, b) && sip_sockaddr_equal(&a->peer, &b->peer);
}
/* May what went by one flow go by another? Never from TLS to what is not. */
static inline bool sip_flow_may_replace(const struct sip_flow *flow, const struct sip_flow *before)
{
	return flow->transport->secure || !before->transport->secure;
}

/* The peer says that this connection may also be used for requests to its
 * own port (RFC 5923). Heeded where the transport trusts it. */
void sip_flow_alias(const struct sip_flow *flow, uint16_t port);

/* Trace, count, send. 0 or negative errno. */
int sip_flow_send(const struct sip_flow *flow, const char *data, size_t size);

/* Take back what was sent, where it waits for its connection: it does not go out. 0, or
 * -ENOENT: it may have gone. */
int sip_flow_withdraw(const struct sip_flow *flow, const char *data, size_t size);

/* What stands for us on this flow in Via and Contact: advertised or local
 * address, with port. */
const union sip_sockaddr *sip_flow_sent_by(const struct sip_flow *flow);
/* The advertised one alone: NULL when the local address will do. */
const union sip_sockaddr *sip_flow_external(const struct sip_flow *flow);

/* Are we behind a NAT for this peer, and nobody says under which address? */
bool sip_flow_hidden(const struct sip_flow *flow);

/* A sign of life, so that a NAT on the way keeps its door open. Connections have
 * theirs from the kernel. */
void sip_flow_keep_alive(const struct sip_flow *flow);

/* Ask for a sign of life (RFC 5626 §4.4): watchers hear of it. Over a connection by
 * CRLF, and it is lost when there is none in ten seconds. Over datagrams by STUN with
 * the id of 12 bytes, and whoever asks waits, and asks again. 0 or negative errno. */
int sip_flow_ping(const struct sip_flow *flow, const uint8_t *id);

/* "UDP" as Via has it, "udp" as ;transport= has it. */
struct rd_str sip_protocol_name(enum sip_protocol protocol);
struct rd_str sip_protocol_param(enum sip_protocol protocol);
/* Of either form, without case; SIP_PROTOCOLS when unknown. */
enum sip_protocol sip_protocol_of(struct rd_str name);

#endif
