/* Ringdown SDK: a bridge is two or more channels that hear each other. It
 * picks the cheapest way that is right: relay, transcode, mix. */
#ifndef RINGDOWN_BRIDGE_H
#define RINGDOWN_BRIDGE_H

#include <ringdown/base.h>
#include <ringdown/channel.h>

struct rd_bridge;

/* Why rd_bridge_run() or rd_bridge_join() came back. */
enum rd_bridge_end {
	RD_BRIDGE_CALLER_GONE = 1, /* the first leg hung up */
	RD_BRIDGE_PEER_GONE,
	RD_BRIDGE_LIMIT, /* its time was up */
	RD_BRIDGE_MOVED, /* a leg was taken elsewhere: transfer, redirect */
	RD_BRIDGE_KEY, /* a feature ended it, e.g. * of option h */
	RD_BRIDGE_KICKED, /* rd_bridge_kick() */
	RD_BRIDGE_CLOSED, /* the bridge has ended */
};

/* Features of one side, as Dial's options give them. */
enum rd_bridge_feature {
	RD_FEATURE_TRANSFER = 1, /* t: the keys of a blind and of an attended transfer */
	RD_FEATURE_DISCONNECT = 2, /* h: disconnect key */
	RD_FEATURE_PARK = 4, /* k: park the other one */
	RD_FEATURE_RECORD = 8, /* x: begin a recording, and end it */
	RD_FEATURE_MONITOR = 16, /* w: the same by another key */
};

struct rd_bridge_options {
	unsigned caller_features, peer_features;
	int limit_ms; /* 0: none */
	int warn_ms; /* play a warning when so much is left */
	int warn_every_ms;
	bool warn_caller, warn_peer;
	const char *warn_sound; /* NULL: how much time is left */
	const char *end_sound, *start_sound;
	/* Where the caller of rd_bridge_run() keeps its pointers: kept right when
	 * another leg takes a seat, the reference going along. May be NULL: then
	 * the other leg is let go at the end. */
	struct rd_channel **caller_seat, **peer_seat;
	/* A digit that no feature took is passed on, unless this returns true. */
	bool (*digit)(struct rd_channel *from, char digit, void *arg);
	void *arg;
	void *reserved[2];
};

/* -- any number of legs -- */

/* Who is seen, where more than two are; two see each other. */
enum rd_bridge_pictures {
	RD_PICTURES_FOLLOW, /* who talks, by all others; he sees who talked before */
	RD_PICTURES_NONE, /* nobody, in any case */
	/* Everybody, by all others, each by a line of its own; whose far end has not lines
	 * enough sees some, and who talks. */
	RD_PICTURES_ALL,
};

/* What a bridge is when it begins; all zero will do. */
struct rd_bridge_setup {
	const char *name; /* for rd_bridge_find(); NULL: none; copied */
	int rate; /* of its mix, Hz: one of rd_mix_rates; 0: the highest of those in it then */
	int frame_ms; /* 10, 20, 40; 0: 20 */
	bool mix; /* also one or two: for talker events, or sound of its own */
	enum rd_bridge_pictures pictures;
	void *reserved[2];
};

/* What a leg is in a bridge. All zero: hears all the others, is heard by them. */
struct rd_bridge_seat {
	bool mute; /* heard by nobody; a spy is */
	bool deaf; /* hears silence */
	int volume_in_db; /* how loud the others hear it, -40 to 24 */
	int volume_out_db; /* how loud it hears the others */
	/* It hears only this one, is heard only by this one (whispers); NULL: all.
	 * Borrowed: when that leg leaves, this one hears or says nothing more. */
	struct rd_channel *hears, *heard_by;
	bool denoise, level; /* noise suppression, gain control on what it says */
	int limit_ms; /* RD_BRIDGE_LIMIT after so long; 0: never */
	/* Keys that it presses, in its own fiber; may yield, e.g. play a menu, which
	 * it alone hears. Not 0: rd_bridge_join() returns RD_BRIDGE_KEY. */
	int (*digit)(struct rd_channel *ch, char digit, void *arg);
	/* In its own fiber after rd_bridge_call(); may yield, likewise. May be NULL. */
	void (*called)(struct rd_channel *ch, void *arg);
	void *arg;
	void *reserved[2];
};

struct rd_bridge_recording;

RD_API_BEGIN

/**
 * Join two legs that are up and pass everything between them until one goes.
 * The calling fiber drives both. Neither is hung up here.
 * Returns an enum rd_bridge_end, or negative: -EBUSY, -ELOOP (both are ends of
 * one Local channel), -ENOMEM. Yields.
 */
