/* What the system tells the daemon: stop, reload. */
#ifndef CORE_SIGNALS_H
#define CORE_SIGNALS_H

#include <ringdown/base.h>

/* stop: SIGTERM or SIGINT came; reload: SIGHUP. Both are called on the loop.
 * SIGPIPE and SIGXFSZ are ignored. 0 or negative errno. */
int rd__signals_start(void (*stop)(void), void (*reload)(void));
void rd__signals_stop(void);

#endif
