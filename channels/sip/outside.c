/* Requests outside of dialogs. The target that is tried has a transaction; when
 * it fails, the same request is printed for the next one. */
#include <ringdown/fiber.h>

#include "channels/sip/driver.h"
#include "channels/sip/endpoint/proxy_route.h"
#include "channels/sip/message/room.h"
#include "channels/sip/outside.h"
#include "channels/sip/trial.h"

struct sip_outside {
	const struct sip_outside_user *user;
	void *arg;
	struct sip_outside_params params; /* texts point to room */
	struct sip_lookup *lookup; /* NULL: DNS has answered */
	struct sip_way *way;
	struct sip_client *client;
	struct sip_flow flow;
	unsigned flows_tried; /* see sip_way_instead() */
	struct rd_timer patience;
	bool held; /* somebody has a pointer to it */
	char room[];
};

static const struct sip_client_user client_user;

/* ---- birth and death ---- */

static void out_of_patience(void *arg);

static struct sip_outside *outside_new(const struct sip_outside_params *params,
				       const struct sip_outside_user *user, void *arg)
{
	struct rd_str transport = rd_str_of(params->transport);
	struct sip_outside *outside = rd_malloc(sizeof(*outside) + params->method.n +
						params->uri.n + params->next.n +
						transport.n + 1);
	char *at;

	if (!outside)
		return NULL;
	memset(outside, 0, sizeof(*outside));
	at = outside->room;
	outside->user = user;
	outside->arg = arg;
	outside->params = *params;
	outside->params.method = sip_room_put(&at, params->method);
	outside->params.uri = sip_room_put(&at, params->uri);
	outside->params.next = sip_room_put(&at, params->next);
	if (params->flow)
		outside->flow = *params->flow;
	if (params->transport) {
		outside->params.transport = at;
		sip_room_put(&at, transport);
		*at = '\0';
	}
	rd_timer_init(&outside->patience, out_of_patience, outside);
	return outside;
}

void sip_outside_forget(struct sip_outside *outside)
{
	if (!outside)
		return;
	sip_lookup_cancel(outside->lookup);
	if (outside->client)
		sip_client_forget(outside->client);
	rd_timer_stop(&outside->patience);
	sip_way_free(outside->way);
	rd_free(outside);
}

/* ---- sending ---- */

static int send_by(struct sip_outside *outside, const struct sip_flow *flow,
		   struct sip_client **client)
{
	const struct sip_outside_params *params = &outside->params;
	struct sip_transactions *layer = sip.transactions;
	unsigned hops = params->hops ? params->hops : SIP_MAX_FORWARDS;
	struct sip_out *out =
		sip_request_begin_hops(layer, flow, params->method, params->uri, hops);
	int rc;

	sip_request_account(layer, params->account);
	rc = outside->user->print(outside->arg, out, flow);
	return rc ? rc : sip_request_send(layer, client, flow, out, &client_user, outside);
}

static void be_patient(struct sip_outside *outside)
{
	const struct sip_endpoint *peer = outside->params.peer;
	int ms = outside->params.patience_ms;

	if (!ms)
		ms = peer ? sip_patience_with(outside->way, peer, &outside->flow)
			  : sip_way_patience_ms(outside->way);
	rd_timer_stop(&outside->patience);
	if (ms)
		rd_timer_start(&outside->patience, ms);
}

/* The transaction before is left to itself only when there is another. */
static int send_to(void *arg, struct sip_way *way, const struct sip_flow *flow)
{
	struct sip_outside *outside = arg;
	struct sip_client *client;
	int rc = send_by(outside, flow, &client);

	if (rc)
		return rc;
	if (outside->client) {
		sip_client_hush(outside->client);
		sip_client_forget(outside->client);
	}
	outside->client = client;
	outside->flow = *flow;
	if (outside->way != way) {
		sip_way_free(outside->way);
		outside->way = way;
	}
	be_patient(outside);
	return 0;
}

static struct sip_trial trial_of(struct sip_outside *outside)
{
	return (struct sip_trial){ .peer = outside->params.peer,
				   .flows_tried = &outside->flows_tried,
				   .send = send_to,
				   .arg = outside };
}

