/* What those who are dialled have decided about it, obeyed leg by leg: see reach.h. Nobody obeys
 * for a call that the house itself originates. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "core/call/dial.h"
#include "core/call/reach.h"

static bool wish_of(const struct rd__dial *dial, const struct rd__leg *leg,
		    struct rd_reach_wish *wish)
{
	const struct rd_channel *caller = rd__dial_whose(dial);

	*wish = (struct rd_reach_wish){ 0 };
	return caller && rd__reach_wish(leg->dialled, caller, wish);
}

/* Whom calls go to may still call him who sends them there. */
static bool is_caller(const struct rd__dial *dial, const char *number)
{
	const char *own = rd_channel_party(rd__dial_whose(dial), RD_PARTY_CALLER)->number;

	return own && strcmp(own, number) == 0;
}

static bool forward(struct rd__dial *dial, struct rd__leg *leg, const struct rd_reach_wish *wish,
		    enum rd_forward when)
{
	const char *to = wish->forward[when];

	/* Of several who ring one will be found. */
	if (when != RD_FORWARD_ALWAYS && (dial->group || dial->options->group))
		return false;
	return to && !is_caller(dial, to) && rd__leg_forward_to(dial, leg, to, when);
}

static void say_why(const struct rd__dial *dial, const struct rd__leg *leg, const char *why)
{
	rd_verbose("%s: %s: not called: %s", rd__dial_caller_name(dial), leg->dialled, why);
}

static void spare(const struct rd__dial *dial, const struct rd__leg *leg, const char *why)
{
	char proper[128];
	struct rd_event event = {
		.type = RD_EVENT_DIAL_SPARED,
		.channel = rd__dial_whose(dial),
		.name = rd_tech_proper_name(leg->dialled, proper, sizeof(proper)),
		.text = rd_dial_status_name(RD_DIAL_BUSY),
	};

	say_why(dial, leg, why);
	rd_event_publish(&event);
}

bool rd__leg_obeys(struct rd__dial *dial, struct rd__leg *leg, struct rd_reach_wish *wish)
{
	if (!wish_of(dial, leg, wish))
		return false;
	if (wish->refused) {
		say_why(dial, leg, wish->refused);
		rd__leg_fail(dial, leg, RD_CAUSE_REJECTED);
		return true;
	}
	if (forward(dial, leg, wish, RD_FORWARD_ALWAYS))
		return true;
	if (wish->busy) {
		spare(dial, leg, wish->busy);
		rd__leg_end(dial, leg, RD_CAUSE_BUSY);
		return true;
	}
	if (wish->forward[RD_FORWARD_NO_ANSWER] && wish->no_answer_ms)
		leg->patience_ms = rd_now_ms() + (uint64_t)wish->no_answer_ms;
	return false;
}

/* Why it could not be had; RD_FORWARDS: that is nothing that one forwards for. */
static enum rd_forward when_of(const struct rd__leg *leg, int cause)
{
	bool rang = leg->ch && rd_channel_state(leg->ch) == RD_CHANNEL_RINGING;

	switch (cause) {
	case RD_CAUSE_BUSY:
	case RD_CAUSE_REJECTED:
		return RD_FORWARD_BUSY;
	case RD_CAUSE_NO_ANSWER:
		return RD_FORWARD_NO_ANSWER;
	case RD_CAUSE_NO_USER_RESPONSE:
		return rang ? RD_FORWARD_NO_ANSWER : RD_FORWARD_UNREACHABLE;
	case RD_CAUSE_SUBSCRIBER_ABSENT:
	case RD_CAUSE_DESTINATION_OUT_OF_ORDER:
	case RD_CAUSE_NETWORK_OUT_OF_ORDER:
	case RD_CAUSE_NO_ROUTE_DESTINATION:
		return RD_FORWARD_UNREACHABLE;
	default:
		return RD_FORWARDS;
	}
}

bool rd__leg_forwarded(struct rd__dial *dial, struct rd__leg *leg, int cause)
{
	enum rd_forward when = when_of(leg, cause);
	struct rd_reach_wish wish;

	return when != RD_FORWARDS && wish_of(dial, leg, &wish) && !wish.refused &&
	       forward(dial, leg, &wish, when);
}

static bool has_waited(const struct rd__leg *leg, bool all)
{
	return leg->ch && (all || (leg->patience_ms && rd_now_ms() >= leg->patience_ms));
}

static void fail_all(struct rd__dial *dial)
{
	rd_list_foreach(node, tmp, &dial->legs) {
		struct rd__leg *leg = rd_list_entry(node, struct rd__leg, link);

		if (leg->ch)
			rd__leg_fail(dial, leg, RD_CAUSE_NO_ANSWER);
	}
}

bool rd__legs_forward_unanswered(struct rd__dial *dial, bool all)
{
	struct rd_reach_wish wish;
	bool any = false;

	rd_list_foreach(node, tmp, &dial->legs) {
		struct rd__leg *leg = rd_list_entry(node, struct rd__leg, link);

		if (!has_waited(leg, all))
			continue;
		leg->patience_ms = 0;
		any |= wish_of(dial, leg, &wish) && forward(dial, leg, &wish, RD_FORWARD_NO_ANSWER);
	}
	if (any && all)
		fail_all(dial);
	return any;
}

int rd__legs_patience_ms(const struct rd__dial *dial)
{
	uint64_t now_ms = rd_now_ms(), next_ms = 0;

	rd_list_foreach(node, tmp, &dial->legs) {
		const struct rd__leg *leg = rd_list_entry(node, struct rd__leg, link);

		if (leg->ch && leg->patience_ms && (!next_ms || leg->patience_ms < next_ms))
			next_ms = leg->patience_ms;
	}
	if (!next_ms)
		return RD_FOREVER;
	return next_ms > now_ms ? (int)(next_ms - now_ms) : 0;
}
