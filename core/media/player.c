/* Players: sounds one after the other, or a list of tones, a frame for each
 * tick of the line. The switch thread makes them and gets them back. */
#include <string.h>

#include "core/media/encoding.h"
#include "core/media/engine.h"

/* One of the sounds: as it is, or at the rate of what it was encoded for. */
struct part {
	struct rd__sound *kept;
	const struct rd__sound *sound;
	const struct rd__encoding *encoding; /* NULL: none that fits */
};

struct rd__player {
	/* the switch thread's */
	struct rd_stream *stream; /* NULL: it is closed */
	struct rd__order start, stop;
	void (*ended)(void *arg, int rc);
	void *arg;
	bool stopped, gone;

	/* both read */
	struct rd__tones *tones; /* NULL: sounds */
	bool loop;
	_Atomic int64_t position_ms;

	/* the media thread's */
	bool paused;
	int at; /* in parts */
	uint64_t place; /* in parts[at], samples << 16 */
	struct rd__tone_voice voice;
	int count;
	struct part parts[];
};

/* ---- the switch thread's part ---- */

static void player_free(struct rd__player *player)
{
	for (int i = 0; i < player->count; i++)
		rd__sound_unref(player->parts[i].kept);
	rd__tones_free(player->tones);
	rd_free(player);
}

/* The place of a time, in all sounds together; their end when it is later. */
static void seek(struct rd__player *player, int64_t ms)
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
		ms += (int64_t)(player->place >> 16) * 1000 /
		      player->parts[player->at].sound->rate;
	return ms;
}

static bool has_samples(const struct rd__player *player)
{
	for (int i = 0; i < player->count; i++)
		if (player->parts[i].sound->count > 0)
			return true;
	return false;
}

static void add_part(struct rd__player *player, const struct rd_stream *stream,
		     struct rd__sound *sound)
{
	const struct rd__encoding *encoding =
		rd__encoding_find(sound, stream->line.ops ? NULL : rd__sent_format(stream->setup));
	struct part *part = &player->parts[player->count++];

	part->kept = rd__sound_ref(sound);
	part->sound = encoding ? encoding->sound : sound;
	part->encoding = encoding;
}

int rd__stream_prepare(struct rd_stream *stream, struct rd__sound *sound)
{
	const struct rd_stream_format *format = rd__sent_format(stream->setup);

	RD_CHECK(stream, RD__STREAM_MAGIC);
	return format && !stream->line.ops ? rd__sound_encode(sound, format) : 0;
}

int rd__stream_play(struct rd_stream *stream, const struct rd__play *play,
		    struct rd__player **pp)
{
	size_t size = sizeof(struct rd__player) + (size_t)play->count * sizeof(struct part);
	struct rd__player *player = rd_zalloc(size);
	int rc = player ? 0 : -ENOMEM;

	RD_CHECK(stream, RD__STREAM_MAGIC);
	if (!rc && play->tones)
		rc = rd__tones_new(&player->tones, play->tones, NULL);
	if (rc) {
		rd_free(player);
		return rc;
	}
	for (int i = 0; i < play->count; i++)
		add_part(player, stream, play->sounds[i]);
	player->stream = stream;
	player->ended = play->ended;
	player->arg = play->arg;
	player->loop = play->loop && has_samples(player);
	seek(player, play->offset_ms);
	atomic_store_explicit(&player->position_ms, play->offset_ms, memory_order_relaxed);
	rd__order_init(&player->start, stream, RD__CMD_PLAY, player);
	rd__order_init(&player->stop, stream, RD__CMD_PLAYER_STOP, player);
	rd__order(stream, &player->start);
	if (pp)
		*pp = player;
	return 0;
}

void rd__player_stop(struct rd__player *player)
{
	rd_assert(!player->stopped);
	player->stopped = true;
	player->ended = NULL;
	/* A stream that closes ends it anyway. */
	if (!player->stream->closing)
		rd__order(player->stream, &player->stop);
	else
		player->gone = true;
}

void rd__player_control(struct rd__player *player, enum rd__player_action action, int64_t ms)
{
	struct rd__command command = { .type = RD__CMD_PLAYER_CONTROL,
				       .stream = player->stream,
				       .object = player,
				       .number = action,
				       .number2 = ms };

	rd_assert(!player->stopped);
	/* A key that finds no memory is a key not pressed. */
	if (!player->stream->closing)
		(void)rd__order_new(player->stream, &command);
}

