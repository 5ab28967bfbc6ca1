/* The jitter buffer on speexdsp's: see jitter.h. speexdsp looks at 8 KiB for
 * each packet; so it is asked only when there is weather. While each packet is
 * there when it is wanted, and comes behind the last one, a few of them just wait
 * in a row. */
#include <string.h>

#include <speex/speex_jitter.h>

#include "core/base/slab.h"
#include "core/media/jitter.h"

enum {
	/* What waits near by, and was played last; a multiple of the usual sizes. */
	NEAR_BYTES = 960,
	/* What waits while it is calm: not more, so that what was played is still
	 * there when one is lost. */
	WAITING_MAX = 3,
	WAITING_BYTES = NEAR_BYTES / 2,
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
	uint8_t waiting; /* while calm: so many of .near are to be played */
	uint8_t spare; /* the fewest that waited behind a packet lately */
	uint8_t late; /* lately, and passed over */
	bool played; /* a packet; of the last one: */
	uint32_t last_span, next_ts; /* its length, and of what follows it */
	unsigned in_time; /* packets in a row, while not calm */
	unsigned ticks; /* since it was last adjusted */
	/* The same few rows of memory for every packet, while calm: a ring, and
	 * those of it that wait, the next one first. */
	uint32_t near_end, near_run; /* where it ends, and how much is one sound */
	struct rd__jitter_packet near[WAITING_MAX];
	uint8_t near_bytes[NEAR_BYTES];
	struct slot slots[SLOTS];
	size_t size;
	uint64_t head; /* of all that was ever stored */
	uint8_t ring[];
};

/* Mostly one waits. */
_Static_assert(offsetof(struct rd__jitter, near[1]) <= RD__JITTER_HOT, "see there");

/* Given to speexdsp so that it does not copy: the bytes are not its own. */
static void forget(void *data)
{
	(void)data;
}

