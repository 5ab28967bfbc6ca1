/* Addresses with masks and ports, as options write them. */
#ifndef CHANNELS_SIP_MESSAGE_NETWORK_H
#define CHANNELS_SIP_MESSAGE_NETWORK_H

#include "channels/sip/message/sockaddr.h"

/* One permit=, deny= or match= with a mask; in a list. */
struct sip_network {
	struct sip_network *next;
	union sip_sockaddr address;
	unsigned bits;
	bool permit;
};

bool sip_network_has(const struct sip_network *network,
		     const union sip_sockaddr *address);

/* "10.0.0.0/8", "10.0.0.0/255.0.0.0", "192.0.2.7", "2001:db8::/32", "0/0". 0, -EINVAL, or
 * -EDOM: the mask has holes. */
int sip_network_parse(struct sip_network *network, const char *text);

/* "0.0.0.0:5060", "[::]:5060", "127.0.0.1": 0 or -EINVAL. */
int sip_hostport_parse(union sip_sockaddr *address, const char *text,
		       uint16_t default_port);

#endif
