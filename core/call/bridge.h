/* A bridge between bridge.c (the object), bridge_run.c (the wait that drives
 * two legs) and bridge_feature.c (what the keys do). */
#ifndef RD_CORE_CALL_BRIDGE_H
#define RD_CORE_CALL_BRIDGE_H

#include "core/call/call.h"

enum { RD__KEYS_MAX = 8 };

/* What features.conf says. */
struct rd__features {
	char blind_transfer[RD__KEYS_MAX + 1]; /* "" switches it off */
	char disconnect[RD__KEYS_MAX + 1];
	int between_keys_ms, transfer_digit_ms;
};

const struct rd__features *rd__features(void);

struct rd_bridge {
	uint32_t magic;
	struct rd_list all;
	char id[37];
	uint64_t created_ms;
	struct rd_channel *legs[2]; /* NULL: has left */
	bool passes_digits; /* the media engine does, we only look */
	bool wants_digits;  /* a key may mean something here */
};

/* One leg while rd_bridge_run() drives it. */
struct rd__side {
	struct rd_channel *ch;
	unsigned features; /* enum rd_bridge_feature */
	bool music;	   /* it hears music: the other holds */
	struct rd_channel **seat; /* see rd_bridge_options; NULL */
	bool is_heir;	   /* it took a seat that nobody else keeps */
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
/* Link the sound as it is right now. */
void rd__bridge_relink(struct rd_bridge *bridge);

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
