/* Speaking to a caller: prompts, numbers and times one after the other, which a key cuts
 * short, and questions that a key answers. All of it yields. */
#ifndef APPS_APP_VOICEMAIL_VOICE_H
#define APPS_APP_VOICEMAIL_VOICE_H

#include <time.h>

#include <ringdown/channel.h>

#include "apps/app_voicemail/settings.h"

enum { VM_ANSWER_MS = 6000, VM_ASK_TIMES = 3 };

/* A speech. Once a key was pressed, or the caller has gone, the rest is not said. */
struct vm_voice {
	struct rd_channel *ch;
	const char *keys; /* that cut it short; NULL for none */
	int rc; /* 0, the key, or negative */
};

void vm_say(struct vm_voice *voice, const char *prompts);
void vm_say_number(struct vm_voice *voice, int number);
void vm_say_digits(struct vm_voice *voice, const char *digits);
void vm_say_spelled(struct vm_voice *voice, const char *text);
void vm_say_time(struct vm_voice *voice, time_t when, const struct vm_zone *zone);
/* "vm-messages" where there are not one. */
void vm_say_plural(struct vm_voice *voice, int count, const char *one, const char *many);
/* Who owns the mailbox: the recorded name, or its number after `otherwise`. */
void vm_say_owner(struct vm_voice *voice, const struct vm_box *box, const char *otherwise);

/* Option g: a whole number of decibels; what is none is logged, and 0. */
int vm_gain(struct rd_channel *ch, const char *text);

/* Say it without a key; a prompt that is missing is passed over. 0 or -ECANCELED. */
int vm_tell(struct rd_channel *ch, const char *prompts);
/* Say it, and wait for one of these keys: the key, 0 when none came, or negative. */
int vm_ask(struct rd_channel *ch, const char *prompts, const char *keys);
/* The end of a speech that asks: the same. */
int vm_answer(struct vm_voice *voice);
/* Say it, and read digits until #: how many, or negative. * as the first is all of it. */
int vm_ask_digits(struct rd_channel *ch, const char *prompts, char *digits, int max);
/* The same with other keys that are all of it when they come first. */
int vm_ask_digits_or(struct rd_channel *ch, const char *prompts, const char *alone, char *digits,
		     int max);

#endif
