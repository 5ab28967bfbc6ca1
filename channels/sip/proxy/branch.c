/* One copy of a request on its way to one target: found by name, sent, answered.
 * Another address of the same target is tried by the transaction (move.c). */
#include "channels/sip/endpoint/location.h"
#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/message/room.h"
#include "channels/sip/proxy/proxy.h"

struct rd_sip_branch {
	struct rd_list link; /* in its request */
	struct sip_proxied *proxied;
	struct sip_lookup *lookup; /* NULL: DNS has answered */
	struct sip_client *client;
	struct rd_timer failure; /* tells the user, from the loop */
	int rc;			 /* of that */
	struct rd_timer silence; /* nothing was heard yet */
	bool given_up;
	struct rd_sip_forward forward; /* texts point to room */
	char room[];
};

static const struct sip_client_user client_user;

/* ---- birth and death ---- */

static void branch_free(struct rd_sip_branch *branch)
{
	sip_lookup_cancel(branch->lookup);
	rd_timer_stop(&branch->failure);
	rd_timer_stop(&branch->silence);
	if (branch->client)
		sip_client_forget(branch->client);
	rd_list_remove(&branch->link);
	rd_free(branch);
}

/* What rings would ring on (RFC 3261 §16.7 step 10); who answers all the same is told
 * that nobody is there. */
static void branch_end(struct rd_sip_branch *branch)
{
	if (branch->client && branch->proxied->shown.can_cancel) {
		sip_client_cancel(branch->client, (struct rd_str){ 0 });
		sip_client_leave(branch->client);
		branch->client = NULL;
	}
	branch_free(branch);
}

void sip_branches_end(struct sip_proxied *proxied)
{
	while (!rd_list_empty(&proxied->branches))
		branch_end(rd_list_entry(proxied->branches.next, struct rd_sip_branch, link));
}

static void gone(struct rd_sip_branch *branch)
{
	void *arg = branch->forward.arg;

	branch_free(branch);
	sip_proxy_user->gone(arg);
}

static void tell_failure(void *arg)
{
	struct rd_sip_branch *branch = arg;

	sip_proxy_user->failed(branch, branch->forward.arg, branch->rc);
	gone(branch);
}

static void fail_soon(struct rd_sip_branch *branch, int rc)
{
	branch->rc = rc;
	rd_timer_start(&branch->failure, 0);
}

static void tell_silence(void *arg)
{
	struct rd_sip_branch *branch = arg;

	sip_proxy_user->silent(branch, branch->forward.arg);
}

static struct rd_sip_branch *branch_new(struct sip_proxied *proxied,
					const struct rd_sip_forward *forward)
{
	struct rd_str phone = rd_str_of(forward->phone);
	struct rd_sip_branch *branch =
		rd_malloc(sizeof(*branch) + forward->uri.n + forward->route.n +
			  forward->mark.n + forward->record.n + phone.n + 1);
	char *at;

	if (!branch)
		return NULL;
	memset(branch, 0, sizeof(*branch));
	at = branch->room;
	branch->proxied = proxied;
	branch->forward = *forward;
	branch->forward.uri = sip_room_put(&at, forward->uri);
	branch->forward.route = sip_room_put(&at, forward->route);
	branch->forward.mark = sip_room_put(&at, forward->mark);
	branch->forward.record = sip_room_put(&at, forward->record);
	if (forward->phone) {
		branch->forward.phone = at;
		sip_room_put(&at, phone);
		*at = '\0';
	}
	rd_timer_init(&branch->failure, tell_failure, branch);
	rd_timer_init(&branch->silence, tell_silence, branch);
	rd_list_push(&proxied->branches, &branch->link);
	return branch;
}

/* ---- sending ---- */

/* The binding that is meant, or the newest of that URI. */
static struct sip_contact *contact_of(const struct sip_aor *aor,
				      const struct rd_sip_forward *forward, struct rd_str next)
{
	struct sip_contact *contact = sip_aor_by_stamp(aor, forward->stamp);

	return contact ? contact : sip_aor_newest_at(aor, next);
}

/* By the flow that a phone registered over, where the URI is one of its contacts. A
 * URI's user is often the phone's name: then it is found without being told. path:
 * the Routes that lead there from the other end of that flow. 0, -ENOENT, or why it
 * cannot be reached. */
