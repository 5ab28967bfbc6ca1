/* A text on its way to every device of whom it is for, by one flow of each and by the
 * next when that fails (RFC 5626 §5.3). A MESSAGE cannot be taken back: the others are
 * not cancelled when one has it. */
#include <stdio.h>

#include "channels/sip/driver.h"
#include "channels/sip/call/trunk.h"
#include "channels/sip/endpoint/proxy_route.h"
#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/pager/delivery.h"
#include "channels/sip/pager/kept.h"

#define DATAGRAM_MAX 1300 /* RFC 3428 §8 */

static struct rd_list deliveries = RD_LIST_INIT(deliveries);

/* ---- birth and death ---- */

static struct rd_str keep(char **at, struct rd_str text)
{
	struct rd_str copy = { *at, text.n };

	if (text.n)
		memcpy(*at, text.p, text.n);
	*at += text.n;
	return text.n ? copy : (struct rd_str){ 0 };
}

/* As whom it is for is to be told. */
static void keep_sender(struct sip_party *who, const struct rd_party *from,
			const struct sip_endpoint *to)
{
	char number[RD_SIP_NUMBER];

	who->party = *from;
	sip_trunk_writes(to, &who->party, number);
	rd_strcpy(who->name, sizeof(who->name), from->name ? from->name : "");
	rd_strcpy(who->number, sizeof(who->number), who->party.number ? who->party.number : "");
	who->party.name = who->name[0] ? who->name : NULL;
	who->party.number = who->number[0] ? who->number : NULL;
	who->party.tag = NULL;
}

static struct sip_delivery *delivery_new(const struct sip_recipient *to,
					 const struct sip_text *text, unsigned branches)
{
	const struct sip_endpoint *endpoint = to->endpoint;
	size_t room = text->type.n + text->body.n + text->headers.n + text->to.n;
	struct sip_delivery *delivery = rd_zalloc(sizeof(*delivery) + room);
	char *at;

	if (!delivery)
		return NULL;
	delivery->branches = rd_zalloc(branches * sizeof(delivery->branches[0]));
	if (!delivery->branches) {
		rd_free(delivery);
		return NULL;
	}
	at = delivery->room;
	delivery->type = keep(&at, text->type);
	delivery->body = keep(&at, text->body);
	delivery->headers = keep(&at, text->headers);
	delivery->to = keep(&at, text->to);
	delivery->hops = text->hops ? text->hops : SIP_MAX_FORWARDS;
	delivery->was_kept = text->was_kept;
	keep_sender(&delivery->from, text->from, endpoint);
	rd_random_token(delivery->tag, SIP_TAG_LENGTH);
	rd_random_token(delivery->call_id, sizeof(delivery->call_id) - 1);
	delivery->count = branches;
	delivery->settings = sip_settings_ref(endpoint->settings);
	delivery->endpoint = endpoint;
	delivery->secure = to->secure;
	delivery->to_phone = !to->uri[0];
	rd_strcpy(delivery->device, sizeof(delivery->device), to->device);
	rd_list_push(&deliveries, &delivery->link);
	return delivery;
}

void sip_delivery_forget(struct sip_delivery *delivery)
{
	if (!delivery)
		return;
	for (unsigned i = 0; i < delivery->count; i++)
		sip_text_branch_fini(&delivery->branches[i]);
	sip_text_keep_forget(delivery);
	rd_list_remove(&delivery->link);
	sip_settings_unref(delivery->settings);
	rd_free(delivery->branches);
	rd_free(delivery);
}

void sip_delivery_finish(struct sip_delivery *delivery, unsigned status)
{
	void (*done)(void *arg, unsigned status) = delivery->done;
	void *arg = delivery->arg;

	sip_delivery_forget(delivery);
	done(arg, status);
}

void sip_deliveries_stop(void)
{
	while (!rd_list_empty(&deliveries))
		sip_delivery_finish(rd_list_entry(deliveries.next, struct sip_delivery, link), 0);
	sip_text_rates_forget();
}

/* ---- what comes back ---- */

/* As an answer of ours: what only concerns the two of us becomes "not now", and
 * 408 must not be said (RFC 4320 §4.2). */
static unsigned for_sender(unsigned status)
{
	if (status < 400 || status == 401 || status == 407 || status == 408 || status == 487)
		return 480;
	return status == 503 ? 500 : status;
}

