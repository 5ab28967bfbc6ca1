/* Packets in the order of their numbers: see sorter.h. */
#include <string.h>

#include "core/base/slab.h"
#include "core/media/sorter.h"

enum {
	SLOTS = RD__SORTER_SLOTS,
	/* So often it is waited in vain. */
	HOPE = 3,
};

int rd__sorter_init(struct rd__sorter *sorter)
{
	*sorter = (struct rd__sorter){ .hope = HOPE };
	sorter->slots = rd__slab_zalloc(SLOTS * sizeof(*sorter->slots), RD__SLAB_JITTER);
	return sorter->slots ? 0 : -ENOMEM;
}

void rd__sorter_fini(struct rd__sorter *sorter)
{
	if (sorter->slots)
		rd__slab_free(sorter->slots, RD__SLAB_JITTER);
	sorter->slots = NULL;
}

static struct rd__sorted *slot_of(struct rd__sorter *sorter, uint16_t seq)
{
	return &sorter->slots[seq % SLOTS];
}

/* False where it does not fit, or is there already. */
static bool put(struct rd__sorter *sorter, const struct rd__rtp *rtp, int format,
		uint64_t now_us)
{
	struct rd__sorted *slot = slot_of(sorter, rtp->seq);

	if ((uint16_t)(rtp->seq - sorter->next) >= SLOTS || slot->waits ||
	    rtp->size > RD__SORTER_BYTES)
		return false;
	slot->rtp = *rtp;
	slot->rtp.payload = memcpy(slot->bytes, rtp->payload, rtp->size);
	slot->format = format;
	slot->come_us = now_us;
	slot->waits = true;
	sorter->waiting++;
	return true;
}

static void give_up(struct rd__sorter *sorter, uint16_t from, unsigned count, uint64_t since_us)
{
	sorter->lost_from = from;
	sorter->lost_count = (uint16_t)count;
	sorter->lost_us = since_us;
}

bool rd__sorter_keep(struct rd__sorter *sorter, const struct rd__rtp *rtp, int format,
		     unsigned missed, uint64_t now_us)
{
	if (!sorter->slots || (!missed && !sorter->waiting))
		return false;
	if (!sorter->waiting) {
		sorter->next = (uint16_t)(rtp->seq - missed);
		if (!sorter->hope) {
			give_up(sorter, sorter->next, missed, now_us);
			return false;
		}
	}
	return put(sorter, rtp, format, now_us);
}

bool rd__sorter_keep_late(struct rd__sorter *sorter, const struct rd__rtp *rtp, int format,
			  uint64_t now_us)
{
	if (!sorter->slots)
		return false;
	if (sorter->waiting && put(sorter, rtp, format, now_us)) {
		sorter->hope = HOPE;
		return true;
	}
	/* It would have been worth waiting for. */
	if ((uint16_t)(rtp->seq - sorter->lost_from) < sorter->lost_count &&
	    now_us - sorter->lost_us < RD__SORTER_WAIT_US)
		sorter->hope = HOPE;
	return false;
}

/* Since when somebody has been waiting for the next one. */
static uint64_t waiting_since(const struct rd__sorter *sorter)
{
	uint64_t since_us = UINT64_MAX;

	for (int i = 0; i < SLOTS; i++)
		if (sorter->slots[i].waits)
			since_us = RD_MIN(since_us, sorter->slots[i].come_us);
	return since_us;
}

const struct rd__sorted *rd__sorter_next(struct rd__sorter *sorter, uint64_t now_us,
					 unsigned *missed)
{
	struct rd__sorted *slot;
	uint64_t since_us;

	*missed = 0;
	if (!sorter->waiting)
		return NULL;
	if (!slot_of(sorter, sorter->next)->waits) {
		since_us = waiting_since(sorter);
		if (now_us < since_us + RD__SORTER_WAIT_US)
			return NULL;
		while (!slot_of(sorter, (uint16_t)(sorter->next + *missed))->waits)
			++*missed;
		give_up(sorter, sorter->next, *missed, since_us);
		sorter->hope -= sorter->hope > 0;
		sorter->next = (uint16_t)(sorter->next + *missed);
	}
	slot = slot_of(sorter, sorter->next++);
	slot->waits = false;
	sorter->waiting--;
	return slot;
}
