/* type = transport: a socket to be listened on, as sip.conf describes it. Whether
 * it is open is transport.h's. */
#ifndef CHANNELS_SIP_ENDPOINT_LISTENER_H
#define CHANNELS_SIP_ENDPOINT_LISTENER_H

#include <ringdown/config.h>

#include "channels/sip/message/network.h"

struct sip_tls;

/* external_address: an address (family 0: none), or a name. */
struct sip_external {
	union sip_sockaddr address;
	struct sip_peer_name *name; /* NULL: it is the address */
	uint16_t port;		    /* of the name; 0: that of bind */
};

struct sip_listener {
	struct sip_listener *next;
	const char *name, *file;
	int line;
	int protocol; /* enum sip_protocol */
	union sip_sockaddr bind;
	int dscp;

	/* What stands for us towards the world behind a NAT, and who is on our side
	 * of it. */
	struct sip_external external;
	struct sip_network *local;

	/* Connections. */
	int connections, peer_connections; /* at most */
	int half_open_ms, idle_ms, keepalive_ms;
	bool trust_alias;

	/* TLS. */
	const char *certificate, *key, *ca_file, *ca_path, *ciphers;
	int method, verify_client;
	bool verify_server;
	struct sip_tls *tls; /* made of the files; NULL for others */
};

/* A section, with the files that it names. 0 (errors are in the report) or
 * -ENOMEM. */
int sip_listener_read(struct sip_listener **lp, const struct rd_config_section *section,
		      struct rd_pool *pool, struct rd_config_report *report);
/* Without any section: UDP and TCP. 0 or -ENOMEM. */
int sip_listener_defaults(struct sip_listener **first, struct rd_pool *pool,
			  struct rd_config_report *report);
/* What is not in the pool. */
void sip_listeners_release(struct sip_listener *first);

/* Would it take what arrives at a socket there: both for datagrams or both for
 * connections, one port, one address or all of them? */
bool sip_listener_overlaps(const struct sip_listener *listener, int protocol,
			   const union sip_sockaddr *bound);

#endif
