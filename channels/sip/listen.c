/* The sockets of sip.conf: got while a reload can still be refused, put to use when it
 * is not, and closed when nobody talks over them any more. */
#include <stdio.h>

#include <ringdown/log.h>

#include "channels/sip/dialog/table.h"
#include "channels/sip/driver.h"
#include "channels/sip/external.h"
#include "channels/sip/listen.h"
#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/open.h"

#define LOOK_MS 1000 /* how often one that leaves is looked at */

/* What becomes of a listener: a transport that is there, perhaps moved, or a new one. */
struct opening {
	struct rd_list link;
	const struct sip_listener *listener;
	struct sip_transport *transport;
	struct sip_socket socket; /* to move to; watch NULL: it stays where it is */
	bool is_new;
};

static struct rd_list openings = RD_LIST_INIT(openings);

/* ---- which transport is it? ---- */

static bool is_taken(const struct sip_transport *transport)
{
	rd_list_foreach(node, tmp, &openings)
		if (rd_list_entry(node, struct opening, link)->transport == transport)
			return true;
	return false;
}

/* The address counts, not the name: a section that is renamed keeps its calls. */
static bool is_there(const struct sip_transport *transport, const struct sip_listener *listener)
{
	if (sip_sockaddr_port(&listener->bind) == 0)
		return !transport->leaves && strcmp(listener->name, transport->name) == 0;
	return sip_sockaddr_equal(&listener->bind, &transport->bound);
}

static bool can_move(const struct sip_transport *transport, const struct sip_listener *listener)
{
	return !transport->leaves && sip_transport_can_move(transport, &listener->bind);
}

static bool namesake_can_move(const struct sip_transport *transport,
			      const struct sip_listener *listener)
{
	return can_move(transport, listener) && strcmp(listener->name, transport->name) == 0;
}

typedef bool suits_fn(const struct sip_transport *transport,
		      const struct sip_listener *listener);

static struct sip_transport *find(const struct sip_listener *listener, suits_fn *suits)
{
	struct sip_transport *transport = NULL;

	while ((transport = sip_transports_next(sip.transports, transport)))
		if ((int)transport->protocol == listener->protocol && !transport->deaf &&
		    suits(transport, listener) && !is_taken(transport))
			return transport;
	return NULL;
}

static bool overlaps(const struct sip_transport *transport, const struct sip_listener *listener)
{
	return !transport->deaf && sip_listener_overlaps(listener, (int)transport->protocol,
							 &transport->bound);
}

static bool stays(const struct sip_transport *transport)
{
	rd_list_foreach(node, tmp, &openings) {
		const struct opening *opening = rd_list_entry(node, struct opening, link);

		if (opening->transport == transport && !opening->socket.watch)
			return true;
	}
	return false;
}

/* Those that have to go, or to make room. True when there is one. */
static bool share(const struct sip_listener *listener, bool on)
{
	struct sip_transport *transport = NULL;
	bool found = false;

	while ((transport = sip_transports_next(sip.transports, transport)))
		if (overlaps(transport, listener) && !stays(transport)) {
			sip_transport_share(transport, on);
			found = true;
		}
	return found;
}

/* ---- getting sockets ---- */

static int open_udp(struct opening *opening, bool shares)
{
	const struct sip_listener *listener = opening->listener;
	const struct sip_udp_options options = {
		.name = listener->name,
		.bind = listener->bind,
		.dscp = listener->dscp,
		.shares = shares,
	};

	return sip_udp_open(sip.transports, &options, &opening->transport);
}

static int open_stream(struct opening *opening, bool shares)
{
	const struct sip_listener *listener = opening->listener;
	const struct sip_stream_options options = {
		.name = listener->name,
		.protocol = (enum sip_protocol)listener->protocol,
		.bind = listener->bind,
		.dscp = listener->dscp,
		.shares = shares,
		.tls = listener->tls,
		.trust_alias = listener->trust_alias,
		.connections = (unsigned)listener->connections,
		.peer_connections = (unsigned)listener->peer_connections,
		.half_open_ms = listener->half_open_ms,
		.idle_ms = listener->idle_ms,
		.keepalive_ms = listener->keepalive_ms ? listener->keepalive_ms : -1,
	};

	return sip_stream_open(sip.transports, &options, &opening->transport);
}

/* It leaves until it is put to use: nothing is sent over it before. */
static int open_new(struct opening *opening, bool shares)
{
	int rc = opening->listener->protocol == SIP_UDP ? open_udp(opening, shares)
							: open_stream(opening, shares);

	if (rc)
		return rc;
	opening->is_new = true;
	opening->transport->leaves = true;
	return 0;
}

static int get_transport(struct opening *opening)
{
	const struct sip_listener *listener = opening->listener;
	bool shares;
	int rc;

	opening->transport = find(listener, namesake_can_move);
	if (!opening->transport)
		opening->transport = find(listener, can_move);
	shares = share(listener, true);
	if (opening->transport)
		rc = sip_transport_rebind(opening->transport, &listener->bind,
					  &opening->socket);
	else
		rc = open_new(opening, shares);
	share(listener, false);
	if (rc)
		opening->transport = NULL;
	return rc;
}

