/* Stacks for fibers: reserved address space with a guard below, pooled,
 * zeroed between two users so that each one's high-water mark is its own. */
#ifndef CORE_SCHED_STACK_H
#define CORE_SCHED_STACK_H

#include <ringdown/base.h>

#include "core/sched/tools.h"

/* Sanitizers make frames several times larger. */
#if defined(RD__ASAN) || defined(RD__TSAN)
#define RD__STACK_SIZE (512u * 1024)
#else
#define RD__STACK_SIZE (128u * 1024)
#endif

/* What is compiled with -fstack-clash-protection touches every page on its way
 * down (on arm64 every 64 KiB); libraries need not be, so it is wide. */
#define RD__STACK_GUARD (64u * 1024)

struct rd__stack {
	char *base;  /* lowest usable byte; the guard is below it */
	size_t size;
	unsigned tool_id;
	bool warm; /* was used before, and its upper part kept */
};

/* 0, or -ENOMEM with the reason logged: the machine cannot guard so many. */
int rd__stacks_init(size_t max_stacks);
void rd__stacks_fini(void);

/* Tests: use mprotect even where the kernel has guard markers; before init. */
void rd__stacks_avoid_markers(bool avoid);

/* How many wait for the next fiber. */
size_t rd__stacks_pooled(void);

/* How many stacks this machine can hold with a guard each. */
size_t rd__stacks_possible(void);
/* "guard markers" or "mprotect". */
const char *rd__stacks_guard_kind(void);

int rd__stack_get(struct rd__stack *stack);
/* used: what rd__stack_used() said; that much is zeroed. */
void rd__stack_put(struct rd__stack *stack, size_t used);

/* Give back what was used below `lowest`, where nobody stands. */
void rd__stack_shrink(struct rd__stack *stack, const char *lowest);

/* Bytes ever used since the stack was got or shrunk, from resident pages. */
size_t rd__stack_used(const struct rd__stack *stack);
/* Is this address in the guard of the stack? Safe in a signal handler. */
bool rd__stack_guards(const struct rd__stack *stack, const void *address);

#endif
