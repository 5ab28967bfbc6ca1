/* A text on its way to every device of whom it is for. A MESSAGE cannot be taken
 * back: the others are not cancelled when one has it. */
#include <stdio.h>

#include "channels/sip/endpoint/party.h"
#include "channels/sip/driver.h"
#include "channels/sip/endpoint/proxy_route.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/outside.h"
#include "channels/sip/pager/pager.h"

#define DATAGRAM_MAX 1300 /* RFC 3428 §8 */

struct branch {
	struct sip_delivery *delivery; /* NULL: not in use */
	struct sip_client *client;     /* to a device that registered, */
	struct sip_outside *outside;   /* or to wherever a URI leads */
	bool widened;		       /* by a connection: datagrams do not hold it */
};

struct sip_delivery {
	struct rd_list link;
	struct sip_settings *settings;
	const struct sip_endpoint *endpoint;
	void (*done)(void *arg, unsigned status);
	void *arg;
	unsigned refusal; /* the one that counts so far */
	unsigned waiting; /* branches without an answer */
	struct rd_str type, body, headers, to;
	unsigned hops;
	struct sip_party from;
	char tag[SIP_TAG_LENGTH + 1], call_id[25];
	unsigned count;
	struct branch *branches;
	char room[];
};

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

static void keep_sender(struct sip_party *who, const struct rd_party *from)
{
	who->party = *from;
	rd_strcpy(who->name, sizeof(who->name), from->name ? from->name : "");
	rd_strcpy(who->number, sizeof(who->number), from->number ? from->number : "");
	who->party.name = who->name[0] ? who->name : NULL;
	who->party.number = who->number[0] ? who->number : NULL;
	who->party.tag = NULL;
}

static struct sip_delivery *delivery_new(const struct sip_endpoint *endpoint,
					 const struct sip_text *text, unsigned branches)
{
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
	keep_sender(&delivery->from, text->from);
	rd_random_token(delivery->tag, SIP_TAG_LENGTH);
	rd_random_token(delivery->call_id, sizeof(delivery->call_id) - 1);
	delivery->count = branches;
	delivery->settings = sip_settings_ref(endpoint->settings);
	delivery->endpoint = endpoint;
	rd_list_push(&deliveries, &delivery->link);
	return delivery;
}

void sip_delivery_forget(struct sip_delivery *delivery)
{
	if (!delivery)
		return;
	for (unsigned i = 0; i < delivery->count; i++) {
		if (delivery->branches[i].client)
			sip_client_forget(delivery->branches[i].client);
		sip_outside_forget(delivery->branches[i].outside);
	}
	rd_list_remove(&delivery->link);
	sip_settings_unref(delivery->settings);
	rd_free(delivery->branches);
	rd_free(delivery);
}

static void finish(struct sip_delivery *delivery, unsigned status)
{
	void (*done)(void *arg, unsigned status) = delivery->done;
	void *arg = delivery->arg;

	sip_delivery_forget(delivery);
	done(arg, status);
}

