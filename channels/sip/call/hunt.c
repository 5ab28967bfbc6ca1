/* Where an outgoing call goes that is not to a registered phone: the address or
 * name of a peer, or of a URI, to targets that are tried in turn (RFC 3263
 * §4.3). Each try is a leg of its own. */
#include "channels/sip/call/ice.h"
#include "channels/sip/call/leg.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/trunk.h"
#include "channels/sip/endpoint/proxy_route.h"
#include "channels/sip/trial.h"

static int where_of(const struct sip_call *call, struct sip_where *where)
{
	const struct sip_endpoint *endpoint = call->endpoint;
	struct rd_str next = sip_first_proxy(endpoint);
	int rc;

	if (!next.n)
		next = endpoint->host && !call->elsewhere ? rd_str_of(endpoint->host)
							  : sip_call_hunted(call);
	rc = sip_where_of_text(where, next);
	if (rc)
		return rc;
	where->secure |= sip_uri_is_secure(sip_call_hunted(call));
	sip_where_by(where, sip.transports, call->endpoint->transport);
	return 0;
}

/* ---- before anything is sent ---- */

/* The address of ours that the first target would see, or any of the right
 * family while it is not known. */
static int guess_flow(const struct sip_call *call, const struct sip_where *where,
		      struct sip_flow *flow)
{
	struct sip_transport *transport = NULL;

	while ((transport = sip_transports_next(sip.transports, transport)))
		if (!transport->leaves && where->ways[transport->protocol] &&
		    (!call->endpoint->transport ||
		     strcmp(transport->name, call->endpoint->transport) == 0))
			break;
	if (!transport)
		return -EPROTONOSUPPORT;
	*flow = (struct sip_flow){ .transport = transport, .local = transport->bound };
	return 0;
}

int sip_call_find_way(const struct sip_call *call, struct sip_flow *flow)
{
	struct sip_enrolled how;
	struct sip_where where;
	struct sip_way *way;
	int rc = where_of(call, &where);

	if (rc == 0)
		rc = sip_find_now(sip.resolver, &where, call->endpoint->transport, &way);
	if (rc == -EINPROGRESS)
		return guess_flow(call, &where, flow);
	if (rc)
		return rc;
	sip_prefer_enrolled(way, call->endpoint, &how);
	return sip_way_take_first(way, sip.transports, flow);
}

/* ---- trying ---- */

/* Sound has to come from the address that faces the far end; but not while early
 * sound of another target is heard, or devices have been told where they find ours. */
static int face(struct sip_call *call, const struct sip_flow *flow)
{
	struct rd_stream *old = call->stream;
	struct sockaddr_storage storage;
	union sip_sockaddr local;
	int rc;

	rd_stream_local(old, &storage);
	memcpy(&local, &storage, sizeof(local));
	if (call->early || call->host_target || call->endpoint->media_address_bind ||
	    sip_sockaddr_same_host(&local, &flow->local))
		return 0;
	rc = sip_call_open_stream(call, flow, NULL);
	if (rc == 0)
		rc = sip_ice_begin(call, NULL);
	if (rc == 0)
		rc = rd_channel_replace_stream(call->channel, old, call->stream);
	if (rc) {
		if (call->stream != old)
			rd_stream_close(call->stream);
		call->stream = old;
		return rc;
	}
	return sip_beside_move(call);
}

static void forget_early(struct sip_leg *leg)
{
	for (int i = 0; i < leg->fork_count; i++)
		if (leg->call->early == leg->forks[i]->dialog)
			leg->call->early = NULL;
}

struct attempt {
	struct sip_call *call;
	struct sip_leg *former; /* in whose place it is; NULL: it is the first */
};

/* The way goes from one leg to the next. */
static int send_to(void *arg, struct sip_way *way, const struct sip_flow *flow)
{
	struct attempt *attempt = arg;
	struct sip_leg *former = attempt->former;
	int rc;

	if (!sip_trunk_may_lead(attempt->call, &flow->peer))
		return -EPERM;
	if (former)
		forget_early(former);
	rc = face(attempt->call, flow);
	if (rc == 0)
		rc = sip_leg_try(attempt->call, way, flow, former);
	if (rc == 0 && former && former->way == way)
		former->way = NULL;
	if (rc == 0 && former)
		sip_trunk_moved(attempt->call);
	return rc;
}

static struct sip_trial trial_of(struct attempt *attempt)
{
	return (struct sip_trial){ .peer = attempt->call->endpoint,
				   .flows_tried = &attempt->call->flows_tried,
				   .send = send_to,
				   .arg = attempt };
}

static int use_way_take(struct sip_call *call, struct sip_way *way)
{
	struct attempt attempt = { .call = call };
	const struct sip_trial trial = trial_of(&attempt);

	return sip_trial_begin_take(&trial, way);
}

static void found(void *arg, int rc, struct sip_way *way)
{
	struct sip_call *call = arg;

	call->lookup = NULL;
	if (call->state != SIP_CALL_OUTGOING) {
		sip_way_free(way);
		return;
	}
	if (rc == 0)
		rc = use_way_take(call, way);
	if (!rc || sip_call_try_host(call, SIP_HOST_AGAIN) || sip_legs_wait(call))
		return;
	if (call->refusal)
		sip_legs_refused(call);
	else
		sip_call_over(call, sip_cause_of_error(rc));
}

