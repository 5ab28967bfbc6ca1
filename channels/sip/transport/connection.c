/* The life of a connection: made, watched by one timer, ended. How its bytes
 * become messages is in connection_io.c. */
#include "channels/sip/memory.h"
#include "channels/sip/transport/connection.h"
#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/open.h"

#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

/* RFC 5626 §4.4.1 */
#define PONG_MS  10000
#define NEVER_MS UINT64_MAX

static void on_timer(void *arg);

/* ---- birth ---- */

/* Our address on it, with the port where we listen: what others may call. */
static void find_local(struct sip_connection *connection)
{
	union sip_sockaddr *local = &connection->local;
	socklen_t size = sizeof(*local);

	if (getsockname(connection->fd, &local->sa, &size))
		*local = connection->transport->bound;
	sip_sockaddr_set_port(local, sip_sockaddr_port(&connection->transport->bound));
}

static int start(struct sip_connection *connection)
{
	int rc = rd_watch_new(&connection->watch, connection->fd, 0, sip_connection_ready,
			      connection);

	if (rc)
		return rc;
	rc = sip_connections_add(connection->table, connection);
	if (rc) {
		rd_watch_free(connection->watch);
		return rc;
	}
	connection->state = !connection->inbound ? SIP_CONNECTION_CONNECTING
			    : connection->tls    ? SIP_CONNECTION_SECURING
						 : SIP_CONNECTION_OPEN;
	connection->transport->stats.connections++;
	sip_connection_watch(connection);
	sip_connection_arm(connection);
	return 0;
}

static int prepare_tls(struct sip_connection *connection, struct rd_str name)
{
	struct sip_tls *tls = connection->options->tls;
	int rc;

	if (!tls)
		return 0;
	if (name.n) {
		connection->name = rd_strndup(name.p, name.n);
		if (!connection->name)
			return -ENOMEM;
	}
	rc = sip_tls_pipe_new(&connection->tls, tls, connection->inbound, name);
	if (!rc && !connection->inbound)
		sip_tls_resume(connection->sessions, connection->tls, &connection->peer, name);
	return rc;
}

static void connection_free(struct sip_connection *connection)
{
	sip_tls_pipe_free(connection->tls);
	rd_free(connection->name);
	rd_buf_fini(&connection->in);
	rd_buf_fini(&connection->waiting);
	rd_buf_fini(&connection->out);
	connection->magic = 0;
	rd_free(connection);
}

static struct sip_connection *alloc(const struct sip_connection_params *params)
{
	struct sip_connection *connection = rd_zalloc(sizeof(*connection));

	if (!connection)
		return NULL;
	rd_memory_belongs(connection, &sip_memory_connections);
	connection->magic = SIP_CONNECTION_MAGIC;
	connection->table = params->table;
	connection->transport = params->transport;
	connection->options = params->options;
	connection->sessions = params->sessions;
	connection->fd = params->fd;
	connection->peer = params->peer;
	connection->inbound = params->inbound;
	connection->since_ms = connection->heard_ms = connection->used_ms = rd_now_ms();
	sip_framer_init(&connection->framer, params->options->message_size);
	rd_timer_init(&connection->timer, on_timer, connection);
	find_local(connection);
	return connection;
}

int sip_connection_new(struct sip_connection **cp,
		       const struct sip_connection_params *params)
{
	struct sip_connection *connection = alloc(params);
	int rc = connection ? prepare_tls(connection, params->name) : -ENOMEM;

	if (!rc)
		rc = start(connection);
	if (rc) {
		close(params->fd);
		if (connection)
			connection_free(connection);
		return rc;
	}
	*cp = connection;
	return 0;
}

/* ---- looking in ---- */

struct sip_flow sip_connection_flow(const struct sip_connection *connection)
{
	return (struct sip_flow){ .transport = connection->transport,
				  .connection = connection->id,
				  .local = connection->local,
				  .peer = connection->peer };
}

static const char *state_name(const struct sip_connection *connection)
{
	if (connection->state == SIP_CONNECTION_CONNECTING)
		return "connecting";
	return connection->state == SIP_CONNECTION_SECURING ? "securing" : "open";
}

bool sip_connection_info(const struct sip_connection *connection,
			 struct sip_connection_info *info)
{
	*info = (struct sip_connection_info){
		.flow = sip_connection_flow(connection),
		.state = state_name(connection),
		.inbound = connection->inbound,
		.idle_ms = (unsigned)(rd_now_ms() - connection->heard_ms),
		.queued = connection->waiting.n + connection->out.n - connection->out_done,
		.received = connection->received,
		.sent = connection->sent,
		.security = connection->tls && connection->state == SIP_CONNECTION_OPEN
				    ? sip_tls_describe(connection->tls)
				    : NULL,
	};
	return connection->state != SIP_CONNECTION_CLOSED;
}

