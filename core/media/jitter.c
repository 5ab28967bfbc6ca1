/* The jitter buffer on speexdsp's: see jitter.h. speexdsp looks at 8 KiB for
 * each packet; so it is asked only when there is weather. While each packet is
 * there when it is wanted, and comes behind the last one, a few of them just wait
 * in a row. */
#include <string.h>

#include "core/base/slab.h"
#include "core/media/jitter_private.h"

enum {
	NEAR_BYTES = RD__JITTER_NEAR_BYTES,
	/* What waits while it is calm: not more, so that what was played is still
	 * there when one is lost. */
	WAITING_MAX = RD__JITTER_WAITING_MAX,
	WAITING_BYTES = NEAR_BYTES / 2,
	SLOTS = RD__JITTER_SLOTS,
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

/* Mostly one waits. */
_Static_assert(offsetof(struct rd__jitter, near[1]) <= RD__JITTER_HOT, "see there");

/* Given to speexdsp so that it does not copy: the bytes are not its own. */
static void forget(void *data)
{
	(void)data;
}

static void begin_row(struct rd__jitter *jitter)
{
	jitter->calm = !jitter->ruled;
	jitter->waiting = 0;
	jitter->spare = 0; /* until a whole period is known */
	jitter->late = 0;
	jitter->near_run = 0;
}

int rd__jitter_new(struct rd__jitter **jp, uint32_t step, uint32_t rate, size_t bytes)
{
	struct rd__jitter *jitter = rd__slab_zalloc(sizeof(*jitter) + bytes, RD__SLAB_JITTER);

	if (!jitter)
		return -ENOMEM;
	jitter->speex = jitter_buffer_init((int)step);
	if (!jitter->speex) {
		rd__slab_free(jitter, RD__SLAB_JITTER);
		return -ENOMEM;
	}
	jitter_buffer_ctl(jitter->speex, JITTER_BUFFER_SET_DESTROY_CALLBACK, (void *)forget);
	/* From now on it adjusts itself only when told. */
	jitter_buffer_update_delay(jitter->speex, NULL, NULL);
	jitter->step = step;
	jitter->rate = rate;
	jitter->leap = rate * LEAP_S;
	jitter->bytes = bytes;
	begin_row(jitter);
	*jp = jitter;
	return 0;
}

void rd__jitter_free(struct rd__jitter *jitter)
{
	if (!jitter)
		return;
	jitter_buffer_destroy(jitter->speex);
	rd__slab_free(jitter, RD__SLAB_JITTER);
}

void rd__jitter_reset(struct rd__jitter *jitter)
{
	jitter_buffer_reset(jitter->speex);
	jitter->started = jitter->played = false;
	jitter->before = jitter->number;
	begin_row(jitter);
	jitter->misses = jitter->in_time = 0;
}

static uint32_t units(const struct rd__jitter *jitter, int ms)
{
	return (uint32_t)ms * (jitter->rate / 1000);
}

void rd__jitter_rule(struct rd__jitter *jitter, const struct rd_jitter_buffer *rule)
{
	int margin = (int)units(jitter, RD_MAX(rule->extra_ms, 0));

	jitter->fixed = rule->wanted && rule->fixed;
	jitter->ruled = rule->wanted && (rule->fixed || rule->size_ms);
	jitter->size = units(jitter, rule->size_ms);
	jitter->leap = rule->resync_ms < 0 ? 0 : units(jitter, rule->resync_ms);
	if (rule->resync_ms == 0)
		jitter->leap = jitter->rate * LEAP_S;
	jitter_buffer_ctl(jitter->speex, JITTER_BUFFER_SET_MARGIN, &margin);
	rd__jitter_reset(jitter);
}

/* ---- speexdsp ---- */

static void ask_speex(struct rd__jitter *jitter, const struct rd__jitter_slot *slot)
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
	const struct rd__jitter_slot *slot = rd__jitter_store(jitter, packet);

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
		const struct rd__jitter_packet *next =
			rd__jitter_stored_from(jitter, row_end(jitter));

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
	int32_t leap = (int32_t)jitter->leap;

	return packet->ssrc != jitter->ssrc || (leap && (ahead >= leap || ahead <= -leap));
}

static void begin(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	rd__jitter_reset(jitter);
	jitter->started = true;
	jitter->hold = jitter->fixed ? jitter->size : 0;
	jitter->next_ts = jitter->last_ts = packet->ts;
}

