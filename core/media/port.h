/* Ports for RTP in pairs: an even one, and the odd one above it for RTCP.
 * port.c opens and closes them, port_pool.c keeps them between two calls.
 * Used on the switch thread; the sockets are lent to a stream's thread. */
#ifndef CORE_MEDIA_PORT_H
#define CORE_MEDIA_PORT_H

#include <ringdown/list.h>
#include <ringdown/stream.h>

#include "core/media/address.h"

struct rd__ports {
	struct rd_list link;
	int rtp_fd, rtcp_fd; /* both do not block */
	int number; /* RTP's, of rtp.conf's range; 0: the caller's own */
	struct rd__address rtp; /* where RTP's is bound; RTCP's is one above */
	uint8_t tos;
	uint64_t idle_since_ms;
};

RD_API_BEGIN

/* A pair that hears everybody and holds no packet. 0, -ENOMEM, -EADDRNOTAVAIL
 * (logged once until one is free again), or what the system says. */
int rd__ports_open(struct rd__ports **out, const struct rd_rtp_local *local);
/* Nobody uses it any more: it is kept for the next call, or closed. */
void rd__ports_release(struct rd__ports *ports);
/* Pairs of the range in use, those that are kept not counted. */
int rd__ports_used(void);
/* And there may be so many. */
int rd__ports_possible(void);
/* Close what is kept. */
void rd__ports_drop_kept(void);

/* -- between port.c and port_pool.c -- */

/* The address to bind to, with this port. */
struct rd__address rd__ports_address(const struct sockaddr_storage *local, int port);

void rd__ports_close(struct rd__ports *ports);
/* One for this address that has been idle for long enough, or NULL. */
struct rd__ports *rd__port_pool_take(const struct rd_rtp_local *local);
void rd__port_pool_keep(struct rd__ports *ports);
/* Close the one that has been idle for longest; false when there is none. */
bool rd__port_pool_drop(void);
int rd__port_pool_count(void);

RD_API_END

#endif
