/* How every thread of ours begins: with a name, deaf to signals, and with a
 * stack on which it can report that its own has run out. */
#ifndef CORE_BASE_THREAD_H
#define CORE_BASE_THREAD_H

#include <pthread.h>

#include <ringdown/base.h>

RD_API_BEGIN

/* The name is cut at 15 characters. Signals go to other threads, but for those
 * that a crash sends. 0 or negative errno. */
int rd__pthread_start(pthread_t *thread, const char *name, void *(*run)(void *arg), void *arg);

/* The same for the calling thread, which a library has made. Once is enough;
 * what it took goes when the thread ends. */
void rd__pthread_adopt(const char *name);

/* Is this address where the calling thread's stack runs out? Safe in a signal
 * handler; false in threads that did not begin here. */
bool rd__pthread_stack_ends_at(const void *address);

/* The size of that stack in KiB. */
size_t rd__pthread_stack_kib(void);

RD_API_END

#endif
