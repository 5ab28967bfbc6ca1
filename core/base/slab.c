/* A chunk is 2 MiB, what a large page of most machines is, and cut into slabs; a
 * slab holds blocks of one size. The first stays in small pages while little of it
 * is used: a small exchange need not pay for a large one. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <ringdown/list.h>
#include <ringdown/memory.h>

#include "core/base/alloc.h"
#include "core/base/slab.h"

enum {
	ROW = 64,
	SIZES = 256, /* in rows */
	SLABS = 32,
	CHUNK = RD__SLAB_CHUNK,
	SLAB = CHUNK / SLABS,
	HUGE_SLABS = 8, /* of the first, in use: then it may become one page */
/* Who uses a block that was freed is to be found out by sanitizers. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	LARGEST = 0,
#else
	LARGEST = SIZES * ROW,
#endif
};

static struct rd_memory_part parts[RD__SLAB_USES] = {
	[RD__SLAB_STREAMS] = { .name = "media_streams" },
	[RD__SLAB_JITTER] = { .name = "jitter_buffers" },
	[RD__SLAB_PLAYERS] = { .name = "media_players" },
	[RD__SLAB_OTHER] = { .name = "media_other" },
};
static size_t rows_used[RD__SLAB_USES];

/* In a block that is free. */
struct block {
	struct block *next;
};

struct slab {
	struct rd_list in_size; /* while it has room */
	char *base;
	struct block *top;
	unsigned rows; /* of each block; 0: nobody's */
	unsigned used, fresh; /* blocks; from .fresh on none was ever used */
};

struct chunk {
	struct rd_list link;
	char *base;
	unsigned used; /* slabs */
	bool huge;
	struct slab slabs[SLABS];
};

static struct rd_list chunks = RD_LIST_INIT(chunks);
static struct chunk *empty; /* one of them, for the next call */
static struct rd_list with_room[SIZES + 1];

/* ---- the thread ---- */

static bool has_owner;
static _Thread_local bool is_owner;

/* The first that comes stays the only one: there is no lock. */
static void check_thread(void)
{
	if (!has_owner)
		has_owner = is_owner = true;
	rd_assert(is_owner);
}

/* ---- chunks ---- */