/* ---- what went wrong ---- */

static void complain(const struct sip_listener *listener, int rc,
		     struct rd_config_report *report)
{
	char address[SIP_SOCKADDR_TEXT], text[256];

	sip_sockaddr_text(&listener->bind, address);
	if (rc == -EADDRINUSE)
		snprintf(text, sizeof(text), "%s: %s is in use by another program; stop it, "
			 "or choose another port with bind =", listener->name, address);
	else
		snprintf(text, sizeof(text), "%s: cannot listen on %s: %s", listener->name,
			 address, rd_strerror(rc));
	if (report)
		rd_config_error(report, listener->file, listener->line, "%s", text);
	else
		rd_error("%s:%d: %s", listener->file, listener->line, text);
}

/* What stays where it is is known before others move. */
static int add_opening(const struct sip_listener *listener)
{
	struct opening *opening = rd_zalloc(sizeof(*opening));

	if (!opening)
		return -ENOMEM;
	opening->listener = listener;
	opening->transport = find(listener, is_there);
	rd_list_push(&openings, &opening->link);
	return 0;
}

int sip_listen_prepare(const struct sip_settings *settings, struct rd_config_report *report)
{
	const struct sip_listener *listener;
	int first = 0, rc;

	for (listener = settings->listeners; listener; listener = listener->next) {
		rc = add_opening(listener);
		if (rc) {
			complain(listener, rc, report);
			return rc;
		}
	}
	rd_list_foreach(node, tmp, &openings) {
		struct opening *opening = rd_list_entry(node, struct opening, link);

		rc = opening->transport ? 0 : get_transport(opening);
		if (rc)
			complain(opening->listener, rc, report);
		first = first ? first : rc;
	}
	return first;
}

void sip_listen_discard(void)
{
	struct rd_list *node;

	while ((node = rd_list_pop(&openings))) {
		struct opening *opening = rd_list_entry(node, struct opening, link);

		if (opening->is_new)
			sip_transport_drop(opening->transport);
		sip_socket_drop(&opening->socket);
		rd_free(opening);
	}
}

/* ---- leaving ---- */

/* Calls, and what still waits for an answer or its repetition. */
static bool is_used(const struct sip_transport *transport)
{
	return sip_dialogs_use(sip.dialogs, transport) ||
	       sip_transactions_use(sip.transactions, transport);
}

static struct rd_timer looking;

/* Close those that have nothing left to do. */
static void look(void *arg)
{
	struct sip_transport *next, *transport = sip_transports_next(sip.transports, NULL);
	bool again = false;

	(void)arg;
	for (; transport; transport = next) {
		next = sip_transports_next(sip.transports, transport);
		if (!transport->leaves)
			continue;
		if (is_used(transport)) {
			again = true;
			continue;
		}
		rd_notice("sip/%s: the former socket is closed", transport->name);
		sip_transport_close(transport);
	}
	if (again)
		rd_timer_start(&looking, LOOK_MS);
}

void sip_listen_start(void)
{
	rd_timer_init(&looking, look, NULL);
}

void sip_listen_stop(void)
{
	rd_timer_stop(&looking);
	sip_listen_discard();
}

/* ---- putting to use ---- */

/* What can change without closing it. */
static void update_transport(struct sip_transport *transport,
			     const struct sip_listener *listener)
{
	if (listener->tls)
		sip_stream_set_tls(transport, listener->tls);
	sip_external_apply(transport, listener);
	transport->keepalive_ms = listener->keepalive_ms;
}

static void put_to_use(struct opening *opening)
{
	struct sip_transport *transport = opening->transport;

	if (opening->socket.watch)
		sip_transport_move(transport, &opening->socket);
	transport->leaves = false;
	transport->heir = NULL;
	rd_strcpy(transport->name, sizeof(transport->name), opening->listener->name);
	update_transport(transport, opening->listener);
}

/* Is all that arrives there meant for this listener now? */
static bool replaces(const struct sip_listener *listener, const struct sip_transport *transport)
{
	return overlaps(transport, listener) &&
	       (sip_sockaddr_is_any(&listener->bind) || !sip_sockaddr_is_any(&transport->bound));
}

static void leave(struct sip_transport *transport)
{
	transport->leaves = true;
	transport->heir = NULL;
	rd_list_foreach(node, tmp, &openings) {
		struct opening *opening = rd_list_entry(node, struct opening, link);

		if (replaces(opening->listener, transport))
			sip_transport_yield(transport, opening->transport);
	}
}

void sip_listen_commit(void)
{
	struct sip_transport *transport = NULL;
	struct rd_list *node;

	while ((transport = sip_transports_next(sip.transports, transport)))
		if (!is_taken(transport))
			leave(transport);
	while ((node = rd_list_pop(&openings))) {
		struct opening *opening = rd_list_entry(node, struct opening, link);

		put_to_use(opening);
		rd_free(opening);
	}
	look(NULL);
}
