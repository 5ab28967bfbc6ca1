/* What the core asks of a pool beyond what modules do. */
#ifndef CORE_BASE_POOL_H
#define CORE_BASE_POOL_H

#include <ringdown/pool.h>

/* Does it lie in memory of the pool's? NULL holds nothing. */
bool rd__pool_holds(const struct rd_pool *pool, const void *at);

#endif
