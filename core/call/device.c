/* Is a device free, ringing, in use? Its channels say so while there are
 * any; else its driver does. Changes are published once. */
#include <string.h>

#include "core/call/device.h"
#include "core/call/reach.h"

static const char *const names[] = {
	[RD_DEVICE_UNKNOWN] = "UNKNOWN",	 [RD_DEVICE_NOT_INUSE] = "NOT_INUSE",
	[RD_DEVICE_INUSE] = "INUSE",		 [RD_DEVICE_BUSY] = "BUSY",
	[RD_DEVICE_INVALID] = "INVALID",	 [RD_DEVICE_UNAVAILABLE] = "UNAVAILABLE",
	[RD_DEVICE_RINGING] = "RINGING",	 [RD_DEVICE_RINGINUSE] = "RINGINUSE",
	[RD_DEVICE_ONHOLD] = "ONHOLD",
};

static struct rd_map *devices; /* of those that have channels */

/* What was published last, by device. */
static struct rd_map *published;

const char *rd_device_state_name(enum rd_device_state state)
{
	return state < RD_ARRAY_SIZE(names) ? names[state] : "UNKNOWN";
}

/* -- whose channels it has ------------------------------------------------- */

struct rd__device *rd__device_find(const char *name)
{
	return devices ? rd_map_get(devices, name) : NULL;
}

static int device_new(struct rd__device **dp, const char *name)
{
	struct rd__device *device = rd_zalloc(sizeof(*device));
	int rc = device ? 0 : -ENOMEM;

	if (!rc && !devices)
		rc = rd_map_new(&devices, RD_MAP_NOCASE);
	if (!rc) {
		rd_list_init(&device->channels);
		device->name = rd_strdup(name);
		rc = device->name ? rd_map_set(devices, name, device, NULL) : -ENOMEM;
	}
	if (rc) {
		rd_free(device ? device->name : NULL);
		rd_free(device);
		return rc;
	}
	*dp = device;
	return 0;
}

int rd__device_join(struct rd_channel *ch, const char *name)
{
	struct rd__device *device = rd__device_find(name);
	int rc = device ? 0 : device_new(&device, name);

	if (rc)
		return rc;
	ch->device = device;
	rd_list_push(&device->channels, &ch->same_device);
	rd__device_count(ch, 1);
	return 0;
}

void rd__device_leave(struct rd_channel *ch)
{
	struct rd__device *device = ch->device;

	if (!device)
		return;
	rd__device_count(ch, -1);
	rd_list_remove(&ch->same_device);
	ch->device = NULL;
	if (!rd_list_empty(&device->channels))
		return;
	rd_map_remove(devices, device->name);
	rd_free(device->name);
	rd_free(device);
}

void rd__device_count(const struct rd_channel *ch, int by)
{
	if (ch->state == RD_CHANNEL_GONE || ch->state == RD_CHANNEL_DOWN)
		return;
	if (ch->state == RD_CHANNEL_RINGING)
		ch->device->ringing += by;
	else
		ch->device->busy += by;
	if (ch->on_hold)
		ch->device->held += by;
}

static enum rd_device_state from_channels(const struct rd__device *device)
{
	if (device->ringing)
		return device->busy ? RD_DEVICE_RINGINUSE : RD_DEVICE_RINGING;
	if (device->busy)
		return device->held == device->busy ? RD_DEVICE_ONHOLD : RD_DEVICE_INUSE;
	return RD_DEVICE_UNKNOWN;
}

/* NULL: it is not loaded, or there is none in the name. */
static const struct rd_tech *tech_of(const char *name, const char **resource)
{
	size_t n = strcspn(name, "/:");

	if (!name[n])
		return NULL;
	*resource = name + n + 1;
	return rd__tech_named((struct rd_str){ name, n });
}

static bool is_full(const char *name, const struct rd__device *device)
{
	const char *resource;
	const struct rd_tech *tech = device->busy > 0 ? tech_of(name, &resource) : NULL;
	unsigned at;

	if (!tech || !tech->busy_at)
		return false;
	rd_no_yield_begin();
	at = tech->busy_at(resource);
	rd_no_yield_end();
	return at && (unsigned)device->busy >= at;
}

static enum rd_device_state from_driver(const char *name)
{
	const char *resource;
	const struct rd_tech *tech = tech_of(name, &resource);
	int state;

	if (!tech)
		return RD_DEVICE_INVALID;
	if (!tech->device_state)
		return RD_DEVICE_NOT_INUSE;
	rd_no_yield_begin();
	state = tech->device_state(resource);
	rd_no_yield_end();
	return state < 0 ? RD_DEVICE_INVALID : (enum rd_device_state)state;
}

/* Of the device itself, whoever has logged in where. */
static enum rd_device_state state_alone(const char *name, const struct rd__device *device)
{
	enum rd_device_state state = device ? from_channels(device) : RD_DEVICE_UNKNOWN;

	if (state == RD_DEVICE_UNKNOWN)
		return from_driver(name);
	return is_full(name, device) ? RD_DEVICE_BUSY : state;
}

