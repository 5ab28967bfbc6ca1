/* Server transactions: RFC 3261 §17.2 with the Accepted state of RFC 6026 and
 * the rules of RFC 4320 for everything but INVITE. */
#include "channels/sip/memory.h"
#include "channels/sip/transaction/private.h"

/* §17.2.1: a 100 when nothing else was answered by then. */
#define INVITE_TRYING_MS 200

static const struct rd_str standard;

/* ---- birth and death ---- */

static void server_on_retransmit(void *arg);
static void server_on_expire(void *arg);

/* A host that is not the source's is behind a NAT, and its port means nothing outside:
 * what it did not ask for by rport (RFC 3581) it gets all the same, where nobody objects. */
static bool heeds_port(const struct txn *txn, const struct sip_msg *request, bool is_own_host)
{
	const struct sip_gate *gate = txn->layer->gate;

	if (txn_reliable(txn) || request->via.has_rport)
		return false;
	return is_own_host || (gate && gate->heeds_via && gate->heeds_via(gate->arg, request));
}

/* RFC 3261 §18.2.2: to where it came from, and there to the port that Via tells. */
static void set_response_port(struct txn *txn, const struct sip_msg *request)
{
	const struct sip_via *via = &request->via;
	uint16_t port = via->port ? via->port : SIP_PORT;
	union sip_sockaddr told;
	bool is_address = sip_sockaddr_parse(&told, via->host, port) == 0;
	bool is_own_host = is_address && sip_sockaddr_same_host(&told, &txn->flow.peer);

	txn->flow.pinned = is_address && !sip_sockaddr_equal(&told, &txn->flow.peer);
	if (heeds_port(txn, request, is_own_host))
		sip_sockaddr_set_port(&txn->flow.peer, port);
}

/* Two ways from a fork upstream to us differ in branch and perhaps in the
 * request-URI, in nothing of this. */
static uint64_t merge_hash_of(struct sip_transactions *layer, const struct sip_msg *msg)
{
	uint64_t hash = txn_hash(&layer->servers, msg->call_id);

	hash = hash * 31 ^ txn_hash(&layer->servers, msg->from.tag);
	return hash * 31 ^ txn_hash(&layer->servers, sip_msg_value(msg, SIP_H_CSEQ));
}

void sip_server_passes(struct sip_server *server)
{
	merges_remove(&server->txn.layer->merges, server);
}

struct sip_server *server_new(struct sip_transactions *layer, const struct sip_msg *msg,
			      const struct sip_flow *flow, struct rd_str key)
{
	struct sip_server *server = rd_malloc(sizeof(*server) + key.n);

	if (!server)
		return NULL;
	rd_memory_belongs(server, &sip_memory_transactions);
	memset(server, 0, sizeof(*server));
	server->magic = SIP_SERVER_MAGIC;
	server->request = msg;
	server->merge_hash = merge_hash_of(layer, msg);
	if (!msg->to.tag.n && msg->method != SIP_CANCEL)
		merges_add(&layer->merges, server);
	server->txn.is_server = true;
	server->txn.state = msg->method == SIP_INVITE ? SIP_TXN_PROCEEDING : SIP_TXN_TRYING;
	rd_timer_init(&server->txn.retransmit, server_on_retransmit, server);
	rd_timer_init(&server->txn.expire, server_on_expire, server);
	memcpy(server->room, key.p, key.n);
	txn_start(&server->txn, layer, flow, msg->method,
		  (struct rd_str){ server->room, key.n });
	server->via_port = msg->via.port;
	set_response_port(&server->txn, msg);
	layer_random(layer, server->tag, sizeof(server->tag));
	return server;
}

static void server_free(struct sip_server *server)
{
	txn_fini(&server->txn);
	sip_lookup_cancel(server->lookup);
	merges_remove(&server->txn.layer->merges, server);
	rd_free(server->request_copy);
	server_forget_response(server);
	server->magic = 0;
	rd_free(server);
}

static void forget_request(struct sip_server *server)
{
	rd_free(server->request_copy);
	server->request_copy = NULL;
	server->request = NULL;
}

void server_settle(struct sip_server *server)
{
	const struct sip_msg *request = server->request;
	struct sip_transactions *layer = server->txn.layer;

	if (!request || server->txn.state == SIP_TXN_TERMINATED)
		return;
	server->request_copy = rd_malloc(sip_msg_copy_size(request));
	if (!server->request_copy) {
		/* Not even that: its repetition may fare better. */
		if (sip_reply(server, 503, standard))
			txn_finish(&server->txn, -ENOMEM);
		forget_request(server);
		return;
	}
	rd_memory_belongs(server->request_copy, &sip_memory_transactions);
	server->request = sip_msg_copy_to(server->request_copy, request);
	if (server->txn.method != SIP_INVITE) {
		/* RFC 4320 §4.1: no 100 before the client's timer E has come
		 * to T2, and one then; and no answer at all after timer F. */
		txn_retransmit_in(&server->txn, layer->timers.t2 - layer->timers.t1);
		txn_expire_in(&server->txn, 64 * layer->timers.t1);
	} else if (!server->txn.status) {
		txn_retransmit_in(&server->txn, INVITE_TRYING_MS);
	}
}

