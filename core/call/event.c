/* The event bus. Subscribers are called at once, in the order in which they came. Each
 * type has a list of its own: most events are for one or two of thirty. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "core/base/usage.h"
#include "core/call/call.h"
#include "core/sched/sched.h"

struct subscription {
	struct subscription *next;
	const struct rd_subscriber *subscriber; /* NULL: gone, freed after the round */
	bool retired; /* another of its name is told */
	struct rd__usage *usage; /* whose it is */
};

static struct subscription *subscriptions[RD_EVENT_TYPES];
static int publishing;
static bool somebody_left;
static uint64_t counts[RD_EVENT_TYPES];

static const char *const names[RD_EVENT_TYPES] = {
	[RD_EVENT_CHANNEL_NEW] = "ChannelNew",
	[RD_EVENT_CHANNEL_STATE] = "ChannelState",
	[RD_EVENT_CHANNEL_PARTY] = "ChannelParty",
	[RD_EVENT_CHANNEL_VAR] = "ChannelVar",
	[RD_EVENT_CHANNEL_STEP] = "ChannelStep",
	[RD_EVENT_CHANNEL_HOLD] = "ChannelHold",
	[RD_EVENT_CHANNEL_DIGIT] = "ChannelDigit",
	[RD_EVENT_CHANNEL_TALK] = "ChannelTalk",
	[RD_EVENT_CHANNEL_QUALITY] = "ChannelQuality",
	[RD_EVENT_CHANNEL_END] = "ChannelEnd",
	[RD_EVENT_DIAL_BEGIN] = "DialBegin",
	[RD_EVENT_DIAL_STATE] = "DialState",
	[RD_EVENT_DIAL_END] = "DialEnd",
	[RD_EVENT_BRIDGE_NEW] = "BridgeNew",
	[RD_EVENT_BRIDGE_ENTER] = "BridgeEnter",
	[RD_EVENT_BRIDGE_LEAVE] = "BridgeLeave",
	[RD_EVENT_BRIDGE_END] = "BridgeEnd",
	[RD_EVENT_BRIDGE_TALK] = "BridgeTalk",
	[RD_EVENT_TRANSFER] = "Transfer",
	[RD_EVENT_TRANSFER_END] = "TransferEnd",
	[RD_EVENT_PICKUP] = "Pickup",
	[RD_EVENT_PARKING] = "Parking",
	[RD_EVENT_QUEUE] = "Queue",
	[RD_EVENT_DEVICE_STATE] = "DeviceState",
	[RD_EVENT_HINT_STATE] = "HintState",
	[RD_EVENT_CONTACT] = "Contact",
	[RD_EVENT_REGISTRATION] = "Registration",
	[RD_EVENT_TRUNK] = "Trunk",
	[RD_EVENT_SECURITY] = "Security",
	[RD_EVENT_RECORDING] = "Recording",
	[RD_EVENT_RELOAD] = "Reload",
	[RD_EVENT_MODULE] = "Module",
	[RD_EVENT_MWI] = "MessageWaiting",
	[RD_EVENT_CONFERENCE] = "Conference",
	[RD_EVENT_DIAL_SPARED] = "DialSpared",
	[RD_EVENT_REACH] = "Reach",
	[RD_EVENT_EMERGENCY] = "Emergency",
	[RD_EVENT_CALL_RECORD] = "CallRecord",
	[RD_EVENT_CALL_EVENT] = "CallEvent",
	[RD_EVENT_SHUTDOWN] = "Shutdown",
	[RD_EVENT_USER] = "User",
	[RD_EVENT_CONTACT_RENEWED] = "ContactRenewed",
};

const char *rd_event_name(enum rd_event_type type)
{
	return type < RD_EVENT_TYPES ? names[type] : NULL;
}

static void sweep_list(struct subscription **at)
{
	while (*at) {
		struct subscription *it = *at;

		if (it->subscriber) {
			at = &it->next;
			continue;
		}
		*at = it->next;
		rd_free(it);
	}
}

/* Forget those that left, unless somebody walks through them. */
static void sweep(void)
{
	if (publishing || !somebody_left)
		return;
	somebody_left = false;
	for (int type = 0; type < RD_EVENT_TYPES; type++)
		sweep_list(&subscriptions[type]);
}

/* Where one comes: last, or in the turn of the one whose place it takes. */
static struct subscription **place_of(enum rd_event_type type, const struct rd_subscriber *row)
{
	struct subscription **at = &subscriptions[type];
	bool is_in_place = false;

	while (*at && !is_in_place) {
		is_in_place = (*at)->retired && strcmp((*at)->subscriber->name, row->name) == 0;
		at = &(*at)->next;
	}
	return at;
}

