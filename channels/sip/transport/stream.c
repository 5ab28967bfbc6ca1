/* The transport over stream sockets: it connects, and finds the connection that a flow
 * names. What comes in is stream_listen.c's, what travels connection_io.c's. */
#include <netinet/tcp.h>
#include <unistd.h>

#include <ringdown/log.h>

#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/open.h"
#include "channels/sip/transport/stream.h"
#include "channels/sip/transport/tls_watch.h"

#define TELL_MS 60000 /* that there is no room */

/* ---- sockets ---- */

/* Keep-alives of the kernel cost us nothing, hold a NAT's door open, and find
 * out about peers that went without a word. */
static void tune_socket(const struct sip_stream *stream, int fd)
{
	int seconds = RD_MAX(stream->options.keepalive_ms / 1000, 1);

	sip_socket_dscp(fd, stream->transport.bound.sa.sa_family, stream->options.dscp);
	sip_socket_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	sip_socket_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, stream->options.half_open_ms);
	if (stream->options.keepalive_ms < 0)
		return;
	sip_socket_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	sip_socket_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
	sip_socket_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds);
	sip_socket_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

bool sip_stream_has_room(struct sip_stream *stream, const union sip_sockaddr *peer)
{
	const struct sip_stream_options *options = &stream->options;
	char host[SIP_SOCKADDR_TEXT];

	if (stream->connections.count >= options->connections) {
		if (rd_log_is_due(&stream->told_full_ms, TELL_MS))
			rd_warning("sip/%s: no further connection: there are %u, which is "
				   "max_connections", stream->transport.name,
				   options->connections);
		return false;
	}
	if (sip_connections_from(&stream->connections, peer) >= options->peer_connections) {
		if (rd_log_is_due(&stream->told_share_ms, TELL_MS)) {
			sip_sockaddr_host(peer, host);
			rd_warning("sip/%s: no further connection with %s: there are %u, which "
				   "is max_connections_per_peer", stream->transport.name, host,
				   options->peer_connections);
		}
		return false;
	}
	return true;
}

int sip_stream_adopt(struct sip_stream *stream, int fd, const union sip_sockaddr *peer,
		     struct rd_str name, bool inbound, struct sip_connection **connection)
{
	const struct sip_connection_params params = { .table = &stream->connections,
						      .transport = &stream->transport,
						      .options = &stream->options,
						      .sessions = stream->sessions,
						      .fd = fd,
						      .peer = *peer,
						      .name = name,
						      .inbound = inbound };

	tune_socket(stream, fd);
	return sip_connection_new(connection, &params);
}

/* ---- connecting ---- */

