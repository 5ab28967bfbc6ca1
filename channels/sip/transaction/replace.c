/* A request of ours that is sent once more: by another way (large.c, move.c), or by
 * the same client in a new transaction (move.c, retry.c). */
#include "channels/sip/transaction/private.h"

/* ---- by another way ---- */

int request_print_by(struct sip_out *out, struct sip_transactions *layer,
		     const struct sip_flow *flow, struct rd_str branch, struct rd_str text)
{
	const char *via = memmem(text.p, text.n, "\r\n", 2), *after;

	if (!via)
		return -EINVAL;
	via += 2;
	after = memmem(via, (size_t)(text.p + text.n - via), "\r\n", 2);
	if (!after)
		return -EINVAL;
	after += 2;
	sip_out_init(out, layer->derived, sizeof(layer->derived));
	sip_out_add(out, text.p, (size_t)(via - text.p));
	client_print_via(out, flow, branch);
	sip_out_add(out, after, (size_t)(text.p + text.n - after));
	return out->overflow ? -EMSGSIZE : 0;
}

/* ---- in a new transaction ---- */

/* "METHOD branch", as client_new() lays it out. */
static char *lay_out(struct rd_str method, struct rd_str branch)
{
	char *room = rd_malloc(method.n + 1 + branch.n), *at = room;

	if (!room)
		return NULL;
	memcpy(at, method.p, method.n);
	at += method.n;
	*at++ = ' ';
	memcpy(at, branch.p, branch.n);
	return room;
}

/* Under a new key. What it held of the old one is freed by the caller. */
static void take_room(struct sip_client *client, char *room, struct rd_str method,
		      size_t branch_size)
{
	struct txn *txn = &client->txn;
	char *branch = room + method.n + 1;

	txn_table_remove(&txn->layer->clients, txn);
	txn->key = (struct rd_str){ room, method.n + 1 + branch_size };
	client->branch = (struct rd_str){ branch, branch_size };
	txn->status = 0;
	txn->state = SIP_TXN_TRYING;
	txn_table_add(&txn->layer->clients, txn);
}

/* Who absorbs what still comes for the old one. */
static struct sip_client *stand_in(struct sip_client *client, struct rd_str method)
{
	struct txn *txn = &client->txn;
	const struct sending sent = { .flow = &txn->flow,
				      .method = method,
				      .branch = client->branch,
				      .text = client->request };
	struct sip_client *other = client_new(txn->layer, &sent);

	if (!other)
		return NULL;
	other->txn.status = txn->status;
	client_linger(other);
	return other;
}

int client_replace(struct sip_client *client, struct rd_str method, struct rd_str branch,
		   struct rd_str text)
{
	char *room = lay_out(method, branch), *copy = client_copy_text(text);

	if (!room || !copy || !stand_in(client, method)) {
		rd_free(room);
		rd_free(copy);
		return -ENOMEM;
	}
	take_room(client, room, method, branch.n);
	rd_free(client->again);
	client->again = room;
	rd_free((char *)client->request.p);
	client->request = (struct rd_str){ copy, text.n };
	return 0;
}
