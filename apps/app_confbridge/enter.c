/* The way into a conference: who knows the PIN, and what his name is. */
#include <stdio.h>
#include <string.h>

#include <ringdown/config.h>
#include <ringdown/log.h>
#include <ringdown/prompt.h>

#include "apps/app_confbridge/confbridge.h"
#include "apps/folders.h"

enum { PIN_MAX = 64, PIN_TRIES = 3, PIN_FIRST_MS = 10000, PIN_NEXT_MS = 5000, PIN_END_MS = 1500 };
enum { NAME_MAX_MS = 10000, NAME_SILENCE_MS = 3000, ANSWER_MS = 5000 };

/* The prompt asks for a # at the end: it is no key of the conference. 1: nothing else came,
 * 0: more digits, or -ECANCELED. */
static int take_end(struct rd_channel *ch)
{
	int key = rd_read_digit(ch, PIN_END_MS);

	return key == -ECANCELED ? key : key == '#' || key == -ETIMEDOUT;
}

/* 1: it is right, 0: it is not, or -ECANCELED. */
static int ask_once(struct rd_channel *ch, const char *pin, const char *prompt)
{
	char typed[PIN_MAX + 2] = "";
	size_t n = strlen(pin);
	int ended = 0, rc = rd_play(ch, prompt, RD_ANY_DIGIT);

	if (rc == '#')
		return 0;
	if (rc > 0) {
		typed[0] = (char)rc;
		rc = 0;
	}
	if (rc != -ECANCELED && strlen(typed) < n)
		rc = rd_read_digits(ch, typed + strlen(typed), (int)(n - strlen(typed)), "#",
				    PIN_FIRST_MS, PIN_NEXT_MS, &ended);
	if (rc == -ECANCELED)
		return rc;
	if (strcmp(typed, pin) != 0)
		return 0;
	return ended ? 1 : take_end(ch);
}

int conf_ask_pin(struct rd_channel *ch, const struct conf_user_options *options,
		 const struct conf_bridge_options *bridge)
{
	if (!*options->pin)
		return 0;
	if (strlen(options->pin) > PIN_MAX)
		return -EACCES;
	for (int i = 0; i < PIN_TRIES; i++) {
		int rc = ask_once(ch, options->pin, bridge->sounds[CONF_SOUND_GET_PIN]);

		if (rc)
			return rc < 0 ? rc : 0;
		if (rd_play(ch, bridge->sounds[CONF_SOUND_INVALID_PIN], "") == -ECANCELED)
			return -ECANCELED;
	}
	return -EACCES;
}

/* ---- his name ---- */

static int make_path(struct conf_user *user, const char *conference)
{
	char safe[CONF_NAME_MAX];
	int n;

	rd_strcpy(safe, sizeof(safe), conference);
	folders_safe_name(safe);
	n = snprintf(user->name_file, sizeof(user->name_file),
		     "%s/confbridge/confbridge-name-%s-%s", rd_directory("spool"), safe,
		     rd_channel_uniqueid(user->ch));
	if (n < 0 || (size_t)n >= sizeof(user->name_file))
		return -ENAMETOOLONG;
	return folders_make(user->name_file);
}

static int record_name(struct conf_user *user)
{
	const struct rd_record_options options = { .path = user->name_file,
						   .format = "wav",
						   .stop_keys = "#",
						   .max_ms = NAME_MAX_MS,
						   .silence_ms = NAME_SILENCE_MS,
						   .beep = true };
	struct rd_record_result result;
	int rc = conf_play(user, "vm-rec-name", "#");

	if (rc >= 0)
		rc = rd_record(user->ch, &options, &result);
	rd_prompt_changed(user->name_file);
	return rc;
}

/* 1 keeps it, 2 plays it, 3 records it again; no answer keeps it. */
static int review_name(struct conf_user *user)
{
	int rc = 0;

	while (rc >= 0) {
		int key = conf_play(user, "vm-review", RD_ANY_DIGIT);

		if (key == 0)
			key = rd_read_digit(user->ch, ANSWER_MS);
		if (key == '1' || key == -ETIMEDOUT)
			return 0;
		if (key == '2')
			rc = conf_play(user, user->name_file, RD_ANY_DIGIT);
		else if (key == '3')
			rc = record_name(user);
		else if (key < 0)
			rc = key;
	}
	return rc;
}

/* Without a name he comes in all the same. */
int conf_ask_name(struct conf_user *user, const char *conference)
{
	int rc;

	if (!user->options->announce_join_leave || user->options->quiet)
		return 0;
	rc = make_path(user, conference);
	if (!rc)
		rc = record_name(user);
	if (!rc && user->options->review_name)
		rc = review_name(user);
	if (rc && rc != -ECANCELED)
		rd_warning("%s: the name for conference %s: %s", rd_channel_name(user->ch),
			   conference, rd_strerror(rc));
	if (rc)
		conf_forget_name(user);
	return rc == -ECANCELED ? rc : 0;
}
