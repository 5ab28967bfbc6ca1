/* A text for one device: it goes by the flow that was renewed last, and by the next
 * when that fails or is silent (RFC 5626 §5.3). */
#include "channels/sip/driver.h"
#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/pager/delivery.h"

static const struct sip_client_user client_user;

/* ---- birth and death ---- */

static void out_of_patience(void *arg);

void sip_text_branch_init(struct sip_text_branch *branch, struct sip_delivery *delivery)
{
	*branch = (struct sip_text_branch){ .delivery = delivery };
	rd_timer_init(&branch->patience, out_of_patience, branch);
}

void sip_text_branch_fini(struct sip_text_branch *branch)
{
	if (!branch->delivery)
		return;
	if (branch->client)
		sip_client_forget(branch->client);
	sip_outside_forget(branch->outside);
	rd_timer_stop(&branch->patience);
	rd_free(branch->instance);
	branch->instance = NULL;
	branch->delivery = NULL;
}

/* ---- what goes out ---- */

static struct sip_out *begin(const struct sip_delivery *delivery, const struct sip_flow *flow,
			     const struct sip_contact *contact)
{
	struct sip_out *out = sip_request_begin_hops(sip.transactions, flow, RD_STR("MESSAGE"),
						     contact->uri, delivery->hops);

	if (out && contact->path.n)
		sip_out_header(out, SIP_H_ROUTE, contact->path);
	if (out)
		sip_delivery_print(delivery, out, flow, contact->uri);
	return out;
}

/* A connection in place of datagrams, where one can be had. */
static int connect_instead(struct sip_flow *flow)
{
	const union sip_sockaddr peer = flow->peer;
	struct sip_transport *transport =
		sip_transports_for(sip.transports, SIP_TCP, &peer);

	if (!transport || flow->pinned)
		return -EMSGSIZE;
	return sip_flow_open(flow, transport, &peer) ? -EMSGSIZE : 0;
}

static int send_to_contact(struct sip_text_branch *branch, struct sip_contact *contact)
{
	const struct sip_delivery *delivery = branch->delivery;
	struct sip_flow flow;
	struct sip_out *out;
	bool too_long;
	int rc = sip_contact_way(contact, &flow);

	if (rc)
		return rc;
	out = begin(delivery, &flow, contact);
	too_long = out && sip_delivery_is_too_long(out, &flow);
	if (too_long) {
		rc = connect_instead(&flow);
		if (rc)
			return rc;
		out = begin(delivery, &flow, contact);
	}
	if (!out)
		return -EHOSTUNREACH;
	sip_request_account(sip.transactions, sip_endpoint_account(delivery->endpoint));
	rc = sip_request_send(sip.transactions, &branch->client, &flow, out, &client_user,
			      branch);
	if (rc)
		return too_long ? -EMSGSIZE : rc;
	branch->needs_connection = too_long;
	return 0;
}

static bool is_too_open(const struct sip_delivery *delivery, const struct sip_contact *contact)
{
	return delivery->secure && !sip_uri_is_secure(contact->uri);
}

/* The next flow of the device that takes it: 0, or why the last one did not. */
static int send_by_flow(struct sip_text_branch *branch, const struct sip_aor *aor,
			struct rd_str instance, uint64_t before)
{
	struct sip_contact *contact;
	int rc = -ENOTCONN;

	while (rc && (contact = sip_aor_next_flow(aor, instance, before))) {
		before = contact->stamp;
		if (is_too_open(branch->delivery, contact))
			continue;
		rc = send_to_contact(branch, contact);
	}
	if (rc)
		return rc;
	branch->stamp = before;
	if (sip_aor_next_flow(aor, instance, before) && sip.settings->dns.failover_ms)
		rd_timer_start(&branch->patience, sip.settings->dns.failover_ms);
	return 0;
}

/* Without memory it has no second way. */
int sip_text_to_device(struct sip_text_branch *branch, struct sip_contact *contact)
{
	const struct rd_str instance = contact->instance;

	if (!instance.n) {
		branch->stamp = contact->stamp;
		return is_too_open(branch->delivery, contact)
			       ? -ENOTCONN : send_to_contact(branch, contact);
	}
	branch->instance = rd_strndup(instance.p, instance.n);
	return send_by_flow(branch, contact->aor, instance, UINT64_MAX);
}

/* ---- what comes back ---- */

/* The flow that it went by is silent, for this long; 0: it is heard. */
static void avoid_flow(const struct sip_text_branch *branch, int ms)
{
	sip_location_avoid(sip.location, rd_str_of(branch->delivery->endpoint->record),
			   branch->stamp, ms);
}

static bool try_other_flow(struct sip_text_branch *branch)
{
	const struct sip_delivery *delivery = branch->delivery;
	const struct sip_aor *aor = sip_record_of(delivery->endpoint);

	avoid_flow(branch, delivery->settings->dns.dead_ms);
	return branch->instance && aor &&
	       send_by_flow(branch, aor, rd_str_of(branch->instance), branch->stamp) == 0;
}

/* It may have arrived all the same: nothing else is known of it. */
static void out_of_patience(void *arg)
{
	struct sip_text_branch *branch = arg;
	struct sip_client *silent = branch->client;

	if (!try_other_flow(branch))
		return;
	sip_client_hush(silent);
	sip_client_forget(silent);
}

static void client_response(void *arg, struct sip_client *client, const struct sip_msg *msg)
{
	struct sip_text_branch *branch = arg;

	rd_timer_stop(&branch->patience);
	avoid_flow(branch, 0);
	if (msg->status < 200)
		return;
	sip_client_forget(client);
	branch->client = NULL;
	/* Its proxy has lost the flow. */
	if (msg->status != 430 || !try_other_flow(branch))
		sip_text_branch_answered(branch, msg->status);
}

static void client_failed(void *arg, struct sip_client *client, int rc)
{
	struct sip_text_branch *branch = arg;

	rd_timer_stop(&branch->patience);
	sip_client_forget(client);
	branch->client = NULL;
	if (!try_other_flow(branch))
		sip_text_branch_failed(branch, rc);
}

static const struct sip_client_user client_user = {
	.response = client_response,
	.failed = client_failed,
};
