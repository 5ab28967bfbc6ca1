/* Players between the two threads; media.h is what the switch thread asks of them. */
#ifndef CORE_MEDIA_PLAYER_H
#define CORE_MEDIA_PLAYER_H

#include <ringdown/base.h>

struct rd__event;
struct rd__line;
struct rd__player;

RD_API_BEGIN

/* The switch thread's: an event of one. */
void rd__player_event(const struct rd__event *event);

/* -- the media thread's -- */

void rd__player_tick(struct rd__line *line);
/* One is going to tick soon: fetch.h. */
void rd__player_fetch(const struct rd__player *player);
void rd__player_begin(struct rd__line *line, struct rd__player *player);
void rd__player_end(struct rd__line *line, int rc);
void rd__player_drop(struct rd__line *line, struct rd__player *player);
void rd__player_act(struct rd__line *line, struct rd__player *player, int action, int64_t ms);
void rd__player_take(struct rd__line *line, struct rd__player *player, const void *part);

RD_API_END

#endif
