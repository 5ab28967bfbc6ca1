/* The REGISTER of ours: how it is printed and sent. */
#include "channels/sip/endpoint/enrol_private.h"
#include "channels/sip/endpoint/proxy_route.h"
#include "channels/sip/our_headers.h"

/* ---- printing ---- */

static void keep_contact(struct enrolment *enrolment, const struct sip_flow *flow)
{
	struct sip_out out;

	sip_out_init(&out, enrolment->contact, sizeof(enrolment->contact) - 1);
	sip_out_cstr(&out, "sip:");
	sip_out_escaped_user(&out, rd_str_of(enrol_user(enrolment->endpoint)));
	sip_out_char(&out, '@');
	sip_print_us(&out, flow);
	enrolment->contact[out.overflow ? 0 : sip_out_text(&out).n] = '\0';
}

/* Without a port: it is the address of a person, not of a machine. */
static int print_record(struct sip_out *aor, const struct sip_endpoint *endpoint)
{
	char text[256];
	struct sip_uri uri;
	struct sip_out host;

	sip_out_init(&host, text, sizeof(text));
	sip_out_cstr(&host, "sip:");
	sip_out_cstr(&host, endpoint->from_domain ? endpoint->from_domain : endpoint->host);
	if (host.overflow || sip_uri_parse(&uri, sip_out_text(&host), NULL))
		return -EINVAL;
	sip_out_cstr(aor, "sip:");
	sip_out_escaped_user(aor, rd_str_of(enrol_user(endpoint)));
	sip_out_char(aor, '@');
	sip_out_hostport(aor, uri.host, 0);
	return aor->overflow ? -EMSGSIZE : 0;
}

static int print(void *arg, struct sip_out *out, const struct sip_flow *flow)
{
	struct enrolment *enrolment = arg;
	char record[256], proxy[SIP_PROXY_ROUTE];
	const struct rd_str none = { 0 };
	struct rd_str route;
	struct sip_out aor;
	int rc;

	sip_out_init(&aor, record, sizeof(record));
	rc = print_record(&aor, enrolment->endpoint);
	if (rc == 0)
		rc = sip_print_proxy_route(enrolment->endpoint, proxy, &route);
	if (rc)
		return rc;
	keep_contact(enrolment, flow);
	if (!enrolment->contact[0])
		return -EMSGSIZE;
	if (route.n)
		sip_out_header(out, SIP_H_ROUTE, route);
	sip_out_name_addr(out, SIP_H_FROM, none, sip_out_text(&aor), rd_str_of(enrolment->tag));
	sip_out_name_addr(out, SIP_H_TO, none, sip_out_text(&aor), none);
	sip_out_header(out, SIP_H_CALL_ID, rd_str_of(enrolment->call_id));
	sip_out_cseq(out, enrolment->cseq, RD_STR("REGISTER"));
	sip_out_name_addr(out, SIP_H_CONTACT, none, rd_str_of(enrolment->contact), none);
	sip_out_header_number(out, SIP_H_EXPIRES, enrolment->leaves ? 0 : enrolment->expires_s);
	sip_print_agent(out, false);
	return 0;
}

static const struct sip_outside_user user = { .print = print,
					      .response = enrol_response,
					      .failed = enrol_failed };

/* ---- sending ---- */

void enrol_forget(struct enrolment *enrolment)
{
	if (!enrolment->request)
		return;
	sip_outside_forget(enrolment->request);
	enrolment->request = NULL;
	enrolment->cseq += SIP_RETRIES_MAX; /* challenges may have been answered */
}

int enrol_send(struct enrolment *enrolment)
{
	const struct sip_endpoint *endpoint = enrolment->endpoint;
	struct sip_outside_params params = {
		.method = RD_STR("REGISTER"),
		.next = rd_str_of(endpoint->outbound_proxy),
		.transport = endpoint->transport,
		.account = sip_endpoint_account(endpoint),
	};
	char uri[256];
	struct sip_out out;

	enrol_forget(enrolment);
	if (!sip.transactions)
		return -EHOSTUNREACH;
	sip_out_init(&out, uri, sizeof(uri));
	sip_out_cstr(&out, "sip:");
	sip_out_cstr(&out, endpoint->host);
	if (out.overflow)
		return -EMSGSIZE;
	params.uri = sip_out_text(&out);
	enrolment->again = false;
	enrolment->cseq++;
	return sip_outside_send(&enrolment->request, &params, &user, enrolment);
}
