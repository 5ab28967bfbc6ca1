/* Is somebody talking? By energy, against the noise of the line as learned in
 * its pauses, with hysteresis: begins at once, ends when it has been quiet for
 * half a second. Levels are means of absolute values (rd__mix_level). */
#ifndef CORE_MEDIA_VOICE_DETECT_H
#define CORE_MEDIA_VOICE_DETECT_H

#include <ringdown/base.h>

enum {
	RD__VOICE_LEAST = 100, /* what counts as sound at all */
	RD__VOICE_NOISE_MAX = 400, /* louder is never noise */
	RD__VOICE_HANG_MS = 500,
};

struct rd__voice_detector {
	int noise16; /* the learned level, times 16 */
	int quiet_ms;
	bool talking;
};

/* Would this level begin a talk? */
static inline bool rd__voice_begins(const struct rd__voice_detector *voice, int level)
{
	return level >= RD__VOICE_LEAST + 3 * voice->noise16 / 16;
}

/* Down at once, up slowly: a pause is quieter than anything said. */
static inline void rd__voice_learn(struct rd__voice_detector *voice, int level)
{
	int level16 = RD_MIN(level, RD__VOICE_NOISE_MAX) * 16;

	if (level16 < voice->noise16)
		voice->noise16 -= (voice->noise16 - level16 + 3) / 4;
	else
		voice->noise16 += (level16 - voice->noise16) / 64;
}

/* So many ms at this level; returns whether somebody talks. */
static inline bool rd__voice_detect(struct rd__voice_detector *voice, int level, int ms)
{
	bool loud = rd__voice_begins(voice, voice->talking ? level * 2 : level);

	if (loud) {
		voice->talking = true;
		voice->quiet_ms = 0;
	} else {
		voice->quiet_ms += ms;
		rd__voice_learn(voice, level);
		if (voice->quiet_ms >= RD__VOICE_HANG_MS)
			voice->talking = false;
	}
	return voice->talking;
}

#endif
