/* What a fiber is made of, and the one primitive below every wait: park and
 * wake. For core/sched and core/store; tools/gdb reads it too. */
#ifndef CORE_SCHED_FIBER_H
#define CORE_SCHED_FIBER_H

#include <ringdown/fiber.h>

#include "core/sched/stack.h"
#include "core/sched/tools.h"

#define RD__FIBER_MAGIC 0x46494252u /* "FIBR" */
#define RD__SHIELDS_MAX 8

enum rd__fiber_state {
	RD__FIBER_READY,   /* in the ready queue */
	RD__FIBER_RUNNING,
	RD__FIBER_PARKED,
	RD__FIBER_ENDED,   /* run() returned; nobody has joined it yet */
};

struct rd_fiber {
	uint32_t magic;
	enum rd__fiber_state state;
	void *context; /* where rd__switch() saved it */
	struct rd_list all, ready;
	char name[32];
	int (*run)(void *arg);
	void *arg;
	int result;
	bool detached, cancelled;

	/* the wait that it is in */
	struct rd_list waiting; /* in a condition's waiters, or alone */
	struct rd_timer timer;
	bool uncancellable;
	struct rd_list unshrunk; /* while its stack is as deep as it went */
	int woken; /* what the wait returns */
	const char *wait_name;
	const void *wait_place; /* return address of the SDK's call */
	uint64_t wait_since_ms;
	uint64_t wait_until_ms; /* when to return -ETIMEDOUT; 0: never */

	/* deadlines in ms, outermost first */
	uint64_t shields[RD__SHIELDS_MAX];
	int shield_depth;

	struct rd_cond ended;
	const char *subject, *module;
	struct rd__usage *usage; /* for whom it works, while it waits */
	uint64_t born_ms;
	struct rd__stack stack;
	struct rd__tool_side tool;
};

void rd__fibers_init(size_t max_fibers);
void rd__fibers_fini(void);

/* Limit and use, for admission. */
size_t rd__fibers_max(void);

bool rd__fibers_ready(void);
/* Run each fiber that is ready now; those made ready meanwhile wait for the
 * next turn. */
void rd__fibers_run(void);

/**
 * Park the running fiber until rd__wake(), the timeout or cancellation.
 *
 * @queue  where to wait (a condition's list), NULL for none
 * @name   "condition", "sleep": what `core show fibers` says; static
 * @place  return address of the public function
 */
RD_YIELDS int rd__park(struct rd_list *queue, const char *name, const void *place,
		       int timeout_ms);

/* The same without timeout and deaf to cancellation: for what other threads
 * write to the fiber's stack. */
RD_YIELDS int rd__park_deaf(const char *name, const void *place);

/* Is the running fiber cancelled and not shielded, so that a wait must fail
 * at once? Also asserts that it may wait at all. */
bool rd__wait_refused(void);

/* Calls go deep while they are set up, and then wait for minutes on the first page
 * or two of their stacks: give back what is below, of at most so many fibers that
 * have waited for that long, the longest first; no other is looked at. Returns
 * whether there may be more of them. */
bool rd__fibers_shrink(uint64_t waited_ms, int most);

/* End its wait with rc; nothing if it is not parked. */
void rd__wake(struct rd_fiber *fiber, int rc);

#endif
