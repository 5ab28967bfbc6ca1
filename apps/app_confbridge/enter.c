/* The way into a conference: who knows the PIN, and what his name is. */
#include <stdio.h>
#include <string.h>

#include <ringdown/prompt.h>

#include "apps/app_confbridge/confbridge.h"

enum { PIN_MAX = 64, PIN_TRIES = 3, PIN_FIRST_MS = 10000, PIN_NEXT_MS = 5000 };

/* 1: it is right, 0: it is not, or -ECANCELED. */
static int ask_once(struct rd_channel *ch, const char *pin, const char *prompt)
{
	char typed[PIN_MAX + 2] = "";
	size_t n = strlen(pin);
	int ended, rc = rd_play(ch, prompt, RD_ANY_DIGIT);

	if (rc == '#')
		return 0;
	if (rc > 0) {
		typed[0] = (char)rc;
		rc = 0;
	}
	if (rc != -ECANCELED && strlen(typed) < n)
		rc = rd_read_digits(ch, typed + strlen(typed), (int)(n - strlen(typed)), "#",
				    PIN_FIRST_MS, PIN_NEXT_MS, &ended);
	return rc == -ECANCELED ? rc : strcmp(typed, pin) == 0;
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
