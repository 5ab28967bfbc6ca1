/* Small blocks that were freed, kept for the next who wants that size. */
#ifndef CORE_BASE_SPARE_H
#define CORE_BASE_SPARE_H

#include <ringdown/base.h>

RD_API_BEGIN

/* A block for so many bytes that this thread has kept, or NULL. */
void *rd__spare_take(size_t size);

/* Keep a block of malloc's: true; or false, when it is to be freed. */
bool rd__spare_keep(void *p);
/* The same for who knows its malloc_usable_size() already. */
bool rd__spare_keep_sized(void *p, size_t size);

/* Is it one that this thread keeps? Of so many bytes, as above. */
bool rd__spare_has(const void *p, size_t size);

/* Free what this thread keeps. */
void rd__spare_drop(void);

RD_API_END

#endif
