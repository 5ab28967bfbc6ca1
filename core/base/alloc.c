/* Heap memory: malloc, with a way for tests to count blocks and to refuse
 * any one of them. Whose a block is stands in its last two bytes: usage.h. Not a
 * pool: see pool.c. */
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/base.h>
#include <ringdown/memory.h>
#include <ringdown/str.h>

#include "core/base/alloc.h"
#include "core/base/spare.h"
#include "core/base/usage.h"
#include "core/base/watched.h"

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

/* ---- whose a block is ---- */

enum { CORE, MODULES, PARTS = 128, PART_NAME = 32 };

static char part_names[PARTS][PART_NAME] = { "core", "modules" };
static atomic_uint part_count = 2;

#ifdef RD__WATCHED

enum { MARK = 0 };

static void mark(void *p)
{
	(void)p;
}

static void unmark(void *p, size_t size)
{
	(void)p;
	(void)size;
}

static void mark_freed(void *p, size_t size)
{
	(void)p;
	(void)size;
}

static bool is_freed(const void *p, size_t size)
{
	(void)p;
	(void)size;
	return false;
}

static void *realloc_marked(void *p, size_t size)
{
	return realloc(p, size);
}

#else

/* Whose, and above it what for. */
typedef uint16_t mark_t;

enum { MARK = sizeof(mark_t), FREED = UINT16_MAX };

_Static_assert(RD__USAGES_MAX * PARTS - 1 <= UINT16_MAX, "both have room in a mark");

/* What the switch thread counts, by itself, and what all others do. */
static struct {
	long bytes, blocks;
} here[RD__USAGES_MAX];
static struct {
	atomic_long bytes, blocks;
} elsewhere[RD__USAGES_MAX];
static long parts_here[PARTS];
static atomic_long parts_elsewhere[PARTS];

static _Thread_local bool is_main_thread;

/* What nobody has said of a block's purpose is known by whose it is. */
static unsigned part_of(mark_t id)
{
	unsigned part = id / RD__USAGES_MAX;

	return part ? part : id ? MODULES : CORE;
}

static void tally(mark_t id, long bytes, long blocks)
{
	unsigned usage = id % RD__USAGES_MAX, part = part_of(id);

	if (is_main_thread) {
		here[usage].bytes += bytes;
		here[usage].blocks += blocks;
		parts_here[part] += bytes;
	} else {
		atomic_fetch_add_explicit(&elsewhere[usage].bytes, bytes, memory_order_relaxed);
		atomic_fetch_add_explicit(&elsewhere[usage].blocks, blocks, memory_order_relaxed);
		atomic_fetch_add_explicit(&parts_elsewhere[part], bytes, memory_order_relaxed);
	}
}

static void mark_for(void *p, mark_t id)
{
	size_t size = malloc_usable_size(p);

	memcpy((char *)p + size - MARK, &id, MARK);
	tally(id, (long)size, 1);
}

static void mark(void *p)
{
	mark_for(p, (mark_t)(rd__usage_now() - rd__usages));
}

static mark_t unmark(void *p, size_t size)
{
	mark_t id;

	memcpy(&id, (char *)p + size - MARK, MARK);
	/* Somebody has written over it, or it is not ours. */
	if (id / RD__USAGES_MAX >= atomic_load_explicit(&part_count, memory_order_relaxed))
		id = 0;
	tally(id, -(long)size, -1);
	return id;
}

static void mark_freed(void *p, size_t size)
{
	mark_t id = FREED;

	memcpy((char *)p + size - MARK, &id, MARK);
}

/* What is written there may be somebody's text; so it is looked for. */
static bool is_freed(const void *p, size_t size)
{
	mark_t id;

	memcpy(&id, (const char *)p + size - MARK, MARK);
	return id == FREED && rd__spare_has(p, size);
}

/* It stays whose it was. */
static void *realloc_marked(void *p, size_t size)
{
	mark_t id = unmark(p, malloc_usable_size(p));
	void *grown = realloc(p, size);

	mark_for(grown ? grown : p, id);
	return grown;
}

