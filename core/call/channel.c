/* Channels: birth, death, names, and the list of all. How a leg waits is in
 * channel_signal.c, how it runs in channel_run.c, what it does to its far
 * end in channel_operate.c, its sound in channel_media.c. */
#include <arpa/inet.h>
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "core/call/bridge.h"
#include "core/call/device.h"
#include "core/call/diversion.h"
#include "core/call/keeper.h"

/* A channel and its names: one block, small enough for the fast lists of the
 * C library's heap. */
enum { FIRST_BLOCK = 944, NAMES = 80 };

_Static_assert(sizeof(struct rd_channel) + NAMES <= FIRST_BLOCK, "a second block is a KiB more");

static struct rd_list all_channels = RD_LIST_INIT(all_channels);
static size_t channel_count;
static struct rd_map *by_name; /* names and unique ids */
static uint32_t last_serial;
static uint64_t last_uniqueid, last_order;
static bool refuse_new;

/* -- death ----------------------------------------------------------------- */

struct rd_channel *rd_channel_dialler(const struct rd_channel *ch)
{
	return ch->dialler;
}

void rd__channel_set_dialler(struct rd_channel *ch, struct rd_channel *dialler)
{
	if (ch->dialler)
		rd__channel_unref(ch->dialler);
	ch->dialler = dialler ? rd__channel_ref(dialler) : NULL;
}

/* Everything that may be there when birth stops half way. */
static void free_parts(struct rd_channel *ch)
{
	if (ch->name && by_name && rd_map_get(by_name, ch->name) == ch)
		rd_map_remove(by_name, ch->name);
	if (ch->uniqueid && by_name && rd_map_get(by_name, ch->uniqueid) == ch)
		rd_map_remove(by_name, ch->uniqueid);
	rd__device_leave(ch);
	rd_list_remove(&ch->all);
	rd_timer_stop(&ch->reaper);
	rd_timer_stop(&ch->absolute);
	rd__channel_drop_signals(ch);
	rd_cond_fini(&ch->own_notify);
	rd__channel_free_attachments(ch);
	rd__channel_close_streams(ch);
	rd__channel_set_dialler(ch, NULL);
	rd__vars_free(ch->vars);
	rd__parties_free(ch);
	rd__diversions_free(ch);
	for (int i = 0; i < RD__ITEMS; i++)
		rd_free(ch->items[i]);
	ch->magic = 0;
	rd_pool_free(ch->scratch);
	rd_pool_free(ch->pool);
}

static void channel_free(struct rd_channel *ch)
{
	struct rd__usage *outer;
	char device[RD__PLACE_MAX * 2];

	rd_assert(ch->state == RD_CHANNEL_GONE && !ch->fiber && !ch->bridge && !ch->heir);
	ch->refs = 1; /* subscribers see a whole channel */
	rd__quality_tell(ch);
	rd__event_channel(RD_EVENT_CHANNEL_END, ch, NULL, ch->cause);
	outer = rd__tech_enter(ch->tech);
	if (ch->tech->destroy)
		ch->tech->destroy(ch);
	rd__tech_leave(outer);
	rd_verbose("%s: gone: %s", ch->name, rd_cause_text(ch->cause));
	rd_strcpy(device, sizeof(device), ch->device->name);
	channel_count--;
	free_parts(ch);
	rd_device_changed(device);
}

struct rd_channel *rd__channel_ref(struct rd_channel *ch)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	ch->refs++;
	return ch;
}

void rd__channel_unref(struct rd_channel *ch)
{
	if (!ch)
		return;
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	rd_assert(ch->refs > 0);
	if (--ch->refs == 0)
		channel_free(ch);
}

static void reap(void *arg)
{
	rd__channel_unref(arg);
}

void rd_hangup(struct rd_channel *ch, int cause)
{
	struct rd__usage *outer;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	if (ch->state == RD_CHANNEL_GONE || rd__transfer_refused(ch, cause))
		return;
	if (!ch->cause)
		ch->cause = cause;
	outer = rd__tech_enter(ch->tech);
	if (ch->tech->hangup)
		ch->tech->hangup(ch, cause);
	rd__tech_leave(outer);
	rd__channel_set_state(ch, RD_CHANNEL_GONE);
}

