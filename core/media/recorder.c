/* Recorders: what a line hears, in real time, with silence where nothing
 * came, into a ring that the writer empties. */
#include <string.h>
#include <sys/stat.h>

#include "core/media/recorder.h"
#include "core/media/registry.h"
#include "core/media/sound.h"

enum {
	STOP_MS = 5000,
	/* Behind the clock by more than this, it is filled with silence up to
	 * the usual delay; a burst may run ahead of it by as much as AHEAD. */
	BEHIND_MS = 120,
	USUAL_MS = 40,
	AHEAD_MS = 1000,
	SILENT_LEVEL = 256, /* mean amplitude */
};

/* ---- the switch thread's part ---- */

static void recorder_free(struct rd__recorder *recorder)
{
	rd__ring_fini(&recorder->ring);
	rd__resamplers_fini(&recorder->resamplers);
	rd_cond_fini(&recorder->changed);
	if (recorder->format)
		rd__format_use(recorder->format, -1);
	rd_free(recorder->path);
	rd_free(recorder);
}

/* In the pool. */
static int open_file(void *arg)
{
	struct rd__recorder *recorder = arg;

	return recorder->format->open_write(recorder->path, recorder->rate, recorder->append,
					    &recorder->file);
}

static int rate_of(const struct rd_stream *stream)
{
	const struct rd_stream_format *format = rd__sent_format(stream->setup);

	if (stream->line.ops)
		return stream->line.ops_rate;
	return format ? format->codec->rate : 8000;
}

/* From any rate that a stream may have during its life. */
static int make_resamplers(struct rd__recorder *recorder, const struct rd_stream *stream)
{
	static const int rates[] = { 8000, 12000, 16000, 24000, 32000, 48000 };
	int rc;

	rd__resamplers_init(&recorder->resamplers, recorder->rate);
	rc = rd__resamplers_add(&recorder->resamplers, rate_of(stream), RD__RESAMPLE_CALL);
	for (size_t i = 0; i < RD_ARRAY_SIZE(rates) && !rc; i++)
		rc = rd__resamplers_add(&recorder->resamplers, rates[i], RD__RESAMPLE_CALL);
	return rc;
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
	recorder->stream = stream;
	recorder->notify = record->notify;
	recorder->arg = record->arg;
	recorder->append = record->append;
	recorder->rate = record->format->rate ? record->format->rate : rate_of(stream);
	recorder->limit = (int64_t)record->max_ms * recorder->rate / 1000;
	recorder->silence_limit = (int64_t)record->silence_ms * recorder->rate / 1000;
	rd__order_init(&recorder->start, stream, RD__CMD_RECORD, recorder);
	rd__order_init(&recorder->stop, stream, RD__CMD_RECORD_STOP, recorder);
	recorder->path = rd_strdup(record->path);
	rc = rd__ring_init(&recorder->ring, RD__CHUNKS, sizeof(struct rd__chunk));
	if (!rc)
		rc = make_resamplers(recorder, stream);
	if (rc || !recorder->path) {
		recorder_free(recorder);
		return -ENOMEM;
	}
	recorder->format = record->format;
	rd__format_use(recorder->format, 1);
	*rp = recorder;
	return 0;
}

int rd__stream_record(struct rd_stream *stream, const struct rd__record *record,
		      struct rd__recorder **rp)
{
	struct rd__recorder *recorder;
	int rc;

	RD_CHECK(stream, RD__STREAM_MAGIC);
	if (stream->recorder)
		return -EBUSY;
	if (!record->format->open_write)
		return -ENOTSUP;
	rc = recorder_new(&recorder, stream, record);
	if (rc)
		return rc;
	stream->recorder = recorder;
	rc = rd_offload(open_file, recorder);
	/* The stream may have been closed while the disk was asked. */
	if (!recorder->stream) {
		recorder->detached = true;
	} else if (rc) {
		stream->recorder = NULL;
	}
	if (rc) {
		recorder_free(recorder);
		return rc;
	}
	rd__writer_add(recorder);
	if (recorder->stream)
		rd__order(recorder->stream, &recorder->start);
	*rp = recorder;
	return 0;
}

void rd__recorder_stream_closes(struct rd__recorder *recorder)
{
	recorder->stream = NULL;
}

static void complete(struct rd__recorder *recorder)
{
	atomic_store_explicit(&recorder->complete, true, memory_order_release);
	rd__writer_wake();
}

