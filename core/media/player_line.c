/* Players on a line: a frame for each of its ticks, decoded or encoded already. */
#include <limits.h>
#include <string.h>

#include "core/media/change.h"
#include "core/media/command.h"
#include "core/media/encoder.h"
#include "core/media/encoding.h"
#include "core/media/feed.h"
#include "core/media/fetch.h"
#include "core/media/line.h"
#include "core/media/media.h"
#include "core/media/player.h"
#include "core/media/rtp.h"
#include "core/media/send.h"
#include "core/media/setup.h"
#include "core/media/sound.h"
#include "core/media/stream.h"
#include "core/media/thread.h"
#include "core/media/tone.h"

/* ---- begun, led and ended ---- */

void rd__player_fetch(const struct rd__player *player)
{
	enum {
		FIRST = offsetof(struct rd__player, tones),
		SIZE = sizeof(*player) + sizeof(struct rd__player_part) - FIRST
	};

	rd__fetch((const char *)player + FIRST, SIZE);
}

void rd__player_seek(struct rd__player *player, int64_t ms)
{
	ms = RD_MAX(ms, 0);
	for (player->at = 0; player->at < player->count; player->at++) {
		const struct rd__sound *sound = player->parts[player->at].sound;

		if (ms < rd__sound_ms(sound)) {
			player->place = (uint64_t)(ms * sound->rate / 1000) << 16;
			return;
		}
		ms -= rd__sound_ms(sound);
	}
	player->place = 0;
}

static int64_t place_ms(const struct rd__player *player)
{
	int64_t ms = 0;

	for (int i = 0; i < player->at && i < player->count; i++)
		ms += rd__sound_ms(player->parts[i].sound);
	if (player->at < player->count)
		ms += (int64_t)(player->place >> 16) * 1000 / player->parts[player->at].sound->rate;
	return ms;
}

static void tell(struct rd__line *line, enum rd__event_type type, struct rd__player *player, int rc)
{
	struct rd__event event = {
		.type = type, .stream = RD__STREAM_OF(line), .object = player, .number = rc
	};

	rd__thread_event(line->thread, &event);
}

void rd__player_begin(struct rd__line *line, struct rd__player *player)
{
	rd__player_end(line, -ECANCELED);
	line->player = player;
}

void rd__player_end(struct rd__line *line, int rc)
{
	struct rd__player *player = line->player;

	if (!player)
		return;
	line->player = NULL;
	tell(line, RD__EVENT_PLAYER_ENDED, player, rc);
}

void rd__player_drop(struct rd__line *line, struct rd__player *player)
{
	if (line->player == player)
		line->player = NULL;
	tell(line, RD__EVENT_PLAYER_GONE, player, 0);
}

static void begin_upcoming(struct rd__line *line)
{
	struct rd__player *player = line->player;

	player->parts[0] = *player->upcoming;
	player->upcoming = NULL;
	player->at = 0;
	player->place = 0;
	tell(line, RD__EVENT_PLAYER_NEXT, player, 0);
}

void rd__player_act(struct rd__line *line, struct rd__player *player, int action, int64_t ms)
{
	/* It may have ended meanwhile, and be freed. */
	if (line->player != player)
		return;
	if (action == RD__PLAYER_PAUSE || action == RD__PLAYER_RESUME) {
		player->paused = action == RD__PLAYER_PAUSE;
		return;
	}
	rd__player_seek(player, action == RD__PLAYER_SEEK_BY ? place_ms(player) + ms : ms);
}

void rd__player_take(struct rd__line *line, struct rd__player *player, const void *part)
{
	/* An end of its own it has not; it may have been replaced. */
	if (line->player != player)
		return;
	player->upcoming = part;
	if (player->at == player->count)
		begin_upcoming(line);
}

/* ---- samples ---- */

/* At another rate: between two samples on a straight line. */
static size_t stretch(struct rd__player *player, const struct rd__sound *sound, int rate,
		      int16_t *out, size_t count)
{
	uint64_t step = ((uint64_t)(unsigned)sound->rate << 16) / (unsigned)rate;
	size_t n = 0;

	for (; n < count && player->place >> 16 < sound->count; n++) {
		size_t i = player->place >> 16;
		int32_t a = sound->samples[i];
		int32_t b = i + 1 < sound->count ? sound->samples[i + 1] : a;

		out[n] = (int16_t)(a + (int32_t)((int64_t)(b - a) *
						 (int64_t)(player->place & 0xffff) / 65536));
		player->place += step;
	}
	return n;
}

static size_t copy(struct rd__player *player, const struct rd__sound *sound, int16_t *out,
		   size_t count)
{
	size_t at = player->place >> 16;
	size_t n = RD_MIN(count, sound->count - RD_MIN(at, sound->count));

	memcpy(out, sound->samples + at, n * sizeof(*out));
	player->place += (uint64_t)n << 16;
	return n;
}

static void next_part(struct rd__line *line)
{
	struct rd__player *player = line->player;

	player->place = 0;
	if (++player->at < player->count)
		return;
	if (player->loop)
		player->at = 0;
	else if (player->upcoming)
		begin_upcoming(line);
}

static size_t read_sounds(struct rd__line *line, int rate, int16_t *out, size_t count)
{
	struct rd__player *player = line->player;
	size_t given = 0;

	while (given < count && player->at < player->count) {
		const struct rd__sound *sound = player->parts[player->at].sound;

		given += sound->rate == rate
				 ? copy(player, sound, out + given, count - given)
				 : stretch(player, sound, rate, out + given, count - given);
		if (given < count)
			next_part(line);
	}
	return given;
}

/* ---- bytes ---- */

