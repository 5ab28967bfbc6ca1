/* Blocks that lie close together, in few large pages: for what is used again and
 * again, all over the memory, like the streams of thousands of calls. Where a
 * page begins is looked up in a table of its own, which costs as much as half a
 * packet when it is not in a cache. On the switch thread only: the first that calls. */
#ifndef CORE_BASE_SLAB_H
#define CORE_BASE_SLAB_H

#include <ringdown/base.h>

enum { RD__SLAB_CHUNK = 2 << 20 }; /* of a large page, in bytes */

/* What for: parts of memory.h by name. */
enum rd__slab_use {
	RD__SLAB_STREAMS,
	RD__SLAB_JITTER,
	RD__SLAB_PLAYERS,
	RD__SLAB_OTHER,
	RD__SLAB_USES,
};

RD_API_BEGIN

/* Zeroed, from the beginning of a row of the cache on; or NULL. Beyond 16 KiB it
 * is a block like any other. */
void *rd__slab_zalloc(size_t size, enum rd__slab_use use) RD_MUST_CHECK;
/* As it was made for. */
void rd__slab_free(void *p, enum rd__slab_use use);

/* Large pages in use, and how many of them the kernel was asked to make one; for tests. */
size_t rd__slab_chunks(size_t *huge);
/* Bytes of them that are really there: at least those near blocks. */
size_t rd__slab_bytes(void);
/* How a use is called, and what blocks of large pages it has. */
const char *rd__slab_use(enum rd__slab_use use, size_t *bytes);

RD_API_END

#endif
