/* The socket that a stream transport listens at: it takes connections, rests where there are
 * no descriptors, and goes over to another address. */
#include <sys/resource.h>
#include <unistd.h>

#include <ringdown/log.h>

#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/stream.h"

#define BACKLOG   512
#define BATCH     32 /* connections taken per wake-up */
#define PAUSE_MS  1000 /* when there are no descriptors left */
#define SPARE_MAX 1024u /* descriptors that strangers do not get */

/* Said once, not for each connection. error 0: one was taken. */
static void note_health(struct sip_stream *stream, int error)
{
	bool news = rd_log_is_news(&stream->is_short, error != 0);

	if (news && error)
		rd_warning("sip/%s: no connection can be accepted: %s", stream->transport.name,
			   rd_strerror(error));
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

static void take_connection(struct sip_stream *stream, int fd, const union sip_sockaddr *peer)
{
	struct sip_connection *connection;
	int rc;

	if (is_spare(fd)) {
		note_health(stream, EMFILE);
		stream->transport.stats.refused++;
		close(fd);
		return;
	}
	if (!sip_stream_has_room(stream, peer)) {
		stream->transport.stats.refused++;
		close(fd);
		return;
	}
	rc = sip_stream_adopt(stream, fd, peer, (struct rd_str){ 0 }, true, &connection);
	note_health(stream, rc);
	if (rc)
		stream->transport.stats.refused++;
	else
		stream->transport.stats.accepted++;
}

static void listen_again(void *arg)
{
	struct sip_stream *stream = arg;

	rd_watch_set(stream->watch, RD_IO_READ);
}

/* A connection that cannot be taken stays in the queue, and its event with it:
 * looking away is the only rest. */
static void take_a_rest(struct sip_stream *stream, int error)
{
	note_health(stream, error);
	rd_watch_set(stream->watch, 0);
	rd_timer_start(&stream->pause, PAUSE_MS);
}

static void listener_ready(unsigned events, void *arg)
{
	struct sip_stream *stream = arg;

	(void)events;
	for (int i = 0; i < BATCH; i++) {
		union sip_sockaddr peer;
		socklen_t size = sizeof(peer);
		int fd = accept4(stream->fd, &peer.sa, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			take_connection(stream, fd, &peer);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			take_a_rest(stream, errno);
		if (fd < 0 && errno != ECONNABORTED)
			return;
	}
}

void sip_stream_stop_listening(struct sip_stream *stream)
{
	rd_timer_stop(&stream->pause);
	rd_watch_free(stream->watch);
	if (stream->fd >= 0)
		close(stream->fd);
	stream->watch = NULL;
	stream->fd = -1;
}

/* ---- the socket ---- */

static int bind_socket(struct sip_socket *socket, const union sip_sockaddr *address, bool shares)
{
	int rc = sip_socket_option(socket->fd, SOL_SOCKET, SO_REUSEADDR, 1);

	if (!rc && address->sa.sa_family == AF_INET6)
		rc = sip_socket_option(socket->fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	return rc ? rc : sip_socket_bind(socket, address, BACKLOG, shares);
}

static int start_listening(struct sip_stream *stream, const union sip_sockaddr *address,
			   bool shares, struct sip_socket *opened)
{
	int rc;

	opened->watch = NULL;
	opened->fd = socket(address->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (opened->fd < 0)
		return -errno;
	rc = bind_socket(opened, address, shares);
	if (!rc)
		rc = rd_watch_new(&opened->watch, opened->fd, RD_IO_READ, listener_ready, stream);
	if (rc)
		close(opened->fd);
	return rc;
}

static void use_socket(struct sip_stream *stream, const struct sip_socket *socket)
{
	stream->fd = socket->fd;
	stream->watch = socket->watch;
	stream->transport.bound = socket->bound;
}

int sip_stream_listen(struct sip_stream *stream, const union sip_sockaddr *address, bool shares)
{
	struct sip_socket socket;
	int rc;

	rd_timer_init(&stream->pause, listen_again, stream);
	rc = start_listening(stream, address, shares, &socket);
	if (rc == 0)
		use_socket(stream, &socket);
	return rc;
}

int sip_stream_rebind(struct sip_transport *transport, const union sip_sockaddr *address,
		      struct sip_socket *socket)
{
	struct sip_stream *stream = transport->impl;
	int rc;

	sip_socket_share(stream->fd, true);
	rc = start_listening(stream, address, true, socket);
	sip_socket_share(stream->fd, false);
	return rc;
}

void sip_stream_share(struct sip_transport *transport, bool share)
{
	sip_socket_share(((struct sip_stream *)transport->impl)->fd, share);
}

void sip_stream_deafen(struct sip_transport *transport)
{
	sip_stream_stop_listening(transport->impl);
}

/* Connections that stand do not notice. */
void sip_stream_move(struct sip_transport *transport, const struct sip_socket *socket)
{
	sip_stream_deafen(transport);
	use_socket(transport->impl, socket);
}
