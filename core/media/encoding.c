/* Encodings are made in the pool, one fiber asking and others waiting. Codecs
 * without memory give bytes that can be cut anywhere; the others give
 * packets, begun anew at the start of the sound. */
#include <string.h>

#include <ringdown/fiber.h>

#include "core/media/encoding.h"
#include "core/media/media.h"
#include "core/media/registry.h"
#include "core/media/resample.h"
#include "core/media/setup.h"

enum { CHUNK = 8000,
       PACKET_MAX = 1500 };

static struct rd_list all = RD_LIST_INIT(all);
static struct rd_cond made = { RD_LIST_INIT(made.waiters) };

/* ---- birth and death ---- */

static void encoding_free(struct rd__encoding *encoding)
{
	rd_list_remove(&encoding->in_sound);
	rd_list_remove(&encoding->in_all);
	rd__sound_unref(encoding->resampled);
	rd_free(encoding->bytes);
	rd_free(encoding->ends);
	rd_free(encoding);
}

void rd__encodings_free(struct rd__sound *sound)
{
	struct rd_list *node;

	while ((node = rd_list_pop(&sound->encodings)))
		encoding_free(rd_list_entry(node, struct rd__encoding, in_sound));
}

void rd__encodings_forget(const struct rd_codec *codec)
{
	rd_list_foreach(node, tmp, &all) {
		struct rd__encoding *encoding = rd_list_entry(node, struct rd__encoding, in_all);

		encoding->stale |= encoding->codec == codec;
	}
}

static size_t frame_of(const struct rd_stream_format *format)
{
	return (size_t)(format->codec->rate * rd__frame_ms(format) / 1000);
}

size_t rd__codec_stride(const struct rd_codec *codec)
{
	int bits = codec->bitrate / codec->rate;

	return !codec->encoder_new && bits >= 8 && bits % 8 == 0 &&
			       codec->bitrate % codec->rate == 0
		       ? (size_t)bits / 8
		       : 0;
}

/* Does the sound hold packets of such a length in this codec? */
static bool has_bytes(const struct rd__sound *sound, const struct rd_codec *codec, size_t frame)
{
	const struct rd__coded *coded = sound->coded;

	return coded && frame && strcmp(coded->codec, codec->name) == 0 &&
	       sound->rate == codec->rate && frame % coded->piece_samples == 0;
}

static struct rd__encoding *find(const struct rd__sound *sound,
				 const struct rd_stream_format *format)
{
	rd_list_foreach(node, tmp, &sound->encodings) {
		struct rd__encoding *encoding =
			rd_list_entry(node, struct rd__encoding, in_sound);

		if (encoding->codec != format->codec || encoding->stale)
			continue;
		if (!encoding->frame || (encoding->frame == frame_of(format) &&
					 strcmp(encoding->fmtp, format->fmtp) == 0))
			return encoding;
	}
	return NULL;
}

const struct rd__encoding *rd__encoding_find(const struct rd__sound *sound,
					     const struct rd_stream_format *format)
{
	const struct rd__encoding *encoding = format ? find(sound, format) : NULL;

	return encoding && encoding->ready ? encoding : NULL;
}

/* ---- in the pool ---- */

struct job {
	struct rd__encoding *encoding;
	const struct rd__sound *sound; /* as it was decoded */
};

static int resample(struct rd__encoding *encoding, const struct rd__sound *from)
{
	struct rd__sound *sound;
	int16_t *samples;
	size_t count;
	int rc = rd__resample_whole(from->samples, from->count, from->rate,
				    encoding->codec->rate, &samples, &count);

	if (rc)
		return rc;
	rc = rd__sound_new(&sound, samples, count, encoding->codec->rate);
	rd_free(samples);
	if (!rc)
		encoding->sound = encoding->resampled = sound;
	return rc;
}