int sip_call_hunt_here(struct sip_call *call)
{
	struct sip_where where;
	struct sip_way *way;
	int rc = where_of(call, &where);

	if (rc == 0)
		rc = sip_find(sip.resolver, &where, call->endpoint->transport, &way,
			      &call->lookup, found, call);
	if (rc == -EINPROGRESS)
		return 0;
	return rc ? rc : use_way_take(call, way);
}

int sip_call_hunt(struct sip_call *call)
{
	int rc = sip_call_hunt_here(call);

	return rc && sip_call_try_host(call, SIP_HOST_AGAIN) ? 0 : rc;
}

/* ---- when a target fails ---- */

void sip_leg_heard(struct sip_leg *leg)
{
	rd_timer_stop(&leg->patience);
	sip_way_heard(leg->way);
}

/* Its own INVITE may have arrived after all: should it ever be heard of, it is
 * cancelled. */
static void abandon(struct sip_leg *leg)
{
	leg->cancelled = true;
	sip_client_hush(leg->client);
	sip_client_cancel(leg->client, (struct rd_str){ 0 });
}

/* No sign of life came, or refusal. */
static bool try_target(struct sip_leg *leg, const struct sip_msg *refusal)
{
	struct attempt attempt = { .call = leg->call, .former = leg };
	const struct sip_trial trial = trial_of(&attempt);

	rd_timer_stop(&leg->patience);
	if (leg->cancelled || leg->call->state != SIP_CALL_OUTGOING) {
		sip_trial_note(leg->way, refusal);
		return false;
	}
	return sip_trial_go_on(&trial, leg->way, &leg->forks[0]->dialog->flow, refusal) == 0;
}

static bool may_move(const struct sip_leg *leg)
{
	return leg->way && !leg->cancelled && leg->call->state == SIP_CALL_OUTGOING &&
	       !leg->call->early;
}

static bool try_host(struct sip_leg *leg, enum sip_host_wish wish)
{
	if (!may_move(leg) || !sip_call_try_host(leg->call, wish))
		return false;
	rd_timer_stop(&leg->patience);
	return true;
}

static void out_of_patience(void *arg)
{
	struct sip_leg *leg = arg;

	if (leg->way ? try_target(leg, NULL) || try_host(leg, SIP_HOST_ANY)
		     : sip_leg_other_flow(leg, 408, NULL))
		abandon(leg);
}

static bool try_better(struct sip_leg *leg, enum sip_host_wish wish)
{
	bool has_target = !leg->cancelled && sip_way_has_better(leg->way);

	if (!has_target || !try_target(leg, NULL)) {
		if (!try_host(leg, wish))
			return false;
		sip_trial_note(leg->way, NULL);
	}
	abandon(leg);
	return true;
}

bool sip_call_hurry(struct sip_call *call)
{
	rd_list_foreach(node, tmp, &call->legs)
		if (try_better(rd_list_entry(node, struct sip_leg, link), SIP_HOST_SOUND))
			return true;
	return false;
}

bool sip_leg_goes_on(struct sip_leg *leg)
{
	return !leg->call->early && try_better(leg, SIP_HOST_AGAIN);
}

void sip_leg_init_patience(struct sip_leg *leg)
{
	rd_timer_init(&leg->patience, out_of_patience, leg);
}

void sip_leg_be_patient(struct sip_leg *leg)
{
	int ms = leg->way ? sip_patience_with(leg->way, leg->call->endpoint,
					      &leg->forks[0]->dialog->flow)
			  : leg->call->settings->dns.failover_ms;

	if (!ms && sip_call_has_host(leg->call, SIP_HOST_ANY))
		ms = leg->call->settings->dns.failover_ms;
	if (ms)
		rd_timer_start(&leg->patience, ms);
}

/* What the next server of a name is asked after (RFC 3263 §4.3, RFC 5626 §11.5). */
static bool is_of_server(const struct sip_msg *refusal)
{
	return !refusal || refusal->status == 503 || refusal->status == 430;
}

/* And another host, which may be somebody else: not when it has rung at this one. */
static bool is_of_host(const struct sip_leg *leg, const struct sip_msg *refusal)
{
	unsigned status = refusal ? refusal->status : 0;

	return !status || (!leg->rang && (status == 401 || status == 407 || status == 408 ||
					  (status >= 500 && status < 600)));
}

static bool leave_host(struct sip_leg *leg, const struct sip_msg *refusal)
{
	if (!may_move(leg) || !is_of_host(leg, refusal))
		return false;
	if (refusal)
		sip_call_host_refuses(leg->call);
	return try_host(leg, refusal ? SIP_HOST_ANY : SIP_HOST_AGAIN);
}

bool sip_leg_fail_over(struct sip_leg *leg, const struct sip_msg *refusal)
{
	bool has_target = leg->way && is_of_server(refusal);

	if (!(has_target && try_target(leg, refusal)) && !leave_host(leg, refusal))
		return false;
	leg->waits = false;
	sip_leg_free(leg);
	return true;
}
