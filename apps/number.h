/* A number that an application is given, where anything else is a mistake that its user
 * should hear of. */
#ifndef APPS_NUMBER_H
#define APPS_NUMBER_H

#include <ringdown/channel.h>

/* A number of min to max goes to *out. Empty text leaves *out alone and is true. Anything
 * else is logged as a warning that tells name, and is false. */
bool app_read_number(struct rd_channel *ch, const char *name, const char *text, int min, int max,
		     int *out);

/* For the check of an application: what is wrong with such a text, in buf; NULL: nothing is. */
const char *app_number_fault(const char *name, const char *text, int min, int max, char *buf,
			     size_t size);

#endif
