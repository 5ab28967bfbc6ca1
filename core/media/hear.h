/* What a line hears, on its way to its peer, its mixer and its taps. On the media
 * thread. */
#ifndef CORE_MEDIA_HEAR_H
#define CORE_MEDIA_HEAR_H

#include <ringdown/base.h>

#include "core/media/rtp.h"

struct rd__line;

RD_API_BEGIN

/* A packet of format .formats[format]. */
void rd__line_hear(struct rd__line *line, struct rd__rtp *rtp, int format, bool in_order);
/* One that waited in a jitter buffer: to its peer. */
void rd__line_voice(struct rd__line *line, struct rd__rtp *rtp, int format);
/* Packets that wait for those that they have overtaken: all of them now; or those that
 * have waited for long enough. */
void rd__line_hear_rest(struct rd__line *line);
void rd__line_hear_tick(struct rd__line *line);
/* A frame that a custom stream gave. */
void rd__line_heard(struct rd__line *line, int16_t *samples, size_t count);
/* Comfort noise (RFC 3389), passed on to whom it means something, made for others. */
void rd__line_comfort_noise(struct rd__line *line, struct rd__rtp *rtp);
/* A frame of noise, while it is to hear that. */
void rd__line_noise_tick(struct rd__line *line);

RD_API_END

#endif
