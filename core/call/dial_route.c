/* Legs that take one way after the other: their technology has no channels, but knows in
 * turn by whose its resource is reached. What is a reason to go on is its business. */
#include <ringdown/log.h>

#include "core/call/dial.h"

void rd__route_left(struct rd__leg *leg)
{
	struct rd_route *route = leg->route;

	if (!route || !route->steps->left)
		return;
	rd_no_yield_begin();
	route->steps->left(route);
	rd_no_yield_end();
}

void rd__route_end(struct rd__leg *leg)
{
	struct rd_route *route = leg->route;

	leg->route = NULL;
	leg->ended = 0;
	if (!route)
		return;
	rd_no_yield_begin();
	route->steps->end(route);
	rd_no_yield_end();
}

static int ask(const struct rd__leg *leg, const struct rd_route_end *before,
	       struct rd_buf *target, int *cause)
{
	int rc;

	rd_no_yield_begin();
	rc = leg->route->steps->next(leg->route, before, target, cause);
	rd_no_yield_end();
	return rc == 0 && target->failed ? -ENOMEM : rc;
}

static int give_up(struct rd__dial *dial, struct rd__leg *leg, int cause)
{
	rd__route_end(leg);
	leg->set = NULL;
	rd__leg_end(dial, leg, cause);
	return 0;
}

static int try_way(struct rd__dial *dial, struct rd__leg *leg)
{
	leg->ended = 0;
	leg->rang = leg->progressed = leg->sounded = false;
	if (leg->set)
		leg->set->ringing++;
	return rd__leg_ring(dial, leg);
}

/* By the next of which a leg can be made. before: how the last one ended; NULL: there was
 * none. As rd__leg_call(). */
static int go_on(struct rd__dial *dial, struct rd__leg *leg, const struct rd_route_end *before)
{
	struct rd_route_end end = before ? *before : (struct rd_route_end){ 0 };
	struct rd_buf target;
	int rc;

	do {
		rd_buf_init(&target);
		rc = ask(leg, before, &target, &end.cause);
		if (rc) {
			rd_buf_fini(&target);
			return give_up(dial, leg, end.cause);
		}
		if (before)
			rd_verbose("%s: %s: now by %s", rd__dial_caller_name(dial), leg->dialled,
				   rd_buf_text(&target));
		rc = rd__leg_make(dial, leg, rd_buf_text(&target), &end.cause);
		rd_buf_fini(&target);
		end.rang = end.progressed = false;
		before = &end;
	} while (rc);
	return try_way(dial, leg);
}

static int prepare(struct rd_route *route)
{
	return route->steps->prepare ? route->steps->prepare(route) : 0;
}

int rd__route_begin(struct rd__dial *dial, struct rd__leg *leg, const struct rd_tech *tech,
		    const char *resource)
{
	struct rd__usage *outer;
	const struct rd_call_request what = {
		.resource = resource,
		.caller = dial->caller,
		.context = dial->caller ? rd_channel_context(dial->caller) : NULL,
	};
	int cause = RD_CAUSE_NO_ROUTE_DESTINATION, rc;

	outer = rd__tech_enter(tech);
	rc = tech->route(&what, &leg->route, &cause);
	rd__tech_leave(outer);
	if (rc) {
		leg->route = NULL;
		rd__leg_end(dial, leg, cause);
		return 0;
	}
	return prepare(leg->route) || (dial->caller && rd_channel_gone(dial->caller))
		       ? -ECANCELED
		       : go_on(dial, leg, NULL);
}

void rd__route_heard(struct rd__leg *leg, bool rings)
{
	struct rd_route *route = leg->route;

	if (!route || !route->steps->heard)
		return;
	rd_no_yield_begin();
	route->steps->heard(route, rings);
	rd_no_yield_end();
}

void rd__route_way_ended(struct rd__dial *dial, struct rd__leg *leg, int cause)
{
	struct rd__leg_set *set = leg->set;

	rd_verbose("%s: %s: %s", rd__dial_caller_name(dial), rd_channel_name(leg->ch),
		   rd_cause_text(cause));
	rd__dial_publish_end(dial, leg->ch, rd_dial_status_name(rd__dial_status_of(cause)));
	rd__leg_let_go(dial, leg, cause);
	leg->ended = cause ? cause : RD_CAUSE_NO_ANSWER;
	leg->set = set;
}

bool rd__routes_go_on(struct rd__dial *dial)
{
	bool called = false;

	rd_list_foreach(node, tmp, &dial->legs) {
		struct rd__leg *leg = rd_list_entry(node, struct rd__leg, link);
		const struct rd_route_end before = { leg->ended, leg->rang, leg->progressed };

		if (!leg->ended || (dial->caller && rd_channel_gone(dial->caller)))
			continue;
		go_on(dial, leg, &before);
		called = true;
	}
	return called;
}
