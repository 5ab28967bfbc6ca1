/* ICMP says that a request of ours did not arrive: then nobody will answer it (RFC 3261
 * §18.4). ICMP is easily forged; but who quotes the branch has seen the request. Where nobody
 * listens any more, whoever was to answer other requests has gone as well. */
#include <stdio.h>

#include "channels/sip/transaction/private.h"

#define KEY_MAX 96 /* bytes; with a method that we know */

/* As client_new() lays it out: "INVITE z9hG4bK...". False: the quotation ends before. */
static bool read_key(char key[KEY_MAX], struct rd_str quoted)
{
	static const struct rd_str label = RD_STR_INIT(";branch=");
	struct rd_str method, line, branch;
	const char *at;

	rd_str_cut(&quoted, ' ', &method);
	rd_str_cut(&quoted, '\n', &line);
	if (!rd_str_cut(&quoted, '\r', &line))
		return false;
	at = memmem(line.p, line.n, label.p, label.n);
	if (!at)
		return false;
	branch.p = at + label.n;
	branch.n = (size_t)(line.p + line.n - branch.p);
	rd_str_cut(&branch, ';', &line);
	return snprintf(key, KEY_MAX, "%.*s %.*s", RD_STR_ARG(method), RD_STR_ARG(line)) < KEY_MAX;
}

static bool goes_there(const struct txn *txn, const struct sip_flow *flow)
{
	return txn->flow.transport == flow->transport &&
	       sip_sockaddr_equal(&txn->flow.peer, &flow->peer);
}

static void tell_all(struct sip_transactions *layer, const struct sip_flow *flow)
{
	rd_list_foreach(node, next, &layer->all) {
		struct txn *txn = rd_list_entry(node, struct txn, link);

		if (!txn->is_server && goes_there(txn, flow))
			client_gone((struct sip_client *)txn);
	}
}

void client_unreached(void *arg, const struct sip_flow *flow, struct rd_str quoted, int rc)
{
	struct sip_transactions *layer = arg;
	struct txn *txn = NULL;
	char key[KEY_MAX];

	if (read_key(key, quoted))
		txn = txn_table_find(&layer->clients, rd_str_of(key));
	if (!txn || !goes_there(txn, flow))
		return;
	if (txn->state == SIP_TXN_CALLING || txn->state == SIP_TXN_TRYING)
		client_unsent((struct sip_client *)txn, rc);
	if (rc == -ECONNREFUSED)
		tell_all(layer, flow);
}
