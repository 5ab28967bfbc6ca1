/* Tones made by arithmetic: lists as in indications.conf, and the two of a
 * key. Parsed on the switch thread, sounded on a media thread. */
#ifndef CORE_MEDIA_TONE_H
#define CORE_MEDIA_TONE_H

#include <ringdown/base.h>

#include "core/media/media.h"

enum { RD__TONES_MAX = 64 };

/* One element of a list: "350+440/500", "400*25/1000", "M69/500", "!0/100", and, beyond
 * what others know, a level in dBm0: "1004@0". */
struct rd__tone {
	int hz[2];
	bool modulated; /* hz[1] is the rate at which hz[0] swells */
	bool once;	/* not part of what is repeated */
	int ms;		/* 0: for ever */
	int level;	/* amplitude of each, of 32767 */
};

struct rd__tones {
	int count, loop_from; /* loop_from == count: it ends */
	struct rd__tone tone[];
};

/* Phases of two tones, in 2^-32 of a turn. */
struct rd__oscillator {
	uint32_t phase[2];
};

/* Where a list is being sounded. */
struct rd__tone_voice {
	struct rd__oscillator oscillator;
	int at;
	uint32_t done; /* samples of tone[at] */
};

RD_API_BEGIN

/* Fill the tables; before anything sounds. Once is enough. */
void rd__tone_setup(void);

void rd__tone_sound(struct rd__oscillator *oscillator, const struct rd__tone *tone, int rate,
		    int16_t *samples, size_t count);

/* The next samples of a list; fewer than count when it ends. */
size_t rd__tones_read(const struct rd__tones *tones, struct rd__tone_voice *voice, int rate,
		      int16_t *samples, size_t count);

/* The two tones of a key; silence for 0. */
void rd__tone_digit(struct rd__oscillator *oscillator, char digit, int rate,
		    int16_t *samples, size_t count);

RD_API_END

#endif
