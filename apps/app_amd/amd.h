/* Person or machine: decided by how long somebody speaks, 20 ms at a time. It
 * knows no channel and no clock. */
#ifndef APPS_APP_AMD_AMD_H
#define APPS_APP_AMD_AMD_H

#include <ringdown/base.h>

/* Milliseconds, but for threshold and max_words. */
struct amd_settings {
	int initial_silence, greeting, after_greeting_silence, total_analysis_time;
	int min_word_length, between_words_silence, max_words, threshold, max_word_length;
};

enum amd_verdict { AMD_UNDECIDED, AMD_HUMAN, AMD_MACHINE, AMD_NOTSURE };

struct amd {
	const struct amd_settings *settings;
	int total, silence, voice, word; /* word: the one at hand */
	int words;
	bool greeting, in_word;
	char cause[64]; /* once decided */
};

void amd_init(struct amd *amd, const struct amd_settings *settings);
/* So many ms of voice, or of silence, have passed. */
enum amd_verdict amd_step(struct amd *amd, bool voice, int ms);

#endif
