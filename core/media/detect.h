/* Detectors of a stream: a tap that tells when what comes in, or what is heard there,
 * changes between voice and silence, and which tones there are, a fax machine's too. */
#ifndef CORE_MEDIA_DETECT_H
#define CORE_MEDIA_DETECT_H

#include <ringdown/detect.h>

#include "core/media/media.h"

struct rd__event;

RD_API_BEGIN

/* 0 or -ENOMEM. */
int rd__stream_detect(struct rd_stream *stream, const struct rd_detect_options *options,
		      struct rd_detector **dp);
/* Nothing is told any more. */
void rd__detector_free(struct rd_detector *detector);
bool rd__detector_hears_voice(const struct rd_detector *detector);
void rd__detector_event(const struct rd__event *event);

RD_API_END

#endif
