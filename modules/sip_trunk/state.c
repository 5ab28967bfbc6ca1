/* What is known of each trunk: its calls, and whether it may have more. Kept by name, over
 * reloads, until the module goes. */
#include <stdio.h>
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "modules/sip_trunk/trunk.h"

static struct rd_list states = RD_LIST_INIT(states);

struct trunk_state *trunk_state_find(const char *name)
{
	rd_list_foreach(node, tmp, &states) {
		struct trunk_state *state = rd_list_entry(node, struct trunk_state, link);

		if (strcmp(state->name, name) == 0)
			return state;
	}
	return NULL;
}

static void rested(void *arg)
{
	const struct trunk_state *state = arg;

	trunk_state_look(state->name);
}

struct trunk_state *trunk_state_of(const char *name)
{
	struct trunk_state *state = trunk_state_find(name);
	size_t size = strlen(name) + 1;

	if (state)
		return state;
	state = rd_zalloc(sizeof(*state) + size);
	if (!state)
		return NULL;
	memcpy(state->name, name, size);
	rd_list_init(&state->calls);
	rd_timer_init(&state->rest, rested, state);
	rd_list_push(&states, &state->link);
	return state;
}

void trunk_states_drop(void)
{
	struct rd_list *node;

	while ((node = rd_list_pop(&states))) {
		struct trunk_state *state = rd_list_entry(node, struct trunk_state, link);

		rd_timer_stop(&state->rest);
		trunk_limits_drop(state);
		rd_free(state);
	}
}

/* ---- is it worth a try? ---- */

#define RETRY_AFTER_MAX_S 600 /* nobody sends us away for longer */

static bool rests(const struct trunk_state *state)
{
	return state && state->rest_until_ms > rd_now_ms();
}

enum trunk_worth trunk_worth(const char *name)
{
	const struct trunk_state *state = trunk_state_find(name);
	struct rd_sip_peer peer;

	if (!trunk_driver || !trunk_driver->peer(name, &peer))
		return TRUNK_USELESS;
	if ((state && state->drained) || (peer.registers && !peer.registered))
		return TRUNK_CLOSED;
	if (peer.reach == RD_SIP_UNREACHABLE)
		return TRUNK_SILENT;
	return rests(state) ? TRUNK_RESTS : TRUNK_FIT;
}

static void rest(struct trunk_state *state, int ms)
{
	uint64_t until = rd_now_ms() + (uint64_t)ms;

	state->failures = 0;
	if (until > state->rest_until_ms) {
		state->rest_until_ms = until;
		rd_timer_start(&state->rest, ms);
	}
	rd_notice("trunk %s: others are tried before it for %d s", state->name, ms / 1000);
	trunk_state_look(state->name);
}

void trunk_failed(struct trunk_state *state, int retry_after_s)
{
	const struct trunk *trunk = trunks_in_force ? trunk_find(trunks_in_force, state->name)
						    : NULL;

	state->failures++;
	if (retry_after_s > 0)
		rest(state, RD_MIN(retry_after_s, RETRY_AFTER_MAX_S) * 1000);
	else if (trunk && trunk->max_failures && state->failures >= trunk->max_failures)
		rest(state, trunk->rest_ms);
}

void trunk_worked(struct trunk_state *state)
{
	state->failures = 0;
}

/* ---- what others are told of it ---- */

const char *trunk_state_name(const struct rd_sip_peer *peer, const struct trunk_state *state)
{
	if (state && state->drained)
		return state->in.now + state->out.now ? "draining" : "drained";
	if (peer->registers && !peer->registered)
		return "unregistered";
	if (peer->reach == RD_SIP_UNREACHABLE)
		return "unreachable";
	if (rests(state))
		return "resting";
	if (peer->registers)
		return "registered";
	return peer->reach == RD_SIP_REACHABLE ? "reachable" : "unmonitored";
}

static void tell_lamp(const char *group)
{
	char device[96];

	snprintf(device, sizeof(device), "TRUNK/%s", group);
	rd_device_changed(device);
}

/* Lamps show whether a group has anybody. */
static void tell_groups(const char *name)
{
	const struct trunk_group *group = trunks_in_force ? trunks_in_force->groups : NULL;
	bool is_one = false;

	for (; group; group = group->next) {
		is_one |= strcmp(group->name, name) == 0;
		if (trunk_group_has(group, name))
			tell_lamp(group->name);
	}
	/* A peer of another file is called as one, too. */
	if (!is_one)
		tell_lamp(name);
}

void trunk_state_look(const char *name)
{
	struct rd_event event = { .type = RD_EVENT_TRUNK, .name = name };
	struct trunk_state *state;
	struct rd_sip_peer peer;

	if (!trunk_driver || !trunk_driver->peer(name, &peer))
		return;
	state = trunk_state_of(name);
	if (!state)
		return;
	event.text = trunk_state_name(&peer, state);
	event.number = state->in.now + state->out.now;
	if (state->told && strcmp(state->told, event.text) == 0)
		return;
	state->told = event.text;
	rd_event_publish(&event);
	tell_groups(name);
}

void trunk_set_drained(struct trunk_state *state, bool drained)
{
	state->drained = drained;
	trunk_state_look(state->name);
}

static void look(const char *name)
{
	trunk_state_look(name);
	trunk_routes_look(name);
}

/* A section may say now that nobody asks whether it is there. */
static void reloaded(const struct rd_event *event, void *arg)
{
	(void)event;
	(void)arg;
	rd_list_foreach(node, tmp, &states) {
		const struct trunk_state *state = rd_list_entry(node, struct trunk_state, link);

		if (state->told)
			look(state->name);
	}
}

/* The driver has learned whether a peer is there, or knows us. */
static void changed(const struct rd_event *event, void *arg)
{
	/* A trunk with several hosts is registered with the others by sections of their own. */
	const char *whose = rd_event_value(event, "endpoint");

	(void)arg;
	if (!event->name)
		return;
	look(event->name);
	if (*whose)
		look(whose);
}

const struct rd_subscriber trunk_subscribers[] = {
	{ .name = "sip_trunk",
	  .types = RD_EVENT_BIT(RD_EVENT_CONTACT) | RD_EVENT_BIT(RD_EVENT_REGISTRATION),
	  .notify = changed },
	{ .name = "sip_trunk", .types = RD_EVENT_BIT(RD_EVENT_RELOAD), .notify = reloaded },
	{ 0 },
};
