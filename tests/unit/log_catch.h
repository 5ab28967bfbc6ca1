/* What is logged meanwhile. Without the log's thread, lines go to stderr. */
#ifndef TESTS_UNIT_LOG_CATCH_H
#define TESTS_UNIT_LOG_CATCH_H

#include "tests/unit/test.h"

#include <unistd.h>

struct log_catch {
	int screen, end;
	char text[4096];
};

static inline void log_catch(struct log_catch *it)
{
	int ends[2];

	it->screen = dup(STDERR_FILENO);
	assert_int_equal(pipe(ends), 0);
	assert_true(it->screen >= 0 && dup2(ends[1], STDERR_FILENO) >= 0);
	close(ends[1]);
	it->end = ends[0];
}

/* It ends: the lines, valid as long as `it`. */
static inline const char *log_caught(struct log_catch *it)
{
	ssize_t n;

	fflush(stderr);
	assert_true(dup2(it->screen, STDERR_FILENO) >= 0);
	close(it->screen);
	n = read(it->end, it->text, sizeof(it->text) - 1);
	close(it->end);
	it->text[n > 0 ? n : 0] = '\0';
	return it->text;
}

#endif
