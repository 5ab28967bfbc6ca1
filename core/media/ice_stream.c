/* A stream's ICE agent at work, on the switch thread: packets of its sockets go
 * in, checks go out, and the way that it chooses is told to the line. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "core/media/address.h"
#include "core/media/command.h"
#include "core/media/demux.h"
#include "core/media/engine.h"
#include "core/media/ice_servers.h"
#include "core/media/line.h"
#include "core/media/port.h"
#include "core/media/stream.h"
#include "core/media/turn.h"

/* So long a description waits for servers. */
enum { GATHER_MS = 1000 };

/* ---- time ---- */

bool rd__ice_gathering(const struct rd__ice_stream *is)
{
	return (is->servers[0].waits || is->servers[1].waits) &&
	       rd_now_ms() < is->gather_until_ms;
}

static uint64_t due_of(const struct rd__ice_stream *is)
{
	uint64_t due = rd__ice_due(is->agent);

	for (int i = 0; i < RD__ICE_COMPONENTS; i++)
		if (is->servers[i].client)
			due = RD_MIN(due, rd__turn_due(is->servers[i].client));
	return is->gathered ? RD_MIN(due, is->gather_until_ms) : due;
}

void rd__ice_plan(struct rd__ice_stream *is)
{
	uint64_t due = due_of(is), now = rd_now_ms();

	if (due == UINT64_MAX)
		rd_timer_stop(&is->timer);
	else
		rd_timer_start(&is->timer, due > now ? (int)RD_MIN(due - now, 60000) : 0);
}

/* Never from inside of the agent: who waits may close the stream. */
static void tell_gathered(struct rd__ice_stream *is)
{
	void (*gathered)(void *arg) = is->gathered;

	if (!gathered || rd__ice_gathering(is))
		return;
	is->gathered = NULL;
	gathered(is->gathered_arg);
}

static void on_time(void *arg)
{
	struct rd__ice_stream *is = arg;
	uint64_t now = rd_now_ms();

	rd__ice_tick(is->agent, now);
	for (int i = 0; i < RD__ICE_COMPONENTS; i++)
		if (is->servers[i].client && rd__turn_due(is->servers[i].client) <= now)
			rd__turn_tick(is->servers[i].client, now);
	rd__ice_plan(is);
	tell_gathered(is);
}

/* ---- what the agent wants ---- */

static void on_send(void *arg, const struct rd__ice_candidate *local,
		    const struct rd__address *to, const void *packet, size_t size)
{
	struct rd__ice_stream *is = arg;

	/* Unreachable networks are no news here: the check fails by time. */
	if (local->type == RD__ICE_RELAY && is->servers[0].client)
		rd__turn_send(is->servers[0].client, to, packet, size, rd_now_ms());
	else
		(void)rd__port_send(is->stream, (enum rd__port_of)local->component, to,
				    packet, size);
}

static void send_way_to(struct rd_stream *stream, int component, const struct rd__line_way *to)
{
	struct rd__command command = { .type = RD__CMD_ICE_WAY, .stream = stream };
	struct rd__ice_way *way = rd_zalloc(sizeof(*way));
	int rc = way ? 0 : -ENOMEM;

	if (rc == 0) {
		way->component = component;
		way->way = *to;
		command.object = way;
		rc = rd__order_new(stream, &command);
	}
	if (rc) {
		rd_free(way);
		rd_error("ice: a way that was found cannot be used: %s", rd_strerror(rc));
	}
}

void rd__ice_go_way(struct rd__ice_stream *is)
{
	const struct rd__line_way *to = &is->way;

	if (to->remote.size && !rd__ice_stand_for(is, to->remote.storage.ss_family))
		return;
	send_way_to(is->stream, RD__PORT_RTP, to);
	rd_list_foreach(node, tmp, &is->stream->carried)
		send_way_to(rd_list_entry(node, struct rd_stream, in_carried), RD__PORT_RTP, to);
}

static void send_way(struct rd__ice_stream *is, int component, const struct rd__line_way *to)
{
	if (component != RD__PORT_RTP) {
		send_way_to(is->stream, component, to);
		return;
	}
	is->way = *to;
	rd__ice_go_way(is);
}

void rd__stream_share_way(struct rd_stream *carrier, struct rd_stream *stream)
{
	if (carrier->ice)
		send_way_to(stream, RD__PORT_RTP, &carrier->ice->way);
}

