/* Sorting what comes in: to the transaction that it belongs to, to a new one,
 * or to the core above (RFC 3261 §17.1.3, §17.2.3, §9.2). */
#include <ringdown/log.h>

#include "channels/sip/transaction/private.h"

/* ---- keys ---- */

static struct sip_out begin_key(struct sip_transactions *layer, struct rd_str method)
{
	struct sip_out key;

	sip_out_init(&key, layer->key, sizeof(layer->key));
	sip_out_str(&key, method);
	sip_out_char(&key, ' ');
	return key;
}

static bool has_cookie(struct rd_str branch)
{
	return branch.n > SIP_MAGIC_COOKIE_CHARS &&
	       !memcmp(branch.p, SIP_MAGIC_COOKIE, SIP_MAGIC_COOKIE_CHARS);
}

/* Requests of one transaction have one key, and no others have it. Without the
 * magic cookie the rules of RFC 2543 hold: everything but the method and the
 * CSeq's method must be the same. The To tag is left out: the first request has
 * none, and the ACK has ours. Absent when too long to be reasonable. */
static struct rd_str server_key(struct sip_transactions *layer, const struct sip_msg *msg,
				struct rd_str method)
{
	struct sip_out key = begin_key(layer, method);

	if (has_cookie(msg->via.branch)) {
		sip_out_str(&key, msg->via.branch);
		sip_out_char(&key, ' ');
		sip_out_hostport(&key, msg->via.host, msg->via.port);
	} else {
		sip_out_str(&key, msg->call_id);
		sip_out_char(&key, ' ');
		sip_out_number(&key, msg->cseq.number);
		sip_out_char(&key, ' ');
		sip_out_str(&key, msg->from.tag);
		sip_out_char(&key, ' ');
		sip_out_str(&key, msg->uri);
		sip_out_char(&key, ' ');
		sip_out_str(&key, msg->via.text);
	}
	return key.overflow ? (struct rd_str){ 0 } : sip_out_text(&key);
}

static struct rd_str client_key(struct sip_transactions *layer, const struct sip_msg *msg)
{
	struct sip_out key = begin_key(layer, msg->cseq.method_name);

	sip_out_str(&key, msg->via.branch);
	return key.overflow ? (struct rd_str){ 0 } : sip_out_text(&key);
}

static struct sip_server *find_server(struct sip_transactions *layer, struct rd_str key)
{
	return (struct sip_server *)txn_table_find(&layer->servers, key);
}

/* ---- requests ---- */

static void refuse(struct sip_transactions *layer, const struct sip_msg *msg,
		   const struct sip_flow *flow, unsigned status, struct rd_str reason)
{
	struct sip_out *out = sip_stateless_begin(layer, msg, status, reason);

	sip_stateless_send(layer, msg, flow, out);
}

/* Overload is met before anything is allocated. */
static bool is_refused(struct sip_transactions *layer, const struct sip_msg *msg,
		       const struct sip_flow *flow)
{
	struct sip_out *out;
	unsigned seconds;

	if (msg->method != SIP_INVITE || msg->to.tag.n || !layer->refuse)
		return false;
	seconds = layer->refuse(layer->refuse_arg);
	if (!seconds)
		return false;
	out = sip_stateless_begin(layer, msg, 503, (struct rd_str){ 0 });
	sip_out_header_number(out, SIP_H_RETRY_AFTER, seconds);
	sip_stateless_send(layer, msg, flow, out);
	return true;
}

static struct sip_server *new_server(struct sip_transactions *layer,
				     const struct sip_msg *msg,
				     const struct sip_flow *flow, struct rd_str key)
{
	struct sip_server *server = server_new(layer, msg, flow, key);

	if (!server)
		refuse(layer, msg, flow, 503, (struct rd_str){ 0 });
	return server;
}

/* A tag or a branch of ours has come back: it was read where it was sent, wherever this
 * message may say that it is from. */
static void is_proven(const struct txn *txn)
{
	const struct sip_gate *gate = txn->layer->gate;

	if (gate)
		gate->proven(gate->arg, &txn->flow.peer);
}

static void receive_ack(struct sip_transactions *layer, const struct sip_msg *msg,
			const struct sip_flow *flow)
{
	struct rd_str key = server_key(layer, msg, RD_STR("INVITE"));
	struct sip_server *server = key.n ? find_server(layer, key) : NULL;

	if (server && rd_str_eq(msg->to.tag, sip_server_tag(server)))
		is_proven(&server->txn);
	if (server && server->txn.state != SIP_TXN_ACCEPTED)
		server_ack(server, msg);
	else if (layer->core->ack)
		layer->core->ack(layer->arg, msg, flow);
}

