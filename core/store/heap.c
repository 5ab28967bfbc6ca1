/* What the database takes from the heap: malloc, counted. */
#include <malloc.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "core/base/borrowed.h"
#include "core/store/thread.h"

static void *take(int size)
{
	return rd__borrow(RD__BORROWED_DATABASE, (size_t)size);
}

static void *take_more(void *p, int size)
{
	return rd__borrow_again(RD__BORROWED_DATABASE, p, (size_t)size);
}

static void give_back(void *p)
{
	rd__borrow_end(RD__BORROWED_DATABASE, p);
}

static int size_of(void *p)
{
	return (int)malloc_usable_size(p);
}

static int round_up(int size)
{
	return (size + 7) & ~7;
}

static int begin(void *arg)
{
	(void)arg;
	return SQLITE_OK;
}

static void end(void *arg)
{
	(void)arg;
}

const struct sqlite3_mem_methods rd__sqlite_heap = {
	.xMalloc = take,
	.xFree = give_back,
	.xRealloc = take_more,
	.xSize = size_of,
	.xRoundup = round_up,
	.xInit = begin,
	.xShutdown = end,
};
