/* What a line knows of ICE: the way that was chosen for each component, and the
 * relay's envelope around packets that go by one. */
#include <string.h>

#include "core/media/address.h"
#include "core/media/command.h"
#include "core/media/demux.h"
#include "core/media/ice_stream.h"
#include "core/media/line.h"
#include "core/media/stream.h"
#include "core/media/thread.h"
#include "core/media/turn.h"

enum { FORMER_WAY_US = 5000000 };

static const struct rd__address *rtcp_way(const struct rd__line *line)
{
	return &line->ways[line->setup->config.rtcp_mux ? 0 : 1].remote;
}

void rd__line_agree_by_ice(struct rd__line *line)
{
	line->source.agreed.size = 0;
	line->source.learned = false;
	line->source.remote = line->ways[0].remote;
	line->rtcp.remote = *rtcp_way(line);
}

/* The far end goes by the former one until it has chosen, too (RFC 8445 §9). */
static void leave_way(struct rd__line *line)
{
	const struct rd__line_way *way = &line->ways[RD__PORT_RTP - 1];

	if (way->channel || !way->remote.size)
		return;
	line->former_way = way->remote;
	line->former_way_until_us = line->thread->now_us + FORMER_WAY_US;
}

bool rd__line_comes_by_ice(const struct rd__line *line, const struct rd__address *from)
{
	return rd__address_equal(from, &line->source.remote) ||
	       (line->thread->now_us < line->former_way_until_us &&
		rd__address_equal(from, &line->former_way));
}

void rd__line_take_way(struct rd__line *line, struct rd__ice_way *way)
{
	struct rd__event event = { .type = RD__EVENT_WAY_DONE,
				   .stream = RD__STREAM_OF(line),
				   .object = way };

	if (way->component == RD__PORT_RTP && way->way.remote.size)
		leave_way(line);
	line->ways[way->component - 1] = way->way;
	if (line->setup && line->setup->config.ice)
		rd__line_agree_by_ice(line);
	rd__thread_event(line->thread, &event);
}

/* ---- relayed ---- */

static const struct rd__line_way *relay_of(const struct rd__line *line,
					   const struct rd__address *address)
{
	const struct rd__line_way *way = &line->ways[0];

	return way->channel && line->setup && line->setup->config.ice &&
			       rd__address_equal(address, &way->remote)
		       ? way
		       : NULL;
}

ssize_t rd__line_send_to(struct rd__line *line, int fd, const struct rd__address *to,
			 const void *packet, size_t size)
{
	const struct rd__line_way *way = relay_of(line, to);
	uint8_t header[RD__CHANNEL_HEADER];
	struct iovec parts[] = { { header, sizeof(header) },
				 { (void *)(uintptr_t)packet, size } };
	struct msghdr message = { .msg_name = (void *)(uintptr_t)&to->storage,
				  .msg_namelen = to->size,
				  .msg_iov = way ? parts : parts + 1,
				  .msg_iovlen = way ? 2 : 1 };

	if (way)
		rd__channel_print(header, way->channel, size);
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

uint8_t *rd__line_unwrap(struct rd__line *line, uint8_t *packet, size_t *size,
			 const struct rd__address *from)
{
	const struct rd__line_way *way = relay_of(line, from);
	const uint8_t *payload;
	uint16_t channel;
	size_t inside;

	if (!way || !rd__channel_parse(packet, *size, &channel, &payload, &inside) ||
	    channel != way->channel || rd__demux(payload, inside) != RD__PACKET_RTP)
		return packet;
	*size = inside;
	return packet + RD__CHANNEL_HEADER;
}
