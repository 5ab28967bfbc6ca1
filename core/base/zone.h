/* The zones of the SDK's zone.h, as the daemon's end sees them. */
#ifndef CORE_BASE_ZONE_H
#define CORE_BASE_ZONE_H

#include <ringdown/zone.h>

/* Give back what was read; nobody may ask any more. */
void rd__zone_forget(void);

#endif
