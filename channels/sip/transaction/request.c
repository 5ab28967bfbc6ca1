/* Requests, from their first line to the transaction that carries them, and the ACK of a
 * 2xx, which none carries (RFC 3261 §8.1, §17.1.1.3). */
#include "channels/sip/transaction/private.h"

void client_make_branch(struct sip_transactions *layer, char branch[SIP_BRANCH_CHARS])
{
	memcpy(branch, SIP_MAGIC_COOKIE, SIP_MAGIC_COOKIE_CHARS);
	layer_random(layer, branch + SIP_MAGIC_COOKIE_CHARS, SIP_TAG_CHARS);
}

void client_print_via(struct sip_out *out, const struct sip_flow *flow, struct rd_str branch)
{
	sip_out_header_begin(out, SIP_H_VIA);
	sip_out_cstr(out, "SIP/2.0/");
	sip_out_str(out, sip_protocol_name(flow->transport->protocol));
	sip_out_char(out, ' ');
	sip_out_sockaddr(out, sip_flow_sent_by(flow));
	if (flow->transport->reliable)
		sip_out_cstr(out, ";alias"); /* RFC 5923: use this connection */
	sip_out_cstr(out, ";rport;branch=");
	sip_out_str(out, branch);
	sip_out_crlf(out);
}

struct sip_out *sip_request_begin_hops(struct sip_transactions *layer,
				       const struct sip_flow *flow,
				       struct rd_str method, struct rd_str uri,
				       unsigned hops)
{
	return sip_request_begin_marked(layer, flow, method, uri, hops,
					(struct rd_str){ 0 });
}

/* Behind its first n letters. A mark that is too long is cut: it is ours. */
static void mark_branch(struct sip_transactions *layer, size_t n, struct rd_str mark)
{
	mark.n = RD_MIN(mark.n, (size_t)SIP_MARK_MAX);
	if (mark.n)
		memcpy(layer->branch + n, mark.p, mark.n);
	layer->branch_size = n + mark.n;
}

/* With the branch that is there. */
static struct sip_out *begin(struct sip_transactions *layer, const struct sip_flow *flow,
			     struct rd_str method, struct rd_str uri, unsigned hops)
{
	struct sip_out *out = &layer->out;

	layer->begun_account = NULL;
	layer->begun_persists = false;
	sip_request_way_take(layer, NULL);
	sip_out_init(out, layer->buffer, sizeof(layer->buffer));
	out->external = sip_flow_external(flow);
	out->secure = sip_uri_is_secure(uri);
	sip_out_request_line(out, method, uri);
	layer->begun_method = (struct rd_str){ layer->buffer, method.n };
	client_print_via(out, flow,
			 (struct rd_str){ layer->branch, layer->branch_size });
	sip_out_header_number(out, SIP_H_MAX_FORWARDS, hops);
	return out;
}

struct sip_out *sip_request_begin_marked(struct sip_transactions *layer,
					 const struct sip_flow *flow,
					 struct rd_str method, struct rd_str uri,
					 unsigned hops, struct rd_str mark)
{
	client_make_branch(layer, layer->branch);
	mark_branch(layer, SIP_BRANCH_CHARS, mark);
	return begin(layer, flow, method, uri, hops);
}

struct sip_out *sip_request_begin_stateless(struct sip_transactions *layer,
					    const struct sip_flow *flow,
					    struct rd_str method, struct rd_str uri,
					    unsigned hops, struct rd_str mark)
{
	memcpy(layer->branch, SIP_MAGIC_COOKIE, SIP_MAGIC_COOKIE_CHARS);
	mark_branch(layer, SIP_MAGIC_COOKIE_CHARS, mark);
	return begin(layer, flow, method, uri, hops);
}

void sip_request_persist(struct sip_transactions *layer)
{
	layer->begun_persists = true;
}

void sip_request_account(struct sip_transactions *layer, const void *account)
{
	layer->begun_account = layer->authenticator ? account : NULL;
}

/* From now on a 401 to it is answered. */
static void keep_account(struct sip_client *client, const void *account)
{
	if (!account)
		return;
	client->txn.layer->authenticator->hold(account);
	client->account = account;
}

int sip_request_send(struct sip_transactions *layer, struct sip_client **cp,
		     const struct sip_flow *flow, struct sip_out *out,
		     const struct sip_client_user *user, void *arg)
{
	struct sending sending = {
		.flow = flow,
		.method = layer->begun_method,
		.branch = { layer->branch, layer->branch_size },
		.user = user,
		.arg = arg,
		.persists = layer->begun_persists,
	};
	struct sip_client *client;
	int rc = sip_out_end(out);

	rd_assert(out == &layer->out);
	if (rc)
		return rc;
	if (rd_str_eq(sending.method, RD_STR("ACK")))
		return -EINVAL;
	sending.text = sip_out_text(out);
	rc = large_start(layer, &client, &sending);
	if (rc == -EMSGSIZE)
		rc = client_start(layer, &client, &sending);
	if (rc)
		return rc;
	keep_account(client, layer->begun_account);
	client_keep_way(client);
	if (cp)
		*cp = client;
	return 0;
}

int sip_ack_send(struct sip_transactions *layer, const struct sip_flow *flow,
		 struct sip_out *out)
{
	int rc = sip_out_end(out);

	rd_assert(out == &layer->out);
	if (rc)
		return rc;
	layer->counts.requests_out[SIP_ACK]++;
	rc = sip_flow_send(flow, out->p, out->n);
	return flow_loses(flow, rc) ? 0 : rc; /* the 2xx comes again */
}
