/* Heap memory: malloc, with a way for tests to count blocks and to refuse
 * any one of them. Not a pool: see pool.c. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/base.h>

#include "core/base/alloc.h"
#include "core/base/spare.h"

static bool watched;
static atomic_long live;
static atomic_long allowance = -1;
static atomic_long refused;

void rd__alloc_watch(void)
{
	watched = true;
}

long rd__alloc_live(void)
{
	return atomic_load(&live);
}

void rd__alloc_fail_after(long n)
{
	watched = true;
	atomic_store(&refused, 0);
	atomic_store(&allowance, n);
}

long rd__alloc_refused(void)
{
	return atomic_load(&refused);
}

/* Two threads may race for the last allowed block: both get one, which
 * harms no test. Below zero means no limit, so zero must never be passed. */
bool rd__alloc_may(void)
{
	long left;

	if (!watched)
		return true;
	left = atomic_load(&allowance);
	if (left < 0)
		return true;
	if (left == 0) {
		atomic_fetch_add(&refused, 1);
		return false;
	}
	atomic_compare_exchange_strong(&allowance, &left, left - 1);
	return true;
}

void rd__alloc_count(int more)
{
	if (watched)
		atomic_fetch_add(&live, more);
}

static void *counted(void *p)
{
	if (p)
		rd__alloc_count(1);
	return p;
}

void *rd_malloc(size_t size)
{
	void *spare;

	if (!rd__alloc_may())
		return NULL;
	spare = rd__spare_take(size);
	return counted(spare ? spare : malloc(size ? size : 1));
}

void *rd_zalloc(size_t size)
{
	void *spare;

	if (!rd__alloc_may())
		return NULL;
	spare = rd__spare_take(size);
	return counted(spare ? memset(spare, 0, size) : calloc(1, size ? size : 1));
}

void *rd_realloc(void *p, size_t size)
{
	if (!p)
		return rd_malloc(size);
	if (!rd__alloc_may())
		return NULL;
	return realloc(p, size ? size : 1);
}

void rd_free(void *p)
{
	if (!p)
		return;
	rd__alloc_count(-1);
	if (!rd__spare_keep(p))
		free(p);
}

char *rd_strdup(const char *s)
{
	return s ? rd_strndup(s, strlen(s)) : NULL;
}

char *rd_strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = rd_malloc(len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *rd_asprintf(const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	text = rd_malloc((size_t)n + 1);
	if (!text)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}
