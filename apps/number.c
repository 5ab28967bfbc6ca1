/* Numbers that applications are given: see number.h. */
#include <stdio.h>
#include <stdlib.h>

#include <ringdown/app.h>

#include "apps/number.h"

/* Empty text leaves *out alone. */
static bool read_number(const char *text, int min, int max, int *out)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (!*text)
		return true;
	if (*end || n < min || n > max)
		return false;
	*out = (int)n;
	return true;
}

const char *app_number_fault(const char *name, const char *text, int min, int max, char *buf,
			     size_t size)
{
	int n;

	if (read_number(text, min, max, &n))
		return NULL;
	snprintf(buf, size, "%s: \"%s\" is no number of %d to %d", name, text, min, max);
	return buf;
}

bool app_read_number(struct rd_channel *ch, const char *name, const char *text, int min, int max,
		     int *out)
{
	char buf[160];

	if (read_number(text, min, max, out))
		return true;
	rd_app_warning(ch, "%s", app_number_fault(name, text, min, max, buf, sizeof(buf)));
	return false;
}
