/* Speaking to a caller: see voice.h. */
#include "apps/app_voicemail/voice.h"

#include <stdlib.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>
#include <ringdown/say.h>

#include "apps/app_voicemail/store.h"

/* What is not there was named in the log; the call goes on. */
static int passed_over(int rc)
{
	return rc < 0 && rc != -ECANCELED ? 0 : rc;
}

void vm_say(struct vm_voice *voice, const char *prompts)
{
	if (voice->rc == 0)
		voice->rc = passed_over(rd_play(voice->ch, prompts, voice->keys));
}

/* By app_say, which knows the words; without it they are not said. */
static const struct rd_say *words(const struct vm_voice *voice)
{
	return voice->rc ? NULL : rd_interface_get(RD_SAY_NAME, RD_SAY_VERSION);
}

void vm_say_number(struct vm_voice *voice, int number)
{
	const struct rd_say *say = words(voice);

	if (!say)
		return;
	voice->rc = passed_over(say->number(voice->ch, number, NULL, voice->keys));
	rd_interface_put(say);
}

void vm_say_digits(struct vm_voice *voice, const char *digits)
{
	const struct rd_say *say = words(voice);

	if (!say)
		return;
	voice->rc = passed_over(say->digits(voice->ch, digits, voice->keys));
	rd_interface_put(say);
}

void vm_say_spelled(struct vm_voice *voice, const char *text)
{
	const struct rd_say *say = words(voice);

	if (!say)
		return;
	voice->rc = passed_over(say->alpha(voice->ch, text, voice->keys));
	rd_interface_put(say);
}

void vm_say_time(struct vm_voice *voice, time_t when, const struct vm_zone *zone)
{
	const struct rd_say *say = words(voice);

	if (!say)
		return;
	voice->rc = passed_over(
		say->unixtime(voice->ch, when, zone->timezone, zone->format, voice->keys));
	rd_interface_put(say);
}

void vm_say_plural(struct vm_voice *voice, int count, const char *one, const char *many)
{
	vm_say(voice, count == 1 ? one : many);
}

void vm_say_owner(struct vm_voice *voice, const struct vm_box *box, const char *otherwise)
{
	char path[VM_PATH];

	if (voice->rc == 0 && vm_store_greeting(box, "greet", path) == 0) {
		vm_say(voice, path);
		return;
	}
	if (otherwise)
		vm_say(voice, otherwise);
	vm_say_digits(voice, box->name);
}

int vm_tell(struct rd_channel *ch, const char *prompts)
{
	struct vm_voice voice = { .ch = ch };

	vm_say(&voice, prompts);
	return voice.rc;
}

int vm_answer(struct vm_voice *voice)
{
	int key = voice->rc;

	while (key == 0) {
		key = rd_read_digit(voice->ch, VM_ANSWER_MS);
		if (key > 0 && !strchr(voice->keys, key))
			key = 0;
	}
	return key == -ETIMEDOUT ? 0 : key;
}

int vm_ask(struct rd_channel *ch, const char *prompts, const char *keys)
{
	struct vm_voice voice = { .ch = ch, .keys = keys };

	vm_say(&voice, prompts);
	return vm_answer(&voice);
}

/* While it is said or afterwards; 0: none, or #. */
static int first_digit(struct rd_channel *ch, const char *prompts)
{
	struct vm_voice voice = { .ch = ch, .keys = RD_ANY_DIGIT };
	int key;

	vm_say(&voice, prompts);
	key = vm_answer(&voice);
	return key == '#' ? 0 : key;
}

int vm_ask_digits_or(struct rd_channel *ch, const char *prompts, const char *alone, char *digits,
		     int max)
{
	int key = first_digit(ch, prompts), rc;

	digits[0] = '\0';
	if (key <= 0)
		return key;
	digits[0] = (char)key;
	digits[1] = '\0';
	if (strchr(alone, key))
		return 1;
	rc = rd_read_digits(ch, digits + 1, max - 1, "#", VM_ANSWER_MS / 2, VM_ANSWER_MS / 2, NULL);
	return rc < 0 ? rc : 1 + rc;
}

int vm_ask_digits(struct rd_channel *ch, const char *prompts, char *digits, int max)
{
	return vm_ask_digits_or(ch, prompts, "*", digits, max);
}

int vm_gain(struct rd_channel *ch, const char *text)
{
	char *end;
	long db = text ? strtol(text, &end, 10) : 0;

	if (text && *text && !*end)
		return (int)RD_MAX(RD_MIN(db, 24), -24);
	rd_app_warning(ch, "option g(%s): is no number of decibels", text ? text : "");
	return 0;
}
