/* The allocator's side door for tests: count what lives, make any
 * allocation fail. Idle in the daemon but for one branch. */
#ifndef CORE_BASE_ALLOC_H
#define CORE_BASE_ALLOC_H

#include <ringdown/base.h>

struct rd_memory_part;

RD_API_BEGIN

/* Count blocks from now on; a test's first act. */
void rd__alloc_watch(void);

/* Blocks that live, of those allocated since rd__alloc_watch(). */
long rd__alloc_live(void);

/* Allow n more allocations, in all threads together, then refuse every one;
 * -1 ends the famine. Sets the count of refusals to 0. */
void rd__alloc_fail_after(long n);

/* Allocations refused since rd__alloc_fail_after(). */
long rd__alloc_refused(void);

/* For allocators of our own: may a block be made, and one more or less lives. */
bool rd__alloc_may(void);
void rd__alloc_count(int more);

/* What lives of the blocks that were made for this one of rd__usages[]; nothing where
 * nobody counts. */
void rd__alloc_usage(size_t id, long *bytes, long *blocks);
/* What memory.h says: the number of a part, made with the first question, and to say it of a
 * block. */
unsigned rd__alloc_part(struct rd_memory_part *part);
void rd__alloc_belongs(void *block, unsigned part);
/* The name of the id-th, from 0 on, and what lives of it; NULL: there are no more. Each block
 * is of one: what nobody has said is of "core" or "modules". */
const char *rd__alloc_part_next(unsigned id, long *bytes);
/* Is that counted? Not where a sanitizer watches. */
bool rd__alloc_has_usage(void);
/* The calling thread counts without locks from now on; one thread at a time. */
void rd__alloc_main_thread(bool is_main);

RD_API_END

#endif
