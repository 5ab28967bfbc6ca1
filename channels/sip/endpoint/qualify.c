/* OPTIONS to registered contacts: any final answer says that it is there, silence
 * that it is not. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "channels/sip/driver.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/outside.h"
#include "channels/sip/endpoint/proof.h"
#include "channels/sip/endpoint/qualify.h"

struct sip_probe {
	struct sip_contact *contact;
	struct rd_timer timer;	   /* the next question */
	struct rd_timer patience;  /* the answer is overdue */
	struct sip_outside *question; /* NULL: none is out */
	uint64_t asked_us;
	unsigned rtt_us;
	enum sip_reach reach;
};

enum sip_reach sip_contact_reach(const struct sip_contact *contact)
{
	return contact->probe ? contact->probe->reach : SIP_REACH_UNKNOWN;
}

unsigned sip_contact_rtt_us(const struct sip_contact *contact)
{
	return contact->probe ? contact->probe->rtt_us : 0;
}

static const struct sip_endpoint *endpoint_of(const struct sip_contact *contact)
{
	return sip.settings ? sip_settings_find(sip.settings, rd_str_of(contact->aor->name))
			    : NULL;
}

/* ---- answers ---- */

static void ask_again(struct sip_probe *probe)
{
	const struct sip_endpoint *endpoint = endpoint_of(probe->contact);

	rd_timer_stop(&probe->patience);
	if (endpoint && endpoint->qualify_ms)
		rd_timer_start(&probe->timer, endpoint->qualify_ms);
}

static void learned(struct sip_probe *probe, enum sip_reach reach)
{
	const struct sip_contact *contact = probe->contact;
	bool changed = probe->reach != reach;

	probe->reach = reach;
	ask_again(probe);
	if (!changed)
		return;
	if (reach == SIP_REACHABLE)
		rd_verbose("sip/%s: %.*s answers, after %u ms", contact->aor->name,
			   RD_STR_ARG(contact->uri), probe->rtt_us / 1000);
	else
		rd_notice("sip/%s: %.*s does not answer any more", contact->aor->name,
			  RD_STR_ARG(contact->uri));
	sip_contact_reached(contact, reach == SIP_REACHABLE);
}

static void forget(struct sip_probe *probe)
{
	sip_outside_forget(probe->question);
	probe->question = NULL;
}

/* The proxy on the way could not reach it. */
static bool speaks_for_another(unsigned status)
{
	return status == 408 || status == 430 || status == 503;
}

/* A device that says by its refusal that it takes no calls, as servers do. */
static bool wants_2xx(const struct sip_contact *contact)
{
	const struct sip_endpoint *endpoint = endpoint_of(contact);

	return endpoint && endpoint->qualify_2xx;
}

static void answered(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	struct sip_probe *probe = arg;

	(void)flow;
	if (msg->status < 200)
		return;
	probe->question = NULL;
	if (probe->contact->path.n && speaks_for_another(msg->status)) {
		learned(probe, SIP_UNREACHABLE);
		return;
	}
	if (msg->status >= 300 && wants_2xx(probe->contact)) {
		learned(probe, SIP_UNREACHABLE);
		return;
	}
	probe->rtt_us = (unsigned)(rd_now_us() - probe->asked_us);
	learned(probe, SIP_REACHABLE);
}

static void failed(void *arg, int rc)
{
	struct sip_probe *probe = arg;

	(void)rc;
	probe->question = NULL;
	learned(probe, SIP_UNREACHABLE);
}

static void overdue(void *arg)
{
	struct sip_probe *probe = arg;

	forget(probe);
	learned(probe, SIP_UNREACHABLE);
}

/* ---- questions ---- */

static void print_side(struct sip_out *out, enum sip_header_id id, const char *name,
		       const struct sip_flow *flow, struct rd_str tag)
{
	char uri[256], host[SIP_SOCKADDR_TEXT];
	struct sip_out text;

	sip_out_init(&text, uri, sizeof(uri));
	sip_out_cstr(&text, "sip:");
	sip_out_escaped_user(&text, rd_str_of(name));
	sip_out_char(&text, '@');
	sip_out_str(&text, sip_our_host(flow, host));
	sip_out_name_addr(out, id, (struct rd_str){ 0 }, sip_out_text(&text), tag);
}

