/* A leg whose connection breaks while it rings goes on: the phone answers by another one,
 * or registers by one, and what we have to say goes there (RFC 3261 §18.2.2, RFC 5626
 * §4.5). How long that may take, the transaction says. Of a phone that comes back later we
 * have but to say that it rings for nobody. */
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

/* A phone that nobody waits for any more. */
struct stray {
	struct rd_list link;
	struct sip_client *client;
	struct sip_settings *settings;
	const struct sip_endpoint *endpoint;
	char *instance; /* NULL: it told none */
	char target[];
};

static struct rd_list strays = RD_LIST_INIT(strays);

static void stray_ended(void *arg, struct sip_client *client)
{
	struct stray *stray = arg;

	(void)client;
	rd_list_remove(&stray->link);
	sip_settings_unref(stray->settings);
	rd_free(stray->instance);
	rd_free(stray);
}

static const struct sip_client_user stray_user = { .ended = stray_ended };

/* Without memory it rings on. */
void sip_leg_leave_ringing(struct sip_leg *leg)
{
	const char *target = leg->fork_count ? leg->forks[0]->dialog->target.p : NULL;
	size_t n = target ? leg->forks[0]->dialog->target.n : 0;
	struct stray *stray = target && !leg->way ? rd_zalloc(sizeof(*stray) + n + 1) : NULL;

	if (!stray)
		return;
	memcpy(stray->target, target, n);
	stray->settings = sip_settings_ref(leg->call->settings);
	stray->endpoint = leg->call->endpoint;
	stray->instance = leg->instance;
	leg->instance = NULL;
	stray->client = leg->client;
	leg->client = NULL;
	rd_list_push(&strays, &stray->link);
	sip_client_leave_to(stray->client, &stray_user, stray);
}

static void call_off(const struct stray *stray)
{
	struct sip_flow flow;

	if (sip_location_flow(sip.location, rd_str_of(stray->endpoint->record),
			      rd_str_of(stray->instance), rd_str_of(stray->target), &flow))
		sip_client_move(stray->client, &flow);
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
	rd_list_foreach(node, tmp, &strays) {
		struct stray *stray = rd_list_entry(node, struct stray, link);

		if (sip_record_is_of(contact->aor, stray->endpoint))
			call_off(stray);
	}
}

void sip_leg_moved(struct sip_leg *leg)
{
	const struct sip_flow *flow = sip_client_flow(leg->client);

	for (int i = 0; i < leg->fork_count; i++)
		if (sip_dialog_would_move(leg->forks[i]->dialog, flow))
			sip_dialog_move(leg->forks[i]->dialog, flow);
}
