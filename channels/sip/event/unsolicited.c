/* NOTIFYs that nobody asked for: lamps of phones that know no SUBSCRIBE for them
 * (message-waiting). Each goes to a registered device, in no dialog; its answer
 * changes nothing. */
#include "channels/sip/our_headers.h"
#include "channels/sip/outside.h"
#include "channels/sip/endpoint/proof.h"
#include "channels/sip/event/event.h"

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

/* What one device is told. */
struct news {
	const struct sip_endpoint *endpoint;
	const struct sip_contact *contact;
	const char *event, *type;
	struct rd_str body;
};

static int print(void *arg, struct sip_out *out, const struct sip_flow *flow)
{
	const struct news *news = arg;

	if (news->contact->path.n)
		sip_out_header(out, SIP_H_ROUTE, news->contact->path);
	print_dialog(out, news->endpoint, flow);
	sip_print_contact(out, flow);
	sip_print_agent(out, false);
	sip_out_header(out, SIP_H_EVENT, rd_str_of(news->event));
	/* What Asterisk sends, and so what phones expect. */
	sip_out_header(out, SIP_H_SUBSCRIPTION_STATE, RD_STR("terminated"));
	sip_out_body(out, rd_str_of(news->type), news->body);
	return 0;
}

/* The news are gone by now. */
static void failed(void *arg, int rc)
{
	(void)arg, (void)rc;
}

static const struct sip_outside_user user = { .print = print, .failed = failed };

static int tell_contact(struct news *news, struct sip_contact *contact)
{
	struct sip_flow flow;
	const struct sip_outside_params params = {
		.method = RD_STR("NOTIFY"),
		.uri = contact->uri,
		.account = sip_endpoint_account(news->endpoint),
		.flow = &flow,
	};
	int rc = sip_proof_lacks(contact) ? -EACCES : sip_contact_way(contact, &flow);

	news->contact = contact;
	return rc ? rc : sip_outside_send(NULL, &params, &user, news);
}

int sip_tell_phone(const char *phone, const char *event, const char *type, struct rd_str body)
{
	const struct sip_endpoint *endpoint = sip_settings_find(sip.settings, rd_str_of(phone));
	const struct sip_aor *aor = sip_location_find(sip.location, rd_str_of(phone));
	struct news news = { endpoint, NULL, event, type, body };
	int rc = -ENOTCONN;

	if (!endpoint || !aor)
		return endpoint ? -ENOTCONN : -ENOENT;
	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = rd_list_entry(node, struct sip_contact, link);
		int one = tell_contact(&news, contact);

		rc = rc ? one : rc;
	}
	return rc;
}
