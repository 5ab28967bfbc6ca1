/* The inside of the call model, shared by the files of core/call: what a
 * channel is made of, and the steps that change it. What others may use is
 * in the SDK's channel.h, tech.h, bridge.h, dial.h and event.h. */
#ifndef CORE_CALL_CALL_H
#define CORE_CALL_CALL_H

#include <ringdown/bridge.h>
#include <ringdown/channel.h>
#include <ringdown/cli.h>
#include <ringdown/config.h>
#include <ringdown/dial.h>
#include <ringdown/event.h>
#include <ringdown/fiber.h>
#include <ringdown/list.h>
#include <ringdown/map.h>
#include <ringdown/memory.h>
#include <ringdown/tech.h>

#include "core/base/keepers.h"
#include "core/base/usage.h"

#define RD__CHANNEL_MAGIC 0x4348414eu /* "CHAN" */
#define RD__BRIDGE_MAGIC  0x42524447u /* "BRDG" */

enum {
	RD__PLACE_MAX = 80,    /* context or extension, with its NUL */
	RD__STREAMS_MAX = 12, /* of sound, text, a fax, and RD_PICTURES_MAX of pictures */
	RD__STREAMS_FEW = 3,  /* have a place in any channel */
	RD__SIGNALS_MAX = 128, /* waiting in one channel; more are dropped */
};

/* Texts that CHANNEL(name) shows and sets, and that the core itself reads. */
enum rd__item {
	RD__ITEM_LANGUAGE,
	RD__ITEM_ACCOUNT,
	RD__ITEM_MUSIC_CLASS,
	RD__ITEM_TONE_ZONE,
	RD__ITEM_USER_FIELD,
	RD__ITEM_PEER_ACCOUNT,
	RD__ITEM_AMA_FLAGS,
	RD__ITEM_PARKING_LOT,
	RD__ITEM_HANGUP_SOURCE,
	RD__ITEM_CALL_GROUP,
	RD__ITEM_PICKUP_GROUP,
	RD__ITEM_NAMED_CALL_GROUP,
	RD__ITEM_NAMED_PICKUP_GROUP,
	RD__ITEM_CONFERENCE,
	RD__ITEM_CALLED_DEVICES,
	RD__ITEMS
};

/* Whom a call has left behind: in the channel's pool, in any order. */
struct rd__sent_on {
	const struct rd__sent_on *before;
	char target[]; /* "SIP/1002", as it was dialled */
};

enum { RD__KEEPERS = 3 };

struct rd_channel {
	uint32_t magic;
	unsigned refs;
	enum rd_channel_state state;
	int cause;
	bool outgoing;
	bool driven;  /* whoever dialled or bridges it answers for its end */
	bool moved;   /* leaves what it does, to go on at its place */
	bool taken;   /* leaves what it does, for another driver */
	bool was_run;   /* it has had a fiber: it is a call that was counted */
	bool has_fiber; /* .fiber is set when that has begun to run */
	bool early;   /* its far end was shown early media */
	bool on_hold; /* its far end has put us on hold */
	struct rd_jitter_buffer jitter_buffer; /* that its voice is to wait in */
	uint8_t hops; /* how many dials it took to get here */
	bool waits; /* while who talks to it asks somebody else (consult.c) */
	bool intrudes; /* a spy that speaks, in a bridge of others */
	/* Of its pictures beside the first, a bit for each: asked for, and to be asked for. */
	uint16_t lines, lines_wanted;
	const struct rd__sent_on *sent_on; /* who was dialled, and sent the call on */
	const struct rd_tech *tech;
	void *tech_data;
	struct rd_pool *pool; /* this struct lies in it too */
	struct rd_pool *scratch; /* from the first application on */
	struct rd_list all; /* in order of .order */
	uint64_t order;
	struct rd__device *device;
	struct rd_list same_device;
	const char *name, *uniqueid, *linkedid, *dialled, *dialled_context;
	uint64_t created_ms, answered_ms, created_us;
	char context[RD__PLACE_MAX], exten[RD__PLACE_MAX];
	int priority;
	uint32_t serial;
	char *items[RD__ITEMS];
	struct rd_party *parties[RD_PARTY_KINDS]; /* NULL: nothing known */
	struct rd__diversion *diversions; /* before REDIRECTING(from), the latest; NULL: none */
	struct rd_map *vars;
	size_t vars_size; /* of all their values */
	struct rd_list signals;
	unsigned signal_count;
	int app_depth; /* applications that run applications */
	void *long_signal; /* that taken last, where its text has no room in a signal */
	struct rd_cond own_notify, *notify;
	struct rd_fiber *fiber;
	const char *app, *app_args; /* what its fiber runs instead of the dialplan */
	const char *doing, *doing_args, *doing_module;
	struct rd_bridge *bridge;
	uint64_t talks_since_ms; /* in a bridge that mixes; 0: it is silent */
	struct rd_transfer *transfer; /* it was sent here, and is on trial */
	struct rd_transfer *legs_to; /* that gets the legs which ring for it when it leaves */
	struct rd_channel *dialler; /* whose Dial called it; counted */
	struct rd_channel *heir; /* is to take its seat; borrowed */
	struct rd_stream *streams[RD__STREAMS_FEW];
	struct rd_stream **more_streams; /* the rest of RD__STREAMS_MAX; NULL: none yet */
	struct rd_list attachments;
	struct rd_timer reaper;	  /* lets go of a leg that is gone, one turn later */
	struct rd_timer absolute; /* TIMEOUT(absolute) */
	int timeouts[3];
	struct rd__keeper keepers[RD__KEEPERS];
};

