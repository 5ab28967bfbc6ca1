/* Ringdown SDK: local time in any timezone ("Europe/Berlin"), read from the
 * machine's zone files, because the C library knows only the one of the whole
 * process. Any thread may ask.
 *
 * The first who names a zone reads its file, of a few KiB; it is kept until the
 * daemon ends. The zones that extensions.conf names are read with it, in the pool:
 * only one that a call makes up of variables is read on the switch thread. */
#ifndef RINGDOWN_ZONE_H
#define RINGDOWN_ZONE_H

#include <time.h>

#include <ringdown/base.h>

RD_API_BEGIN

/* Is there such a zone? A module whose configuration names one asks while it reads that. */
bool rd_zone_known(const char *name);

/* zone NULL, "" or unknown: the machine's own. tm_zone points to text that
 * stays until the daemon ends. */
void rd_zone_localtime(const char *zone, time_t when, struct tm *tm);

/* Seconds since 1970 as a text, perhaps with a fraction: 0, or -EINVAL for what is no
 * number or lies after the year 9999, or as far before 1970; *seconds is written then, too. */
int rd_zone_read_moment(const char *text, double *seconds);

/* Seconds since 1970 of a local time in that zone. */
time_t rd_zone_mktime(const char *zone, struct tm *tm);

RD_API_END

#endif
