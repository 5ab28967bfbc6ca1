/* The event bus. Subscribers are called at once, in the order in which they
 * came; whether anybody wants a type is one bit. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "core/call/call.h"

struct subscription {
	struct rd_list link;
	uint64_t types; /* the subscriber's, which lies far off; 0 when it has gone */
	const struct rd_subscriber *subscriber; /* NULL: gone, freed after the round */
};

static struct rd_list subscriptions = RD_LIST_INIT(subscriptions);
static uint64_t wanted;
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
	[RD_EVENT_CALL_RECORD] = "CallRecord",
	[RD_EVENT_CALL_EVENT] = "CallEvent",
	[RD_EVENT_SHUTDOWN] = "Shutdown",
	[RD_EVENT_USER] = "User",
};

const char *rd_event_name(enum rd_event_type type)
{
	return type < RD_EVENT_TYPES ? names[type] : NULL;
}

/* Forget those that left, unless somebody walks the list. */
static void sweep(void)
{
	if (publishing || !somebody_left)
		return;
	somebody_left = false;
	wanted = 0;
	rd_list_foreach(node, tmp, &subscriptions) {
		struct subscription *it = rd_list_entry(node, struct subscription, link);

		if (it->subscriber) {
			wanted |= it->types;
			continue;
		}
		rd_list_remove(node);
		rd_free(it);
	}
}

int rd_subscribe(const struct rd_subscriber *subscriber)
{
	struct subscription *it = rd_zalloc(sizeof(*it));

	if (!it)
		return -ENOMEM;
	it->types = subscriber->types;
	it->subscriber = subscriber;
	rd_list_push(&subscriptions, &it->link);
	wanted |= subscriber->types;
	return 0;
}

void rd_unsubscribe(const struct rd_subscriber *subscriber)
{
	rd_list_foreach(node, tmp, &subscriptions) {
		struct subscription *it = rd_list_entry(node, struct subscription, link);

		if (it->subscriber != subscriber)
			continue;
		it->types = 0;
		it->subscriber = NULL;
		somebody_left = true;
		break;
	}
	sweep();
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
	return wanted & RD_EVENT_BIT(type);
}

void rd_event_publish(struct rd_event *event)
{
	uint64_t bit = RD_EVENT_BIT(event->type);

	rd_assert(event->type > 0 && event->type < RD_EVENT_TYPES);
	counts[event->type]++;
	if (!(wanted & bit))
		return;
	event->wall_us = rd_wall_us();
	publishing++;
	rd_no_yield_begin();
	rd_list_foreach(node, tmp, &subscriptions) {
		struct subscription *it = rd_list_entry(node, struct subscription, link);

		if (it->types & bit)
			it->subscriber->notify(event, it->subscriber->arg);
	}
	rd_no_yield_end();
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

bool rd__subscriber_next(void **pos, const struct rd_subscriber **subscriber)
{
	struct rd_list *node = *pos ? ((struct rd_list *)*pos)->next : subscriptions.next;

	for (; node != &subscriptions; node = node->next) {
		struct subscription *it = rd_list_entry(node, struct subscription, link);

		if (!it->subscriber)
			continue;
		*subscriber = it->subscriber;
		*pos = node;
		return true;
	}
	return false;
}