/* Of a device by its proper name, as its channels have it; NULL: it has none. While its owner
 * has logged in at another phone, it is that one which rings, and talks. */
static enum rd_device_state state_with(const char *name, const struct rd__device *device)
{
	char desk[128], proper[128];
	const char *at;

	if ((device && from_channels(device) != RD_DEVICE_UNKNOWN) ||
	    !rd_reach_desk(name, desk, sizeof(desk)))
		return state_alone(name, device);
	at = rd_tech_proper_name(desk, proper, sizeof(proper));
	return state_alone(at, rd__device_find(at));
}

static enum rd_device_state state_of(const char *name)
{
	return state_with(name, rd__device_find(name));
}

struct rd_channel *rd_device_channel(const char *name, const struct rd_channel *after)
{
	char proper[128];
	struct rd__device *device =
		rd__device_find(rd_tech_proper_name(name, proper, sizeof(proper)));
	struct rd_list *next;

	if (!device)
		return NULL;
	next = after ? after->same_device.next : device->channels.next;
	return next == &device->channels
		       ? NULL : rd_list_entry(next, struct rd_channel, same_device);
}

/* Of several devices: ringing somewhere, and busy somewhere, win; free wins
 * over away. */
struct tally {
	int count[RD_DEVICE_ONHOLD + 1];
	int total;
};

static enum rd_device_state combined(const struct tally *t)
{
	int in_use = t->count[RD_DEVICE_INUSE] + t->count[RD_DEVICE_BUSY] +
		     t->count[RD_DEVICE_ONHOLD];
	static const enum rd_device_state order[] = {
		RD_DEVICE_NOT_INUSE, RD_DEVICE_UNAVAILABLE, RD_DEVICE_INVALID
	};

	if (t->count[RD_DEVICE_RINGINUSE] || (t->count[RD_DEVICE_RINGING] && in_use))
		return RD_DEVICE_RINGINUSE;
	if (t->count[RD_DEVICE_RINGING])
		return RD_DEVICE_RINGING;
	if (t->total && t->count[RD_DEVICE_BUSY] == t->total)
		return RD_DEVICE_BUSY;
	if (t->total && t->count[RD_DEVICE_ONHOLD] == t->total)
		return RD_DEVICE_ONHOLD;
	if (in_use)
		return RD_DEVICE_INUSE;
	for (size_t i = 0; i < RD_ARRAY_SIZE(order); i++)
		if (t->count[order[i]])
			return order[i];
	return RD_DEVICE_UNKNOWN;
}

enum rd_device_state rd_device_state(const char *which)
{
	struct rd_str rest = rd_str_of(which), one;
	struct tally tally = { { 0 }, 0 };
	bool more = true;

	while (more) {
		char name[128], proper[128];

		more = rd_str_cut(&rest, '&', &one);
		one = rd_str_trim(one);
		if (!one.n || !rd_strcpyn(name, sizeof(name), one))
			continue;
		tally.count[state_of(rd_tech_proper_name(name, proper, sizeof(proper)))]++;
		tally.total++;
	}
	return combined(&tally);
}

/* Note what is to be published: 1, 0 when that was published last, -ENOMEM. */
static int note(const char *name, enum rd_device_state state)
{
	/* The value is the state + 1, so that nothing is not "unknown". */
	void *value = (void *)((uintptr_t)state + 1);

	if (!published && rd_map_new(&published, RD_MAP_NOCASE))
		return -ENOMEM;
	if (rd_map_get(published, name) == value)
		return 0;
	return rd_map_set(published, name, value, NULL) ? -ENOMEM : 1;
}

static void look_again(const char *name, struct rd__device *device)
{
	enum rd_device_state state = state_with(name, device);
	struct rd_event event = { .type = RD_EVENT_DEVICE_STATE,
				  .name = name,
				  .text = rd_device_state_name(state),
				  .number = state };
	int news;

	if (device && device->looked_at && device->state == state)
		return;
	news = note(name, state);
	if (device && news >= 0) { /* else it is looked at again at the next change */
		device->state = state;
		device->looked_at = true;
	}
	if (news > 0)
		rd_event_publish(&event);
}

/* What its guest does is what it does. */
static void look_at_guest(const char *name)
{
	char proper[128];
	const char *guest = rd_reach_guest(name);

	if (!guest)
		return;
	guest = rd_tech_proper_name(guest, proper, sizeof(proper));
	look_again(guest, rd__device_find(guest));
}

void rd__device_changed(struct rd__device *device)
{
	if (!rd_event_wanted(RD_EVENT_DEVICE_STATE))
		return;
	look_again(device->name, device);
	look_at_guest(device->name);
}

void rd_device_changed(const char *name)
{
	if (!rd_event_wanted(RD_EVENT_DEVICE_STATE))
		return;
	look_again(name, rd__device_find(name));
	look_at_guest(name);
}

void rd__devices_free(void)
{
	rd_map_free(published);
	rd_map_free(devices);
	published = devices = NULL;
}