/* Mapped where a large page can begin, which takes twice as much at first. */
static char *map_chunk(void)
{
	char *p = mmap(NULL, 2 * CHUNK, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before;

	if (p == MAP_FAILED)
		return NULL;
	before = CHUNK - (uintptr_t)p % CHUNK;
	munmap(p, before);
	if (before < CHUNK)
		munmap(p + before + CHUNK, CHUNK - before);
	return p + before;
}

/* Nothing is moved at once, which would hold up calls: what no one has touched yet
 * becomes a large page with its first touch, the rest when the kernel comes to it.
 * It does neither where the administrator has said "never". */
static void ask_for_huge(struct chunk *chunk)
{
	chunk->huge = true;
	madvise(chunk->base, CHUNK, MADV_HUGEPAGE);
}

static struct chunk *chunk_new(void)
{
	bool first = rd_list_empty(&chunks);
	/* Outlives whoever needed it first, so it is nobody's block. */
	struct chunk *chunk = calloc(1, sizeof(*chunk));

	if (!chunk)
		return NULL;
	chunk->base = map_chunk();
	if (!chunk->base) {
		free(chunk);
		return NULL;
	}
	for (int i = 0; i < SLABS; i++) {
		rd_list_init(&chunk->slabs[i].in_size);
		chunk->slabs[i].base = chunk->base + (size_t)i * SLAB;
	}
	rd_list_push(&chunks, &chunk->link);
	if (!first)
		ask_for_huge(chunk);
	return chunk;
}

static void chunk_free(struct chunk *chunk)
{
	rd_list_remove(&chunk->link);
	munmap(chunk->base, CHUNK);
	free(chunk);
}

static struct chunk *chunk_with_room(void)
{
	rd_list_foreach(node, tmp, &chunks) {
		struct chunk *chunk = rd_list_entry(node, struct chunk, link);

		if (chunk->used > 0 && chunk->used < SLABS)
			return chunk;
	}
	return empty ? empty : chunk_new();
}

static struct chunk *chunk_of(const char *p)
{
	rd_list_foreach(node, tmp, &chunks) {
		struct chunk *chunk = rd_list_entry(node, struct chunk, link);

		if (p >= chunk->base && p < chunk->base + CHUNK)
			return chunk;
	}
	return NULL;
}

/* ---- slabs ---- */

static unsigned capacity(const struct slab *slab)
{
	return SLAB / ROW / slab->rows;
}

static struct slab *slab_new(unsigned rows)
{
	struct chunk *chunk = chunk_with_room();
	struct slab *slab;

	if (!chunk)
		return NULL;
	for (slab = chunk->slabs; slab->rows;)
		slab++;
	slab->rows = rows;
	slab->used = slab->fresh = 0;
	slab->top = NULL;
	rd_list_push(&with_room[rows], &slab->in_size);
	if (chunk == empty)
		empty = NULL;
	if (++chunk->used >= HUGE_SLABS && !chunk->huge)
		ask_for_huge(chunk);
	return slab;
}

static void slab_free(struct chunk *chunk, struct slab *slab)
{
	rd_list_remove(&slab->in_size);
	slab->rows = 0;
	if (--chunk->used > 0)
		return;
	if (empty)
		chunk_free(chunk);
	else
		empty = chunk;
}

static struct slab *slab_with_room(unsigned rows)
{
	struct rd_list *list = &with_room[rows];

	if (!list->next)
		rd_list_init(list);
	return rd_list_empty(list) ? slab_new(rows)
				   : rd_list_entry(list->next, struct slab, in_size);
}

/* ---- blocks ---- */

static void *block_take(struct slab *slab)
{
	struct block *block = slab->top;

	if (block)
		slab->top = block->next;
	else
		block = (void *)(slab->base + (size_t)slab->fresh++ * slab->rows * ROW);
	if (++slab->used == capacity(slab))
		rd_list_remove(&slab->in_size);
	return block;
}

static void block_give_back(struct chunk *chunk, void *p)
{
	struct slab *slab = &chunk->slabs[((char *)p - chunk->base) / SLAB];
	struct block *block = p;

	block->next = slab->top;
	slab->top = block;
	if (slab->used-- == capacity(slab))
		rd_list_push(&with_room[slab->rows], &slab->in_size);
	if (slab->used == 0)
		slab_free(chunk, slab);
}

static void *make_large(size_t size, enum rd__slab_use use)
{
	void *p = rd_zalloc(size);

	rd_memory_belongs(p, &parts[use]);
	return p;
}

void *rd__slab_zalloc(size_t size, enum rd__slab_use use)
{
	unsigned rows = (unsigned)((size + ROW - 1) / ROW);
	struct slab *slab;

	check_thread();
	if (size == 0 || size > LARGEST)
		return make_large(size, use);
	slab = rd__alloc_may() ? slab_with_room(rows) : NULL;
	if (!slab)
		return NULL;
	rd__alloc_count(1);
	rows_used[use] += rows;
	return memset(block_take(slab), 0, size);
}

void rd__slab_free(void *p, enum rd__slab_use use)
{
	struct chunk *chunk;

	check_thread();
	chunk = chunk_of(p);
	if (!chunk) {
		rd_free(p);
		return;
	}
	rd__alloc_count(-1);
	rows_used[use] -= chunk->slabs[((char *)p - chunk->base) / SLAB].rows;
	block_give_back(chunk, p);
}

size_t rd__slab_bytes(void)
{
	size_t bytes = 0;

	rd_list_foreach(node, tmp, &chunks) {
		const struct chunk *chunk = rd_list_entry(node, struct chunk, link);

		bytes += chunk->huge ? CHUNK : (size_t)chunk->used * SLAB;
	}
	return bytes;
}

size_t rd__slab_chunks(size_t *huge)
{
	size_t count = 0;

	*huge = 0;
	rd_list_foreach(node, tmp, &chunks) {
		count++;
		*huge += rd_list_entry(node, struct chunk, link)->huge;
	}
	return count;
}

const char *rd__slab_use(enum rd__slab_use use, size_t *bytes)
{
	*bytes = rows_used[use] * ROW;
	return parts[use].name;
}
