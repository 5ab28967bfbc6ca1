/* A number that an application is given, where anything else is a mistake that its user
 * should hear of. */
#ifndef APPS_NUMBER_H
#define APPS_NUMBER_H

#include <ringdown/channel.h>

/* A number of min to max goes to *out. Empty text leaves *out alone and is true. Anything
 * else is logged as a warning that tells name, and is false. */
bool app_read_number(struct rd_channel *ch, const char *name, const char *text, int min, int max,
		     int *out);

#endif
