/* Time in which nothing of the process ran: somebody had stopped it, or the machine slept or had no
 * time for it. No module is to blame for that. The watchdog's thread, which looks
 * regularly, sees it by its own absence. */
#ifndef CORE_SCHED_STANDSTILL_H
#define CORE_SCHED_STANDSTILL_H

#include <ringdown/base.h>

RD_API_BEGIN

/* From now on the watchdog's thread looks more often than each gap_us. 0: nobody looks. */
void rd__standstill_start(uint64_t gap_us);
/* On the watchdog's thread: how long one has lasted that has just ended; 0: there was none. */
uint64_t rd__standstill_look(void);

/* On any thread: of what began then and lasts until now, both by rd__clock_real_us(), the
 * moment from which on it counts: began_us, where nothing has stood still since. */
uint64_t rd__standstill_after(uint64_t began_us, uint64_t now_us);

RD_API_END

#endif
