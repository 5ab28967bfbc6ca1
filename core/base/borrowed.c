/* What libraries have of the heap: see borrowed.h. */
#include "core/base/borrowed.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_long borrowed[RD__BORROWED];

static void count(enum rd__borrowed who, long bytes)
{
	atomic_fetch_add_explicit(&borrowed[who], bytes, memory_order_relaxed);
}

void *rd__borrow(enum rd__borrowed who, size_t size)
{
	void *p = malloc(size);

	count(who, (long)malloc_usable_size(p));
	return p;
}

void *rd__borrow_again(enum rd__borrowed who, void *p, size_t size)
{
	long before = (long)malloc_usable_size(p);
	void *grown = realloc(p, size);

	/* Where it failed the old one stays. */
	if (grown || !size)
		count(who, (long)malloc_usable_size(grown) - before);
	return grown;
}

void rd__borrow_end(enum rd__borrowed who, void *p)
{
	count(who, -(long)malloc_usable_size(p));
	free(p);
}

const char *rd__borrowed(enum rd__borrowed who, long *bytes)
{
	static const char *const names[] = { "database", "tls" };

	*bytes = atomic_load(&borrowed[who]);
	return names[who];
}
