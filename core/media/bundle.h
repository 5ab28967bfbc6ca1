/* Lines that share one port (RFC 9143). One of them, the carrier, has the socket. What
 * comes there for another one, its thread passes on to that line through a socket pair,
 * wherever the line is; what the other one sends goes out by a copy of the carrier's
 * socket. So neither has to be on the other's thread.
 *
 * Keys, and the way that ICE chooses, are the carrier's, too. */
#ifndef CORE_MEDIA_BUNDLE_H
#define CORE_MEDIA_BUNDLE_H

#include <ringdown/stream.h>

#include "core/media/address.h"

struct rd__bundle;
struct rd__event;
struct rd__ice_way;
struct rd__line;
struct rd__ports;
struct rd__srtp;

/* By which sockets a line hears and speaks: what it gets, and then what it had. */
struct rd__feet {
	int fd, rtcp_fd, out_fd;
	struct rd__ports *ports; /* with the former ones; NULL: none */
	int closed[2];		 /* the former ones; -1: none */
};

RD_API_BEGIN

/* -- the switch thread's (bundle.c) -- */

/* What was agreed on has changed: packets are told apart by it. */
void rd__bundle_configured(struct rd_stream *stream);
/* The stream closes. */
void rd__bundle_leave(struct rd_stream *stream);
/* What it had is freed. */
void rd__bundle_drop(struct rd_stream *stream);
/* The carrier has other keys. */
void rd__bundle_keys(struct rd_stream *carrier);
/* One that is carried takes its carrier's. 0 or -ENOMEM. */
int rd__bundle_take_keys(struct rd_stream *stream);
/* It hears and speaks by these from now on; what it did by comes back to its agent, or is
 * released. 0 or -ENOMEM. */
int rd__stream_stand_on(struct rd_stream *stream, struct rd__ports *ports);
void rd__bundle_event(const struct rd__event *event);

/* -- the media thread's (bundle_line.c) -- */

/* RD__CMD_BUNDLE, RD__CMD_FEET */
void rd__line_take_bundle(struct rd__line *line, struct rd__bundle *bundle);
void rd__line_take_feet(struct rd__line *line, struct rd__feet *feet);
/* A packet that came to a carrier: was it another line's? Reports are everybody's. */
bool rd__bundle_pass(struct rd__line *line, const uint8_t *packet, size_t size,
		     const struct rd__address *from);
/* Reports say whose packets are whose, too: what a carrier has read of one. */
void rd__bundle_read_names(struct rd__line *line, const uint8_t *report, size_t size);
/* What the carrier has passed on. As recvfrom(). */
ssize_t rd__bundle_read(struct rd__line *line, uint8_t *packet, struct rd__address *from);
/* Now and then a packet says which line it is of: then *packet is a copy. */
void rd__bundle_name(struct rd__line *line, const uint8_t **packet, size_t *size);

RD_API_END

#endif
