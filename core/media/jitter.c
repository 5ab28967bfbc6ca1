/* The jitter buffer on speexdsp's: see jitter.h. speexdsp looks at 8 KiB for
 * each packet; so it is asked only when there is weather. While each packet is
 * there when it is wanted, and is the next one, it just waits in a place of its
 * own. */
#include <string.h>

#include <speex/speex_jitter.h>

#include "core/base/slab.h"
#include "core/media/jitter.h"

enum {
	/* What waits near by, and was played last; a multiple of the usual sizes. */
	NEAR_BYTES = 960,
	/* Packets whose bytes are remembered; older ones count as lost. */
	SLOTS = 64,
	/* After so many misses in a row it does not wait for anything. */
	IDLE_MISSES = 10,
	/* After so many packets in time the weather is fair again. */
	CALM_PACKETS = 50,
	/* Waiting less costs a piece of what is said: not more often than this.
	 * In pauses it costs nothing, see rd__jitter_put(). */
	ADJUST_TICKS = 250,
	/* A leap of the talker's clock of so many seconds is a new beginning. */
	LEAP_S = 2,
};

/* A packet as it was put, under a number that is used once. */
struct slot {
	uint32_t number;
	uint64_t at; /* in all that was ever stored */
	struct rd__jitter_packet packet;
};

struct rd__jitter {
	JitterBuffer *speex;
	uint32_t step, rate;
	uint32_t number; /* of the last slot that was filled */
	uint32_t ssrc, last_ts;
	unsigned misses; /* in a row */
	bool started;
	bool calm; /* speexdsp is not asked */
	bool waiting; /* while calm: .near is to be played */
	uint32_t next_ts; /* of what follows the packet last played */
	bool played; /* .next_ts is known */
	unsigned in_time; /* packets in a row, while not calm */
	unsigned ticks; /* since it was last adjusted */
	/* The same few rows of memory for every packet, while calm: a ring. */
	struct rd__jitter_packet near;
	uint32_t near_end, near_run; /* where it ends, and how much is one sound */
	uint8_t near_bytes[NEAR_BYTES];
	struct slot slots[SLOTS];
	size_t size;
	uint64_t head; /* of all that was ever stored */
	uint8_t ring[];
};

_Static_assert(offsetof(struct rd__jitter, near_bytes) <= RD__JITTER_HOT, "see there");

/* Given to speexdsp so that it does not copy: the bytes are not its own. */
static void forget(void *data)
{
	(void)data;
}

int rd__jitter_new(struct rd__jitter **jp, uint32_t step, uint32_t rate, size_t bytes)
{
	struct rd__jitter *jitter = rd__slab_zalloc(sizeof(*jitter) + bytes);

	if (!jitter)
		return -ENOMEM;
	jitter->speex = jitter_buffer_init((int)step);
	if (!jitter->speex) {
		rd__slab_free(jitter);
		return -ENOMEM;
	}
	jitter_buffer_ctl(jitter->speex, JITTER_BUFFER_SET_DESTROY_CALLBACK, (void *)forget);
	/* From now on it adjusts itself only when told. */
	jitter_buffer_update_delay(jitter->speex, NULL, NULL);
	jitter->step = step;
	jitter->rate = rate;
	jitter->size = bytes;
	jitter->calm = true;
	*jp = jitter;
	return 0;
}

void rd__jitter_free(struct rd__jitter *jitter)
{
	if (!jitter)
		return;
	jitter_buffer_destroy(jitter->speex);
	rd__slab_free(jitter);
}

void rd__jitter_reset(struct rd__jitter *jitter)
{
	jitter_buffer_reset(jitter->speex);
	jitter->started = jitter->played = false;
	jitter->calm = true;
	jitter->waiting = false;
	jitter->misses = jitter->in_time = 0;
	jitter->near_run = 0;
}

/* ---- the bytes ---- */

