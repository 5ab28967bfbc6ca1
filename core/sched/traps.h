/* Traps for libc calls that would block the switch thread; in builds with
 * --enable-debug-traps only. */
#ifndef CORE_SCHED_TRAPS_H
#define CORE_SCHED_TRAPS_H

#include <pthread.h>

#include <ringdown/base.h>

RD_API_BEGIN

/* Calls caught so far; 0 in a build without traps. */
unsigned long rd__traps_sprung(void);

/* Join a thread of ours that was told to end, while the daemon does: a short wait, and meant. */
void rd__thread_join(pthread_t thread);

RD_API_END

#endif
