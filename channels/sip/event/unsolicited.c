/* NOTIFYs that nobody asked for: lamps of phones that know no SUBSCRIBE for them
 * (message-waiting). Each goes to a registered device, in no dialog; its answer
 * changes nothing. */
#include "../our_headers.h"
#include "event.h"

static void print_end(struct sip_out *out, enum sip_header_id id, struct rd_str user,
		      struct rd_str host, const char *tag)
{
	sip_out_header_begin(out, id);
	sip_out_cstr(out, "<sip:");
	sip_out_escaped_user(out, user);
	sip_out_char(out, '@');
	sip_out_str(out, host);
	sip_out_char(out, '>');
	if (tag) {
		sip_out_cstr(out, ";tag=");
		sip_out_cstr(out, tag);
	}
	sip_out_crlf(out);
}

static void print_dialog(struct sip_out *out, const struct sip_endpoint *endpoint,
			 const struct sip_flow *flow)
{
	char tag[SIP_TAG_LENGTH + 1], call_id[25], host[SIP_SOCKADDR_TEXT];
	struct rd_str name = rd_str_of(endpoint->name), ours = sip_our_host(flow, host);

	rd_random_token(tag, SIP_TAG_LENGTH);
	rd_random_token(call_id, sizeof(call_id) - 1);
	print_end(out, SIP_H_FROM, name, ours, tag);
	print_end(out, SIP_H_TO, name, ours, NULL);
	sip_out_header(out, SIP_H_CALL_ID, rd_str_of(call_id));
	sip_out_cseq(out, 1, RD_STR("NOTIFY"));
}

static int tell_contact(const struct sip_endpoint *endpoint, const struct sip_contact *contact,
			const char *event, const char *type, struct rd_str body)
{
	struct sip_out *out = sip_request_begin(sip.transactions, &contact->flow,
						RD_STR("NOTIFY"), contact->uri);

	print_dialog(out, endpoint, &contact->flow);
	sip_print_contact(out, &contact->flow);
	sip_print_agent(out, false);
	sip_out_header(out, SIP_H_EVENT, rd_str_of(event));
	/* What Asterisk sends, and so what phones expect. */
	sip_out_header(out, SIP_H_SUBSCRIPTION_STATE, RD_STR("terminated"));
	sip_out_body(out, rd_str_of(type), body);
	sip_request_account(sip.transactions, sip_endpoint_account(endpoint));
	return sip_request_send(sip.transactions, NULL, &contact->flow, out, NULL, NULL);
}

int sip_tell_phone(const char *phone, const char *event, const char *type, struct rd_str body)
{
	const struct sip_endpoint *endpoint = sip_settings_find(sip.settings, rd_str_of(phone));
	const struct sip_aor *aor = sip_location_find(sip.location, rd_str_of(phone));
	int rc = -ENOTCONN;

	if (!endpoint || !aor)
		return endpoint ? -ENOTCONN : -ENOENT;
	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = rd_list_entry(node, struct sip_contact, link);
		int one = tell_contact(endpoint, contact, event, type, body);

		rc = rc ? one : rc;
	}
	return rc;
}
