/* Ringdown SDK: what memory is for. Each block of the heap is somebody's already, by whose
 * code had it made (module show); of much that is made at many places, this says what it is,
 * in "core show memory" and in memory_bytes on the page of figures. */
#ifndef RINGDOWN_MEMORY_H
#define RINGDOWN_MEMORY_H

#include <ringdown/base.h>
#include <ringdown/pool.h>

/* One for each name, static: { .name = "sip_calls" }. There are a hundred at most. */
struct rd_memory_part {
	const char *name; /* as labels of figures are: a-z and _ */
	unsigned id; /* filled with the first use */
};

RD_API_BEGIN

/* A block of rd_malloc() and its kin belongs to this part from now on, also where it
 * is made larger later. NULL is harmless. On any thread. */
void rd_memory_belongs(void *block, struct rd_memory_part *part);
/* All that a pool has, and will have. */
void rd_pool_belongs(struct rd_pool *pool, struct rd_memory_part *part);

RD_API_END

#endif