/* -- birth ----------------------------------------------------------------- */

/* "SIP/1001-0000002a", and what follows. */
static char *print_name(struct rd_pool *pool, const struct rd_channel_params *params,
			uint32_t serial)
{
	const char *suffix = params->suffix ? params->suffix : "";
	size_t base = strlen(params->base_name);
	char *name = rd_pool_alloc(pool, base + 1 + 2 * sizeof(serial) + strlen(suffix) + 1);

	if (!name)
		return NULL;
	memcpy(name, params->base_name, base);
	name[base] = '-';
	serial = htonl(serial);
	rd_print_hex(name + base + 1, &serial, sizeof(serial));
	strcpy(name + base + 1 + 2 * sizeof(serial), suffix);
	return name;
}

/* "1764374400.42" */
static char *print_uniqueid(struct rd_pool *pool, uint64_t seconds, uint64_t number)
{
	char text[2 * RD_NUMBER_MAX];
	size_t n = rd_print_number(text, seconds);

	text[n++] = '.';
	rd_print_number(text + n, number);
	return rd_pool_strdup(pool, text);
}

static int make_names(struct rd_channel *ch, const struct rd_channel_params *params)
{
	uint64_t now_us = rd_wall_us();

	ch->serial = params->serial ? params->serial : ++last_serial;
	ch->name = print_name(ch->pool, params, ch->serial);
	ch->uniqueid = print_uniqueid(ch->pool, now_us / 1000000, ++last_uniqueid);
	if (!ch->name || !ch->uniqueid)
		return -ENOMEM;
	ch->linkedid = ch->uniqueid;
	ch->dialled = ch->dialled_context = "";
	ch->created_us = now_us;
	ch->created_ms = rd_now_ms();
	if (params->linked_to)
		return rd__channel_link_call(ch, params->linked_to);
	return 0;
}

static int enlist(struct rd_channel *ch, const char *base_name)
{
	int rc = 0;

	if (!by_name)
		rc = rd_map_new(&by_name, RD_MAP_NOCASE);
	if (!rc)
		rc = rd_map_set(by_name, ch->name, ch, NULL);
	if (!rc)
		rc = rd_map_set(by_name, ch->uniqueid, ch, NULL);
	if (!rc)
		rc = rd__device_join(ch, base_name);
	return rc;
}

static int fill_in(struct rd_channel *ch, const struct rd_channel_params *params)
{
	const char *context = params->context ? params->context : "default";
	int rc = make_names(ch, params);

	if (!rc && params->exten) {
		ch->dialled = rd_pool_strdup(ch->pool, params->exten);
		ch->dialled_context = rd_pool_strdup(ch->pool, context);
		rc = ch->dialled && ch->dialled_context ? 0 : -ENOMEM;
	}
	if (!rc)
		rc = rd_channel_set_place(ch, context,
					  params->exten ? params->exten : "s", 1);
	if (!rc)
		rc = rd__channel_set_item(ch, RD__ITEM_LANGUAGE, params->language);
	if (!rc)
		rc = rd__channel_set_item(ch, RD__ITEM_ACCOUNT, params->account);
	if (!rc)
		rc = rd__channel_set_item(ch, RD__ITEM_MUSIC_CLASS, params->music_class);
	if (!rc)
		rc = rd__channel_set_item(ch, RD__ITEM_TONE_ZONE, params->tone_zone);
	if (!rc && params->caller)
		rc = rd__channel_begin_party(ch, RD_PARTY_CALLER, params->caller);
	return rc ? rc : enlist(ch, params->base_name);
}

struct rd_memory_part rd__channel_memory = { .name = "channels" };

static struct rd_channel *channel_alloc(const struct rd_channel_params *params)
{
	struct rd_pool *pool;
	struct rd_channel *ch = rd_pool_new_with(&pool, FIRST_BLOCK, sizeof(*ch));

