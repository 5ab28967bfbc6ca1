/* What the files of prompt*.c share: the one thing at a time that a channel
 * plays, and how prompts are found. */
#ifndef CORE_CALL_PROMPT_H
#define CORE_CALL_PROMPT_H

#include <ringdown/prompt.h>

#include "core/call/call.h"
#include "core/media/media.h"

enum { RD__PROMPT_PARTS = 64 };

/* What a channel plays right now; made when it first plays something. */
struct rd__voice {
	struct rd_channel *ch;
	struct rd__player *player; /* NULL: nothing */
	bool music, tone;
	int ended_rc;
};

/* Decoded prompts of "a&b", each with a reference. */
struct rd__prompts {
	struct rd__sound *sounds[RD__PROMPT_PARTS];
	int count;
	int64_t length_ms;
};

/* NULL without memory, or when the channel has no stream to play to. */
struct rd__voice *rd__voice(struct rd_channel *ch);
/* The same, but NULL where there is none yet. */
struct rd__voice *rd__voice_there(struct rd_channel *ch);
/* Replace what is played. signal: the waiting fiber is told of the end by
 * RD_SIGNAL_MEDIA with the voice as its source. 0 or negative. */
int rd__voice_start(struct rd_channel *ch, const struct rd__play *play, bool signal);
void rd__voice_stop(struct rd_channel *ch);
/* Wait for its end or one of the keys: 0, the key, or negative; stops it. */
RD_YIELDS int rd__voice_wait(struct rd_channel *ch, const char *stop_keys);

/* Find and load each part, the file that serves the codec best (NULL: the usual
 * one); what is missing is left out, and logged with the place of who was to hear
 * it (may be NULL). -ENOENT: all of it. Yields. */
RD_YIELDS int rd__prompts_load(struct rd__prompts *prompts, const char *names,
			       const char *language, const struct rd_codec *codec,
			       struct rd_channel *hearer);
/* What a prompt for it is best sent in; NULL: samples. */
const struct rd_codec *rd__prompt_codec(const struct rd_channel *ch);
/* Encode what is not encoded yet for this channel. Yields. */
RD_YIELDS void rd__prompts_prepare(struct rd_channel *ch, const struct rd__prompts *prompts);
void rd__prompts_free(struct rd__prompts *prompts);

#endif
