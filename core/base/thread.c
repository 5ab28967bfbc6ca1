/* Threads beside the switch thread. A signal handler that is to tell of a stack
 * overflow needs another stack, and each thread has to ask for its own. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <ringdown/str.h>

#include "core/base/thread.h"

enum { HANDLER_STACK = 64 * 1024, GUARD = 64 * 1024, NAME_SIZE = 16 };

struct start {
	void *(*run)(void *arg);
	void *arg;
	char name[NAME_SIZE];
};

static _Thread_local struct {
	const char *base; /* the lowest address of the stack */
	size_t size;
} bounds;

static pthread_key_t handler_stack;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* AddressSanitizer gives each thread such a stack, and takes back what it finds. */
#ifndef RD__ASAN
static void give_up_stack(void *memory)
{
	stack_t none = { .ss_flags = SS_DISABLE };

	sigaltstack(&none, NULL);
	munmap(memory, HANDLER_STACK);
}

static void make_key(void)
{
	pthread_key_create(&handler_stack, give_up_stack);
}

static void take_handler_stack(void)
{
	stack_t stack = { .ss_size = HANDLER_STACK };

	pthread_once(&once, make_key);
	if (pthread_getspecific(handler_stack))
		return;
	stack.ss_sp = mmap(NULL, HANDLER_STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (stack.ss_sp == MAP_FAILED)
		return; /* a crash is then told by the kernel alone */
	pthread_setspecific(handler_stack, stack.ss_sp);
	sigaltstack(&stack, NULL);
}
#else
static void take_handler_stack(void)
{
}
#endif

static void note_bounds(void)
{
	pthread_attr_t attr;
	void *base;

	if (pthread_getattr_np(pthread_self(), &attr))
		return;
	if (pthread_attr_getstack(&attr, &base, &bounds.size) == 0)
		bounds.base = base;
	pthread_attr_destroy(&attr);
}

void rd__pthread_adopt(const char *name)
{
	pthread_setname_np(pthread_self(), name);
	note_bounds();
	take_handler_stack();
}

/* Signals are the switch thread's, but a blocked SIGSEGV kills without a word. */
static void block_signals(sigset_t *former)
{
	static const int deadly[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP };
	sigset_t most;

	sigfillset(&most);
	for (size_t i = 0; i < RD_ARRAY_SIZE(deadly); i++)
		sigdelset(&most, deadly[i]);
	pthread_sigmask(SIG_SETMASK, &most, former);
}

static void *begin(void *arg)
{
	struct start start = *(struct start *)arg;

	free(arg);
	rd__pthread_adopt(start.name);
	return start.run(start.arg);
}

int rd__pthread_start(pthread_t *thread, const char *name, void *(*run)(void *arg), void *arg)
{
	/* Not counted: the thread gives it back whenever it begins to run. */
	struct start *start = malloc(sizeof(*start));
	sigset_t former;
	int rc;

	if (!start)
		return -ENOMEM;
	*start = (struct start){ .run = run, .arg = arg };
	rd_strcpy(start->name, sizeof(start->name), name);
	block_signals(&former);
	rc = -pthread_create(thread, NULL, begin, start);
	pthread_sigmask(SIG_SETMASK, &former, NULL);
	if (rc)
		free(start);
	return rc;
}

/* The C library counts the guard to the stack, or not: one that is hit is near
 * the base in any case. */
bool rd__pthread_stack_ends_at(const void *address)
{
	const char *at = address;

	return bounds.base && at >= bounds.base - GUARD && at < bounds.base + GUARD;
}

size_t rd__pthread_stack_kib(void)
{
	return bounds.size / 1024;
}
