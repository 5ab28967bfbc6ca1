/* A file of what a spy hears. */
#ifndef APPS_APP_CHANSPY_RECORDING_H
#define APPS_APP_CHANSPY_RECORDING_H

#include <ringdown/monitor.h>

/* "monitor/BASE.TIME.wav" of the spool; without it (logged) he listens all the same: *mp is NULL.
 * 0 or -ECANCELED. Yields. */
RD_YIELDS int recording_start(struct rd_monitor **mp, struct rd_channel *spy, const char *base);

#endif
