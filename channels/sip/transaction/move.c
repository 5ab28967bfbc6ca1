/* A request whose target failed goes to the next one (RFC 3263 §4.3): the same but
 * for its Via. The user's client stands for the new attempt (replace.c), and a
 * stand-in absorbs what still comes from the target before. */
#include "channels/sip/transaction/private.h"

void sip_request_way_take(struct sip_transactions *layer, struct sip_way *way)
{
	sip_way_free(layer->begun_way);
	layer->begun_way = way;
}

void client_keep_way(struct sip_client *client)
{
	struct sip_transactions *layer = client->txn.layer;

	client->way = layer->begun_way;
	layer->begun_way = NULL;
}

const struct sip_way *sip_client_way(const struct sip_client *client)
{
	return client->way;
}

struct sip_way *sip_client_take_way(struct sip_client *client)
{
	struct sip_way *way = client->way;

	client->way = NULL;
	return way;
}

/* Another branch, with the mark of the one before. */
static size_t make_next_branch(struct sip_client *client, char branch[SIP_BRANCH_MAX])
{
	client_make_branch(client->txn.layer, branch);
	memcpy(branch + SIP_BRANCH_CHARS, client->branch.p + SIP_BRANCH_CHARS,
	       client->branch.n - SIP_BRANCH_CHARS);
	return client->branch.n;
}

int client_move_to(struct sip_client *client, const struct sip_flow *flow)
{
	char branch[SIP_BRANCH_MAX];
	const struct rd_str branch_text = { branch, make_next_branch(client, branch) };
	struct rd_str method = txn_key_word(client->txn.key, 0);
	struct sip_out out;
	int rc;

	rc = request_print_by(&out, client->txn.layer, flow, branch_text, client->request);
	if (rc == 0)
		rc = client_replace(client, method, branch_text, sip_out_text(&out));
	if (rc)
		return rc;
	client->txn.flow = *flow;
	rd_timer_stop(&client->txn.retransmit);
	rd_timer_stop(&client->txn.expire);
	return client_launch(client);
}

bool client_moves(struct sip_client *client, int retry_after_s)
{
	struct sip_flow flow;

	if (!client->way || client->cancel_sent || client->cancel_wanted)
		return false;
	sip_way_failed(client->way, retry_after_s);
	while (sip_way_next(client->way, client->txn.layer->transports, &flow) == 0) {
		if (client_move_to(client, &flow) == 0)
			return true;
		sip_way_failed(client->way, 0);
	}
	return false;
}
