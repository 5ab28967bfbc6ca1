/* Reports, copied into the thread's store of datagrams when somebody watches. */
#include "core/media/rtcp_told.h"

#include <string.h>

#include "core/media/address.h"
#include "core/media/command.h"
#include "core/media/demux.h"
#include "core/media/line.h"
#include "core/media/setup.h"
#include "core/media/stream.h"
#include "core/media/thread.h"

static struct rd_list watchers = { &watchers, &watchers };
static _Atomic bool watched;

/* ---- the media thread's ---- */

void rd__line_tell_report(struct rd__line *line, bool sent, const uint8_t *packet, size_t size)
{
	struct rd__event event = { .type = RD__EVENT_REPORT,
				   .stream = RD__STREAM_OF(line),
				   .number = sent };
	struct rd__datagram *datagram;

	if (!atomic_load_explicit(&watched, memory_order_relaxed) || !line->setup ||
	    size > sizeof(datagram->bytes))
		return;
	datagram = rd__datagram_borrow(line->thread);
	if (!datagram)
		return;
	datagram->kind = RD__PACKET_RTP;
	datagram->port = line->setup->config.rtcp_mux ? RD__PORT_RTP : RD__PORT_RTCP;
	datagram->from = line->setup->config.rtcp_mux ? line->source.remote : line->rtcp.remote;
	datagram->size = size;
	memcpy(datagram->bytes, packet, size);
	event.object = datagram;
	rd__thread_event(line->thread, &event);
}

/* ---- the switch thread's ---- */

static void set_local(struct rd_rtcp_packet *packet, enum rd__port_of port)
{
	struct rd__address local;

	rd_stream_local(packet->stream, &packet->local);
	if (port == RD__PORT_RTP)
		return;
	rd__address_set(&local, &packet->local);
	rd__address_set_port(&local, (uint16_t)(rd__address_port(&local) + 1));
	rd__address_get(&local, &packet->local);
}

static void tell(struct rd_stream *stream, bool sent, const struct rd__datagram *datagram)
{
	struct rd_rtcp_packet packet = {
		.stream = stream, .sent = sent, .bytes = datagram->bytes, .size = datagram->size
	};

	set_local(&packet, datagram->port);
	rd__address_get(&datagram->from, &packet.remote);
	rd_list_foreach(node, tmp, &watchers) {
		const struct rd_rtcp_watcher *watcher =
			rd_list_entry(node, struct rd_rtcp_watcher, link);

		watcher->notify(&packet, watcher->arg);
	}
}

void rd__report_event(const struct rd__event *event)
{
	struct rd__datagram *datagram = event->object;

	if (!rd_list_empty(&watchers))
		tell(event->stream, event->number != 0, datagram);
	rd__datagram_return(datagram);
}

void rd_rtcp_watch(struct rd_rtcp_watcher *watcher)
{
	rd_list_push(&watchers, &watcher->link);
	atomic_store_explicit(&watched, true, memory_order_relaxed);
}

void rd_rtcp_unwatch(struct rd_rtcp_watcher *watcher)
{
	rd_list_remove(&watcher->link);
	atomic_store_explicit(&watched, !rd_list_empty(&watchers), memory_order_relaxed);
}
