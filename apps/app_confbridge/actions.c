/* What keys do in a conference: a table, a row for each. */
#include <ringdown/module.h>
#include <ringdown/prompt.h>
#include <ringdown/say.h>

#include "apps/app_confbridge/confbridge.h"

/* The one who presses hears this instead of the room, for as long as it lasts. */
static void say(struct conf_user *user, const char *prompt)
{
	(void)rd_play(user->ch, prompt, RD_ANY_DIGIT);
}

static int toggle_mute(struct conf_user *user, int unused)
{
	(void)unused;
	user->seat.mute = !user->seat.mute;
	conf_update(user);
	say(user, user->seat.mute ? "conf-muted" : "conf-unmuted");
	return 0;
}

static int clamp(int db)
{
	return RD_MAX(-CONF_VOLUME_MAX_DB, RD_MIN(db, CONF_VOLUME_MAX_DB));
}

static int hear_louder(struct conf_user *user, int db)
{
	user->seat.volume_out_db = clamp(user->seat.volume_out_db + db);
	conf_update(user);
	return 0;
}

static int speak_louder(struct conf_user *user, int db)
{
	user->seat.volume_in_db = clamp(user->seat.volume_in_db + db);
	conf_update(user);
	return 0;
}

/* By app_say, which knows numbers; without it they are not said. */
static int say_number(struct rd_channel *ch, unsigned n)
{
	const struct rd_say *say_words = rd_interface_get(RD_SAY_NAME, RD_SAY_VERSION);
	int rc = say_words ? say_words->number(ch, n, NULL, RD_ANY_DIGIT) : 0;

	rd_interface_put(say_words);
	return rc;
}

int conf_say_count(struct conf_user *user)
{
	unsigned others = user->room->count - 1;
	int rc;

	if (others < 2)
		return rd_play(user->ch, others ? "conf-onlyone" : "conf-onlyperson",
			       RD_ANY_DIGIT);
	rc = rd_play(user->ch, "conf-thereare", RD_ANY_DIGIT);
	if (rc == 0)
		rc = say_number(user->ch, others);
	return rc ? rc : rd_play(user->ch, "conf-otherinparty", RD_ANY_DIGIT);
}

static int count(struct conf_user *user, int unused)
{
	(void)unused;
	(void)conf_say_count(user);
	return 0;
}

static int leave(struct conf_user *user, int unused)
{
	(void)user;
	(void)unused;
	return 1;
}

/* Keys as in the sample menu that Asterisk's users know. */
static const struct {
	char key;
	int (*act)(struct conf_user *user, int number); /* not 0: he leaves */
	int number;
} keys[] = {
	{ '1', toggle_mute, 0 },
	{ '4', hear_louder, -CONF_VOLUME_STEP_DB },
	{ '5', count, 0 },
	{ '6', hear_louder, CONF_VOLUME_STEP_DB },
	{ '7', speak_louder, -CONF_VOLUME_STEP_DB },
	{ '8', leave, 0 },
	{ '9', speak_louder, CONF_VOLUME_STEP_DB },
};

int conf_key(struct rd_channel *ch, char digit, void *arg)
{
	(void)ch;
	for (size_t i = 0; i < RD_ARRAY_SIZE(keys); i++)
		if (keys[i].key == digit)
			return keys[i].act(arg, keys[i].number);
	return 0;
}
