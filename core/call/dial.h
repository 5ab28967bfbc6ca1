/* One attempt to dial, between dial.c (the wait), dial_leg.c (the legs) and dial_leg_end.c (how
 * they end). */
#ifndef CORE_CALL_DIAL_H
#define CORE_CALL_DIAL_H

#include <ringdown/reach.h>

#include "core/call/call.h"

struct rd__forwards;

/* Legs that are called at once in the place of another (dial_forward.c). */
struct rd__leg_set {
	int ringing;
};

struct rd__leg {
	struct rd_list link;
	struct rd_channel *ch; /* a reference; NULL when it is over */
	size_t target; /* which one has led to it */
	int forwards;
	const struct rd__forwards *named_by; /* the leg in whose place it is called; NULL: none */
	struct rd__leg_set *set; /* NULL: nobody follows when it fails */
	bool rang_before; /* for another caller, whose place this one has taken */
	bool sounded; /* a caller has heard its early media */
	uint64_t patience_ms; /* at that time its owner wants it forwarded; 0: never */
	bool rang, progressed; /* the far end has rung, has sent early media */
	struct rd_route *route; /* other ways, should this one fail; NULL: none (dial_route.c) */
	int ended; /* it has failed with this cause, and its route goes on; 0: it has not */
	char dialled[]; /* "SIP/1002" */
};

struct rd__dial {
	struct rd_channel *caller; /* NULL: originated */
	const struct rd_dial_options *options;
	struct rd_dial_result *result;
	struct rd_cond changed; /* the caller's and every leg's */
	struct rd_list legs;
	struct rd_list forwards; /* what legs have named */
	struct rd_channel *early; /* whose early media the caller hears */
	uint64_t started_ms;
	uint64_t rings_from_ms; /* whoever rings now has not been called for longer */
	size_t started; /* targets of which legs were made */
	int target_count, alive;
	bool group; /* targets of several people */
	int failures[RD_DIAL_INVALIDARGS]; /* by status: the last cause, 0: none */
	bool ringing_shown;
	/* Whoever calls by keys while he talks: the number; NULL: the dialplan dials. */
	const char *by_keys;
	/* Looked at whenever something happens; true ends the attempt. With options->arg;
	 * may be NULL, must not yield. */
	bool (*beside)(void *arg);
};

/* rd_dial() in three steps, for one that changes its caller: .caller, .options and .result are
 * set. What begin returns goes to end where it is -ECANCELED or -EINVAL, else what wait
 * returns: 0 with *answered, or NULL when all have failed; -ETIMEDOUT, -EINTR (the caller's
 * key) or -ECANCELED. end returns what rd_dial() does. Yield. */
RD_YIELDS int rd__dial_begin(struct rd__dial *dial, const char *targets);
RD_YIELDS int rd__dial_wait(struct rd__dial *dial, struct rd__leg **answered);
RD_YIELDS int rd__dial_end(struct rd__dial *dial, int rc, struct rd__leg *answered,
			   struct rd_channel **winner);
/* Another calls now, or nobody (NULL). */
void rd__dial_hand_over(struct rd__dial *dial, struct rd_channel *caller);

/* Whose call it is; NULL: originated. */
static inline struct rd_channel *rd__dial_whose(const struct rd__dial *dial)
{
	return dial->caller ? dial->caller : dial->options->on_behalf;
}

/* Who calls, as events have it. */
static inline struct rd_channel *rd__dial_told_caller(const struct rd__dial *dial)
{
	return !dial->caller && dial->options->as_caller ? dial->options->on_behalf : dial->caller;
}

/* For the log: who dials. */
static inline const char *rd__dial_caller_name(const struct rd__dial *dial)
{
	return dial->caller ? rd_channel_name(dial->caller) : "originate";
}

/* Make and call one "SIP/1001". A leg that fails is counted, and no error;
 * -EINVAL: it cannot be read; -ECANCELED: the caller has gone. Yields. */
RD_YIELDS int rd__leg_start(struct rd__dial *dial, struct rd_str target);
enum rd_dial_status rd__dial_status_of(int cause);
/* Count why somebody was not reached. */
enum rd_dial_status rd__dial_failed(struct rd__dial *dial, int cause);
/* One that this target led to is over, or was not made: on_lost hears of it when nobody
 * is left who may answer for the target. */
void rd__dial_lost(struct rd__dial *dial, size_t target, enum rd_dial_status why);
/* It could not be had: whose device it is may want it forwarded then; else rd__leg_fail(). One
 * with a route goes on by that. */
