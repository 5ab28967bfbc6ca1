/* "09:00-17:00,mon-fri,*,*": when an include or GotoIfTime() holds. */
#ifndef DIALPLAN_TIMING_H
#define DIALPLAN_TIMING_H

#include <time.h>

#include <ringdown/base.h>

struct dp_timing {
	uint64_t minutes[(24 * 60 + 63) / 64];
	uint32_t weekdays, monthdays, months; /* bit 0: Sunday, the first, January */
	char zone[48];			      /* "" for the machine's own */
};

/* "times,weekdays,monthdays,months[,timezone]"; fields that are missing mean
 * "always"; '|' is taken for a comma. 0, or -EINVAL with *fault. */
int dp_timing_parse(struct dp_timing *timing, const char *spec, const char **fault);

bool dp_timing_holds(const struct dp_timing *timing, time_t when);

#endif
