/* Bytes to messages and messages to bytes, over one connection. A reader that
 * is slower than we are fills its queue, and then loses the connection. */
#include "channels/sip/transport/connection.h"
#include "channels/sip/transport/implementation.h"

#include <ringdown/clock.h>
#include <ringdown/log.h>

#define SCRATCH 65536

/* One message after the other is read on the switch thread: all share it. */
static char scratch[SCRATCH];

/* ---- writing ---- */

static bool is_stuck(const struct sip_connection *connection)
{
	return connection->out.n > connection->out_done;
}

/* How many bytes the kernel took; negative: the connection is no more. */
static ssize_t push(struct sip_connection *connection, const char *data, size_t size)
{
	ssize_t n = send(connection->fd, data, size, MSG_NOSIGNAL);

	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	sip_connection_close(connection, -errno);
	return -ENOTCONN;
}

static int enqueue(struct sip_connection *connection, struct rd_buf *queue,
		   const char *data, size_t size)
{
	if (queue->n - (queue == &connection->out ? connection->out_done : 0) + size >
	    connection->options->queue_size) {
		sip_connection_close(connection, -ENOBUFS);
		return -ENOTCONN;
	}
	rd_buf_add(queue, data, size);
	if (queue->failed) {
		sip_connection_close(connection, -ENOMEM);
		return -ENOMEM;
	}
	return 0;
}

int sip_connection_write_bytes(struct sip_connection *connection, const char *data,
			       size_t size)
{
	bool stuck = is_stuck(connection);
	ssize_t n = stuck ? 0 : push(connection, data, size);
	int rc;

	if (n < 0)
		return (int)n;
	if ((size_t)n == size)
		return 0;
	rc = enqueue(connection, &connection->out, data + n, size - (size_t)n);
	if (rc || stuck)
		return rc;
	connection->stuck_ms = rd_now_ms();
	sip_connection_arm(connection);
	sip_connection_watch(connection);
	return 0;
}

int sip_connection_write(struct sip_connection *connection, const char *data, size_t size)
{
	return connection->tls ? sip_connection_encrypt(connection, data, size)
			       : sip_connection_write_bytes(connection, data, size);
}

/* The kernel takes more. */
static void flush(struct sip_connection *connection)
{
	ssize_t n;

	if (!is_stuck(connection))
		return;
	n = push(connection, connection->out.p + connection->out_done,
		 connection->out.n - connection->out_done);
	if (n < 0)
		return;
	connection->out_done += (size_t)n;
	if (n)
		connection->stuck_ms = rd_now_ms();
	if (is_stuck(connection))
		return;
	connection->stuck_ms = 0;
	connection->out_done = 0;
	rd_buf_fini(&connection->out);
	rd_buf_init(&connection->out);
	sip_connection_watch(connection);
}

/* While the pool is at the handshake, what comes must wait. */
void sip_connection_watch(struct sip_connection *connection)
{
	unsigned events = 0;

	if (connection->state == SIP_CONNECTION_CONNECTING || is_stuck(connection))
		events |= RD_IO_WRITE;
	if (connection->state != SIP_CONNECTION_CONNECTING &&
	    !(connection->tls && sip_tls_is_busy(connection->tls)))
		events |= RD_IO_READ;
	rd_watch_set(connection->watch, events);
}

int sip_connection_send(struct sip_connection *connection, const char *data, size_t size)
{
	int rc;

	if (connection->state == SIP_CONNECTION_CLOSED || connection->leaves)
		return -ENOTCONN;
	if (connection->state == SIP_CONNECTION_OPEN)
		rc = sip_connection_write(connection, data, size);
	else
		rc = enqueue(connection, &connection->waiting, data, size);
	if (rc)
		return rc;
	connection->used_ms = rd_now_ms();
	connection->sent++;
	return connection->state == SIP_CONNECTION_OPEN ? 0 : 1;
}

int sip_connection_ping(struct sip_connection *connection)
{
	if (connection->state != SIP_CONNECTION_OPEN || connection->leaves)
		return -ENOTCONN;
	if (connection->pong_awaited && connection->answers_pings)
		return 0; /* one at a time: a pong does not say to which */
	connection->pinged_ms = rd_now_ms();
	connection->pong_awaited = true;
	return sip_connection_write(connection, "\r\n\r\n", 4);
}

