/* A number that an application is given, where anything else is a mistake that its user
 * should hear of. */
#ifndef APPS_NUMBER_H
#define APPS_NUMBER_H

#include <stdlib.h>

#include <ringdown/app.h>

/* min to max. *out stays as it is where the text is empty or, with a warning that tells its
 * name, is none: false. */
static inline bool app_read_number(struct rd_channel *ch, const char *name, const char *text,
				   int min, int max, int *out)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (!*text)
		return true;
	if (*end || n < min || n > max) {
		rd_app_warning(ch, "%s: \"%s\" is no number of %d to %d", name, text, min, max);
		return false;
	}
	*out = (int)n;
	return true;
}

#endif