RD_API_BEGIN

/* Of their pools: channel.c. */
extern struct rd_memory_part rd__channel_memory;

/* -- channel.c --------------------------------------------------------------- */

void rd__channel_set_state(struct rd_channel *ch, enum rd_channel_state state);
/* As rd_channel_ref() and so on, for the core itself. */
struct rd_channel *rd__channel_ref(struct rd_channel *ch);
void rd__channel_unref(struct rd_channel *ch);
struct rd_channel *rd__channel_find(const char *name);
/* Whose Dial calls it; NULL: nobody's any more. */
void rd__channel_set_dialler(struct rd_channel *ch, struct rd_channel *dialler);
/* The leg belongs to the call of other from here on. */
int rd__channel_link_call(struct rd_channel *ch, const struct rd_channel *other);
/* Whoever was dialled as target has sent this call on: 0 or -ENOMEM. */
int rd__channel_note_sent_on(struct rd_channel *ch, const char *target);
/* No new channels from now on (core stop gracefully). */
void rd__channel_refuse_new(bool refuse);
/* A test's or the daemon's end: all that the call model still keeps. */
void rd__channels_fini(void);
/* At its end. */
void rd__channel_free_attachments(struct rd_channel *ch);
void rd__channel_close_streams(struct rd_channel *ch);
/* Its line at this place; NULL: it has no more. */
struct rd_stream *rd__channel_stream_at(const struct rd_channel *ch, int i);

/* -- channel_run.c: legs that run now, and have ever been started ------------- */

size_t rd__calls_running(void);
/* Two legs begin to talk, or (-1) end, that a fiber of neither runs. */
void rd__calls_count(int by);
uint64_t rd__calls_started(void);

/* -- channel_signal.c --------------------------------------------------------- */

void rd__channel_wake(struct rd_channel *ch);
void rd__channel_drop_signals(struct rd_channel *ch);
/* Of the signal that was taken last, however long it is; until the next is taken. */
const char *rd__channel_text_taken(const struct rd_channel *ch, const struct rd_signal *signal);

/* -- channel_run.c ------------------------------------------------------------- */

/* The leg ends for whoever runs it or waits on it. */
void rd__channel_interrupt(struct rd_channel *ch);
/* rd_channel_take_over() in two steps: it is to leave what it does; it has. */
void rd__channel_reserve(struct rd_channel *ch);
RD_YIELDS int rd__channel_collect(struct rd_channel *ch);

/* -- transfer.c: what becomes of a leg that somebody has sent here ------------------ */

void rd__transfer_answered(struct rd_channel *ch);
/* True, both: the leg goes back to whoever sent it, it is not to be hung up. */
bool rd__transfer_shown(struct rd_channel *ch, enum rd_indication what);
bool rd__transfer_refused(struct rd_channel *ch, int cause);
void rd__transfer_gone(struct rd_channel *ch);

/* -- channel_item.c ------------------------------------------------------------ */

const char *rd__channel_item(const struct rd_channel *ch, enum rd__item item);
int rd__channel_set_item(struct rd_channel *ch, enum rd__item item, const char *value);

/* -- variable.c, party.c -------------------------------------------------------------------- */

void rd__vars_free(struct rd_map *vars);
/* Those that are inherited: see rd_channel_inherit(). */
int rd__vars_inherit(struct rd_channel *child, const struct rd_channel *parent);
void rd__globals_free(void);
void rd__parties_free(struct rd_channel *ch);
/* Without a word to anybody. 0 or -ENOMEM. */
int rd__channel_begin_party(struct rd_channel *ch, enum rd_party_kind kind,
			    const struct rd_party *party);