/* A CANCEL is answered here; the INVITE is told, if it still can be. */
static void receive_cancel(struct sip_transactions *layer, const struct sip_msg *msg,
			   struct sip_server *cancel)
{
	struct sip_server *invite =
		find_server(layer, server_key(layer, msg, RD_STR("INVITE")));

	if (!invite) {
		if (layer->core->cancel &&
		    layer->core->cancel(layer->arg, msg, sip_server_flow(cancel)))
			sip_server_end(cancel);
		else
			sip_reply(cancel, 481, (struct rd_str){ 0 });
		return;
	}
	memcpy(cancel->tag, invite->tag, sizeof(cancel->tag));
	server_follow(invite, sip_server_flow(cancel));
	sip_reply(cancel, 200, (struct rd_str){ 0 });
	if (invite->txn.state != SIP_TXN_PROCEEDING)
		return;
	if (invite->user && invite->user->cancelled)
		invite->user->cancelled(invite->arg, invite, msg);
	else
		sip_reply(invite, 487, (struct rd_str){ 0 });
}

/* RFC 5923 §5: requests to the address where the sender listens may come back
 * over this connection. An address that is not its own is not believed; a name says the
 * port alone (§8.2). */
static void note_alias(const struct sip_msg *msg, const struct sip_flow *flow)
{
	uint16_t usual = sip_usual_port(flow->transport->secure);
	union sip_sockaddr sent_by;

	if (!flow->connection || !sip_param_get(msg->via.params, RD_STR("alias"), NULL))
		return;
	if (sip_sockaddr_parse(&sent_by, msg->via.host, 0) != 0 ||
	    sip_sockaddr_same_host(&sent_by, &flow->peer))
		sip_flow_alias(flow, msg->via.port ? msg->via.port : usual);
}

static bool is_stopped(struct sip_transactions *layer, const struct sip_msg *msg,
		       const struct sip_flow *flow)
{
	const struct sip_gate *gate = layer->gate;
	unsigned status = gate ? gate->request(gate->arg, msg, flow) : 0;
	struct sip_out *out;

	if (!status || status == SIP_GATE_DROP)
		return status;
	out = sip_stateless_begin(layer, msg, status, (struct rd_str){ 0 });
	if (status == 503)
		sip_out_header_number(out, SIP_H_RETRY_AFTER, 5);
	sip_stateless_send(layer, msg, flow, out);
	return true;
}

/* It is no longer in the configuration: what begins, begins elsewhere. */
static bool is_too_late(struct sip_transactions *layer, const struct sip_msg *msg,
			const struct sip_flow *flow)
{
	struct sip_out *out;

	if (!flow->transport->leaves || msg->to.tag.n || msg->method == SIP_CANCEL)
		return false;
	out = sip_stateless_begin(layer, msg, 503, (struct rd_str){ 0 });
	sip_stateless_send(layer, msg, flow, out);
	return true;
}

static void receive_request(struct sip_transactions *layer, const struct sip_msg *msg,
			    const struct sip_flow *flow)
{
	struct rd_str key = server_key(layer, msg, msg->method_name);
	struct sip_server *server = key.n ? find_server(layer, key) : NULL;

	note_alias(msg, flow);
	if (server) {
		server_follow(server, flow);
		server_repeated(server);
		return;
	}
	if (!key.n) {
		refuse(layer, msg, flow, 400, RD_STR("Via: a shorter one was expected"));
		return;
	}
	if (is_stopped(layer, msg, flow) || is_too_late(layer, msg, flow) ||
	    is_refused(layer, msg, flow))
		return;
	server = new_server(layer, msg, flow, key);
	if (!server)
		return;
	if (msg->method == SIP_CANCEL)
		receive_cancel(layer, msg, server);
	else
		layer->core->request(layer->arg, server, msg);
	server_settle(server);
}

/* ---- all ---- */

static void receive_response(struct sip_transactions *layer, const struct sip_msg *msg,
			     const struct sip_flow *flow)
{
	struct rd_str key = client_key(layer, msg);
	struct txn *txn = key.n ? txn_table_find(&layer->clients, key) : NULL;

	if (txn && !client_is_answer((struct sip_client *)txn, msg))
		return;
	if (!txn) {
		if (layer->core->stray)
			layer->core->stray(layer->arg, msg, flow);
		return;
	}
	is_proven(txn);
	client_follow((struct sip_client *)txn, flow, msg->status);
	client_response((struct sip_client *)txn, msg);
}