static int print(void *arg, struct sip_out *out, const struct sip_flow *flow)
{
	const struct sip_probe *probe = arg;
	const struct sip_contact *contact = probe->contact;
	char tag[SIP_TAG_LENGTH + 1], call_id[25];

	rd_random_token(tag, SIP_TAG_LENGTH);
	rd_random_token(call_id, sizeof(call_id) - 1);
	if (contact->path.n)
		sip_out_header(out, SIP_H_ROUTE, contact->path);
	print_side(out, SIP_H_FROM, "qualify", flow, rd_str_of(tag));
	print_side(out, SIP_H_TO, contact->aor->name, flow, (struct rd_str){ 0 });
	sip_out_header(out, SIP_H_CALL_ID, rd_str_of(call_id));
	sip_out_cseq(out, 1, RD_STR("OPTIONS"));
	sip_print_contact(out, flow);
	sip_print_agent(out, false);
	return 0;
}

static const struct sip_outside_user user = {
	.print = print,
	.response = answered,
	.failed = failed,
};

static int send_options(struct sip_probe *probe, const struct sip_endpoint *endpoint)
{
	struct sip_flow flow;
	const struct sip_outside_params params = { .method = RD_STR("OPTIONS"),
						   .uri = probe->contact->uri,
						   .account = sip_endpoint_account(endpoint),
						   .flow = &flow };
	int rc = sip_contact_way(probe->contact, &flow);

	if (rc)
		return rc;
	probe->asked_us = rd_now_us();
	return sip_outside_send(&probe->question, &params, &user, probe);
}

static void ask(void *arg)
{
	struct sip_probe *probe = arg;
	const struct sip_endpoint *endpoint = endpoint_of(probe->contact);

	if (!endpoint || !endpoint->qualify_ms || !sip.transactions)
		return;
	forget(probe);
	if (sip_proof_lacks(probe->contact))
		rd_timer_start(&probe->timer, endpoint->qualify_ms);
	else if (send_options(probe, endpoint))
		learned(probe, SIP_UNREACHABLE);
	else
		rd_timer_start(&probe->patience, endpoint->qualify_timeout_ms);
}

/* ---- which contacts ---- */

/* The first question comes at any time of the interval: after a restart they
 * would all come at once. */
static void begin(struct sip_contact *contact, const struct sip_endpoint *endpoint, bool soon)
{
	struct sip_probe *probe = rd_zalloc(sizeof(*probe));
	uint32_t random;

	if (!probe)
		return;
	rd_random(&random, sizeof(random));
	probe->contact = contact;
	rd_timer_init(&probe->timer, ask, probe);
	rd_timer_init(&probe->patience, overdue, probe);
	rd_timer_start(&probe->timer, soon ? 0 : (int)(random % (uint32_t)endpoint->qualify_ms));
	contact->probe = probe;
}

void sip_qualify_end(struct sip_contact *contact)
{
	struct sip_probe *probe = contact->probe;

	if (!probe)
		return;
	forget(probe);
	rd_timer_stop(&probe->timer);
	rd_timer_stop(&probe->patience);
	contact->probe = NULL;
	rd_free(probe);
}

void sip_qualify_bound(struct sip_contact *contact, bool is_new)
{
	const struct sip_endpoint *endpoint = endpoint_of(contact);

	if (!endpoint || !endpoint->qualify_ms)
		return;
	if (!contact->probe)
		begin(contact, endpoint, is_new);
	/* It has just been heard of. */
	else if (contact->probe->reach == SIP_UNREACHABLE)
		rd_timer_start(&contact->probe->timer, 0);
}

static void configure(struct sip_contact *contact)
{
	const struct sip_endpoint *endpoint = endpoint_of(contact);

	if (!endpoint || !endpoint->qualify_ms)
		sip_qualify_end(contact);
	else if (!contact->probe)
		begin(contact, endpoint, false);
}

void sip_qualify_configure(void)
{
	struct sip_aor *aor;
	size_t pos = 0;

	while (sip.location && (aor = sip_location_next(sip.location, &pos)))
		rd_list_foreach(node, tmp, &aor->contacts)
			configure(rd_list_entry(node, struct sip_contact, link));
}