	if (!ch)
		return NULL;
	rd_pool_belongs(pool, &rd__channel_memory);
	ch->magic = RD__CHANNEL_MAGIC;
	ch->refs = 1;
	ch->pool = pool;
	ch->tech = params->tech;
	ch->tech_data = params->tech_data;
	ch->state = params->state;
	ch->outgoing = params->outgoing;
	rd_list_init(&ch->all);
	rd_list_init(&ch->same_device);
	rd_list_init(&ch->signals);
	rd_list_init(&ch->attachments);
	rd_cond_init(&ch->own_notify);
	ch->notify = &ch->own_notify;
	rd_timer_init(&ch->reaper, reap, ch);
	rd_timer_init(&ch->absolute, NULL, ch);
	return ch;
}

int rd_channel_new(struct rd_channel **chp, const struct rd_channel_params *params)
{
	struct rd_channel *ch;
	int rc;

	/* Who is in a call already may be put through to others. */
	if (refuse_new && !params->linked_to)
		return -EBUSY;
	ch = channel_alloc(params);
	if (!ch)
		return -ENOMEM;
	rc = fill_in(ch, params);
	if (rc) {
		free_parts(ch);
		return rc;
	}
	ch->order = ++last_order;
	rd_list_push(&all_channels, &ch->all);
	channel_count++;
	*chp = ch;
	rd__event_channel(RD_EVENT_CHANNEL_NEW, ch, NULL, 0);
	if (ch->state != RD_CHANNEL_DOWN)
		rd__device_changed(ch->device);
	return 0;
}

void rd__channel_refuse_new(bool refuse)
{
	refuse_new = refuse;
}

static void tell_left(void)
{
	struct rd_buf left;

	rd_buf_init(&left);
	rd__channels_name_all(&left);
	rd_error("%zu channel%s left at the end: %s", channel_count,
		 channel_count == 1 ? " is" : "s are", rd_buf_text(&left));
	rd_buf_fini(&left);
}

void rd__channels_fini(void)
{
	if (channel_count) {
		tell_left();
		return;
	}
	rd__devices_free();
	rd__globals_free();
	rd_map_free(by_name);
	by_name = NULL;
}

int rd__channel_link_call(struct rd_channel *ch, const struct rd_channel *other)
{
	const char *linkedid;

	if (strcmp(ch->linkedid, other->linkedid) == 0)
		return 0;
	linkedid = rd_pool_strdup(ch->pool, other->linkedid);
	if (!linkedid)
		return -ENOMEM;
	ch->linkedid = linkedid;
	return 0;
}

int rd__channel_note_sent_on(struct rd_channel *ch, const char *target)
{
	size_t size = strlen(target) + 1;
	struct rd__sent_on *note = rd_pool_alloc(ch->pool, sizeof(*note) + size);

	if (!note)
		return -ENOMEM;
	memcpy(note->target, target, size);
	note->before = ch->sent_on;
	ch->sent_on = note;
	return 0;
}

int rd_channel_inherit(struct rd_channel *child, const struct rd_channel *parent)
{
	int rc = rd__vars_inherit(child, parent);

	rd__diversions_inherit(child, parent);
	child->hops = RD_MAX(child->hops, parent->hops);
	for (const struct rd__sent_on *it = parent->sent_on; it && !rc; it = it->before)
		rc = rd__channel_note_sent_on(child, it->target);
	return rc ? rc : rd_channel_set_called_devices(child, rd_channel_called_devices(parent));
}

/* -- state ----------------------------------------------------------------- */

void rd__channel_set_state(struct rd_channel *ch, enum rd_channel_state state)
{
	if (ch->state == state || ch->state == RD_CHANNEL_GONE)
		return;
	rd__device_count(ch, -1);
	ch->state = state;
	rd__device_count(ch, 1);
	if (state == RD_CHANNEL_UP)
		ch->answered_ms = rd_now_ms();
	rd__event_channel(RD_EVENT_CHANNEL_STATE, ch, rd_channel_state_name(state), state);
	rd__device_changed(ch->device);
	if (state != RD_CHANNEL_GONE)
		return;
	rd_timer_stop(&ch->absolute);
	rd__transfer_gone(ch);
	rd__channel_interrupt(ch);
	/* The life reference: not before whoever ends it has left. */
	rd_timer_start(&ch->reaper, 0);
}