static int encode_bytes(struct rd__encoding *encoding)
{
	const struct rd__sound *sound = encoding->sound;

	encoding->bytes = rd_malloc(RD_MAX(sound->count * encoding->stride, (size_t)1));
	if (!encoding->bytes)
		return -ENOMEM;
	rd_memory_belongs(encoding->bytes, &rd__sound_memory);
	for (size_t at = 0; at < sound->count;) {
		size_t count = RD_MIN(sound->count - at, (size_t)CHUNK);
		int n = encoding->codec->encode(NULL, sound->samples + at, count,
						encoding->bytes + encoding->size,
						count * encoding->stride);

		if (n != (int)(count * encoding->stride))
			return n < 0 ? n : -EINVAL;
		encoding->size += (size_t)n;
		at += count;
	}
	return 0;
}

/* The last packet is filled up with silence. */
static int encode_samples(struct rd__encoding *encoding, void *state, const int16_t *samples,
			  size_t left)
{
	uint8_t *out = encoding->bytes + encoding->size;
	int16_t *filled;
	int n;

	if (left >= encoding->frame)
		return encoding->codec->encode(state, samples, encoding->frame, out, PACKET_MAX);
	filled = rd_zalloc(encoding->frame * sizeof(*filled));
	if (!filled)
		return -ENOMEM;
	memcpy(filled, samples, left * sizeof(*filled));
	n = encoding->codec->encode(state, filled, encoding->frame, out, PACKET_MAX);
	rd_free(filled);
	return n;
}

static int encode_packet(struct rd__encoding *encoding, void *state, size_t frame, size_t *room)
{
	const struct rd__sound *sound = encoding->sound;
	size_t at = frame * encoding->frame;
	int n;

	if (encoding->size + PACKET_MAX > *room) {
		uint8_t *grown = rd_realloc(encoding->bytes, *room * 2 + PACKET_MAX);

		if (!grown)
			return -ENOMEM;
		encoding->bytes = grown;
		*room = *room * 2 + PACKET_MAX;
	}
	n = encode_samples(encoding, state, sound->samples + at, sound->count - at);
	if (n < 0)
		return n;
	encoding->size += (size_t)n;
	encoding->ends[frame] = (uint32_t)encoding->size;
	return 0;
}

static int encode_packets(struct rd__encoding *encoding)
{
	const struct rd_codec *codec = encoding->codec;
	size_t frames = (encoding->sound->count + encoding->frame - 1) / encoding->frame;
	size_t room = 0;
	void *state = codec->encoder_new ? codec->encoder_new(encoding->fmtp) : NULL;
	int rc = 0;

	if (codec->encoder_new && !state)
		return -ENOMEM;
	encoding->ends = rd_malloc(RD_MAX(frames, (size_t)1) * sizeof(*encoding->ends));
	if (!encoding->ends)
		rc = -ENOMEM;
	for (; !rc && encoding->frames < frames; encoding->frames++)
		rc = encode_packet(encoding, state, encoding->frames, &room);
	if (state)
		codec->state_free(state);
	return rc;
}

/* The file's own packets; of the last one there may be less. */
static int cut_coded(struct rd__encoding *encoding, const struct rd__coded *coded)
{
	size_t frame = encoding->frame / coded->piece_samples * coded->piece_bytes, end;

	encoding->size = coded->count * coded->piece_bytes;
	encoding->frames = (encoding->size + frame - 1) / frame;
	encoding->bytes = rd_malloc(RD_MAX(encoding->size, (size_t)1));
	encoding->ends = rd_malloc(RD_MAX(encoding->frames, (size_t)1) * sizeof(*encoding->ends));
	if (!encoding->bytes || !encoding->ends)
		return -ENOMEM;
	rd_memory_belongs(encoding->bytes, &rd__sound_memory);
	rd_memory_belongs(encoding->ends, &rd__sound_memory);
	memcpy(encoding->bytes, coded->bytes, encoding->size);
	for (size_t i = 0; i < encoding->frames; i++) {
		end = (i + 1) * frame;
		encoding->ends[i] = (uint32_t)RD_MIN(end, encoding->size);
	}
	return 0;
}

static int run_job(void *arg)
{
	const struct job *job = arg;
	struct rd__encoding *encoding = job->encoding;
	int rc = encoding->sound ? 0 : resample(encoding, job->sound);

	if (rc)
		return rc;
	if (has_bytes(job->sound, encoding->codec, encoding->frame))
		return cut_coded(encoding, job->sound->coded);
	return encoding->frame ? encode_packets(encoding) : encode_bytes(encoding);
}

