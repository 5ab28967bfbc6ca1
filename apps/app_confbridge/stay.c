/* The time in a conference: waiting for the leader, outside of the bridge, and talking in
 * it, in turns. */
#include <ringdown/app.h>
#include <ringdown/clock.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>
#include <ringdown/say.h>

#include "apps/app_confbridge/confbridge.h"

/* ---- what he alone hears ---- */

int conf_play(struct conf_user *user, const char *prompt, const char *stop_keys)
{
	int rc = *prompt ? rd_play(user->ch, prompt, stop_keys) : 0;

	/* What is not there was named in the log. */
	return rc < 0 && rc != -ECANCELED ? 0 : rc;
}

int conf_play_sound(struct conf_user *user, enum conf_sound which)
{
	return conf_play(user, conf_sound(user->room, which), RD_ANY_DIGIT);
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
		return conf_play_sound(user, others ? CONF_SOUND_ONLY_ONE : CONF_SOUND_ONLY_PERSON);
	rc = conf_play_sound(user, CONF_SOUND_THERE_ARE);
	if (rc == 0)
		rc = say_number(user->ch, others);
	return rc ? rc : conf_play_sound(user, CONF_SOUND_OTHER_IN_PARTY);
}

/* ---- music ---- */

static bool is_alone(const struct conf_user *user)
{
	return user->room->alone == user;
}

/* While it was looked for somebody may have come. */
static void play_music(struct conf_user *user)
{
	if (user->options->music && (user->waits || is_alone(user)))
		rd_music_start(user->ch, user->options->music_class);
	if (!user->waits && !is_alone(user))
		rd_music_stop(user->ch);
}

/* rd_bridge_seat.called: he is alone now, or is not any more. */
static void company_changed(struct rd_channel *ch, void *arg)
{
	(void)ch;
	play_music(arg);
}

/* A prompt has ended the music. */
static int press(struct rd_channel *ch, char digit, void *arg)
{
	struct conf_user *user = arg;
	int leaves = conf_key(ch, digit, user);

	if (!leaves)
		play_music(user);
	return leaves;
}

/* ---- waiting for the leader ---- */

static int left_ms(const struct conf_user *user)
{
	uint64_t now = rd_now_ms();

	if (!user->deadline_ms)
		return RD_FOREVER;
	return user->deadline_ms > now ? (int)(user->deadline_ms - now) : 0;
}

/* All the keys that he has pressed: 0, RD_BRIDGE_KEY, -ECANCELED. */
static int take_keys(struct conf_user *user)
{
	struct rd_signal signal;
	int rc;

	while (!(rc = rd_channel_take_of(user->ch, RD_SIGNAL_BIT(RD_SIGNAL_DIGIT), &signal)))
		if (press(user->ch, (char)signal.number, user))
			return RD_BRIDGE_KEY;
	return rc == -EAGAIN ? 0 : rc;
}

static int wait_on(struct conf_user *user)
{
	int rc = take_keys(user);

	while (!rc && !user->end && conf_must_wait(user)) {
		rc = rd_cond_wait(&user->changed, left_ms(user));
		if (!rc)
			rc = take_keys(user);
	}
	return rc == -ETIMEDOUT ? RD_BRIDGE_LIMIT : rc;
}

static int wait_for_leader(struct conf_user *user, bool again)
{
	int rc = 0;

	user->waits = true;
	rd_channel_set_notify(user->ch, &user->changed);
	if (!user->options->quiet)
		rc = conf_play_sound(user, again ? CONF_SOUND_LEADER_HAS_LEFT
						 : CONF_SOUND_WAIT_FOR_LEADER);
	if (rc > 0)
		rc = press(user->ch, (char)rc, user) ? RD_BRIDGE_KEY : 0;
	if (!rc && conf_must_wait(user))
		play_music(user);
	if (!rc)
		rc = wait_on(user);
	user->waits = false;
	rd_music_stop(user->ch);
	rd_channel_set_notify(user->ch, NULL);
	return rc;
}

/* ---- talking ---- */

static int talk(struct conf_user *user)
{
	user->seat.limit_ms = 0;
	if (user->deadline_ms)
		user->seat.limit_ms = RD_MAX(left_ms(user), 1);
	play_music(user);
	return user->end || conf_must_wait(user)
		       ? 0
		       : rd_bridge_join(user->room->bridge, user->ch, &user->seat);
}

static void take_seat(struct conf_user *user)
{
	user->seat = (struct rd_bridge_seat){
		.mute = user->options->startmuted ||
			(user->room->all_muted && !user->options->admin),
		.denoise = user->options->denoise,
		.digit = press,
		.called = company_changed,
		.arg = user,
	};
	if (user->options->timeout_ms)
		user->deadline_ms = rd_now_ms() + (uint64_t)user->options->timeout_ms;
}

static int stay(struct conf_user *user)
{
	int end = 0;
	bool again = false;

	while (!end && !user->end) {
		if (conf_must_wait(user))
			end = wait_for_leader(user, again);
		else
			end = talk(user);
		again = user->recalled;
		if (again && end == RD_BRIDGE_MOVED)
			end = 0;
		user->recalled = false;
	}
	return user->end && end != -ECANCELED ? user->end : end;
}

/* The others hear that he comes; he hears it before he is with them, or does not. */
static int be_announced(struct conf_user *user)
{
	struct conf_room *room = user->room;
	int rc;

	if (user->options->quiet)
		return 0;
	if (room->count > 1)
		conf_announce_come(user);
	if (user->options->hear_own_join)
		rc = conf_play_sound(user, CONF_SOUND_JOIN);
	else
		rc = conf_announce_wait(room);
	if (user->options->count_all_above >= 0 && room->count > 1 &&
	    (int)room->count > user->options->count_all_above)
		conf_announce_count(room);
	return rc;
}

/* A key that he presses during it does what it does later. */
static int greet(struct conf_user *user)
{
	int key = conf_play(user, user->options->announcement, RD_ANY_DIGIT);
	bool wants_count = user->options->announce_count && user->room->count > 1;

	/* Whoever is alone is told so; he would think that he was not heard. */
	if (conf_active(user->room) == 1 && !conf_must_wait(user) && user->options->announce_only)
		wants_count = true;
	if (key == 0 && !user->options->quiet && wants_count)
		key = conf_say_count(user);
	if (key == 0)
		key = be_announced(user);
	if (key > 0)
		key = press(user->ch, (char)key, user) ? RD_BRIDGE_KEY : 0;
	return key;
}

/* The first who comes to a conference that is recorded begins that. */
static void record(struct conf_user *user)
{
	struct conf_room *room = user->room;
	int rc = room->options->record && room->count == 1 ? conf_record_start(room, NULL) : 0;

	if (rc && rc != -ECANCELED)
		rd_app_warning(user->ch, "%s is not recorded: %s", room->name, rd_strerror(rc));
}

int conf_stay(struct conf_room *room, struct conf_user *user)
{
	int end;

	rd_list_init(&user->link);
	rd_cond_init(&user->changed);
	conf_enter(room, user);
	take_seat(user);
	record(user);
	end = greet(user);
	if (!end)
		end = stay(user);
	return end;
}