/* -- tech.c ---------------------------------------------------------------------- */

/* Row and module name are borrowed until removed. 0, -EEXIST (logged), -ENOMEM. */
int rd__tech_add(const struct rd_tech *tech, const char *module);
void rd__tech_remove(const struct rd_tech *tech);
/* Nobody finds it any more, its channels go on; back: it is found again. */
void rd__tech_retire(const struct rd_tech *tech, bool back);
/* Whose it is, retired or not; NULL: nobody's. */
const char *rd__tech_module(const struct rd_tech *tech);
/* As rd_tech_find(). */
const struct rd_tech *rd__tech_named(struct rd_str name);
/* Do both name the same resource of one technology, by whatever name of that? */
bool rd__tech_same_target(const char *a, const char *b);
/* Channels that live and belong to technologies of this module. */
int rd__techs_running(const char *module);
bool rd__tech_next(size_t *pos, const struct rd_tech **tech, const char **module);
/* Has this module attached something to the channel? */
bool rd__channel_has_data_of(const struct rd_channel *ch, const char *module);
bool rd__channel_has_data(const struct rd_channel *ch, const void *data);
/* The channel whose driver's data or attachment it is, or in whose memory it lies; NULL. */
const char *rd__channel_owner_name(const void *data);

/* -- event.c --------------------------------------------------------------------- */

/* How its streams sounded: RD_EVENT_CHANNEL_QUALITY. */
void rd__quality_tell(const struct rd_channel *ch);
/* The usual event: about a channel, with at most a text and a number. */
void rd__event_channel(enum rd_event_type type, const struct rd_channel *ch,
		       const char *text, int64_t number);

uint64_t rd__event_count(enum rd_event_type type);
/* For which calls there are hooks whose table lies there. */
void rd__hooks_each(const void *begin, const void *end, void (*tell)(void *arg, const char *name),
		    void *arg);
/* It is told nothing any more; back: it is, again. One of its name that is subscribed meanwhile
 * has its turn where this one had it. */
void rd__subscriber_retire(const struct rd_subscriber *subscriber, bool back);
/* Rows of rd_subscribe() that lie there, or call what does. */
size_t rd__subscriptions_in(const void *begin, const void *end);
/* Walk over the subscribers of a type: start with *pos = NULL. */
bool rd__subscriber_next(enum rd_event_type type, void **pos,
			 const struct rd_subscriber **subscriber);

/* -- bridge.c ---------------------------------------------------------------------- */

/* The other leg; NULL when it has left, where more than two talk, in a held bridge, and for a
 * spy. */
struct rd_channel *rd__bridge_other(const struct rd_bridge *bridge,
				    const struct rd_channel *ch);
/* Guests that are parties of the call: no spies. */
int rd__bridge_thirds(const struct rd_bridge *bridge);
/* The first that was made after the one of this .order, which may be gone; NULL. */
struct rd_channel *rd__channel_after(uint64_t order);
struct rd_bridge *rd__bridge_after(uint64_t order);
uint64_t rd__bridge_seconds(const struct rd_bridge *bridge);
/* One of legs that came by themselves, where there is no other side. */
bool rd__bridge_is_room(const struct rd_bridge *bridge);
/* The media engine has noticed it. */
void rd__bridge_talk(struct rd_channel *ch, bool talks);

/* -- music.c: musiconhold.conf -------------------------------------------------- */

extern const struct rd_module_config rd__music_config;
extern const struct rd_cli_command rd__music_commands[];
void rd__music_free(void); /* at the end */

/* -- features.c: features.conf ------------------------------------------------------ */

extern const struct rd_module_config rd__features_config;
/* Of its snapshot, when all applications are there: which of them are not, or wrongly used. */
void rd__features_review(void *snapshot, struct rd_config_report *report);
extern const struct rd_cli_command rd__features_commands[];
void rd__features_free(void); /* at the end */

/* -- console ----------------------------------------------------------------------- */

/* Commands of the call model; the console registers the tables. */
extern const struct rd_cli_command rd__channel_commands[];
extern const struct rd_cli_command rd__call_registry_commands[];

RD_API_END

/* -- inline: around each operation of a technology, which must not wait ---------------- */

static inline struct rd__usage *rd__tech_enter(const struct rd_tech *tech)
{
	rd_no_yield_begin();
	return rd__usage_enter_at(tech);
}

static inline void rd__tech_leave(struct rd__usage *outer)
{
	rd__usage_enter(outer);
	rd_no_yield_end();
}

#endif