static void receive_wrong(struct sip_transactions *layer, const struct sip_msg *msg,
			  const struct sip_flow *flow, const struct sip_error *error)
{
	char text[160], peer[SIP_SOCKADDR_TEXT];
	struct rd_str reason = sip_error_text(error, text, sizeof(text));

	rd_debug("sip: from %s: %s, near byte %zu", sip_sockaddr_text(&flow->peer, peer),
		 text, error->offset);
	if (sip_msg_answerable(msg))
		refuse(layer, msg, flow, error->status, reason);
}

/* Lines, and what stands beside others in a line where that is the same as a line of its
 * own (RFC 3261 §7.3.1): the proxy looks at those by their number. */
static size_t count_headers(const struct sip_msg *msg)
{
	static const enum sip_header_id lists[] = { SIP_H_VIA, SIP_H_ROUTE, SIP_H_RECORD_ROUTE,
						    SIP_H_CONTACT };
	const struct sip_header *header;
	size_t count = msg->header_count;
	struct rd_str rest, entry;

	for (size_t i = 0; i < RD_ARRAY_SIZE(lists); i++)
		for (header = sip_msg_header(msg, lists[i]); header;
		     header = sip_msg_header_next(msg, header))
			for (rest = header->value; rd_str_cut(&rest, ',', &entry);)
				count++;
	return count;
}

/* RFC 3261 §21.4.11 and §21.5.7: a body that is too large can be left out, a head
 * cannot. */
static int check_limits(const struct sip_transactions *layer, const struct sip_msg *msg,
			size_t size, struct sip_error *error)
{
	const struct sip_message_limits *limits = &layer->limits;

	if (limits->size && size > limits->size) {
		error->where = "message";
		error->what = "a shorter one was expected";
		error->status = size - msg->body.n > limits->size ? 513 : 413;
	} else if (limits->headers && count_headers(msg) > limits->headers) {
		error->where = "message";
		error->what = "fewer headers were expected";
		error->status = 513;
	}
	return error->where ? -EMSGSIZE : 0;
}

/* Responses are heeded only where we wait for them. */
static bool is_admitted(const struct sip_transactions *layer, const struct sip_flow *flow,
			const char *data, size_t size)
{
	const struct sip_gate *gate = layer->gate;

	return !gate || (size > 8 && memcmp(data, "SIP/2.0 ", 8) == 0) ||
	       gate->receive(gate->arg, flow, size);
}

/* RFC 3261 §18.3: what has no end, or is too long, comes by a connection that ends
 * with it. */
void layer_broken(void *arg, const struct sip_flow *flow, char *head, size_t size,
		  unsigned status, const char *why)
{
	struct sip_transactions *layer = arg;
	struct sip_msg *msg = &layer->parsed.msg;
	struct sip_error error;

	if (!is_admitted(layer, flow, head, size))
		return;
	sip_msg_parse(&layer->parsed, head, size, &error);
	msg->source = flow->peer;
	if (sip_msg_answerable(msg))
		refuse(layer, msg, flow, status,
		       status == 400 ? rd_str_of(why) : (struct rd_str){ 0 });
}

static void count(struct sip_counts *counts, const struct sip_msg *msg)
{
	if (sip_msg_is_request(msg))
		counts->requests_in[msg->method]++;
	else
		count_answer(counts->answers_in, msg->status);
}

void layer_receive(void *arg, const struct sip_flow *flow, char *data, size_t size)
{
	struct sip_transactions *layer = arg;
	struct sip_msg *msg = &layer->parsed.msg;
	struct sip_error error;
	int rc;

	if (!is_admitted(layer, flow, data, size))
		return;
	rc = sip_msg_parse(&layer->parsed, data, size, &error);
	msg->source = flow->peer;
	if (rc == 0)
		rc = check_limits(layer, msg, size, &error);
	if (rc == 0)
		count(&layer->counts, msg);
	if (rc)
		receive_wrong(layer, msg, flow, &error);
	else if (!sip_msg_is_request(msg))
		receive_response(layer, msg, flow);
	else if (msg->method == SIP_ACK)
		receive_ack(layer, msg, flow);
	else
		receive_request(layer, msg, flow);
}
