/* Where the log's lines go: the settings in force and the files that they name,
 * written, rotated and opened anew. Only the one who writes comes here. */
#include "core/base/log_output.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct rd__log_sink default_sinks[] = {
	{ .kind = RD__LOG_TERMINAL, .levels = RD__LOG_UP_TO(RD_LOG_VERBOSE), .fd = 2 },
};

static struct rd__log_settings default_settings = {
	.date_format = "%F %T.%3q",
	.rotation = RD__LOG_REOPEN,
	.sink_count = 1,
	.sinks = default_sinks,
};

static struct rd__log_settings *settings = &default_settings;

const struct rd__log_settings *rd__log_output_settings(void)
{
	return settings;
}

void rd__log_output_write(const struct rd__log_batch *batch)
{
	for (size_t i = 0; i < settings->sink_count; i++)
		rd__log_sink_write(&settings->sinks[i], batch, settings);
}

void rd__log_output_rotate(void)
{
	for (size_t i = 0; i < settings->sink_count; i++)
		rd__log_sink_rotate(&settings->sinks[i], settings);
}

void rd__log_output_reopen(void)
{
	for (size_t i = 0; i < settings->sink_count; i++) {
		if (settings->sinks[i].kind != RD__LOG_FILE)
			continue;
		rd__log_sink_close(&settings->sinks[i]);
		rd__log_sink_open(&settings->sinks[i]);
	}
}

static bool is_due(const struct rd__log_sink *sink, uint64_t now_us)
{
	if (sink->kind != RD__LOG_FILE || sink->size == 0)
		return false;
	if (settings->rotate_size && sink->size >= settings->rotate_size)
		return true;
	/* The clock may have been set back. */
	return settings->rotate_seconds && now_us > sink->opened_us &&
	       now_us - sink->opened_us >= (uint64_t)settings->rotate_seconds * 1000000;
}

void rd__log_output_rotate_due(void)
{
	uint64_t now_us = (uint64_t)time(NULL) * 1000000;

	for (size_t i = 0; i < settings->sink_count; i++)
		if (is_due(&settings->sinks[i], now_us))
			rd__log_sink_rotate(&settings->sinks[i], settings);
}

static void close_settings(struct rd__log_settings *old)
{
	for (size_t i = 0; i < old->sink_count; i++)
		rd__log_sink_close(&old->sinks[i]);
	rd__log_settings_free(old);
}

void rd__log_output_take(struct rd__log_settings *fresh, unsigned minimum)
{
	struct rd__log_settings *old = settings;

	for (size_t i = 0; i < fresh->sink_count; i++) {
		rd__log_sink_open(&fresh->sinks[i]);
		if (fresh->sinks[i].kind == RD__LOG_TERMINAL)
			fresh->sinks[i].levels |= minimum;
	}
	settings = fresh;
	close_settings(old);
}

void rd__log_output_reset(void)
{
	close_settings(settings);
	default_sinks[0].fd = STDERR_FILENO;
	settings = &default_settings;
}

void rd__log_output_add_default(unsigned levels)
{
	default_sinks[0].levels |= levels;
}

void rd__log_settings_free(struct rd__log_settings *old)
{
	if (old && old != &default_settings)
		rd_pool_free(old->pool);
}

void rd__log_output_say_dropped(unsigned long n)
{
	static const char names[] = "core\0\0"; /* no fiber, no channel */
	_Alignas(8) char room[sizeof(struct rd__log_record) + 128];
	struct rd__log_record *record = (void *)room;

	*record = (struct rd__log_record){ .size = sizeof(room),
					   .level = RD_LOG_WARNING,
					   .wall_us = (uint64_t)time(NULL) * 1000000 };
	memcpy(record->strings, names, sizeof(names));
	snprintf(record->strings + sizeof(names), 100,
		 "log: %lu lines were dropped, the queue was full", n);
	rd__log_output_write(&(struct rd__log_batch){ room, sizeof(room) });
}
