/* What each module uses: time, memory, events. Who is meant is known by code: each module
 * says where its own lies. Whatever it has the core do for it counts as its own; what it calls
 * of another module by an interface does, too. The figures outlive the module, and go on when
 * it comes back. Id 0 is the core, and whoever finds no room any more. */
#ifndef CORE_BASE_USAGE_H
#define CORE_BASE_USAGE_H

#include <stdatomic.h>
#include <time.h>

#include <ringdown/base.h>

enum { RD__USAGES_MAX = 512, RD__USAGE_NAME = 64 };

struct rd__usage {
	char name[RD__USAGE_NAME]; /* "" for the core */
	uint64_t ticks; /* of the switch thread */
	uint64_t events; /* that its subscribers were told */
	atomic_uint_fast64_t pool_ns;
	atomic_uint_fast64_t media_ticks; /* of media threads */
};

struct rd__usage_sum {
	/* processor time of the switch thread, of media threads and of the pool */
	double switch_s, media_s, pool_s;
	uint64_t events;
	long bytes, blocks; /* of rd_malloc() and its kin, that are not freed */
};

RD_API_BEGIN

/* The one of a module, made with the first question. */
struct rd__usage *rd__usage_of(const char *module);
void rd__usage_sum(const struct rd__usage *usage, struct rd__usage_sum *sum);

/* From begin on, and up to end, all is of this module. False: no room. */
bool rd__usage_add_code(struct rd__usage *usage, const void *begin, const void *end);
void rd__usage_remove_code(const void *begin);
/* Whose code or data that is; the core's when it is no module's. On any thread, also in a
 * handler of signals. */
struct rd__usage *rd__usage_at(const void *place);
/* The same, on the switch thread, and quicker for what is asked often. */
struct rd__usage *rd__usage_near(const void *place);

/* On a media thread: what lies there has run for so long. */
void rd__usage_media(const void *code, uint64_t ticks);

/* The clock of the switch thread begins. */
void rd__usage_start(void);

RD_API_END

/* -- inline, for what happens a hundred times in a call ----------------------------------- */

extern struct rd__usage rd__usages[RD__USAGES_MAX];

/* For whom this thread works, and since when it has: 0: nobody times it. */
extern _Thread_local struct rd__usage_turn {
	struct rd__usage *usage; /* NULL: for the core */
	uint64_t since;
} rd__usage_turn;

/* What the processor counts in any case; by the clock it becomes time. */
static inline uint64_t rd__usage_ticks(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#else
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
#endif
}

static inline struct rd__usage *rd__usage_now(void)
{
	return rd__usage_turn.usage ? rd__usage_turn.usage : rd__usages;
}

/* From now on this thread works for this one; for whom it did. */
static inline struct rd__usage *rd__usage_enter(struct rd__usage *usage)
{
	struct rd__usage *outer = rd__usage_now();
	uint64_t now;

	if (outer == usage)
		return outer;
	if (rd__usage_turn.since) {
		now = rd__usage_ticks();
		outer->ticks += now - rd__usage_turn.since;
		rd__usage_turn.since = now;
	}
	rd__usage_turn.usage = usage;
	return outer;
}

/* What lies there is about to be called. Give the answer to rd__usage_enter() afterwards. */
static inline struct rd__usage *rd__usage_enter_at(const void *place)
{
	return rd__usage_enter(rd__usage_near(place));
}

/* A slice begins and ends: what is between slices is nobody's. */
static inline void rd__usage_begin(struct rd__usage *usage)
{
	rd__usage_turn = (struct rd__usage_turn){ usage, rd__usage_ticks() };
}

static inline void rd__usage_end(void)
{
	rd__usage_now()->ticks += rd__usage_ticks() - rd__usage_turn.since;
	rd__usage_turn = (struct rd__usage_turn){ 0 };
}

#endif
