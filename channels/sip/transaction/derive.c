/* The requests that an INVITE client transaction makes by itself, out of the
 * INVITE that it keeps: ACK to a non-2xx, and CANCEL. */
#include "channels/sip/transaction/private.h"

const struct sip_msg *client_parse_own(struct sip_client *client)
{
	struct sip_transactions *layer = client->txn.layer;
	struct sip_msg *own = &layer->own.msg;
	struct sip_error error;
	int rc = sip_msg_parse(&layer->own, (char *)client->request.p, client->request.n,
			       &error);

	return !rc || (own->via.text.n && own->has_cseq) ? own : NULL;
}

/* What ACK and CANCEL take from the INVITE: request-URI, the topmost Via,
 * Route, From, Call-ID, the number of CSeq. To differs. */
static void begin(struct sip_out *out, struct sip_transactions *layer,
		  const struct sip_msg *invite, struct rd_str method, struct rd_str to)
{
	sip_out_init(out, layer->derived, sizeof(layer->derived));
	sip_out_request_line(out, method, invite->uri);
	sip_out_header(out, SIP_H_VIA, invite->via.text);
	sip_out_copy(out, invite, SIP_H_ROUTE);
	sip_out_header_number(out, SIP_H_MAX_FORWARDS, SIP_MAX_FORWARDS);
	if (rd_str_eq(method, RD_STR("ACK"))) { /* §22.1: as the INVITE */
		sip_out_copy(out, invite, SIP_H_AUTHORIZATION);
		sip_out_copy(out, invite, SIP_H_PROXY_AUTHORIZATION);
	}
	sip_out_copy(out, invite, SIP_H_FROM);
	sip_out_header(out, SIP_H_TO, to);
	sip_out_copy(out, invite, SIP_H_CALL_ID);
	sip_out_cseq(out, invite->cseq.number, method);
	sip_out_copy(out, invite, SIP_H_SESSION_ID);
}

int derive_ack(struct sip_client *client, const struct sip_msg *response)
{
	struct sip_transactions *layer = client->txn.layer;
	const struct sip_msg *invite = client_parse_own(client);
	struct sip_out out;
	int rc;

	if (!invite)
		return -EINVAL;
	begin(&out, layer, invite, RD_STR("ACK"), sip_msg_value(response, SIP_H_TO));
	rc = sip_out_end(&out);
	layer->counts.requests_out[SIP_ACK] += rc == 0;
	return rc ? rc : txn_send_or_lose(&client->txn, sip_out_text(&out));
}

int derive_cancel(struct sip_client *client, struct rd_str extra)
{
	struct sip_transactions *layer = client->txn.layer;
	const struct sip_msg *invite = client_parse_own(client);
	struct sending sending = { .flow = &client->txn.flow,
				   .method = RD_STR("CANCEL"),
				   .branch = client->branch,
				   .persists = true };
	struct sip_out out;
	int rc;

	if (!invite)
		return -EINVAL;
	begin(&out, layer, invite, sending.method, sip_msg_value(invite, SIP_H_TO));
	sip_out_str(&out, extra);
	rc = sip_out_end(&out);
	if (rc)
		return rc;
	sending.text = sip_out_text(&out);
	return client_start(layer, NULL, &sending);
}