void rd__recorder_stop(struct rd__recorder *recorder, struct rd__record_result *result)
{
	recorder->stopping = true;
	recorder->notify = NULL;
	if (recorder->stream) {
		recorder->stream->recorder = NULL;
		rd__order(recorder->stream, &recorder->stop);
	} else if (recorder->detached) {
		complete(recorder);
	}
	rd_shield_begin(STOP_MS);
	while (!recorder->done && rd_cond_wait(&recorder->changed, STOP_MS) == 0)
		;
	rd_shield_end();
	rd__sound_changed(recorder->path);
	memset(result, 0, sizeof(*result));
	result->length_ms = atomic_load(&recorder->written) * 1000 / recorder->rate;
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

void rd__recorder_event(const struct rd__event *event)
{
	struct rd__recorder *recorder = event->object;
	int what = (int)event->number;

	if (event->type == RD__EVENT_RECORDER_GONE || what == RD__RECORD_DETACHED) {
		recorder->detached = true;
		if (recorder->stopping)
			complete(recorder);
	}
	if (event->type == RD__EVENT_RECORD_NOTIFY && recorder->notify)
		recorder->notify(recorder->arg, what, 0);
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

/* ---- the media thread's part ---- */

static void tell(struct rd__line *line, enum rd__event_type type,
		 struct rd__recorder *recorder, int what)
{
	struct rd__event event = { .type = type,
				   .stream = RD__STREAM_OF(line),
				   .object = recorder,
				   .number = what };

	rd__thread_event(line->thread, &event);
}

static void flush_chunk(struct rd__recorder *recorder)
{
	if (recorder->chunk.count && !rd__ring_push(&recorder->ring, &recorder->chunk))
		atomic_store_explicit(&recorder->overrun, true, memory_order_relaxed);
	recorder->chunk.count = 0;
}

void rd__recorder_begin(struct rd__line *line, struct rd__recorder *recorder)
{
	recorder->began_us = line->thread->now_us;
	line->recorder = recorder;
}

void rd__recorder_drop(struct rd__line *line, struct rd__recorder *recorder)
{
	if (line->recorder == recorder) {
		rd__recorder_tick(line);
		flush_chunk(recorder);
		line->recorder = NULL;
	}
	tell(line, RD__EVENT_RECORDER_GONE, recorder, 0);
}

void rd__recorder_detach(struct rd__line *line)
{
	struct rd__recorder *recorder = line->recorder;

	if (!recorder)
		return;
	flush_chunk(recorder);
	line->recorder = NULL;
	tell(line, RD__EVENT_RECORD_NOTIFY, recorder, RD__RECORD_DETACHED);
}

static void put_samples(struct rd__recorder *recorder, const int16_t *samples, size_t count)
{
	struct rd__chunk *chunk = &recorder->chunk;

	recorder->taken += (int64_t)count;
	while (count) {
		size_t n = RD_MIN(count, (size_t)(RD__CHUNK - chunk->count));

		if (samples) {
			memcpy(chunk->samples + chunk->count, samples, n * sizeof(*samples));
			samples += n;
		} else {
			memset(chunk->samples + chunk->count, 0, n * sizeof(*samples));
		}
		chunk->count = (uint16_t)(chunk->count + n);
		count -= n;
		if (chunk->count == RD__CHUNK)
			flush_chunk(recorder);
	}
}

static bool is_silent(const int16_t *samples, size_t count)
{
	int64_t sum = 0;

	for (size_t i = 0; samples && i < count; i++)
		sum += samples[i] < 0 ? -samples[i] : samples[i];
	return sum < (int64_t)count * SILENT_LEVEL;
}

static void watch_silence(struct rd__line *line, const int16_t *samples, size_t count)
{
	struct rd__recorder *recorder = line->recorder;

	if (!recorder->silence_limit)
		return;
	if (!is_silent(samples, count)) {
		recorder->silent = 0;
		recorder->silence_told = false;
		return;
	}
	recorder->silent += (int64_t)count;
	if (recorder->silent < recorder->silence_limit || recorder->silence_told)
		return;
	recorder->silence_told = true;
	tell(line, RD__EVENT_RECORD_NOTIFY, recorder, RD__RECORD_SILENCE);
}

/* samples NULL: silence. */
static void take(struct rd__line *line, const int16_t *samples, size_t count)
{
	struct rd__recorder *recorder = line->recorder;

	if (recorder->limit)
		count = (size_t)RD_MIN((int64_t)count, recorder->limit - recorder->taken);
	if (count) {
		put_samples(recorder, samples, count);
		watch_silence(line, samples, count);
	}
	if (!recorder->limit || recorder->taken < recorder->limit || recorder->limit_told)
		return;
	flush_chunk(recorder);
	recorder->limit_told = true;
	tell(line, RD__EVENT_RECORD_NOTIFY, recorder, RD__RECORD_LIMIT);
}

/* Samples that the clock has counted since it began. */
static int64_t due(const struct rd__line *line, int less_ms)
{
	const struct rd__recorder *recorder = line->recorder;
	int64_t us = (int64_t)(line->thread->now_us - recorder->began_us) - less_ms * 1000;

	return us > 0 ? us * recorder->rate / 1000000 : 0;
}

void rd__recorder_hear(struct rd__line *line, int rate, const int16_t *samples, size_t count)
{
	struct rd__recorder *recorder = line->recorder;
	struct rd__thread *thread = line->thread;
	int16_t *room = samples == thread->samples2 ? thread->samples : thread->samples2;

	if (recorder->limit_told || recorder->taken > due(line, -AHEAD_MS))
		return;
	samples = rd__resamplers_run(&recorder->resamplers, rate, samples, &count, room,
				     RD__FRAME_MAX);
	if (samples)
		take(line, samples, count);
}

void rd__recorder_miss(struct rd__line *line, int rate, size_t count)
{
	int64_t behind = due(line, 0) - line->recorder->taken;

	count = count * (size_t)line->recorder->rate / (size_t)rate;
	/* The clock may have filled it already. */
	if (!line->recorder->limit_told && behind > 0)
		take(line, NULL, (size_t)RD_MIN((int64_t)count, behind));
}

void rd__recorder_tick(struct rd__line *line)
{
	struct rd__recorder *recorder = line->recorder;

	if (!recorder || recorder->limit_told)
		return;
	if (recorder->taken < due(line, BEHIND_MS))
		take(line, NULL, (size_t)(due(line, USUAL_MS) - recorder->taken));
}
