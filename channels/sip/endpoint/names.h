/* The addresses that stand behind the names in match= and host= at present: asked
 * for in the background when sip.conf is read, and again when their time is over.
 * Whoever calls from one of them is that peer. */
#ifndef CHANNELS_SIP_ENDPOINT_NAMES_H
#define CHANNELS_SIP_ENDPOINT_NAMES_H

#include "channels/sip/endpoint/settings.h"

struct sip_names;

/* 0 or -ENOMEM. resolver must outlive it. */
int sip_names_new(struct sip_names **np, struct sip_resolver *resolver);
void sip_names_free(struct sip_names *names);

/* Those of these settings from now on; what was known of them stays known. */
void sip_names_use(struct sip_names *names, const struct sip_settings *settings);

/* Who wants to know when a name has become known, or stands for another address. */
void sip_names_watch(struct sip_names *names, void (*changed)(void));

/* The first address of a family: 0, or -ENOENT while there is none. */
int sip_name_address(const struct sip_peer_name *name, int family,
		     union sip_sockaddr *address);

/* Is this one of the addresses of a name of the endpoint? */
bool sip_endpoint_named(const struct sip_endpoint *endpoint,
			const union sip_sockaddr *address);

#endif
