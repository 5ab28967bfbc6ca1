/* Local time in any timezone, read from the machine's zone files, because the
 * C library knows only the one of the whole process. */
#ifndef DIALPLAN_ZONE_H
#define DIALPLAN_ZONE_H

#include <time.h>

#include <ringdown/base.h>

/* Is there such a zone? Reads a small file the first time. */
bool dp_zone_known(const char *name);

/* zone "" or unknown: the machine's own. tm_zone points to static text. */
void dp_zone_localtime(const char *zone, time_t when, struct tm *tm);

/* Seconds since 1970 of a local time in that zone. */
time_t dp_zone_mktime(const char *zone, struct tm *tm);

/* Give the zones that were read back; at unload. */
void dp_zone_forget(void);

#endif