/* ---- death ---- */

void sip_connection_close(struct sip_connection *connection, int rc)
{
	char peer[SIP_SOCKADDR_TEXT];

	RD_CHECK(connection, SIP_CONNECTION_MAGIC);
	if (connection->state == SIP_CONNECTION_CLOSED)
		return;
	rd_debug("sip/%s: %s: %s: %s", connection->transport->name,
		 sip_sockaddr_text(&connection->peer, peer),
		 connection->state == SIP_CONNECTION_OPEN ? "closed" : "not connected",
		 rc == -ENOTCONN ? "by the far end" : rd_strerror(rc));
	sip_connection_unsecure(connection);
	connection->stood = connection->state == SIP_CONNECTION_OPEN;
	connection->state = SIP_CONNECTION_CLOSED;
	connection->rc = rc;
	rd_watch_free(connection->watch);
	close(connection->fd);
	sip_connections_remove(connection->table, connection);
	connection->transport->stats.connections--;
	rd_timer_start(&connection->timer, 0);
}

/* Told when it is out of the table: a watcher may well open the next one, in its place. */
static void bury(struct sip_connection *connection)
{
	struct sip_connections *table = connection->table;
	const struct sip_connection *before = table->buried;
	struct sip_flow flow = sip_connection_flow(connection);

	rd_timer_stop(&connection->timer);
	rd_list_remove(&connection->link);
	table->buried = connection;
	sip_transport_lost(flow.transport, &flow, connection->rc);
	table->buried = before;
	connection_free(connection);
}

void sip_connection_end(struct sip_connection *connection, int rc)
{
	sip_connection_close(connection, rc);
	bury(connection);
}

/* ---- deadlines ---- */

static uint64_t earlier(uint64_t a, uint64_t since, int ms)
{
	return since ? RD_MIN(a, since + (uint64_t)ms) : a;
}

/* When it is closed if nothing happens. */
static uint64_t end_due(const struct sip_connection *connection)
{
	const struct sip_stream_options *options = connection->options;
	uint64_t due = connection->used_ms + (uint64_t)options->idle_ms;

	if (connection->state == SIP_CONNECTION_CONNECTING)
		return connection->since_ms + (uint64_t)options->connect_ms;
	if (connection->state == SIP_CONNECTION_SECURING)
		return connection->since_ms + (uint64_t)options->half_open_ms;
	if (connection->inbound && !connection->greeted)
		due = earlier(due, connection->since_ms, options->half_open_ms);
	due = earlier(due, connection->partial_ms, options->half_open_ms);
	due = earlier(due, connection->stuck_ms, options->half_open_ms);
	if (connection->pong_awaited && connection->answers_pings)
		due = earlier(due, connection->pinged_ms,
			      options->keepalive_ms > 0 ? RD_MIN(PONG_MS, options->keepalive_ms)
							: PONG_MS);
	return due;
}

/* We keep alive what we opened; whoever opened the others does (RFC 5626 §4.4),
 * and the kernel probes all. */
static uint64_t ping_due(const struct sip_connection *connection)
{
	uint64_t last = RD_MAX(connection->heard_ms, connection->pinged_ms);

	if (connection->inbound || connection->state != SIP_CONNECTION_OPEN || connection->leaves ||
	    connection->options->keepalive_ms < 0)
		return NEVER_MS;
	return last + (uint64_t)connection->options->keepalive_ms;
}

void sip_connection_arm(struct sip_connection *connection)
{
	uint64_t due = RD_MIN(end_due(connection), ping_due(connection));
	uint64_t now = rd_now_ms();

	if (connection->state == SIP_CONNECTION_CLOSED)
		return;
	if (rd_timer_running(&connection->timer) && connection->timer.due_ms <= due)
		return;
	rd_timer_start(&connection->timer, due > now ? (int)(due - now) : 0);
}

static void on_timer(void *arg)
{
	struct sip_connection *connection = arg;
	uint64_t now = rd_now_ms();

	if (connection->state == SIP_CONNECTION_CLOSED) {
		bury(connection);
		return;
	}
	if (end_due(connection) <= now) {
		sip_connection_close(connection, -ETIMEDOUT);
		return;
	}
	if (ping_due(connection) <= now)
		sip_connection_ping(connection);
	sip_connection_arm(connection);
}
