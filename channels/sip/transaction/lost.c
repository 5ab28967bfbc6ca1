/* A request of ours whose connection is lost. One that nobody has answered is sent once more where
 * the connection stood, and fails else; any but an INVITE fails also later, unless its user waits
 * for the far end to be found again. An INVITE that was heard of goes on: Figure 5 of RFC 3261 has
 * no way out of Proceeding. Who answers it makes another connection (§18.2.2), or the user knows
 * one, and what is to be said goes there; when there is none in 64*T1, it has failed. Whoever rings
 * may do so still, and be found later: then there is a CANCEL for him. */
#include "channels/sip/transaction/private.h"

#define ABANDONED_MS 180000 /* as long as a proxy lets a phone ring: timer C */

static bool is_heard_of(const struct txn *txn)
{
	return txn->method == SIP_INVITE && txn->state == SIP_TXN_PROCEEDING;
}

static bool waits(const struct sip_client *client)
{
	return client->txn.method != SIP_INVITE && client->user && client->user->lost;
}

void client_gone(struct sip_client *client)
{
	if (is_heard_of(&client->txn) && client->user && client->user->gone)
		client->user->gone(client->arg, client);
}

/* A way that the user tries of his own accord may be lost as well: he hears of it once, and
 * has no more time for that. */
static void cut(struct sip_client *client)
{
	struct txn *txn = &client->txn;

	if (client->cut) {
		client_gone(client);
		return;
	}
	if (is_heard_of(txn) && client->user && client->user->cut)
		client->user->cut(client->arg, client);
	else if (waits(client))
		client->user->lost(client->arg, client);
	client->cut = true;
	if (!client->cancel_sent)
		txn_expire_in(txn, 64 * txn->layer->timers.t1);
	if (!sip_flow_alive(&txn->flow))
		client_gone(client);
}

/* The connection stood, and the far end knew it no more: a daemon that was started anew takes
 * another one. Should it have read the request, it knows this one for the same by its branch. */
static bool reopen(struct sip_client *client)
{
	struct txn *txn = &client->txn;

	if (client->reopened || txn->status || sip_flow_reopen(&txn->flow))
		return false;
	client->reopened = true;
	return client_launch(client) == 0;
}

static void lose(struct sip_client *client, int rc)
{
	/* What nobody wants any more is not begun anew. */
	if (!client->cancel_wanted && (large_fall_back(client) == 0 || reopen(client)))
		return;
	if (!waits(client))
		client_give_up(client, rc);
	else if (client->txn.status || !client_moves(client, 0))
		cut(client);
}

void client_lost(struct sip_client *client, int rc)
{
	struct txn *txn = &client->txn;

	switch ((enum sip_txn_state)txn->state) {
	case SIP_TXN_TRYING:
	case SIP_TXN_CALLING:
	case SIP_TXN_PROCEEDING:
		if (is_heard_of(txn))
			cut(client);
		else
			lose(client, rc);
		break;
	case SIP_TXN_COMPLETED:
	case SIP_TXN_CONFIRMED:
	case SIP_TXN_ACCEPTED:
	case SIP_TXN_TERMINATED:
		break;
	}
}

/* No timer runs for an INVITE that was heard of, unless it is cancelled. */
static void is_back(struct sip_client *client)
{
	client->cut = false;
	if (!client->cancel_sent)
		rd_timer_stop(&client->txn.expire);
}

bool client_goes_on(struct sip_client *client)
{
	if (!client->cut || client->cancel_sent || !is_heard_of(&client->txn) ||
	    !sip_flow_alive(&client->txn.flow))
		return false;
	is_back(client);
	return true;
}

int client_why_silent(const struct sip_client *client)
{
	if (client->cancel_sent || client->withdrawn)
		return -ECANCELED;
	return client->cut ? -ENOTCONN : -ETIMEDOUT;
}

bool client_outlives(struct sip_client *client)
{
	int rc = client_why_silent(client);

	if (!client->cut || client->left || !is_heard_of(&client->txn) || !client->user ||
	    !client->user->failed)
		return false;
	client->user->failed(client->arg, client, rc);
	if (!client->left || !client->user) {
		txn_finish(&client->txn, rc);
		return false;
	}
	client->cancel_sent = true;
	txn_expire_in(&client->txn, ABANDONED_MS);
	return true;
}

bool sip_client_is_cut(const struct sip_client *client)
{
	return client->cut;
}

const struct sip_flow *sip_client_flow(const struct sip_client *client)
{
	return &client->txn.flow;
}

/* A CANCEL that went by a connection that is lost was perhaps not read; cancels: that
 * matters still. */
static bool move(struct sip_client *client, const struct sip_flow *flow, bool cancels)
{
	struct txn *txn = &client->txn;
	bool was_lost = !sip_flow_alive(&txn->flow);

	if (!sip_flow_may_replace(flow, &txn->flow))
		return false;
	txn->flow = *flow;
	if (client->cut && is_heard_of(txn))
		is_back(client);
	if (cancels && was_lost && client->cancel_sent && is_heard_of(txn)) {
		derive_cancel(client, rd_str_of(client->cancel_extra));
		txn_expire_in(txn, 64 * txn->layer->timers.t1);
	}
	return true;
}

/* Perhaps it was not read; whoever has read it takes this for one of a dialog that is over. */
static bool send_anew(struct sip_client *client, const struct sip_flow *flow)
{
	const struct txn *txn = &client->txn;

	if ((txn->state != SIP_TXN_TRYING && txn->state != SIP_TXN_PROCEEDING) ||
	    !sip_flow_may_replace(flow, &txn->flow))
		return false;
	if (client_move_to(client, flow) == 0)
		return true;
	client->cut = true;
	txn_expire_in(&client->txn, 64 * txn->layer->timers.t1);
	return false;
}

bool sip_client_move(struct sip_client *client, const struct sip_flow *flow)
{
	RD_CHECK(client, SIP_CLIENT_MAGIC);
	return client->txn.method == SIP_INVITE ? move(client, flow, true)
						: send_anew(client, flow);
}

/* Who answers by another connection has lost the one that the request came by, whether
 * we know that yet or not. */
static bool is_elsewhere(const struct sip_flow *now, const struct sip_flow *flow)
{
	return now->transport->reliable && flow->transport->reliable &&
	       !sip_flow_same_connection(flow, now);
}

void client_follow(struct sip_client *client, const struct sip_flow *flow, unsigned status)
{
	if (!is_elsewhere(&client->txn.flow, flow) || !move(client, flow, status < 200))
		return;
	if (client->user && client->user->moved)
		client->user->moved(client->arg, client);
}
