/* Feeds: what a program plays is encoded once for each codec and sent to all
 * that hear it. The writer runs ahead of the readers by some packets; a reader
 * that has fallen behind, or ran out, joins anew. */
#include <string.h>

#include "core/media/encoding.h"
#include "core/media/feed.h"
#include "core/media/line.h"
#include "core/media/media.h"
#include "core/media/registry.h"
#include "core/media/resample.h"
#include "core/media/setup.h"
#include "core/media/stream.h"
#include "core/media/work.h"

enum {
	SLOTS = 64,
	PACKET_MAX = 1500,
	/* So far readers stay behind, for what comes late. */
	LEAD_MS = 120,
	CHUNK_MS = 100, /* put at a time, at most */
	RATE_MAX = 48000,
};

struct slot {
	uint32_t size;
	uint8_t bytes[]; /* or samples */
};

struct rd__track {
	struct rd_list in_feed;
	int refs;
	struct rd__feed *feed; /* NULL: it is gone */
	const struct rd_codec *codec; /* NULL: samples */
	char fmtp[sizeof(((struct rd_stream_format *)0)->fmtp)];
	int rate;
	size_t frame, lead, slot_size;
	void *encoder;
	struct rd__resampler *resampler;
	int16_t pending[RD__FRAME_MAX];
	size_t pending_count;
	atomic_size_t head; /* packets made */
	uint8_t *slots;
};

struct rd__feed {
	int refs, rate;
	struct rd_list tracks;
};

/* ---- birth and death ---- */

int rd__feed_new(struct rd__feed **fp, int rate)
{
	struct rd__feed *feed = rd_zalloc(sizeof(*feed));

	rd_assert(rate > 0 && rate <= RATE_MAX);
	if (!feed)
		return -ENOMEM;
	feed->refs = 1;
	feed->rate = rate;
	rd_list_init(&feed->tracks);
	*fp = feed;
	return 0;
}

struct rd__feed *rd__feed_ref(struct rd__feed *feed)
{
	feed->refs++;
	return feed;
}

void rd__feed_unref(struct rd__feed *feed)
{
	if (!feed || --feed->refs > 0)
		return;
	rd_list_foreach(node, tmp, &feed->tracks) {
		rd_list_entry(node, struct rd__track, in_feed)->feed = NULL;
		rd_list_remove(node);
	}
	rd_free(feed);
}

void rd__track_unref(struct rd__track *track)
{
	if (--track->refs > 0)
		return;
	rd_list_remove(&track->in_feed);
	if (track->encoder)
		track->codec->state_free(track->encoder);
	if (track->codec)
		rd__codec_use(track->codec, -1);
	rd__resampler_free(track->resampler);
	rd_free(track->slots);
	rd_free(track);
}

/* ---- tracks ---- */

static struct slot *slot_of(const struct rd__track *track, size_t i)
{
	return (struct slot *)(void *)(track->slots + i % SLOTS * track->slot_size);
}

static size_t packet_max(const struct rd__track *track)
{
	size_t stride = track->codec ? rd__codec_stride(track->codec) : sizeof(int16_t);

	return stride ? track->frame * stride : PACKET_MAX;
}

static int fill_track(struct rd__track *track, const struct rd__feed *feed)
{
	const size_t align = sizeof(uint32_t);
	int rc = 0;

	track->lead = (size_t)(LEAD_MS * track->rate / 1000) / track->frame + 1;
	track->lead = RD_MIN(track->lead, (size_t)SLOTS / 4);
	track->slot_size = (sizeof(struct slot) + packet_max(track) + align - 1) / align * align;
	track->slots = rd_zalloc(SLOTS * track->slot_size);
	if (!track->slots)
		return -ENOMEM;
	if (track->codec && track->codec->encoder_new) {
		track->encoder = track->codec->encoder_new(track->fmtp);
		if (!track->encoder)
			return -ENOMEM;
	}
	if (track->rate != feed->rate)
		rc = rd__resampler_new(&track->resampler, feed->rate, track->rate,
				       RD__RESAMPLE_ROOM);
	return rc;
}