/* ---- asking the pool ---- */

/* Its samples at the codec's rate, when they are there already. */
static void find_samples(struct rd__encoding *encoding, struct rd__sound *sound)
{
	if (sound->rate == encoding->codec->rate)
		encoding->sound = sound;
	rd_list_foreach(node, tmp, &sound->encodings) {
		const struct rd__encoding *other =
			rd_list_entry(node, struct rd__encoding, in_sound);

		if (encoding->sound || !other->ready || other->codec->rate != encoding->codec->rate)
			continue;
		encoding->sound = encoding->resampled = rd__sound_ref(other->resampled);
	}
}

static struct rd__encoding *encoding_new(struct rd__sound *sound,
					 const struct rd_stream_format *format)
{
	struct rd__encoding *encoding = rd_zalloc(sizeof(*encoding));

	if (!encoding)
		return NULL;
	encoding->codec = format->codec;
	encoding->stride = rd__codec_stride(format->codec);
	encoding->frame = encoding->stride ? 0 : frame_of(format);
	memcpy(encoding->fmtp, format->fmtp, sizeof(encoding->fmtp));
	find_samples(encoding, sound);
	rd_list_push(&sound->encodings, &encoding->in_sound);
	rd_list_push(&all, &encoding->in_all);
	return encoding;
}

static size_t bytes_of(const struct rd__encoding *encoding)
{
	size_t bytes = sizeof(*encoding) + encoding->size + encoding->frames * sizeof(uint32_t);

	if (encoding->resampled)
		bytes += sizeof(struct rd__sound) + encoding->sound->count * sizeof(int16_t);
	return bytes;
}

static int encode(struct rd__sound *sound, const struct rd_stream_format *format)
{
	struct job job = { encoding_new(sound, format), sound };
	int rc;

	if (!job.encoding)
		return -ENOMEM;
	rd__codec_use(format->codec, 1);
	rc = rd_offload(run_job, &job);
	rd__codec_use(format->codec, -1);
	job.encoding->ready = !rc;
	rd_cond_broadcast(&made);
	if (rc)
		encoding_free(job.encoding);
	else
		rd__sound_grew(sound, bytes_of(job.encoding));
	return rc;
}

int rd__sound_encode(struct rd__sound *sound, const struct rd_stream_format *format)
{
	/* The stream may be agreed on anew meanwhile. */
	const struct rd_stream_format wanted = *format;
	const struct rd__encoding *encoding;
	int rc = 0;

	if (frame_of(&wanted) > RD__FRAME_MAX ||
	    (!wanted.codec->encode && !has_bytes(sound, wanted.codec, frame_of(&wanted))))
		return 0;
	rd__sound_ref(sound);
	while (!rc && (encoding = find(sound, &wanted)) && !encoding->ready)
		rc = rd_cond_wait(&made, RD_FOREVER);
	if (!rc && !encoding)
		rc = encode(sound, &wanted);
	rd__sound_unref(sound);
	return rc;
}

/* ---- while nobody waits ---- */

struct errand {
	struct rd__sound *sound;
	struct rd_stream_format format;
};

static void errand_free(struct errand *errand)
{
	rd__codec_use(errand->format.codec, -1);
	rd__sound_unref(errand->sound);
	rd_free(errand);
}

static int run_errand(void *arg)
{
	struct errand *errand = arg;
	int rc = rd__sound_encode(errand->sound, &errand->format);

	errand_free(errand);
	return rc;
}

int rd__sound_encode_aside(struct rd__sound *sound, const struct rd_stream_format *format)
{
	struct errand *errand;
	int rc;

	/* There already, or under way. */
	if (find(sound, format))
		return 0;
	errand = rd_zalloc(sizeof(*errand));
	if (!errand)
		return -ENOMEM;
	errand->sound = rd__sound_ref(sound);
	errand->format = *format;
	rd__codec_use(format->codec, 1);
	rc = rd_fiber_new_detached("encoding", run_errand, errand);
	if (rc)
		errand_free(errand);
	return rc;
}
