/* "dialplan check" of functions: is there one, can it be read or set, and does it know its
 * arguments? */
#include <stdio.h>
#include <strings.h>

#include <ringdown/channel_item.h>
#include <ringdown/function.h>

#include "dialplan/check.h"
#include "dialplan/foreign.h"

static const char *unknown(const char *name, char *buf, size_t size)
{
	const char *instead = dp_foreign_function(name);

	snprintf(buf, size, "there is no function %s%s%s%s", name, instead ? " (" : "",
		 instead ? instead : "", instead ? ")" : "");
	return buf;
}

const char *dp_check_function(const char *name, const char *args, bool set, char *buf, size_t size)
{
	const struct rd_function *function = rd_function_find(name);
	const char *wrong;
	char text[160];

	if (!function)
		return unknown(name, buf, size);
	if (set && !function->write) {
		snprintf(buf, size, "%s() cannot be set", name);
		return buf;
	}
	if (!set && !function->read) {
		snprintf(buf, size, "%s() cannot be read", name);
		return buf;
	}
	if (set && args && strcasecmp(name, "CHANNEL") == 0 && rd_channel_item_only_shown(args)) {
		snprintf(buf, size, "CHANNEL(%s) cannot be set", args);
		return buf;
	}
	wrong = args && function->check ? function->check(args, text, sizeof(text)) : NULL;
	if (!wrong)
		return NULL;
	snprintf(buf, size, "%s(%s): %s", name, args, wrong);
	return buf;
}