void rd__jitter_put(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	/* Whoever was silent for long begins without the old delay. */
	if (!jitter->started || leapt(jitter, packet) || jitter->misses >= IDLE_MISSES)
		begin(jitter, packet);
	jitter->ssrc = packet->ssrc;
	if ((int32_t)(packet->ts - jitter->last_ts) > 0)
		jitter->last_ts = packet->ts;
	if (jitter->fixed)
		rd__jitter_put_fixed(jitter, packet);
	else if (!jitter->calm || !put_calmly(jitter, packet))
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
	const struct rd__jitter_slot *slot;
	int32_t offset = 0;
	int rc;

	/* What a flood has overwritten is passed over, and what was skipped. */
	do {
		rc = jitter_buffer_get(jitter->speex, &got, (int32_t)want, &offset);
		slot = rc == JITTER_BUFFER_OK ? rd__jitter_stored(jitter, got.user_data) : NULL;
	} while (rc == JITTER_BUFFER_OK &&
		 (!slot || (jitter->size && has_passed(jitter, &slot->packet))));
	if (!slot) {
		jitter->in_time = 0;
		if (rc == JITTER_BUFFER_MISSING)
			jitter->next_ts += want;
		return missed(jitter, rc, got.span, out);
	}
	if (++jitter->in_time >= CALM_PACKETS && !jitter->ruled) {
		jitter->in_time = 0;
		begin_calm(jitter, &slot->packet);
	}
	return give(jitter, &slot->packet, out);
}

static enum rd__jitter_result get_fixed(struct rd__jitter *jitter, uint32_t want,
					struct rd__jitter_packet *out)
{
	enum rd__jitter_result result = rd__jitter_get_fixed(jitter, want, out);

	if (result == RD__JITTER_PACKET)
		return give(jitter, out, out);
	return result == RD__JITTER_IDLE ? result : missed(jitter, 0, out->span, out);
}

/* More waits than may. */
static bool is_too_long(const struct rd__jitter *jitter)
{
	int32_t waiting = (int32_t)(jitter->last_ts - jitter->next_ts);

	return jitter->size && jitter->played && waiting > (int32_t)jitter->size;
}

static void skip(struct rd__jitter *jitter, uint32_t want)
{
	JitterBufferPacket skipped = { 0 };
	int32_t offset = 0;
	int rc = jitter_buffer_get(jitter->speex, &skipped, (int32_t)want, &offset);

	if (rc == JITTER_BUFFER_OK)
		jitter->next_ts = skipped.timestamp + skipped.span;
	else if (rc == JITTER_BUFFER_MISSING)
		jitter->next_ts += want;
	jitter_buffer_remaining_span(jitter->speex, 0);
}

enum rd__jitter_result rd__jitter_get(struct rd__jitter *jitter, uint32_t want,
				      struct rd__jitter_packet *out)
{
	if (!jitter->started || jitter->misses >= IDLE_MISSES) {
		*out = (struct rd__jitter_packet){ .span = want };
		return RD__JITTER_IDLE;
	}
	if (jitter->fixed)
		return get_fixed(jitter, want, out);
	for (int i = 0; i < SLOTS && is_too_long(jitter); i++)
		skip(jitter, want);
	return jitter->calm ? get_calmly(jitter, out) : get_from_speex(jitter, want, out);
}

const struct rd__jitter_packet *rd__jitter_behind(const struct rd__jitter *jitter)
{
	const struct rd__jitter_packet *next = NULL;

	if (jitter->fixed || !jitter->calm)
		next = rd__jitter_stored_from(jitter, jitter->next_ts);
	return next && next->ts == jitter->next_ts ? next : NULL;
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
	jitter->hold -= RD_MIN(jitter->hold, jitter->step);
	if (jitter->fixed)
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

bool rd__jitter_holds(const struct rd__jitter *jitter)
{
	return jitter->fixed && jitter->started &&
	       rd__jitter_stored_from(jitter, jitter->next_ts);
}

bool rd__jitter_waiting(struct rd__jitter *jitter)
{
	if (jitter->fixed)
		return rd__jitter_holds(jitter);
	return jitter->calm ? jitter->waiting > 0 : jitter->started && held(jitter) > 0;
}

bool rd__jitter_drain(struct rd__jitter *jitter, struct rd__jitter_packet *out)
{
	jitter->hold = 0;
	/* A gap is as long as what it lacks: each miss is a step of it. */
	for (int tries = 0; tries < SLOTS && rd__jitter_waiting(jitter); tries++)
		if (rd__jitter_get(jitter, jitter->step, out) == RD__JITTER_PACKET)
			return true;
	rd__jitter_reset(jitter);
	return false;
}