void rd__leg_end(struct rd__dial *dial, struct rd__leg *leg, int cause);
/* The leg, which need not be made yet, is over; count why. */
void rd__leg_fail(struct rd__dial *dial, struct rd__leg *leg, int cause);
/* It is talked to: nothing is known any more of those who sent the call on. */
void rd__leg_settles(const struct rd__dial *dial, struct rd__leg *leg);
/* One that is to be dialled, the dial's until it ends. NULL without memory. */
struct rd__leg *rd__leg_new(struct rd__dial *dial, struct rd_str dialled);
/* Fill leg->ch and call it; a failure is counted. Yields. */
RD_YIELDS int rd__leg_call(struct rd__dial *dial, struct rd__leg *leg);
void rd__leg_let_go(struct rd__dial *dial, struct rd__leg *leg, int cause);
/* The steps of calling one: its technology makes leg->ch, 0 or *cause says why not; that is
 * called, as rd__leg_call(). */
int rd__leg_make(struct rd__dial *dial, struct rd__leg *leg, const char *target, int *cause);
RD_YIELDS int rd__leg_ring(struct rd__dial *dial, struct rd__leg *leg);
/* A technology without channels: the first way that its route knows. As rd__leg_call(). */
RD_YIELDS int rd__route_begin(struct rd__dial *dial, struct rd__leg *leg,
			      const struct rd_tech *tech, const char *resource);
/* The far end of its way is there; rings: and has rung, or sent early media. */
void rd__route_heard(struct rd__leg *leg, bool rings);
/* Its way has failed: by the next one, soon. */
void rd__route_way_ended(struct rd__dial *dial, struct rd__leg *leg, int cause);
/* The next way of each leg that has failed: was there anybody? Yields. */
RD_YIELDS bool rd__routes_go_on(struct rd__dial *dial);
/* The channel of the leg is not this dial's any more. NULL route is fine, as below. */
void rd__route_left(struct rd__leg *leg);
void rd__route_end(struct rd__leg *leg);
/* 3xx: it is over, others take its place. */
void rd__leg_forward(struct rd__dial *dial, struct rd__leg *leg,
		     const struct rd_signal *signal);
/* Is forwarding allowed, and not too often done? */
bool rd__leg_may_forward(const struct rd__dial *dial, const struct rd__leg *leg);
/* The same because whoever owns the device wants it so. False: it is as it was. */
bool rd__leg_forward_to(struct rd__dial *dial, struct rd__leg *leg, const char *to,
			enum rd_forward when);

/* -- what the owner of a device wants (dial_reach.c) -- */

/* Before it is made: true when it is forwarded, or refused; else wish->device may be whom
 * to call instead. */
bool rd__leg_obeys(struct rd__dial *dial, struct rd__leg *leg, struct rd_reach_wish *wish);
/* It could not be had: has it been forwarded? */
bool rd__leg_forwarded(struct rd__dial *dial, struct rd__leg *leg, int cause);
/* Forward those who have rung for long enough. All: however long, and nobody rings on, if
 * there is one to forward. Was there? */
bool rd__legs_forward_unanswered(struct rd__dial *dial, bool all);
/* Until the next of them; RD_FOREVER: none. */
int rd__legs_patience_ms(const struct rd__dial *dial);

/* The leg is told who has sent it on, and which devices were meant. 0 or -ENOMEM. */
int rd__forwards_tell(const struct rd__forwards *forwards, struct rd_channel *leg);
/* Call whom forwards have named, as far as it is their turn: was there anybody?
 * Yields. */
RD_YIELDS bool rd__forwards_go_on(struct rd__dial *dial);
/* Is somebody still to be called whom this target has led to? */
bool rd__forwards_pending(const struct rd__dial *dial, size_t target);
/* Whoever was not called never will be; why is told of them. */
void rd__forwards_drop(struct rd__dial *dial, enum rd_dial_status why);
/* Another answers in its place: that is the leg now. */
void rd__leg_picked_up(struct rd__dial *dial, struct rd__leg *leg);
void rd__legs_drop(struct rd__dial *dial, int cause);

void rd__dial_publish_begin(struct rd__dial *dial, struct rd_channel *leg, const char *target);
void rd__dial_publish_end(struct rd__dial *dial, struct rd_channel *leg, const char *status);
/* Who is at the leg: to the caller, and on again when it changes. */
void rd__dial_show_party(struct rd__dial *dial, struct rd_channel *leg);
void rd__dial_tell_party(struct rd__dial *dial, struct rd__leg *leg);

#endif
