/* Lists of addresses and networks in sip.conf: local_net, permit, deny, match,
 * guard_exempt. */
#ifndef CHANNELS_SIP_ENDPOINT_NETWORKS_H
#define CHANNELS_SIP_ENDPOINT_NETWORKS_H

#include <ringdown/pool.h>

#include "channels/sip/message/network.h"

/* Where what is read goes; several lines go on from each other. */
struct sip_networks {
	struct rd_pool *pool;
	struct sip_network **tail;
	/* Takes or reports an element that is no network. 0, or -ENOMEM. NULL: that is an
	 * error of the whole line. */
	int (*other)(void *arg, const char *text);
	void *arg;
	bool negates; /* "!10.0.0.0/8" has the other sense */
};

/* Append "10.0.0.0/8, 192.0.2.7". 0, -EINVAL (only without other) or -ENOMEM. */
int sip_networks_add(struct sip_networks *networks, const char *text, bool permit);

/* The last rule that fits decides; without any, yes. */
bool sip_networks_permit(const struct sip_network *first, const union sip_sockaddr *address);
bool sip_networks_have(const struct sip_network *first, const union sip_sockaddr *address);

#endif
