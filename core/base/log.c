/* The log's front: levels, and the queue that every thread may append to. A
 * line costs its caller a format and a copy, never a disk. The thread at the
 * other end is in log_writer.c. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <ringdown/str.h>

#include "core/base/context.h"
#include "core/base/log_queue.h"

enum { MAX_OWN_LEVELS = 32 };

const char *const rd__log_level_names[] = { "error",   "warning", "notice",
					    "verbose", "debug",	  NULL };

/* Read without the lock: an old value lets one line more or less through. */
enum rd_log_level rd_log_max = RD_LOG_VERBOSE;

/* A module's own level. Read and written under the queue's lock. */
static struct {
	char module[48];
	enum rd_log_level level;
} own_levels[MAX_OWN_LEVELS];
static size_t own_count;
static enum rd_log_level common_level = RD_LOG_VERBOSE;
/* The highest level that anybody takes: others need not be made. */
static enum rd_log_level wanted_level = RD_LOG_VERBOSE;

int rd__log_level_of(const char *name)
{
	for (int i = 0; rd__log_level_names[i]; i++)
		if (strcasecmp(rd__log_level_names[i], name) == 0)
			return i;
	return -ENOENT;
}

/* ---- levels ---- */

static size_t find_own(const char *module)
{
	size_t i = 0;

	while (i < own_count && strcmp(own_levels[i].module, module) != 0)
		i++;
	return i;
}

static enum rd_log_level level_of_module(const char *module)
{
	size_t i = own_count ? find_own(module) : 0;

	return i < own_count ? own_levels[i].level : common_level;
}

static void recount_max(void)
{
	enum rd_log_level max = common_level;

	for (size_t i = 0; i < own_count; i++)
		max = RD_MAX(max, own_levels[i].level);
	rd_log_max = RD_MIN(max, wanted_level);
}

bool rd_log_enabled(enum rd_log_level level, const char *module)
{
	bool enabled;

	if (level > rd_log_max)
		return false;
	rd__log_lock();
	enabled = level <= level_of_module(module);
	rd__log_unlock();
	return enabled;
}

static int set_own_level(const char *module, int level)
{
	size_t i = find_own(module);

	if (level < 0) {
		if (i < own_count)
			own_levels[i] = own_levels[--own_count];
		return 0;
	}
	if (i == MAX_OWN_LEVELS)
		return -ENOSPC;
	if (i == own_count)
		rd_strcpy(own_levels[own_count++].module, sizeof(own_levels[0].module),
			  module);
	own_levels[i].level = (enum rd_log_level)level;
	return 0;
}

int rd__log_set_level(const char *module, int level)
{
	int rc = 0;

	rd__log_lock();
	if (module)
		rc = set_own_level(module, level);
	else if (level >= 0)
		common_level = (enum rd_log_level)level;
	recount_max();
	rd__log_unlock();
	return rc;
}

void rd__log_raise_level(enum rd_log_level level)
{
	common_level = RD_MAX(common_level, level);
	recount_max();
}

void rd__log_want(enum rd_log_level level)
{
	wanted_level = level;
	recount_max();
}

enum rd_log_level rd__log_level(void)
{
	return common_level;
}

bool rd__log_level_next(size_t *pos, char *module, size_t size, enum rd_log_level *level)
{
	bool found;

	rd__log_lock();
	found = *pos < own_count;
	if (found) {
		rd_strcpy(module, size, own_levels[*pos].module);
		*level = own_levels[*pos].level;
		(*pos)++;
	}
	rd__log_unlock();
	return found;
}

/* ---- lines ---- */

static char *put_name(char *to, const char *name)
{
	size_t n = name ? strnlen(name, RD__LOG_NAME_MAX - 1) : 0;

	if (n)
		memcpy(to, name, n);
	to[n] = '\0';
	return to + n + 1;
}

static char *put_text(char *to, const char *fmt, va_list ap)
{
	int n = vsnprintf(to, RD__LOG_TEXT_MAX, fmt, ap);

	if (n < 0)
		n = snprintf(to, RD__LOG_TEXT_MAX, "(a line that cannot be printed)");
	if (n < RD__LOG_TEXT_MAX)
		return to + n + 1;
	memcpy(to + RD__LOG_TEXT_MAX - 4, "...", 4);
	return to + RD__LOG_TEXT_MAX;
}

static uint64_t wall_us(void)
{
	struct timespec now;

	/* Not the switch thread's clock: any thread may log. */
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void log_line(enum rd_log_level level, const char *module,
		     const struct rd__context *context, const char *fmt, va_list ap)
{
	struct rd__log_record *record;
	char *to;

	rd__log_lock();
	record = level <= level_of_module(module) ? rd__log_reserve(level) : NULL;
	if (record) {
		record->level = level;
		record->wall_us = wall_us();
		to = put_name(record->strings, module);
		to = put_name(to, context->fiber);
		to = put_name(to, context->channel);
		to = put_text(to, fmt, ap);
		rd__log_append(record, to);
	}
	rd__log_unlock();
}

void rd_log(enum rd_log_level level, const char *module, const char *fmt, ...)
{
	struct rd__context context;
	va_list ap;

	if (level > rd_log_max)
		return;
	context = rd__context_get();
	va_start(ap, fmt);
	log_line(level, module, &context, fmt, ap);
	va_end(ap);
}

void rd_log_apart(enum rd_log_level level, const char *module, const char *fmt, ...)
{
	static const struct rd__context nobody;
	va_list ap;

	if (level > rd_log_max)
		return;
	va_start(ap, fmt);
	log_line(level, module, &nobody, fmt, ap);
	va_end(ap);
}
