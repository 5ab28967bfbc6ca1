/* The bridge as an object: who is in it, how the sound goes, and the list
 * that the console shows. Driving it is bridge_run.c's. */
#include <stdio.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "core/call/bridge.h"

static struct rd_list all_bridges = RD_LIST_INIT(all_bridges);

/* Random, in the form that everybody expects of a bridge's name. */
static void make_id(char *id, size_t size)
{
	uint32_t r[4];

	rd_random(r, sizeof(r));
	snprintf(id, size, "%08x-%04x-4%03x-%04x-%04x%08x", r[0], r[1] >> 16, r[1] & 0xfff,
		 0x8000 | (r[2] >> 18), r[2] & 0xffff, r[3]);
}

static void publish(enum rd_event_type type, struct rd_bridge *bridge, struct rd_channel *ch)
{
	struct rd_event event = { .type = type, .bridge = bridge, .channel = ch };

	rd_event_publish(&event);
}

/* The neighbours' sound may take a shorter or a longer way now. */
static void relink_beyond(const struct rd_channel *ch)
{
	struct rd_bridge *beyond = ch ? rd__bridge_beyond(ch) : NULL;

	if (beyond)
		rd__bridge_relink(beyond);
}

void rd__bridge_relink(struct rd_bridge *bridge)
{
	struct rd_channel *a = bridge->legs[0], *b = bridge->legs[1];
	int rc;

	if (!a || !b)
		return;
	bridge->passes_digits = !bridge->wants_digits && rd__media_passes_digits(a, b);
	rc = rd__media_join(a, b, bridge->passes_digits);
	if (rc == -ENOTSUP)
		rd_error("%s and %s: no codec in which they could hear each other",
			 rd_channel_name(a), rd_channel_name(b));
}

static void enter(struct rd_bridge *bridge, int i, struct rd_channel *ch)
{
	rd_assert(!ch->bridge);
	bridge->legs[i] = rd_channel_ref(ch);
	ch->bridge = bridge;
	publish(RD_EVENT_BRIDGE_ENTER, bridge, ch);
}

int rd__bridge_new(struct rd_bridge **bp, struct rd_channel *a, struct rd_channel *b,
		   bool wants_digits)
{
	struct rd_bridge *bridge = rd_zalloc(sizeof(*bridge));

	if (!bridge)
		return -ENOMEM;
	bridge->magic = RD__BRIDGE_MAGIC;
	bridge->created_ms = rd_now_ms();
	bridge->wants_digits = wants_digits;
	make_id(bridge->id, sizeof(bridge->id));
	rd_list_push(&all_bridges, &bridge->all);
	publish(RD_EVENT_BRIDGE_NEW, bridge, NULL);
	enter(bridge, 0, a);
	enter(bridge, 1, b);
	rd__bridge_relink(bridge);
	relink_beyond(a);
	relink_beyond(b);
	*bp = bridge;
	return 0;
}

static void leave(struct rd_bridge *bridge, int i)
{
	struct rd_channel *ch = bridge->legs[i];

	bridge->legs[i] = NULL;
	ch->bridge = NULL;
	publish(RD_EVENT_BRIDGE_LEAVE, bridge, ch);
	relink_beyond(ch);
	rd_channel_unref(ch);
}

void rd__bridge_swap(struct rd_bridge *bridge, struct rd_channel *old, struct rd_channel *heir)
{
	int i = bridge->legs[1] == old;

	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	rd__media_part(bridge->legs[0], bridge->legs[1]);
	leave(bridge, i);
	enter(bridge, i, heir);
	rd__bridge_relink(bridge);
	relink_beyond(heir);
}

void rd__bridge_end(struct rd_bridge *bridge)
{
	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	rd__media_part(bridge->legs[0], bridge->legs[1]);
	leave(bridge, 1);
	leave(bridge, 0);
	publish(RD_EVENT_BRIDGE_END, bridge, NULL);
	rd_list_remove(&bridge->all);
	bridge->magic = 0;
	rd_free(bridge);
}

struct rd_channel *rd__bridge_other(const struct rd_bridge *bridge, const struct rd_channel *ch)
{
	return bridge->legs[bridge->legs[0] == ch];
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
	return bridge->legs[0] ? rd__media_way(bridge->legs[0]) : "none";
}

struct rd_bridge *rd_bridge_next(const struct rd_bridge *after)
{
	struct rd_list *next = after ? after->all.next : all_bridges.next;

	return next == &all_bridges ? NULL : rd_list_entry(next, struct rd_bridge, all);
}

int rd_bridge_channels(const struct rd_bridge *bridge, struct rd_channel **out, int max)
{
	int n = 0;

	for (int i = 0; i < 2 && n < max; i++)
		if (bridge->legs[i])
			out[n++] = bridge->legs[i];
	return n;
}
