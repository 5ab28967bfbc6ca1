/* Which streams hear each other when two channels do. A channel that is two
 * ends of one (Local) is looked through while its other end is in a bridge
 * too, so that the packets of the real legs are forwarded directly. */
#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/call/join.h"
#include "core/media/gallery.h"
#include "core/media/media.h"
#include "core/media/mixer.h"

/* Local channels in a row: nobody has so many on purpose, and a circle has no end. */
enum { DEPTH_MAX = 16 };

static struct rd_channel *twin_of(const struct rd_channel *ch)
{
	return ch->tech->twin ? ch->tech->twin(ch) : NULL;
}

struct rd_bridge *rd__bridge_beyond(const struct rd_channel *ch)
{
	struct rd_channel *twin = twin_of(ch);

	return twin ? twin->bridge : NULL;
}

/* Whom the other end of ch talks to; NULL: ch has no other end, or that talks to nobody
 * or to several. */
static struct rd_channel *step_beyond(const struct rd_channel *ch)
{
	struct rd_bridge *beyond = rd__bridge_beyond(ch);

	return beyond ? rd__bridge_other(beyond, twin_of(ch)) : NULL;
}

struct rd_bridge *rd__room_beyond(const struct rd_channel *ch)
{
	for (int depth = 0; ch && depth < DEPTH_MAX; depth++) {
		struct rd_bridge *beyond = rd__bridge_beyond(ch);

		if (!beyond || rd__bridge_is_room(beyond))
			return beyond;
		ch = step_beyond(ch);
	}
	return NULL;
}

bool rd__is_circle(const struct rd_channel *a, const struct rd_channel *b)
{
	for (int depth = 0; a && depth < DEPTH_MAX; depth++) {
		const struct rd_channel *twin = twin_of(a);

		if (!twin || twin == b)
			return twin;
		a = step_beyond(a);
		if (a == b)
			return a;
	}
	return false;
}

static const struct rd_channel *side_of(const struct rd_channel *ch)
{
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		const struct rd_channel *other = step_beyond(ch);

		if (!other || !rd_channel_stream(other, RD_MEDIA_AUDIO))
			break;
		ch = other;
	}
	return ch;
}

static struct rd_stream *stream_beyond(const struct rd_channel *ch, enum rd_media_kind kind)
{
	return rd_channel_stream(side_of(ch), kind);
}

struct rd_stream *rd__media_voice(const struct rd_channel *ch)
{
	return stream_beyond(ch, RD_MEDIA_AUDIO);
}

struct rd_stream *rd__media_pictures(const struct rd_channel *ch)
{
	return stream_beyond(ch, RD_MEDIA_VIDEO);
}

struct rd_stream *rd__media_pictures_at(const struct rd_channel *ch, int i)
{
	struct rd_stream *stream;

	ch = side_of(ch);
	for (int n = 0; (stream = rd__channel_stream_at(ch, n)); n++)
		if (rd_stream_kind(stream) == RD_MEDIA_VIDEO && i-- == 0)
			return stream;
	return NULL;
}

/* Through Local channels whose far side waits for an answer, too. */
static const struct rd_channel *caller_behind(const struct rd_channel *ch)
{
	const struct rd_channel *twin = twin_of(ch);

	if (!twin || twin->bridge || !twin->dialler || rd_channel_gone(twin->dialler))
		return NULL;
	return twin->dialler;
}

const struct rd_stream_config *rd_channel_media(const struct rd_channel *ch,
						enum rd_media_kind kind)
{
	const struct rd_stream_config *config;
	const struct rd_stream *stream = NULL;

	for (int depth = 0; ch && !stream && depth < DEPTH_MAX; depth++) {
		stream = stream_beyond(ch, kind);
		ch = caller_behind(ch);
	}
	config = stream ? rd_stream_config(stream) : NULL;
	return config && config->format_count ? config : NULL;
}

struct rd_channel *rd__media_leg(struct rd_channel *ch)
{
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		struct rd_channel *other = step_beyond(ch);

