/* The transport over stream sockets: it listens, connects, and finds the
 * connection that a flow names. What travels is connection_io.c's. */
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ringdown/log.h>

#include "channels/sip/transport/connection.h"
#include "channels/sip/transport/private.h"
#include "channels/sip/transport/tls_watch.h"

#define BACKLOG  512
#define BATCH    32 /* connections taken per wake-up */
#define PAUSE_MS 1000 /* when there are no descriptors left */
#define SPARE_MAX 1024u /* descriptors that strangers do not get */
#define TELL_MS	  60000 /* that there is no room */

struct stream {
	struct sip_transport transport; /* first: freed by the set */
	struct sip_stream_options options;
	struct sip_connections connections;
	struct sip_tls_sessions *sessions; /* NULL without TLS */
	struct sip_tls_watch *tls_watch; /* likewise */
	int fd;
	struct rd_watch *watch;
	struct rd_timer pause;
	bool is_short; /* of descriptors or memory: said so */
	uint64_t told_full_ms, told_share_ms; /* that there is no room; 0: never */
};

/* ---- sockets ---- */

/* Keep-alives of the kernel cost us nothing, hold a NAT's door open, and find
 * out about peers that went without a word. */
static void tune_socket(const struct stream *stream, int fd)
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

static bool has_room(struct stream *stream, const union sip_sockaddr *peer)
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

static int adopt(struct stream *stream, int fd, const union sip_sockaddr *peer,
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

/* ---- listening ---- */

/* Said once, not for each connection. error 0: one was taken. */
static void note_health(struct stream *stream, int error)
{
	bool news = rd_log_is_news(&stream->is_short, error != 0);

	if (news && error)
		rd_warning("sip/%s: no connection can be accepted: %s",
			   stream->transport.name, rd_strerror(error));
	else if (news)
		rd_notice("sip/%s: connections are accepted again", stream->transport.name);
}

/* The kernel gives the lowest descriptor there is. Whoever connects leaves the last quarter
 * to what has to go on: sound, the console, the store. */
static bool is_spare(int fd)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return false;
	return (rlim_t)fd >= limit.rlim_cur - RD_MIN(limit.rlim_cur / 4, SPARE_MAX);
}

static void take_connection(struct stream *stream, int fd, const union sip_sockaddr *peer)
{
	struct sip_connection *connection;
	int rc;

	if (is_spare(fd)) {
		note_health(stream, EMFILE);
		stream->transport.stats.refused++;
		close(fd);
		return;
	}
	if (!has_room(stream, peer)) {
		stream->transport.stats.refused++;
		close(fd);
		return;
	}
	rc = adopt(stream, fd, peer, (struct rd_str){ 0 }, true, &connection);
	note_health(stream, rc);
	if (rc)
		stream->transport.stats.refused++;
	else
		stream->transport.stats.accepted++;
}

static void listen_again(void *arg)
{
	struct stream *stream = arg;

	rd_watch_set(stream->watch, RD_IO_READ);
}

/* A connection that cannot be taken stays in the queue, and its event with it:
 * looking away is the only rest. */
static void take_a_rest(struct stream *stream, int error)
{
	note_health(stream, error);
	rd_watch_set(stream->watch, 0);
	rd_timer_start(&stream->pause, PAUSE_MS);
}

static void listener_ready(unsigned events, void *arg)
{
	struct stream *stream = arg;

	(void)events;
	for (int i = 0; i < BATCH; i++) {
		union sip_sockaddr peer;
		socklen_t size = sizeof(peer);
		int fd = accept4(stream->fd, &peer.sa, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			take_connection(stream, fd, &peer);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
			 errno == ENOBUFS)
			take_a_rest(stream, errno);
		if (fd < 0 && errno != ECONNABORTED)
			return;
	}
}

/* ---- connecting ---- */

static int start_connecting(struct stream *stream, const union sip_sockaddr *peer)
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
	struct stream *stream = transport->impl;
	struct sip_connection *connection =
		sip_connections_to(&stream->connections, &flow->peer, name);
	int fd, rc;

	if (!connection) {
		if (!has_room(stream, &flow->peer)) {
			transport->stats.refused++;
			return -EBUSY;
		}
		fd = start_connecting(stream, &flow->peer);
		rc = fd < 0 ? fd : adopt(stream, fd, &flow->peer, name, false, &connection);
		if (rc)
			return rc;
	}
	flow->connection = connection->id;
	flow->local = connection->local;
	return 0;
}

static int stream_reopen(struct sip_transport *transport, struct sip_flow *flow)
{
	const struct sip_connection *lost = ((struct stream *)transport->impl)->connections.buried;

	if (!lost || lost->id != flow->connection || lost->inbound || !lost->stood)
		return -ENOTCONN;
	return stream_connect(transport, flow,
			      lost->name ? rd_str_of(lost->name) : (struct rd_str){ 0 });
}

/* ---- the operations ---- */

