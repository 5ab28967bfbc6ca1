/* Whole pictures: those that build on no other one. Whoever begins to watch can make
 * nothing of what comes before the first of them. */
#ifndef CORE_MEDIA_WHOLE_PICTURE_H
#define CORE_MEDIA_WHOLE_PICTURE_H

#include <ringdown/base.h>

#include "core/media/rtp.h"

RD_API_BEGIN

/* Can it be told from the packets of this codec? */
bool rd__whole_picture_known(const char *rtp_name);
/* A whole picture begins with this packet. False where that cannot be told. */
bool rd__whole_picture_begins(const char *rtp_name, const struct rd__rtp *rtp);

RD_API_END

#endif