static int start_connecting(struct sip_stream *stream, const union sip_sockaddr *peer)
{
	union sip_sockaddr from = stream->transport.bound;
	int fd = socket(peer->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc = 0;

	if (fd < 0)
		return -errno;
	sip_sockaddr_set_port(&from, 0);
	if (!sip_sockaddr_is_any(&from) && bind(fd, &from.sa, sip_sockaddr_len(&from)))
		rc = -errno;
	if (!rc && connect(fd, &peer->sa, sip_sockaddr_len(peer)) && errno != EINPROGRESS)
		rc = -errno;
	if (rc)
		close(fd);
	return rc ? rc : fd;
}

static int stream_connect(struct sip_transport *transport, struct sip_flow *flow,
			  struct rd_str name)
{
	struct sip_stream *stream = transport->impl;
	struct sip_connection *connection =
		sip_connections_to(&stream->connections, &flow->peer, name);
	int fd, rc;

	if (!connection) {
		if (!sip_stream_has_room(stream, &flow->peer)) {
			transport->stats.refused++;
			return -EBUSY;
		}
		fd = start_connecting(stream, &flow->peer);
		rc = fd < 0 ? fd
			    : sip_stream_adopt(stream, fd, &flow->peer, name, false, &connection);
		if (rc)
			return rc;
	}
	flow->connection = connection->id;
	flow->local = connection->local;
	return 0;
}

static int stream_reopen(struct sip_transport *transport, struct sip_flow *flow)
{
	const struct sip_connection *lost =
		((struct sip_stream *)transport->impl)->connections.buried;

	if (!lost || lost->id != flow->connection || lost->inbound || !lost->stood)
		return -ENOTCONN;
	return stream_connect(transport, flow,
			      lost->name ? rd_str_of(lost->name) : (struct rd_str){ 0 });
}

/* ---- the operations ---- */

static struct sip_connection *connection_of(struct sip_transport *transport,
					    const struct sip_flow *flow)
{
	struct sip_stream *stream = transport->impl;

	return sip_connections_find(&stream->connections, flow->connection);
}

static int stream_send(struct sip_transport *transport, const struct sip_flow *flow,
		       const char *data, size_t size)
{
	struct sip_connection *connection = connection_of(transport, flow);

	return connection ? sip_connection_send(connection, data, size) : -ENOTCONN;
}

static int stream_withdraw(struct sip_transport *transport, const struct sip_flow *flow,
			   const char *data, size_t size)
{
	struct sip_connection *connection = connection_of(transport, flow);

	return connection ? sip_connection_withdraw(connection, data, size) : -ENOENT;
}

static int stream_route(struct sip_transport *transport, struct sip_flow *flow)
{
	int rc = 0;

	flow->local = transport->bound;
	if (sip_sockaddr_is_any(&transport->bound)) {
		rc = sip_source_find(&flow->peer, &flow->local);
		sip_sockaddr_set_port(&flow->local, sip_sockaddr_port(&transport->bound));
	}
	return rc;
}

static bool stream_alive(struct sip_transport *transport, const struct sip_flow *flow)
{
	const struct sip_connection *connection = connection_of(transport, flow);

	return connection && !connection->leaves;
}

static void stream_alias(struct sip_transport *transport, const struct sip_flow *flow,
			 uint16_t port)
{
	struct sip_stream *stream = transport->impl;
	struct sip_connection *connection = connection_of(transport, flow);

	if (connection &&
	    (stream->options.trust_alias ||
	     (connection->tls && sip_tls_peer_is_known(connection->tls))))
		connection->alias = port;
}

static bool stream_peer_is(struct sip_transport *transport, const struct sip_flow *flow,
			   struct rd_str name)
{
	const struct sip_connection *connection = connection_of(transport, flow);

	return connection && connection->tls && name.n &&
	       sip_tls_peer_is(connection->tls, name, &connection->peer);
}

/* Whoever asks knows that it answers. */
static int stream_ping(struct sip_transport *transport, const struct sip_flow *flow)
{
	struct sip_connection *connection = connection_of(transport, flow);
	int rc;

	if (!connection)
		return -ENOTCONN;
	if (!connection->answers_pings)
		connection->pong_awaited = false;
	connection->answers_pings = true;
	rc = sip_connection_ping(connection);
	if (rc == 0)
		sip_connection_arm(connection);
	return rc;
}

static void stream_each(struct sip_transport *transport,
			void (*see)(void *arg, const struct sip_connection_info *info),
			void *arg)
{
	struct sip_stream *stream = transport->impl;

	rd_list_foreach(node, next, &stream->connections.all) {
		struct sip_connection_info info;

		if (sip_connection_info(rd_list_entry(node, struct sip_connection, link),
					&info))
			see(arg, &info);
	}
}

static void stream_close(struct sip_transport *transport)
{
	struct sip_stream *stream = transport->impl;
	struct rd_list *all = &stream->connections.all;

	sip_stream_stop_listening(stream);
	while (!rd_list_empty(all))
		sip_connection_end(rd_list_entry(all->next, struct sip_connection, link),
				   -ENOTCONN);
	sip_connections_fini(&stream->connections);
	sip_tls_watch_free(stream->tls_watch);
	sip_tls_sessions_free(stream->sessions);
	sip_tls_unref(stream->options.tls);
	stream->options.tls = NULL;
}

/* ---- opening ---- */

static void set_defaults(struct sip_stream_options *options)
{
#define DEFAULT(member, value) \
	options->member = options->member ? options->member : (value)
	DEFAULT(connections, 10000);
	DEFAULT(peer_connections, 500);
	DEFAULT(message_size, 65535);
	DEFAULT(queue_size, 256 << 10);
	DEFAULT(connect_ms, 3000);
	DEFAULT(half_open_ms, 20000);
	DEFAULT(idle_ms, 65 * 60 * 1000);
	DEFAULT(keepalive_ms, 25000);
#undef DEFAULT
}

static const struct sip_transport_ops stream_ops = {
	.send = stream_send,
	.route = stream_route,
	.close = stream_close,
	.connect = stream_connect,
	.withdraw = stream_withdraw,
	.reopen = stream_reopen,
	.alive = stream_alive,
	.alias = stream_alias,
	.peer_is = stream_peer_is,
	.ping = stream_ping,
	.each = stream_each,
	.rebind = sip_stream_rebind,
	.move = sip_stream_move,
	.deafen = sip_stream_deafen,
	.share = sip_stream_share,
};

static void fill_transport(struct sip_stream *stream)
{
	const struct sip_stream_options *options = &stream->options;
	struct sip_transport *transport = &stream->transport;

	rd_strcpy(transport->name, sizeof(transport->name), options->name);
	transport->protocol = options->protocol;
	transport->reliable = true;
	transport->secure = options->tls;
	transport->ops = &stream_ops;
	transport->impl = stream;
}

void sip_stream_set_tls(struct sip_transport *transport, struct sip_tls *tls)
{
	struct sip_stream *stream = transport->impl;

	if (tls == stream->options.tls)
		return;
	sip_tls_ref(tls);
	sip_tls_inherit(tls, stream->options.tls);
	sip_tls_unref(stream->options.tls);
	stream->options.tls = tls;
}

static struct sip_tls *tls_in_use(void *arg)
{
	return ((struct sip_stream *)arg)->options.tls;
}

static void tls_changed(void *arg, struct sip_tls *tls)
{
	struct sip_stream *stream = arg;

	sip_stream_set_tls(&stream->transport, tls);
}

static int prepare_tls(struct sip_stream *stream)
{
	int rc = sip_tls_sessions_new(&stream->sessions);

	if (!rc)
		rc = sip_tls_watch_new(&stream->tls_watch, stream->options.name, tls_in_use,
				       tls_changed, stream);
	if (rc)
		sip_tls_sessions_free(stream->sessions);
	else
		sip_tls_ref(stream->options.tls);
	return rc;
}

/* On failure the caller frees. */
static int stream_init(struct sip_stream *stream, const struct sip_stream_options *options)
{
	int rc;

	stream->options = *options;
	set_defaults(&stream->options);
	sip_connections_init(&stream->connections);
	rc = sip_stream_listen(stream, &options->bind, options->shares);
	if (rc)
		return rc;
	fill_transport(stream);
	rc = options->tls ? prepare_tls(stream) : 0;
	if (rc)
		sip_stream_stop_listening(stream);
	return rc;
}

int sip_stream_open(struct sip_transports *transports,
		    const struct sip_stream_options *options,
		    struct sip_transport **transport)
{
	struct sip_stream *stream = rd_zalloc(sizeof(*stream));
	int rc;

	if (!stream)
		return -ENOMEM;
	rc = stream_init(stream, options);
	if (rc) {
		rd_free(stream);
		return rc;
	}
	sip_transports_add_take(transports, &stream->transport);
	if (transport)
		*transport = &stream->transport;
	return 0;
}
