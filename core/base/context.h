/* Who is running, for the log and for assertions. The base knows no fibers:
 * the scheduler tells it how to ask. */
#ifndef CORE_BASE_CONTEXT_H
#define CORE_BASE_CONTEXT_H

#include <ringdown/base.h>

/* Borrowed; valid until the running fiber gives way. NULL where none. */
struct rd__context {
	const char *fiber;
	const char *channel;
	const char *module;
	const void *given; /* to what the loop has called: a timer, a watch */
};

/* Longer names of channels are cut off where they are kept. */
enum { RD__SUBJECT = 96 };

/* For which channel this thread works where no fiber and no loop says that: the pool, the
 * writer, media threads. NULL or "": for none. */
extern _Thread_local const char *rd__context_subject;
/* Where such a thread says which code of a module it has called; NULL: nowhere. */
extern _Thread_local const _Atomic(const void *) *rd__context_code;

/* Whose code the dynamic linker is about to run on this thread: a module's that comes or goes,
 * which no address can tell, as it lies nowhere yet or no longer. NULL: nobody's. */
extern _Thread_local const char *rd__context_linked;

RD_API_BEGIN

/* ask fills in *context for the calling thread, which may be any; it must
 * be safe in a signal handler. NULL takes it back. */
void rd__context_set_source(void (*ask)(struct rd__context *context));

struct rd__context rd__context_get(void);

/* For the report of a death: the channel that `given` belongs to, as find knows, where nobody
 * has said for which one; NULL. It walks over what may be broken. NULL takes find back. */
void rd__context_set_finder(const char *(*find)(const void *given));
const char *rd__context_find_channel(const struct rd__context *context);

/* Run by a failed assertion and by the crash handler before the process
 * dies: bring to safety what is queued. One function; the log's. */
void rd__last_words_set(void (*flush)(void));
void rd__last_words(void);

/* Tests: called instead of dying; must not return. NULL takes it back. */
void rd__assert_set_trap(void (*trap)(const char *expr, const char *file, int line));

/* Is this process dying of a failed assertion, which has been reported? */
bool rd__assert_has_failed(void);

/* The calling thread's stack to a descriptor. */
void rd__backtrace(int fd);

/* The calling thread's name, "" for the process's first, the switch thread.
 * Safe in a signal handler. */
#define RD__THREAD_NAME 16
void rd__thread_name(char name[RD__THREAD_NAME]);

RD_API_END

#endif
