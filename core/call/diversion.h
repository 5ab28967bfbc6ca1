/* By whom a call was sent on before it came here (diversion.c). */
#ifndef CORE_CALL_DIVERSION_H
#define CORE_CALL_DIVERSION_H

#include "core/call/call.h"

RD_API_BEGIN

void rd__diversions_free(struct rd_channel *ch); /* all of a channel */
/* A copy to be kept for a while; NULL without memory. */
struct rd__diversion *rd__diversion_new(const struct rd_diversion *what);
const struct rd_diversion *rd__diversion_of(const struct rd__diversion *it);
void rd__diversion_unref(struct rd__diversion *it); /* NULL is harmless */
/* The child is a leg of the same call. */
void rd__diversions_inherit(struct rd_channel *child, const struct rd_channel *parent);

RD_API_END

#endif
