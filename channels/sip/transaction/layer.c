/* The layer itself: birth and death, what all transactions share, the list for
 * the console. Incoming messages are sorted in receive.c. */
#include "channels/sip/transaction/private.h"

static int or_default(int value, int otherwise)
{
	return value > 0 ? value : otherwise;
}

/* What waits for an answer waits in vain. Servers are left alone: they have
 * other ways to answer. */
static void flow_lost(void *arg, const struct sip_flow *flow, int rc)
{
	struct sip_transactions *layer = arg;

	rd_list_foreach(node, next, &layer->all) {
		struct txn *txn = rd_list_entry(node, struct txn, link);

		if (!sip_flow_same_connection(&txn->flow, flow))
			continue;
		if (txn->is_server)
			server_lost((struct sip_server *)txn, rc);
		else
			client_lost((struct sip_client *)txn, rc);
	}
}

int sip_transactions_new(struct sip_transactions **tp, struct sip_transports *transports,
			 const struct sip_core *core, void *arg,
			 const struct sip_timers *timers)
{
	struct sip_transactions *layer = rd_zalloc(sizeof(*layer));

	if (!layer)
		return -ENOMEM;
	if (txn_table_init(&layer->servers) || txn_table_init(&layer->clients) ||
	    merges_init(&layer->merges)) {
		merges_fini(&layer->merges);
		txn_table_fini(&layer->clients);
		txn_table_fini(&layer->servers);
		rd_free(layer);
		return -ENOMEM;
	}
	rd_list_init(&layer->all);
	layer->transports = transports;
	layer->core = core;
	layer->arg = arg;
	layer->timers.t1 = or_default(timers ? timers->t1 : 0, 500);
	layer->timers.t2 = or_default(timers ? timers->t2 : 0, 4000);
	layer->timers.t4 = or_default(timers ? timers->t4 : 0, 5000);
	layer->timers.b = or_default(timers ? timers->b : 0, 64 * layer->timers.t1);
	layer->random_used = sizeof(layer->random);
	sip_transports_set_receiver(transports, layer_receive, layer);
	sip_transports_set_refuser(transports, layer_broken);
	layer->watcher.lost = flow_lost;
	layer->watcher.unreached = client_unreached;
	layer->watcher.arg = layer;
	sip_transports_watch(transports, &layer->watcher);
	*tp = layer;
	return 0;
}

/* The expire timer of a terminated transaction frees it: do it now. */
static void end_now(struct txn *txn)
{
	if (txn->state != SIP_TXN_TERMINATED)
		txn_finish(txn, -ECANCELED);
	rd_timer_stop(&txn->expire);
	txn->expire.fire(txn->expire.arg);
}

void sip_transactions_free(struct sip_transactions *layer)
{
	if (!layer)
		return;
	sip_transports_set_receiver(layer->transports, NULL, NULL);
	sip_transports_set_refuser(layer->transports, NULL);
	sip_flow_watcher_remove(&layer->watcher);
	while (!rd_list_empty(&layer->all))
		end_now(rd_list_entry(layer->all.next, struct txn, link));
	sip_way_free(layer->begun_way);
	merges_fini(&layer->merges);
	txn_table_fini(&layer->servers);
	txn_table_fini(&layer->clients);
	rd_free(layer);
}

const struct sip_timers *sip_transactions_timers(const struct sip_transactions *layer)
{
	return &layer->timers;
}

void sip_transactions_set_admission(struct sip_transactions *layer,
				    unsigned (*refuse)(void *arg), void *arg)
{
	layer->refuse = refuse;
	layer->refuse_arg = arg;
}

void sip_transactions_set_authenticator(struct sip_transactions *layer,
					const struct sip_authenticator *authenticator)
{
	layer->authenticator = authenticator;
}

void sip_transactions_set_gate(struct sip_transactions *layer, const struct sip_gate *gate)
{
	layer->gate = gate;
}

void sip_transactions_set_limits(struct sip_transactions *layer,
				 const struct sip_message_limits *limits)
{
	layer->limits = *limits;
}

/* The kernel is asked once for many. */
void layer_random(struct sip_transactions *layer, char *text, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";

	while (n--) {
		if (layer->random_used == sizeof(layer->random)) {
			rd_random(layer->random, sizeof(layer->random));
			layer->random_used = 0;
		}
		*text++ = letters[layer->random[layer->random_used++] & 31];
	}
}

/* ---- what transactions share ---- */

static struct txn_table *table_of(struct txn *txn)
{
	return txn->is_server ? &txn->layer->servers : &txn->layer->clients;
}