static struct slot *store(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	size_t at = jitter->head % jitter->size;
	struct slot *slot;

	if (packet->size > jitter->size)
		return NULL;
	/* In one piece. */
	if (at + packet->size > jitter->size) {
		jitter->head += jitter->size - at;
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

/* NULL when something newer has taken its place, or that of its bytes. */
static const struct slot *stored(const struct rd__jitter *jitter, uint32_t number)
{
	const struct slot *slot = &jitter->slots[number % SLOTS];

	return slot->number == number && jitter->head - slot->at <= jitter->size ? slot : NULL;
}

/* ---- in and out ---- */

static bool leapt(const struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	int32_t ahead = (int32_t)(packet->ts - jitter->last_ts);
	int32_t leap = (int32_t)(jitter->rate * LEAP_S);

	return packet->ssrc != jitter->ssrc || ahead >= leap || ahead <= -leap;
}

static void ask_speex(struct rd__jitter *jitter, const struct slot *slot)
{
	const struct rd__jitter_packet *packet = &slot->packet;
	JitterBufferPacket given = { .data = (char *)(uintptr_t)packet->data,
				     .len = (uint32_t)packet->size,
				     .timestamp = packet->ts,
				     .span = packet->span,
				     .sequence = packet->seq,
				     .user_data = slot->number };

	jitter_buffer_put(jitter->speex, &given);
}

static void put(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	const struct slot *slot = store(jitter, packet);

	if (slot)
		ask_speex(jitter, slot);
}

/* Behind what came before, or, where that would be torn, at the beginning. */
static void keep_near(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	uint32_t size = (uint32_t)packet->size;

	if (jitter->near_end + size > NEAR_BYTES) {
		if (jitter->near_end != NEAR_BYTES)
			jitter->near_run = 0;
		jitter->near_end = 0;
	}
	jitter->near = *packet;
	jitter->near.data = memcpy(jitter->near_bytes + jitter->near_end, packet->data, size);
	jitter->near_end += size;
	jitter->near_run = RD_MIN(jitter->near_run + size, (uint32_t)NEAR_BYTES);
}

/* From now on speexdsp decides, beginning with what waits. */
static void end_calm(struct rd__jitter *jitter)
{
	bool waiting = jitter->waiting;

	jitter->calm = jitter->waiting = false;
	jitter->in_time = jitter->ticks = 0;
	jitter_buffer_reset(jitter->speex);
	if (!waiting)
		return;
	put(jitter, &jitter->near);
	/* It has not been played. */
	jitter->near_end -= (uint32_t)jitter->near.size;
	jitter->near_run -= (uint32_t)jitter->near.size;
}

static bool holds_more(struct rd__jitter *jitter)
{
	int count = 0;

	jitter_buffer_ctl(jitter->speex, JITTER_BUFFER_GET_AVAILABLE_COUNT, &count);
	return count > 0;
}

/* Unless more waits than the packet at hand. */
static void begin_calm(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	if (holds_more(jitter) || packet->size > NEAR_BYTES)
		return;
	jitter->calm = true;
	jitter->near_run = 0;
	keep_near(jitter, packet);
}

/* Not the next one, or too early: false. */
static bool put_calmly(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	int32_t ahead = (int32_t)(packet->ts - jitter->next_ts);

	if (jitter->played && ahead < 0)
		return true; /* its time has passed */
	if (jitter->waiting || (jitter->played && ahead) || packet->size > NEAR_BYTES) {
		end_calm(jitter);
		return false;
	}
	keep_near(jitter, packet);
	jitter->waiting = true;
	return true;
}

void rd__jitter_put(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	/* Whoever was silent for long begins without the old delay. */
	if (!jitter->started || leapt(jitter, packet) || jitter->misses >= IDLE_MISSES)
		rd__jitter_reset(jitter);
	jitter->started = true;
	jitter->ssrc = packet->ssrc;
	jitter->last_ts = packet->ts;
	if (!jitter->calm || !put_calmly(jitter, packet))
		put(jitter, packet);
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

static enum rd__jitter_result give(struct rd__jitter *jitter,
				   const struct rd__jitter_packet *packet,
				   struct rd__jitter_packet *out)
{
	jitter->misses = 0;
	jitter->played = true;
	jitter->next_ts = packet->ts + packet->span;
	*out = *packet;
	return RD__JITTER_PACKET;
}

static enum rd__jitter_result get_calmly(struct rd__jitter *jitter,
					 struct rd__jitter_packet *out)
{
	if (jitter->waiting) {
		jitter->waiting = false;
		return give(jitter, &jitter->near, out);
	}
	end_calm(jitter);
	return missed(jitter, JITTER_BUFFER_MISSING, 0, out);
}

static enum rd__jitter_result get_from_speex(struct rd__jitter *jitter, uint32_t want,
					     struct rd__jitter_packet *out)
{
	JitterBufferPacket got = { 0 };
	const struct slot *slot;
	int32_t offset = 0;
	int rc;

	/* What a flood has overwritten is passed over. */
	do {
		rc = jitter_buffer_get(jitter->speex, &got, (int32_t)want, &offset);
		slot = rc == JITTER_BUFFER_OK ? stored(jitter, got.user_data) : NULL;
	} while (rc == JITTER_BUFFER_OK && !slot);
	if (!slot) {
		jitter->in_time = 0;
		return missed(jitter, rc, got.span, out);
	}
	if (++jitter->in_time >= CALM_PACKETS) {
		jitter->in_time = 0;
		begin_calm(jitter, &slot->packet);
	}
	return give(jitter, &slot->packet, out);
}

enum rd__jitter_result rd__jitter_get(struct rd__jitter *jitter, uint32_t want,
				      struct rd__jitter_packet *out)
{
	if (!jitter->started || jitter->misses >= IDLE_MISSES) {
		*out = (struct rd__jitter_packet){ .span = want };
		return RD__JITTER_IDLE;
	}
	return jitter->calm ? get_calmly(jitter, out) : get_from_speex(jitter, want, out);
}

void rd__jitter_tick(struct rd__jitter *jitter, uint32_t left)
{
	if (!jitter->started || jitter->calm || jitter->misses >= IDLE_MISSES)
		return;
	jitter_buffer_remaining_span(jitter->speex, left);
	if (++jitter->ticks < ADJUST_TICKS)
		return;
	jitter->ticks = 0;
	jitter_buffer_update_delay(jitter->speex, NULL, NULL);
}

bool rd__jitter_calm(const struct rd__jitter *jitter)
{
	return jitter->calm;
}

size_t rd__jitter_played(const struct rd__jitter *jitter, uint8_t *out, size_t max)
{
	size_t count = RD_MIN((size_t)jitter->near_run, max);
	size_t last = RD_MIN(count, (size_t)jitter->near_end), first = count - last;

	memcpy(out, jitter->near_bytes + NEAR_BYTES - first, first);
	memcpy(out + first, jitter->near_bytes + jitter->near_end - last, last);
	return count;
}

bool rd__jitter_waiting(struct rd__jitter *jitter)
{
	return jitter->calm ? jitter->waiting : jitter->started && holds_more(jitter);
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
