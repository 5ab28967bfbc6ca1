/* A call whose phone goes elsewhere, or whose connection breaks. One that rings goes on:
 * the phone answers by another connection, or registers by one, and what we have to say goes
 * there (RFC 3261 §18.2.2, RFC 5626 §4.5). How long that may take, the transaction says. */
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/leg.h"

/* Legs that have lost a connection while they rang; some have another one by now. */
static struct rd_list cut_legs = RD_LIST_INIT(cut_legs);

static struct rd_str name_of(const struct sip_call *call)
{
	return rd_str_of(call->endpoint->name);
}

/* As its device is registered now, or the target that it was sent to once more. */
static bool find_way(const struct sip_leg *leg, struct sip_flow *flow)
{
	if (leg->way)
		return sip_way_again(leg->way, sip.transports, flow) == 0;
	return leg->fork_count &&
	       sip_location_flow(sip.location, name_of(leg->call), rd_str_of(leg->instance),
				 leg->forks[0]->dialog->target, flow);
}

static void go_on_elsewhere(struct sip_leg *leg)
{
	struct sip_flow flow;

	if (find_way(leg, &flow))
		sip_client_move(leg->client, &flow);
}

void sip_leg_cut(struct sip_leg *leg)
{
	if (!rd_list_linked(&leg->cut))
		rd_list_push(&cut_legs, &leg->cut);
	go_on_elsewhere(leg);
}

void sip_legs_look_again(const struct sip_contact *contact)
{
	rd_list_foreach(node, tmp, &cut_legs) {
		struct sip_leg *leg = rd_list_entry(node, struct sip_leg, cut);

		if (leg->client && sip_client_is_cut(leg->client) &&
		    strcmp(leg->call->endpoint->name, contact->aor->name) == 0)
			go_on_elsewhere(leg);
	}
}

void sip_leg_moved(struct sip_leg *leg)
{
	const struct sip_flow *flow = sip_client_flow(leg->client);

	for (int i = 0; i < leg->fork_count; i++)
		if (sip_dialog_would_move(leg->forks[i]->dialog, flow))
			sip_dialog_move(leg->forks[i]->dialog, flow);
}

/* ---- phones that register from elsewhere ---- */

/* Two devices may be behind one flow. */
static bool is_with(const char *device, const struct sip_contact *contact)
{
	return !device || !contact->instance.n ||
	       rd_str_eq(contact->instance, rd_str_of(device));
}

static void leg_follows(struct sip_leg *leg, const struct sip_contact *contact,
			const struct sip_flow *before)
{
	if (!is_with(leg->instance, contact))
		return;
	for (int i = 0; i < leg->fork_count; i++)
		sip_dialog_follow(leg->forks[i]->dialog, before, &contact->flow);
	if (leg->client && sip_flow_same(sip_client_flow(leg->client), before))
		sip_client_move(leg->client, &contact->flow);
}

void sip_calls_follow(const struct sip_contact *contact, const struct sip_flow *before)
{
	rd_list_foreach(node, tmp, &sip.calls) {
		struct sip_call *call = rd_list_entry(node, struct sip_call, link);

		if (strcmp(call->endpoint->name, contact->aor->name) != 0)
			continue;
		if (call->dialog && is_with(call->device, contact))
			sip_dialog_follow(call->dialog, before, &contact->flow);
		rd_list_foreach(at, next, &call->legs)
			leg_follows(rd_list_entry(at, struct sip_leg, link), contact, before);
	}
}

/* ---- calls that are up ---- */

bool sip_call_find_far(void *arg, const struct sip_dialog *dialog, struct sip_flow *flow)
{
	const struct sip_call *call = arg;

	return sip_location_flow(sip.location, name_of(call), rd_str_of(call->device),
				 dialog->target, flow);
}

/* By what its dialog has come to since, or by what it has registered. What came through a
 * proxy goes back to that. */
bool sip_call_find_caller(void *arg, struct sip_server *server, struct sip_flow *flow)
{
	const struct sip_call *call = arg;
	const struct sip_dialog *dialog = call->dialog;

	(void)server;
	if (!dialog || dialog->routes.n)
		return false;
	if (!sip_flow_alive(&dialog->flow))
		return sip_call_find_far(arg, dialog, flow);
	*flow = dialog->flow;
	return true;
}

/* The phone that a call comes from: where there are no connections it needs no name. */
void sip_call_note_device(struct sip_call *call, const struct sip_flow *flow)
{
	const struct sip_contact *contact =
		flow->connection ? sip_location_by_flow(sip.location, flow) : NULL;

	/* Without memory its URI must do. */
	if (contact && contact->instance.n)
		call->device = rd_strndup(contact->instance.p, contact->instance.n);
}
