/* How long a packet of sound lasts, as its bytes tell. */
#ifndef CORE_MEDIA_SPAN_H
#define CORE_MEDIA_SPAN_H

#include <ringdown/base.h>

struct rd__rtp;
struct rd_codec;

RD_API_BEGIN

/* In units of its clock; 0: nobody knows. */
uint32_t rd__packet_span(const struct rd_codec *codec, const struct rd__rtp *rtp);

RD_API_END

#endif