/* What the part at hand was encoded for, if that is what is sent. */
static const struct rd__encoding *usable(const struct rd__player *player,
					 const struct rd_codec *codec, size_t count)
{
	const struct rd__encoding *encoding =
		player->at < player->count ? player->parts[player->at].encoding : NULL;

	if (!encoding || encoding->codec != codec || (encoding->frame && encoding->frame != count))
		return NULL;
	return encoding;
}

/* Part after part, as far as they are encoded; the rest of the packet is silence. */
static size_t read_bytes(struct rd__line *line, const struct rd_codec *codec, uint8_t *out,
			 size_t count)
{
	static const int16_t silence[RD__FRAME_MAX];
	struct rd__player *player = line->player;
	const struct rd__encoding *encoding;
	size_t given = 0;

	while (given < count && (encoding = usable(player, codec, count))) {
		size_t at = player->place >> 16, stride = encoding->stride;
		size_t n = RD_MIN(count - given, encoding->sound->count - at);

		memcpy(out + given * stride, encoding->bytes + at * stride, n * stride);
		player->place += (uint64_t)n << 16;
		given += n;
		if (given < count)
			next_part(line);
	}
	if (given < count) {
		size_t stride = (size_t)(codec->bitrate / codec->rate / 8);

		rd__codec_encode(codec, NULL, silence, count - given, out + given * stride,
				 (count - given) * stride);
	}
	return given;
}

/* A packet of a codec that has a memory; its last one is filled up already. */
static size_t read_packet(struct rd__player *player, const struct rd__encoding *encoding,
			  uint8_t *out, size_t *size)
{
	size_t at = player->place >> 16, n = encoding->frame;
	const uint8_t *bytes = rd__encoding_frame(encoding, at, size);

	memcpy(out, bytes, *size);
	/* A jump may have led into the middle of one. */
	player->place = (uint64_t)(at / n + 1) * n << 16;
	return n;
}

/* The next packet as it was encoded before; 0 when that is not to be had, or nothing
 * is left. */
static size_t say_encoded(struct rd__line *line, const struct rd_codec *codec, size_t count)
{
	struct rd__player *player = line->player;
	uint8_t *out = line->thread->packet2 + RD__RTP_HEADER;
	const struct rd__encoding *encoding = usable(player, codec, count);
	size_t size, given;

	while (encoding && player->place >> 16 >= encoding->sound->count) {
		next_part(line);
		encoding = usable(player, codec, count);
	}
	if (!encoding)
		return 0;
	if (encoding->frame) {
		given = read_packet(player, encoding, out, &size);
	} else {
		given = read_bytes(line, codec, out, count);
		size = count * (size_t)(codec->bitrate / codec->rate / 8);
	}
	rd__line_say_bytes(line, player, size, count);
	return given;
}

static size_t say_samples(struct rd__line *line, int rate, size_t count)
{
	struct rd__player *player = line->player;
	int16_t *samples = line->thread->samples2;
	size_t given = player->tones
			       ? rd__tones_read(player->tones, &player->voice, rate, samples, count)
			       : read_sounds(line, rate, samples, count);

	if (given) {
		memset(samples + given, 0, (count - given) * sizeof(*samples));
		rd__line_say(line, player, samples, count);
	}
	return given;
}

/* What the feed has; nothing where it has nothing, and where the stream has been agreed
 * on anew and sends something else now. */
static void say_feed(struct rd__line *line, const struct rd_stream_format *format, size_t count)
{
	struct rd__player *player = line->player;
	uint8_t *out = line->thread->packet2 + RD__RTP_HEADER;
	size_t size = rd__track_read(player->track, &player->reader,
				     line->ops ? NULL
				     : format  ? format->codec
					       : NULL,
				     count, out);

	if (size && line->ops)
		rd__line_say(line, player, (const int16_t *)(const void *)out, count);
	else if (size)
		rd__line_say_bytes(line, player, size, count);
}

/* Samples of a packet, at this rate. */
static size_t packet_of(const struct rd__line *line, int rate)
{
	size_t count = (size_t)(rate * rd__line_tick_ms(line) / 1000);

	return RD_MIN(count, (size_t)RD__FRAME_MAX);
}

static int own_rate(const struct rd__line *line, const struct rd_stream_format *format)
{
	return line->ops ? line->ops_rate : format ? format->codec->rate : 8000;
}

/* Until the far end's decoder is in step with what is encoded already (encoder.h). At the
 * beginning of a call it is. */
static bool is_led(const struct rd__line *line, const struct rd__player *player)
{
	const struct rd__player_part *part = &player->parts[player->at];

	return player->led < (unsigned)rd__setup_lead(line->setup) && player->at < player->count &&
	       part->encoding && part->encoding->frame && !part->sound->undecoded;
}

void rd__player_tick(struct rd__line *line)
{
	struct rd__player *player = line->player;
	const struct rd_stream_format *format = rd__sent_format(line->setup);
	size_t count = 0, given = 0;

	if (!player || player->paused)
		return;
	/* What is encoded already has the codec's own rate, whatever the encoder's. */
	if (player->feed) {
		say_feed(line, format, packet_of(line, own_rate(line, format)));
		return;
	}
	if (format && !line->ops && !player->tones && !rd__line_changes(line, RD__TAP_OUT) &&
	    !is_led(line, player)) {
		count = packet_of(line, format->codec->rate);
		given = say_encoded(line, format->codec, count);
	}
	if (!given) {
		count = packet_of(line, rd__line_rate(line));
		given = say_samples(line, rd__line_rate(line), count);
		player->led = player->led == UINT_MAX ? 1 : player->led + 1;
	} else {
		player->led = UINT_MAX;
	}
	atomic_store_explicit(&player->position_ms, place_ms(player), memory_order_relaxed);
	if (given < count && !player->queues)
		rd__player_end(line, 0);
}
