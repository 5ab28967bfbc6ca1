/* The packets that a jitter buffer remembers: each under a number that is used once,
 * their bytes in a ring. */
#include <string.h>

#include "core/media/jitter_private.h"

enum { SLOTS = RD__JITTER_SLOTS };

struct rd__jitter_slot *rd__jitter_store(struct rd__jitter *jitter,
					 const struct rd__jitter_packet *packet)
{
	size_t at = jitter->head % jitter->bytes;
	struct rd__jitter_slot *slot;

	if (packet->size > jitter->bytes)
		return NULL;
	/* In one piece. */
	if (at + packet->size > jitter->bytes) {
		jitter->head += jitter->bytes - at;
		at = 0;
	}
	if (++jitter->number == 0)
		jitter->number = 1;
	slot = &jitter->slots[jitter->number % SLOTS];
	slot->number = jitter->number;
	slot->packet = *packet;
	slot->at = jitter->head;
	slot->packet.data = memcpy(jitter->ring + at, packet->data, packet->size);
	jitter->head += packet->size;
	return slot;
}

const struct rd__jitter_slot *rd__jitter_stored(const struct rd__jitter *jitter, uint32_t number)
{
	const struct rd__jitter_slot *slot = &jitter->slots[number % SLOTS];

	return slot->number == number && jitter->head - slot->at <= jitter->bytes ? slot : NULL;
}

const struct rd__jitter_packet *rd__jitter_stored_from(const struct rd__jitter *jitter,
						       uint32_t ts)
{
	const struct rd__jitter_packet *first = NULL;

	for (uint32_t i = 0; i < SLOTS && jitter->number - i != jitter->before; i++) {
		const struct rd__jitter_slot *slot =
			rd__jitter_stored(jitter, jitter->number - i);

		if (slot && (int32_t)(slot->packet.ts - ts) >= 0 &&
		    (!first || (int32_t)(slot->packet.ts - first->ts) < 0))
			first = &slot->packet;
	}
	return first;
}
