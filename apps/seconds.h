/* Seconds as the dialplan writes them ("2", "0.5") in milliseconds. */
#ifndef APPS_SECONDS_H
#define APPS_SECONDS_H

#include <ringdown/app.h>

enum { APP_SECONDS_MAX = 86400 };

/* 0, or -EINVAL (logged with the place in the dialplan). */
static inline int app_seconds(struct rd_channel *ch, const char *text, int *ms)
{
	const char *p = text += strspn(text, " ");
	int whole = 0, thousandths = 0;

	for (; *p >= '0' && *p <= '9'; p++)
		whole = RD_MIN(whole * 10 + (*p - '0'), APP_SECONDS_MAX);
	if (*p == '.' && (p != text || p[1]))
		for (int place = 100; *++p >= '0' && *p <= '9'; place /= 10)
			thousandths += place * (*p - '0');
	if (p == text || *p) {
		rd_app_warning(ch, "\"%s\" is no number of seconds", text);
		return -EINVAL;
	}
	*ms = RD_MIN(whole * 1000 + thousandths, APP_SECONDS_MAX * 1000);
	return 0;
}

#endif
