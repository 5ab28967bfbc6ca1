/* The log's first form: a line to standard error. */
#include <stdio.h>
#include <time.h>

#include <ringdown/log.h>

#include "core/base/context.h"

enum rd_log_level rd_log_max = RD_LOG_VERBOSE;

bool rd_log_enabled(enum rd_log_level level, const char *module)
{
	(void)module;
	return level <= rd_log_max;
}

void rd_log(enum rd_log_level level, const char *module, const char *fmt, ...)
{
	static const char *const names[] = { "error", "warning", "notice", "verbose",
					     "debug" };
	struct rd__context context = rd__context_get();
	char text[2048];
	va_list ap;

	if (!rd_log_enabled(level, module))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s %s[%s%s%s]: %s\n", names[level], module,
		context.fiber ? context.fiber : "", context.channel ? " " : "",
		context.channel ? context.channel : "", text);
}
