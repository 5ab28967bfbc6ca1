/* Samples on their way from one thread to one other: a ring without locks.
 * Sound has a clock of its own, so neither end waits for the other: what does
 * not fit is dropped, and a reader that is heard skips to the newest where it finds
 * too much. */
#ifndef CORE_MEDIA_SAMPLE_RING_H
#define CORE_MEDIA_SAMPLE_RING_H

#include <stdatomic.h>
#include <string.h>

#include <ringdown/base.h>

struct rd__sample_ring {
	size_t mask;
	char pad0[64];
	atomic_size_t head; /* the writer's */
	char pad1[64];
	atomic_size_t tail; /* the reader's */
	char pad2[64];
	int16_t samples[];
};

/* At least so many samples; NULL: no memory. rd_free() when both are done. */
static inline struct rd__sample_ring *rd__sample_ring_new(size_t count)
{
	struct rd__sample_ring *ring;
	size_t size = 256;

	while (size < count)
		size *= 2;
	ring = rd_zalloc(sizeof(*ring) + size * sizeof(int16_t));
	if (ring)
		ring->mask = size - 1;
	return ring;
}

static inline void rd__sample_ring_write(struct rd__sample_ring *ring, const int16_t *samples,
					 size_t count)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	size_t at = head & ring->mask, first;

	count = RD_MIN(count, ring->mask + 1 - (head - tail));
	first = RD_MIN(count, ring->mask + 1 - at);
	memcpy(ring->samples + at, samples, first * sizeof(*samples));
	memcpy(ring->samples, samples + first, (count - first) * sizeof(*samples));
	atomic_store_explicit(&ring->head, head + count, memory_order_release);
}

static inline size_t rd__sample_ring_waiting(const struct rd__sample_ring *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_acquire) -
	       atomic_load_explicit(&ring->tail, memory_order_relaxed);
}

/* A whole frame or nothing, of all that was written. */
static inline bool rd__sample_ring_read_all(struct rd__sample_ring *ring, int16_t *out,
					    size_t count)
{
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	size_t at = tail & ring->mask, first;

	if (rd__sample_ring_waiting(ring) < count)
		return false;
	first = RD_MIN(count, ring->mask + 1 - at);
	memcpy(out, ring->samples + at, first * sizeof(*out));
	memcpy(out + first, ring->samples, (count - first) * sizeof(*out));
	atomic_store_explicit(&ring->tail, tail + count, memory_order_release);
	return true;
}

/* The same in time: more than three frames behind, it skips two. */
static inline bool rd__sample_ring_read(struct rd__sample_ring *ring, int16_t *out, size_t count)
{
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	size_t have = rd__sample_ring_waiting(ring);

	if (have >= 4 * count)
		atomic_store_explicit(&ring->tail, tail + have - 2 * count, memory_order_release);
	return rd__sample_ring_read_all(ring, out, count);
}

#endif
