/* How a line lies in the log's queue, and how it comes out of it. Shared by
 * the log's own files only. */
#ifndef CORE_BASE_LOG_RECORD_H
#define CORE_BASE_LOG_RECORD_H

#include "core/base/log.h"

enum {
	RD__LOG_QUEUE_BYTES = 512 << 10, /* of each half */
	RD__LOG_TEXT_MAX = 6000,	 /* of one message; the rest is cut */
	RD__LOG_NAME_MAX = 100,		 /* of module, fiber and channel */
	RD__LOG_LINE_MAX = 4 * RD__LOG_TEXT_MAX + 1000,
};

/* Followed by four strings, each with its NUL: module, fiber, channel, text. */
struct rd__log_record {
	uint32_t size; /* with the strings, and padding to 8 */
	uint32_t level;
	uint64_t wall_us;
	char strings[];
};

/* Print a record as a line, with its newline, to out. Returns its length. */
size_t rd__log_format(char *out, size_t size, const struct rd__log_record *record,
		      const char *date_format, enum rd__log_layout layout, bool colour);

/* Where one line begins to be written and where it is rotated: the sinks.
 * Called by the one thread that writes. */
struct rd__log_batch {
	const char *records;
	size_t size;
};

/* One line without its newline to the sink, a SYSLOG. 0, or -errno: it is lost.
 * Waits for some milliseconds only. */
int rd__log_syslog(struct rd__log_sink *sink, enum rd_log_level level, const char *line, size_t n);

void rd__log_sink_open(struct rd__log_sink *sink);
void rd__log_sink_close(struct rd__log_sink *sink);
void rd__log_sink_write(struct rd__log_sink *sink, const struct rd__log_batch *batch,
			const struct rd__log_settings *settings);
void rd__log_sink_rotate(struct rd__log_sink *sink,
			 const struct rd__log_settings *settings);

#endif