int64_t rd__player_position_ms(const struct rd__player *player)
{
	return atomic_load_explicit(&player->position_ms, memory_order_relaxed);
}

void rd__player_event(const struct rd__event *event)
{
	struct rd__player *player = event->object;

	if (event->type == RD__EVENT_PLAYER_ENDED) {
		if (player->ended)
			player->ended(player->arg, (int)event->number);
		/* A stop is on its way: its answer is the last of it. */
		if (player->stopped && !player->gone)
			return;
	}
	player_free(player);
}

/* ---- the media thread's part ---- */

static void tell(struct rd__line *line, enum rd__event_type type, struct rd__player *player,
		 int rc)
{
	struct rd__event event = { .type = type,
				   .stream = RD__STREAM_OF(line),
				   .object = player,
				   .number = rc };

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

void rd__player_act(struct rd__line *line, struct rd__player *player, int action, int64_t ms)
{
	/* It may have ended meanwhile, and be freed. */
	if (line->player != player)
		return;
	if (action == RD__PLAYER_PAUSE || action == RD__PLAYER_RESUME) {
		player->paused = action == RD__PLAYER_PAUSE;
		return;
	}
	seek(player, action == RD__PLAYER_SEEK_BY ? place_ms(player) + ms : ms);
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

static void next_part(struct rd__player *player)
{
	player->place = 0;
	if (++player->at == player->count && player->loop)
		player->at = 0;
}

static size_t read_sounds(struct rd__player *player, int rate, int16_t *out, size_t count)
{
	size_t given = 0;

	while (given < count && player->at < player->count) {
		const struct rd__sound *sound = player->parts[player->at].sound;

		given += sound->rate == rate
				 ? copy(player, sound, out + given, count - given)
				 : stretch(player, sound, rate, out + given, count - given);
		if (given < count)
			next_part(player);
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

	if (!encoding || encoding->codec != codec ||
	    (encoding->frame && encoding->frame != count))
		return NULL;
	return encoding;
}

/* Part after part, as far as they are encoded; the rest of the packet is silence. */
static size_t read_bytes(struct rd__player *player, const struct rd_codec *codec, uint8_t *out,
			 size_t count)
{
	static const int16_t silence[RD__FRAME_MAX];
	const struct rd__encoding *encoding;
	size_t given = 0;

	while (given < count && (encoding = usable(player, codec, count))) {
		size_t at = player->place >> 16, stride = encoding->stride;
		size_t n = RD_MIN(count - given, encoding->sound->count - at);

		memcpy(out + given * stride, encoding->bytes + at * stride, n * stride);
		player->place += (uint64_t)n << 16;
		given += n;
		if (given < count)
			next_part(player);
	}
	if (given < count) {
		size_t stride = (size_t)(codec->bitrate / codec->rate / 8);

		codec->encode(NULL, silence, count - given, out + given * stride,
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
		next_part(player);
		encoding = usable(player, codec, count);
	}
	if (!encoding)
		return 0;
	if (encoding->frame) {
		given = read_packet(player, encoding, out, &size);
	} else {
		given = read_bytes(player, codec, out, count);
		size = count * (size_t)(codec->bitrate / codec->rate / 8);
	}
	rd__line_say_bytes(line, player, size, count);
	return given;
}

static size_t say_samples(struct rd__line *line, int rate, size_t count)
{
	struct rd__player *player = line->player;
	int16_t *samples = line->thread->samples2;
	size_t given = player->tones ? rd__tones_read(player->tones, &player->voice, rate,
						      samples, count)
				     : read_sounds(player, rate, samples, count);

	if (given) {
		memset(samples + given, 0, (count - given) * sizeof(*samples));
		rd__line_say(line, player, samples, count);
	}
	return given;
}

void rd__player_tick(struct rd__line *line)
{
	struct rd__player *player = line->player;
	const struct rd_stream_format *format = rd__sent_format(line->setup);
	int rate = line->ops ? line->ops_rate : format ? format->codec->rate
						       : 8000;
	size_t count = (size_t)(rate * rd__line_tick_ms(line) / 1000), given = 0;

	if (!player || player->paused)
		return;
	count = RD_MIN(count, (size_t)RD__FRAME_MAX);
	if (format && !line->ops && !player->tones)
		given = say_encoded(line, format->codec, count);
	if (!given)
		given = say_samples(line, rate, count);
	atomic_store_explicit(&player->position_ms, place_ms(player), memory_order_relaxed);
	if (given < count)
		rd__player_end(line, 0);
}
