/* What the events of a call mean for its records: who calls whom, who talks to
 * whom, and when one record ends and the next begins. A channel that was dialled
 * has no record of its own until it does something by itself. */
#include <string.h>

#include <ringdown/bridge.h>
#include <ringdown/clock.h>
#include <ringdown/spy.h>

#include "modules/cdr/cdr.h"
#include "modules/channel_item.h"

enum {
	BUSY_US = 1000000, /* what a caller does so long is worth a record */
	LEGS_MAX = 64, /* of one bridge that are looked at */
};

/* ---- dialplan ---- */

/* Who was dialled does nothing himself in a subroutine of the caller's: options b, U and e of
 * Dial(), b of Page(). */
static bool is_lent(const struct rd_event *event)
{
	return event->number && rd_channel_outgoing(event->channel) &&
	       !cdr_leg_find(event->channel);
}

/* A subroutine of the application that it is in, as by B of Dial(): that one is what it does. */
static bool is_within_app(const struct rd_event *event)
{
	char *app = event->number ? channel_item((struct rd_channel *)event->channel, "appname")
				  : NULL;
	bool is = app && *app;

	rd_free(app);
	return is;
}

/* What the leg does after that has a record of its own. */
static bool was_in_room(const struct cdr_record *record)
{
	return record->phase == CDR_ALONE && *record->bridge_id;
}

static void on_step(const struct rd_event *event)
{
	struct cdr_leg *leg = is_lent(event) || is_within_app(event)
				      ? NULL
				      : cdr_leg_of((struct rd_channel *)event->channel);
	struct cdr_record *record;

	if (!leg || leg->hanging_up)
		return;
	record = cdr_leg_live(leg);
	/* He and who answered go ways of their own, or he has left the room. */
	if (record && (record->phase == CDR_MET || was_in_room(record)))
		cdr_leg_end(leg, record);
	if (!event->number)
		cdr_leg_set_place(leg);
	cdr_text_set(&leg->place.app, event->name);
	cdr_text_set(&leg->place.data, event->text);
	if (!cdr_leg_live(leg) && !leg->busy_us)
		leg->busy_us = (int64_t)rd_wall_us();
}

static void on_up(const struct rd_channel *ch)
{
	struct cdr_leg *leg =
		rd_channel_outgoing(ch) ? cdr_leg_find(ch) : cdr_leg_of((struct rd_channel *)ch);
	struct cdr_record *record = leg ? cdr_leg_need_live(leg) : NULL;

	if (!record || record->answer_us)
		return;
	record->answer_us = (int64_t)rd_wall_us();
	if (record->phase != CDR_DIALING)
		record->disposition = CDR_ANSWERED;
}

/* What it did alone since its last record, if it was worth one. */
static void add_rest(struct cdr_leg *leg)
{
	int64_t since = leg->busy_us;
	struct cdr_record *record;

	if (cdr_leg_live(leg) || !since || (int64_t)rd_wall_us() - since < BUSY_US ||
	    !rd_channel_answered_ms(leg->ch))
		return;
	record = cdr_record_new(leg);
	if (!record)
		return;
	record->answer_us = record->start_us;
	record->disposition = CDR_ANSWERED;
}

/* Who answers and goes before the two are joined, for he does not want the call, or whose caller
 * goes, has not talked to him. */
static void end_met(const struct rd_channel *ch)
{
	rd_list_foreach(node, tmp, &cdr_kept->met) {
		struct cdr_record *record = rd_list_entry(node, struct cdr_record, met);

		if (record->leg->ch != ch && strcmp(record->peer_id, rd_channel_uniqueid(ch)) != 0)
			continue;
		record->disposition = CDR_NO_ANSWER;
		cdr_leg_end(record->leg, record);
	}
}

static void on_state(const struct rd_event *event)
{
	struct cdr_leg *leg;

	if (event->number == RD_CHANNEL_UP)
		on_up(event->channel);
	if (event->number != RD_CHANNEL_GONE)
		return;
	end_met(event->channel);
	leg = cdr_leg_find(event->channel);
	if (!leg)
		return;
	add_rest(leg);
	cdr_leg_end_all(leg);
	leg->hanging_up = true;
}

static void on_end(const struct rd_channel *ch)
{
	struct cdr_leg *leg = cdr_leg_find(ch);

	if (leg)
		cdr_leg_close(leg);
}

/* ---- dialling ---- */

/* The record that a leg has with this peer, in one of these phases. */
static struct cdr_record *with_peer(const struct cdr_leg *leg, const struct rd_channel *peer,
				    unsigned phases)
{
	const char *id = rd_channel_uniqueid(peer);

	rd_list_foreach(node, tmp, &leg->records) {
		struct cdr_record *record = rd_list_entry(node, struct cdr_record, link);

		if (phases & 1u << record->phase && strcmp(record->peer_id, id) == 0)
			return record;
	}
	return NULL;
}

