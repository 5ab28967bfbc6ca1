/* Ringdown SDK: the log. Subject first: "sip/1002: 403, no such context".
 * The line also gets time, level, module, fiber and channel by itself.
 * Callable from the switch thread and the pool; never blocks on a disk. */
#ifndef RINGDOWN_LOG_H
#define RINGDOWN_LOG_H

#include <ringdown/base.h>
#include <ringdown/clock.h>

enum rd_log_level {
	RD_LOG_ERROR,	/* something that was asked for was not done */
	RD_LOG_WARNING, /* done, but somebody should look */
	RD_LOG_NOTICE,	/* worth a line in a quiet log: registrations, security */
	RD_LOG_VERBOSE, /* the course of each call */
	RD_LOG_DEBUG,	/* for whoever works on the module */
};

#define rd_error(...)	rd_log(RD_LOG_ERROR, RD_MODULE_NAME, __VA_ARGS__)
#define rd_warning(...) rd_log(RD_LOG_WARNING, RD_MODULE_NAME, __VA_ARGS__)
#define rd_notice(...)	rd_log(RD_LOG_NOTICE, RD_MODULE_NAME, __VA_ARGS__)
#define rd_verbose(...)                                                   \
	do {                                                              \
		if (rd_log_max >= RD_LOG_VERBOSE)                         \
			rd_log(RD_LOG_VERBOSE, RD_MODULE_NAME, __VA_ARGS__); \
	} while (0)
#define rd_debug(...)                                                     \
	do {                                                              \
		if (rd_log_max >= RD_LOG_DEBUG)                           \
			rd_log(RD_LOG_DEBUG, RD_MODULE_NAME, __VA_ARGS__); \
	} while (0)

RD_API_BEGIN

/* The highest level that any module logs at; read it before costly work. */
extern enum rd_log_level rd_log_max;

/* One line, without a newline at its end; what the macros above call. Text is copied. */
void rd_log(enum rd_log_level level, const char *module, const char *fmt, ...)
	RD_PRINTF(3, 4);
/* As nobody's, whoever runs: no fiber and no channel before it, so that what several lines
 * draw stands in columns. */
void rd_log_apart(enum rd_log_level level, const char *module, const char *fmt, ...)
	RD_PRINTF(3, 4);
/* Would a line of this module at this level be seen anywhere? */
bool rd_log_enabled(enum rd_log_level level, const char *module);

RD_API_END

/* What goes wrong again and again is told when it begins, and when it is over: is it
 * time for either? *told: what was told last. */
static inline bool rd_log_is_news(bool *told, bool wrong)
{
	bool news = *told != wrong;

	*told = wrong;
	return news;
}

/* What may happen a thousand times a second is told once in every_ms milliseconds: is it
 * time? *told_ms: when it was told last, 0: never. */
static inline bool rd_log_is_due(uint64_t *told_ms, uint64_t every_ms)
{
	uint64_t now_ms = rd_now_ms();

	if (*told_ms && now_ms - *told_ms < every_ms)
		return false;
	*told_ms = now_ms;
	return true;
}

#endif
