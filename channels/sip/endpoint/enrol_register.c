/* The REGISTER of ours: how it is printed and sent. */
#include <stdio.h>

#include <ringdown/log.h>
#include <ringdown/store.h>

#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/enrol_private.h"
#include "channels/sip/our_headers.h"

/* ---- who we are ---- */

#define URN	      "urn:uuid:"
#define INSTANCE_SIZE (sizeof(URN) - 1 + RD_UUID)

/* The store has it over restarts. */
struct rd_str enrol_instance(void)
{
	static char instance[INSTANCE_SIZE];
	const char *stored;

	if (instance[0])
		return rd_str_of(instance);
	if (rd_db_get("sip", "instance", sip.scratch, &stored) == 0 &&
	    rd_strcpyn(instance, sizeof(instance), rd_str_of(stored)))
		return rd_str_of(instance);
	memcpy(instance, URN, sizeof(URN) - 1);
	rd_random_uuid(instance + sizeof(URN) - 1);
	if (rd_db_put("sip", "instance", instance))
		rd_notice("sip: the name of this instance lasts until it stops");
	return rd_str_of(instance);
}

/* ---- printing ---- */

/* Does the registrar learn which flow this is (RFC 5626 §4.2.1)? */
static bool names_flow(const struct enrolment *enrolment)
{
	return enrolment->endpoint->outbound && !enrolment->plain;
}

/* Of many numbers it would be many (RFC 6140 §7.1): each call has our address. */
static bool wants_gruu(const struct enrolment *enrolment)
{
	return enrolment->endpoint->gruu && !enrolment->endpoint->register_gin;
}

static void print_contact_uri(const struct enrolment *enrolment, const struct sip_flow *flow,
			      char text[ENROL_CONTACT_SIZE])
{
	struct sip_out out;

	sip_out_init(&out, text, ENROL_CONTACT_SIZE - 1);
	out.secure = enrolment->endpoint->register_secure;
	sip_out_cstr(&out, enrol_scheme(enrolment->endpoint));
	if (!enrolment->endpoint->register_gin) {
		sip_out_escaped_user(&out, rd_str_of(enrol_contact_user(enrolment->endpoint)));
		sip_out_char(&out, '@');
	}
	sip_print_us(&out, flow);
	if (enrolment->line[0]) {
		sip_out_cstr(&out, ";line=");
		sip_out_cstr(&out, enrolment->line);
	}
	if (names_flow(enrolment))
		sip_out_cstr(&out, ";ob");
	if (enrolment->endpoint->register_gin)
		sip_out_cstr(&out, ";bnc");
	text[out.overflow ? 0 : sip_out_text(&out).n] = '\0';
}

/* Nothing new comes by a socket that leaves. */
static bool flow_leaves(const struct enrolment *enrolment)
{
	const struct sip_transport *transport = enrolment->flow.way.transport;

	return transport && (transport->leaves || transport->closed);
}

static bool has_moved(const struct enrolment *enrolment)
{
	char contact[ENROL_CONTACT_SIZE];

	if (flow_leaves(enrolment))
		return true;
	print_contact_uri(enrolment, &enrolment->flow.way, contact);
	return strcmp(contact, enrolment->contact) != 0;
}

void enrol_keep_up(struct enrolment *enrolment)
{
	if (flow_leaves(enrolment))
		enrol_flow_drop(enrolment);
	if (enrolment->state == ENROL_REGISTERED && !enrolment->request && has_moved(enrolment))
		rd_timer_start(&enrolment->timer, 0);
}

void sip_enrolments_moved(void)
{
	rd_list_foreach(node, tmp, enrol_all())
		if (!enrol_of(node)->leaves)
			enrol_keep_up(enrol_of(node));
}

/* Without a port: it is the address of a person, not of a machine. */
static int print_record(struct sip_out *aor, const struct sip_endpoint *endpoint)
{
	char text[256];
	struct sip_uri uri;
	struct sip_out host;

	sip_out_cstr(aor, enrol_scheme(endpoint));
	if (endpoint->register_as) {
		sip_out_cstr(aor, endpoint->register_as);
		return aor->overflow ? -EMSGSIZE : 0;
	}
	sip_out_init(&host, text, sizeof(text));
	sip_out_cstr(&host, "sip:");
	sip_out_cstr(&host, endpoint->from_domain ? endpoint->from_domain : enrol_server(endpoint));
	if (host.overflow || sip_uri_parse(&uri, sip_out_text(&host), NULL))
		return -EINVAL;
	sip_out_escaped_user(aor, rd_str_of(enrol_user(endpoint)));
	sip_out_char(aor, '@');
	sip_out_hostport(aor, uri.host, 0);
	return aor->overflow ? -EMSGSIZE : 0;
}

bool enrol_takes_back(const struct enrolment *enrolment)
{
	return enrolment->bound[0] && enrolment->until_ms > rd_now_ms() &&
	       !enrol_same_contact(rd_str_of(enrolment->bound), rd_str_of(enrolment->contact));
}

/* Who knows no instances would call us where we were, too (RFC 3261 §10.2.2). */
static void print_former_contact(const struct enrolment *enrolment, struct sip_out *out)
{
	sip_out_header_begin(out, SIP_H_CONTACT);
	sip_out_char(out, '<');
	sip_out_cstr(out, enrolment->bound);
	sip_out_cstr(out, ">;expires=0");
	sip_out_crlf(out);
}

