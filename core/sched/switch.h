/* The switch from one stack to another: six registers and a stack pointer.
 * In assembly where we have it, over ucontext elsewhere. */
#ifndef CORE_SCHED_SWITCH_H
#define CORE_SCHED_SWITCH_H

#include <stddef.h>

/* Save the running context in *save and go on where `to` was saved. */
void rd__switch(void **save, void *to);

/* A context that calls entry(arg) on an empty stack; entry must not return.
 * The stack is size bytes from base on. */
void *rd__switch_prepare(void *base, size_t size, void (*entry)(void *arg), void *arg);

/* The lowest byte that who was saved stands on; NULL: it cannot be told. */
const char *rd__switch_lowest(const void *saved);

#endif
