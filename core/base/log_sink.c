/* The places where log lines go: terminal, file, system log. Used by the one
 * thread that writes; a file that cannot be written is said once. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log_record.h"

enum { PATH_SIZE = RD__LOG_PATH_MAX + 32 };

/* Lines are collected and written many at a time. */
static char out[64 << 10];
static size_t out_used;

static atomic_ulong lost;
static _Atomic uint64_t lost_at_us;

unsigned long rd__log_lost(void)
{
	return lost;
}

uint64_t rd__log_lost_at_us(void)
{
	return lost_at_us;
}

static void count_lost(unsigned long lines)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	lost_at_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	lost += lines;
}

/* What was begun and not ended, too. */
static unsigned long count_lines(const char *p, size_t n)
{
	unsigned long lines = 0;

	for (const char *end = p + n; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		lines++;
	return lines;
}

/* The log about itself: it can only use what surely works. */
static void say_failed(struct rd__log_sink *sink, const char *what, int error)
{
	if (sink->failed)
		return;
	sink->failed = true;
	dprintf(STDERR_FILENO, "log: %s: %s: %s\n",
		sink->path                     ? sink->path
		: sink->kind == RD__LOG_SYSLOG ? "system log"
					       : "terminal",
		what, rd_strerror(error));
}

void rd__log_sink_open(struct rd__log_sink *sink)
{
	struct stat info;
	struct timespec now;

	if (sink->kind == RD__LOG_TERMINAL) {
		sink->fd = STDERR_FILENO;
		return;
	}
	sink->fd = -1;
	if (sink->kind != RD__LOG_FILE)
		return;
	sink->fd = open(sink->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	if (sink->fd < 0) {
		say_failed(sink, "cannot be opened", errno);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	sink->opened_us = (uint64_t)now.tv_sec * 1000000;
	sink->size = fstat(sink->fd, &info) == 0 ? info.st_size : 0;
	sink->failed = false;
}

void rd__log_sink_close(struct rd__log_sink *sink)
{
	if (sink->kind != RD__LOG_TERMINAL && sink->fd >= 0)
		close(sink->fd);
	sink->fd = -1;
}

static void write_out(struct rd__log_sink *sink)
{
	const char *p = out;
	size_t left = out_used;

	out_used = 0;
	while (left && sink->fd >= 0) {
		ssize_t n = write(sink->fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			say_failed(sink, "lines are lost", errno);
			break;
		}
		sink->failed = false;
		sink->size += n;
		p += n;
		left -= (size_t)n;
	}
	if (left)
		count_lost(count_lines(p, left));
}

static void write_syslog(struct rd__log_sink *sink, const struct rd__log_record *record,
			 const char *line, size_t n)
{
	size_t blanks = strspn(line, " "); /* where the date would be */
	int rc = rd__log_syslog(sink, record->level, line + blanks, n - 1 - blanks);

	if (rc == 0) {
		sink->failed = false;
		return;
	}
	say_failed(sink, "lines are lost", -rc);
	count_lost(1);
}

void rd__log_sink_write(struct rd__log_sink *sink, const struct rd__log_batch *batch,
			const struct rd__log_settings *settings)
{
	bool colour = sink->kind == RD__LOG_TERMINAL && isatty(STDERR_FILENO);
	/* The system log has the time by itself. */
	const char *format = sink->kind == RD__LOG_SYSLOG ? "" : settings->date_format;
	size_t at = 0;

	while (at < batch->size) {
		const struct rd__log_record *record =
			(const void *)(batch->records + at);
		size_t n;

		at += record->size;
		if (!(sink->levels & RD__LOG_BIT(record->level)))
			continue;
		if (sizeof(out) - out_used < RD__LOG_LINE_MAX)
			write_out(sink);
		n = rd__log_format(out + out_used, RD__LOG_LINE_MAX, record, format,
				   sink->layout, colour);
		if (sink->kind == RD__LOG_SYSLOG)
			write_syslog(sink, record, out + out_used, n);
		else
			out_used += n;
	}
	write_out(sink);
}

/* ---- rotation ---- */

static void numbered(char *name, const char *path, int number)
{
	snprintf(name, PATH_SIZE, "%s.%d", path, number);
}

/* file.1 to file.2 and so on; the last falls off. */
static void shift(const char *path, int keep)
{
	char from[PATH_SIZE], to[PATH_SIZE];

	numbered(to, path, keep);
	unlink(to);
	for (int i = keep - 1; i >= 1; i--) {
		numbered(from, path, i);
		numbered(to, path, i + 1);
		rename(from, to);
	}
	numbered(to, path, 1);
	if (keep < 1 ? unlink(path) : rename(path, to))
		return;
}

static void append_sequence(const char *path)
{
	char name[PATH_SIZE];
	int number = 1;

	for (numbered(name, path, number); access(name, F_OK) == 0; number++)
		numbered(name, path, number + 1);
	if (rename(path, name) < 0)
		return;
}

static void append_time(const char *path)
{
	char name[PATH_SIZE], stamp[32];
	time_t now = time(NULL);
	struct tm local;

	localtime_r(&now, &local);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &local);
	snprintf(name, sizeof(name), "%s.%s", path, stamp);
	/* Twice within a second: the second keeps the name free. */
	if (access(name, F_OK) == 0)
		append_sequence(path);
	else if (rename(path, name) < 0)
		return;
}

void rd__log_sink_rotate(struct rd__log_sink *sink,
			 const struct rd__log_settings *settings)
{
	if (sink->kind != RD__LOG_FILE)
		return;
	rd__log_sink_close(sink);
	if (settings->rotation == RD__LOG_ROTATE)
		shift(sink->path, settings->rotate_keep);
	else if (settings->rotation == RD__LOG_SEQUENTIAL)
		append_sequence(sink->path);
	else if (settings->rotation == RD__LOG_TIMESTAMP)
		append_time(sink->path);
	rd__log_sink_open(sink);
}
