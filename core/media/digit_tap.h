/* Keys that come as tones: a tap that listens for them where a phone sends them
 * so. They become events of the stream like those of RFC 4733. */
#ifndef CORE_MEDIA_DIGIT_TAP_H
#define CORE_MEDIA_DIGIT_TAP_H

#include <ringdown/base.h>

struct rd_stream;

struct rd__digit_detector;

/* Listen, or no longer, as the stream's configuration says. 0 or -ENOMEM. */
int rd__digit_tap_configure(struct rd_stream *stream);

/* The detector alone. rate: 8000. told: ms -1 when a key begins, else it has ended
 * after so long. */
int rd__digit_detector_new(struct rd__digit_detector **dp,
			   void (*told)(void *arg, char digit, int ms), void *arg);
void rd__digit_detector_free(struct rd__digit_detector *detector);
/* samples NULL: so many were lost. Allocates nothing. */
void rd__digit_detector_hear(struct rd__digit_detector *detector, const int16_t *samples,
			     size_t count);

#endif
