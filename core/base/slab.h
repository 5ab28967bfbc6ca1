/* Blocks that lie close together, in few large pages: for what is used again and
 * again, all over the memory, like the streams of thousands of calls. Where a
 * page begins is looked up in a table of its own, which costs as much as half a
 * packet when it is not in a cache. On the switch thread only: the first that calls. */
#ifndef CORE_BASE_SLAB_H
#define CORE_BASE_SLAB_H

#include <ringdown/base.h>

enum { RD__SLAB_CHUNK = 2 << 20 }; /* of a large page, in bytes */

RD_API_BEGIN

/* Zeroed, from the beginning of a row of the cache on; or NULL. Beyond 16 KiB it
 * is a block like any other. */
void *rd__slab_zalloc(size_t size) RD_MUST_CHECK;
void rd__slab_free(void *p);

/* Large pages in use, and how many of them the kernel was asked to make one; for tests. */
size_t rd__slab_chunks(size_t *huge);

RD_API_END

#endif