static void on_dial(const struct rd_event *event)
{
	struct cdr_leg *leg;
	struct cdr_record *record;

	if (event->number && event->peer)
		cdr_behind_mark(event->peer);
	if (!event->channel || !event->peer) {
		if (event->peer) /* originated: it is party A of what it does */
			cdr_leg_of((struct rd_channel *)event->peer);
		return;
	}
	leg = cdr_leg_of((struct rd_channel *)event->channel);
	record = leg ? cdr_leg_live(leg) : NULL;
	if (record && (record->phase == CDR_MET || record->phase == CDR_BRIDGED)) {
		cdr_leg_end(leg, record);
		record = NULL;
	}
	if (leg && (!record || record->phase == CDR_DIALING))
		record = cdr_record_new(leg);
	if (!record)
		return;
	cdr_place_copy(&record->place, &leg->place);
	if (event->name) { /* dialled by keys, while it talked */
		cdr_text_set(&record->place.exten, event->name);
		cdr_text_set(&record->place.app, NULL);
		cdr_text_set(&record->place.data, NULL);
	}
	record->phase = CDR_DIALING;
	record->disposition = CDR_NO_ANSWER;
	cdr_behind_set_peer(record, event->peer);
	if (leg->is_half)
		cdr_behind_show(leg, record);
}

static enum cdr_disposition disposition_of(const char *status)
{
	if (strcmp(status, "ANSWER") == 0)
		return CDR_ANSWERED;
	if (strcmp(status, "BUSY") == 0)
		return CDR_BUSY;
	if (strcmp(status, "CONGESTION") == 0)
		return cdr_kept->settings.congestion ? CDR_CONGESTION : CDR_FAILED;
	return strcmp(status, "CHANUNAVAIL") == 0 ? CDR_FAILED : CDR_NO_ANSWER;
}

static void on_dialled(const struct rd_event *event)
{
	struct cdr_leg *leg = cdr_leg_find(event->channel);
	struct cdr_record *record;

	if (!leg || !event->peer)
		return;
	record = with_peer(leg, event->peer, 1u << CDR_DIALING);
	if (!record)
		return;
	record->disposition = disposition_of(event->text);
	/* Forwarded because he was busy: that he was. */
	if (strcmp(event->text, "FORWARD") == 0 && rd_channel_cause(event->peer) == RD_CAUSE_BUSY)
		record->disposition = CDR_BUSY;
	if (record->disposition != CDR_ANSWERED) {
		cdr_leg_end(leg, record);
		return;
	}
	record->phase = CDR_MET;
	rd_list_push(&cdr_kept->met, &record->met);
	if (leg->is_half) /* of several, this one */
		cdr_behind_show(leg, record);
	if (!record->answer_us && rd_channel_answered_ms(leg->ch))
		record->answer_us = (int64_t)rd_wall_us();
}

/* ---- bridges ---- */

static void talk(struct cdr_record *record, const struct rd_bridge *bridge)
{
	rd_list_remove(&record->met);
	record->phase = CDR_BRIDGED;
	record->disposition = CDR_ANSWERED;
	if (!record->answer_us)
		record->answer_us = (int64_t)rd_wall_us();
	rd_strcpy(record->bridge_id, sizeof(record->bridge_id), rd_bridge_id(bridge));
}

/* Who dialled whom, if one of them did. */
static bool resume_dialled(const struct rd_channel *a, const struct rd_channel *b,
			   const struct rd_bridge *bridge)
{
	struct cdr_leg *leg = cdr_leg_find(a);
	struct cdr_record *record = leg ? with_peer(leg, b, 1u << CDR_MET) : NULL;

	if (record)
		talk(record, bridge);
	return record;
}

/* By CDR_PROP(party_a), else who was not dialled, else who was there first. */
static bool is_party_a(const struct rd_channel *a, const struct rd_channel *b)
{
	const struct cdr_leg *leg_a = cdr_leg_find(a), *leg_b = cdr_leg_find(b);
	bool wants_a = leg_a && leg_a->party_a, wants_b = leg_b && leg_b->party_a;

	if (wants_a != wants_b)
		return wants_a;
	if (rd_channel_outgoing(a) != rd_channel_outgoing(b))
		return rd_channel_outgoing(b);
	return rd_channel_created_ms(a) <= rd_channel_created_ms(b);
}

static bool is_of_bridge(const struct cdr_record *record, const struct rd_bridge *bridge)
{
	return record->phase == CDR_BRIDGED && strcmp(record->bridge_id, rd_bridge_id(bridge)) == 0;
}

/* The two have changed bridges, as when a third joins them or leaves: they talk on. */
static bool goes_on(struct cdr_leg *leg, const struct rd_channel *b, const struct rd_bridge *bridge)
{
	struct cdr_record *live = cdr_leg_live(leg), *record = NULL;

	if (!live || is_of_bridge(live, bridge))
		record = cdr_leg_resume(leg, rd_channel_uniqueid(b));
	if (record)
		talk(record, bridge);
	return record;
}

