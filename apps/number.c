/* Numbers that applications are given: see number.h. */
#include <stdlib.h>

#include <ringdown/app.h>

#include "apps/number.h"

bool app_read_number(struct rd_channel *ch, const char *name, const char *text, int min, int max,
		     int *out)
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
