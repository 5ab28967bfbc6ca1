/* A bounded ring from one thread to one other, wait-free on both sides: how
 * commands, events and recorded sound cross. It only copies; waking the
 * reader is its owners' affair. */
#ifndef CORE_MEDIA_RING_H
#define CORE_MEDIA_RING_H

#include <stdatomic.h>
#include <string.h>

#include <ringdown/base.h>

enum { RD__CACHE_LINE = 64 };

/* The writer's and the reader's words lie on cache lines of their own; each
 * side remembers what it last saw of the other, and looks again only when
 * the ring seems full or empty. */
struct rd__ring {
	unsigned char *slots;
	size_t mask, element;
	char pad0[RD__CACHE_LINE];
	atomic_size_t head; /* next to be written */
	size_t tail_seen;
	char pad1[RD__CACHE_LINE];
	atomic_size_t tail; /* next to be read */
	size_t head_seen;
	char pad2[RD__CACHE_LINE];
};

/* count: a power of two. 0 or -ENOMEM. */
static inline int rd__ring_init(struct rd__ring *ring, size_t count, size_t element)
{
	rd_assert(count && (count & (count - 1)) == 0);
	memset(ring, 0, sizeof(*ring));
	ring->slots = rd_malloc(count * element);
	ring->mask = count - 1;
	ring->element = element;
	return ring->slots ? 0 : -ENOMEM;
}

static inline void rd__ring_fini(struct rd__ring *ring)
{
	rd_free(ring->slots);
	ring->slots = NULL;
}

/* Writer: how many more fit, counted at least up to want. */
static inline size_t rd__ring_room(struct rd__ring *ring, size_t want)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	size_t room = ring->mask + 1 - (head - ring->tail_seen);

	if (room < want) {
		ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
		room = ring->mask + 1 - (head - ring->tail_seen);
	}
	return room;
}

/* Writer: false when it is full. */
static inline bool rd__ring_push(struct rd__ring *ring, const void *element)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	if (rd__ring_room(ring, 1) == 0)
		return false;
	memcpy(ring->slots + (head & ring->mask) * ring->element, element, ring->element);
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
	return true;
}

/* Reader: false when it is empty. */
static inline bool rd__ring_pop(struct rd__ring *ring, void *element)
{
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (tail == ring->head_seen) {
		ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
		if (tail == ring->head_seen)
			return false;
	}
	memcpy(element, ring->slots + (tail & ring->mask) * ring->element, ring->element);
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}

#endif
