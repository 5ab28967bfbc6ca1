/* Packets that are no media, on their way up to the switch thread, and what
 * it sends back. A few for each call: they are copied into a store of fixed
 * size, and what does not fit is lost, as packets are. */
#include <string.h>
#include <sys/socket.h>

#include "core/media/address.h"
#include "core/media/command.h"
#include "core/media/demux.h"
#include "core/media/engine.h"
#include "core/media/ice_stream.h"
#include "core/media/line.h"
#include "core/media/port.h"
#include "core/media/stream.h"
#include "core/media/thread.h"

/* Untouched, one costs nothing. */
enum { STORE = 128 };

/* ---- the media thread's ---- */

int rd__datagrams_init(struct rd__thread *thread)
{
	thread->datagrams = rd_zalloc(STORE * sizeof(*thread->datagrams));
	return thread->datagrams ? 0 : -ENOMEM;
}

void rd__datagrams_fini(struct rd__thread *thread)
{
	rd_free(thread->datagrams);
	thread->datagrams = NULL;
}

struct rd__datagram *rd__datagram_borrow(struct rd__thread *thread)
{
	for (int i = 0; i < STORE; i++) {
		struct rd__datagram *datagram = &thread->datagrams[thread->next_datagram];

		thread->next_datagram = (thread->next_datagram + 1) % STORE;
		if (!atomic_load_explicit(&datagram->lent, memory_order_acquire)) {
			atomic_store_explicit(&datagram->lent, true, memory_order_relaxed);
			return datagram;
		}
	}
	return NULL;
}

void rd__line_pass_up(struct rd__line *line, enum rd__port_of port, const uint8_t *packet,
		      size_t size, const struct rd__address *from)
{
	struct rd__event event = { .type = RD__EVENT_DATAGRAM,
				   .stream = RD__STREAM_OF(line) };
	enum rd__packet_kind kind = rd__demux(packet, size);
	struct rd__datagram *datagram;

	if (!(line->wanted_kinds & 1u << kind) || size > RD__DATAGRAM_MAX)
		return;
	datagram = rd__datagram_borrow(line->thread);
	if (!datagram)
		return;
	datagram->kind = kind;
	datagram->port = port;
	/* A connected socket does not say whom it heard. */
	datagram->from = from->size ? *from : line->source.remote;
	datagram->size = size;
	memcpy(datagram->bytes, packet, size);
	event.object = datagram;
	rd__thread_event(line->thread, &event);
}

/* ---- the switch thread's ---- */

static unsigned wanted_kinds(const struct rd_stream *stream)
{
	unsigned wanted = 0;

	for (unsigned kind = 0; kind < RD__HANDLERS; kind++)
		if (stream->handlers[kind].handle)
			wanted |= 1u << kind;
	return wanted;
}

int rd__stream_on_datagram(struct rd_stream *stream, enum rd__packet_kind kind,
			   void (*handler)(const struct rd__datagram *datagram, void *arg),
			   void *arg)
{
	struct rd__command command = { .type = RD__CMD_WANT, .stream = stream };
	struct rd__datagram_handler before;
	int rc;

	RD_CHECK(stream, RD__STREAM_MAGIC);
	rd_assert((unsigned)kind < RD__HANDLERS);
	before = stream->handlers[kind];
	stream->handlers[kind] = (struct rd__datagram_handler){ handler, arg };
	command.number = wanted_kinds(stream);
	rc = rd__order_new(stream, &command);
	/* Without the order, what nobody wants still comes up and is dropped here. */
	if (rc && handler)
		stream->handlers[kind] = before;
	return handler ? rc : 0;
}

int rd__port_send(struct rd_stream *stream, enum rd__port_of port,
		  const struct rd__address *to, const void *data, size_t size)
{
	const struct rd__ports *ports;
	ssize_t rc;

	RD_CHECK(stream, RD__STREAM_MAGIC);
	ports = to->size ? rd__ice_ports_for(stream, to->storage.ss_family) : NULL;
	if (!ports)
		return -ENOTCONN;
	rc = sendto(port == RD__PORT_RTP ? ports->rtp_fd : ports->rtcp_fd, data, size,
		    MSG_NOSIGNAL, (const struct sockaddr *)&to->storage, to->size);
	return rc < 0 ? -errno : 0;
}

int rd__stream_send_datagram(struct rd_stream *stream, enum rd__port_of port,
			     const struct rd__address *to, const void *data, size_t size)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	if (stream->ice && rd__stream_relay_datagram(stream, port, to, data, size))
		return 0;
	return rd__port_send(stream, port, to, data, size);
}

void rd__datagram_handle(struct rd_stream *stream, const struct rd__datagram *datagram)
{
	const struct rd__datagram_handler *handler = &stream->handlers[datagram->kind];

	if (!stream->closing && handler->handle)
		handler->handle(datagram, handler->arg);
}

void rd__datagram_event(const struct rd__event *event)
{
	struct rd__datagram *datagram = event->object;

	rd__datagram_handle(event->stream, datagram);
	rd__datagram_return(datagram);
}

void rd__datagram_return(struct rd__datagram *datagram)
{
	atomic_store_explicit(&datagram->lent, false, memory_order_release);
}
