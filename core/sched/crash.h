/* The last report of a dying daemon: which fiber, channel and module, or which
 * other thread, and the way there; a stack overflow is called by its name. */
#ifndef CORE_SCHED_CRASH_H
#define CORE_SCHED_CRASH_H

#include <ringdown/base.h>

RD_API_BEGIN

/* From now on deadly signals write a report to standard error and, when file
 * is not NULL, to the end of that file; then they do what they would have
 * done. A crash in the report ends the part it was in; of threads that crash together
 * the first is told. On the switch thread. 0 or -ENAMETOOLONG. */
int rd__crash_install(const char *file);

/* From now on exit(), quick_exit() and _exit() are crashes, whoever calls them: nobody would
 * hear of that end, nor whose it was. 0 or -ENOMEM. */
int rd__crash_guard_exit(void);
void rd__crash_allow_exit(void);

RD_API_END

#endif
