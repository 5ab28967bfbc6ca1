/* Ringdown SDK: local time in any timezone ("Europe/Berlin"), read from the
 * machine's zone files, because the C library knows only the one of the whole
 * process. Any thread may ask. */
#ifndef RINGDOWN_ZONE_H
#define RINGDOWN_ZONE_H

#include <time.h>

#include <ringdown/base.h>

RD_API_BEGIN

/* Is there such a zone? Reads a small file the first time. */
bool rd_zone_known(const char *name);

/* zone NULL, "" or unknown: the machine's own. tm_zone points to text that
 * stays until the daemon ends. */
void rd_zone_localtime(const char *zone, time_t when, struct tm *tm);

/* Seconds since 1970 of a local time in that zone. */
time_t rd_zone_mktime(const char *zone, struct tm *tm);

RD_API_END

#endif
