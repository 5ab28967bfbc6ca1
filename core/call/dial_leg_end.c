/* How legs of a dial end: why, who is told of it, and who answers in the place of another. */
#include <ringdown/log.h>

#include "core/call/dial.h"
#include "core/call/join.h"
#include "core/call/transfer.h"

void rd__dial_publish_end(struct rd__dial *dial, struct rd_channel *leg, const char *status)
{
	struct rd_event event = { .type = RD_EVENT_DIAL_END,
				  .channel = rd__dial_told_caller(dial),
				  .peer = leg,
				  .text = status };

	rd_event_publish(&event);
}

enum rd_dial_status rd__dial_status_of(int cause)
{
	switch (cause) {
	case RD_CAUSE_BUSY:
	case RD_CAUSE_REJECTED:
		return RD_DIAL_BUSY;
	case RD_CAUSE_CONGESTION:
	case RD_CAUSE_SWITCH_CONGESTION:
	case RD_CAUSE_NETWORK_OUT_OF_ORDER:
	case RD_CAUSE_TEMPORARY_FAILURE:
		return RD_DIAL_CONGESTION;
	case RD_CAUSE_NONE:
	case RD_CAUSE_NORMAL:
	case RD_CAUSE_NO_USER_RESPONSE:
	case RD_CAUSE_NO_ANSWER:
		return RD_DIAL_NOANSWER;
	default:
		return RD_DIAL_CHANUNAVAIL;
	}
}

enum rd_dial_status rd__dial_failed(struct rd__dial *dial, int cause)
{
	enum rd_dial_status status = rd__dial_status_of(cause);

	if (cause == RD_CAUSE_NONE || cause == RD_CAUSE_NORMAL)
		cause = RD_CAUSE_NO_ANSWER;
	dial->failures[status] = cause;
	return status;
}

/* It is not this dial's any more. */
static struct rd_channel *part_with(struct rd__dial *dial, struct rd__leg *leg)
{
	struct rd_channel *ch = leg->ch;

	if (leg->set)
		leg->set->ringing--;
	leg->set = NULL;
	if (dial->early == ch) {
		rd__media_part(dial->caller, ch);
		dial->early = NULL;
	}
	rd__channel_set_dialler(ch, NULL);
	leg->ch = NULL;
	dial->alive--;
	return ch;
}

void rd__leg_let_go(struct rd__dial *dial, struct rd__leg *leg, int cause)
{
	rd_channel_let_go(part_with(dial, leg), cause);
	rd__route_left(leg); /* its driver may have told the route how it ended */
}

/* Does a leg of this target ring still, or will one? */
static bool has_somebody(const struct rd__dial *dial, size_t target)
{
	rd_list_foreach(node, tmp, &dial->legs) {
		const struct rd__leg *leg = rd_list_entry(node, struct rd__leg, link);

		if ((leg->ch || leg->ended) && leg->target == target)
			return true;
	}
	return rd__forwards_pending(dial, target);
}

void rd__dial_lost(struct rd__dial *dial, size_t target, enum rd_dial_status why)
{
	const struct rd_dial_result *result = dial->result;
	bool won = result->status == RD_DIAL_ANSWER && result->target == target;

	if (dial->options->on_lost && !won && !has_somebody(dial, target))
		dial->options->on_lost(target, why, dial->options->arg);
}

void rd__leg_fail(struct rd__dial *dial, struct rd__leg *leg, int cause)
{
	enum rd_dial_status status = rd__dial_failed(dial, cause);

	rd_verbose("%s: %s: %s", rd__dial_caller_name(dial),
		   leg->ch ? rd_channel_name(leg->ch) : leg->dialled, rd_cause_text(cause));
	if (leg->ch) {
		rd__dial_publish_end(dial, leg->ch, rd_dial_status_name(status));
		rd__leg_let_go(dial, leg, cause);
	}
	rd__dial_lost(dial, leg->target, status);
}

void rd__leg_end(struct rd__dial *dial, struct rd__leg *leg, int cause)
{
	if (leg->route && leg->ch)
		rd__route_way_ended(dial, leg, cause);
	else if (!rd__leg_forwarded(dial, leg, cause))
		rd__leg_fail(dial, leg, cause);
}

/* The caller is transferred to whom it calls: that one rings on, for who comes in its place. */
static bool leave_ringing(struct rd__dial *dial, struct rd__leg *leg)
{
	struct rd_transfer *to = dial->caller ? dial->caller->legs_to : NULL;
	struct rd_channel *ch;

	if (!to || dial->result->status != RD_DIAL_CANCEL)
		return false;
	ch = part_with(dial, leg);
	rd_channel_set_notify(ch, NULL);
	leg->ch = ch;
	leg->named_by = NULL; /* that goes with the dial */
	rd__transfer_keep_leg(to, leg);
	return true;
}

/* A leg that is of no list any more. */
static void drop(struct rd__dial *dial, struct rd__leg *leg, enum rd_dial_status why, int cause)
{
	size_t target = leg->target;
	bool has_next_way = leg->ended;

	rd__route_end(leg);
	if (!leg->ch) {
		rd_free(leg);
		if (has_next_way)
			rd__dial_lost(dial, target, why);
		return;
	}
	rd__dial_publish_end(dial, leg->ch, rd_dial_status_name(why));
	if (!leave_ringing(dial, leg)) {
		rd__leg_let_go(dial, leg, cause);
		rd_free(leg);
	}
	rd__dial_lost(dial, target, why);
}

void rd__legs_drop(struct rd__dial *dial, int cause)
{
	enum rd_dial_status why = dial->result->status;
	struct rd_list *node;

	if (why == RD_DIAL_ANSWER)
		why = RD_DIAL_CANCEL;
	while ((node = rd_list_pop(&dial->legs)))
		drop(dial, rd_list_entry(node, struct rd__leg, link), why, cause);
	rd__forwards_drop(dial, why);
}

static void publish_pickup(struct rd_channel *picker, struct rd_channel *rang)
{
	struct rd_event event = { .type = RD_EVENT_PICKUP, .channel = picker, .peer = rang };

	rd_event_publish(&event);
}

void rd__leg_picked_up(struct rd__dial *dial, struct rd__leg *leg)
{
	struct rd_channel *rang = leg->ch, *heir = rang->heir;

	if (dial->early == rang) {
		rd__media_part(dial->caller, rang);
		dial->early = NULL;
	}
	rd__route_left(leg);
	rd_verbose("%s: %s answers for %s", rd__dial_caller_name(dial), rd_channel_name(heir),
		   rd_channel_name(rang));
	publish_pickup(heir, rang);
	rd__dial_publish_end(dial, rang, "CANCEL");
	leg->ch = heir;
	rd_channel_set_notify(heir, &dial->changed);
	if (dial->caller) {
		rd__channel_link_call(heir, dial->caller);
		rd_channel_set_party(heir, RD_PARTY_CONNECTED,
				     rd_channel_party(dial->caller, RD_PARTY_CALLER));
	}
	rd__channel_set_dialler(rang, NULL);
	rd_channel_set_notify(rang, NULL);
	rd__channel_seated(rang);
	rd__channel_unref(rang);
}
