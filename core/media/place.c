/* Which thread a stream is on: placed on one when it is needed, moved to another
 * when it is linked with somebody there, or comes into a room. */
#include <ringdown/log.h>

#include "core/media/command.h"
#include "core/media/convert.h"
#include "core/media/engine.h"
#include "core/media/gallery.h"
#include "core/media/media.h"
#include "core/media/mix.h"
#include "core/media/place.h"
#include "core/media/setup.h"
#include "core/media/stream.h"
#include "core/media/thread.h"

/* A thread gets so many streams before the next one gets any: the more
 * packets in one pass, the less each costs, and legs of one call need
 * not be brought together. That many are relayed, or fewer that cost more. */
static int pack = 400;

void rd__media_pack(int weight)
{
	pack = weight;
}

/* ---- what they cost ---- */

/* To decode a packet of it and encode another, in packets that are relayed, roughly as
 * bench_media_codecs finds it: those with a memory cost by their samples. */
static int codec_weight(const struct rd_codec *codec)
{
	return codec && codec->encoder_new ? 2 * codec->rate / 8000 : 0;
}

/* Of a link each side bears half. */
static int weight_of(const struct rd_stream *stream)
{
	int own = codec_weight(rd__sent_codec(stream->setup));

	if (stream->peer && rd__stream_way(stream) == RD__WAY_TRANSCODE)
		return 1 + (own + codec_weight(rd__sent_codec(stream->peer->setup)) + 1) / 2;
	return stream->member ? 1 + own : 1;
}

void rd__stream_weigh(struct rd_stream *stream)
{
	int weight = weight_of(stream);

	if (stream->thread)
		stream->thread->load += weight - stream->weight;
	stream->weight = weight;
}

/* ---- where they are ---- */

static struct rd__thread *choose_thread(void)
{
	struct rd__thread *best = rd__thread_at(0);

	for (int i = 0; i < rd__thread_count(); i++) {
		struct rd__thread *thread = rd__thread_at(i);

		if (thread->load < pack)
			return thread;
		if (thread->load < best->load)
			best = thread;
	}
	return best;
}

static void attach(struct rd_stream *stream, struct rd__thread *thread)
{
	struct rd_list *node;

	rd_list_remove(&stream->unattached);
	stream->thread = thread;
	stream->moving = false;
	thread->load += stream->weight;
	rd__thread_order(thread, &stream->attach_order);
	while ((node = rd_list_pop(&stream->backlog)))
		rd__thread_order(thread, rd_list_entry(node, struct rd__order, link));
}

static void move(struct rd_stream *stream, struct rd__thread *target)
{
	stream->thread->load -= stream->weight;
	rd__thread_order(stream->thread, &stream->release_order);
	stream->thread = NULL;
	stream->moving = true;
	stream->target = target;
}

static int order_link(struct rd_stream *a, struct rd_stream *b)
{
	struct rd__command command = {
		.type = RD__CMD_LINK,
		.stream = a,
		.object = b,
		.number = a->link_flags,
		.table = { rd__link_table(a, b), rd__link_table(b, a) },
	};
	int rc = rd__converter_new(&command.converter[0], a, b);

	if (!rc)
		rc = rd__converter_new(&command.converter[1], b, a);
	if (!rc)
		rc = rd__order_new(a, &command);
	if (rc) {
		rd__converter_free(command.converter[0]);
		rd__converter_free(command.converter[1]);
		return rc;
	}
	a->linked = b->linked = true;
	return 0;
}

void rd__stream_place(struct rd_stream *stream)
{
	attach(stream, choose_thread());
}

void rd__stream_near(struct rd_stream *stream, struct rd_stream *other)
{
	if (stream->thread || stream->moving || other->moving)
		return;
	attach(stream, other->thread ? other->thread : choose_thread());
	if (!other->thread)
		attach(other, stream->thread);
}

/* Is it at home now? If not, it is on its way. */
static bool bring(struct rd_stream *stream, struct rd__thread *home)
{
	if (!stream->thread)
		attach(stream, home);
	if (stream->thread == home)
		return true;
	move(stream, home);
	return false;
}

static void settle_member(struct rd_stream *stream)
{
	struct rd__member *member = stream->member;

	if (!member->ordered && !stream->moving && bring(stream, member->mixer->home))
		rd__member_ordered(member);
}

static void settle_viewer(struct rd_stream *stream)
{
	if (!stream->moving && bring(stream, rd__gallery_home(stream->gallery)))
		rd__gallery_arrived(stream);
}

struct rd__thread *rd__thread_near(struct rd_stream *stream)
{
	if (stream && stream->moving)
		return stream->target;
	return stream && stream->thread ? stream->thread : choose_thread();
}

/* Bring about what is wanted, as far as it can be done now; what is under
 * way settles again when it arrives. */
int rd__stream_settle(struct rd_stream *stream)
{
	struct rd_stream *peer = stream->peer;

	rd__stream_weigh(stream);
	if (peer)
		rd__stream_weigh(peer);
	if (stream->member && !peer)
		settle_member(stream);
	if (stream->gallery && !peer)
		settle_viewer(stream);
	if (!peer || stream->linked || stream->moving || peer->moving)
		return 0;
	if (!stream->thread)
		attach(stream, peer->thread ? peer->thread : choose_thread());
	if (!peer->thread)
		attach(peer, stream->thread);
	if (stream->thread == peer->thread)
		return order_link(stream, peer);
	move(peer, stream->thread);
	return 0;
}

void rd__stream_settle_or_tell(struct rd_stream *stream)
{
	int rc = rd__stream_settle(stream);

	if (rc)
		rd_error("media: two parties cannot hear each other: %s", rd_strerror(rc));
}

void rd__stream_released(struct rd_stream *stream)
{
	attach(stream, stream->target);
	rd__stream_settle_or_tell(stream->peer ? stream->peer : stream);
}
