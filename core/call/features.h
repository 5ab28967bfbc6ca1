/* features.conf as calls ask for it: which keys mean what while two talk, how long one may
 * take to press them, and what is heard. A channel may have a copy of its own: FEATURE(). */
#ifndef CORE_CALL_FEATURES_H
#define CORE_CALL_FEATURES_H

#include <ringdown/bridge.h>

enum { RD__KEYS_MAX = 11, RD__SOUND_SIZE = 80 };
#define RD__KEYS_EXPECTED "up to 11 keys of 0-9, *, #, A-D"

/* What keys may mean. */
enum rd__code {
	RD__CODE_BLIND,
	RD__CODE_ATTENDED,
	RD__CODE_DISCONNECT,
	RD__CODE_PARK,
	RD__CODE_RECORD, /* automixmon */
	RD__CODE_MONITOR, /* automon */
	RD__CODE_ABORT, /* these four while somebody is asked before a transfer */
	RD__CODE_COMPLETE,
	RD__CODE_THREEWAY,
	RD__CODE_SWAP,
	RD__CODES,
	RD__CODE_APP = RD__CODES, /* one of [applicationmap] */
};

/* Beside enum rd_bridge_feature: one who asks somebody before a transfer. */
#define RD__FEATURE_CONSULTS (1u << 16)

/* A line of [applicationmap], or of a group. */
struct rd__feature_app {
	struct rd__feature_app *next;
	const char *listed_as; /* what DYNAMIC_FEATURES says to have it: its name, or its group */
	const char *file;      /* where it is written in [applicationmap]; of a group: NULL */
	int line;
	char keys[RD__KEYS_MAX + 1];
	bool on_peer; /* it runs on the leg of the other */
	const char *app, *args;
	const char *music; /* class for who waits meanwhile; NULL: silence */
};

struct rd__features {
	char keys[RD__CODES][RD__KEYS_MAX + 1]; /* "": it is switched off */
	int between_keys_ms, transfer_digit_ms;
	int attempts; /* to say where a call is to go */
	int no_answer_ms, loop_delay_ms, callback_retries;
	bool drop_call; /* who hangs up before the other has answered is not called back */
	bool inherit; /* FEATURE(): whoever this channel dials has the same */
	char pickup[RD__KEYS_MAX + 1]; /* dialled: answer for a phone of one's pickup groups */
	char pickup_done[RD__SOUND_SIZE], pickup_fail[RD__SOUND_SIZE];
	char courtesy[RD__SOUND_SIZE], record_fail[RD__SOUND_SIZE];
	char transfer_done[RD__SOUND_SIZE], transfer_fail[RD__SOUND_SIZE];
	char ask[RD__SOUND_SIZE], ask_again[RD__SOUND_SIZE], ask_no_more[RD__SOUND_SIZE];
	struct rd_pool *apps_pool; /* where the list below lies; NULL: there is none */
	struct rd__feature_app *apps;
};

/* In force. Borrowed, as all of these: until the fiber waits. */
const struct rd__features *rd__features(void);
/* What counts for this channel (feature_own.c). */
const struct rd__features *rd__features_of(const struct rd_channel *ch);
/* A leg that this one dials: 0 or -ENOMEM. */
int rd__features_inherit(const struct rd_channel *dialler, struct rd_channel *leg);

/* What the keys that were pressed are. */
struct rd__hit {
	bool whole; /* they are a code: */
	enum rd__code code;
	const struct rd__feature_app *app; /* RD__CODE_APP */
	bool more; /* they may become another, longer one */
};

/* For a channel that has these rights (enum rd_bridge_feature) and its DYNAMIC_FEATURES. */
struct rd__hit rd__features_match(const struct rd_channel *ch, unsigned rights, const char *keys);
/* Could any key mean something? */
bool rd__features_any(const struct rd_channel *ch, unsigned rights);
/* The rights of option letters, of the caller's side (capitals) or the other's. */
unsigned rd__features_of_letters(const char *letters, bool caller);

#endif
