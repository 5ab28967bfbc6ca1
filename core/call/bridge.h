/* A bridge between bridge.c (the object), bridge_run.c (the wait that drives
 * two legs), bridge_feature.c (what the keys do), bridge_join.c (legs that come
 * by themselves), bridge_way.c (how the sound goes), stage.c (who is seen),
 * bridge_sound.c (what the bridge itself says and records). */
#ifndef CORE_CALL_BRIDGE_H
#define CORE_CALL_BRIDGE_H

#include "core/call/call.h"
#include "core/call/stage.h"

enum { RD__KEYS_MAX = 8 };

/* What features.conf says. */
struct rd__features {
	char blind_transfer[RD__KEYS_MAX + 1]; /* "" switches it off */
	char disconnect[RD__KEYS_MAX + 1];
	char park[RD__KEYS_MAX + 1];
	int between_keys_ms, transfer_digit_ms;
};

const struct rd__features *rd__features(void);

/* A leg that came by itself: rd_bridge_join(). */
struct rd__guest {
	struct rd_list link;
	struct rd_channel *ch;
	struct rd_bridge_seat seat;
	bool talks;
	bool is_called; /* rd_bridge_call() */
	int end; /* enum rd_bridge_end: it is to leave; 0: not yet */
};

struct rd_bridge {
	uint32_t magic;
	struct rd_list all; /* in order of .order */
	uint64_t order;
	char id[RD_UUID];
	uint64_t created_ms;
	struct rd_channel *legs[2]; /* of rd_bridge_run(); NULL: has left, or none */
	struct rd_list guests;
	int guest_count;
	struct rd_bridge_setup setup;
	char *name; /* NULL: none */
	bool held; /* rd_bridge_close() has not been called */
	struct rd__mixer *mixer; /* NULL: relayed, transcoded, or silent */
	struct rd__stage stage; /* who is seen */
	struct rd_stream *speaker; /* the bridge's own mouth and ear */
	int speaker_uses;
	bool plays; /* a prompt to all */
	int users; /* fibers that wait for something of it */
	struct rd_list recordings;
	struct rd_cond played;
	bool passes_digits; /* the media engine does, we only look */
	bool wants_digits; /* a key may mean something here */
};

/* One leg while rd_bridge_run() drives it. */
struct rd__side {
	struct rd_channel *ch;
	unsigned features; /* enum rd_bridge_feature */
	bool music; /* it hears music: the other holds */
	struct rd_channel **seat; /* see rd_bridge_options; NULL */
	bool is_heir; /* it took a seat that nobody else keeps */
	char keys[RD__KEYS_MAX + 1]; /* pressed, perhaps the start of a code */
	int key_count;
	uint64_t keys_until_ms;
};

struct rd__run {
	struct rd_bridge *bridge;
	struct rd__side side[2];
	const struct rd_bridge_options *options;
	struct rd_cond changed;
	uint64_t started_ms, end_ms, warn_ms; /* 0: never */
};

int rd__bridge_new(struct rd_bridge **bp, struct rd_channel *a, struct rd_channel *b,
		   bool wants_digits);
/* Both legs leave, and it is gone. */
void rd__bridge_end(struct rd_bridge *bridge);
/* One leg leaves, another enters in its place. */
void rd__bridge_swap(struct rd_bridge *bridge, struct rd_channel *old,
		     struct rd_channel *heir);
/* Let the sound go as it has to right now: linked, mixed, or not at all. */
void rd__bridge_relink(struct rd_bridge *bridge);
/* Its mixer, unless there is one: 0 or negative. */
int rd__bridge_make_mixer(struct rd_bridge *bridge);
/* One that has no legs yet. NULL: no memory. */
struct rd_bridge *rd__bridge_alloc(const struct rd_bridge_setup *setup);
/* Gone if nobody is in it and nobody holds it. */
void rd__bridge_drop(struct rd_bridge *bridge);
void rd__bridge_publish(enum rd_event_type type, struct rd_bridge *bridge,
			struct rd_channel *ch, int64_t number);
/* The neighbours' sound may take a shorter or a longer way now. */
void rd__bridge_relink_beyond(const struct rd_channel *ch);
struct rd__guest *rd__bridge_guest(const struct rd_bridge *bridge,
				   const struct rd_channel *ch);
/* They outlive it. */
void rd__bridge_forget_recordings(struct rd_bridge *bridge);
/* Everybody who came by himself is to leave. */
void rd__bridge_send_away(struct rd_bridge *bridge, enum rd_bridge_end why);

/* A key of this side; 0 or an enum rd_bridge_end. Yields. */
RD_YIELDS int rd__feature_key(struct rd__run *run, struct rd__side *from, char key, int ms);
/* No key for so long that these were not the start of a code. */
void rd__feature_flush(struct rd__run *run, struct rd__side *from);
/* from wants the other to go to target. 0 or -ENOENT. */
int rd__feature_transfer(struct rd__run *run, struct rd__side *from, const char *target);

static inline struct rd__side *rd__other_side(struct rd__run *run, struct rd__side *side)
{
	return side == &run->side[0] ? &run->side[1] : &run->side[0];
}

#endif
