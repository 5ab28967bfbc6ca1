/* The transports that there are, and what they are opened with. */
#ifndef CHANNELS_SIP_TRANSPORT_OPEN_H
#define CHANNELS_SIP_TRANSPORT_OPEN_H

#include "channels/sip/transport/transport.h"

/* ---- UDP (udp.c) ---- */

struct sip_udp_options {
	const char *name;
	union sip_sockaddr bind; /* port 0: any free one */
	int receive_buffer; /* bytes, 0: 4 MiB if the kernel allows */
	int dscp;	    /* 0-63 */
	bool shares; /* its port, with those of ours that sip_transport_share() told */
};

/**
 * Open a socket and start receiving. Bound to a wildcard it answers from the
 * address that was asked.
 *
 * 0 with *transport (may be NULL) owned by the set; -ENOMEM, -EADDRINUSE, ...
 */
int sip_udp_open(struct sip_transports *transports,
		 const struct sip_udp_options *options,
		 struct sip_transport **transport);

/* ---- TCP and what runs over it (stream.c) ---- */

struct sip_stream_options {
	const char *name;
	enum sip_protocol protocol;
	union sip_sockaddr bind; /* port 0: any free one */
	int dscp;		   /* 0-63 */
	bool shares; /* its port, with those of ours that sip_transport_share() told */
	struct sip_tls *tls;	   /* of a secure one; a reference is taken */
	bool trust_alias;	   /* heed RFC 5923's alias from anybody */
	/* 0 stands for the default in brackets. */
	unsigned connections;	   /* at a time (10,000) */
	unsigned peer_connections; /* from one address (500) */
	size_t message_size;	   /* largest message received, bytes (65,535) */
	size_t queue_size;	   /* most that waits for a slow reader (256 KiB) */
	int connect_ms;		   /* until a connection stands (3 s) */
	int half_open_ms;	   /* until a message is whole, a queue moves (20 s) */
	int idle_ms;		   /* until an unused one is closed (65 min) */
	int keepalive_ms;	   /* between signs of life (25 s); negative: none */
};

/**
 * Listen, and connect when a flow is opened.
 *
 * 0 with *transport (may be NULL) owned by the set; -ENOMEM, -EADDRINUSE, ...
 */
int sip_stream_open(struct sip_transports *transports,
		    const struct sip_stream_options *options,
		    struct sip_transport **transport);

/* Another certificate from now on; connections that stand keep theirs. */
void sip_stream_set_tls(struct sip_transport *transport, struct sip_tls *tls);

#endif
