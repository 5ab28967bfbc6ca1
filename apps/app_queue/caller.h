/* A caller's time in a queue: wait.c is that, announce.c what he is told, rules.c whom he waits
 * for, pick.c who of the members is rung, ring.c rings them, talk.c lets them talk. */
#ifndef APPS_APP_QUEUE_CALLER_H
#define APPS_APP_QUEUE_CALLER_H

#include "apps/app_queue/queue.h"

/* A caller in a queue; on the stack of its fiber. */
struct queue_caller {
	struct rd_list link;
	struct queue *queue;
	struct rd_channel *ch;
	struct rd_cond changed;
	struct rd_app_options options;
	const char *announce, *gosub;
	int priority, max_penalty, min_penalty, raise_penalty; /* QUEUE_NO_PENALTY: any */
	unsigned wanted_position; /* 0: the last */
	const struct queue_rule *rule; /* NULL: none; in .snapshot */
	struct queue_snapshot *snapshot;
	size_t rule_next;
	uint64_t said_ms, periodic_at_ms; /* 0: never */
	unsigned said_position, periodic_next, attempts;
	uint64_t joined_ms, deadline_ms, retry_at_ms; /* 0: none */
	unsigned linear_next, entered_at; /* entered_at: his first position */
	bool ringing, choosy;
	char exit_key;
};

/* Option letters of Queue(), beside those of apps/features.h. */
enum queue_flag {
	QUEUE_CONTINUE = 1 << 0, /* c */
	QUEUE_ELSEWHERE = 1 << 1, /* C */
	QUEUE_IGNORE_FORWARD = 1 << 2, /* i */
	QUEUE_NO_UPDATE = 1 << 3, /* I */
	QUEUE_ONCE = 1 << 4, /* n */
	QUEUE_RING = 1 << 5, /* r */
	QUEUE_RING_LATE = 1 << 6, /* R */
	QUEUE_MUSIC = 1 << 7, /* m */
	QUEUE_BEFORE_LEG = 1 << 8, /* b */
	QUEUE_BEFORE_CALLER = 1 << 9, /* B */
	QUEUE_MEMBER_GOES_ON = 1 << 10, /* F */
	QUEUE_NO_DELAY = 1 << 11, /* d: means nothing where calls are SIP, in Asterisk too */
};

enum {
	QUEUE_ARG_MUSIC,
	QUEUE_ARG_BEFORE_LEG,
	QUEUE_ARG_BEFORE_CALLER,
	QUEUE_ARG_MEMBER_GOES_ON
};

static inline bool queue_has(const struct queue_caller *caller, enum queue_flag flag)
{
	return caller->options.flags & flag;
}

/* -- rules.c: penalties that change while a caller waits -- */

/* He waits by this rule (NULL, "": the queue's). False: there is no such rule. */
bool queue_rule_begin(struct queue_caller *caller, const char *name);
void queue_rule_end(struct queue_caller *caller);
/* The steps that are due; when the next one is, UINT64_MAX: never. */
uint64_t queue_rule_apply(struct queue_caller *caller);
/* How a member's penalty counts for this caller (NULL: for anybody). */
int queue_penalty(const struct queue_caller *caller, const struct queue_member *member);
bool queue_penalty_fits(const struct queue_caller *caller, const struct queue_member *member);

/* -- announce.c: what callers are told while they wait -- */

/* When something is to be said, UINT64_MAX: never. */
uint64_t queue_announce_due(const struct queue_caller *caller);
/* Say what is due. 0, QUEUE_LEFT_BY_KEY or negative. Yields. */
RD_YIELDS int queue_announce(struct queue_caller *caller);
/* "Your caller has waited 2 minutes", to a member. 0 or negative. Yields. */
RD_YIELDS int queue_report_hold(const struct queue_caller *caller, struct rd_channel *peer);

/* -- pick.c -- */

/* Members to ring for this caller now, best first, each with a reference; *np of them.
 * 0 or -ENOMEM. Give them back by queue_candidates_free(). */
int queue_candidates(const struct queue_caller *caller, struct queue_member ***out, size_t *np);
void queue_candidates_free(struct queue_member **members, size_t n);

/* -- ring.c -- */

enum {
	QUEUE_NOBODY = 0,
	QUEUE_SERVED = 1000,
	QUEUE_LEFT_BY_KEY,
	QUEUE_UNSERVED, /* nobody can be called for him: the log says why */
};

/* Ring members, and let the one who answers talk. One of these, or negative. Yields. */
RD_YIELDS int queue_ring(struct queue_caller *caller);

/* -- talk.c -- */

/* The same for a member who has answered; peer is taken, and the member released. */
RD_YIELDS int queue_talk(struct queue_caller *caller, struct queue_member *member,
			 struct rd_channel *peer, uint64_t rang_ms);
void queue_transfer_event(const struct rd_event *event, void *arg);

/* -- wait.c -- */

/* The caller's time in the queue, from joining on. What Queue() returns. Yields. */
RD_YIELDS int queue_wait(struct queue_caller *caller);
/* Is nobody there, for this caller or (NULL) any? */
bool queue_is_empty(const struct queue *queue, unsigned absent, const struct queue_caller *caller);
unsigned queue_position(const struct queue_caller *caller);
/* The key is an extension of the queue's context: it is kept in .exit_key. */
bool queue_exit_key(struct queue_caller *caller, char digit);
void queue_leave(struct queue_caller *caller);
const char *queue_music(const struct queue_caller *caller);
/* What he hears while he waits: music, or that it rings. 0 or -ECANCELED. Yields. */
RD_YIELDS int queue_sound_begin(struct queue_caller *caller);
void queue_sound_end(struct queue_caller *caller);

/* -- log.c -- */

/* Of a caller, and a member (NULL: none). */
void queue_log_caller(const struct queue_caller *caller, const struct queue_member *member,
		      const char *verb, const char *fmt, ...) RD_PRINTF(4, 5);

#endif