RD_YIELDS int rd_bridge_run(struct rd_channel *caller, struct rd_channel *peer,
			    const struct rd_bridge_options *options);

/* Unique in this run of the daemon; borrowed, as long as the bridge lives. */
const char *rd_bridge_id(const struct rd_bridge *bridge);
/**
 * A bridge for legs that join by themselves. It stays until rd_bridge_close(), with
 * or without legs. 0, -EINVAL (rate, frame), -EEXIST (name) or -ENOMEM.
 */
int rd_bridge_new(struct rd_bridge **bp, const struct rd_bridge_setup *setup);
/* Everybody leaves with RD_BRIDGE_CLOSED. Not to be touched any more. */
void rd_bridge_close(struct rd_bridge *bridge);
/* By name or id; borrowed. NULL. */
struct rd_bridge *rd_bridge_find(const char *name);
/* Made by rd_bridge_new() and not closed: a place to meet, not a call of two. */
bool rd_bridge_is_room(const struct rd_bridge *bridge);
const char *rd_bridge_name(const struct rd_bridge *bridge); /* "" */

/**
 * Enter a bridge: one of rd_bridge_new(), or one where two talk by Dial or Bridge
 * (a third joins them: RFC 3911). The leg's own fiber calls it and stays in it. Two
 * are linked, more are mixed; the sound changes its way without a gap.
 *
 * @seat  copied; NULL: a plain one
 *
 * Yields. Returns an enum rd_bridge_end, or negative: -EBUSY (it is in a bridge),
 * -ENOMEM, -ECANCELED: it is gone, or moved to another place.
 */
RD_YIELDS int rd_bridge_join(struct rd_bridge *bridge, struct rd_channel *ch,
			     const struct rd_bridge_seat *seat);
/* Change the seat of a leg that has joined; its limit stays. 0 or -ENOENT. */
int rd_bridge_set_seat(struct rd_bridge *bridge, struct rd_channel *ch,
		       const struct rd_bridge_seat *seat);
/* Of one that has joined; NULL. Borrowed. */
const struct rd_bridge_seat *rd_bridge_seat(const struct rd_bridge *bridge,
					    const struct rd_channel *ch);
/* Let it leave: its rd_bridge_join() returns why (> 0). 0 or -ENOENT. */
int rd_bridge_kick(struct rd_bridge *bridge, struct rd_channel *ch, enum rd_bridge_end why);
/* Have its fiber call its seat's .called soon; several times may be as once. 0 or
 * -ENOENT. */
int rd_bridge_call(struct rd_bridge *bridge, struct rd_channel *ch);
/* Does it talk just now? Known while the bridge mixes. Changes are told by
 * RD_EVENT_BRIDGE_TALK. */
bool rd_bridge_talks(const struct rd_bridge *bridge, const struct rd_channel *ch);

/* Whom the others see, while there are more than two with pictures; NULL. */
struct rd_channel *rd_bridge_seen(const struct rd_bridge *bridge);
/* Let it be this one, whoever talks, while it is there and has pictures; NULL: who talks,
 * again. Borrowed: another call takes it back before it is gone. */
void rd_bridge_show(struct rd_bridge *bridge, struct rd_channel *ch);

/* Play a prompt (as rd_play(), language NULL: none) to all, over what is said. One
 * after the other. Yields until its end. 0, -ENOENT, -ENOMEM, -ECANCELED. */
RD_YIELDS int rd_bridge_play(struct rd_bridge *bridge, const char *prompt,
			     const char *language);
/* Record all that is said into PATH.EXTENSION of the format, or at its end. 0 with *rp, to be
 * ended by rd_bridge_record_stop(); -ENOTSUP (no such format), -ENAMETOOLONG, -ENOMEM, or what
 * the file system says: there is no recording then. Yields. */
RD_YIELDS int rd_bridge_record(struct rd_bridge *bridge, const char *path, const char *format,
			       bool append, struct rd_bridge_recording **rp);
/* The file is whole when it returns; also after the bridge is gone. Yields. */
RD_YIELDS void rd_bridge_record_stop(struct rd_bridge_recording *recording);

/* "none", "relay", "transcode", "mix". */
const char *rd_bridge_way(const struct rd_bridge *bridge);
/* Walk over all: NULL starts; borrowed, do not yield in between. */
struct rd_bridge *rd_bridge_next(const struct rd_bridge *after);
int rd_bridge_count(const struct rd_bridge *bridge); /* of its channels */
/* The first of them, at most max, borrowed: how many. */
int rd_bridge_channels(const struct rd_bridge *bridge, struct rd_channel **out, int max);

RD_API_END

#endif
