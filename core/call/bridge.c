/* The bridge as an object: who is in it, how the sound goes, and the list
 * that the console shows. Driving it is bridge_run.c's. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "core/call/bridge.h"
#include "core/call/join.h"
#include "core/media/mixer.h"

static struct rd_list all_bridges = RD_LIST_INIT(all_bridges);
static uint64_t last_order;

void rd__bridge_publish(enum rd_event_type type, struct rd_bridge *bridge,
			struct rd_channel *ch, int64_t number)
{
	struct rd_event event = {
		.type = type, .bridge = bridge, .channel = ch, .number = number
	};

	rd_event_publish(&event);
}

void rd__bridge_relink_beyond(const struct rd_channel *ch)
{
	struct rd_bridge *beyond = ch ? rd__bridge_beyond(ch) : NULL;

	if (beyond)
		rd__bridge_relink(beyond);
}

static void enter(struct rd_bridge *bridge, int i, struct rd_channel *ch)
{
	rd_assert(!ch->bridge);
	bridge->legs[i] = rd__channel_ref(ch);
	ch->bridge = bridge;
	rd__bridge_publish(RD_EVENT_BRIDGE_ENTER, bridge, ch, 0);
}

struct rd_bridge *rd__bridge_alloc(const struct rd_bridge_setup *setup)
{
	struct rd_bridge *bridge = rd_zalloc(sizeof(*bridge));

	if (!bridge)
		return NULL;
	if (setup) {
		bridge->setup = *setup;
		bridge->name = rd_strdup(setup->name);
		bridge->setup.name = NULL;
		if (setup->name && !bridge->name) {
			rd_free(bridge);
			return NULL;
		}
	}
	bridge->magic = RD__BRIDGE_MAGIC;
	bridge->created_ms = rd_now_ms();
	rd_list_init(&bridge->guests);
	rd_list_init(&bridge->recordings);
	rd_cond_init(&bridge->played);
	rd__stage_init(bridge);
	rd_random_uuid(bridge->id);
	bridge->order = ++last_order;
	rd_list_push(&all_bridges, &bridge->all);
	rd__bridge_publish(RD_EVENT_BRIDGE_NEW, bridge, NULL, 0);
	return bridge;
}

int rd__bridge_new(struct rd_bridge **bp, struct rd_channel *a, struct rd_channel *b,
		   bool wants_digits)
{
	struct rd_bridge *bridge = rd__bridge_alloc(NULL);

	if (!bridge)
		return -ENOMEM;
	bridge->wants_digits = wants_digits;
	enter(bridge, 0, a);
	enter(bridge, 1, b);
	rd__bridge_relink(bridge);
	rd__bridge_relink_beyond(a);
	rd__bridge_relink_beyond(b);
	rd__media_meet(a, b);
	*bp = bridge;
	return 0;
}

static void leave(struct rd_bridge *bridge, int i)
{
	struct rd_channel *ch = bridge->legs[i];

	bridge->legs[i] = NULL;
	ch->bridge = NULL;
	ch->talks_since_ms = 0;
	rd__bridge_publish(RD_EVENT_BRIDGE_LEAVE, bridge, ch, 0);
	rd__bridge_relink_beyond(ch);
	rd__channel_unref(ch);
}

void rd__bridge_swap(struct rd_bridge *bridge, struct rd_channel *old, struct rd_channel *heir)
{
	int i = bridge->legs[1] == old;

	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	rd__media_part(bridge->legs[0], bridge->legs[1]);
	leave(bridge, i);
	enter(bridge, i, heir);
	rd__bridge_relink(bridge);
	rd__bridge_relink_beyond(heir);
	if (bridge->legs[!i])
		rd__media_meet(heir, bridge->legs[!i]);
}

void rd__bridge_drop(struct rd_bridge *bridge)
{
	if (bridge->held || bridge->guest_count || bridge->legs[0] || bridge->legs[1] ||
	    bridge->users)
		return;
	rd__bridge_publish(RD_EVENT_BRIDGE_END, bridge, NULL, 0);
	rd__bridge_forget_recordings(bridge);
	if (bridge->speaker)
		rd_stream_close(bridge->speaker);
	if (bridge->mixer)
		rd__mixer_close(bridge->mixer);
	rd__stage_fini(bridge);
	rd_list_remove(&bridge->all);
	rd_cond_fini(&bridge->played);
	bridge->magic = 0;
	rd_free(bridge->name);
	rd_free(bridge);
}

void rd__bridge_end(struct rd_bridge *bridge)
{
	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	rd__media_part(bridge->legs[0], bridge->legs[1]);
	leave(bridge, 1);
	leave(bridge, 0);
	/* A third who joined the two may go on with one of them, elsewhere. */
	rd__bridge_send_away(bridge, RD_BRIDGE_CLOSED);
	rd__bridge_drop(bridge);
}

struct rd_channel *rd__bridge_other(const struct rd_bridge *bridge, const struct rd_channel *ch)
{
	if (bridge->held || rd__bridge_thirds(bridge) || ch->intrudes)
		return NULL;
	return bridge->legs[bridge->legs[0] == ch];
}

int rd__bridge_thirds(const struct rd_bridge *bridge)
{
	int count = 0;

	rd_list_foreach(node, tmp, &bridge->guests)
		count += !rd_list_entry(node, struct rd__guest, link)->ch->intrudes;
	return count;
}

bool rd__bridge_is_room(const struct rd_bridge *bridge)
{
	return bridge->guest_count || bridge->held;
}

struct rd_bridge *rd_bridge_find(const char *name)
{
	rd_list_foreach(node, tmp, &all_bridges) {
		struct rd_bridge *bridge = rd_list_entry(node, struct rd_bridge, all);

		if ((bridge->name && strcmp(bridge->name, name) == 0) ||
		    strcmp(bridge->id, name) == 0)
			return bridge;
	}
	return NULL;
}

bool rd_bridge_is_room(const struct rd_bridge *bridge)
{
	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	return bridge->held;
}

const char *rd_bridge_name(const struct rd_bridge *bridge)
{
	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	return bridge->name ? bridge->name : "";
}

const char *rd_bridge_id(const struct rd_bridge *bridge)
{
	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	return bridge->id;
}

uint64_t rd__bridge_seconds(const struct rd_bridge *bridge)
{
	return (rd_now_ms() - bridge->created_ms) / 1000;
}

const char *rd_bridge_way(const struct rd_bridge *bridge)
{
	struct rd_channel *any;

	if (bridge->mixer)
		return "mix";
	return rd_bridge_channels(bridge, &any, 1) ? rd__media_way(any) : "none";
}

struct rd_bridge *rd_bridge_next(const struct rd_bridge *after)
{
	struct rd_list *next = after ? after->all.next : all_bridges.next;

	return next == &all_bridges ? NULL : rd_list_entry(next, struct rd_bridge, all);
}

struct rd_bridge *rd__bridge_after(uint64_t order)
{
	struct rd_bridge *bridge = rd_bridge_next(NULL);

	while (bridge && bridge->order <= order)
		bridge = rd_bridge_next(bridge);
	return bridge;
}

int rd_bridge_channels(const struct rd_bridge *bridge, struct rd_channel **out, int max)
{
	int n = 0;

	for (int i = 0; i < 2 && n < max; i++)
		if (bridge->legs[i])
			out[n++] = bridge->legs[i];
	rd_list_foreach(node, tmp, &bridge->guests)
		if (n < max)
			out[n++] = rd_list_entry(node, struct rd__guest, link)->ch;
	return n;
}
