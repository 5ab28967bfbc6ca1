/* What a person or the system asks of the running daemon: stop now, stop when
 * the last call has ended, read the configuration again. */
#ifndef CORE_REQUESTS_H
#define CORE_REQUESTS_H

#include <ringdown/base.h>

/* From now on calls are accepted, and requests come from signals and from the
 * console. stop_ms: how long a graceful stop waits. 0 or negative errno. */
int rd__requests_start(int stop_ms);
void rd__requests_set_stop(int stop_ms);

/* No new calls; those that are up are hung up, and given a moment to say
 * goodbye. Yields. */
RD_YIELDS void rd__requests_stop(void);

#endif
