/* RFC 3261 §18.1.1: a request of more than 1,300 bytes, which a datagram might
 * lose or cut, goes over a connection to the same address first, and by datagram
 * only where nobody takes connections. */
#include "channels/sip/transaction/private.h"

#define DATAGRAM_MAX 1300
#define REFUSED_MS   600000 /* not tried again for so long */

void large_free(struct large *large)
{
	rd_free(large);
}

/* ---- who takes no connections ---- */

static bool is_refused(const struct sip_transactions *layer, const union sip_sockaddr *peer)
{
	for (unsigned i = 0; i < LARGE_REFUSED; i++)
		if (layer->refused[i].until_ms > rd_now_ms() &&
		    sip_sockaddr_equal(&layer->refused[i].peer, peer))
			return true;
	return false;
}

static void note_refused(struct sip_transactions *layer, const union sip_sockaddr *peer)
{
	layer->refused[layer->refused_next++ % LARGE_REFUSED] =
		(struct large_refused){ *peer, rd_now_ms() + REFUSED_MS };
}

/* ---- over a connection ---- */

static int open_stream(struct sip_transactions *layer, const struct sip_flow *flow,
		       struct sip_flow *stream)
{
	struct sip_transport *transport =
		sip_transports_for(layer->transports, SIP_TCP, &flow->peer);

	if (!transport || flow->pinned || is_refused(layer, &flow->peer))
		return -EMSGSIZE;
	if (sip_flow_open(stream, transport, &flow->peer)) {
		note_refused(layer, &flow->peer);
		return -EMSGSIZE;
	}
	return 0;
}

int large_start(struct sip_transactions *layer, struct sip_client **cp,
		const struct sending *sending)
{
	const struct sip_flow *flow = sending->flow;
	struct sending streamed = *sending;
	struct large *large;
	struct sip_flow stream;
	struct sip_out out;
	int rc;

	if (sending->text.n <= DATAGRAM_MAX || flow->transport->protocol != SIP_UDP ||
	    open_stream(layer, flow, &stream))
		return -EMSGSIZE;
	large = rd_zalloc(sizeof(*large));
	if (!large)
		return -ENOMEM;
	large->flow = *flow;
	rc = request_print_by(&out, layer, &stream, sending->branch, sending->text);
	if (rc == 0) {
		streamed.flow = &stream;
		streamed.text = sip_out_text(&out);
		rc = client_start(layer, cp, &streamed);
	}
	if (rc) {
		large_free(large);
		return rc == -ENOMEM ? rc : -EMSGSIZE;
	}
	(*cp)->large = large;
	return 0;
}

/* ---- and by datagram after all ---- */

int large_fall_back(struct sip_client *client)
{
	struct txn *txn = &client->txn;
	struct large *large = client->large;
	struct sip_out out;

	if (!large || large->left || txn->status ||
	    !sip_sockaddr_equal(&txn->flow.peer, &large->flow.peer))
		return -ENOTCONN;
	note_refused(txn->layer, &large->flow.peer);
	if (request_print_by(&out, txn->layer, &large->flow, client->branch, client->request))
		return -EINVAL;
	if (client_keep_request(client, sip_out_text(&out)))
		return -ENOMEM;
	large->left = true;
	txn->flow = large->flow;
	return client_launch(client);
}
