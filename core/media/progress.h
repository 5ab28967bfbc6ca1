/* Tones that are heard: one frequency that lasts, or those of a network as a country has
 * them: dialling, ringing, busy, congested, and the three of an announcement. Of sound
 * at 8 kHz; made on the switch thread, used on a media thread. */
#ifndef CORE_MEDIA_PROGRESS_H
#define CORE_MEDIA_PROGRESS_H

#include <ringdown/detect.h>

struct rd__progress;

RD_API_BEGIN

/* zone: whose tones; NULL, "": those of the default country. hz: one tone instead, that
 * lasts ms. 0 or -ENOMEM. */
int rd__progress_new(struct rd__progress **pp, const char *zone, int hz, int ms);
void rd__progress_free(struct rd__progress *progress);
/* Call told for each tone that is known now: once for as long as it goes on. NULL: so
 * many samples of silence. */
void rd__progress_hear(struct rd__progress *progress, const int16_t *samples, size_t count,
		       void (*told)(void *arg, enum rd_detected what), void *arg);

RD_API_END

#endif