static int weight(unsigned status)
{
	if (status >= 600)
		return 3;
	return status == 480 || status >= 500 ? 1 : 2;
}

void sip_text_branch_answered(struct sip_text_branch *branch, unsigned status)
{
	struct sip_delivery *delivery = branch->delivery;

	if (status >= 200 && status < 300) {
		sip_delivery_finish(delivery, status);
		return;
	}
	status = for_sender(status);
	if (!delivery->refusal || weight(status) > weight(delivery->refusal))
		delivery->refusal = status;
	if (--delivery->waiting == 0 && !(delivery->refusal == 480 && sip_text_keep(delivery) == 0))
		sip_delivery_finish(delivery, delivery->refusal);
}

/* Who takes no connections is not away: the text is too large for him (RFC 3428 §8). */
static unsigned status_of_error(const struct sip_text_branch *branch, int rc)
{
	if (branch->needs_connection && rc != -ETIMEDOUT)
		return 413;
	return rc == -ENOENT ? 404 : 480;
}

void sip_text_branch_failed(struct sip_text_branch *branch, int rc)
{
	sip_text_branch_answered(branch, status_of_error(branch, rc));
}

static void outside_response(void *arg, const struct sip_msg *msg,
			     const struct sip_flow *flow)
{
	struct sip_text_branch *branch = arg;

	(void)flow;
	if (msg->status < 200)
		return;
	branch->outside = NULL;
	sip_text_branch_answered(branch, msg->status);
}

static void outside_failed(void *arg, int rc)
{
	struct sip_text_branch *branch = arg;

	branch->outside = NULL;
	sip_text_branch_failed(branch, rc);
}

/* ---- what goes out ---- */

void sip_delivery_print(const struct sip_delivery *delivery, struct sip_out *out,
			const struct sip_flow *flow, struct rd_str uri)
{
	const struct sip_endpoint *endpoint = delivery->endpoint;
	char host[SIP_SOCKADDR_TEXT];
	struct rd_str ours = sip_our_host(flow, host);

	sip_out_header_begin(out, SIP_H_FROM);
	sip_print_from(out, endpoint, &delivery->from.party, ours);
	sip_out_cstr(out, ";tag=");
	sip_out_cstr(out, delivery->tag);
	sip_out_crlf(out);
	sip_out_name_addr(out, SIP_H_TO, (struct rd_str){ 0 },
			  delivery->to.n ? delivery->to : uri, (struct rd_str){ 0 });
	sip_out_header(out, SIP_H_CALL_ID, rd_str_of(delivery->call_id));
	sip_out_cseq(out, 1, RD_STR("MESSAGE"));
	sip_print_agent(out, false);
	sip_print_identity(out, endpoint, &delivery->from.party, false, ours);
	sip_out_str(out, delivery->headers);
	sip_out_body(out, delivery->type, delivery->body);
}

bool sip_delivery_is_too_long(const struct sip_out *out, const struct sip_flow *flow)
{
	return flow->transport->protocol == SIP_UDP && out->n > DATAGRAM_MAX;
}

static bool is_meant(const struct sip_recipient *to, const struct sip_contact *contact)
{
	if (contact->instance.n && !sip_contact_stands_for_device(contact))
		return false;
	return to->device[0] ? rd_str_eq(contact->instance, rd_str_of(to->device))
			     : sip_callee_is(to->sender, to->endpoint->name, contact->instance);
}

static int send_to_devices(struct sip_delivery *delivery, const struct sip_recipient *to,
			   struct sip_aor *aor)
{
	struct sip_text_branch *branch = delivery->branches;
	int rc = -ENOTCONN;

	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = sip_contact_at(node);
		int one;

		if (!is_meant(to, contact))
			continue;
		sip_text_branch_init(branch, delivery);
		one = sip_text_to_device(branch, contact);
		if (one == 0) {
			delivery->waiting++;
			branch++;
		} else {
			sip_text_branch_fini(branch);
		}
		rc = delivery->waiting ? 0 : one;
	}
	return rc;
}

/* The URI of To is that of the request, unless something else was asked for. */
static int print_outside(void *arg, struct sip_out *out, const struct sip_flow *flow)
{
	struct sip_text_branch *branch = arg;
	char proxy[SIP_PROXY_ROUTE];
	struct rd_str route;
	int rc = sip_print_proxy_route(branch->delivery->endpoint, flow, proxy, &route);

	if (rc)
		return rc;
	if (route.n)
		sip_out_header(out, SIP_H_ROUTE, route);
	sip_delivery_print(branch->delivery, out, flow, branch->delivery->to);
	return sip_delivery_is_too_long(out, flow) ? -EMSGSIZE : 0;
}

