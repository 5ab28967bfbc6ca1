/* What the files of transport/ share. */
#ifndef CHANNELS_SIP_TRANSPORT_PRIVATE_H
#define CHANNELS_SIP_TRANSPORT_PRIVATE_H

#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/trace.h"

#define SIP_TRANSPORT_MAGIC 0x53545250u /* "STRP" */

struct sip_transports {
	struct rd_list list; /* closed ones too */
	struct rd_list watchers;
	sip_receive_fn *receive;
	sip_broken_fn *broken; /* NULL: nobody answers */
	sip_stun_fn *may_stun; /* NULL: STUN is noise */
	void *arg;
	struct sip_trace *trace; /* NULL: off */
};

/* ---- socket.c ---- */

/* setsockopt() of an int: 0 or negative errno. */
int sip_socket_option(int fd, int level, int name, int value);
/* The class of service; may be refused. */
void sip_socket_dscp(int fd, int family, int dscp);
/* Whether its port may be bound once more, by a socket that may share too. */
void sip_socket_share(int fd, bool share);
/* Bind its fd, and listen when there is a backlog; shares: beside sockets of ours that
 * overlap with it and share too. 0 or negative errno. */
int sip_socket_bind(struct sip_socket *socket, const union sip_sockaddr *address, int backlog,
		    bool shares);
/* From which of our addresses the kernel would reach a peer. 0 or negative
 * errno. */
int sip_source_find(const union sip_sockaddr *peer, union sip_sockaddr *local);
/* Does an interface of this machine have it? Of any port. */
bool sip_address_is_ours(const union sip_sockaddr *address);

/* ---- udp_errors.c ---- */

/* Have the kernel keep what ICMP says. 0 or negative errno. */
int sip_udp_want_errors(int fd, int family);
/* Take the next one and tell the watchers. False: there is none. */
bool sip_udp_take_error(struct sip_transport *transport, int fd);

/* ---- pcap.c ---- */

struct sip_pcap;

/* Writes packets behind the loop's back, through the pool. 0 or -ENOMEM; fd is
 * taken in both cases. */
int sip_pcap_new(struct sip_pcap **pp, int fd);
/* Frees it when all is written. */
void sip_pcap_end(struct sip_pcap *pcap);
void sip_pcap_add(struct sip_pcap *pcap, const union sip_sockaddr *from,
		  const union sip_sockaddr *to, const char *data, size_t size);

#endif