#endif

/* ---- what a block is for ---- */

/* Two threads may ask for one name at a time. */
static pthread_mutex_t naming = PTHREAD_MUTEX_INITIALIZER;

unsigned rd__alloc_part(struct rd_memory_part *part)
{
	unsigned id = __atomic_load_n(&part->id, __ATOMIC_RELAXED), count;

	if (id)
		return id;
	pthread_mutex_lock(&naming);
	count = atomic_load(&part_count);
	for (id = 0; id < count && strncmp(part_names[id], part->name, PART_NAME - 1) != 0;)
		id++;
	if (id == PARTS) {
		id = MODULES;
	} else if (id == count) {
		rd_strcpy(part_names[id], sizeof(part_names[id]), part->name);
		atomic_store(&part_count, count + 1);
	}
	__atomic_store_n(&part->id, id, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&naming);
	return id;
}

void rd__alloc_belongs(void *block, unsigned part)
{
#ifndef RD__WATCHED
	size_t size;
	mark_t id;

	if (!block)
		return;
	size = malloc_usable_size(block);
	id = unmark(block, size);
	mark_for(block, (mark_t)(id % RD__USAGES_MAX + part * RD__USAGES_MAX));
#else
	(void)block, (void)part;
#endif
}

void rd_memory_belongs(void *block, struct rd_memory_part *part)
{
	rd__alloc_belongs(block, rd__alloc_part(part));
}

const char *rd__alloc_part_next(unsigned id, long *bytes)
{
	*bytes = 0;
	if (id >= atomic_load(&part_count))
		return NULL;
#ifndef RD__WATCHED
	*bytes = parts_here[id] + atomic_load(&parts_elsewhere[id]);
#endif
	return part_names[id];
}

bool rd__alloc_has_usage(void)
{
	return MARK > 0;
}

void rd__alloc_usage(size_t id, long *bytes, long *blocks)
{
	*bytes = *blocks = 0;
#ifndef RD__WATCHED
	*bytes = here[id].bytes + atomic_load(&elsewhere[id].bytes);
	*blocks = here[id].blocks + atomic_load(&elsewhere[id].blocks);
#else
	(void)id;
#endif
}

void rd__alloc_main_thread(bool is_main)
{
#ifndef RD__WATCHED
	is_main_thread = is_main;
#else
	(void)is_main;
#endif
}

/* ---- blocks ---- */

/* Of size bytes, and the mark. 0: there is no such number. */
static size_t with_mark(size_t size)
{
	return size <= SIZE_MAX - MARK ? RD_MAX(size + MARK, (size_t)1) : 0;
}

static void *counted(void *p)
{
	if (!p)
		return NULL;
	rd__alloc_count(1);
	mark(p);
	return p;
}

void *rd_malloc(size_t size)
{
	size_t whole = with_mark(size);
	void *spare;

	if (!whole || !rd__alloc_may())
		return NULL;
	spare = rd__spare_take(whole);
	return counted(spare ? spare : malloc(whole));
}

void *rd_zalloc(size_t size)
{
	size_t whole = with_mark(size);
	void *spare;

	if (!whole || !rd__alloc_may())
		return NULL;
	spare = rd__spare_take(whole);
	return counted(spare ? memset(spare, 0, size) : calloc(1, whole));
}

void *rd_realloc(void *p, size_t size)
{
	size_t whole = with_mark(size);

	if (!p)
		return rd_malloc(size);
	if (!whole || !rd__alloc_may())
		return NULL;
	return realloc_marked(p, whole);
}

void rd_free(void *p)
{
	size_t size;

	if (!p)
		return;
	size = malloc_usable_size(p);
	rd_assert(!is_freed(p, size));
	rd__alloc_count(-1);
	unmark(p, size);
	if (rd__spare_keep_sized(p, size))
		mark_freed(p, size);
	else
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
