/* Ringdown SDK: a pool for everything that dies together (with a call, a
 * request, a configuration snapshot). Nothing in it is freed one by one. */
#ifndef RINGDOWN_POOL_H
#define RINGDOWN_POOL_H

#include <ringdown/base.h>

struct rd_pool;

RD_API_BEGIN

/* first: bytes of the first block (0 for the default). 0 or -ENOMEM. */
int rd_pool_new(struct rd_pool **pp, size_t first);
/* And all that is in it. NULL is fine. */
void rd_pool_free(struct rd_pool *pool);
/* With a zeroed object in it that lives as long as the pool. NULL without memory. */
void *rd_pool_new_with(struct rd_pool **pp, size_t first, size_t size) RD_MUST_CHECK;

/* Empty it, keep the first block for the next use. */
void rd_pool_reset(struct rd_pool *pool);

/* Aligned for any type; zeroed by _zalloc. NULL without memory. */
void *rd_pool_alloc(struct rd_pool *pool, size_t size) RD_MUST_CHECK;
void *rd_pool_zalloc(struct rd_pool *pool, size_t size) RD_MUST_CHECK;
char *rd_pool_strdup(struct rd_pool *pool, const char *s) RD_MUST_CHECK;
char *rd_pool_strndup(struct rd_pool *pool, const char *s, size_t n) RD_MUST_CHECK;
char *rd_pool_printf(struct rd_pool *pool, const char *fmt, ...)
	RD_MUST_CHECK RD_PRINTF(2, 3);

/* A place to go back to: what was allocated after the mark is given back by
 * the release, together. Marks nest; a reset forgets them. */
struct rd_pool_mark {
	void *block, *large;
	size_t used;
};
struct rd_pool_mark rd_pool_mark(const struct rd_pool *pool);
void rd_pool_release(struct rd_pool *pool, struct rd_pool_mark mark);

/* Bytes taken from the heap for this pool. */
size_t rd_pool_size(const struct rd_pool *pool);

RD_API_END

#endif
