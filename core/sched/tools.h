/* What sanitizers and Valgrind are told of stacks and switches. Every call
 * is empty in a build without them. */
#ifndef CORE_SCHED_TOOLS_H
#define CORE_SCHED_TOOLS_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define RD__ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RD__ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define RD__TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RD__TSAN 1
#endif
#endif

#ifdef RD__ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#ifdef RD__TSAN
#include <sanitizer/tsan_interface.h>
#endif
#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define RD__VALGRIND 1
#endif
#endif

/* One side of a switch: a fiber, or the loop. */
struct rd__tool_side {
	void *fake_stack;   /* AddressSanitizer's */
	const void *bottom; /* of the side's stack */
	size_t size;
	void *tsan;
};

static inline void rd__tool_leave(struct rd__tool_side *from, const struct rd__tool_side *to,
				  int for_good)
{
#ifdef RD__ASAN
	__sanitizer_start_switch_fiber(for_good ? NULL : &from->fake_stack, to->bottom, to->size);
#endif
#ifdef RD__TSAN
	__tsan_switch_to_fiber(to->tsan, 0);
#endif
	(void)from;
	(void)to;
	(void)for_good;
}

/* from: the side that was left, so that the loop's stack becomes known. */
static inline void rd__tool_arrive(struct rd__tool_side *self, struct rd__tool_side *from)
{
#ifdef RD__ASAN
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(self->fake_stack, &bottom, &size);
	if (from) {
		from->bottom = bottom;
		from->size = size;
	}
#endif
	(void)self;
	(void)from;
}

static inline void rd__tool_fiber_begin(struct rd__tool_side *side, const void *bottom, size_t size)
{
	*side = (struct rd__tool_side){ .bottom = bottom, .size = size };
#ifdef RD__TSAN
	side->tsan = __tsan_create_fiber(0);
#endif
}

static inline void rd__tool_fiber_end(struct rd__tool_side *side)
{
#ifdef RD__TSAN
	__tsan_destroy_fiber(side->tsan);
#endif
	(void)side;
}

/* The loop's own side is the thread that calls this. */
static inline void rd__tool_loop_begin(struct rd__tool_side *side)
{
	*side = (struct rd__tool_side){ 0 };
#ifdef RD__TSAN
	side->tsan = __tsan_get_current_fiber();
#endif
}

static inline unsigned rd__tool_stack_new(void *base, size_t size)
{
#ifdef RD__ASAN
	__lsan_register_root_region(base, size);
#endif
#ifdef RD__VALGRIND
	return VALGRIND_STACK_REGISTER(base, (char *)base + size);
#else
	(void)base;
	(void)size;
	return 0;
#endif
}

static inline void rd__tool_stack_free(unsigned id, void *base, size_t size)
{
#ifdef RD__ASAN
	__lsan_unregister_root_region(base, size);
#endif
#ifdef RD__VALGRIND
	VALGRIND_STACK_DEREGISTER(id);
#endif
	(void)id;
	(void)base;
	(void)size;
}

/* What was below the stack pointer is about to be looked at, or zeroed. */
static inline void rd__tool_stack_look(void *base, size_t size)
{
#ifdef RD__VALGRIND
	VALGRIND_MAKE_MEM_DEFINED(base, size);
#endif
	(void)base;
	(void)size;
}

/* Frames that never returned leave their red zones behind. */
static inline void rd__tool_stack_clean(void *base, size_t size)
{
#ifdef RD__ASAN
	__asan_unpoison_memory_region(base, size);
#endif
	(void)base;
	(void)size;
}

#endif