static void on_use(void *arg, int component, const struct rd__ice_candidate *local,
		   const struct rd__address *remote)
{
	struct rd__ice_stream *is = arg;
	struct rd__line_way way = { .channel = 0 };
	char text[RD__ADDRESS_TEXT];

	is->relayed.size = 0;
	if (local && local->type == RD__ICE_RELAY && is->servers[0].client) {
		/* Once the channel is bound, sound goes there. */
		is->relayed = *remote;
		rd__turn_bind(is->servers[0].client, remote, rd_now_ms());
		return;
	}
	if (local) {
		way.remote = *remote;
		rd_debug("ice: component %d goes to %s", component,
			 rd__address_print(remote, text));
	}
	send_way(is, component, &way);
}

static void tell(struct rd__ice_stream *is, enum rd_stream_event_type type)
{
	struct rd_stream_event event = { .type = type };

	if (is->stream->notify)
		is->stream->notify(&event, is->stream->arg);
}

static void on_change(void *arg, enum rd__ice_state state)
{
	struct rd__ice_stream *is = arg;
	bool up = state == RD__ICE_CONNECTED || state == RD__ICE_COMPLETED;

	if (state == RD__ICE_FAILED) {
		rd_notice("ice: no way leads to the far end any more, or none did");
		is->up = false;
		tell(is, RD_STREAM_ICE_DOWN);
	} else if (up && !is->up) {
		is->up = true;
		tell(is, RD_STREAM_ICE_UP);
	}
}

/* ---- packets ---- */

int rd__ice_host(const struct rd__ice_stream *is, int component, int family)
{
	if (family == is->family)
		return is->host[component - 1];
	return component == RD__PORT_RTP ? is->other_host : -1;
}

static void on_packet(const struct rd__datagram *datagram, void *arg)
{
	struct rd__ice_stream *is = arg;
	int index = rd__ice_host(is, datagram->port, datagram->from.storage.ss_family);

	if (!rd__ice_server_receive(&is->servers[datagram->port - 1], datagram) && index >= 0)
		rd__ice_receive(is->agent, index, &datagram->from, datagram->bytes,
				datagram->size, rd_now_ms());
	rd__ice_plan(is);
	tell_gathered(is);
}

bool rd__stream_relay_datagram(struct rd_stream *stream, enum rd__port_of port,
			       const struct rd__address *to, const void *data, size_t size)
{
	struct rd__ice_stream *is = stream->ice;

	if (port != RD__PORT_RTP || !rd__address_equal(&is->relayed, to) ||
	    !is->servers[0].client)
		return false;
	rd__turn_send(is->servers[0].client, to, data, size, rd_now_ms());
	rd__ice_plan(is);
	return true;
}

/* ---- servers ---- */

static struct rd__ice_stream *owner(struct rd__ice_server *server)
{
	return server->stream->ice;
}

static void on_answer(struct rd__ice_server *server, const struct rd__address *mapped,
		      const struct rd__address *relayed)
{
	struct rd__ice_stream *is = owner(server);
	int family = server->address.storage.ss_family;
	const struct rd__ice_candidate *host =
		rd__ice_local(is->agent, rd__ice_host(is, server->component, family));
	struct rd__ice_candidate candidate = { .component = (uint8_t)server->component };

	if (mapped->size && !rd__address_equal(mapped, &host->address)) {
		candidate.type = RD__ICE_SRFLX;
		candidate.address = *mapped;
		candidate.base = host->address;
		rd__ice_add_local(is->agent, &candidate, &server->address);
	}
	if (relayed->size) {
		candidate.type = RD__ICE_RELAY;
		candidate.address = candidate.base = *relayed;
		is->relay = rd__ice_add_local(is->agent, &candidate, &server->address);
	}
}

/* What else than checks comes by the relay before a channel is bound: handshakes. */
static void hand_on(struct rd__ice_stream *is, const struct rd__address *peer,
		    const uint8_t *packet, size_t size)
{
	struct rd__datagram datagram = { .kind = rd__demux(packet, size),
					 .port = RD__PORT_RTP,
					 .from = *peer,
					 .size = size };

	if (datagram.kind != RD__PACKET_DTLS || size > sizeof(datagram.bytes))
		return;
	memcpy(datagram.bytes, packet, size);
	rd__datagram_handle(is->stream, &datagram);
}

static void on_relayed(struct rd__ice_server *server, const struct rd__address *peer,
		       const uint8_t *packet, size_t size)
{
	struct rd__ice_stream *is = owner(server);

	if (is->relay >= 0 && rd__demux(packet, size) == RD__PACKET_STUN)
		rd__ice_receive(is->agent, is->relay, peer, packet, size, rd_now_ms());
	else
		hand_on(is, peer, packet, size);
}

static void on_bound(struct rd__ice_server *server, const struct rd__address *peer,
		     uint16_t channel)
{
	struct rd__ice_stream *is = owner(server);
	struct rd__line_way way = { .remote = server->address, .channel = channel };

	if (rd__address_equal(&is->relayed, peer))
		send_way(is, server->component, &way);
}

