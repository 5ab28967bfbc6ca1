/* Silence that is not sent: who has agreed on comfort noise (RFC 3389) is told now and
 * then how loud it would be, and makes the noise himself. */
#ifndef CORE_MEDIA_HUSH_H
#define CORE_MEDIA_HUSH_H

#include "core/media/voice_detect.h"

struct rd__hush {
	struct rd__voice_detector voice;
	bool silent;
	uint8_t level; /* as it was told last, in -dBov */
	int told_ms; /* ago */
};

enum rd__hush_verdict {
	RD__HUSH_SAY,
	RD__HUSH_TELL, /* .level instead */
	RD__HUSH_NOTHING,
};

RD_API_BEGIN

/* What is to become of these samples. */
enum rd__hush_verdict rd__hush_judge(struct rd__hush *hush, const int16_t *samples, size_t count,
				     int rate);

RD_API_END

#endif
