/* Blocks between two uses. malloc keeps seven of a size within reach and sorts
 * all others among their neighbours, of which a busy exchange has a million,
 * none of them in a cache. Here each thread keeps more, the latest on top. */
#include <malloc.h>
#include <stdlib.h>

#include "core/base/spare.h"
#include "core/base/watched.h"

enum {
	STEP = 16, /* malloc's; a block of so many times that has 8 more */
	FIRST = 8,
	LEAST = STEP + FIRST,
	SHELVES = 256,
	SHELF_BYTES = 32768,
};

/* In the block itself. */
struct spare {
	struct spare *next;
};

static _Thread_local struct {
	struct spare *top;
	size_t bytes;
} shelves[SHELVES];

void *rd__spare_take(size_t size)
{
	size_t shelf = (RD_MAX(size, (size_t)LEAST) + STEP - 1 - FIRST) / STEP;
	struct spare *top = shelf < SHELVES ? shelves[shelf].top : NULL;

	if (!top)
		return NULL;
	shelves[shelf].top = top->next;
	shelves[shelf].bytes -= shelf * STEP + FIRST;
	return top;
}

#ifdef RD__WATCHED

/* Who uses a block that was freed is to be found out. */
bool rd__spare_keep_sized(void *p, size_t size)
{
	(void)p;
	(void)size;
	return false;
}

bool rd__spare_has(const void *p, size_t size)
{
	(void)p;
	(void)size;
	return false;
}

#else

bool rd__spare_has(const void *p, size_t size)
{
	size_t shelf = (size - FIRST) / STEP;
	const struct spare *spare = shelf < SHELVES ? shelves[shelf].top : NULL;

	while (spare && spare != p)
		spare = spare->next;
	return spare;
}

bool rd__spare_keep_sized(void *p, size_t size)
{
	size_t shelf = (size - FIRST) / STEP;
	struct spare *spare = p;

	if (shelf >= SHELVES || shelves[shelf].bytes >= SHELF_BYTES)
		return false;
	spare->next = shelves[shelf].top;
	shelves[shelf].top = spare;
	shelves[shelf].bytes += shelf * STEP + FIRST;
	return true;
}

#endif

bool rd__spare_keep(void *p)
{
	return rd__spare_keep_sized(p, malloc_usable_size(p));
}

void rd__spare_drop(void)
{
	for (size_t shelf = 0; shelf < SHELVES; shelf++) {
		struct spare *spare;

		while ((spare = shelves[shelf].top)) {
			shelves[shelf].top = spare->next;
			free(spare);
		}
		shelves[shelf].bytes = 0;
	}
}
