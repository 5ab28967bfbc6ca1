/* What systemd is told while it supervises us: sd_notify(3), without its library. */
#ifndef CORE_SERVICE_H
#define CORE_SERVICE_H

#include <ringdown/base.h>

RD_API_BEGIN

/* "READY=1", "RELOADING=1", "STOPPING=1", and with them lines of "STATUS=...". Nothing where
 * nobody has asked for it by NOTIFY_SOCKET. */
void rd__service_tell(const char *state);

/* While the loop turns, say so as often as WATCHDOG_USEC wants; stuck, we are killed and
 * started anew. On the switch thread. */
void rd__service_start(void);
void rd__service_stop(void);

RD_API_END

#endif
