/* Answers that a proxy passes on (RFC 3261 §16.7 step 9): printed as they came, but
 * for the Via. */
#include "channels/sip/transaction/private.h"

static bool is_printed_apart(const struct sip_header *header)
{
	return header->id == SIP_H_VIA || header->id == SIP_H_CONTENT_LENGTH;
}

static int print_relayed(struct sip_out *out, const struct sip_msg *response,
			 struct rd_str lines)
{
	size_t before;

	sip_out_cstr(out, "SIP/2.0 ");
	sip_out_number(out, response->status);
	sip_out_char(out, ' ');
	sip_out_str(out, response->reason);
	sip_out_crlf(out);
	before = out->n;
	sip_out_lower_vias(out, response);
	if (out->n == before)
		return -EINVAL;
	for (unsigned i = 0; i < response->header_count; i++)
		if (!is_printed_apart(&response->headers[i]))
			sip_out_header_named(out, response->headers[i].name,
					     response->headers[i].value);
	sip_out_str(out, lines);
	sip_out_body(out, (struct rd_str){ 0 }, response->body);
	return 0;
}

/* RFC 6026 §7.1: every 2xx goes back, whichever phone answered and how often. */
static bool is_further_2xx(const struct sip_server *server, const struct sip_msg *response)
{
	return server->txn.state == SIP_TXN_ACCEPTED && response->status >= 200 &&
	       response->status < 300;
}

int sip_server_relay(struct sip_server *server, const struct sip_msg *response,
		     struct rd_str lines)
{
	struct sip_transactions *layer = server->txn.layer;
	struct sip_out *out = &layer->out;
	int rc;

	RD_CHECK(server, SIP_SERVER_MAGIC);
	sip_out_init(out, layer->buffer, sizeof(layer->buffer));
	layer->begun_status = response->status;
	rc = print_relayed(out, response, lines);
	if (rc)
		return rc;
	if (!is_further_2xx(server, response))
		return sip_reply_send(server, out);
	rc = sip_out_end(out);
	return rc ? rc : txn_send_answer(&server->txn, sip_out_text(out));
}
