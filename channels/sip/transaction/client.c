/* Client transactions: RFC 3261 §17.1 with the Accepted state of RFC 6026.
 * How their requests begin is in request.c; those that they make by themselves are in
 * derive.c. */
#include "channels/sip/memory.h"
#include "channels/sip/transaction/private.h"

/* ---- birth and death ---- */

static void client_on_retransmit(void *arg);
static void client_on_expire(void *arg);

static void client_free(struct sip_client *client)
{
	txn_fini(&client->txn);
	if (client->account)
		client->txn.layer->authenticator->release(client->account);
	rd_free(client->cancel_extra);
	rd_free(client->again);
	rd_free((char *)client->request.p);
	sip_way_free(client->way);
	large_free(client->large);
	client->magic = 0;
	rd_free(client);
}

char *client_copy_text(struct rd_str text)
{
	char *copy = rd_malloc(text.n);

	if (!copy)
		return NULL;
	rd_memory_belongs(copy, &sip_memory_transactions);
	return memcpy(copy, text.p, text.n);
}

int client_keep_request(struct sip_client *client, struct rd_str text)
{
	char *copy = client_copy_text(text);

	if (!copy)
		return -ENOMEM;
	rd_free((char *)client->request.p);
	client->request = (struct rd_str){ copy, text.n };
	return 0;
}

/* Its key is "METHOD branch". */
struct sip_client *client_new(struct sip_transactions *layer, const struct sending *sending)
{
	struct rd_str method = sending->method, branch = sending->branch;
	size_t key_size = method.n + 1 + branch.n;
	struct sip_client *client = rd_malloc(sizeof(*client) + key_size);
	struct rd_str key;
	char *p;

	if (!client)
		return NULL;
	rd_memory_belongs(client, &sip_memory_transactions);
	memset(client, 0, sizeof(*client));
	if (client_keep_request(client, sending->text)) {
		rd_free(client);
		return NULL;
	}
	client->magic = SIP_CLIENT_MAGIC;
	p = client->room;
	memcpy(p, method.p, method.n);
	p[method.n] = ' ';
	memcpy(p + method.n + 1, branch.p, branch.n);
	key = (struct rd_str){ p, key_size };
	client->branch = (struct rd_str){ p + method.n + 1, branch.n };
	client->persists = sending->persists;
	rd_timer_init(&client->txn.retransmit, client_on_retransmit, client);
	rd_timer_init(&client->txn.expire, client_on_expire, client);
	txn_start(&client->txn, layer, sending->flow, sip_method_of(method), key);
	return client;
}

int client_launch(struct sip_client *client)
{
	struct txn *txn = &client->txn;
	int rc = client->persists ? txn_send_or_lose(txn, client->request)
				  : txn_send(txn, client->request);

	if (rc)
		return rc;
	txn->layer->counts.requests_out[txn->method]++;
	client->cut = false;
	txn->state = txn->method == SIP_INVITE ? SIP_TXN_CALLING : SIP_TXN_TRYING;
	if (!txn_reliable(txn))
		txn_retransmit_in(txn, txn->layer->timers.t1); /* A, E */
	txn_expire_in(txn, txn->layer->timers.b); /* B, F */
	return 0;
}

int client_start(struct sip_transactions *layer, struct sip_client **cp,
		 const struct sending *sending)
{
	struct sip_client *client = client_new(layer, sending);
	int rc;

	if (!client)
		return -ENOMEM;
	rc = client_launch(client);
	if (rc) {
		txn_finish(&client->txn, rc); /* nobody listens yet */
		return rc;
	}
	client->user = sending->user;
	client->arg = sending->arg;
	if (cp)
		*cp = client;
	return 0;
}

/* ---- the user's side ---- */

void sip_client_forget(struct sip_client *client)
{
	RD_CHECK(client, SIP_CLIENT_MAGIC);
	client->user = NULL;
	client->arg = NULL;
}

void sip_client_leave(struct sip_client *client)
{
	sip_client_forget(client);
	client->left = client->txn.method == SIP_INVITE;
}

void sip_client_leave_to(struct sip_client *client, const struct sip_client_user *user,
			 void *arg)
{
	sip_client_leave(client);
	client->user = user;
	client->arg = arg;
}

void sip_client_hush(struct sip_client *client)
{
	RD_CHECK(client, SIP_CLIENT_MAGIC);
	rd_timer_stop(&client->txn.retransmit);
}

unsigned sip_client_status(const struct sip_client *client)
{
	return client->txn.status;
}

