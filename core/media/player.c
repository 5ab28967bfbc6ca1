/* Players: sounds one after the other, or a list of tones. Here the switch thread
 * makes them and gets them back; a line plays them in player_line.c. */
#include <string.h>

#include "core/base/slab.h"
#include "core/media/command.h"
#include "core/media/encoding.h"
#include "core/media/engine.h"
#include "core/media/feed.h"
#include "core/media/media.h"
#include "core/media/player.h"
#include "core/media/setup.h"
#include "core/media/sound.h"
#include "core/media/stream.h"

/* Of a sound this long the slowest codec makes packets in a twentieth of a second. */
enum { PATIENCE_MS = 5000 };

/* One more of a queue; its part is copied when it begins. */
struct queued {
	struct rd_list link;
	struct rd__player_part part;
};

static void forget_played(struct rd__player *player)
{
	struct rd_list *node = rd_list_pop(&player->queue);

	if (!node)
		return;
	rd__sound_unref(rd_list_entry(node, struct queued, link)->part.kept);
	rd_free(rd_list_entry(node, struct queued, link));
}

static void player_free(struct rd__player *player)
{
	while (!rd_list_empty(&player->queue))
		forget_played(player);
	for (int i = 0; i < player->count && !player->queues; i++)
		rd__sound_unref(player->parts[i].kept);
	if (player->track)
		rd__track_unref(player->track);
	rd__feed_unref(player->feed);
	rd__tones_free(player->tones);
	rd__slab_free(player, RD__SLAB_PLAYERS);
}

static bool has_samples(const struct rd__player *player)
{
	for (int i = 0; i < player->count; i++)
		if (player->parts[i].sound->count > 0)
			return true;
	return false;
}

static void fill_part(struct rd__player_part *part, const struct rd_stream *stream,
		      struct rd__sound *sound)
{
	const struct rd__encoding *encoding =
		rd__encoding_find(sound, stream->line.ops ? NULL : rd__sent_format(stream->setup));

	part->kept = rd__sound_ref(sound);
	part->sound = encoding ? encoding->sound : sound;
	part->encoding = encoding;
}

static struct queued *enqueue(struct rd__player *player, const struct rd_stream *stream,
			      struct rd__sound *sound)
{
	struct queued *queued = rd_zalloc(sizeof(*queued));

	if (!queued)
		return NULL;
	fill_part(&queued->part, stream, sound);
	rd_list_push(&player->queue, &queued->link);
	return queued;
}

static const struct rd_codec *codec_of(const struct rd_stream *stream)
{
	const struct rd_stream_format *format = rd__sent_format(stream->setup);

	return format && !stream->line.ops ? format->codec : NULL;
}

/* Sounds, tones, or a feed: what the player plays. */
static int fill(struct rd__player *player, struct rd_stream *stream, const struct rd__play *play)
{
	if (play->tones)
		return rd__tones_new(&player->tones, play->tones, NULL);
	if (play->feed) {
		player->feed = rd__feed_ref(play->feed);
		return rd__feed_track(&player->track, play->feed, stream);
	}
	for (int i = 0; i < play->count; i++)
		if (!rd__sound_suits(play->sounds[i], codec_of(stream)))
			return -ENOTSUP;
	if (!player->queues) {
		for (int i = 0; i < play->count; i++)
			fill_part(&player->parts[player->count++], stream, play->sounds[i]);
		player->loop = play->loop && has_samples(player);
		return 0;
	}
	if (!enqueue(player, stream, play->sounds[0]))
		return -ENOMEM;
	player->parts[player->count++] =
		rd_list_entry(player->queue.next, struct queued, link)->part;
	return 0;
}

int rd__stream_prepare(struct rd_stream *stream, struct rd__sound *sound)
{
	const struct rd_stream_format *format = rd__sent_format(stream->setup);

	RD_CHECK(stream, RD__STREAM_MAGIC);
	return format && !stream->line.ops ? rd__sound_encode(sound, format) : 0;
}

int rd__stream_prepare_soon(struct rd_stream *stream, struct rd__sound *sound)
{
	const struct rd_stream_format *format = rd__sent_format(stream->setup);

	RD_CHECK(stream, RD__STREAM_MAGIC);
	if (!format || stream->line.ops)
		return 0;
	return rd__sound_ms(sound) > PATIENCE_MS ? rd__sound_encode_aside(sound, format)
						 : rd__sound_encode(sound, format);
}

int rd__stream_play(struct rd_stream *stream, const struct rd__play *play,
		    struct rd__player **pp)
{
	size_t size =
		sizeof(struct rd__player) + (size_t)play->count * sizeof(struct rd__player_part);
	struct rd__player *player = rd__slab_zalloc(size, RD__SLAB_PLAYERS);
	int rc;

	RD_CHECK(stream, RD__STREAM_MAGIC);
	if (!player)
		return -ENOMEM;
	rd_list_init(&player->queue);
	player->queues = play->next && play->count;
	rc = fill(player, stream, play);
	if (rc) {
		player_free(player);
		return rc;
	}
	player->stream = stream;
	player->ended = play->ended;
	player->arg = play->arg;
	player->next = play->next;
	player->next_arg = play->next_arg;
	rd__player_seek(player, play->offset_ms);
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

int rd__player_append(struct rd__player *player, struct rd__sound *sound)
{
	struct rd__command command = { .type = RD__CMD_PLAYER_APPEND,
				       .stream = player->stream,
				       .object = player };
	struct queued *queued;

	rd_assert(player->queues && !player->stopped);
	if (player->stream->closing)
		return 0;
	queued = enqueue(player, player->stream, sound);
	if (!queued)
		return -ENOMEM;
	command.number = (intptr_t)&queued->part;
	if (!rd__order_new(player->stream, &command))
		return 0;
	rd_list_remove(&queued->link);
	rd__sound_unref(sound);
	rd_free(queued);
	return -ENOMEM;
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

	if (event->type == RD__EVENT_PLAYER_NEXT) {
		forget_played(player);
		if (!player->stopped)
			player->next(player->next_arg);
		return;
	}
	if (event->type == RD__EVENT_PLAYER_ENDED) {
		if (player->ended)
			player->ended(player->arg, (int)event->number);
		/* A stop is on its way: its answer is the last of it. */
		if (player->stopped && !player->gone)
			return;
	}
	player_free(player);
}
