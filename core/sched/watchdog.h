/* Who held the switch thread for how long. The loop brackets every slice (a
 * fiber's run between two waits, a timer, a callback); a thread of its own
 * watches for one that does not end. */
#ifndef CORE_SCHED_WATCHDOG_H
#define CORE_SCHED_WATCHDOG_H

#include <ringdown/base.h>

struct rd__usage;

RD_API_BEGIN

/* A slice over slow_ms is logged, once for each place and module; one over stuck_ms gets a
 * backtrace while it lasts. 0: the default, 5 and 1000. Without a start nothing is
 * measured. 0 or negative errno. */
int rd__watchdog_start(int slow_ms, int stuck_ms);
void rd__watchdog_stop(void);

/* Since start: slices found slow, and backtraces printed. */
unsigned long rd__watchdog_slow(void);
unsigned long rd__watchdog_stuck(void);
/* When the last of them was, by rd__clock_real_us(); 0: never. */
uint64_t rd__watchdog_stuck_at_us(void);

/* The last slice that lasted so long that people on calls may have noticed, and when it
 * ended; 0: none. */
uint64_t rd__watchdog_stall(uint64_t *at_us);

/* A media thread was held by what lies at `code`, for whom the label says, "" for nobody.
 * Logged once for each place. Since the start: how often, and the last that was noticed. */
void rd__watchdog_media(const void *code, const char *label, uint64_t took_us);

/* A module's code, from begin up to end, goes: what comes next may lie there. */
void rd__watchdog_forget(const char *module, const void *begin, const void *end);
unsigned long rd__watchdog_media_slow(void);
uint64_t rd__watchdog_media_stall(uint64_t *at_us);

RD_API_END

/* Is the calling thread the switch thread, within a slice? */
bool rd__slice_runs(void);
/* On that: what the slice was called with; NULL. */
const void *rd__slice_arg(void);

/* What lies at `code` is about to be called with arg, or a fiber goes on for usage. arg is NULL
 * where the subject says for which channel. */
void rd__slice_begin(const void *code, const void *arg);
void rd__slice_begin_for(struct rd__usage *usage);
/* place: code address where the slice gave way, or which was called. */
void rd__slice_end(const void *place);

#endif
