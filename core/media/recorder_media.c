/* Recorders on the media thread: what a line hears, says, or both, in real time,
 * with silence where nothing came, into a ring that the writer empties. Two sides
 * wait for each other in windows, and leave them mixed or as two channels. */
#include <string.h>

#include "core/media/command.h"
#include "core/media/line.h"
#include "core/media/media.h"
#include "core/media/recorder.h"
#include "core/media/ring.h"
#include "core/media/stream.h"
#include "core/media/thread.h"

enum {
	/* A side that is filled with silence is so up to the usual delay; a burst may
	 * run ahead of it by as much as AHEAD. */
	USUAL_MS = 40,
	AHEAD_MS = 1000,
	SILENT_LEVEL = 256, /* mean amplitude */
	UNITY = 256,
};

static struct rd__recorder *recorder_of(struct rd__tap *tap)
{
	return RD_CONTAINER_OF(tap, struct rd__recorder, tap);
}

static void tell(struct rd__line *line, struct rd__recorder *recorder, int what)
{
	struct rd__event event = { .type = RD__EVENT_RECORD_NOTIFY,
				   .stream = RD__STREAM_OF(line),
				   .object = recorder,
				   .number = what };

	rd__thread_event(line->thread, &event);
}

/* ---- to the ring ---- */

static void flush_chunk(struct rd__recorder *recorder)
{
	if (recorder->chunk.count && !rd__ring_push(&recorder->ring, &recorder->chunk))
		atomic_store_explicit(&recorder->overrun, true, memory_order_relaxed);
	recorder->chunk.count = 0;
}

static void put(struct rd__recorder *recorder, int16_t sample)
{
	struct rd__chunk *chunk = &recorder->chunk;

	chunk->samples[chunk->count++] = sample;
	if (chunk->count == RD__CHUNK)
		flush_chunk(recorder);
}

static int16_t clip(int32_t sample)
{
	return (int16_t)RD_MAX(RD_MIN(sample, INT16_MAX), INT16_MIN);
}

/* The sample of this moment, and the place is empty again. */
static int16_t take_sample(struct rd__recorder *recorder, int side, size_t place)
{
	struct rd__record_side *it = &recorder->side[side];
	int16_t sample;

	if (!it->on)
		return 0;
	sample = it->window[place];
	it->window[place] = 0;
	return sample;
}

static void watch_silence(struct rd__line *line, struct rd__recorder *recorder, int64_t sum,
			  int64_t count)
{
	if (!recorder->silence_limit || !count)
		return;
	if (sum >= count * SILENT_LEVEL) {
		recorder->silent = 0;
		recorder->silence_told = false;
		return;
	}
	recorder->silent += count;
	if (recorder->silent < recorder->silence_limit || recorder->silence_told)
		return;
	recorder->silence_told = true;
	tell(line, recorder, RD__RECORD_SILENCE);
}

static void watch_limit(struct rd__line *line, struct rd__recorder *recorder)
{
	if (!recorder->limit || recorder->flushed < recorder->limit || recorder->limit_told)
		return;
	flush_chunk(recorder);
	recorder->limit_told = true;
	tell(line, recorder, RD__RECORD_LIMIT);
}

/* How far all sides that are on have come. */
static int64_t complete_to(const struct rd__recorder *recorder)
{
	int64_t to = INT64_MAX;

	for (int side = 0; side < RD__TAP_SIDES; side++)
		if (recorder->side[side].on)
			to = RD_MIN(to, recorder->side[side].taken);
	return recorder->limit ? RD_MIN(to, recorder->limit) : to;
}

static void flush(struct rd__line *line, struct rd__recorder *recorder)
{
	int64_t to = complete_to(recorder), sum = 0, count = to - recorder->flushed;

	for (; recorder->flushed < to; recorder->flushed++) {
		size_t place = (size_t)recorder->flushed % recorder->window_size;
		int16_t in = take_sample(recorder, RD__TAP_IN, place);
		int16_t out = take_sample(recorder, RD__TAP_OUT, place);

		put(recorder, recorder->stereo ? in : clip(in + out));
		if (recorder->stereo)
			put(recorder, out);
		sum += RD_MAX(in < 0 ? -in : in, out < 0 ? -out : out);
	}
	watch_silence(line, recorder, sum, count);
	watch_limit(line, recorder);
}

/* ---- time ---- */

/* Samples that the clock has counted since it began. */
static int64_t due(const struct rd__line *line, const struct rd__recorder *recorder, int less_ms)
{
	int64_t us = (int64_t)(line->thread->now_us - recorder->began_us) - less_ms * 1000;

	return us > 0 ? us * recorder->rate / 1000000 : 0;
}

