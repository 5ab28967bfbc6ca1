/* The pool of fiber stacks. A free stack keeps its link in its own top page,
 * which stays resident; so pooling allocates nothing. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <ringdown/log.h>

#include "core/sched/stack.h"
#include "core/sched/tools.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

/* Warm stacks keep what most calls touch; the next ones only the top page; the
 * rest go back to the system. */
#define POOL_WARM 128
#define POOL_COLD 1024
#define WARM_SIZE (16u * 1024)

/* More than the largest frame that the build allows. */
#define FRAME_MAX 4608u

/* Memory maps that the daemon may need beside its stacks. */
#define MAPS_OTHER 4096

struct free_stack {
	struct free_stack *next;
	struct rd__stack stack;
};

static struct free_stack *pool;
static size_t pooled;
static size_t page = 4096;
static bool guard_markers, avoid_markers;

static size_t max_map_count(void)
{
	unsigned long count = 65530;
	FILE *f = fopen("/proc/sys/vm/max_map_count", "r");

	if (f) {
		if (fscanf(f, "%lu", &count) != 1)
			count = 65530;
		fclose(f);
	}
	return count;
}

/* The kernel may be older or newer than the one that we were built on. Asked
 * by a system call too, because emulators accept any advice and do nothing. */
static bool have_guard_markers(void)
{
	void *probe = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool have;

	if (probe == MAP_FAILED)
		return false;
	have = madvise(probe, page, MADV_GUARD_INSTALL) == 0 && uname(probe) && errno == EFAULT;
	munmap(probe, page);
	return have;
}

size_t rd__stacks_possible(void)
{
	size_t maps;

	if (guard_markers)
		return SIZE_MAX;
	maps = max_map_count();
	return maps > MAPS_OTHER ? (maps - MAPS_OTHER) / 2 : 0;
}

const char *rd__stacks_guard_kind(void)
{
	return guard_markers ? "guard markers" : "mprotect";
}

size_t rd__stacks_pooled(void)
{
	return pooled;
}

void rd__stacks_avoid_markers(bool avoid)
{
	avoid_markers = avoid;
}

int rd__stacks_init(size_t max_stacks)
{
	page = (size_t)sysconf(_SC_PAGESIZE);
	guard_markers = !avoid_markers && have_guard_markers();
	if (max_stacks <= rd__stacks_possible())
		return 0;
	rd_error("scheduler: %zu fibers need %zu memory maps with their guards, but "
		 "vm.max_map_count is %zu: raise it with sysctl, or allow at most %zu fibers",
		 max_stacks, max_stacks * 2 + MAPS_OTHER, max_map_count(), rd__stacks_possible());
	return -ENOMEM;
}

static int set_guard(void *at)
{
	if (guard_markers)
		return madvise(at, RD__STACK_GUARD, MADV_GUARD_INSTALL);
	return mprotect(at, RD__STACK_GUARD, PROT_NONE);
}

static int map_stack(struct rd__stack *stack)
{
	size_t whole = RD__STACK_GUARD + RD__STACK_SIZE;
	char *at = mmap(NULL, whole, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (at == MAP_FAILED)
		return -ENOMEM;
	/* A huge page under a stack that uses two small ones would be a waste. */
	madvise(at, whole, MADV_NOHUGEPAGE);
	if (set_guard(at)) {
		munmap(at, whole);
		return -ENOMEM;
	}
	stack->base = at + RD__STACK_GUARD;
	stack->size = RD__STACK_SIZE;
	stack->warm = false;
	stack->tool_id = rd__tool_stack_new(stack->base, stack->size);
	return 0;
}

static void unmap_stack(struct rd__stack *stack)
{
	rd__tool_stack_free(stack->tool_id, stack->base, stack->size);
	munmap(stack->base - RD__STACK_GUARD, RD__STACK_GUARD + stack->size);
}

int rd__stack_get(struct rd__stack *stack)
{
	struct free_stack *top = pool;

	if (!top)
		return map_stack(stack);
	pool = top->next;
	pooled--;
	*stack = top->stack;
	memset(top, 0, sizeof(*top));
	return 0;
}

static void release_pages(struct rd__stack *stack, size_t used, size_t keep)
{
	if (used > keep)
		madvise(stack->base, stack->size - keep, MADV_DONTNEED);
	used = RD_MIN(used, keep);
	memset(stack->base + stack->size - used, 0, used);
}

void rd__stack_put(struct rd__stack *stack, size_t used)
{
	struct free_stack *top;

	rd__tool_stack_clean(stack->base, stack->size);
	if (pooled >= POOL_COLD) {
		unmap_stack(stack);
		return;
	}
	stack->warm = pooled < POOL_WARM;
	release_pages(stack, used, stack->warm ? WARM_SIZE : page);
	top = (struct free_stack *)(void *)(stack->base + stack->size - sizeof(*top));
	top->stack = *stack;
	top->next = pool;
	pool = top;
	pooled++;
}

void rd__stack_shrink(struct rd__stack *stack, const char *lowest)
{
	size_t below = (size_t)(lowest - stack->base) & ~(page - 1);

	rd_assert(lowest >= stack->base && lowest <= stack->base + stack->size);
	if (below)
		madvise(stack->base, below, MADV_DONTNEED);
}

void rd__stacks_fini(void)
{
	struct rd__stack stack;

	while (pool) {
		rd__stack_get(&stack);
		unmap_stack(&stack);
	}
}

/* The lowest resident page, without touching the others. */
static char *lowest_resident(const struct rd__stack *stack)
{
	unsigned char resident[RD__STACK_SIZE / 4096];
	size_t pages = stack->size / page;

	if (mincore(stack->base, stack->size, resident))
		return stack->base + stack->size - page;
	for (size_t i = 0; i < pages; i++)
		if (resident[i] & 1)
			return stack->base + i * page;
	return stack->base + stack->size;
}

__attribute__((no_sanitize("address"))) static const char *lowest_used(const char *from,
								       const char *end)
{
	const uint64_t *word = (const uint64_t *)(const void *)from;

	while ((const char *)word < end && *word == 0)
		word++;
	return (const char *)word;
}

/* Whoever went below the warm part has left a return address at its lower end: no
 * frame spans that. So the kernel, which knows the rest, is seldom asked. */
size_t rd__stack_used(const struct rd__stack *stack)
{
	const char *end = stack->base + stack->size, *warm = end - WARM_SIZE;
	const char *used = NULL;

	rd__tool_stack_look(stack->base, stack->size);
	if (stack->warm)
		used = lowest_used(warm, end);
	if (!used || used < warm + FRAME_MAX)
		used = lowest_used(lowest_resident(stack), end);
	return (size_t)(end - used);
}

bool rd__stack_guards(const struct rd__stack *stack, const void *address)
{
	const char *at = address;

	return at >= stack->base - RD__STACK_GUARD && at < stack->base;
}
