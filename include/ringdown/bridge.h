/* Ringdown SDK: a bridge is two or more channels that hear each other. It
 * picks the cheapest way that is right: relay, transcode, mix. */
#ifndef RINGDOWN_BRIDGE_H
#define RINGDOWN_BRIDGE_H

#include <ringdown/base.h>
#include <ringdown/channel.h>

struct rd_bridge;

/* Why rd_bridge_run came back. */
enum rd_bridge_end {
	RD_BRIDGE_CALLER_GONE = 1, /* the first leg hung up */
	RD_BRIDGE_PEER_GONE,
	RD_BRIDGE_LIMIT,	   /* its time was up */
	RD_BRIDGE_MOVED,	   /* a leg was taken elsewhere: transfer, redirect */
	RD_BRIDGE_KEY,		   /* a feature ended it, e.g. * of option h */
};

/* Features of one side, as Dial's options give them. */
enum rd_bridge_feature {
	RD_FEATURE_TRANSFER = 1,   /* t: blind transfer key */
	RD_FEATURE_DISCONNECT = 2, /* h: disconnect key */
};

struct rd_bridge_options {
	unsigned caller_features, peer_features;
	int limit_ms;	     /* 0: none */
	int warn_ms;	     /* play a warning when so much is left */
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
};

RD_API_BEGIN

/**
 * Join two legs that are up and pass everything between them until one goes.
 * The calling fiber drives both. Neither is hung up here.
 * Returns an enum rd_bridge_end, or negative: -EBUSY, -ELOOP (both are ends of
 * one Local channel), -ENOMEM. Yields.
 */
RD_YIELDS int rd_bridge_run(struct rd_channel *caller, struct rd_channel *peer,
			    const struct rd_bridge_options *options);

const char *rd_bridge_id(const struct rd_bridge *bridge);
/* "relay", "transcode", "mix". */
const char *rd_bridge_way(const struct rd_bridge *bridge);
struct rd_bridge *rd_bridge_next(const struct rd_bridge *after);
int rd_bridge_channels(const struct rd_bridge *bridge, struct rd_channel **out, int max);

RD_API_END

#endif
