/* The scheduler as main.c, the console and tests see it: start, run, stop,
 * and who is there. What modules use is in ringdown/fiber.h and io.h. */
#ifndef CORE_SCHED_SCHED_H
#define CORE_SCHED_SCHED_H

#include <ringdown/clock.h>
#include <ringdown/fiber.h>

struct uv_loop_s;
struct rd__usage;

/* One row of `core show fibers`. Strings are borrowed until the next wait. */
struct rd__fiber_info {
	const struct rd_fiber *fiber;
	const char *name;
	const char *state;	/* "ready", "running", "parked", "ended" */
	const char *wait;	/* "condition", "sleep", ...; "" when not parked */
	const void *wait_place; /* code address that waits; NULL */
	uint64_t waited_ms, left_ms; /* left: until its timeout, 0 without one */
	uint64_t age_ms;
	const char *subject, *module; /* "" when not set */
	const void *code; /* where it has begun */
	const struct rd__usage *usage; /* for whom it works now */
	bool cancelled;
	size_t stack_used, stack_size; /* high-water mark */
};

/* In the environment: how many threads the pool has. */
#define RD__POOL_THREADS "UV_THREADPOOL_SIZE"

RD_API_BEGIN

/**
 * Make the loop; the calling thread is the switch thread from now on.
 * max_fibers: 0 for the default. 0, -ENOMEM (logged where the machine cannot
 * guard so many stacks), or what libuv said.
 */
int rd__sched_init(size_t max_fibers);
/* All fibers must have ended and been joined. */
void rd__sched_fini(void);

/* Run until rd__sched_stop(), which may be called from the loop or a fiber. */
void rd__sched_run(void);
void rd__sched_stop(void);

/* Run until nothing is left to happen: no fiber ready, no timer running, no
 * work in flight. On the virtual clock hours pass in milliseconds. */
void rd__sched_run_idle(void);
/* Run for so long by rd_now_ms(). */
void rd__sched_run_for(int ms);
/* Run until done(arg) is true; false when ms have passed before. */
bool rd__sched_run_until(bool (*done)(void *arg), void *arg, int ms);
/* Run fn(arg) in a fiber, until it returns; what it returned, or -ENOMEM. */
int rd__sched_call(int (*fn)(void *arg), void *arg);

/* Cancel all fibers and run until none is left, and no job of the pool: the end of the
 * daemon. False when some are still there after so long: they are named in the log. */
bool rd__sched_end_all(int ms);

/* Something is under way on another thread that will come back by
 * rd_call_soon(): the virtual clock stands still, idle is not idle. */
void rd__sched_hold(void);
void rd__sched_release(void);

/* Wait, deaf to cancellation, until no work whose code is from begin on and before end, given
 * to rd_offload_then(), is still to call back; for ms at most. One fiber at a time. */
RD_YIELDS void rd__offload_settle(const void *begin, const void *end, int ms);
/* How many of these there are. */
size_t rd__offloads_in(const void *begin, const void *end);

/* From now on what a job takes, time and memory, is this one's; on the switch thread it is
 * rd__usage_enter(). Whose it was. */
struct rd__usage *rd__offload_enter(struct rd__usage *usage);
/* Jobs of rd_offload() and its kin that have not come back. */
int rd__offload_running(void);

struct rd__pool_state {
	int threads;
	int stale; /* jobs that have run for longer than asked for */
	int waiting; /* for a thread */
	const void *code; /* of the one that has run longest; NULL: none is stale */
	uint64_t longest_ms;
};
void rd__offload_look(uint64_t stale_ms, struct rd__pool_state *state);

/* For libuv's own services (signals, processes). */
struct uv_loop_s *rd__sched_loop(void);
bool rd__sched_is_switch_thread(void);
/* How long the loop has slept in all, because it had nothing to do. */
uint64_t rd__sched_idle_ns(void);

/* Fibers that have not been freed. */
size_t rd__fiber_count(void);
void rd__fiber_cancel_all(void);
/* What rd_fiber_set_subject() has said here; NULL: nothing. */
const char *rd__fiber_subject(void);
/* How many began with code from begin on and before end. */
size_t rd__fibers_begun_in(const void *begin, const void *end);
/* How many work for each of rd__usages[], by its place there. */
void rd__fibers_by_usage(size_t *counts);
/* Walk: start with NULL; false at the end. Stack marks cost a system call
 * each: taken only when with_stack. */
bool rd__fiber_next(const struct rd_fiber *after, struct rd__fiber_info *info, bool with_stack);

RD_API_END

#endif