		if (!other)
			break;
		ch = other;
	}
	return ch;
}

struct rd_channel *rd_channel_talks_to(const struct rd_channel *ch)
{
	struct rd_channel *other;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	other = ch->bridge ? rd__bridge_other(ch->bridge, ch) : NULL;
	return other ? rd__media_leg(other) : NULL;
}

int rd_channel_match(struct rd_channel *ch, struct rd_channel *other)
{
	struct rd__usage *outer;
	int rc;

	ch = rd__media_leg(ch);
	if (rd_channel_gone(ch) || !ch->tech->match)
		return 0;
	outer = rd__tech_enter(ch->tech);
	rc = ch->tech->match(ch, rd__media_leg(other));
	rd__tech_leave(outer);
	return rc;
}

void rd__media_want_lines(struct rd_channel *leg, unsigned lines)
{
	struct rd__usage *outer;

	leg->lines_wanted = (uint16_t)lines;
	if (leg->lines == lines || !leg->tech->want_lines || rd_channel_gone(leg))
		return;
	leg->lines = (uint16_t)lines;
	outer = rd__tech_enter(leg->tech);
	(void)leg->tech->want_lines(leg, lines | 1);
	rd__tech_leave(outer);
}

void rd__media_meet(struct rd_channel *a, struct rd_channel *b)
{
	rd__media_want_lines(a, 0);
	rd__media_want_lines(b, 0);
	/* While one asks its far end, nobody knows what the other is to do. */
	if (rd_channel_match(b, a) != -EINPROGRESS)
		rd_channel_match(a, b);
}

const char *rd__media_kind_name(enum rd_media_kind kind)
{
	static const char *const names[] = { "audio", "video", "text", "image" };

	return names[kind];
}

void rd__media_join_beside(struct rd_channel *a, struct rd_channel *b)
{
	for (int kind = RD_MEDIA_VIDEO; kind <= RD_MEDIA_IMAGE; kind++) {
		struct rd_stream *one = stream_beyond(a, kind), *other = stream_beyond(b, kind);

		if (one && other && one != other &&
		    rd__stream_link(one, other, 0) == -ENOTSUP)
			rd_verbose("%s and %s: no codec in common for their %s", rd_channel_name(a),
				   rd_channel_name(b), rd__media_kind_name(kind));
	}
}

int rd__media_join(struct rd_channel *a, struct rd_channel *b, bool pass_digits)
{
	struct rd_stream *voice_a = rd__media_voice(a), *voice_b = rd__media_voice(b);

	if (!voice_a || !voice_b)
		return -ENODATA;
	return rd__stream_link(voice_a, voice_b, pass_digits ? RD__LINK_PASS_DIGITS : 0);
}

static const char *spoken_by(const struct rd_stream *voice)
{
	const struct rd_stream_config *config = rd_stream_config(voice);

	return config->format_count ? config->formats[0].codec->name : "samples";
}

void rd__media_explain(const struct rd_channel *a, const struct rd_channel *b)
{
	const struct rd_stream *voice_a = rd__media_voice(a), *voice_b = rd__media_voice(b);
	const struct rd_codec *codec = rd__unconvertible(voice_a, voice_b);

	if (codec)
		rd_error("%s and %s cannot hear each other: they speak %s and %s, and no module "
			 "converts %s",
			 rd_channel_name(a), rd_channel_name(b), spoken_by(voice_a),
			 spoken_by(voice_b), codec->name);
	else
		rd_error("%s and %s: no codec in which they could hear each other",
			 rd_channel_name(a), rd_channel_name(b));
}

static void prefer(struct rd_channel *ch, const struct rd_codec *codec, bool ask)
{
	struct rd__usage *outer;
	const struct rd_stream *voice = rd_channel_stream(ch, RD_MEDIA_AUDIO);

	if (!voice || !ch->tech->prefer_codec || rd_channel_gone(ch) ||
	    rd_stream_config(voice)->formats[0].codec == codec)
		return;
	outer = rd__tech_enter(ch->tech);
	(void)ch->tech->prefer_codec(ch, codec, ask);
	rd__tech_leave(outer);
}

