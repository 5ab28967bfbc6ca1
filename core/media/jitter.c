/* The jitter buffer on speexdsp's: see jitter.h. */
#include <string.h>

#include <speex/speex_jitter.h>

#include "core/media/jitter.h"

enum {
	/* Packets whose bytes are remembered; older ones count as lost. */
	SLOTS = 64,
	/* After so many misses in a row it does not wait for anything. */
	IDLE_MISSES = 10,
	/* A leap of the talker's clock of so many seconds is a new beginning. */
	LEAP_S = 2,
};

/* A packet as it was put, under a number that is used once. */
struct slot {
	uint32_t number;
	size_t at; /* in the ring */
	struct rd__jitter_packet packet;
};

struct rd__jitter {
	JitterBuffer *speex;
	uint32_t step, rate;
	uint32_t number; /* of the last slot that was filled */
	uint32_t ssrc, last_ts;
	unsigned misses; /* in a row */
	bool started;
	struct slot slots[SLOTS];
	size_t size, head;
	uint8_t ring[];
};

/* Given to speexdsp so that it does not copy: the bytes are not its own. */
static void forget(void *data)
{
	(void)data;
}

int rd__jitter_new(struct rd__jitter **jp, uint32_t step, uint32_t rate, size_t bytes)
{
	struct rd__jitter *jitter = rd_zalloc(sizeof(*jitter) + bytes);

	if (!jitter)
		return -ENOMEM;
	jitter->speex = jitter_buffer_init((int)step);
	if (!jitter->speex) {
		rd_free(jitter);
		return -ENOMEM;
	}
	jitter_buffer_ctl(jitter->speex, JITTER_BUFFER_SET_DESTROY_CALLBACK, (void *)forget);
	jitter->step = step;
	jitter->rate = rate;
	jitter->size = bytes;
	*jp = jitter;
	return 0;
}

void rd__jitter_free(struct rd__jitter *jitter)
{
	if (!jitter)
		return;
	jitter_buffer_destroy(jitter->speex);
	rd_free(jitter);
}

void rd__jitter_reset(struct rd__jitter *jitter)
{
	jitter_buffer_reset(jitter->speex);
	jitter->started = false;
	jitter->misses = 0;
}

/* ---- the bytes ---- */

/* Bytes of older slots are overwritten: then those are lost. */
static void forget_overwritten(struct rd__jitter *jitter, size_t at, size_t size)
{
	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &jitter->slots[i];

		if (slot->number && slot->at < at + size && at < slot->at + slot->packet.size)
			slot->number = 0;
	}
}

static struct slot *store(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	struct slot *slot;

	if (packet->size > jitter->size)
		return NULL;
	if (jitter->head + packet->size > jitter->size)
		jitter->head = 0;
	if (++jitter->number == 0)
		jitter->number = 1;
	slot = &jitter->slots[jitter->number % SLOTS];
	slot->number = 0;
	forget_overwritten(jitter, jitter->head, packet->size);
	slot->number = jitter->number;
	slot->packet = *packet;
	slot->at = jitter->head;
	slot->packet.data = memcpy(jitter->ring + jitter->head, packet->data, packet->size);
	jitter->head += packet->size;
	return slot;
}

static const struct slot *stored(const struct rd__jitter *jitter, uint32_t number)
{
	const struct slot *slot = &jitter->slots[number % SLOTS];

	return slot->number == number ? slot : NULL;
}

/* ---- in and out ---- */

static bool leapt(const struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	int32_t ahead = (int32_t)(packet->ts - jitter->last_ts);
	int32_t leap = (int32_t)(jitter->rate * LEAP_S);

	return packet->ssrc != jitter->ssrc || ahead >= leap || ahead <= -leap;
}

void rd__jitter_put(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	JitterBufferPacket given = { .timestamp = packet->ts,
				     .span = packet->span,
				     .sequence = packet->seq };
	const struct slot *slot;

	/* Whoever was silent for long begins without the old delay. */
	if (!jitter->started || leapt(jitter, packet) || jitter->misses >= IDLE_MISSES)
		rd__jitter_reset(jitter);
	slot = store(jitter, packet);
	if (!slot)
		return;
	jitter->started = true;
	jitter->ssrc = packet->ssrc;
	jitter->last_ts = packet->ts;
	given.data = (char *)(uintptr_t)slot->packet.data;
	given.len = (uint32_t)packet->size;
	given.user_data = slot->number;
	jitter_buffer_put(jitter->speex, &given);
}

static enum rd__jitter_result missed(struct rd__jitter *jitter, int rc, uint32_t span,
				     struct rd__jitter_packet *out)
{
	memset(out, 0, sizeof(*out));
	out->span = span ? span : jitter->step;
	if (rc == JITTER_BUFFER_INSERTION)
		return RD__JITTER_STRETCH;
	if (jitter->misses < IDLE_MISSES)
		jitter->misses++;
	return jitter->misses < IDLE_MISSES ? RD__JITTER_LOST : RD__JITTER_IDLE;
}

enum rd__jitter_result rd__jitter_get(struct rd__jitter *jitter, uint32_t want,
				      struct rd__jitter_packet *out)
{
	JitterBufferPacket got = { 0 };
	const struct slot *slot;
	int32_t offset = 0;
	int rc;

	if (!jitter->started || jitter->misses >= IDLE_MISSES) {
		*out = (struct rd__jitter_packet){ .span = want };
		return RD__JITTER_IDLE;
	}
	/* What a flood has overwritten is passed over. */
	do {
		rc = jitter_buffer_get(jitter->speex, &got, (int32_t)want, &offset);
		slot = rc == JITTER_BUFFER_OK ? stored(jitter, got.user_data) : NULL;
	} while (rc == JITTER_BUFFER_OK && !slot);
	if (!slot)
		return missed(jitter, rc, got.span, out);
	jitter->misses = 0;
	*out = slot->packet;
	return RD__JITTER_PACKET;
}

void rd__jitter_tick(struct rd__jitter *jitter, uint32_t left)
{
	if (jitter->started && jitter->misses < IDLE_MISSES)
		jitter_buffer_remaining_span(jitter->speex, left);
}

bool rd__jitter_waiting(struct rd__jitter *jitter)
{
	int count = 0;

	if (!jitter->started)
		return false;
	jitter_buffer_ctl(jitter->speex, JITTER_BUFFER_GET_AVAILABLE_COUNT, &count);
	return count > 0;
}

bool rd__jitter_drain(struct rd__jitter *jitter, struct rd__jitter_packet *out)
{
	/* A gap is as long as what it lacks: each miss is a step of it. */
	for (int tries = 0; tries < SLOTS && rd__jitter_waiting(jitter); tries++)
		if (rd__jitter_get(jitter, jitter->step, out) == RD__JITTER_PACKET)
			return true;
	rd__jitter_reset(jitter);
	return false;
}
