/* The C half of the stack switch: the first context of a stack, and the
 * whole of it over ucontext where there is no assembly. */
#include <stdint.h>

#include <ringdown/base.h>

#include "core/sched/switch.h"

/* configure --enable-ucontext tries the portable way on any machine. */
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(RD_SWITCH_UCONTEXT)

void rd__switch_start(void);

void *rd__switch_prepare(void *base, size_t size, void (*entry)(void *arg), void *arg)
{
	uintptr_t top = ((uintptr_t)base + size) & ~(uintptr_t)15;
	uintptr_t *sp;

#if defined(__x86_64__)
	/* After `ret` has taken the address of start, rsp is aligned to 16. */
	sp = (uintptr_t *)(top - 16) - 7;
	sp[2] = (uintptr_t)entry;
	sp[3] = (uintptr_t)arg;
	sp[0] = sp[1] = sp[4] = sp[5] = 0;
	sp[6] = (uintptr_t)rd__switch_start;
#else
	sp = (uintptr_t *)(top - 160);
	for (int i = 0; i < 20; i++)
		sp[i] = 0;
	sp[0] = (uintptr_t)arg;
	sp[1] = (uintptr_t)entry;
	sp[11] = (uintptr_t)rd__switch_start;
#endif
	return sp;
}

/* Functions that call nobody may use 128 bytes more (the red zone of x86-64); who was
 * saved has called somebody. */
const char *rd__switch_lowest(const void *saved)
{
	return saved;
}

#else

#include <ucontext.h>

/* A saved context lies on the stack that it belongs to. */
struct context {
	ucontext_t uc;
	void (*entry)(void *arg);
	void *arg;
};

void rd__switch(void **save, void *to)
{
	struct context here;

	*save = &here;
	swapcontext(&here.uc, &((struct context *)to)->uc);
}

/* makecontext() passes ints only. */
static void start(unsigned high, unsigned low)
{
	uintptr_t at = (uintptr_t)((uint64_t)high << 32 | low);
	struct context *first = (struct context *)at;

	first->entry(first->arg);
}

void *rd__switch_prepare(void *base, size_t size, void (*entry)(void *arg), void *arg)
{
	size_t room = (sizeof(struct context) + 15) & ~(size_t)15;
	struct context *first = (struct context *)((char *)base + size - room);
	uint64_t at = (uintptr_t)first;

	getcontext(&first->uc);
	first->uc.uc_stack.ss_sp = base;
	first->uc.uc_stack.ss_size = size - room;
	first->uc.uc_link = NULL;
	first->entry = entry;
	first->arg = arg;
	makecontext(&first->uc, (void (*)(void))start, 2, (unsigned)(at >> 32), (unsigned)at);
	return first;
}

const char *rd__switch_lowest(const void *saved)
{
	(void)saved;
	return NULL;
}

#endif
