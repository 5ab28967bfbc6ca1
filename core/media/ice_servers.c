/* The server of a component: its client fed with packets of the stream's socket.
 * Names the settings; the machine is turn.c. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "core/media/address.h"
#include "core/media/demux.h"
#include "core/media/ice_servers.h"
#include "core/media/port.h"
#include "core/media/rtp_config.h"
#include "core/media/stream.h"
#include "core/media/tunnel.h"
#include "core/media/turn.h"

static void on_send(void *arg, const void *packet, size_t size)
{
	struct rd__ice_server *server = arg;

	(void)rd__port_send(server->stream, (enum rd__port_of)server->component,
			    &server->address, packet, size);
}

static void on_ready(void *arg, int rc, const struct rd__address *mapped,
		     const struct rd__address *relayed)
{
	static const struct rd__address none;
	struct rd__ice_server *server = arg;
	char text[RD__ADDRESS_TEXT];

	server->waits = false;
	if (rc)
		rd_warning("ice: the server %s is of no help: %s",
			   rd__address_print(&server->address, text), rd_strerror(rc));
	/* What it saw of a connection is of no use to datagrams. */
	if (server->tunnel)
		mapped = NULL;
	server->answered(server, mapped ? mapped : &none, relayed ? relayed : &none);
}

static void on_received(void *arg, const struct rd__address *peer, const uint8_t *packet,
			size_t size)
{
	struct rd__ice_server *server = arg;

	server->received(server, peer, packet, size);
}

static void on_bound(void *arg, const struct rd__address *peer, uint16_t channel)
{
	struct rd__ice_server *server = arg;

	server->bound(server, peer, channel);
}

static void on_lost(void *arg)
{
	struct rd__ice_server *server = arg;
	char text[RD__ADDRESS_TEXT];

	rd_warning("ice: the relay %s has let go of us",
		   rd__address_print(&server->address, text));
	server->lost(server);
}

static bool fits(const struct rd__ice_server *server, const struct rd__address *address)
{
	return address->size &&
	       rd__ice_ports_for(server->stream, address->storage.ss_family);
}

static void on_broken(void *arg, const char *why)
{
	struct rd__ice_server *server = arg;

	rd_warning("ice: no tunnel to the server %s: %s", rd__rtp_settings()->turn_name, why);
	if (server->client)
		rd__turn_broken(server->client);
}

static int open_tunnel(struct rd__ice_server *server)
{
	const struct rd__rtp_settings *settings = rd__rtp_settings();
	struct rd__tunnel_options options = { .stream = server->stream->ports->rtp,
					      .server = settings->turn,
					      .tls = settings->turn_tls,
					      .name = settings->turn_name };
	int rc;

	rc = rd__tunnel_new(&server->tunnel, &options, on_broken, server);
	if (rc == 0)
		server->address = *rd__tunnel_near(server->tunnel);
	else
		rd_warning("ice: no tunnel to the server %s: %s", options.name, rd_strerror(rc));
	return rc;
}

/* A TURN server also tells what our address is, where it sees datagrams. */
static void choose_address(struct rd__ice_server *server, bool relay)
{
	const struct rd__rtp_settings *settings = rd__rtp_settings();
	bool asks = relay || (!settings->stun.size && settings->turn_transport == RD__TURN_UDP);

	server->address = asks ? settings->turn : settings->stun;
}

int rd__ice_server_begin(struct rd__ice_server *server, bool relay)
{
	static const struct rd__turn_ops ops = { on_send, on_ready, on_received, on_bound,
						 on_lost };
	const struct rd__rtp_settings *settings = rd__rtp_settings();
	struct rd__turn_options options = { .user = settings->turn_user,
					    .password = settings->turn_password };
	int rc;

	options.relay = relay && fits(server, &settings->turn);
	options.reliable = options.relay && settings->turn_transport != RD__TURN_UDP;
	choose_address(server, options.relay);
	if (!fits(server, &server->address))
		return 0;
	/* A call may do without. */
	if (options.reliable && open_tunnel(server))
		return 0;
	rc = rd__turn_new(&server->client, &options, &ops, server);
	server->waits = rc == 0;
	return rc;
}

bool rd_ice_has_server(void)
{
	return rd__rtp_settings()->stun.size || rd__rtp_settings()->turn.size;
}

void rd__ice_server_end(struct rd__ice_server *server)
{
	rd__turn_free(server->client);
	rd__tunnel_free(server->tunnel);
	server->client = NULL;
	server->tunnel = NULL;
	server->waits = false;
}

bool rd__ice_server_receive(struct rd__ice_server *server, const struct rd__datagram *datagram)
{
	return server->client && datagram->port == (enum rd__port_of)server->component &&
	       rd__address_equal(&datagram->from, &server->address) &&
	       rd__turn_receive(server->client, datagram->bytes, datagram->size, rd_now_ms());
}
