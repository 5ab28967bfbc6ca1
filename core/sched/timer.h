/* The one timer structure, as the loop sees it: a hierarchical wheel of
 * 1 ms. Start and stop cost a list operation; timers due in the same
 * millisecond fire in the order in which they were started. */
#ifndef CORE_SCHED_TIMER_H
#define CORE_SCHED_TIMER_H

#include <ringdown/fiber.h>

void rd__timers_init(void);

/* When the wheel wants to be run next; false when it is empty. May be early
 * (a coarse slot to be sorted), never late. */
bool rd__timers_next(uint64_t *due_ms);

/* Fire all that is due at now_ms. Those started on the way with 0 ms wait
 * for the next call. */
void rd__timers_run(uint64_t now_ms);

/* Timers that run, and lie there, or fire into what does. */
size_t rd__timers_in(const void *begin, const void *end);

/* Timers that run. */
size_t rd__timers_count(void);

#endif