/* ---- the user's side ---- */

void sip_server_listen(struct sip_server *server, const struct sip_server_user *user,
		       void *arg)
{
	RD_CHECK(server, SIP_SERVER_MAGIC);
	server->user = user;
	server->arg = arg;
}

void sip_server_forget(struct sip_server *server)
{
	sip_server_listen(server, NULL, NULL);
	if (server->txn.state == SIP_TXN_ACCEPTED)
		server_forget_response(server); /* nobody is left who would repeat it */
}

const struct sip_msg *sip_server_request(const struct sip_server *server)
{
	RD_CHECK(server, SIP_SERVER_MAGIC);
	return server->request;
}

const struct sip_flow *sip_server_flow(const struct sip_server *server)
{
	return &server->txn.flow;
}

enum sip_method sip_server_method(const struct sip_server *server)
{
	return server->txn.method;
}

struct rd_str sip_server_tag(const struct sip_server *server)
{
	return (struct rd_str){ server->tag, sizeof(server->tag) };
}

unsigned sip_server_status(const struct sip_server *server)
{
	return server->txn.status;
}

void sip_server_end(struct sip_server *server)
{
	RD_CHECK(server, SIP_SERVER_MAGIC);
	rd_assert(server->txn.method != SIP_INVITE);
	txn_finish(&server->txn, 0);
}

void sip_server_ignore(struct sip_server *server)
{
	RD_CHECK(server, SIP_SERVER_MAGIC);
	rd_assert(!server->txn.status);
	txn_finish(&server->txn, 0);
}

/* ---- sending ---- */

/* Is our Contact to be sips (RFC 3261 §12.1.1)? */
static bool wants_secure(const struct sip_msg *request, const struct sip_flow *flow)
{
	struct sip_walk walk = { .msg = request, .id = SIP_H_RECORD_ROUTE };
	struct sip_name_addr hop;

	if (sip_uri_is_secure(request->uri))
		return true;
	if (!flow->transport->secure)
		return false;
	if (!request->first[SIP_H_RECORD_ROUTE])
		walk.id = SIP_H_CONTACT;
	return sip_walk_name_addr(&walk, &hop) == 1 && sip_uri_is_secure(hop.uri);
}

struct sip_out *sip_reply_begin(struct sip_server *server, unsigned status,
				struct rd_str reason)
{
	struct sip_transactions *layer = server->txn.layer;
	struct rd_str tag = sip_server_tag(server);

	sip_out_init(&layer->out, layer->buffer, sizeof(layer->buffer));
	layer->out.external = sip_flow_external(&server->txn.flow);
	layer->out.secure = server->request && wants_secure(server->request, &server->txn.flow);
	layer->begun_status = status;
	if (server->request)
		sip_out_response(&layer->out, server->request, status, reason,
				 status == 100 ? standard : tag);
	return &layer->out;
}

static int send_response(struct sip_server *server)
{
	int rc = txn_send_answer(&server->txn, server->response);

	return rc == -ENOTCONN && txn_reliable(&server->txn) ? server_send_elsewhere(server)
							     : rc;
}

static int check_reply(const struct sip_server *server, unsigned status)
{
	if (!server->request || server->txn.status >= 200 ||
	    server->txn.state == SIP_TXN_TERMINATED)
		return -EALREADY;
	if (server->txn.method != SIP_INVITE && (status < 200 || status == 408))
		return -EPROTO;
	return 0;
}

/* Into the state that a final answer brings, with its timers. */
static void enter_final(struct sip_server *server, unsigned status)
{
	struct txn *txn = &server->txn;
	const struct sip_timers *timers = &txn->layer->timers;
	bool reliable = txn_reliable(txn);

	rd_timer_stop(&txn->retransmit);
	if (txn->method != SIP_INVITE) {
		txn->state = SIP_TXN_COMPLETED;
		txn_expire_in(txn, reliable ? 0 : 64 * timers->t1); /* J */
		return;
	}
	if (status < 300) {
		txn->state = SIP_TXN_ACCEPTED;
		txn_expire_in(txn, 64 * timers->t1); /* L */
		return;
	}
	txn->state = SIP_TXN_COMPLETED;
	if (!reliable)
		txn_retransmit_in(txn, timers->t1); /* G */
	txn_expire_in(txn, 64 * timers->t1);	    /* H */
}

/* Send what is in out as our answer. */
static int send_answer(struct sip_server *server, struct sip_out *out, unsigned status)
{
	struct txn *txn = &server->txn;
	int rc = sip_out_end(out);

	if (!rc)
		rc = server_keep_response(server, sip_out_text(out));
	if (rc)
		return rc;
	txn->status = (uint16_t)status;
	if (status < 200) {
		txn->state = SIP_TXN_PROCEEDING;
		rd_timer_stop(&txn->retransmit);
	} else {
		forget_request(server);
		enter_final(server, status);
	}
	count_answer(txn->layer->counts.answers_out, status);
	rc = send_response(server);
	if (rc || (status >= 200 && !server_may_stay(server)))
		txn_finish(&server->txn, rc);
	return rc;
}