/* The INVITE has 64*T1 left to end (§9.1). */
static int send_cancel(struct sip_client *client)
{
	struct txn *txn = &client->txn;
	int rc = derive_cancel(client, rd_str_of(client->cancel_extra));

	if (rc == -ENOMEM)
		return rc;
	client->cancel_sent = true;
	txn_expire_in(txn, 64 * txn->layer->timers.t1);
	return 0;
}

/* It may have to be said later, or once more. */
static int keep_extra(struct sip_client *client, struct rd_str extra)
{
	if (!extra.n || client->cancel_extra)
		return 0;
	client->cancel_extra = rd_strndup(extra.p, extra.n);
	return client->cancel_extra ? 0 : -ENOMEM;
}

int sip_client_cancel(struct sip_client *client, struct rd_str extra)
{
	RD_CHECK(client, SIP_CLIENT_MAGIC);
	rd_assert(client->txn.method == SIP_INVITE);
	if (client->cancel_sent || client->cancel_wanted)
		return 0;
	if (client->txn.state != SIP_TXN_CALLING && client->txn.state != SIP_TXN_PROCEEDING)
		return -EALREADY;
	if (keep_extra(client, extra))
		return -ENOMEM;
	if (client->txn.state == SIP_TXN_PROCEEDING)
		return send_cancel(client);
	client->cancel_wanted = true;
	/* What still waits for its connection goes to nobody. The user hears of it later: he may
	 * be going through several of them. */
	if (sip_flow_withdraw(&client->txn.flow, client->request.p, client->request.n) == 0) {
		client->withdrawn = true;
		txn_expire_in(&client->txn, 0);
	}
	return 0;
}

/* ---- what comes in ---- */

static void tell_response(struct sip_client *client, const struct sip_msg *msg)
{
	if (client->user && client->user->response)
		client->user->response(client->arg, client, msg);
}

static void tell_late(struct sip_client *client, const struct sip_msg *ok, uint64_t tag)
{
	struct sip_transactions *layer = client->txn.layer;
	const struct sip_msg *invite = layer->core->late ? client_parse_own(client) : NULL;

	if (invite)
		layer->core->late(layer->arg, ok, invite, &client->txn.flow,
				  tag == client->seen_tag);
}

/* A 2xx to INVITE, perhaps not the first. */
static void tell_answer(struct sip_client *client, const struct sip_msg *ok)
{
	uint64_t tag = txn_hash(&client->txn.layer->clients, ok->to.tag) | 1;

	if (client->left) {
		tell_late(client, ok, tag);
		return;
	}
	if (!client->seen_tag)
		client->seen_tag = tag;
	tell_response(client, ok);
}

/* Who was heard of has the request: it goes nowhere else. */
bool client_give_up(struct sip_client *client, int rc)
{
	if (!client->txn.status && client_moves(client, 0))
		return false;
	txn_finish(&client->txn, rc);
	if (client->user && client->user->failed)
		client->user->failed(client->arg, client, rc);
	return true;
}

static void invite_provisional(struct sip_client *client, const struct sip_msg *msg)
{
	struct txn *txn = &client->txn;

	if (txn->state == SIP_TXN_CALLING) {
		txn->state = SIP_TXN_PROCEEDING;
		rd_timer_stop(&txn->retransmit);
		rd_timer_stop(&txn->expire);
		if (client->cancel_wanted)
			send_cancel(client);
	}
	tell_response(client, msg);
}

void client_linger(struct sip_client *client)
{
	struct txn *txn = &client->txn;
	const struct sip_timers *timers = &txn->layer->timers;
	int ms = txn->method == SIP_INVITE ? 64 * timers->t1 : timers->t4; /* D, K */

	txn->state = SIP_TXN_COMPLETED;
	rd_timer_stop(&txn->retransmit);
	txn_expire_in(txn, txn_reliable(txn) ? 0 : ms);
}

static void invite_refused(struct sip_client *client, const struct sip_msg *msg)
{
	struct txn *txn = &client->txn;
	int rc;

	client_linger(client);
	rc = derive_ack(client, msg);
	if (!rc && is_challenge(msg->status) && !client_retry(client, msg))
		return;
	if (msg->status == 503 && client_moves(client, sip_retry_after(msg)))
		return;
	tell_response(client, msg);
	if (rc)
		txn_finish(txn, rc);
}