static struct sip_connection *connection_of(struct sip_transport *transport,
					    const struct sip_flow *flow)
{
	struct stream *stream = transport->impl;

	return sip_connections_find(&stream->connections, flow->connection);
}

static int stream_send(struct sip_transport *transport, const struct sip_flow *flow,
		       const char *data, size_t size)
{
	struct sip_connection *connection = connection_of(transport, flow);

	return connection ? sip_connection_send(connection, data, size) : -ENOTCONN;
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
	struct stream *stream = transport->impl;
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
	struct stream *stream = transport->impl;

	rd_list_foreach(node, next, &stream->connections.all) {
		struct sip_connection_info info;

		if (sip_connection_info(rd_list_entry(node, struct sip_connection, link),
					&info))
			see(arg, &info);
	}
}

static void stop_listening(struct stream *stream)
{
	rd_timer_stop(&stream->pause);
	rd_watch_free(stream->watch);
	if (stream->fd >= 0)
		close(stream->fd);
	stream->watch = NULL;
	stream->fd = -1;
}

static void stream_close(struct sip_transport *transport)
{
	struct stream *stream = transport->impl;
	struct rd_list *all = &stream->connections.all;

	stop_listening(stream);
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

static int bind_socket(struct sip_socket *socket, const union sip_sockaddr *address, bool shares)
{
	int rc = sip_socket_option(socket->fd, SOL_SOCKET, SO_REUSEADDR, 1);

	if (!rc && address->sa.sa_family == AF_INET6)
		rc = sip_socket_option(socket->fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	return rc ? rc : sip_socket_bind(socket, address, BACKLOG, shares);
}

static int start_listening(struct stream *stream, const union sip_sockaddr *address, bool shares,
			   struct sip_socket *opened)
{
	int rc;

	opened->watch = NULL;
	opened->fd = socket(address->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			    0);
	if (opened->fd < 0)
		return -errno;
	rc = bind_socket(opened, address, shares);
	if (!rc)
		rc = rd_watch_new(&opened->watch, opened->fd, RD_IO_READ, listener_ready,
				  stream);
	if (rc)
		close(opened->fd);
	return rc;
}

static void use_socket(struct stream *stream, const struct sip_socket *socket)
{
	stream->fd = socket->fd;
	stream->watch = socket->watch;
	stream->transport.bound = socket->bound;
}

static int stream_rebind(struct sip_transport *transport, const union sip_sockaddr *address,
			 struct sip_socket *socket)
{
	struct stream *stream = transport->impl;
	int rc;

	sip_socket_share(stream->fd, true);
	rc = start_listening(stream, address, true, socket);
	sip_socket_share(stream->fd, false);
	return rc;
}

static void stream_share(struct sip_transport *transport, bool share)
{
	sip_socket_share(((struct stream *)transport->impl)->fd, share);
}

static void stream_deafen(struct sip_transport *transport)
{
	stop_listening(transport->impl);
}

/* Connections that stand do not notice. */
static void stream_move(struct sip_transport *transport, const struct sip_socket *socket)
{
	stream_deafen(transport);
	use_socket(transport->impl, socket);
}

static const struct sip_transport_ops stream_ops = {
	.send = stream_send,
	.route = stream_route,
	.close = stream_close,
	.connect = stream_connect,
	.reopen = stream_reopen,
	.alive = stream_alive,
	.alias = stream_alias,
	.peer_is = stream_peer_is,
	.ping = stream_ping,
	.each = stream_each,
	.rebind = stream_rebind,
	.move = stream_move,
	.deafen = stream_deafen,
	.share = stream_share,
};

static void fill_transport(struct stream *stream)
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
	struct stream *stream = transport->impl;

	if (tls == stream->options.tls)
		return;
	sip_tls_ref(tls);
	sip_tls_inherit(tls, stream->options.tls);
	sip_tls_unref(stream->options.tls);
	stream->options.tls = tls;
}

static struct sip_tls *tls_in_use(void *arg)
{
	return ((struct stream *)arg)->options.tls;
}

static void tls_changed(void *arg, struct sip_tls *tls)
{
	struct stream *stream = arg;

	sip_stream_set_tls(&stream->transport, tls);
}

static int prepare_tls(struct stream *stream)
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
static int stream_init(struct stream *stream, const struct sip_stream_options *options)
{
	struct sip_socket socket;
	int rc;

	stream->options = *options;
	set_defaults(&stream->options);
	sip_connections_init(&stream->connections);
	rd_timer_init(&stream->pause, listen_again, stream);
	rc = start_listening(stream, &options->bind, options->shares, &socket);
	if (rc)
		return rc;
	use_socket(stream, &socket);
	fill_transport(stream);
	rc = options->tls ? prepare_tls(stream) : 0;
	if (rc) {
		rd_watch_free(stream->watch);
		close(stream->fd);
	}
	return rc;
}

int sip_stream_open(struct sip_transports *transports,
		    const struct sip_stream_options *options,
		    struct sip_transport **transport)
{
	struct stream *stream = rd_zalloc(sizeof(*stream));
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