int sip_reply_send(struct sip_server *server, struct sip_out *out)
{
	unsigned status = server->txn.layer->begun_status;
	int rc = check_reply(server, status);

	rd_assert(out == &server->txn.layer->out);
	return rc ? rc : send_answer(server, out, status);
}

int sip_reply(struct sip_server *server, unsigned status, struct rd_str reason)
{
	return sip_reply_send(server, sip_reply_begin(server, status, reason));
}

int sip_server_resend(struct sip_server *server)
{
	int rc;

	RD_CHECK(server, SIP_SERVER_MAGIC);
	if (server->txn.state != SIP_TXN_ACCEPTED && server->txn.state != SIP_TXN_PROCEEDING)
		return -EALREADY;
	rc = send_response(server);
	server->txn.layer->counts.repetitions++;
	if (rc)
		txn_finish(&server->txn, rc);
	return rc;
}

/* ---- what comes in ---- */

static void send_again(struct sip_server *server)
{
	int rc = server->response.n ? send_response(server) : 0;

	server->txn.layer->counts.repetitions += server->response.n > 0;
	if (rc)
		txn_finish(&server->txn, rc);
}

void server_repeated(struct sip_server *server)
{
	/* In Accepted the dialog repeats the 2xx by its own timer. */
	if (server->txn.state == SIP_TXN_PROCEEDING ||
	    server->txn.state == SIP_TXN_COMPLETED)
		send_again(server);
}

void server_ack(struct sip_server *server, const struct sip_msg *ack)
{
	struct txn *txn = &server->txn;

	if (txn->state != SIP_TXN_COMPLETED)
		return; /* the ACK once more */
	txn->state = SIP_TXN_CONFIRMED;
	server_forget_response(server);
	rd_timer_stop(&txn->retransmit);
	txn_expire_in(txn, txn_reliable(txn) ? 0 : txn->layer->timers.t4); /* I */
	if (server->user && server->user->acknowledged)
		server->user->acknowledged(server->arg, server, ack);
}

/* ---- timers ---- */

static void send_trying(struct sip_server *server)
{
	struct sip_out *out = sip_reply_begin(server, 100, standard);

	send_answer(server, out, 100);
}

static void server_on_retransmit(void *arg)
{
	struct sip_server *server = arg;
	struct txn *txn = &server->txn;
	int t2 = txn->layer->timers.t2;

	if (txn->state != SIP_TXN_COMPLETED) {
		send_trying(server);
		return;
	}
	txn_retransmit_in(txn, RD_MIN(2 * txn->interval, t2));
	send_again(server);
}

/* H went off: no ACK. A request other than INVITE that nobody answered in time
 * must not be answered any more. All other ends are good ones. */
static int end_result(const struct txn *txn)
{
	if (txn->state == SIP_TXN_COMPLETED && txn->method == SIP_INVITE)
		return -ETIMEDOUT;
	return txn->status < 200 ? -ETIMEDOUT : 0;
}

static void server_on_expire(void *arg)
{
	struct sip_server *server = arg;
	struct txn *txn = &server->txn;

	if (txn->state != SIP_TXN_TERMINATED) {
		txn_finish(txn, end_result(txn));
		rd_timer_stop(&txn->expire);
	}
	if (server->user && server->user->ended)
		server->user->ended(server->arg, server, txn->result);
	server_free(server);
}

/* ---- without a transaction ---- */

/* The same for each repetition of a request. */
static void stateless_tag(struct sip_transactions *layer, const struct sip_msg *request,
			  char tag[SIP_TAG_CHARS])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint64_t hash = txn_hash(&layer->servers, request->call_id);

	hash ^= txn_hash(&layer->clients, sip_msg_value(request, SIP_H_CSEQ));
	hash ^= txn_hash(&layer->servers, request->via.branch) << 1;
	for (int i = 0; i < SIP_TAG_CHARS; i++)
		tag[i] = letters[hash >> (i * 3) & 31];
}

struct sip_out *sip_stateless_begin(struct sip_transactions *layer,
				    const struct sip_msg *request, unsigned status,
				    struct rd_str reason)
{
	char tag[SIP_TAG_CHARS];

	stateless_tag(layer, request, tag);
	sip_out_init(&layer->out, layer->buffer, sizeof(layer->buffer));
	layer->begun_status = status;
	sip_out_response(&layer->out, request, status, reason,
			 (struct rd_str){ tag, sizeof(tag) });
	return &layer->out;
}

int sip_stateless_send(struct sip_transactions *layer, const struct sip_msg *request,
		       const struct sip_flow *flow, struct sip_out *out)
{
	struct txn way = { .layer = layer, .flow = *flow };
	int rc = sip_out_end(out);

	rd_assert(out == &layer->out);
	if (rc)
		return rc;
	count_answer(layer->counts.answers_out, layer->begun_status);
	set_response_port(&way, request);
	return txn_send_answer(&way, sip_out_text(out));
}
