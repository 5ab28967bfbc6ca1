/* A bridge between bridge.c (the object), bridge_run.c (the wait that drives
 * two legs), bridge_feature.c (what the keys do; feature_record.c, feature_app.c
 * and consult.c are what takes longer), bridge_join.c (legs that come
 * by themselves), bridge_way.c (how the sound goes), stage.c (who is seen),
 * bridge_sound.c (what the bridge itself says and records). */
#ifndef CORE_CALL_BRIDGE_H
#define CORE_CALL_BRIDGE_H

#include "core/call/call.h"
#include "core/call/features.h"
#include "core/call/stage.h"

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
	unsigned features; /* enum rd_bridge_feature, RD__FEATURE_CONSULTS */
	bool music; /* it hears music: the other holds */
	struct rd_channel **seat; /* see rd_bridge_options; NULL */
	bool is_heir; /* it took a seat that nobody else keeps */
	char keys[RD__KEYS_MAX + 1]; /* pressed, perhaps the start of a code */
	int key_count;
	uint64_t keys_until_ms;
};

/* What goes on beside two who talk, and ends that (RD_BRIDGE_KICKED). */
struct rd__beside {
	struct rd_channel *leg; /* waits, and leaves; NULL: none */
	const bool *over; /* becomes true, and one of the two is woken; NULL */
};

struct rd__run {
	struct rd_bridge *bridge;
	struct rd__side side[2];
	const struct rd_bridge_options *options;
	struct rd_cond changed;
	uint64_t started_ms, end_ms, warn_ms; /* 0: never */
	enum rd__code code; /* RD_BRIDGE_KEY: which it was */
	const struct rd__beside *beside; /* NULL */
	struct rd__consult *pending; /* somebody is still called, to join the two; NULL */
};

/* rd_bridge_run() with something beside it (NULL: nothing), which says by which key it was
 * ended. Yields. */
RD_YIELDS int rd__bridge_run(struct rd_channel *caller, struct rd_channel *peer,
			     const struct rd_bridge_options *options,
			     const struct rd__beside *beside, enum rd__code *code);
/* The two leave the bridge, and somebody else drives them for a while. */
void rd__run_suspend(struct rd__run *run);
/* They talk again: 0, or why they do not, an enum rd_bridge_end or negative. */
int rd__run_resume(struct rd__run *run);
/* While it is suspended: heir sits where this side was, which is let go. Takes the
 * reference. */
void rd__run_reseat(struct rd__run *run, struct rd__side *side, struct rd_channel *heir);

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
/* No key for so long that these are all: a code, or not the start of one. The same. */
RD_YIELDS int rd__feature_timeout(struct rd__run *run, struct rd__side *from);
/* from wants the other to go to target. 0 or -ENOENT. */
int rd__feature_transfer(struct rd__run *run, struct rd__side *from, const char *target);
/* from calls target first. 0 or an enum rd_bridge_end. Yields. */
RD_YIELDS int rd__feature_attended(struct rd__run *run, struct rd__side *from, const char *target);
/* Begin a recording, or end it. Yields. */
RD_YIELDS void rd__feature_record(struct rd__run *run, struct rd__side *from,
				  enum rd__code code);
/* Run what [applicationmap] says. Yields. */
RD_YIELDS void rd__feature_app(struct rd__run *run, struct rd__side *from,
			       const struct rd__feature_app *app);
/* Call somebody, talk, and then perhaps have the other talk to them: 0 or an enum
 * rd_bridge_end. Yields. */
RD_YIELDS int rd__consult(struct rd__run *run, struct rd__side *from, const char *target);
/* The two have gone: nobody is to be called any more. */
void rd__consult_forget(struct rd__consult *consult);
/* What features.conf says is to be heard, copied, for the fiber waits. Yields. */
RD_YIELDS void rd__feature_sound(struct rd_channel *ch, const char *sound);

/* Stop the music that he hears in the place of the other, if he does. */
void rd__side_music_stop(struct rd__side *side);

static inline struct rd__side *rd__other_side(struct rd__run *run, struct rd__side *side)
{
	return side == &run->side[0] ? &run->side[1] : &run->side[0];
}

#endif