const char *rd_channel_state_name(enum rd_channel_state state)
{
	static const char *const names[] = {
		[RD_CHANNEL_DOWN] = "Down",	  [RD_CHANNEL_RING] = "Ring",
		[RD_CHANNEL_DIALING] = "Dialing", [RD_CHANNEL_RINGING] = "Ringing",
		[RD_CHANNEL_UP] = "Up",		  [RD_CHANNEL_GONE] = "Gone",
	};

	return state < RD_ARRAY_SIZE(names) ? names[state] : "Unknown";
}

/* -- what it asks of bridges ------------------------------------------------- */

void rd_channel_set_jitter_buffer(struct rd_channel *ch, const struct rd_jitter_buffer *buffer)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	ch->jitter_buffer = *buffer;
	if (ch->bridge)
		rd__bridge_relink(ch->bridge);
}

const struct rd_jitter_buffer *rd_channel_jitter_buffer(const struct rd_channel *ch)
{
	return &ch->jitter_buffer;
}

/* -- finding --------------------------------------------------------------- */

static struct rd_channel *newest_of(const char *device_name)
{
	struct rd__device *device = rd__device_find(device_name);

	if (!device)
		return NULL;
	for (struct rd_list *it = device->channels.prev; it != &device->channels; it = it->prev) {
		struct rd_channel *ch = rd_list_entry(it, struct rd_channel, same_device);

		if (ch->state != RD_CHANNEL_GONE)
			return ch;
	}
	return NULL;
}

struct rd_channel *rd__channel_find(const char *name)
{
	char proper[160];
	struct rd_channel *ch;

	name = rd_tech_proper_name(name, proper, sizeof(proper));
	ch = by_name ? rd_map_get(by_name, name) : NULL;
	if (!ch)
		ch = newest_of(name);
	return ch && ch->state != RD_CHANNEL_GONE ? rd__channel_ref(ch) : NULL;
}

struct rd_channel *rd_channel_next(const struct rd_channel *after)
{
	struct rd_list *next = after ? after->all.next : all_channels.next;

	return next == &all_channels ? NULL : rd_list_entry(next, struct rd_channel, all);
}

struct rd_channel *rd__channel_after(uint64_t order)
{
	struct rd_channel *ch = rd_channel_next(NULL);

	while (ch && ch->order <= order)
		ch = rd_channel_next(ch);
	return ch;
}

size_t rd_channel_count(void)
{
	return channel_count;
}

/* -- what it is ------------------------------------------------------------ */

const char *rd_channel_name(const struct rd_channel *ch)
{
	return ch->name;
}

const char *rd_channel_uniqueid(const struct rd_channel *ch)
{
	return ch->uniqueid;
}

const char *rd_channel_linkedid(const struct rd_channel *ch)
{
	return ch->linkedid;
}

enum rd_channel_state rd_channel_state(const struct rd_channel *ch)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	return ch->state;
}

bool rd_channel_gone(const struct rd_channel *ch)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	return ch->state == RD_CHANNEL_GONE;
}

const char *rd_channel_tech(const struct rd_channel *ch)
{
	return ch->tech->name;
}

void *rd_channel_tech_data(const struct rd_channel *ch)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	return ch->tech_data;
}

const char *rd_channel_device(const struct rd_channel *ch)
{
	return ch->device->name;
}

uint32_t rd_channel_serial(const struct rd_channel *ch)
{
	return ch->serial;
}

bool rd_channel_outgoing(const struct rd_channel *ch)
{
	return ch->outgoing;
}

bool rd_channel_on_hold(const struct rd_channel *ch)
{
	return ch->on_hold;
}

uint64_t rd_channel_created_ms(const struct rd_channel *ch)
{
	return ch->created_ms;
}

uint64_t rd_channel_answered_ms(const struct rd_channel *ch)
{
	return ch->answered_ms;
}

int rd_channel_cause(const struct rd_channel *ch)
{
	return ch->cause;
}

struct rd_pool *rd_channel_scratch(struct rd_channel *ch)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	rd_assert(ch->scratch);
	return ch->scratch;
}

struct rd_pool *rd_channel_pool(struct rd_channel *ch)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	return ch->pool;
}

const char *rd_channel_dialled(const struct rd_channel *ch)
{
	return ch->dialled;
}

struct rd_bridge *rd_channel_bridge(const struct rd_channel *ch)
{
	return ch->bridge;
}