/* format NULL: samples. */
static int track_new(struct rd__track **tp, struct rd__feed *feed,
		     const struct rd_stream_format *format, int rate, size_t frame)
{
	struct rd__track *track = rd_zalloc(sizeof(*track));
	int rc;

	if (!track)
		return -ENOMEM;
	rd_list_init(&track->in_feed);
	track->refs = 1;
	track->rate = rate;
	track->frame = frame;
	if (format) {
		track->codec = format->codec;
		memcpy(track->fmtp, format->fmtp, sizeof(track->fmtp));
		rd__codec_use(track->codec, 1);
	}
	rc = fill_track(track, feed);
	if (rc) {
		rd__track_unref(track);
		return rc;
	}
	track->feed = feed;
	rd_list_push(&feed->tracks, &track->in_feed);
	*tp = track;
	return 0;
}

static bool suits(const struct rd__track *track, const struct rd_stream_format *format, int rate,
		  size_t frame)
{
	if (track->rate != rate || track->frame != frame)
		return false;
	return format ? track->codec == format->codec && strcmp(track->fmtp, format->fmtp) == 0
		      : !track->codec;
}

int rd__feed_track(struct rd__track **tp, struct rd__feed *feed, const struct rd_stream *stream)
{
	const struct rd_stream_format *format =
		stream->line.ops ? NULL : rd__sent_format(stream->setup);
	int rate = format ? format->codec->rate : stream->line.ops ? stream->line.ops_rate : 8000;
	size_t frame = (size_t)(rate * rd__line_tick_ms(&stream->line) / 1000);

	if (format)
		frame = (size_t)(rate * rd__frame_ms(format) / 1000);
	rd_list_foreach(node, tmp, &feed->tracks) {
		struct rd__track *track = rd_list_entry(node, struct rd__track, in_feed);

		if (!suits(track, format, rate, frame))
			continue;
		track->refs++;
		*tp = track;
		return 0;
	}
	return track_new(tp, feed, format, rate, frame);
}

/* ---- putting in ---- */

static void make_packet(struct rd__track *track)
{
	size_t head = atomic_load_explicit(&track->head, memory_order_relaxed);
	struct slot *slot = slot_of(track, head);
	size_t bytes = track->frame * sizeof(int16_t);
	int n = (int)bytes;

	if (track->codec)
		n = rd__codec_encode(track->codec, track->encoder, track->pending, track->frame,
				     slot->bytes, packet_max(track));
	else
		memcpy(slot->bytes, track->pending, bytes);
	slot->size = (uint32_t)RD_MAX(n, 0);
	track->pending_count = 0;
	atomic_store_explicit(&track->head, head + 1, memory_order_release);
}

static void put_in_track(struct rd__track *track, const int16_t *samples, size_t count)
{
	while (count) {
		size_t n = RD_MIN(count, track->frame - track->pending_count);

		memcpy(track->pending + track->pending_count, samples, n * sizeof(*samples));
		track->pending_count += n;
		samples += n;
		count -= n;
		if (track->pending_count == track->frame)
			make_packet(track);
	}
}

static void put_chunk(struct rd__feed *feed, const int16_t *samples, size_t count)
{
	static int16_t resampled[RATE_MAX * CHUNK_MS / 1000 + 1];

	rd_list_foreach(node, tmp, &feed->tracks) {
		struct rd__track *track = rd_list_entry(node, struct rd__track, in_feed);

		if (track->resampler)
			put_in_track(track, resampled,
				     rd__resample(track->resampler, samples, count, resampled,
						  RD_ARRAY_SIZE(resampled)));
		else
			put_in_track(track, samples, count);
	}
}

void rd__feed_put(struct rd__feed *feed, const int16_t *samples, size_t count)
{
	size_t chunk = (size_t)(feed->rate * CHUNK_MS / 1000);

	for (size_t n; count; samples += n, count -= n) {
		n = RD_MIN(count, chunk);
		put_chunk(feed, samples, n);
	}
}

/* ---- taking out ---- */

size_t rd__track_read(const struct rd__track *track, struct rd__track_reader *reader,
		      const struct rd_codec *codec, size_t count, uint8_t *out)
{
	size_t head = atomic_load_explicit(&track->head, memory_order_acquire), behind;
	const struct slot *slot;

	if (track->codec != codec || track->frame != count)
		return 0;
	behind = head - reader->next;
	reader->joined = reader->joined && behind > 0;
	if (!reader->joined && behind < track->lead)
		return 0;
	if (!reader->joined || behind > track->lead * 3)
		reader->next = head - track->lead;
	reader->joined = true;
	slot = slot_of(track, reader->next++);
	memcpy(out, slot->bytes, slot->size);
	return slot->size;
}
