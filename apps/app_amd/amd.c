/* A person says a word or two and waits; a machine makes a speech, or is silent
 * at first. */
#include <stdio.h>
#include <string.h>

#include "apps/app_amd/amd.h"

void amd_init(struct amd *amd, const struct amd_settings *settings)
{
	memset(amd, 0, sizeof(*amd));
	amd->settings = settings;
}

static enum amd_verdict decide(struct amd *amd, enum amd_verdict verdict, const char *why, int is,
			       int limit)
{
	if (limit < 0)
		snprintf(amd->cause, sizeof(amd->cause), "%s-%d", why, is);
	else
		snprintf(amd->cause, sizeof(amd->cause), "%s-%d-%d", why, is, limit);
	return verdict;
}

static enum amd_verdict hear_silence(struct amd *amd, int ms)
{
	const struct amd_settings *s = amd->settings;

	amd->silence += ms;
	if (amd->silence >= s->between_words_silence) {
		amd->in_word = false;
		amd->word = 0;
	}
	if (!amd->greeting && amd->silence >= s->initial_silence)
		return decide(amd, AMD_MACHINE, "INITIALSILENCE", amd->silence,
			      s->initial_silence);
	if (amd->greeting && amd->silence >= s->after_greeting_silence)
		return decide(amd, AMD_HUMAN, "HUMAN", amd->silence, s->after_greeting_silence);
	return AMD_UNDECIDED;
}

static enum amd_verdict hear_voice(struct amd *amd, int ms)
{
	const struct amd_settings *s = amd->settings;

	amd->silence = 0;
	amd->word += ms;
	amd->voice += ms;
	if (amd->word >= s->min_word_length && !amd->in_word) {
		amd->in_word = amd->greeting = true;
		amd->words++;
	}
	if (amd->word >= s->max_word_length)
		return decide(amd, AMD_MACHINE, "MAXWORDLENGTH", amd->word, -1);
	if (amd->words > s->max_words)
		return decide(amd, AMD_MACHINE, "MAXWORDS", amd->words, s->max_words);
	if (amd->greeting && amd->voice >= s->greeting)
		return decide(amd, AMD_MACHINE, "LONGGREETING", amd->voice, s->greeting);
	return AMD_UNDECIDED;
}

enum amd_verdict amd_step(struct amd *amd, bool voice, int ms)
{
	enum amd_verdict verdict = voice ? hear_voice(amd, ms) : hear_silence(amd, ms);

	amd->total += ms;
	if (verdict == AMD_UNDECIDED && amd->total >= amd->settings->total_analysis_time)
		verdict = decide(amd, AMD_NOTSURE, "TOOLONG", amd->total, -1);
	return verdict;
}
