/* ICE over IPv4 and IPv6 at once: a second pair of ports, of the family that the
 * stream's own is not of. The line has one pair at a time, and knows of no other; the
 * spare one is heard here, on the switch thread, where checks come now and then. When the
 * way that was chosen needs the other family, the two change places. */
#include <string.h>
#include <sys/socket.h>

#include <ringdown/io.h>
#include <ringdown/log.h>

#include "core/media/address.h"
#include "core/media/bundle.h"
#include "core/media/demux.h"
#include "core/media/ice_servers.h"
#include "core/media/port.h"
#include "core/media/stream.h"

static int family_of(const struct rd__address *address)
{
	return address->storage.ss_family;
}

/* ---- the spare pair ---- */

/* One at a time: whoever gets it may end the agent. */
static void on_readable(unsigned events, void *arg)
{
	struct rd__ice_stream *is = arg;
	struct rd__datagram datagram = { .port = RD__PORT_RTP };
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	ssize_t n = recvfrom(is->spare->rtp_fd, datagram.bytes, sizeof(datagram.bytes),
			     MSG_DONTWAIT, (struct sockaddr *)&from, &length);

	(void)events;
	if (n <= 0)
		return;
	datagram.size = (size_t)n;
	datagram.kind = rd__demux(datagram.bytes, datagram.size);
	rd__address_set(&datagram.from, &from);
	/* Sound has no business here: nothing has told the far end that this is the way. */
	if (datagram.kind < RD__PACKET_RTP)
		rd__datagram_handle(is->stream, &datagram);
}

static int keep_spare(struct rd__ice_stream *is, struct rd__ports *ports)
{
	int rc = rd_watch_new(&is->spare_watch, ports->rtp_fd, RD_IO_READ, on_readable, is);

	if (rc == 0)
		is->spare = ports;
	return rc;
}

static struct rd__ports *leave_spare(struct rd__ice_stream *is)
{
	struct rd__ports *ports = is->spare;

	rd_watch_free(is->spare_watch);
	is->spare_watch = NULL;
	is->spare = NULL;
	return ports;
}

void rd__ice_open_spare(struct rd__ice_stream *is, const struct sockaddr_storage *other)
{
	struct rd_rtp_local local = { .kind = rd_stream_kind(is->stream),
				      .address = *other,
				      .tos = is->stream->ports->tos };
	struct rd__ports *ports;
	int rc;

	if (!other->ss_family || other->ss_family == family_of(&is->stream->ports->rtp))
		return;
	rc = rd__ports_open(&ports, &local);
	if (rc == 0) {
		rc = keep_spare(is, ports);
		if (rc)
			rd__ports_release(ports);
	}
	/* A call may do without. */
	if (rc)
		rd_notice("ice: no port at our address of IPv%d: %s",
			  other->ss_family == AF_INET ? 4 : 6, rd_strerror(rc));
}

void rd__ice_close_spare(struct rd__ice_stream *is)
{
	if (is->spare)
		rd__ports_release(leave_spare(is));
}

const struct rd__ports *rd__ice_ports_for(const struct rd_stream *stream, int family)
{
	const struct rd__ice_stream *is = stream->ice;

	if (!stream->ports || family == family_of(&stream->ports->rtp))
		return stream->ports;
	return is && is->spare && family == family_of(&is->spare->rtp) ? is->spare : NULL;
}

/* ---- changing places ---- */

bool rd__ice_stand_for(struct rd__ice_stream *is, int family)
{
	struct rd__ports *ports = is->spare;
	int rc;

	if (family == family_of(&is->stream->ports->rtp))
		return true;
	/* They are just changing places: this comes again when they have. */
	if (!ports)
		return false;
	rc = rd__stream_stand_on(is->stream, ports);
	if (rc) {
		rd_error("ice: the way by IPv%d cannot be used: %s", family == AF_INET ? 4 : 6,
			 rd_strerror(rc));
		return false;
	}
	leave_spare(is);
	return true;
}

bool rd__ice_take_back(struct rd_stream *stream, struct rd__ports *ports)
{
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	struct rd__ice_stream *is = stream->ice;

	if (stream->closing || !is || is->other_host < 0 || is->spare || !stream->ports ||
	    family_of(&ports->rtp) == family_of(&stream->ports->rtp))
		return false;
	/* The line may have had it connected to whom it talked to. */
	if (connect(ports->rtp_fd, &nowhere, sizeof(nowhere)) < 0 || keep_spare(is, ports))
		return false;
	rd__ice_go_way(is);
	return true;
}