/* ---- connecting ---- */

/* Of several that were queued one after the other: the size of the one that begins there. */
static size_t queued_size(const struct rd_buf *messages, size_t at)
{
	struct sip_framer framer;
	size_t left = messages->n - at, size;

	sip_framer_init(&framer, messages->n);
	return sip_framer_next(&framer, messages->p + at, left, &size) == SIP_FRAME_MESSAGE ? size
											    : left;
}

static void tell_sent(struct sip_connection *connection, const struct rd_buf *messages)
{
	struct sip_flow flow = sip_connection_flow(connection);
	size_t done = 0, size;

	for (; done < messages->n; done += size) {
		size = queued_size(messages, done);
		sip_transport_sent(connection->transport, &flow, messages->p + done, size);
	}
}

int sip_connection_withdraw(struct sip_connection *connection, const char *data, size_t size)
{
	struct rd_buf *waiting = &connection->waiting;

	for (size_t at = 0; at < waiting->n; at += queued_size(waiting, at)) {
		if (waiting->n - at < size || memcmp(waiting->p + at, data, size))
			continue;
		waiting->n -= size;
		memmove(waiting->p + at, waiting->p + at + size, waiting->n - at);
		connection->sent--;
		return 0;
	}
	return -ENOENT;
}

void sip_connection_opened(struct sip_connection *connection)
{
	struct rd_buf waiting = connection->waiting;

	rd_buf_init(&connection->waiting);
	connection->state = SIP_CONNECTION_OPEN;
	connection->heard_ms = rd_now_ms();
	rd_timer_stop(&connection->timer);
	sip_connection_arm(connection);
	if (waiting.n && sip_connection_write(connection, waiting.p, waiting.n) == 0)
		tell_sent(connection, &waiting);
	rd_buf_fini(&waiting);
}

static void connected(struct sip_connection *connection)
{
	connection->since_ms = rd_now_ms();
	connection->transport->stats.connected++;
	if (!connection->tls) {
		sip_connection_opened(connection);
		if (connection->state == SIP_CONNECTION_OPEN)
			sip_connection_watch(connection);
		return;
	}
	connection->state = SIP_CONNECTION_SECURING;
	rd_timer_stop(&connection->timer);
	sip_connection_arm(connection);
	sip_connection_secure(connection);
}

static void finish_connecting(struct sip_connection *connection)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size))
		error = errno;
	if (error)
		sip_connection_close(connection, -error);
	else
		connected(connection);
}

/* ---- reading ---- */

/* Two are a ping, to be answered with one, also while we wait for an answer to ours; one
 * alone is that, or padding between messages (RFC 5626 §3.5.1, RFC 3261 §7.5). */
static void crlf_received(struct sip_connection *connection, bool another_follows)
{
	struct sip_flow flow = sip_connection_flow(connection);

	connection->transport->stats.dropped++;
	if (connection->pong_awaited && !connection->crlf && !another_follows) {
		connection->pong_awaited = false;
		connection->answers_pings = true;
		sip_transport_answered(connection->transport, &flow, NULL);
		return;
	}
	connection->crlf = !connection->crlf;
	if (!connection->crlf)
		sip_connection_write(connection, "\r\n", 2);
}

static void message_received(struct sip_connection *connection, char *data, size_t size)
{
	struct sip_flow flow = sip_connection_flow(connection);

	connection->greeted = true;
	connection->crlf = false;
	connection->received++;
	sip_transport_received(connection->transport, &flow, data, size);
}

/* Closed with bytes unread, the kernel would reset it, and our answer be lost: so it is
 * emptied first. */
static void leave(struct sip_connection *connection)
{
	sip_connection_unsecure(connection);
	if (is_stuck(connection) || shutdown(connection->fd, SHUT_WR)) {
		sip_connection_close(connection, -EPROTO);
		return;
	}
	connection->leaves = true;
	connection->partial_ms = rd_now_ms();
	sip_connection_arm(connection);
}