/* The windows are never left behind by more than they hold. */
static void skip(struct rd__record_side *side, int64_t to)
{
	side->taken = RD_MAX(side->taken, to);
}

static void begin(struct rd__line *line, struct rd__recorder *recorder)
{
	if (!recorder->began)
		recorder->began_us = line->thread->now_us;
	recorder->began = true;
}

/* ---- what the line gives ---- */

static void store(struct rd__recorder *recorder, struct rd__record_side *side,
		  const int16_t *samples, size_t count)
{
	int64_t room = recorder->flushed + (int64_t)recorder->window_size - side->taken;

	count = (size_t)RD_MIN((int64_t)count, RD_MAX(room, (int64_t)0));
	for (size_t i = 0; samples && !side->muted && i < count; i++) {
		size_t place = (size_t)(side->taken + (int64_t)i) % recorder->window_size;

		side->window[place] = side->gain == UNITY
					      ? samples[i]
					      : clip(samples[i] * side->gain / UNITY);
	}
	side->taken += (int64_t)count;
}

static void take(struct rd__tap *tap, struct rd__line *line, enum rd__tap_side which,
		 const int16_t *samples, size_t count, bool lost)
{
	struct rd__recorder *recorder = recorder_of(tap);
	struct rd__record_side *side = &recorder->side[which];

	begin(line, recorder);
	if (recorder->paused || recorder->limit_told ||
	    side->taken > due(line, recorder, -AHEAD_MS))
		return;
	/* The clock may have filled its place already. */
	if (!lost && !side->speaks) {
		/* A voice that begins has all of .behind_ms before it, not what silence left. */
		skip(side, due(line, recorder, USUAL_MS));
		side->speaks = true;
	} else if (lost) {
		int64_t behind = due(line, recorder, 0) - side->taken;

		count = (size_t)RD_MIN((int64_t)count, RD_MAX(behind, (int64_t)0));
	}
	store(recorder, side, samples, count);
	flush(line, recorder);
}

static void hear(struct rd__tap *tap, struct rd__line *line, enum rd__tap_side which,
		 const int16_t *samples, size_t count)
{
	take(tap, line, which, samples, count, samples == NULL);
}

static void made_up(struct rd__tap *tap, struct rd__line *line, enum rd__tap_side which,
		    const int16_t *samples, size_t count)
{
	take(tap, line, which, samples, count, true);
}

static void tick(struct rd__tap *tap, struct rd__line *line)
{
	struct rd__recorder *recorder = recorder_of(tap);

	begin(line, recorder);
	if (recorder->paused || recorder->limit_told)
		return;
	for (int i = 0; i < RD__TAP_SIDES; i++)
		if (recorder->side[i].on &&
		    recorder->side[i].taken < due(line, recorder, recorder->behind_ms)) {
			skip(&recorder->side[i], due(line, recorder, USUAL_MS));
			recorder->side[i].speaks = false;
		}
	flush(line, recorder);
}

static void leave(struct rd__tap *tap, struct rd__line *line, bool closing)
{
	struct rd__recorder *recorder = recorder_of(tap);

	(void)closing;
	if (recorder->began)
		tick(tap, line);
	/* One side may have more than the other: the rest of it is heard alone. */
	for (int i = 0; i < RD__TAP_SIDES && !recorder->limit_told; i++)
		for (int other = 0; other < RD__TAP_SIDES; other++)
			skip(&recorder->side[i], recorder->side[other].taken);
	if (!recorder->limit_told)
		flush(line, recorder);
	flush_chunk(recorder);
}

const struct rd__tap_ops rd__recorder_tap_ops = {
	.hear = hear,
	.made_up = made_up,
	.tick = tick,
	.leave = leave,
	.left = rd__recorder_left,
};

/* ---- orders ---- */

static void set_paused(struct rd__line *line, struct rd__recorder *recorder, bool paused)
{
	uint64_t now_us = line->thread->now_us;

	if (paused == recorder->paused)
		return;
	if (paused) {
		if (recorder->began)
			tick(&recorder->tap, line);
		recorder->paused_us = now_us;
	} else if (recorder->began) {
		recorder->began_us += now_us - recorder->paused_us;
	}
	recorder->paused = paused;
}

void rd__recorder_act(struct rd__line *line, const struct rd__command *command)
{
	struct rd__recorder *recorder = command->object;

	/* It may have let go of the line meanwhile. */
	if (!rd_list_linked(&recorder->tap.in_line))
		return;
	if (command->number == RD__RECORDER_PAUSE) {
		set_paused(line, recorder, command->number2);
		return;
	}
	for (int i = 0; i < RD__TAP_SIDES; i++)
		recorder->side[i].muted = (command->number2 & 1 << i) != 0;
}