void sip_deliveries_stop(void)
{
	while (!rd_list_empty(&deliveries))
		finish(rd_list_entry(deliveries.next, struct sip_delivery, link), 0);
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

static void answered(struct branch *branch, unsigned status)
{
	struct sip_delivery *delivery = branch->delivery;

	if (status >= 200 && status < 300) {
		finish(delivery, status);
		return;
	}
	status = for_sender(status);
	if (!delivery->refusal || weight(status) > weight(delivery->refusal))
		delivery->refusal = status;
	if (--delivery->waiting == 0)
		finish(delivery, delivery->refusal);
}

/* Who takes no connections is not away: the text is too large for him (RFC 3428 §8). */
static unsigned status_of_error(const struct branch *branch, int rc)
{
	if (branch->widened && rc != -ETIMEDOUT)
		return 413;
	return rc == -ENOENT ? 404 : 480;
}

static void client_response(void *arg, struct sip_client *client, const struct sip_msg *msg)
{
	struct branch *branch = arg;

	if (msg->status < 200)
		return;
	sip_client_forget(client);
	branch->client = NULL;
	answered(branch, msg->status);
}

static void client_failed(void *arg, struct sip_client *client, int rc)
{
	struct branch *branch = arg;

	sip_client_forget(client);
	branch->client = NULL;
	answered(branch, status_of_error(branch, rc));
}

static const struct sip_client_user client_user = {
	.response = client_response,
	.failed = client_failed,
};

static void outside_response(void *arg, const struct sip_msg *msg,
			     const struct sip_flow *flow)
{
	struct branch *branch = arg;

	(void)flow;
	if (msg->status < 200)
		return;
	branch->outside = NULL;
	answered(branch, msg->status);
}

static void outside_failed(void *arg, int rc)
{
	struct branch *branch = arg;

	branch->outside = NULL;
	answered(branch, status_of_error(branch, rc));
}

/* ---- what goes out ---- */

static void print(const struct sip_delivery *delivery, struct sip_out *out,
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

static struct sip_out *begin(const struct sip_delivery *delivery, const struct sip_flow *flow,
			     struct rd_str uri)
{
	struct sip_out *out = sip_request_begin_hops(sip.transactions, flow, RD_STR("MESSAGE"),
						     uri, delivery->hops);

	if (out)
		print(delivery, out, flow, uri);
	return out;
}

static bool is_too_long(const struct sip_out *out, const struct sip_flow *flow)
{
	return flow->transport->protocol == SIP_UDP && out->n > DATAGRAM_MAX;
}

/* A connection in place of datagrams, where one can be had. */
static int widen(struct sip_flow *flow)
{
	const union sip_sockaddr peer = flow->peer;
	struct sip_transport *transport =
		sip_transports_for(sip.transports, SIP_TCP, &peer);

	if (!transport || flow->pinned)
		return -EMSGSIZE;
	return sip_flow_open(flow, transport, &peer) ? -EMSGSIZE : 0;
}

static int send_to_device(struct branch *branch, struct sip_contact *contact)
{
	const struct sip_delivery *delivery = branch->delivery;
	struct sip_flow flow;
	struct sip_out *out;
	int rc = sip_contact_way(contact, &flow);

	if (rc)
		return rc;
	branch->widened = false;
	out = begin(delivery, &flow, contact->uri);
	if (out && is_too_long(out, &flow)) {
		rc = widen(&flow);
		if (rc)
			return rc;
		branch->widened = true;
		out = begin(delivery, &flow, contact->uri);
	}
	if (!out)
		return -EHOSTUNREACH;
	sip_request_account(sip.transactions, sip_endpoint_account(delivery->endpoint));
	rc = sip_request_send(sip.transactions, &branch->client, &flow, out, &client_user,
			      branch);
	return rc && branch->widened ? -EMSGSIZE : rc;
}

static bool is_meant(const struct sip_recipient *to, const struct sip_contact *contact)
{
	if (to->secure && !sip_uri_is_secure(contact->uri))
		return false;
	return to->device[0] ? rd_str_eq(contact->instance, rd_str_of(to->device))
			     : sip_callee_is(to->sender, to->endpoint->name, contact->instance);
}

static int send_to_devices(struct sip_delivery *delivery, const struct sip_recipient *to,
			   struct sip_aor *aor)
{
	struct branch *branch = delivery->branches;
	int rc = -ENOTCONN;

	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = rd_list_entry(node, struct sip_contact, link);
		int one;

		if (!is_meant(to, contact))
			continue;
		branch->delivery = delivery;
		one = send_to_device(branch, contact);
		if (one == 0) {
			delivery->waiting++;
			branch++;
		}
		rc = delivery->waiting ? 0 : one;
	}
	return rc;
}

/* The URI of To is that of the request, unless something else was asked for. */
static int print_outside(void *arg, struct sip_out *out, const struct sip_flow *flow)
{
	struct branch *branch = arg;
	char proxy[SIP_PROXY_ROUTE];
	struct rd_str route;
	int rc = sip_print_proxy_route(branch->delivery->endpoint, flow, proxy, &route);

	if (rc)
		return rc;
	if (route.n)
		sip_out_header(out, SIP_H_ROUTE, route);
	print(branch->delivery, out, flow, branch->delivery->to);
	return is_too_long(out, flow) ? -EMSGSIZE : 0;
}

static const struct sip_outside_user outside_user = {
	.print = print_outside,
	.response = outside_response,
	.failed = outside_failed,
};

static int send_outside(struct sip_delivery *delivery, struct rd_str uri)
{
	struct branch *branch = delivery->branches;
	const struct sip_outside_params params = {
		.method = RD_STR("MESSAGE"),
		.uri = uri,
		.next = sip_first_proxy(delivery->endpoint),
		.transport = delivery->endpoint->transport,
		.peer = delivery->endpoint,
		.account = sip_endpoint_account(delivery->endpoint),
		.hops = delivery->hops,
	};

	branch->delivery = delivery;
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
	delivery = delivery_new(to->endpoint, &whole, aor ? aor->count : 1);
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

int sip_deliver(struct sip_delivery **dp, const struct sip_recipient *to,
		const struct sip_text *text, void (*done)(void *arg, unsigned status),
		void *arg)
{
	struct sip_aor *aor = sip_location_find(sip.location, rd_str_of(to->endpoint->name));
	struct sip_delivery *delivery;
	int rc;

	if (to->uri[0] || !aor || !aor->count)
		aor = NULL;
	if (!aor && !to->uri[0] && !to->endpoint->host)
		return -ENOTCONN;
	rc = start(&delivery, to, text, aor);
	if (rc)
		return rc;
	delivery->done = done;
	delivery->arg = arg;
	if (dp)
		*dp = delivery;
	return 0;
}
