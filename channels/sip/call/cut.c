/* A leg whose connection breaks while it rings goes on: the phone answers by another one,
 * or registers by one, and what we have to say goes there (RFC 3261 §18.2.2, RFC 5626
 * §4.5). How long that may take, the transaction says. */
#include "channels/sip/call/leg.h"
#include "channels/sip/endpoint/record.h"

/* Legs that have lost a connection while they rang; some have another one by now. */
static struct rd_list cut_legs = RD_LIST_INIT(cut_legs);

/* As its device is registered now, or the target that it was sent to once more. */
static bool find_way(const struct sip_leg *leg, struct sip_flow *flow)
{
	const char *record = leg->call->endpoint->record;

	if (leg->way)
		return sip_way_again(leg->way, sip.transports, flow) == 0;
	return leg->fork_count &&
	       sip_location_flow(sip.location, rd_str_of(record), rd_str_of(leg->instance),
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
		    sip_record_is_of(contact->aor, leg->call->endpoint))
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
