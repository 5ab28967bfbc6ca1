/* The clock's side door: a virtual clock for tests, and the hooks by which
 * the loop says when time may have moved. */
#ifndef CORE_SCHED_CLOCK_H
#define CORE_SCHED_CLOCK_H

#include <ringdown/clock.h>

RD_API_BEGIN

/* From now on time stands still but for rd__clock_jump(). Call before
 * rd__sched_init(). Both clocks start at the same values each time:
 * 1,000 s, and 2026-01-05 10:00:00 UTC, a Monday. */
void rd__clock_set_virtual(void);
void rd__clock_set_real(void);
bool rd__clock_virtual(void);

/* Virtual only: move both clocks forward. */
void rd__clock_jump(uint64_t us);

/* Time may have passed: the next question reads the system's clock. */
void rd__clock_stale(void);

/* The system's monotonic clock in any case, for watchdogs and measures. */
uint64_t rd__clock_real_us(void);

RD_API_END

#endif
