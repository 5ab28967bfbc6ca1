/* One attended transfer by keys, between consult.c (its story, and the fiber that waits for
 * the outcome) and consult_call.c (while it rings). */
#ifndef CORE_CALL_CONSULT_H
#define CORE_CALL_CONSULT_H

#include "core/call/bridge.h"
#include "core/call/dial.h"

/* What becomes of the two: the fiber that waits does it. */
enum rd__consult_outcome {
	RD__CONSULT_NOT_YET,
	RD__CONSULT_GO_BACK, /* they talk on, as far as both are there */
	RD__CONSULT_SEAT, /* target takes the place of who asked, */
	RD__CONSULT_SEAT_OTHER, /* or of the other */
	RD__CONSULT_JOIN, /* they talk on, and target with them */
};

/* What the story does next. */
enum rd__consult_step {
	RD__CONSULT_BACK,
	RD__CONSULT_RING, /* it rings on, who asked waits for the answer */
	RD__CONSULT_TALK,
	RD__CONSULT_COMPLETE,
	RD__CONSULT_BOTH,
	RD__CONSULT_LEFT, /* the other has gone: the two who are left talk */
	RD__CONSULT_DONE,
};

struct rd__consult {
	unsigned refs;
	bool abandoned; /* nobody waits for the outcome */
	bool busy; /* with a leg that has a fiber of its own, if one has */
	bool own_fiber; /* it was from's own fiber that drove the two */
	bool has_other; /* other is ours alone, and one more reference to it */
	enum rd__consult_outcome outcome;
	struct rd_cond over;
	struct rd_channel *from, *other, *target; /* references; target NULL: none */
	struct rd_channel *taken; /* is to leave who drove it, and be driven here; a reference */
	int side; /* of from */
	bool keeps_other; /* target has answered while who asked talked to other again */
	unsigned rights; /* of other, wherever it goes on */
	char exten[RD__PLACE_MAX], context[RD__PLACE_MAX];
	/* What is pressed while it rings. */
	char keys[RD__KEYS_MAX + 1];
	int key_count;
	struct rd_timer next_key; /* how long it may take */
	bool has_pressed; /* a whole code, */
	enum rd__code pressed; /* this */
	struct rd_cond *ringing; /* what wakes who waits for the answer */
	struct rd_cond *dialling; /* what wakes who calls; NULL */
};

/* Has it gone, or to another place? */
bool rd__consult_is_away(const struct rd__consult *it, const struct rd_channel *ch);
/* The leg whose fiber waits may leave. */
void rd__consult_release(struct rd__consult *it);
void rd__consult_settle(struct rd__consult *it, enum rd__consult_outcome outcome);
void rd__consult_let_target_go(struct rd__consult *it);
/* Who asked hangs up, unless he is at another place by now. */
void rd__consult_hang_up(struct rd__consult *it);
/* From here on other is driven by the story alone, where its driver goes with from. 0 or
 * negative. Yields. */
RD_YIELDS int rd__consult_take_other(struct rd__consult *it);
/* What the story does next when who asked has pressed this code; any other leads back. */
enum rd__consult_step rd__consult_after_key(enum rd__code code);
/* Tell of the transfer. */
void rd__consult_announce(struct rd__consult *it);
/* Other and target talk. Yields. */
RD_YIELDS void rd__consult_join(struct rd__consult *it);

/* -- consult_hesitate.c -- */

/* Who asked talks to other again while it rings on, until a key, an answer or a hang-up: what
 * is next. *rc and *answered as rd__dial_wait() has them, where that has ended. Yields. */
RD_YIELDS enum rd__consult_step rd__consult_hesitate(struct rd__consult *it, struct rd__dial *dial,
						     struct rd__leg **answered, int *rc);

/* -- consult_call.c -- */

/* Call it->target, until it has answered: what is next. Yields. */
RD_YIELDS enum rd__consult_step rd__consult_call(struct rd__consult *it);

#endif
