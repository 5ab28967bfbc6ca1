/* Keys on a line, those that come in and those that it sends. On the media
 * thread. */
#ifndef CORE_MEDIA_DTMF_LINE_H
#define CORE_MEDIA_DTMF_LINE_H

#include <ringdown/base.h>

#include "core/media/rtp.h"

struct rd__line;

RD_API_BEGIN

void rd__line_digit_packet(struct rd__line *line, const struct rd__rtp *rtp);
/* Has an event lost its end? */
void rd__line_digit_clock(struct rd__line *line);
/* True while a digit occupies the line's voice. */
bool rd__line_digit_tick(struct rd__line *line);
bool rd__line_digits_busy(const struct rd__line *line);

RD_API_END

#endif
