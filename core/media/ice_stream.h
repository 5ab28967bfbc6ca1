/* ICE on a stream: the agent of ice.h, fed with the packets of the stream's
 * sockets and the loop's time; and what the media thread knows of it. */
#ifndef CORE_MEDIA_ICE_STREAM_H
#define CORE_MEDIA_ICE_STREAM_H

#include <ringdown/ice.h>

#include "core/media/demux.h"
#include "core/media/ice.h"
#include "core/media/line.h"

/* A way that the agent chose, on its way to the line and back. */
struct rd__ice_way {
	int component;
	struct rd__line_way way; /* remote of size 0: nowhere */
};

struct rd__ice_stream;

RD_API_BEGIN

/* -- ice_stream.c: the switch thread's -- */

/* The stream closes. */
void rd__stream_drop_ice(struct rd_stream *stream);
/* Of a stream that has ICE. */
enum rd__ice_state rd__stream_ice_state(const struct rd_stream *stream);
/* What carries it has chosen a way, or none: that is its, too. */
void rd__stream_share_way(struct rd_stream *carrier, struct rd_stream *stream);
/* Send it by our relay, when ICE has chosen that way to this address. */
bool rd__stream_relay_datagram(struct rd_stream *stream, enum rd__port_of port,
			       const struct rd__address *to, const void *data, size_t size);

/* -- ice_family.c: the switch thread's -- */

struct rd__ports;
/* By which it sends to addresses of this family; NULL: by none. */
const struct rd__ports *rd__ice_ports_for(const struct rd_stream *stream, int family);
/* The line has left these: true when they are the agent's now. */
bool rd__ice_take_back(struct rd_stream *stream, struct rd__ports *ports);

/* -- ice_line.c: the media thread's -- */

/* RD__CMD_ICE_WAY. */
void rd__line_take_way(struct rd__line *line, struct rd__ice_way *way);
/* Does a packet come by the way that was chosen, or by that of a moment ago? */
bool rd__line_comes_by_ice(const struct rd__line *line, const struct rd__address *from);
/* A setup says that ICE decides: we talk to whom it chose, and learn nobody. */
void rd__line_agree_by_ice(struct rd__line *line);
/* Send to an address; by the relay's channel, when that is the way. As sendto(). */
ssize_t rd__line_send_to(struct rd__line *line, int fd, const struct rd__address *to,
			 const void *packet, size_t size);
/* A packet of the relay's channel: what is in it, when that is media. */
uint8_t *rd__line_unwrap(struct rd__line *line, uint8_t *packet, size_t *size,
			 const struct rd__address *from);

RD_API_END

#endif
