/* The question is an OPTIONS that nothing is kept of: its From tag is a nonce that only
 * this address was told. Whoever repeats his request without answering has in the end
 * sent so much that what must follow fits into it. */
#include "channels/sip/driver.h"
#include "channels/sip/endpoint/location.h"
#include "channels/sip/endpoint/proof.h"
#include "channels/sip/our_headers.h"

/* What must be left for a request of who does not answer: for a call 100 or 180 and a 200
 * with its description, for others a 200. What would have us send more is not taken. */
static size_t enough_for(enum sip_method method)
{
	switch (method) {
	case SIP_INVITE:
		return 2000;
	case SIP_REGISTER:
	case SIP_MESSAGE:
		return 700;
	default:
		return SIZE_MAX;
	}
}

static struct sip_out *print_question(const struct sip_flow *flow)
{
	char uri[8 + SIP_SOCKADDR_TEXT] = "sip:", us[8 + SIP_SOCKADDR_TEXT] = "sip:";
	char nonce[SIP_NONCE_TEXT], call_id[17];
	struct sip_out *out;

	sip_sockaddr_text(&flow->peer, uri + 4);
	sip_sockaddr_text(sip_flow_sent_by(flow), us + 4);
	sip_nonces_make(sip.nonces, &flow->peer, nonce);
	rd_random_token(call_id, sizeof(call_id) - 1);
	out = sip_request_begin_hops(sip.transactions, flow, RD_STR("OPTIONS"), rd_str_of(uri),
				     SIP_MAX_FORWARDS);
	sip_out_name_addr(out, SIP_H_FROM, (struct rd_str){ 0 }, rd_str_of(us), rd_str_of(nonce));
	sip_out_name_addr(out, SIP_H_TO, (struct rd_str){ 0 }, rd_str_of(uri),
			  (struct rd_str){ 0 });
	sip_out_header(out, SIP_H_CALL_ID, rd_str_of(call_id));
	sip_out_cseq(out, 1, RD_STR("OPTIONS"));
	return sip_out_end(out) ? NULL : out;
}

void sip_proof_ask(const struct sip_flow *flow)
{
	struct sip_out *out = print_question(flow);

	if (out && sip_guard_ask(sip.guard, flow, out->n))
		sip_flow_send(flow, out->p, out->n); /* when it is lost, the next will do */
}

bool sip_proof_given(struct sip_server *server, const struct sip_msg *msg)
{
	const struct sip_flow *flow = sip_server_flow(server);

	if (sip_guard_is_proven(sip.guard, flow))
		return true;
	sip_proof_ask(flow);
	if (sip_guard_credit(sip.guard, &flow->peer) >= enough_for(msg->method))
		return true;
	sip_server_ignore(server);
	return false;
}

bool sip_proof_lacks(const struct sip_contact *contact)
{
	return contact->unproven && !sip_guard_is_proven(sip.guard, &contact->flow);
}

void sip_proof_heard(const struct sip_msg *msg)
{
	if (sip_nonces_know(sip.nonces, &msg->source, msg->from.tag))
		sip_guard_proven(sip.guard, &msg->source);
}