static void print_contact(const struct enrolment *enrolment, struct sip_out *out)
{
	bool named = names_flow(enrolment);

	sip_out_header_begin(out, SIP_H_CONTACT);
	sip_out_char(out, '<');
	sip_out_cstr(out, enrolment->contact);
	sip_out_char(out, '>');
	if (named || wants_gruu(enrolment)) {
		sip_out_cstr(out, ";+sip.instance=\"<");
		sip_out_str(out, enrol_instance());
		sip_out_cstr(out, ">\"");
	}
	if (named) {
		sip_out_cstr(out, ";reg-id=");
		sip_out_number(out, enrolment->reg_id);
	}
	sip_out_crlf(out);
}

static void print_supported(const struct enrolment *enrolment, struct sip_out *out)
{
	sip_out_header_begin(out, SIP_H_SUPPORTED);
	sip_out_cstr(out, "path");
	if (names_flow(enrolment))
		sip_out_cstr(out, ", outbound");
	if (wants_gruu(enrolment))
		sip_out_cstr(out, ", gruu");
	sip_out_crlf(out);
}

/* The registrar, and every proxy on the way, has to know what a Contact without a user
 * means (RFC 6140 §5.1). */
static void print_required(const struct enrolment *enrolment, struct sip_out *out)
{
	if (!enrolment->endpoint->register_gin)
		return;
	sip_out_header(out, SIP_H_REQUIRE, RD_STR("gin"));
	sip_out_header(out, SIP_H_PROXY_REQUIRE, RD_STR("gin"));
}

static void print_route(const struct enrolment *enrolment, struct sip_out *out)
{
	const char *proxy = enrol_proxy(enrolment->endpoint, enrolment->reg_id);

	if (proxy)
		sip_out_name_addr(out, SIP_H_ROUTE, (struct rd_str){ 0 }, rd_str_of(proxy),
				  (struct rd_str){ 0 });
}

static int print_server(struct sip_out *uri, const struct enrolment *enrolment)
{
	const char *elsewhere = enrolment->redirected_to;

	if (!elsewhere)
		sip_out_cstr(uri, enrol_scheme(enrolment->endpoint));
	sip_out_cstr(uri, elsewhere ? elsewhere : enrol_server(enrolment->endpoint));
	return uri->overflow ? -EMSGSIZE : 0;
}

/* Not asked for this time, perhaps, but the last time. */
static void print_credentials(const struct enrolment *enrolment, struct sip_out *out)
{
	char text[256];
	struct sip_out uri;

	sip_out_init(&uri, text, sizeof(text));
	if (enrolment->credentials && print_server(&uri, enrolment) == 0)
		sip_credentials_print(enrolment->credentials, out, RD_STR("REGISTER"),
				      sip_out_text(&uri), RD_STR(""));
}

struct sip_credentials **sip_enrol_credentials(const struct sip_msg *request)
{
	if (request->method != SIP_REGISTER)
		return NULL;
	rd_list_foreach(node, tmp, enrol_all())
		if (rd_str_eq(request->call_id, rd_str_of(enrol_of(node)->call_id)))
			return &enrol_of(node)->credentials;
	return NULL;
}

static int print(void *arg, struct sip_out *out, const struct sip_flow *flow)
{
	struct enrolment *enrolment = arg;
	const struct rd_str none = { 0 };
	char record[256];
	struct sip_out aor;
	int rc;

	sip_out_init(&aor, record, sizeof(record));
	rc = print_record(&aor, enrolment->endpoint);
	if (rc)
		return rc;
	print_contact_uri(enrolment, flow, enrolment->contact);
	if (!enrolment->contact[0])
		return -EMSGSIZE;
	print_route(enrolment, out);
	sip_out_name_addr(out, SIP_H_FROM, none, sip_out_text(&aor), rd_str_of(enrolment->tag));
	sip_out_name_addr(out, SIP_H_TO, none, sip_out_text(&aor), none);
	sip_out_header(out, SIP_H_CALL_ID, rd_str_of(enrolment->call_id));
	sip_out_cseq(out, enrolment->cseq, RD_STR("REGISTER"));
	print_contact(enrolment, out);
	if (enrol_takes_back(enrolment))
		print_former_contact(enrolment, out);
	print_supported(enrolment, out);
	print_required(enrolment, out);
	sip_out_header_number(out, SIP_H_EXPIRES, enrolment->leaves ? 0 : enrolment->expires_s);
	print_credentials(enrolment, out);
	sip_print_agent(out, false);
	return 0;
}

static const struct sip_outside_user user = { .print = print,
					      .response = enrol_response,
					      .failed = enrol_failed };

/* ---- sending ---- */

/* What is out is not waited for. */
static void forget(struct enrolment *enrolment)
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
		.next = rd_str_of(enrol_proxy(endpoint, enrolment->reg_id)),
		.flow = enrolment->flow.stands ? &enrolment->flow.way : NULL,
		.transport = endpoint->transport,
		.account = sip_endpoint_account(endpoint),
	};
	char uri[256];
	struct sip_out out;

	forget(enrolment);
	sip_out_init(&out, uri, sizeof(uri));
	if (print_server(&out, enrolment))
		return -EMSGSIZE;
	params.uri = sip_out_text(&out);
	if (enrolment->unsure && !enrolment->leaves)
		enrolment->plain = enrolment->unsure = false;
	enrolment->again = false;
	enrolment->cseq++;
	return sip_outside_send(&enrolment->request, &params, &user, enrolment);
}
