/* Where the phone of a call is: calls follow it when it registers from elsewhere, and find it
 * when the connection is gone that they came by (RFC 5626 §5.3, RFC 5627 §6.1). */
#include "channels/sip/call/follow.h"
#include "channels/sip/endpoint/record.h"

/* Where there are no connections it needs no name. */
void sip_call_note_device(struct sip_call *call, const struct sip_flow *flow)
{
	const struct sip_contact *contact =
		flow->connection ? sip_location_by_flow(sip.location, flow) : NULL;

	/* Without memory its URI must do. */
	if (contact && contact->instance.n)
		call->device = rd_strndup(contact->instance.p, contact->instance.n);
}

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

static void dialog_follows(struct sip_call *call, const struct sip_contact *contact,
			   const struct sip_flow *before)
{
	sip_dialog_follow(call->dialog, before, &contact->flow);
	sip_dialog_take_along(call->dialog, call->bye, before);
	sip_dialog_take_along(call->dialog, call->modify.client, before);
	sip_dialog_take_along(call->dialog, call->refer.client, before);
}

void sip_calls_follow(const struct sip_contact *contact, const struct sip_flow *before)
{
	rd_list_foreach(node, tmp, &sip.calls) {
		struct sip_call *call = rd_list_entry(node, struct sip_call, link);

		if (!sip_record_is_of(contact->aor, call->endpoint))
			continue;
		if (call->dialog && is_with(call->device, contact))
			dialog_follows(call, contact, before);
		rd_list_foreach(at, next, &call->legs)
			leg_follows(rd_list_entry(at, struct sip_leg, link), contact, before);
	}
}

bool sip_call_find_far(void *arg, const struct sip_dialog *dialog, struct sip_flow *flow)
{
	const struct sip_call *call = arg;

	return sip_location_flow(sip.location, rd_str_of(call->endpoint->record),
				 rd_str_of(call->device), dialog->target, flow);
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
