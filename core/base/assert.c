/* What happens when an invariant is broken: say where, who was running and
 * how it got there, then die. Not for errors in what others send. */
#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/base/context.h"

static void (*context_source)(struct rd__context *context);
static const char *(*context_finder)(const void *given);
static void (*last_words)(void);
static volatile bool assert_failed;
static void (*assert_trap)(const char *expr, const char *file, int line);

_Thread_local const char *rd__context_subject;
_Thread_local const _Atomic(const void *) *rd__context_code;
_Thread_local const char *rd__context_linked;

void rd__context_set_source(void (*ask)(struct rd__context *context))
{
	context_source = ask;
}

struct rd__context rd__context_get(void)
{
	struct rd__context context = { 0 };

	if (context_source)
		context_source(&context);
	if (!context.channel && rd__context_subject && *rd__context_subject)
		context.channel = rd__context_subject;
	if (rd__context_linked)
		context.module = rd__context_linked;
	return context;
}

void rd__context_set_finder(const char *(*find)(const void *given))
{
	context_finder = find;
}

const char *rd__context_find_channel(const struct rd__context *context)
{
	if (context->channel || !context->given || !context_finder)
		return NULL;
	return context_finder(context->given);
}

void rd__last_words_set(void (*flush)(void))
{
	last_words = flush;
}

/* Once: an assertion that fails while flushing must not come back here. */
void rd__last_words(void)
{
	void (*flush)(void) = last_words;

	last_words = NULL;
	if (flush)
		flush();
}

void rd__assert_set_trap(void (*trap)(const char *expr, const char *file, int line))
{
	assert_trap = trap;
}

void rd__backtrace(int fd)
{
	void *frames[64];

	backtrace_symbols_fd(frames, backtrace(frames, 64), fd);
}

void rd__thread_name(char name[RD__THREAD_NAME])
{
	*name = '\0';
	if (gettid() != getpid())
		prctl(PR_GET_NAME, name);
}

bool rd__assert_has_failed(void)
{
	return assert_failed;
}

void rd_assert_failed(const char *expr, const char *file, int line, const char *func)
{
	struct rd__context context = rd__context_get();
	char thread[RD__THREAD_NAME];

	if (assert_trap)
		assert_trap(expr, file, line);
	rd__last_words();
	fprintf(stderr, "%s:%d: %s(): broken invariant: %s\n", file, line, func, expr);
	rd__thread_name(thread);
	if (*thread)
		fprintf(stderr, "  in thread %s\n", thread);
	if (context.fiber)
		fprintf(stderr, "  in fiber %s\n", context.fiber);
	if (context.module)
		fprintf(stderr, "  in module %s\n", context.module);
	if (context.channel)
		fprintf(stderr, "  for channel %s\n", context.channel);
	fflush(stderr);
	rd__backtrace(STDERR_FILENO);
	assert_failed = true;
	abort();
}
