/* A request of ours that was refused with 401 or 407 is sent once more with
 * credentials (RFC 3261 §22.2). The user's client stands for the new attempt; a
 * stand-in without a user absorbs what still comes for the old one. Whose password
 * it is, the authenticator knows. */
#include "channels/sip/transaction/private.h"

/* The topmost Via as it was, but for its branch. */
static void print_via(struct sip_out *out, const struct sip_via *via, struct rd_str branch)
{
	const char *after = via->branch.p + via->branch.n;

	sip_out_header_begin(out, SIP_H_VIA);
	sip_out_add(out, via->text.p, (size_t)(via->branch.p - via->text.p));
	sip_out_str(out, branch);
	sip_out_add(out, after, (size_t)(via->text.p + via->text.n - after));
	sip_out_crlf(out);
}

static void print_header(struct sip_out *out, const struct sip_header *header)
{
	switch ((enum sip_header_id)header->id) {
	case SIP_H_VIA:
	case SIP_H_CSEQ:
	case SIP_H_AUTHORIZATION:
	case SIP_H_PROXY_AUTHORIZATION:
	case SIP_H_CONTENT_TYPE:
	case SIP_H_CONTENT_LENGTH:
		return;
	default:
		sip_out_header_named(out, header->name, header->value);
	}
}

/* 0, or why there is nothing to send. */
static int print_again(struct sip_client *client, const struct sip_msg *own,
		       const struct sip_msg *response, struct rd_str branch,
		       struct sip_out *out)
{
	struct sip_transactions *layer = client->txn.layer;
	const struct sip_authenticator *authenticator = layer->authenticator;
	struct sip_refused refused = { .request = own,
				       .response = response,
				       .account = client->account,
				       .attempts = client->attempts,
				       .cseq = own->cseq.number + 1 };
	int rc;

	sip_out_init(out, layer->derived, sizeof(layer->derived));
	sip_out_request_line(out, own->method_name, own->uri);
	print_via(out, &own->via, branch);
	for (unsigned i = 0; i < own->header_count; i++)
		print_header(out, &own->headers[i]);
	rc = authenticator->answer(authenticator->arg, &refused, out);
	if (rc)
		return rc;
	sip_out_cseq(out, refused.cseq, own->method_name);
	if (own->body.n)
		sip_out_body(out, sip_msg_value(own, SIP_H_CONTENT_TYPE), own->body);
	return sip_out_end(out);
}

int client_retry(struct sip_client *client, const struct sip_msg *response)
{
	const struct sip_msg *own;
	char branch[SIP_BRANCH_CHARS];
	const struct rd_str branch_text = { branch, sizeof(branch) };
	struct sip_out out;
	int rc;

	if (!client->account || client->attempts == SIP_RETRIES_MAX || client->cancel_wanted ||
	    client->cancel_sent)
		return -EACCES;
	own = client_parse_own(client);
	if (!own)
		return -EINVAL;
	client_make_branch(client->txn.layer, branch);
	rc = print_again(client, own, response, branch_text, &out);
	if (rc == 0)
		rc = client_replace(client, own->method_name, branch_text,
				    sip_out_text(&out));
	if (rc)
		return rc;
	client->attempts++;
	rd_timer_stop(&client->txn.expire);
	rc = client_launch(client);
	if (rc)
		client_give_up(client, rc);
	return 0;
}

void client_accepted(struct sip_client *client, const struct sip_msg *response)
{
	const struct sip_authenticator *authenticator = client->txn.layer->authenticator;
	const struct sip_msg *own;

	if (!client->account || response->status >= 300 ||
	    !sip_msg_header(response, SIP_H_AUTHENTICATION_INFO))
		return;
	own = client_parse_own(client);
	if (own)
		authenticator->accepted(authenticator->arg, own, response);
}
