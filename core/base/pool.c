/* Pools: memory that is given back all at once. Blocks are carved from the
 * front; what is too large for the current one gets a block of its own. */
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include <ringdown/memory.h>

#include "core/base/alloc.h"
#include "core/base/pool.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define WATCHED 1
#endif

/* AddressSanitizer sees blocks, not what is carved from them: it is told, and
 * each allocation gets a gap behind it where a write is noticed. */
#ifdef WATCHED
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
enum { GAP = 0 };
#endif

enum {
	DEFAULT_FIRST = 2048,
	MAX_BLOCK = 32768,
	SHORT_TEXT = 256,
	ALIGN = alignof(max_align_t),
};

struct block {
	struct block *next; /* an older one */
	size_t size;	    /* of bytes[] */
	size_t used;
	alignas(max_align_t) char bytes[];
};

/* Lies at the start of the first block. */
struct rd_pool {
	unsigned magic;
	struct block *current;
	struct block *first; /* the last one in current's list */
	struct block *large; /* each holds a single allocation */
	size_t heap_bytes;
	unsigned part; /* memory.h; 0: nobody said */
};

#define POOL_MAGIC 0x504f4f4cu

static size_t round_up(size_t n)
{
	return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static struct block *block_new(size_t size, unsigned part)
{
	struct block *block = rd_malloc(sizeof(*block) + size);

	if (!block)
		return NULL;
	if (part)
		rd__alloc_belongs(block, part);
	block->next = NULL;
	block->size = size;
	block->used = 0;
	ASAN_POISON_MEMORY_REGION(block->bytes, size);
	return block;
}

int rd_pool_new(struct rd_pool **pp, size_t first)
{
	size_t own = round_up(sizeof(struct rd_pool));
	size_t size = round_up(first ? first : DEFAULT_FIRST) + own;
	struct block *block = block_new(size, 0);
	struct rd_pool *pool;

	if (!block)
		return -ENOMEM;
	block->used = own;
	ASAN_UNPOISON_MEMORY_REGION(block->bytes, own);
	pool = (struct rd_pool *)(void *)block->bytes;
	*pool = (struct rd_pool){ .magic = POOL_MAGIC,
				  .current = block,
				  .first = block,
				  .heap_bytes = sizeof(*block) + size };
	*pp = pool;
	return 0;
}

/* Frees a list up to end, which stays; returns the bytes that went. */
static size_t free_blocks(struct block *block, const struct block *end)
{
	size_t bytes = 0;

	while (block != end) {
		struct block *next = block->next;

		bytes += sizeof(*block) + block->size;
		ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
		rd_free(block);
		block = next;
	}
	return bytes;
}

/* What lies behind `used` is free again. */
static void cut_block(struct block *block, size_t used)
{
	block->used = used;
	ASAN_POISON_MEMORY_REGION(block->bytes + used, block->size - used);
}

void rd_pool_free(struct rd_pool *pool)
{
	if (!pool)
		return;
	RD_CHECK(pool, POOL_MAGIC);
	pool->magic = 0;
	free_blocks(pool->large, NULL);
	free_blocks(pool->current, NULL);
}

void rd_pool_reset(struct rd_pool *pool)
{
	RD_CHECK(pool, POOL_MAGIC);
	free_blocks(pool->large, NULL);
	pool->large = NULL;
	free_blocks(pool->current, pool->first);
	pool->current = pool->first;
	cut_block(pool->first, round_up(sizeof(*pool)));
	pool->heap_bytes = sizeof(*pool->first) + pool->first->size;
}

/* A block for one large allocation, so that the rest of the current block
 * stays in use. */
static struct block *add_large(struct rd_pool *pool, size_t size)
{
	struct block *block = block_new(size, pool->part);

	if (!block)
		return NULL;
	pool->heap_bytes += sizeof(*block) + size;
	block->next = pool->large;
	pool->large = block;
	return block;
}

static struct block *add_block(struct rd_pool *pool, size_t size)
{
	size_t usual = RD_MIN(2 * pool->current->size, (size_t)MAX_BLOCK);
	struct block *block;

	if (size > usual / 2)
		return add_large(pool, size);
	block = block_new(usual, pool->part);
	if (!block)
		return NULL;
	pool->heap_bytes += sizeof(*block) + usual;
	block->next = pool->current;
	pool->current = block;
	return block;
}

void *rd_pool_alloc(struct rd_pool *pool, size_t size)
{
	struct block *block;
	size_t taken;
	void *p;

	RD_CHECK(pool, POOL_MAGIC);
	if (size > SIZE_MAX / 2)
		return NULL;
	taken = round_up((size ? size : 1) + GAP);
	block = pool->current;
	if (taken > block->size - block->used)
		block = add_block(pool, taken);
	if (!block)
		return NULL;
	p = block->bytes + block->used;
	block->used += taken;
	ASAN_UNPOISON_MEMORY_REGION(p, size);
	return p;
}

void *rd_pool_zalloc(struct rd_pool *pool, size_t size)
{
	void *p = rd_pool_alloc(pool, size);

	return p ? memset(p, 0, size) : NULL;
}

static void say(struct block *block, unsigned part)
{
	for (; block; block = block->next)
		rd__alloc_belongs(block, part);
}

void rd_pool_belongs(struct rd_pool *pool, struct rd_memory_part *part)
{
	RD_CHECK(pool, POOL_MAGIC);
	pool->part = rd__alloc_part(part);
	say(pool->current, pool->part);
	say(pool->large, pool->part);
}

void *rd_pool_new_with(struct rd_pool **pp, size_t first, size_t size)
{
	struct rd_pool *pool;
	void *object;

	if (rd_pool_new(&pool, first))
		return NULL;
	object = rd_pool_zalloc(pool, size);
	if (object)
		*pp = pool;
	else
		rd_pool_free(pool);
	return object;
}

char *rd_pool_strdup(struct rd_pool *pool, const char *s)
{
	return s ? rd_pool_strndup(pool, s, strlen(s)) : NULL;
}

char *rd_pool_strndup(struct rd_pool *pool, const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = rd_pool_alloc(pool, len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

/* Formatting costs more than copying: what is short is formatted once. */
char *rd_pool_printf(struct rd_pool *pool, const char *fmt, ...)
{
	char brief[SHORT_TEXT], *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(brief, sizeof(brief), fmt, ap);
	va_end(ap);
	text = n < 0 ? NULL : rd_pool_alloc(pool, (size_t)n + 1);
	if (!text)
		return NULL;
	if ((size_t)n < sizeof(brief))
		return memcpy(text, brief, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}

static bool lies_in(const struct block *block, const char *at)
{
	for (; block; block = block->next)
		if (at >= block->bytes && at < block->bytes + block->size)
			return true;
	return false;
}

bool rd__pool_holds(const struct rd_pool *pool, const void *at)
{
	return pool && (lies_in(pool->current, at) || lies_in(pool->large, at));
}

struct rd_pool_mark rd_pool_mark(const struct rd_pool *pool)
{
	RD_CHECK(pool, POOL_MAGIC);
	return (struct rd_pool_mark){ .block = pool->current,
				      .large = pool->large,
				      .used = pool->current->used };
}

void rd_pool_release(struct rd_pool *pool, struct rd_pool_mark mark)
{
	RD_CHECK(pool, POOL_MAGIC);
	pool->heap_bytes -= free_blocks(pool->large, mark.large);
	pool->large = mark.large;
	pool->heap_bytes -= free_blocks(pool->current, mark.block);
	pool->current = mark.block;
	cut_block(pool->current, mark.used);
}

size_t rd_pool_size(const struct rd_pool *pool)
{
	return pool->heap_bytes;
}
