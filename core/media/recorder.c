/* Recorders: the switch thread's part. What a line hears or says is taken on
 * its media thread (recorder_media.c) and written by the writer (writer.c). */
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include <ringdown/str.h>

#include "core/media/command.h"
#include "core/media/engine.h"
#include "core/media/media.h"
#include "core/media/recorder.h"
#include "core/media/ring.h"
#include "core/media/setup.h"
#include "core/media/sound.h"
#include "core/media/stream.h"

enum {
	STOP_MS = 5000,
	RING_S = 5,
	/* So far one side may be ahead of the other. */
	WINDOW_MS = 1500,
	/* Behind the clock by more than this, a side is filled with silence. */
	BEHIND_MS = 120,
	PATIENT_MS = 500,
	UNITY = 256,
	STEPS_MAX = 4, /* of 6 dB */
	GAIN_MAX_DB = 24,
};

static void recorder_free(struct rd__recorder *recorder)
{
	rd__ring_fini(&recorder->ring);
	rd__tap_fini(&recorder->tap);
	for (int i = 0; i < RD__TAP_SIDES; i++)
		rd_free(recorder->side[i].window);
	rd_cond_fini(&recorder->changed);
	rd__format_use_end(&recorder->use);
	rd_free(recorder->path);
	rd_free(recorder);
}

/* In the pool. */
static int open_file(void *arg)
{
	struct rd__recorder *recorder = arg;
	const struct rd_format *format = recorder->format;

	return (recorder->stereo ? format->open_write_stereo : format->open_write)(
		recorder->path, recorder->rate, recorder->append, &recorder->file);
}

static int rate_of(const struct rd_stream *stream)
{
	const struct rd_stream_format *format = rd__sent_format(stream->setup);

	if (stream->line.ops)
		return stream->line.ops_rate;
	return format ? format->codec->rate : 8000;
}

/* 6 dB, twice as loud, for each step. */
static int gain_of(int steps, int db)
{
	int gain;

	steps = RD_MAX(RD_MIN(steps, (int)STEPS_MAX), -STEPS_MAX);
	db = RD_MAX(RD_MIN(db, (int)GAIN_MAX_DB), -GAIN_MAX_DB);
	gain = steps < 0 ? UNITY >> -steps : UNITY << steps;
	return db ? (int)lrint(gain * pow(10, db / 20.0)) : gain;
}

static int make_windows(struct rd__recorder *recorder, const struct rd__record *record)
{
	unsigned sides = record->sides ? record->sides : RD__RECORD_IN;
	const int steps[RD__TAP_SIDES] = { record->steps_in, record->steps_out };

	recorder->window_size = (size_t)recorder->rate * WINDOW_MS / 1000;
	for (int i = 0; i < RD__TAP_SIDES; i++) {
		struct rd__record_side *side = &recorder->side[i];

		side->on = sides & 1u << i;
		side->gain = gain_of(steps[i], record->gain_db);
		if (!side->on)
			continue;
		side->window = rd_zalloc(recorder->window_size * sizeof(*side->window));
		if (!side->window)
			return -ENOMEM;
	}
	return rd__tap_init(&recorder->tap, &rd__recorder_tap_ops, sides, recorder->rate);
}

static int make_ring(struct rd__recorder *recorder)
{
	size_t want = (size_t)recorder->rate * RING_S * (recorder->stereo ? 2 : 1) / RD__CHUNK;
	size_t chunks = 1;

	while (chunks < want)
		chunks *= 2;
	return rd__ring_init(&recorder->ring, chunks, sizeof(struct rd__chunk));
}

static int recorder_new(struct rd__recorder **rp, struct rd_stream *stream,
			const struct rd__record *record)
{
	struct rd__recorder *recorder = rd_zalloc(sizeof(*recorder));
	int rc;

	if (!recorder)
		return -ENOMEM;
	rd_cond_init(&recorder->changed);
	rd_list_init(&recorder->in_writer);
	recorder->notify = record->notify;
	recorder->arg = record->arg;
	recorder->append = record->append;
	recorder->stereo = record->stereo;
	recorder->behind_ms = record->patient ? PATIENT_MS : BEHIND_MS;
	rd_strcpy(recorder->label, sizeof(recorder->label), stream->label);
	recorder->rate = record->format->rate ? record->format->rate : rate_of(stream);
	recorder->limit = (int64_t)record->max_ms * recorder->rate / 1000;
	recorder->silence_limit = (int64_t)record->silence_ms * recorder->rate / 1000;
	recorder->path = rd_strdup(record->path);
	rc = recorder->path ? make_windows(recorder, record) : -ENOMEM;
	if (!rc)
		rc = make_ring(recorder);
	if (rc) {
		recorder_free(recorder);
		return rc;
	}
	recorder->format = record->format;
	recorder->use = (struct rd__format_use){ .path = recorder->path,
						 .formats = &recorder->format,
						 .count = 1 };
	rd__format_use_begin(&recorder->use);
	*rp = recorder;
	return 0;
}

