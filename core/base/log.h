/* The log's control side: who writes what where. Lines are queued by any
 * thread and written by one thread of the log's own. */
#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

#include <ringdown/log.h>
#include <ringdown/pool.h>

enum { RD__LOG_LEVELS = RD_LOG_DEBUG + 1, RD__LOG_PATH_MAX = 1800 };

#define RD__LOG_BIT(level) (1u << (level))
/* This level and all graver ones. */
#define RD__LOG_UP_TO(level) (RD__LOG_BIT((level) + 1) - 1)

enum rd__log_kind {
	RD__LOG_TERMINAL, /* standard error, coloured when it is a terminal */
	RD__LOG_FILE,
	RD__LOG_SYSLOG,
};

enum rd__log_rotation {
	RD__LOG_ROTATE,	    /* file.1 is the newest, old ones fall off */
	RD__LOG_SEQUENTIAL, /* the highest number is the newest */
	RD__LOG_TIMESTAMP,  /* file.20260105-100000 */
	RD__LOG_REOPEN,	    /* somebody else renames: just open again */
};

/* How a line is written. */
enum rd__log_layout {
	RD__LOG_TEXT,
	RD__LOG_JSON,
	RD__LOG_PID, /* text; "NOTICE[4711]" as Asterisk writes levels, for fail2ban */
};

/* One place where lines go. */
struct rd__log_sink {
	enum rd__log_kind kind;
	unsigned levels; /* RD__LOG_BIT()s */
	enum rd__log_layout layout;
	const char *path; /* of a FILE, or of a SYSLOG that is not the system's */
	int facility;	  /* of SYSLOG: LOG_LOCAL0, ... */

	/* the writer's own */
	int fd;
	bool is_stream; /* SYSLOG: lines end with a NUL */
	int64_t size;
	uint64_t opened_us;
	bool failed; /* said so once */
};

/* Everything that logger.conf says. Lives in its own pool. */
struct rd__log_settings {
	struct rd_pool *pool;
	const char *date_format; /* strftime(3); "%3q": milliseconds */
	enum rd__log_rotation rotation;
	int64_t rotate_size;   /* bytes; 0: never */
	int rotate_seconds;    /* 0: never */
	int rotate_keep;       /* old files, with RD__LOG_ROTATE */
	size_t sink_count;
	struct rd__log_sink *sinks;
};

RD_API_BEGIN

extern const char *const rd__log_level_names[]; /* NULL-terminated */

/* The level of this name, or -ENOENT. */
int rd__log_level_of(const char *name);

/* Begin writing from a thread; until then rd_log() writes by itself, to
 * standard error. 0, -ENOMEM, or what pthread_create() says. */
int rd__log_start(void);
/* Write what is queued, end the thread, close all, forget the settings. After three
 * seconds of waiting for a place that does not take its lines: nothing of that. */
void rd__log_stop(void);

/* Wait until all that is queued now has been written; a second at most, for a place
 * may not take its lines. */
void rd__log_flush(void);

/* Put settings in force and open their files anew; takes them. */
void rd__log_configure_take(struct rd__log_settings *settings);
void rd__log_settings_free(struct rd__log_settings *settings);

/* What -v adds on the terminal, whatever the settings say. Raises the level
 * of modules without their own as far as that takes. */
void rd__log_set_terminal_minimum(enum rd_log_level level);

/* Rotate all files now (or reopen, if that is the way). Returns at once. */
void rd__log_rotate(void);

/* Open all files again by their names: somebody has moved them. */
void rd__log_reopen(void);

/* The level up to which a module logs; NULL: all that have none of their
 * own. level < 0 takes a module's own level back. 0 or -ENOSPC. */
int rd__log_set_level(const char *module, int level);
/* Of all modules without a level of their own. */
enum rd_log_level rd__log_level(void);
/* Modules with a level of their own; start with *pos = 0. Copies the name. */
bool rd__log_level_next(size_t *pos, char *module, size_t size,
			enum rd_log_level *level);

/* Copy lines of these levels to fd as well, a pipe or socket that does not
 * block; what it cannot take is lost. On success, fd is the log's until it
 * closes it, after _end. 0 or -ENOSPC. */
int rd__log_tail_begin(int fd, unsigned levels);
void rd__log_tail_end(int fd);

/* Lines lost because the queue was full, since the start. */
unsigned long rd__log_dropped(void);
/* When the last was, on the monotonic clock; 0: never. */
uint64_t rd__log_dropped_at_us(void);
/* Lines that a file, the terminal or the system log did not take, since the start: once for each
 * of them. And when the last was, as above. */
unsigned long rd__log_lost(void);
uint64_t rd__log_lost_at_us(void);
/* Lines of a level that were queued, since the program began. */
unsigned long rd__log_count(enum rd_log_level level);

RD_API_END

#endif
