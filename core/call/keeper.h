/* References of channels that modules have (keeper.c). */
#ifndef CORE_CALL_KEEPER_H
#define CORE_CALL_KEEPER_H

#include "core/call/call.h"

RD_API_BEGIN

/* The core has one more from the module whose code is there; NULL: who works now. */
void rd__channel_handed_over(struct rd_channel *ch, const void *place);
/* " (kept by app_x, app_y)", or nothing. */
void rd__channel_name_keepers(const struct rd_channel *ch, struct rd_buf *out);
/* All there are, or the first of them, with their keepers. */
void rd__channels_name_all(struct rd_buf *out);
/* How many references it has; out gets that in words, and whose. live: those only of channels
 * that have not ended. */
size_t rd__channels_kept_by(const struct rd__usage *usage, bool live, struct rd_buf *out);

RD_API_END

#endif