void rd__channel_heard_by(struct rd_channel *ch, const struct rd_channel *other)
{
	struct rd__usage *outer;
	const struct rd_stream_config *config =
		other ? rd_channel_media(other, RD_MEDIA_AUDIO) : NULL;
	struct rd_beyond beyond = { 0 };

	if (!ch->tech->beyond || rd_channel_gone(ch))
		return;
	if (config)
		beyond = rd__beyond_of(config);
	/* Behind a Local channel others may come who hear more, and nobody tells. */
	if (config && twin_of(other))
		beyond.rate = 0;
	outer = rd__tech_enter(ch->tech);
	ch->tech->beyond(ch, &beyond);
	rd__tech_leave(outer);
}

void rd__channels_meet(struct rd_channel *a, struct rd_channel *b)
{
	const struct rd_stream *voice_a = rd_channel_stream(a, RD_MEDIA_AUDIO);
	const struct rd_stream *voice_b = rd_channel_stream(b, RD_MEDIA_AUDIO);
	const struct rd_codec *codec;
	bool ask;

	if (!voice_a || !voice_b)
		return;
	codec = rd__streams_meet(voice_a, voice_b);
	if (!codec)
		return;
	ask = rd__conversion_costs(voice_a, voice_b);
	prefer(a, codec, ask);
	prefer(b, codec, ask);
}

void rd__media_near(struct rd_channel *leg, struct rd_channel *caller)
{
	struct rd_stream *stream = rd_channel_stream(leg, RD_MEDIA_AUDIO);
	struct rd_stream *other = rd_channel_stream(caller, RD_MEDIA_AUDIO);

	if (stream && other)
		rd__stream_near(stream, other);
}

bool rd__media_passes_tones(const struct rd_channel *a, const struct rd_channel *b)
{
	struct rd_stream *voice_a = rd_channel_stream(a, RD_MEDIA_AUDIO);
	struct rd_stream *voice_b = rd_channel_stream(b, RD_MEDIA_AUDIO);

	return voice_a && voice_b && rd_stream_config(voice_a)->dtmf_inband &&
	       rd_stream_config(voice_b)->dtmf_inband;
}

bool rd__media_passes_digits(struct rd_channel *a, struct rd_channel *b)
{
	struct rd_stream *voice_a = rd__media_voice(a), *voice_b = rd__media_voice(b);

	return voice_a && voice_b && voice_a == rd_channel_stream(a, RD_MEDIA_AUDIO) &&
	       voice_b == rd_channel_stream(b, RD_MEDIA_AUDIO) &&
	       rd__streams_pass_digits(voice_a, voice_b);
}

static void silence(const struct rd_channel *ch)
{
	struct rd_stream *voice = rd_channel_stream(ch, RD_MEDIA_AUDIO);

	if (!voice)
		return;
	rd__stream_unlink(voice);
	rd__mixer_leave(voice);
}

void rd__media_part_beside(const struct rd_channel *ch)
{
	struct rd_stream *stream;

	for (int i = 0; (stream = rd__channel_stream_at(ch, i)); i++) {
		if (rd_stream_kind(stream) == RD_MEDIA_AUDIO)
			continue;
		rd__stream_unlink(stream);
		rd__gallery_leave(stream);
	}
}

void rd__media_part(struct rd_channel *a, struct rd_channel *b)
{
	silence(a);
	silence(b);
	rd__media_part_beside(a);
	rd__media_part_beside(b);
}

const char *rd__media_way(const struct rd_channel *ch)
{
	struct rd_stream *voice = rd_channel_stream(ch, RD_MEDIA_AUDIO);

	return rd__link_way_name(voice ? rd__stream_way(voice) : RD__WAY_NONE);
}