static const struct sip_outside_user outside_user = {
	.print = print_outside,
	.response = outside_response,
	.failed = outside_failed,
};

static int send_outside(struct sip_delivery *delivery, struct rd_str uri)
{
	struct sip_text_branch *branch = delivery->branches;
	const struct sip_outside_params params = {
		.method = RD_STR("MESSAGE"),
		.uri = uri,
		.next = sip_first_proxy(delivery->endpoint),
		.transport = delivery->endpoint->transport,
		.peer = delivery->endpoint,
		.account = sip_endpoint_account(delivery->endpoint),
		.hops = delivery->hops,
	};

	sip_text_branch_init(branch, delivery);
	delivery->waiting = 1;
	return sip_outside_send(&branch->outside, &params, &outside_user, branch);
}

static int start(struct sip_delivery **dp, const struct sip_recipient *to,
		 const struct sip_text *text, struct sip_aor *aor)
{
	char uri[300];
	struct sip_text whole = *text;
	struct sip_delivery *delivery;
	int rc;

	if (!to->uri[0])
		snprintf(uri, sizeof(uri), "%s%s",
			 to->secure ? "sips:" : sip_endpoint_scheme(to->endpoint),
			 aor ? "" : to->endpoint->host);
	else
		rd_strcpy(uri, sizeof(uri), to->uri);
	if (!aor && !whole.to.n)
		whole.to = rd_str_of(uri);
	delivery = delivery_new(to, &whole, aor ? aor->count : 1);
	if (!delivery)
		return -ENOMEM;
	rc = aor ? send_to_devices(delivery, to, aor) : send_outside(delivery, rd_str_of(uri));
	if (rc) {
		sip_delivery_forget(delivery);
		return rc;
	}
	*dp = delivery;
	return 0;
}

/* A peer that does not answer OPTIONS is not written to, whoever is meant at its host. */
static bool is_worth_a_try(const struct sip_recipient *to)
{
	char text[SIP_HOST_URI];
	struct sip_uri peer, uri;

	if (!to->uri[0])
		return sip_host_reachable(to->endpoint);
	return !to->endpoint->host || sip_host_reachable(to->endpoint) ||
	       sip_uri_parse(&uri, rd_str_of(to->uri), NULL) ||
	       sip_uri_parse(&peer, sip_host_uri(to->endpoint, text), NULL) ||
	       !rd_str_ieq(uri.host, peer.host) || uri.port != peer.port;
}

/* It goes into the store, by way of nobody. */
static int keep_new(struct sip_delivery **dp, const struct sip_recipient *to,
		    const struct sip_text *text)
{
	struct sip_delivery *delivery = delivery_new(to, text, 1);
	int rc = delivery ? sip_text_keep(delivery) : -ENOMEM;

	if (rc && delivery)
		sip_delivery_forget(delivery);
	else
		*dp = delivery;
	return rc == -ENOTSUP || rc == -ENOSPC ? -ENOTCONN : rc;
}

/* Where others are kept, they come first. */
static int send_or_keep(struct sip_delivery **dp, const struct sip_recipient *to,
			const struct sip_text *text, struct sip_aor *aor)
{
	bool in_turn = !to->uri[0] && !text->was_kept && sip_texts_wait(to->endpoint);
	int rc = -ENOTCONN;

	if (!in_turn && (aor || is_worth_a_try(to)))
		rc = start(dp, to, text, aor);
	return rc == -ENOTCONN && !to->uri[0] ? keep_new(dp, to, text) : rc;
}

int sip_deliver(struct sip_delivery **dp, const struct sip_recipient *to,
		const struct sip_text *text, void (*done)(void *arg, unsigned status),
		void *arg)
{
	struct sip_aor *aor = sip_record_of(to->endpoint);
	struct sip_delivery *delivery;
	int rc;

	if (to->uri[0] || !aor || !aor->count)
		aor = NULL;
	rc = send_or_keep(&delivery, to, text, aor);
	if (rc)
		return rc;
	delivery->done = done;
	delivery->arg = arg;
	if (dp)
		*dp = delivery;
	return 0;
}