static int add(enum rd_event_type type, const struct rd_subscriber *subscriber)
{
	struct subscription **at = place_of(type, subscriber);
	struct subscription *it = rd_zalloc(sizeof(*it));

	if (!it)
		return -ENOMEM;
	it->subscriber = subscriber;
	it->usage = rd__usage_near((const void *)subscriber->notify);
	it->next = *at;
	*at = it;
	return 0;
}

int rd_subscribe(const struct rd_subscriber *subscriber)
{
	int rc = 0;

	for (int type = 0; rc == 0 && type < RD_EVENT_TYPES; type++)
		if (subscriber->types & RD_EVENT_BIT(type))
			rc = add((enum rd_event_type)type, subscriber);
	if (rc)
		rd_unsubscribe(subscriber);
	return rc;
}

void rd_unsubscribe(const struct rd_subscriber *subscriber)
{
	for (int type = 0; type < RD_EVENT_TYPES; type++)
		for (struct subscription *it = subscriptions[type]; it; it = it->next)
			if (it->subscriber == subscriber) {
				it->subscriber = NULL;
				it->retired = false;
				somebody_left = true;
			}
	sweep();
}

void rd__subscriber_retire(const struct rd_subscriber *subscriber, bool back)
{
	for (int type = 0; type < RD_EVENT_TYPES; type++)
		for (struct subscription *it = subscriptions[type]; it; it = it->next)
			if (it->subscriber == subscriber)
				it->retired = !back;
}

const char *rd_event_value_at(const struct rd_event *event, const char *name, size_t *at)
{
	for (size_t i = 0; i < event->field_count; i++, ++*at) {
		if (*at >= event->field_count)
			*at = 0;
		if (strcmp(event->fields[*at].name, name) == 0)
			return event->fields[(*at)++].value;
	}
	return "";
}

const char *rd_event_value(const struct rd_event *event, const char *name)
{
	size_t at = 0;

	return rd_event_value_at(event, name, &at);
}

bool rd_event_wanted(enum rd_event_type type)
{
	return subscriptions[type];
}

static void tell(const struct subscription *it, const struct rd_event *event)
{
	rd__usage_enter(it->usage);
	it->usage->events++;
	it->subscriber->notify(event, it->subscriber->arg);
}

void rd_event_publish(struct rd_event *event)
{
	struct rd__usage *outer = rd__usage_now();
	bool names_call = event->channel && !rd__fiber_subject();

	rd_assert(event->type > 0 && event->type < RD_EVENT_TYPES);
	counts[event->type]++;
	if (!subscriptions[event->type])
		return;
	event->wall_us = rd_wall_us();
	if (names_call)
		rd_fiber_set_subject(rd_channel_name(event->channel));
	publishing++;
	rd_no_yield_begin();
	for (struct subscription *it = subscriptions[event->type]; it; it = it->next)
		if (it->subscriber && !it->retired)
			tell(it, event);
	rd__usage_enter(outer);
	rd_no_yield_end();
	if (names_call)
		rd_fiber_set_subject(NULL);
	if (--publishing == 0)
		sweep();
}

void rd__event_channel(enum rd_event_type type, const struct rd_channel *ch, const char *text,
		       int64_t number)
{
	struct rd_event event = { .type = type, .channel = ch, .text = text, .number = number };

	rd_event_publish(&event);
}

uint64_t rd__event_count(enum rd_event_type type)
{
	return counts[type];
}

static bool lies_in(const void *at, const void *begin, const void *end)
{
	return (uintptr_t)at >= (uintptr_t)begin && (uintptr_t)at < (uintptr_t)end;
}

static bool has_subscribed(const struct rd_subscriber *row, int types)
{
	for (int type = 0; type < types; type++)
		for (struct subscription *it = subscriptions[type]; it; it = it->next)
			if (it->subscriber == row)
				return true;
	return false;
}

static bool is_of(const struct rd_subscriber *row, const void *begin, const void *end)
{
	return row && (lies_in(row, begin, end) || lies_in((const void *)row->notify, begin, end));
}

/* Each row once, at the first type that it has. */
size_t rd__subscriptions_in(const void *begin, const void *end)
{
	size_t count = 0;

	for (int type = 0; type < RD_EVENT_TYPES; type++)
		for (struct subscription *it = subscriptions[type]; it; it = it->next)
			count += is_of(it->subscriber, begin, end) &&
				 !has_subscribed(it->subscriber, type);
	return count;
}

bool rd__subscriber_next(enum rd_event_type type, void **pos,
			 const struct rd_subscriber **subscriber)
{
	struct subscription *it = *pos ? ((struct subscription *)*pos)->next : subscriptions[type];

	while (it && !it->subscriber)
		it = it->next;
	if (!it)
		return false;
	*subscriber = it->subscriber;
	*pos = it;
	return true;
}
