/* A number among the arguments of an application, where anything else is a mistake that
 * its user should hear of. */
#ifndef APPS_NUMBER_H
#define APPS_NUMBER_H

#include <stdlib.h>

#include <ringdown/app.h>

/* 0 to max; fallback where the text is empty. False, and a warning, for what is none. */
static inline bool app_read_number(struct rd_channel *ch, const char *text, int fallback, int max,
				   int *out)
{
	char *end;
	long n = strtol(text, &end, 10);

	*out = fallback;
	if (!*text)
		return true;
	if (*end || n < 0 || n > max) {
		rd_app_warning(ch, "\"%s\" is no number of 0 to %d", text, max);
		return false;
	}
	*out = (int)n;
	return true;
}

#endif