static int phone_flow(const struct rd_sip_forward *forward, struct rd_str next,
		      struct sip_flow *flow, struct rd_str *path)
{
	struct rd_str name = rd_str_of(forward->phone);
	struct sip_contact *contact = NULL;
	struct sip_aor *aor;
	struct sip_uri uri;

	if (!name.n && sip_uri_parse(&uri, next, NULL) == 0)
		name = uri.user;
	aor = name.n ? sip_record_named(name) : NULL;
	if (aor)
		contact = contact_of(aor, forward, next);
	if (!contact)
		return -ENOENT;
	*path = contact->path;
	return sip_contact_way(contact, flow);
}

/* What has no branch has no state, and what is sent of it is not heard of again. */
static int send_by(struct sip_proxied *proxied, struct rd_sip_branch *branch,
		   const struct rd_sip_forward *forward, const struct sip_plan *plan,
		   const struct sip_flow *flow, struct sip_way *way)
{
	struct sip_out *out = sip_copy_begin(proxied, plan, forward, flow);
	int rc;

	if (!branch) {
		sip_way_free(way);
		return sip_ack_send(sip.transactions, flow, out);
	}
	sip_request_way_take(sip.transactions, way);
	rc = sip_request_send(sip.transactions, &branch->client, flow, out, &client_user, branch);
	if (rc == 0 && sip.settings->dns.failover_ms)
		rd_timer_start(&branch->silence, sip.settings->dns.failover_ms);
	return rc;
}

/* The first target that takes it; the others stay with the transaction. */
static int send_take(struct sip_proxied *proxied, struct rd_sip_branch *branch,
		     const struct rd_sip_forward *forward, const struct sip_plan *plan,
		     struct sip_way *way)
{
	struct sip_flow flow;
	int rc = sip_way_next(way, sip.transports, &flow);

	if (rc) {
		sip_way_free(way);
		return rc;
	}
	return send_by(proxied, branch, forward, plan, &flow, way);
}

static int where_of(struct sip_where *where, struct rd_str next)
{
	int rc = sip_where_of_uri(where, next);

	if (rc == 0)
		sip_where_by(where, sip.transports, NULL);
	return rc;
}

static void found(void *arg, int rc, struct sip_way *way)
{
	struct rd_sip_branch *branch = arg;
	struct sip_plan plan;

	branch->lookup = NULL;
	sip_plan_make(&plan, branch->proxied, &branch->forward);
	if (rc == 0)
		rc = send_take(branch->proxied, branch, &branch->forward, &plan, way);
	if (rc)
		fail_soon(branch, rc);
}

static int start(struct sip_proxied *proxied, struct rd_sip_branch *branch,
		 const struct rd_sip_forward *forward)
{
	struct sip_where where;
	struct sip_plan plan;
	struct sip_flow flow;
	struct sip_way *way;
	int rc;

	sip_plan_make(&plan, proxied, forward);
	rc = phone_flow(forward, plan.next, &flow, &plan.path);
	if (rc == 0)
		return send_by(proxied, branch, forward, &plan, &flow, NULL);
	if (rc != -ENOENT)
		return rc;
	rc = where_of(&where, plan.next);
	if (rc == 0)
		rc = branch ? sip_find(sip.resolver, &where, NULL, &way, &branch->lookup,
				       found, branch)
			    : sip_find_now(sip.resolver, &where, NULL, &way);
	if (rc == -EINPROGRESS && branch)
		return 0;
	return rc ? rc : send_take(proxied, branch, forward, &plan, way);
}

int sip_proxied_forward(struct rd_sip_request *request,
			const struct rd_sip_forward *forward, struct rd_sip_branch **bp)
{
	struct sip_proxied *proxied = sip_proxied_of(request);
	struct rd_sip_branch *branch;
	int rc;

	if (request->is_stateless)
		return start(proxied, NULL, forward);
	branch = branch_new(proxied, forward);
	if (!branch)
		return -ENOMEM;
	rc = start(proxied, branch, &branch->forward);
	if (rc) {
		branch_free(branch);
		return rc;
	}
	*bp = branch;
	return 0;
}

