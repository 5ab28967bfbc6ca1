/* Memory that is given back: of stacks that somebody waits on for long, and of the
 * heap. After a storm of calls the heap is full of holes. The C library gives back
 * its upper end only, where some small block always stays; the holes it looks for
 * when told to, which takes a moment. So it is told when the storm is over, a few
 * times, for transactions linger for half a minute. */
#include <malloc.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>

#include "core/base/spare.h"
#include "core/sched/fiber.h"
#include "core/sched/sched.h"
#include "core/trim.h"

enum {
	TICK_MS = 1000,
	WINDOW_TICKS = 10,
	LONG_MS = 2000, /* of a wait: most that last so long last much longer */
	AT_ONCE = 100, /* stacks, between two waits of ours */
	STORM_PERCENT = 5, /* of the loop's time; some hundred calls a second */
	TRIMS = 5,
	HEAPS = 2, /* of the switch thread, and of all others */
};

static struct rd_fiber *trimmer;

/* Else each thread of the pool keeps a heap as large as the largest reload that it once read. */
void rd__trim_prepare(void)
{
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, HEAPS);
#endif
}

bool rd__trim_due(unsigned *left, unsigned busy_percent)
{
	if (busy_percent >= STORM_PERCENT) {
		*left = TRIMS;
		return false;
	}
	if (*left == 0)
		return false;
	(*left)--;
	return true;
}

static int trim(void *arg)
{
	(void)arg;
#ifdef __GLIBC__
	malloc_trim(0);
#endif
	return 0;
}

struct window {
	uint64_t began_us, idle_ns;
};

static struct window window_begin(void)
{
	return (struct window){ rd_now_us(), rd__sched_idle_ns() };
}

static unsigned busy_percent(const struct window *window)
{
	uint64_t whole_us = RD_MAX(rd_now_us() - window->began_us, 1u);
	uint64_t idle_us = (rd__sched_idle_ns() - window->idle_ns) / 1000;

	return idle_us < whole_us ? (unsigned)((whole_us - idle_us) * 100 / whole_us) : 0;
}

static void shrink_stacks(void)
{
	while (rd__fibers_shrink(LONG_MS, AT_ONCE) && rd_sleep(1) == 0)
		;
}

static int watch(void *arg)
{
	struct window window = window_begin();
	unsigned left = 0, ticks = 0;

	(void)arg;
	while (rd_sleep(TICK_MS) == 0) {
		shrink_stacks();
		if (++ticks % WINDOW_TICKS)
			continue;
		if (rd__trim_due(&left, busy_percent(&window))) {
			rd__spare_drop();
			rd_offload(trim, NULL);
		}
		window = window_begin();
	}
	return 0;
}

int rd__trim_start(void)
{
	return rd_fiber_new(&trimmer, "memory", watch, NULL);
}

void rd__trim_stop(void)
{
	rd_fiber_cancel(trimmer);
	rd_fiber_join(trimmer, RD_FOREVER, NULL);
	trimmer = NULL;
}
