/* Players: sounds one after the other, or a list of tones, a frame for each
 * tick of the line. The switch thread makes them and gets them back. */
#include <string.h>

#include "core/media/engine.h"
#include "core/media/sound.h"

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
	int at;		/* in sounds */
	uint64_t place; /* in sounds[at], samples << 16 */
	struct rd__tone_voice voice;
	int count;
	struct rd__sound *sounds[];
};

/* ---- the switch thread's part ---- */

static void player_free(struct rd__player *player)
{
	for (int i = 0; i < player->count; i++)
		rd__sound_unref(player->sounds[i]);
	rd__tones_free(player->tones);
	rd_free(player);
}

/* The place of a time, in all sounds together; their end when it is later. */
static void seek(struct rd__player *player, int64_t ms)
{
	ms = RD_MAX(ms, 0);
	for (player->at = 0; player->at < player->count; player->at++) {
		const struct rd__sound *sound = player->sounds[player->at];

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
		ms += rd__sound_ms(player->sounds[i]);
	if (player->at < player->count)
		ms += (int64_t)(player->place >> 16) * 1000 / player->sounds[player->at]->rate;
	return ms;
}

static bool has_samples(const struct rd__play *play)
{
	for (int i = 0; i < play->count; i++)
		if (play->sounds[i]->count > 0)
			return true;
	return false;
}

int rd__stream_play(struct rd_stream *stream, const struct rd__play *play,
		    struct rd__player **pp)
{
	size_t size = sizeof(struct rd__player) + (size_t)play->count * sizeof(void *);
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
		player->sounds[player->count++] = rd__sound_ref(play->sounds[i]);
	player->stream = stream;
	player->ended = play->ended;
	player->arg = play->arg;
	player->loop = play->loop && has_samples(play);
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

static size_t read_sounds(struct rd__player *player, int rate, int16_t *out, size_t count)
{
	size_t given = 0;

	while (given < count && player->at < player->count) {
		const struct rd__sound *sound = player->sounds[player->at];

		given += sound->rate == rate
				 ? copy(player, sound, out + given, count - given)
				 : stretch(player, sound, rate, out + given, count - given);
		if (given == count)
			break;
		player->place = 0;
		if (++player->at == player->count && player->loop)
			player->at = 0;
	}
	return given;
}

void rd__player_tick(struct rd__line *line)
{
	struct rd__player *player = line->player;
	const struct rd_stream_format *format = rd__sent_format(line->setup);
	int16_t *samples = line->thread->samples2;
	int rate = line->ops ? line->ops_rate : format ? format->codec->rate : 8000;
	size_t count = (size_t)(rate * rd__line_tick_ms(line) / 1000), given;

	if (!player || player->paused)
		return;
	count = RD_MIN(count, (size_t)RD__FRAME_MAX);
	given = player->tones ? rd__tones_read(player->tones, &player->voice, rate, samples, count)
			      : read_sounds(player, rate, samples, count);
	if (given) {
		memset(samples + given, 0, (count - given) * sizeof(*samples));
		rd__line_say(line, player, samples, count);
	}
	atomic_store_explicit(&player->position_ms, place_ms(player), memory_order_relaxed);
	if (given < count)
		rd__player_end(line, 0);
}
