/* The media lines of a channel, and what the engine tells of them. */
#include <ringdown/log.h>

#include "core/call/call.h"
#include "core/media/media.h"

void rd__channel_close_streams(struct rd_channel *ch)
{
	for (int i = 0; i < RD__STREAMS_MAX && ch->streams[i]; i++)
		rd_stream_close(ch->streams[i]);
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

int rd_channel_take_stream(struct rd_channel *ch, struct rd_stream *stream)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	for (int i = 0; i < RD__STREAMS_MAX; i++) {
		if (ch->streams[i])
			continue;
		ch->streams[i] = stream;
		rd_stream_on_event(stream, on_stream_event, ch);
		rd__stream_set_label(stream, ch->name);
		return 0;
	}
	return -ENOSPC;
}

int rd_channel_replace_stream(struct rd_channel *ch, struct rd_stream *old,
			      struct rd_stream *stream)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	for (int i = 0; i < RD__STREAMS_MAX; i++) {
		if (ch->streams[i] != old)
			continue;
		ch->streams[i] = stream;
		rd_stream_on_event(stream, on_stream_event, ch);
		rd__stream_set_label(stream, ch->name);
		rd_stream_close(old);
		return 0;
	}
	return -ENOENT;
}

struct rd_stream *rd_channel_stream(const struct rd_channel *ch, enum rd_media_kind kind)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	for (int i = 0; i < RD__STREAMS_MAX && ch->streams[i]; i++)
		if (rd_stream_kind(ch->streams[i]) == kind)
			return ch->streams[i];
	return NULL;
}