static void pair(struct rd_channel *a, const struct rd_channel *b, const struct rd_bridge *bridge)
{
	struct cdr_leg *leg = cdr_leg_of(a);
	struct cdr_record *record = leg ? cdr_leg_live(leg) : NULL;

	if (leg && goes_on(leg, b, bridge))
		return;
	if (record && (record->phase != CDR_ALONE || was_in_room(record))) {
		if (!is_of_bridge(record, bridge)) /* else a third has joined the two */
			cdr_leg_end(leg, record);
		record = NULL;
	}
	if (leg && !record)
		record = cdr_record_new(leg);
	if (!record)
		return;
	if (!leg->place.app) /* it has dialled nothing itself */
		cdr_text_set(&leg->place.exten, rd_channel_party(b, RD_PARTY_CALLER)->number);
	cdr_place_copy(&record->place, &leg->place);
	cdr_behind_set_peer(record, b);
	talk(record, bridge);
	if (leg->is_half) /* it was fetched */
		cdr_behind_show(leg, record);
}

/* Who was only called into it, as by Page(), has done nothing himself that were worth a record. */
static bool was_called_in(const struct cdr_leg *leg, const struct cdr_record *record)
{
	return rd_channel_outgoing(leg->ch) && !leg->place.app &&
	       (!record || record->phase == CDR_ALONE);
}

static void on_enter_room(struct rd_channel *ch, const struct rd_bridge *bridge)
{
	struct cdr_leg *leg = cdr_leg_of(ch);
	struct cdr_record *record = leg ? cdr_leg_live(leg) : NULL;

	if (leg && !was_called_in(leg, record)) {
		record = cdr_leg_need_live(leg);
		if (record && record->phase == CDR_ALONE)
			rd_strcpy(record->bridge_id, sizeof(record->bridge_id),
				  rd_bridge_id(bridge));
	} else if (record) {
		cdr_record_free(record);
	}
}

static void on_enter(const struct rd_event *event)
{
	struct rd_channel *ch = (struct rd_channel *)event->channel, *others[LEGS_MAX];
	struct rd_channel *other = NULL;
	int count;

	if (rd_spy_intrudes(ch))
		return;
	if (rd_bridge_is_room(event->bridge)) {
		on_enter_room(ch, event->bridge);
		return;
	}
	count = rd_bridge_channels(event->bridge, others, LEGS_MAX);
	for (int i = 0; i < count && !other; i++)
		other = others[i] == ch || rd_spy_intrudes(others[i]) ? NULL : others[i];
	if (!other || resume_dialled(ch, other, event->bridge) ||
	    resume_dialled(other, ch, event->bridge))
		return;
	if (is_party_a(ch, other))
		pair(ch, other, event->bridge);
	else
		pair(other, ch, event->bridge);
}

/* End a leg's records in that bridge: all, or those with one peer. */
static void end_bridged(struct cdr_leg *leg, const struct rd_bridge *bridge,
			const struct rd_channel *peer)
{
	rd_list_foreach(node, tmp, &leg->records) {
		struct cdr_record *record = rd_list_entry(node, struct cdr_record, link);

		if (is_of_bridge(record, bridge) &&
		    (!peer || strcmp(record->peer_id, rd_channel_uniqueid(peer)) == 0))
			cdr_leg_end(leg, record);
	}
}

static void on_leave(const struct rd_event *event)
{
	struct rd_channel *others[LEGS_MAX];
	struct cdr_leg *leg = cdr_leg_find(event->channel);
	int count;

	if (leg)
		end_bridged(leg, event->bridge, NULL);
	if (rd_bridge_is_room(event->bridge))
		return;
	count = rd_bridge_channels(event->bridge, others, LEGS_MAX);
	for (int i = 0; i < count; i++) {
		leg = cdr_leg_find(others[i]);
		if (leg)
			end_bridged(leg, event->bridge, event->channel);
	}
}

void cdr_notify(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (!cdr_legs_are_kept())
		return;
	switch (event->type) {
	case RD_EVENT_CHANNEL_STEP:
		on_step(event);
		break;
	case RD_EVENT_CHANNEL_STATE:
		on_state(event);
		break;
	case RD_EVENT_CHANNEL_END:
		on_end(event->channel);
		break;
	case RD_EVENT_DIAL_BEGIN:
		on_dial(event);
		break;
	case RD_EVENT_DIAL_END:
		on_dialled(event);
		break;
	case RD_EVENT_BRIDGE_ENTER:
		on_enter(event);
		break;
	case RD_EVENT_BRIDGE_LEAVE:
		on_leave(event);
		break;
	default:
		break;
	}
}
