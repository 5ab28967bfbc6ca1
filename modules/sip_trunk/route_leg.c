/* The leg that a group's call has at one of its trunks: is it silent, does it not ring, is its
 * far end there no more? Then it is ended, if there is another way. */
#include <string.h>

#include "modules/sip_trunk/route.h"

#define LOOK_MS 1000

/* Its next way follows. */
static void leave(struct trunk_route *route)
{
	rd_hangup((struct rd_channel *)route->leg, RD_CAUSE_NO_USER_RESPONSE);
}

static bool is_sent_on(const struct trunk_route *route)
{
	return route->sent_next < route->sent_count;
}

/* Another than one that is silent, too? Who answers no OPTIONS is so, and has been for longer;
 * unless this one answers none either. */
static bool has_better(const struct trunk_route *route)
{
	if (is_sent_on(route) || trunk_route_has_sound(route))
		return true;
	return route->choice && trunk_worth(route->choice->name) <= TRUNK_SILENT &&
	       trunk_route_has_other(route);
}

static void silent(void *arg)
{
	struct trunk_route *route = arg;

	if (route->leg && !route->rings && trunk_driver->hurry(route->leg)) {
		rd_timer_start(&route->silence, route->group->silence_ms);
		return;
	}
	if (!route->leg || !has_better(route))
		return;
	route->left = true;
	leave(route);
}

/* ---- is its far end still there? ---- */

/* The caller has not heard it, or that is no matter. */
static bool may_leave(const struct trunk_route *route)
{
	return route->leg && !route->gone && (!route->sounds || route->group->after_ringing);
}

static void leave_the_dead(struct trunk_route *route)
{
	route->gone = true;
	leave(route);
}

/* As OPTIONS show; or its registrar does not know us any more, and it does not ring yet. */
static bool is_dead(const struct trunk_route *route)
{
	struct rd_sip_peer peer;

	if (trunk_driver->reach(route->leg) == RD_SIP_UNREACHABLE)
		return true;
	return !route->rings && trunk_driver->peer(route->choice->name, &peer) && peer.registers &&
	       !peer.registered;
}

void trunk_route_look(struct trunk_route *route)
{
	if (may_leave(route) && route->choice && !route->is_elsewhere && is_dead(route) &&
	    (is_sent_on(route) || trunk_route_has_sound(route)))
		leave_the_dead(route);
}

/* Nothing that is known speaks for any other: one that is silent will do. */
void trunk_route_lose(struct trunk_route *route)
{
	if (may_leave(route) && (is_sent_on(route) || trunk_route_has_other(route)))
		leave_the_dead(route);
}

/* While somebody waits, what is asked every half minute is asked more often. And one that died
 * when there was no other way is left when there is. */
static void look(void *arg)
{
	struct trunk_route *route = arg;

	if (!route->leg)
		return;
	if (trunk_route_has_other(route))
		trunk_driver->ask(route->leg);
	rd_timer_start(&route->look, LOOK_MS);
	trunk_route_look(route);
}

/* ---- from the beginning of the leg to its end ---- */

void trunk_route_leg_init(struct trunk_route *route)
{
	rd_timer_init(&route->silence, silent, route);
	rd_timer_init(&route->look, look, route);
}

void trunk_route_watch(struct trunk_route *route, struct rd_channel *leg)
{
	route->leg = leg;
	route->is_there = route->rings = route->sounds = route->is_renewed = false;
	route->left = route->gone = false;
	rd_timer_start(&route->silence, route->group->silence_ms);
}

void trunk_route_unwatch(struct trunk_route *route)
{
	rd_timer_stop(&route->silence);
	rd_timer_stop(&route->look);
	route->leg = NULL;
}

/* Whether it rings for ever is for the time-out of Dial(). */
void trunk_route_note(struct trunk_route *route, bool rings)
{
	if (rings || !route->is_there)
		rd_timer_stop(&route->silence);
	if (!rings && !route->is_there && route->group->progress_ms)
		rd_timer_start(&route->silence, route->group->progress_ms);
	if (!route->is_there)
		rd_timer_start(&route->look, LOOK_MS);
	route->is_there = true;
	route->rings |= rings;
}

void trunk_route_renew(struct trunk_route *route)
{
	if (!route->is_there || !may_leave(route))
		return;
	route->is_there = route->rings = false;
	route->is_renewed = true;
	rd_timer_start(&route->silence, route->group->silence_ms);
}
