/* Where an answer goes when the connection that its request came by is gone: by one that
 * the sender has made since, or to where it listens (RFC 3261 §18.2.2), and if nobody is
 * there, to whatever the name in its Via stands for (RFC 3263 §5). */
#include "channels/sip/transaction/private.h"

void sip_transactions_set_resolver(struct sip_transactions *layer,
				   struct sip_resolver *resolver)
{
	layer->resolver = resolver;
}

/* Nobody may be there: the transaction stays until that is known. */
static int send_by(struct sip_server *server, const struct sip_flow *flow)
{
	struct txn *txn = &server->txn;

	txn->flow = *flow;
	server->moved = true;
	if (txn->state == SIP_TXN_COMPLETED && txn->method != SIP_INVITE)
		txn_expire_in(txn, 64 * txn->layer->timers.t1);
	return txn_send_answer(txn, server->response);
}

/* ---- by name ---- */

/* The key ends with what Via says: "INVITE z9hG4bK... client.example:5070". */
static int where_of(const struct sip_server *server, struct sip_where *where)
{
	const struct sip_flow *flow = &server->txn.flow;
	int rc = sip_where_of_text(where, txn_key_word(server->txn.key, 2));

	if (rc)
		return rc;
	sip_where_by(where, server->txn.layer->transports, NULL);
	where->protocol = flow->transport->protocol;
	where->secure = flow->transport->secure;
	return 0;
}

static void found(void *arg, int rc, struct sip_way *way)
{
	struct sip_server *server = arg;
	struct sip_flow flow;

	server->lookup = NULL;
	if (rc == 0)
		rc = sip_way_take_first(way, server->txn.layer->transports, &flow);
	if (rc == 0)
		rc = send_by(server, &flow);
	if (rc)
		txn_finish(&server->txn, rc);
}

static int ask_for_name(struct sip_server *server)
{
	struct sip_transactions *layer = server->txn.layer;
	struct sip_where where;
	int rc;

	if (server->named || !layer->resolver || where_of(server, &where))
		return -ENOTCONN;
	server->named = true;
	rc = sip_find(layer->resolver, &where, NULL, NULL, &server->lookup, found, server);
	return rc == -EINPROGRESS ? 0 : rc;
}

/* ---- by a connection of the sender's ---- */

static bool take_flow(struct sip_server *server, const struct sip_flow *flow)
{
	struct sip_flow *own = &server->txn.flow;

	if (!flow->transport->reliable || !sip_flow_may_replace(flow, own) || !sip_flow_alive(flow))
		return false;
	*own = *flow;
	server->moved = false;
	sip_lookup_cancel(server->lookup);
	server->lookup = NULL;
	return true;
}

void server_follow(struct sip_server *server, const struct sip_flow *flow)
{
	if (!sip_flow_alive(&server->txn.flow))
		take_flow(server, flow);
}

static bool is_found(struct sip_server *server)
{
	struct sip_flow flow;

	return server->user && server->user->find &&
	       server->user->find(server->arg, server, &flow) && take_flow(server, &flow);
}

/* ---- what server.c asks for ---- */

int server_send_elsewhere(struct sip_server *server)
{
	const struct sip_flow *flow = &server->txn.flow;
	uint16_t usual = sip_usual_port(flow->transport->secure);
	union sip_sockaddr peer = flow->peer;
	struct sip_flow other;

	if (server->lookup)
		return 0; /* it goes out when the name is known */
	if (is_found(server))
		return txn_send_answer(&server->txn, server->response);
	sip_sockaddr_set_port(&peer, server->via_port ? server->via_port : usual);
	if (sip_flow_open(&other, flow->transport, &peer))
		return ask_for_name(server);
	return send_by(server, &other);
}

void server_lost(struct sip_server *server, int rc)
{
	if (!server->moved || !server->response.n)
		return;
	if (ask_for_name(server))
		txn_finish(&server->txn, rc);
}
