/* The media lines of a channel, and what the engine tells of them. */
#include <ringdown/log.h>

#include "core/call/call.h"
#include "core/media/media.h"

struct rd_stream *rd__channel_stream_at(const struct rd_channel *ch, int i)
{
	if (i < RD__STREAMS_FEW)
		return ch->streams[i];
	return ch->more_streams && i < RD__STREAMS_MAX ? ch->more_streams[i - RD__STREAMS_FEW]
						       : NULL;
}

/* Where this one is, or NULL. old NULL: where the next goes; then NULL is without memory, too. */
static struct rd_stream **place_of(struct rd_channel *ch, const struct rd_stream *old)
{
	for (int i = 0; i < RD__STREAMS_FEW; i++)
		if (ch->streams[i] == old)
			return &ch->streams[i];
	if (!old && !ch->more_streams)
		ch->more_streams = rd_pool_zalloc(ch->pool, (RD__STREAMS_MAX - RD__STREAMS_FEW) *
							     sizeof(*ch->more_streams));
	for (int i = 0; ch->more_streams && i < RD__STREAMS_MAX - RD__STREAMS_FEW; i++)
		if (ch->more_streams[i] == old)
			return &ch->more_streams[i];
	return NULL;
}

void rd__channel_close_streams(struct rd_channel *ch)
{
	struct rd_stream *stream;

	for (int i = 0; (stream = rd__channel_stream_at(ch, i)); i++)
		rd_stream_close(stream);
}

/* The driver's, where it has it. */
static void let_driver(struct rd_channel *ch, int (*operation)(struct rd_channel *ch))
{
	if (rd_channel_gone(ch) || !operation)
		return;
	rd_no_yield_begin();
	(void)operation(ch);
	rd_no_yield_end();
}

static void on_stream_event(const struct rd_stream_event *event, void *arg)
{
	struct rd_channel *ch = arg;
	struct rd_signal signal = {
		.number = event->digit, .ms = event->ms, .source = ch->streams[0]
	};

	switch (event->type) {
	case RD_STREAM_DIGIT_BEGIN:
		signal.type = RD_SIGNAL_DIGIT_BEGIN;
		rd_channel_signal(ch, &signal);
		break;
	case RD_STREAM_DIGIT:
		signal.type = RD_SIGNAL_DIGIT;
		rd_channel_signal(ch, &signal);
		break;
	case RD_STREAM_TALK_BEGIN:
	case RD_STREAM_TALK_END:
		rd__bridge_talk(ch, event->type == RD_STREAM_TALK_BEGIN);
		break;
	case RD_STREAM_PICTURE:
		let_driver(ch, ch->tech->want_picture);
		break;
	case RD_STREAM_ICE_DOWN:
		let_driver(ch, ch->tech->way_lost);
		break;
	case RD_STREAM_TIMEOUT:
		rd_notice("%s: no sound received for too long: hanging up", ch->name);
		rd_hangup(ch, RD_CAUSE_RECOVERY_ON_TIMER);
		break;
	case RD_STREAM_INSECURE:
		rd_notice("%s: its sound cannot be secured: hanging up", ch->name);
		rd_hangup(ch, RD_CAUSE_INCOMPATIBLE_DESTINATION);
		break;
	default:
		break;
	}
}

struct rd_channel *rd_channel_of_stream(const struct rd_stream *stream)
{
	return rd__stream_listener(stream, on_stream_event);
}

static void put_at(struct rd_stream **place, struct rd_channel *ch, struct rd_stream *stream)
{
	*place = stream;
	rd_stream_on_event(stream, on_stream_event, ch);
	rd__stream_set_label(stream, ch->name);
}

int rd_channel_take_stream(struct rd_channel *ch, struct rd_stream *stream)
{
	struct rd_stream **place;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	place = place_of(ch, NULL);
	if (!place)
		return -ENOSPC;
	put_at(place, ch, stream);
	return 0;
}

int rd_channel_replace_stream(struct rd_channel *ch, struct rd_stream *old,
			      struct rd_stream *stream)
{
	struct rd_stream **place;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	place = old ? place_of(ch, old) : NULL;
	if (!place)
		return -ENOENT;
	put_at(place, ch, stream);
	rd_stream_close(old);
	return 0;
}

struct rd_stream *rd_channel_stream(const struct rd_channel *ch, enum rd_media_kind kind)
{
	struct rd_stream *stream;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	for (int i = 0; (stream = rd__channel_stream_at(ch, i)); i++)
		if (rd_stream_kind(stream) == kind)
			return stream;
	return NULL;
}
