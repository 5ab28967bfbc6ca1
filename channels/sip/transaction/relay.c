/* Answers that a proxy passes on (RFC 3261 §16.7 step 9): the one that makes and ends the
 * transaction, and those that may follow it. What they look like, the proxy says. */
#include "channels/sip/transaction/private.h"

/* RFC 6026 §7.1: every 2xx goes back, whichever phone answered and how often. */
static bool is_further_2xx(const struct sip_server *server)
{
	unsigned status = server->txn.layer->begun_status;

	return server->txn.state == SIP_TXN_ACCEPTED && status >= 200 && status < 300;
}

struct sip_out *sip_relay_begin(struct sip_server *server, unsigned status)
{
	struct sip_transactions *layer = server->txn.layer;

	RD_CHECK(server, SIP_SERVER_MAGIC);
	sip_out_init(&layer->out, layer->buffer, sizeof(layer->buffer));
	layer->begun_status = status;
	return &layer->out;
}

int sip_relay_send(struct sip_server *server, struct sip_out *out)
{
	int rc;

	if (!is_further_2xx(server))
		return sip_reply_send(server, out);
	rc = sip_out_end(out);
	count_answer(server->txn.layer->counts.answers_out, server->txn.layer->begun_status);
	return rc ? rc : txn_send_answer(&server->txn, sip_out_text(out));
}
