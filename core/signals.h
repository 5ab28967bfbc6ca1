/* What the system tells the daemon: stop, reload. */
#ifndef CORE_SIGNALS_H
#define CORE_SIGNALS_H

#include <ringdown/base.h>

/* A daemon that starts is not ended by SIGHUP: one that comes before _start, which may
 * be about files that were read before it, is a reload then. */
void rd__signals_hold(void);

/* stop: SIGTERM or SIGINT came; reload: SIGHUP. Both are called on the loop.
 * SIGPIPE and SIGXFSZ are ignored. 0 or negative errno. */
int rd__signals_start(void (*stop)(void), void (*reload)(void));
/* From now on none of them has an effect: what is not yet written would be lost. */
void rd__signals_stop(void);

#endif