void txn_start(struct txn *txn, struct sip_transactions *layer,
	       const struct sip_flow *flow, enum sip_method method, struct rd_str key)
{
	txn->key = key;
	txn->layer = layer;
	txn->flow = *flow;
	txn->method = (uint8_t)method;
	txn->created_ms = rd_now_ms();
	rd_list_push(&layer->all, &txn->link);
	txn_table_add(table_of(txn), txn);
}

static void count_timeout(struct txn *txn)
{
	struct sip_counts *counts = &txn->layer->counts;

	if (txn->is_server)
		counts->server_timeouts++;
	else
		counts->client_timeouts++;
}

void txn_finish(struct txn *txn, int result)
{
	if (txn->state == SIP_TXN_TERMINATED)
		return;
	txn_table_remove(table_of(txn), txn);
	txn->state = SIP_TXN_TERMINATED;
	txn->result = result;
	if (result == -ETIMEDOUT)
		count_timeout(txn);
	rd_timer_stop(&txn->retransmit);
	rd_timer_start(&txn->expire, 0);
}

void txn_fini(struct txn *txn)
{
	rd_list_remove(&txn->link);
	rd_timer_stop(&txn->retransmit);
	rd_timer_stop(&txn->expire);
}

int txn_send(struct txn *txn, struct rd_str text)
{
	int rc = sip_flow_send(&txn->flow, text.p, text.n);

	return rc == -EAGAIN || rc == -ENOBUFS ? 0 : rc;
}

bool flow_loses(const struct sip_flow *flow, int rc)
{
	return rc && rc != -ENOTCONN && !flow->transport->reliable;
}

int txn_send_or_lose(struct txn *txn, struct rd_str text)
{
	int rc = txn_send(txn, text);

	return flow_loses(&txn->flow, rc) ? 0 : rc;
}

int txn_send_answer(struct txn *txn, struct rd_str text)
{
	const struct sip_gate *gate = txn->layer->gate;
	bool is_final = txn->status == 0 || txn->status >= 200; /* 0: without a transaction */

	if (gate && !gate->send(gate->arg, &txn->flow, text.n, is_final))
		return 0;
	return txn_send_or_lose(txn, text);
}

bool txn_reliable(const struct txn *txn)
{
	return txn->flow.transport->reliable;
}

void txn_retransmit_in(struct txn *txn, int ms)
{
	txn->interval = ms;
	rd_timer_start(&txn->retransmit, ms);
}

void txn_expire_in(struct txn *txn, int ms)
{
	rd_timer_start(&txn->expire, ms);
}

/* ---- looking in ---- */

static const char *state_name(unsigned state)
{
	static const char *const names[] = {
		[SIP_TXN_TRYING] = "trying",	     [SIP_TXN_CALLING] = "calling",
		[SIP_TXN_PROCEEDING] = "proceeding", [SIP_TXN_COMPLETED] = "completed",
		[SIP_TXN_CONFIRMED] = "confirmed",   [SIP_TXN_ACCEPTED] = "accepted",
		[SIP_TXN_TERMINATED] = "terminated",
	};

	return names[state];
}

/* Keys are "METHOD branch ...". */
struct rd_str txn_key_word(struct rd_str key, unsigned index)
{
	struct rd_str word = { 0 };

	for (unsigned i = 0; i <= index; i++)
		rd_str_cut(&key, ' ', &word);
	return word;
}

void sip_transactions_each(struct sip_transactions *layer,
			   void (*see)(void *arg, const struct sip_transaction_info *),
			   void *arg)
{
	rd_list_foreach(node, next, &layer->all) {
		const struct txn *txn = rd_list_entry(node, struct txn, link);
		const struct sip_transaction_info info = {
			.side = txn->is_server ? "server" : "client",
			.state = state_name(txn->state),
			.method = txn_key_word(txn->key, 0),
			.branch = txn_key_word(txn->key, 1),
			.status = txn->status,
			.age_ms = (unsigned)(rd_now_ms() - txn->created_ms),
			.flow = &txn->flow,
		};

		if (txn->state != SIP_TXN_TERMINATED)
			see(arg, &info);
	}
}

bool sip_transactions_use(struct sip_transactions *layer,
			  const struct sip_transport *transport)
{
	rd_list_foreach(node, next, &layer->all)
		if (rd_list_entry(node, struct txn, link)->flow.transport == transport)
			return true;
	return false;
}

unsigned sip_transactions_count(const struct sip_transactions *layer)
{
	return layer->servers.count + layer->clients.count;
}

void count_answer(uint64_t counts[SIP_STATUSES], unsigned status)
{
	if (status >= 100 && status < 100 + SIP_STATUSES)
		counts[status - 100]++;
}

void sip_transactions_no_ack(struct sip_transactions *layer)
{
	layer->counts.server_timeouts++;
}

const struct sip_counts *sip_transactions_counts(const struct sip_transactions *layer)
{
	return &layer->counts;
}