/* refusal: the answer that came; NULL: none. */
static bool moves_on(struct sip_outside *outside, const struct sip_msg *refusal)
{
	const struct sip_trial trial = trial_of(outside);

	return sip_trial_go_on(&trial, outside->way, &outside->flow, refusal) == 0;
}

static void give_up(struct sip_outside *outside, int rc)
{
	const struct sip_outside_user *user = outside->user;
	void *arg = outside->arg;

	sip_outside_forget(outside);
	user->failed(arg, rc);
}

static void out_of_patience(void *arg)
{
	struct sip_outside *outside = arg;

	if (!moves_on(outside, NULL) && outside->params.patience_ms)
		give_up(outside, -ETIMEDOUT);
}

static int where_of(const struct sip_outside_params *params, struct sip_where *where)
{
	int rc = sip_where_of_uri(where, params->next.n ? params->next : params->uri);

	if (rc)
		return rc;
	where->secure |= sip_uri_is_secure(params->uri);
	sip_where_by(where, sip.transports, params->transport);
	return 0;
}

static int use_way_take(struct sip_outside *outside, struct sip_way *way)
{
	const struct sip_trial trial = trial_of(outside);

	return sip_trial_begin_take(&trial, way);
}

static void found(void *arg, int rc, struct sip_way *way)
{
	struct sip_outside *outside = arg;

	outside->lookup = NULL;
	if (rc == 0)
		rc = use_way_take(outside, way);
	if (rc)
		give_up(outside, rc);
}

static int start_by_flow(struct sip_outside *outside)
{
	int rc = send_by(outside, &outside->flow, &outside->client);

	if (rc == 0 && outside->params.patience_ms)
		rd_timer_start(&outside->patience, outside->params.patience_ms);
	return rc;
}

static int start(struct sip_outside *outside)
{
	struct sip_where where;
	struct sip_way *way;
	int rc;

	if (outside->params.flow)
		return start_by_flow(outside);
	rc = where_of(&outside->params, &where);
	if (rc == 0)
		rc = sip_find(sip.resolver, &where, outside->params.transport, &way,
			      &outside->lookup, found, outside);
	if (rc == -EINPROGRESS)
		return 0;
	return rc ? rc : use_way_take(outside, way);
}

int sip_outside_send(struct sip_outside **op, const struct sip_outside_params *params,
		     const struct sip_outside_user *user, void *arg)
{
	struct sip_outside *outside = outside_new(params, user, arg);
	int rc;

	if (!outside)
		return -ENOMEM;
	rc = start(outside);
	if (rc) {
		sip_outside_forget(outside);
		return rc;
	}
	outside->held = op;
	if (op)
		*op = outside;
	return 0;
}

/* ---- what comes back ---- */

static void tell(const struct sip_outside_user *user, void *arg, const struct sip_msg *msg,
		 const struct sip_flow *flow)
{
	if (user->response)
		user->response(arg, msg, flow);
}

static void response_received(void *arg, struct sip_client *client,
			      const struct sip_msg *msg)
{
	struct sip_outside *outside = arg;
	const struct sip_outside_user *user = outside->user;
	struct sip_flow flow = outside->flow;

	(void)client;
	arg = outside->arg;
	rd_timer_stop(&outside->patience);
	if (moves_on(outside, msg))
		return;
	if (msg->status != 503)
		sip_way_heard(outside->way);
	if (msg->status >= 200)
		sip_outside_forget(outside);
	tell(user, arg, msg, &flow);
}

/* Who was heard once lives, and has the request: another would have it twice. */
static void client_failed(void *arg, struct sip_client *client, int rc)
{
	struct sip_outside *outside = arg;

	if (sip_client_status(client) || !moves_on(outside, NULL))
		give_up(outside, rc);
}

/* The driver stops; who holds it forgets it. */
static void client_ended(void *arg, struct sip_client *client)
{
	struct sip_outside *outside = arg;

	(void)client;
	outside->client = NULL;
	if (!outside->held)
		sip_outside_forget(outside);
}

static const struct sip_client_user client_user = {
	.response = response_received,
	.failed = client_failed,
	.ended = client_ended,
};
