/* Seconds as the dialplan writes them ("2", "0.5") in milliseconds. */
#ifndef APPS_SECONDS_H
#define APPS_SECONDS_H

#include <stdlib.h>

#include <ringdown/app.h>

#define APP_SECONDS_MAX 86400.0

/* 0, or -EINVAL (logged with the place in the dialplan). */
static inline int app_seconds(struct rd_channel *ch, const char *text, int *ms)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0)) {
		rd_app_warning(ch, "\"%s\" is no number of seconds", text);
		return -EINVAL;
	}
	*ms = (int)(RD_MIN(seconds, APP_SECONDS_MAX) * 1000);
	return 0;
}

#endif