int sip_branch_forward_on(struct rd_sip_branch *silent, void *arg, struct rd_sip_branch **bp)
{
	struct rd_sip_forward forward = silent->forward;
	struct rd_sip_branch *branch;
	struct sip_plan plan;
	struct sip_way *way;
	int rc;

	if (!silent->client || !sip_way_has_more(sip_client_way(silent->client)))
		return -ENOENT;
	forward.arg = arg;
	branch = branch_new(silent->proxied, &forward);
	if (!branch)
		return -ENOMEM;
	way = sip_client_take_way(silent->client);
	sip_way_failed(way, 0);
	sip_plan_make(&plan, branch->proxied, &branch->forward);
	rc = send_take(branch->proxied, branch, &branch->forward, &plan, way);
	if (rc) {
		branch_free(branch);
		return rc;
	}
	*bp = branch;
	return 0;
}

/* The device that it goes to is silent, for this long; 0: it is heard. */
static void avoid_contact(const struct rd_sip_branch *branch, int ms)
{
	sip_location_avoid(sip.location, sip_record_name(rd_str_of(branch->forward.phone)),
			   branch->forward.stamp, ms);
}

static bool avoids_contact(const char *phone, uint64_t stamp)
{
	const struct sip_aor *aor = sip_record_named(rd_str_of(phone));
	const struct sip_contact *contact = aor ? sip_aor_by_stamp(aor, stamp) : NULL;

	return contact && sip_contact_avoided(contact);
}

bool sip_proxied_avoids(struct rd_str uri, const char *phone, uint64_t stamp)
{
	struct sip_targets targets;
	struct sip_where where;

	if (phone)
		return avoids_contact(phone, stamp);
	/* The living come first. */
	return where_of(&where, uri) == 0 &&
	       sip_locate_now(sip.resolver, &where, &targets) == 0 &&
	       sip_resolver_avoids(sip.resolver, &targets.list[0]);
}

static void stop_looking(struct rd_sip_branch *branch)
{
	sip_lookup_cancel(branch->lookup);
	branch->lookup = NULL;
	fail_soon(branch, -ECANCELED);
}

void sip_branch_give_up(struct rd_sip_branch *branch)
{
	struct sip_way *way;

	rd_timer_stop(&branch->silence);
	branch->given_up = true;
	if (branch->lookup)
		stop_looking(branch);
	if (!branch->client)
		return;
	way = sip_client_take_way(branch->client);
	sip_way_failed(way, 0);
	sip_way_free(way);
	avoid_contact(branch, sip.settings->dns.dead_ms);
	sip_client_hush(branch->client);
	sip_branch_cancel(branch, (struct rd_str){ 0 });
}

void sip_branch_cancel(struct rd_sip_branch *branch, struct rd_str lines)
{
	if (!branch->proxied->shown.can_cancel)
		return;
	if (branch->client)
		sip_client_cancel(branch->client, lines);
	else if (branch->lookup)
		stop_looking(branch);
}

/* ---- what comes back ---- */

static void response_received(void *arg, struct sip_client *client,
			      const struct sip_msg *msg)
{
	struct rd_sip_branch *branch = arg;

	(void)client;
	rd_timer_stop(&branch->silence);
	avoid_contact(branch, sip_is_of_another(msg->status) ? sip.settings->dns.dead_ms : 0);
	sip_proxy_user->response(branch, branch->forward.arg, msg->status,
				 (const struct rd_sip_message *)msg);
}

static void client_failed(void *arg, struct sip_client *client, int rc)
{
	struct rd_sip_branch *branch = arg;

	(void)client;
	rd_timer_stop(&branch->silence);
	if (rc != -ECANCELED && !branch->given_up)
		avoid_contact(branch, sip.settings->dns.dead_ms);
	sip_proxy_user->failed(branch, branch->forward.arg, rc);
}

static void client_ended(void *arg, struct sip_client *client)
{
	struct rd_sip_branch *branch = arg;

	(void)client;
	branch->client = NULL;
	gone(branch);
}

static const struct sip_client_user client_user = {
	.response = response_received,
	.failed = client_failed,
	.ended = client_ended,
};
