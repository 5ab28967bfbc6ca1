/* The inside of transfers: transfer.c (a leg is sent to the dialplan, on
 * trial), transfer_attended.c (calls are joined), transfer_ringing.c (... while one still rings),
 * succession.c (one leg takes the seat of another), third.c (one joins two), and what the rest
 * of the call model tells them. */
#ifndef CORE_CALL_TRANSFER_H
#define CORE_CALL_TRANSFER_H

#include <ringdown/transfer.h>

#include "core/call/call.h"

struct rd_transfer {
	struct rd_channel *transferer; /* a reference; NULL: has left, or never was */
	struct rd_channel *transferee; /* a reference */
	struct rd_channel *other;      /* attended: the transferer's other leg; NULL: let go */
	bool other_is_ours; /* ... that leg has no fiber any more */
	struct rd_list rings; /* legs of the other's dial, for that of the transferee */
	struct rd_timer unclaimed; /* none of its dials has taken them */
	bool first_is_reserved; /* attended: the transferer's leg was taken from its fiber */
	bool nobody_asked; /* the leg was made for the place that it goes to */
	enum rd_transfer_state state;
	int cause;
	struct rd_transfer_watch watch;
	struct rd_cond changed;
	char prompt[128]; /* that the transferer is to hear; "": none */
};

/* 0 or -ENOMEM. The three are borrowed; other and transferer may be NULL. */
int rd__transfer_new(struct rd_transfer **tp, struct rd_channel *transferer,
		     struct rd_channel *transferee, struct rd_channel *other,
		     const struct rd_transfer_watch *watch);
void rd__transfer_free(struct rd_transfer *transfer);
void rd__transfer_report(struct rd_transfer *transfer, enum rd_transfer_state state,
			 int cause);
/* Variables, identities and the event of a transfer that begins. */
void rd__transfer_announce(struct rd_channel *transferer, struct rd_channel *transferee,
			   const char *kind, const char *target);

/* As rd__channel_finish(), but nobody waits for the h extension. */
void rd__channel_finish_apart(struct rd_channel *ch, int cause);

/* Both leave the bridge: the transferee for this place, its transferer for the trial. */
void rd__transfer_send_away(struct rd_transfer *transfer, const char *context,
			    const char *exten, int priority);
/* A fiber keeps the transferer until it is known how the transferee fares; arg, the
 * transfer, is gone then. Yields. */
RD_YIELDS int rd__transfer_run_trial(void *arg);

/* The transferer's other leg, where it is ours, is hung up: it tells how the transfer went. */
void rd__transfer_release_other(struct rd_transfer *transfer);

/* A leg that nobody sends is on trial too, before it goes to its place: 0 or -ENOMEM. */
int rd__trial_begin(struct rd_transfer **tp, struct rd_channel *leg,
		    const struct rd_transfer_watch *watch);
/* Until somebody answers it there, or nobody does; then the transfer is gone. Yields. */
RD_YIELDS void rd__trial_end(struct rd_transfer *transfer);

/* -- transfer_ringing.c -------------------------------------------------------- */

struct rd__leg;
/* Does this leg ring for others, or is it to be answered still? */
bool rd__transfer_rings(const struct rd_channel *other);
/* Begin: 0, or -ENOMEM, -EAGAIN. */
int rd__transfer_begin_ringing(struct rd_transfer *transfer);
void rd__transfer_init_rings(struct rd_transfer *transfer);
/* Take a leg of no list, which rings and is no dial's any more. */
void rd__transfer_keep_leg(struct rd_transfer *transfer, struct rd__leg *leg);
/* The one that was dialled as target, and rings already for who is put in the place of its
 * caller; NULL. The caller frees it. */
struct rd__leg *rd__transfer_claim_leg(struct rd_channel *caller, const char *target);
/* Those that nobody has claimed are hung up. */
void rd__transfer_drop_legs(struct rd_transfer *transfer);

/* -- third.c ------------------------------------------------------------------ */

/* One of two has left their bridge: does a third who joined them go on with the other?
 * Then that one is reserved, and whoever drives it lets it go. */
bool rd__third_go_on(struct rd_bridge *bridge, struct rd_channel *stays);

/* -- succession.c ------------------------------------------------------------- */

/* heir, which the caller drives, takes the seat of old: in a bridge, in a
 * dial, in an application. On success heir is looked after there, and the
 * caller's reference is taken; old is the caller's to hang up. But where old
 * drove its partner, that is the caller's now too (*partner, else NULL): both
 * are to talk. Yields. */
RD_YIELDS int rd__channel_succeed(struct rd_channel *old, struct rd_channel *heir,
				  struct rd_channel **partner);
/* Whoever drove a leg has seated its heir, and has only a reference left. */
void rd__channel_seated(struct rd_channel *old);
/* Each is shown the other. */
void rd__channel_introduce(struct rd_channel *a, struct rd_channel *b);
/* Two legs that the fiber drives talk until one goes; then both are let go. rights: enum
 * rd_bridge_feature, of each. Yields. */
RD_YIELDS void rd__legs_talk(struct rd_channel *a, struct rd_channel *b);
RD_YIELDS void rd__legs_talk_by(struct rd_channel *a, unsigned rights_a, struct rd_channel *b,
				unsigned rights_b);
/* As rd_channel_let_go(); a leg that came in runs its h extension. Yields. */
RD_YIELDS void rd__channel_finish(struct rd_channel *ch, int cause);

#endif
