/* Lines of pictures and text: what one hears goes to its peer as it is, and what
 * the peer's far end asks for goes back to whoever sends. On the media thread. */
#ifndef CORE_MEDIA_PASS_ON_H
#define CORE_MEDIA_PASS_ON_H

#include <ringdown/base.h>

#include "core/media/feedback.h"

struct rd__line;
struct rd__rtp;
struct rd_stream;

RD_API_BEGIN

/* -- pass_on.c -- */

/* A packet came in; format: of ours, or -1. */
void rd__line_pass_on(struct rd__line *line, struct rd__rtp *rtp, int format);
/* In a gallery: see this stream's line; NULL: nobody. */
void rd__line_see(struct rd__line *line, struct rd_stream *source);
/* It sees nobody, and nobody sees it. */
void rd__line_unsee(struct rd__line *line);

/* -- pass_back.c -- */

/* RTCP came in: pass the wishes in it on to whom our packets are from. */
void rd__line_pass_back(struct rd__line *line, const uint8_t *packet, size_t size);
/* The far end of this line wants a whole picture of whoever it watches. */
void rd__line_wish_for_picture(struct rd__line *line);
/* Have the far end of this line send one; where many see it, not more often than
 * they need one. */
void rd__line_ask_for_picture(struct rd__line *line);

/* -- rtcp_line.c -- */

/* Alone, or behind a report, as was agreed on; .sender becomes ours. */
void rd__line_send_feedback(struct rd__line *line, struct rd__feedback *feedback);

RD_API_END

#endif
