/* One stream hears what another one hears and says, without anybody noticing:
 * a room of its own with the two sides of the other, as a tap gives them. */
#ifndef CORE_MEDIA_LISTEN_H
#define CORE_MEDIA_LISTEN_H

#include <ringdown/stream.h>

struct rd__listen;

RD_API_BEGIN

/* both: also what is said to it, not only what it says. The ear leaves its link
 * or room. 0 or -ENOMEM. On the switch thread, like the next. */
int rd__listen_start(struct rd__listen **lp, struct rd_stream *ear, struct rd_stream *target,
		     bool both);
/* The ear is free again. */
void rd__listen_stop(struct rd__listen *listen);

RD_API_END

#endif