/* Of one of ours, up to its empty line and with it. */
static size_t size_of_head(struct rd_str text)
{
	const char *at = text.p, *end = text.p + text.n;

	while ((at = memchr(at, '\n', (size_t)(end - at))))
		if (++at + 1 < end && at[0] == '\r' && at[1] == '\n')
			return (size_t)(at + 2 - text.p);
	return text.n;
}

/* It is not sent any more, and held for half a minute yet: its head says which answers are
 * to it, and what their ACK is made of. */
static void drop_body(struct sip_client *client)
{
	struct rd_str *request = &client->request;
	size_t size = size_of_head(*request);
	char *head = rd_realloc((char *)request->p, size);

	if (head)
		*request = (struct rd_str){ head, size };
}

static void invite_response(struct sip_client *client, const struct sip_msg *msg)
{
	struct txn *txn = &client->txn;

	if (txn->state == SIP_TXN_COMPLETED) {
		int rc = msg->status >= 300 ? derive_ack(client, msg) : 0;

		if (rc)
			txn_finish(txn, rc);
		return;
	}
	if (txn->state == SIP_TXN_ACCEPTED) {
		if (msg->status >= 200 && msg->status < 300)
			tell_answer(client, msg);
		else if (msg->status < 200 && !client->left)
			tell_response(client, msg); /* of a fork: RFC 5407 appendix E */
		return;
	}
	txn->status = msg->status;
	if (msg->status < 200) {
		invite_provisional(client, msg);
	} else if (msg->status < 300) {
		txn->state = SIP_TXN_ACCEPTED;
		rd_timer_stop(&txn->retransmit);
		txn_expire_in(txn, 64 * txn->layer->timers.t1); /* M */
		client_accepted(client, msg);
		drop_body(client);
		tell_answer(client, msg);
	} else {
		invite_refused(client, msg);
	}
}

static void other_response(struct sip_client *client, const struct sip_msg *msg)
{
	struct txn *txn = &client->txn;

	if (txn->state == SIP_TXN_COMPLETED)
		return;
	txn->status = msg->status;
	if (msg->status < 200) {
		txn->state = SIP_TXN_PROCEEDING;
	} else {
		client_linger(client);
		if (is_challenge(msg->status) && !client_retry(client, msg))
			return;
		if (msg->status == 503 && client_moves(client, sip_retry_after(msg)))
			return;
		client_accepted(client, msg);
	}
	tell_response(client, msg);
}

void client_response(struct sip_client *client, const struct sip_msg *msg)
{
	if (msg->status != 503)
		sip_way_heard(client->way);
	if (client->txn.method == SIP_INVITE)
		invite_response(client, msg);
	else
		other_response(client, msg);
}

/* ---- timers ---- */

/* A doubles without end; E up to T2, and at T2 once something was heard. */
static int next_interval(const struct txn *txn)
{
	int t2 = txn->layer->timers.t2;

	if (txn->method == SIP_INVITE)
		return 2 * txn->interval;
	return txn->state == SIP_TXN_PROCEEDING ? t2 : RD_MIN(2 * txn->interval, t2);
}

void client_unsent(struct sip_client *client, int rc)
{
	if (!client->persists || !flow_loses(&client->txn.flow, rc))
		client_give_up(client, rc);
	else if (!client->txn.status)
		client_moves(client, 0); /* or it waits for the next time */
}

static void client_on_retransmit(void *arg)
{
	struct sip_client *client = arg;
	int rc;

	client->txn.layer->counts.repetitions++;
	txn_retransmit_in(&client->txn, next_interval(&client->txn));
	rc = txn_send(&client->txn, client->request);
	if (rc)
		client_unsent(client, rc);
}

static void client_end(struct sip_client *client)
{
	if (client->user && client->user->ended)
		client->user->ended(client->arg, client);
	client_free(client);
}

static void client_on_expire(void *arg)
{
	struct sip_client *client = arg;

	switch ((enum sip_txn_state)client->txn.state) {
	case SIP_TXN_TRYING:
	case SIP_TXN_CALLING:
	case SIP_TXN_PROCEEDING:
		if (client_goes_on(client) || client_outlives(client))
			return;
		if (client->txn.state != SIP_TXN_TERMINATED &&
		    !client_give_up(client, client_why_silent(client)))
			return;
		break;
	case SIP_TXN_COMPLETED:
	case SIP_TXN_CONFIRMED:
	case SIP_TXN_ACCEPTED:
		txn_finish(&client->txn, 0);
		break;
	case SIP_TXN_TERMINATED:
		break;
	}
	client_end(client);
}