/* It was not to be: who knows it yet lets go of it. */
static int give_up(struct rd__recorder *recorder, int rc)
{
	recorder->abandoned = true;
	if (recorder->detached)
		recorder_free(recorder);
	else
		rd__stream_untap(&recorder->tap);
	return rc;
}

int rd__stream_record(struct rd_stream *stream, const struct rd__record *record,
		      struct rd__recorder **rp)
{
	struct rd__recorder *recorder;
	int rc;

	RD_CHECK(stream, RD__STREAM_MAGIC);
	if (record->stereo ? !record->format->open_write_stereo : !record->format->open_write)
		return -ENOTSUP;
	rc = recorder_new(&recorder, stream, record);
	if (rc)
		return rc;
	/* What comes while the disk is asked waits in the ring. */
	rc = rd__stream_tap(stream, &recorder->tap);
	if (rc) {
		recorder_free(recorder);
		return rc;
	}
	rc = rd_offload(open_file, recorder);
	if (rc)
		return give_up(recorder, rc);
	rd__writer_add(recorder);
	*rp = recorder;
	return 0;
}

static void complete(struct rd__recorder *recorder)
{
	atomic_store_explicit(&recorder->complete, true, memory_order_release);
	rd__writer_wake();
}

static void act(struct rd__recorder *recorder, enum rd__recorder_action action, int64_t value)
{
	struct rd__command command = { .type = RD__CMD_RECORDER_ACT,
				       .stream = recorder->tap.stream,
				       .object = recorder,
				       .number = action,
				       .number2 = value };

	if (recorder->tap.stream && !recorder->tap.stream->closing && !recorder->stopping)
		(void)rd__order_new(recorder->tap.stream, &command);
}

void rd__recorder_pause(struct rd__recorder *recorder, bool paused)
{
	act(recorder, RD__RECORDER_PAUSE, paused);
}

void rd__recorder_mute(struct rd__recorder *recorder, unsigned sides)
{
	act(recorder, RD__RECORDER_MUTE, sides);
}

void rd__recorder_stop(struct rd__recorder *recorder, struct rd__record_result *result)
{
	recorder->stopping = true;
	recorder->notify = NULL;
	if (recorder->detached)
		complete(recorder);
	else
		rd__stream_untap(&recorder->tap);
	rd_shield_begin(STOP_MS);
	while (!recorder->done && rd_cond_wait(&recorder->changed, STOP_MS) == 0)
		;
	rd_shield_end();
	rd__sound_changed(recorder->path);
	memset(result, 0, sizeof(*result));
	result->length_ms = atomic_load(&recorder->written) * 1000 / recorder->rate /
			    (recorder->stereo ? 2 : 1);
	result->rc = recorder->done ? atomic_load(&recorder->rc) : -ETIMEDOUT;
	if (recorder->done) {
		struct stat st;

		/* Just written: its size is in memory. */
		result->bytes = stat(recorder->path, &st) == 0 ? st.st_size : 0;
		recorder_free(recorder);
	} else {
		recorder->orphan = true;
	}
}

void rd__recorder_left(struct rd__tap *tap, bool closing)
{
	struct rd__recorder *recorder = RD_CONTAINER_OF(tap, struct rd__recorder, tap);

	recorder->detached = true;
	if (recorder->abandoned)
		recorder_free(recorder);
	else if (recorder->stopping)
		complete(recorder);
	else if (closing && recorder->notify)
		recorder->notify(recorder->arg, RD__RECORD_DETACHED, 0);
}

void rd__recorder_event(const struct rd__event *event)
{
	struct rd__recorder *recorder = event->object;

	if (recorder->notify)
		recorder->notify(recorder->arg, (int)event->number, 0);
}

void rd__recorder_failed(void *arg)
{
	struct rd__recorder *recorder = arg;

	if (recorder->notify)
		recorder->notify(recorder->arg, RD__RECORD_FAILED, atomic_load(&recorder->rc));
}

void rd__recorder_done(void *arg)
{
	struct rd__recorder *recorder = arg;

	recorder->done = true;
	if (recorder->orphan)
		recorder_free(recorder);
	else
		rd_cond_broadcast(&recorder->changed);
}
