/* Ringdown SDK: fibers and the things they wait for. A fiber is a story told
 * top to bottom on a small stack of its own (128 KiB); all fibers run on the
 * switch thread, one at a time, and give way only inside a wait.
 *
 * Every wait takes a timeout in milliseconds (RD_FOREVER for none) and
 * returns 0 or more, -ETIMEDOUT, or -ECANCELED. Cancellation is sticky: once
 * cancelled, every further wait returns -ECANCELED at once, but in a shield. */
#ifndef RINGDOWN_FIBER_H
#define RINGDOWN_FIBER_H

#include <ringdown/base.h>
#include <ringdown/list.h>

struct rd_fiber;

/* A place to wait for "something changed". Embed it; init before use. */
struct rd_cond {
	struct rd_list waiters;
};

/* Messages to one reader. Posting signals the condition that the reader
 * waits on, so one reader can wait on many mailboxes. */
struct rd_mailbox {
	struct rd_list messages;
	struct rd_cond *notify; /* own_notify, or a condition shared by several */
	struct rd_cond own_notify;
};

/* A one-shot timer on the loop. Embed it; no fiber, no allocation. */
struct rd_timer {
	struct rd_list link; /* scheduler's */
	uint64_t due_ms;     /* scheduler's */
	void (*fire)(void *arg);
	void *arg;
};

RD_API_BEGIN

/**
 * Make a fiber; it starts in a later turn of the loop, never here.
 *
 * @name   copied, 31 characters shown, e.g. "call/1001"
 *
 * A detached fiber frees itself at its end; another must be joined once.
 * 0, -ENOMEM, or -EAGAIN when the limit of fibers is reached.
 */
int rd_fiber_new(struct rd_fiber **fp, const char *name, int (*run)(void *arg),
		 void *arg);
int rd_fiber_new_detached(const char *name, int (*run)(void *arg), void *arg);

/* Wait for its end and free it; *result gets what run() returned. If the
 * wait fails, the fiber still has to be joined. Yields. */
RD_YIELDS int rd_fiber_join(struct rd_fiber *fiber, int timeout_ms, int *result);

/* Nobody will join it: it frees itself at its end, or now if it has ended. */
void rd_fiber_detach(struct rd_fiber *fiber);

/* End whatever wait it is in, and all later ones, with -ECANCELED. */
void rd_fiber_cancel(struct rd_fiber *fiber);

/* The running fiber; NULL on the loop itself. */
struct rd_fiber *rd_fiber_self(void);
bool rd_fiber_cancelled(void); /* is the running one? Also in a shield */
const char *rd_fiber_name(const struct rd_fiber *fiber); /* borrowed */

/* What the log and the watchdog name beside the fiber; borrowed pointers,
 * which must outlive their use; NULL clears. They return the former value. */
const char *rd_fiber_set_subject(const char *channel_name);
const char *rd_fiber_set_module(const char *module_name);

/* 0 when the time is over, or -ECANCELED. Yields, also with 0 ms. */
RD_YIELDS int rd_sleep(int ms);

/* Let every other ready fiber run once. 0 or -ECANCELED. */
RD_YIELDS int rd_yield(void);

/**
 * Clean-up that must still wait after a hang-up: within the shield, waits
 * ignore cancellation until deadline_ms have passed. Nests; the innermost
 * deadline never exceeds the outer one.
 */
void rd_shield_begin(int deadline_ms);
void rd_shield_end(void);

/* Between these, a wait is a broken invariant: dialplan functions, event
 * subscribers and channel operations run like this. Nests. */
bool rd_may_yield(void); /* in a fiber, and not between these */
void rd_no_yield_begin(void);
void rd_no_yield_end(void);

/* Of the switch thread alone, as mailboxes and timers are. */
void rd_cond_init(struct rd_cond *cond);
/* Nobody may be waiting. */
void rd_cond_fini(struct rd_cond *cond);
void rd_cond_signal(struct rd_cond *cond);    /* wakes the longest waiter */
void rd_cond_broadcast(struct rd_cond *cond); /* wakes all */
/* No lock and no lost wake-up: nothing else runs between test and wait.
 * Look at the state again afterwards. Yields. */
RD_YIELDS int rd_cond_wait(struct rd_cond *cond, int timeout_ms);

/* shared: condition to notify, NULL for the mailbox's own. */
void rd_mailbox_init(struct rd_mailbox *mailbox, struct rd_cond *shared);
void rd_mailbox_set_notify(struct rd_mailbox *mailbox, struct rd_cond *shared);
/* Must be empty. */
void rd_mailbox_fini(struct rd_mailbox *mailbox);
/* Switch thread only; the message stays the poster's memory until taken. */
void rd_mailbox_post(struct rd_mailbox *mailbox, struct rd_list *message);
/* The first message, NULL when empty. Does not yield. */
struct rd_list *rd_mailbox_take(struct rd_mailbox *mailbox);
/* Yields. 0 with *message, -ETIMEDOUT or -ECANCELED. */
RD_YIELDS int rd_mailbox_receive(struct rd_mailbox *mailbox, int timeout_ms,
				 struct rd_list **message);

/* fire runs on the loop and must not yield; it may restart or free the timer. */
void rd_timer_init(struct rd_timer *timer, void (*fire)(void *arg), void *arg);
/* (Re)start: due in ms milliseconds; 0: in the loop's next turn. It may fire
 * late by a 32nd of that time, and at most 64 ms, so that timers come in
 * company; exact below 64 ms and on the virtual clock. Never early. Never fails
 * once initialised. */
void rd_timer_start(struct rd_timer *timer, int ms);
void rd_timer_stop(struct rd_timer *timer); /* harmless when not running */
bool rd_timer_running(const struct rd_timer *timer);

/**
 * Run fn(arg) on a pool thread: for disk, SQL, hashing, name service. fn must
 * touch nothing of the switch thread's but arg. Once fn has begun it cannot be
 * stopped: the call yields until fn is done and returns what fn returned.
 * -ECANCELED: cancelled before, fn was not called. -EAGAIN: the queue is full.
 */
RD_YIELDS int rd_offload(int (*fn)(void *arg), void *arg);

/* The same for event-driven code: done(rc, arg), if not NULL, is called on the loop, and
 * a module that is unloaded meanwhile stays until then: what arg is must stay, too.
 * 0; or -EAGAIN (the queue is full) or -ENOMEM, and nothing is called. */
int rd_offload_then(int (*fn)(void *arg), void (*done)(int rc, void *arg), void *arg);

/* Call fn(arg) on the switch thread in its next turn. Any thread may ask;
 * the only SDK function that other threads may call. 0 or -ENOMEM. */
int rd_call_soon(void (*fn)(void *arg), void *arg);

RD_API_END

#endif
