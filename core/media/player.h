/* A player as both threads see it; media.h is what the switch thread asks of it. */
#ifndef CORE_MEDIA_PLAYER_H
#define CORE_MEDIA_PLAYER_H

#include <stdatomic.h>

#include <ringdown/list.h>

#include "core/media/command.h"
#include "core/media/feed.h"
#include "core/media/tone.h"

struct rd__encoding;
struct rd__line;
struct rd__sound;

/* One of the sounds: as it is, or at the rate of what it was encoded for. */
struct rd__player_part {
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
	void (*next)(void *arg);
	void *next_arg;
	struct rd_list queue; /* struct queued of player.c: the one at hand first */
	bool stopped, gone;

	/* both read */
	struct rd__tones *tones; /* NULL: sounds */
	struct rd__feed *feed; /* instead of both */
	struct rd__track *track; /* of the feed, in what the stream sent at first */
	bool loop, queues;
	_Atomic int64_t position_ms;

	/* the media thread's */
	bool paused;
	int at; /* in parts */
	uint64_t place; /* in parts[at], samples << 16 */
	unsigned led; /* packets encoded for this line; UINT_MAX: the last was encoded already */
	struct rd__tone_voice voice;
	struct rd__track_reader reader;
	const struct rd__player_part *upcoming; /* of a queue; parts[0] is the one at hand */
	int count;
	struct rd__player_part parts[];
};

RD_API_BEGIN

/* -- player.c: the switch thread's -- */

/* An event of one. */
void rd__player_event(const struct rd__event *event);

/* -- player_line.c: the media thread's, once it has the player -- */

/* The place of a time, in all sounds together; their end when it is later. */
void rd__player_seek(struct rd__player *player, int64_t ms);

void rd__player_tick(struct rd__line *line);
/* One is going to tick soon: fetch.h. */
void rd__player_fetch(const struct rd__player *player);
/* Instead of what the line plays, which ends with -ECANCELED. */
void rd__player_begin(struct rd__line *line, struct rd__player *player);
/* What the line plays is over, with rc; nothing when it plays nothing. */
void rd__player_end(struct rd__line *line, int rc);
/* Forget a player, playing or not; RD__EVENT_PLAYER_GONE says when. */
void rd__player_drop(struct rd__line *line, struct rd__player *player);
/* action: RD__PLAYER_...; ms: of those that seek. */
void rd__player_act(struct rd__line *line, struct rd__player *player, int action, int64_t ms);
/* The next of a queue: a struct rd__player_part, the switch thread's, kept until its
 * RD__EVENT_PLAYER_NEXT. */
void rd__player_take(struct rd__line *line, struct rd__player *player, const void *part);

RD_API_END

#endif