static void on_lost(struct rd__ice_server *server)
{
	static const struct rd__line_way nowhere;
	struct rd__ice_stream *is = owner(server);

	if (is->relayed.size)
		send_way(is, server->component, &nowhere);
	is->relayed.size = 0;
}

static int ask_servers(struct rd__ice_stream *is, int components)
{
	int rc = 0;

	for (int i = 0; i < components && rc == 0; i++) {
		is->servers[i] = (struct rd__ice_server){ .stream = is->stream,
							  .component = i + 1,
							  .answered = on_answer,
							  .received = on_relayed,
							  .bound = on_bound,
							  .lost = on_lost };
		/* A second relayed address only for RTCP is not asked for. */
		rc = rd__ice_server_begin(&is->servers[i], components == 1);
	}
	is->gather_until_ms = rd_now_ms() + GATHER_MS;
	return rc;
}

/* ---- birth and death ---- */

static int add_host(struct rd__ice_stream *is, int component, const struct rd__ports *ports)
{
	struct rd__ice_candidate host = { .type = RD__ICE_HOST,
					  .component = (uint8_t)component,
					  .address = ports->rtp };

	rd__address_set_port(&host.address,
			     (uint16_t)(rd__address_port(&ports->rtp) + component - 1));
	host.base = host.address;
	return rd__ice_add_local(is->agent, &host, NULL);
}

/* What comes first is preferred: IPv6, as RFC 8421 has it. */
static void add_hosts(struct rd__ice_stream *is, int components)
{
	const struct rd__ports *ports = is->stream->ports;
	bool spare_first = is->spare && is->spare->rtp.storage.ss_family == AF_INET6;

	is->family = ports->rtp.storage.ss_family;
	is->host[1] = is->other_host = -1;
	if (spare_first)
		is->other_host = add_host(is, RD__PORT_RTP, is->spare);
	for (int i = 0; i < components; i++)
		is->host[i] = add_host(is, i + 1, ports);
	if (is->spare && !spare_first)
		is->other_host = add_host(is, RD__PORT_RTP, is->spare);
}

static void stop_listening(struct rd_stream *stream)
{
	rd__stream_on_datagram(stream, RD__PACKET_STUN, NULL, NULL);
	rd__stream_on_datagram(stream, RD__PACKET_TURN, NULL, NULL);
}

static void ice_free(struct rd__ice_stream *is)
{
	rd_timer_stop(&is->timer);
	for (int i = 0; i < RD__ICE_COMPONENTS; i++)
		rd__ice_server_end(&is->servers[i]);
	rd__ice_close_spare(is);
	rd__ice_free(is->agent);
	rd_free(is);
}

static int ice_new(struct rd__ice_stream **isp, struct rd_stream *stream,
		   const struct rd_ice_options *options)
{
	static const struct rd__ice_ops ops = { on_send, on_use, on_change };
	struct rd__ice_options agent = { options->controlling, options->lite,
					 options->rtcp_mux ? 1 : 2 };
	struct rd__ice_stream *is = rd_zalloc(sizeof(*is));
	int rc;

	if (!is)
		return -ENOMEM;
	is->stream = stream;
	rd_timer_init(&is->timer, on_time, is);
	is->relay = -1;
	rc = rd__ice_new(&is->agent, &agent, &ops, is);
	if (rc == 0)
		rc = rd__stream_on_datagram(stream, RD__PACKET_STUN, on_packet, is);
	if (rc == 0)
		rc = rd__stream_on_datagram(stream, RD__PACKET_TURN, on_packet, is);
	/* Of one that is for RTCP alone, there would be a second way to choose. */
	if (rc == 0 && options->rtcp_mux)
		rd__ice_open_spare(is, &options->other);
	if (rc == 0)
		rc = ask_servers(is, agent.components);
	if (rc) {
		stop_listening(stream);
		ice_free(is);
		return rc;
	}
	add_hosts(is, agent.components);
	*isp = is;
	rd__ice_plan(is);
	return 0;
}

int rd_stream_ice_begin(struct rd_stream *stream, const struct rd_ice_options *options)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	if (!stream->ports)
		return -ENOTSUP;
	return stream->ice ? -EALREADY : ice_new(&stream->ice, stream, options);
}

void rd__stream_drop_ice(struct rd_stream *stream)
{
	if (stream->ice)
		ice_free(stream->ice);
	stream->ice = NULL;
}

void rd_stream_ice_end(struct rd_stream *stream)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	if (stream->ice)
		stop_listening(stream);
	rd__stream_drop_ice(stream);
}