static void begin_row(struct rd__jitter *jitter)
{
	jitter->calm = true;
	jitter->waiting = 0;
	jitter->spare = 0; /* until a whole period is known */
	jitter->late = 0;
	jitter->near_run = 0;
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
	begin_row(jitter);
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
	begin_row(jitter);
	jitter->misses = jitter->in_time = 0;
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

/* ---- speexdsp ---- */

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

/* ---- while it is calm ---- */

/* Behind what came before, or, where that would be torn, at the beginning. */
static const uint8_t *keep_near(struct rd__jitter *jitter, const uint8_t *data, uint32_t size)
{
	uint8_t *to;

	if (jitter->near_end + size > NEAR_BYTES) {
		if (jitter->near_end != NEAR_BYTES)
			jitter->near_run = 0;
		jitter->near_end = 0;
	}
	to = memcpy(jitter->near_bytes + jitter->near_end, data, size);
	jitter->near_end += size;
	jitter->near_run = RD_MIN(jitter->near_run + size, (uint32_t)NEAR_BYTES);
	return to;
}

static size_t waiting_bytes(const struct rd__jitter *jitter)
{
	size_t bytes = 0;

	for (int i = 0; i < jitter->waiting; i++)
		bytes += jitter->near[i].size;
	return bytes;
}

static void wait_near(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	struct rd__jitter_packet *last = &jitter->near[jitter->waiting++];

	*last = *packet;
	last->data = keep_near(jitter, packet->data, (uint32_t)packet->size);
}

/* Where the row goes on. */
static uint32_t row_end(const struct rd__jitter *jitter)
{
	const struct rd__jitter_packet *last;

	if (!jitter->waiting)
		return jitter->next_ts;
	last = &jitter->near[jitter->waiting - 1];
	return last->ts + last->span;
}

static bool fits_in_row(const struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	if (!jitter->waiting)
		return packet->size <= NEAR_BYTES &&
		       (!jitter->played || packet->ts == jitter->next_ts);
	return packet->ts == row_end(jitter) && jitter->waiting < WAITING_MAX &&
	       waiting_bytes(jitter) + packet->size <= WAITING_BYTES;
}

static struct rd__jitter_packet next_in_row(struct rd__jitter *jitter)
{
	struct rd__jitter_packet next = jitter->near[0];

	jitter->waiting--;
	for (int i = 0; i < jitter->waiting; i++)
		jitter->near[i] = jitter->near[i + 1];
	jitter->spare = RD_MIN(jitter->spare, jitter->waiting);
	return next;
}

/* From now on speexdsp decides, beginning with what waits. */
static void end_calm(struct rd__jitter *jitter)
{
	uint32_t unplayed = (uint32_t)waiting_bytes(jitter);

	jitter->calm = false;
	jitter->in_time = jitter->ticks = 0;
	jitter_buffer_reset(jitter->speex);
	for (int i = 0; i < jitter->waiting; i++)
		put(jitter, &jitter->near[i]);
	jitter->waiting = 0;
	jitter->near_run -= RD_MIN(unplayed, jitter->near_run);
	jitter->near_end = (jitter->near_end + NEAR_BYTES - unplayed) % NEAR_BYTES;
}

static int held(struct rd__jitter *jitter)
{
	int count = 0;

	jitter_buffer_ctl(jitter->speex, JITTER_BUFFER_GET_AVAILABLE_COUNT, &count);
	return count;
}

static const struct rd__jitter_packet *stored_at(const struct rd__jitter *jitter, uint32_t ts)
{
	for (uint32_t i = 0; i < SLOTS; i++) {
		const struct slot *slot = stored(jitter, jitter->number - i);

		if (slot && slot->packet.ts == ts)
			return &slot->packet;
	}
	return NULL;
}

/* Behind the packet at hand, if all that speexdsp holds follows it in a row. */
static void begin_calm(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	int count = held(jitter);

	if (count > WAITING_MAX || packet->size > NEAR_BYTES)
		return;
	begin_row(jitter);
	keep_near(jitter, packet->data, (uint32_t)packet->size);
	jitter->next_ts = packet->ts + packet->span;
	while (jitter->calm && jitter->waiting < count) {
		const struct rd__jitter_packet *next = stored_at(jitter, row_end(jitter));

		jitter->calm = next && fits_in_row(jitter, next);
		if (jitter->calm)
			wait_near(jitter, next);
	}
	if (!jitter->calm)
		jitter->waiting = 0;
}

/* Not only its beginning. */
static bool has_passed(const struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	return jitter->played && (int32_t)(packet->ts + packet->span - jitter->next_ts) <= 0;
}

/* Neither the next one nor too many: true. */
static bool put_calmly(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	if (has_passed(jitter, packet))
		return true;
	if (!fits_in_row(jitter, packet)) {
		end_calm(jitter);
		return false;
	}
	wait_near(jitter, packet);
	return true;
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
	jitter->last_span = packet->span;
	jitter->next_ts = packet->ts + packet->span;
	*out = *packet;
	return RD__JITTER_PACKET;
}

/* A single one that is late or lost is passed over; more of them, and speexdsp is
 * to find out how long to wait. Of one that is longer than a step only the
 * beginning is late: speexdsp plays it whole. */
static bool passes_over(struct rd__jitter *jitter)
{
	if (!jitter->played || jitter->last_span > jitter->step || jitter->late++)
		return false;
	jitter->next_ts += jitter->step;
	return true;
}

static enum rd__jitter_result get_calmly(struct rd__jitter *jitter, struct rd__jitter_packet *out)
{
	bool behind_gap = jitter->misses > 0;
	struct rd__jitter_packet next;

	if (!jitter->waiting) {
		if (!passes_over(jitter))
			end_calm(jitter);
		return missed(jitter, JITTER_BUFFER_MISSING, 0, out);
	}
	next = next_in_row(jitter);
	/* Whoever conceals remembers that one by himself. */
	if (behind_gap)
		jitter->near_run = (uint32_t)waiting_bytes(jitter);
	return give(jitter, &next, out);
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

/* One of those that always wait is skipped. */
static void wait_less(struct rd__jitter *jitter)
{
	struct rd__jitter_packet skipped;

	if (jitter->spare && jitter->waiting) {
		skipped = next_in_row(jitter);
		jitter->next_ts = skipped.ts + skipped.span;
	}
	jitter->spare = WAITING_MAX;
	jitter->late = 0;
}

void rd__jitter_tick(struct rd__jitter *jitter, uint32_t left)
{
	if (!jitter->started || jitter->misses >= IDLE_MISSES)
		return;
	if (!jitter->calm)
		jitter_buffer_remaining_span(jitter->speex, left);
	if (++jitter->ticks < ADJUST_TICKS)
		return;
	jitter->ticks = 0;
	if (jitter->calm)
		wait_less(jitter);
	else
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
	return jitter->calm ? jitter->waiting > 0 : jitter->started && held(jitter) > 0;
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