/* Of a header that is larger than all may be, the whole lines that are here. */
static size_t end_header(char *data, size_t n)
{
	for (size_t at = n - RD_MIN(n, 4); at > 0; at--)
		if (memcmp(data + at, "\r\n", 2) == 0) {
			memcpy(data + at + 2, "\r\n", 2);
			return at + 4;
		}
	return 0;
}

static void complain(struct sip_connection *connection, char *data, size_t n)
{
	const struct sip_framer *framer = &connection->framer;
	struct sip_flow flow = sip_connection_flow(connection);
	char peer[SIP_SOCKADDR_TEXT];
	size_t head = framer->head;

	rd_verbose("sip/%s: %s: %s: the connection is closed", connection->transport->name,
		   sip_sockaddr_text(&connection->peer, peer), framer->why);
	if (framer->status == 513)
		head = end_header(data, n);
	if (head)
		sip_transport_broken(connection->transport, &flow, data, head, framer->status,
				     framer->why);
	if (connection->state == SIP_CONNECTION_OPEN)
		leave(connection);
}

/* How many of the bytes have been dealt with. Whoever gets a message may close
 * the connection that it came by. */
static size_t drain(struct sip_connection *connection, char *data, size_t n)
{
	size_t used = 0, size, next;

	while (used < n && connection->state == SIP_CONNECTION_OPEN && !connection->leaves) {
		switch (sip_framer_next(&connection->framer, data + used, n - used, &size)) {
		case SIP_FRAME_MORE:
			return used;
		case SIP_FRAME_BAD:
			complain(connection, data + used, n - used);
			return used;
		case SIP_FRAME_CRLF:
			next = used + size;
			crlf_received(connection, n - next >= 2 &&
							  memcmp(data + next, "\r\n", 2) == 0);
			break;
		case SIP_FRAME_MESSAGE:
			message_received(connection, data + used, size);
			break;
		}
		used += size;
	}
	return used;
}

/* A message that is in pieces has been so since its first one came. */
static void note_partial(struct sip_connection *connection, bool partial, bool moved)
{
	if (!partial)
		connection->partial_ms = 0;
	else if (!connection->partial_ms || moved)
		connection->partial_ms = connection->heard_ms;
	sip_connection_arm(connection);
}

/* Whole messages are read where they lie; only pieces are kept. */
void sip_connection_feed(struct sip_connection *connection, char *data, size_t n)
{
	struct rd_buf *in = &connection->in;
	bool kept = in->n > 0;
	size_t used;

	if (connection->leaves)
		return;
	if (kept) {
		rd_buf_add(in, data, n);
		data = in->p;
		n = in->n;
	}
	used = in->failed ? 0 : drain(connection, data, n);
	if (connection->state == SIP_CONNECTION_CLOSED || connection->leaves)
		return;
	if (!kept && used < n) {
		rd_buf_add(in, data + used, n - used);
	} else if (kept && used == n) {
		rd_buf_fini(in);
		rd_buf_init(in);
	} else if (kept && used) {
		memmove(in->p, in->p + used, n - used);
		in->n = n - used;
	}
	if (in->failed)
		sip_connection_close(connection, -ENOMEM);
	else
		note_partial(connection, in->n > 0, used > 0);
}

static void receive(struct sip_connection *connection)
{
	ssize_t n = recv(connection->fd, scratch, sizeof(scratch), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		sip_connection_close(connection, connection->leaves ? -EPROTO
						 : n		    ? -errno
								    : -ENOTCONN);
		return;
	}
	if (connection->leaves)
		return;
	connection->heard_ms = connection->used_ms = rd_now_ms();
	if (connection->tls)
		sip_connection_decrypt(connection, scratch, (size_t)n);
	else
		sip_connection_feed(connection, scratch, (size_t)n);
}

void sip_connection_ready(unsigned events, void *arg)
{
	struct sip_connection *connection = arg;

	RD_CHECK(connection, SIP_CONNECTION_MAGIC);
	if (connection->state == SIP_CONNECTION_CONNECTING) {
		finish_connecting(connection);
		return;
	}
	if (events & RD_IO_WRITE)
		flush(connection);
	if (connection->state != SIP_CONNECTION_CLOSED && (events & RD_IO_READ))
		receive(connection);
}
