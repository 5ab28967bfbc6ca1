/* The zones of the SDK's zone.h, as the daemon's end sees them. */
#ifndef CORE_BASE_ZONE_H
#define CORE_BASE_ZONE_H

#include <ringdown/zone.h>

/* How many have been read; for tests. */
size_t rd__zone_count(void);
/* Give back what was read; nobody may ask any more. */
void rd__zone_forget(void);

#endif
