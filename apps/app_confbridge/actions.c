/* What keys do in a conference: a table, a row for each action. */
#include <ringdown/dialplan.h>
#include <ringdown/prompt.h>

#include "apps/app_confbridge/confbridge.h"

static void no_op(struct conf_user *user, const char *arg)
{
	(void)user;
	(void)arg;
}

static void toggle_mute(struct conf_user *user, const char *arg)
{
	(void)arg;
	conf_mute(user, !user->seat.mute);
	conf_next_key(user, conf_play_sound(user, user->seat.mute ? CONF_SOUND_MUTED
								  : CONF_SOUND_UNMUTED));
}

/* ---- volume ---- */

static void set_volume(struct conf_user *user, int *db, int to)
{
	*db = RD_MAX(-CONF_VOLUME_MAX_DB, RD_MIN(to, CONF_VOLUME_MAX_DB));
	conf_update(user);
}

static void hear_louder(struct conf_user *user, const char *arg)
{
	(void)arg;
	set_volume(user, &user->seat.volume_out_db, user->seat.volume_out_db + CONF_VOLUME_STEP_DB);
}

static void hear_softer(struct conf_user *user, const char *arg)
{
	(void)arg;
	set_volume(user, &user->seat.volume_out_db, user->seat.volume_out_db - CONF_VOLUME_STEP_DB);
}

static void hear_as_it_was(struct conf_user *user, const char *arg)
{
	(void)arg;
	set_volume(user, &user->seat.volume_out_db, 0);
}

static void speak_louder(struct conf_user *user, const char *arg)
{
	(void)arg;
	set_volume(user, &user->seat.volume_in_db, user->seat.volume_in_db + CONF_VOLUME_STEP_DB);
}

static void speak_softer(struct conf_user *user, const char *arg)
{
	(void)arg;
	set_volume(user, &user->seat.volume_in_db, user->seat.volume_in_db - CONF_VOLUME_STEP_DB);
}

static void speak_as_it_was(struct conf_user *user, const char *arg)
{
	(void)arg;
	set_volume(user, &user->seat.volume_in_db, 0);
}

/* ---- prompts ---- */

static void playback(struct conf_user *user, const char *prompts)
{
	(void)conf_play(user, prompts, "");
}

/* A key ends it, and is the next of the menu. */
static void playback_and_continue(struct conf_user *user, const char *prompts)
{
	int key = conf_play(user, prompts, RD_ANY_DIGIT);

	if (key > 0)
		user->next_key = key;
}

static void say_count(struct conf_user *user, const char *arg)
{
	(void)arg;
	conf_next_key(user, conf_say_count(user));
}

/* ---- elsewhere ---- */

static void dialplan(struct conf_user *user, const char *place)
{
	int rc = rd_dialplan_gosub(user->ch, place, "");

	if (rc < 0 && rc != -ECANCELED)
		conf_next_key(user, conf_play_sound(user, CONF_SOUND_ERROR_MENU));
}

static void leave(struct conf_user *user, const char *arg)
{
	(void)arg;
	user->leaves = true;
}

static void show_me(struct conf_user *user, const char *arg)
{
	(void)arg;
	conf_show(user->room, user);
}

static void show_no_more(struct conf_user *user, const char *arg)
{
	(void)arg;
	if (user->room->shown == user)
		conf_show(user->room, NULL);
}

/* ---- for admins ---- */

static void kick_last(struct conf_user *user, const char *arg)
{
	struct conf_user *last = rd_list_entry(user->room->users.prev, struct conf_user, link);

	(void)arg;
	if (last == user || last->options->admin)
		conf_next_key(user, conf_play_sound(user, CONF_SOUND_ERROR_MENU));
	else
		conf_dismiss(last, RD_BRIDGE_KICKED);
}

static void toggle_lock(struct conf_user *user, const char *arg)
{
	(void)arg;
	conf_lock(user->room, !user->room->locked);
	conf_next_key(user, conf_play_sound(user, user->room->locked ? CONF_SOUND_LOCKED_NOW
								     : CONF_SOUND_UNLOCKED_NOW));
}

static void toggle_mute_all(struct conf_user *user, const char *arg)
{
	struct conf_room *room = user->room;

	(void)arg;
	conf_mute_all(room, !room->all_muted);
	conf_announce(room, conf_sound(room, room->all_muted ? CONF_SOUND_ALL_MUTED
							     : CONF_SOUND_ALL_UNMUTED));
}

/* ---- the table ---- */

static const struct conf_action actions[] = {
	{ .name = "no_op", .run = no_op },
	{ .name = "toggle_mute", .run = toggle_mute },
	{ .name = "increase_listening_volume", .run = hear_louder },
	{ .name = "decrease_listening_volume", .run = hear_softer },
	{ .name = "reset_listening_volume", .run = hear_as_it_was },
	{ .name = "increase_talking_volume", .run = speak_louder },
	{ .name = "decrease_talking_volume", .run = speak_softer },
	{ .name = "reset_talking_volume", .run = speak_as_it_was },
	{ .name = "playback", .run = playback, .has_arg = true },
	{ .name = "playback_and_continue", .run = playback_and_continue, .has_arg = true },
	{ .name = "dialplan_exec", .run = dialplan, .has_arg = true },
	{ .name = "participant_count", .run = say_count },
	{ .name = "leave_conference", .run = leave },
	{ .name = "set_as_single_video_src", .run = show_me },
	{ .name = "release_as_single_video_src", .run = show_no_more },
	{ .name = "admin_kick_last", .run = kick_last, .for_admins = true },
	{ .name = "admin_toggle_conference_lock", .run = toggle_lock, .for_admins = true },
	{ .name = "admin_toggle_mute_participants", .run = toggle_mute_all, .for_admins = true },
};

/* Those of Asterisk that are not here; without .run they are passed over. */
static const struct conf_action absent[] = {
	{ .name = "toggle_binaural", .instead = "there is no binaural sound" },
};

const struct conf_action *conf_action_find(struct rd_str name)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(actions); i++)
		if (rd_str_ieq(name, rd_str_of(actions[i].name)))
			return &actions[i];
	for (size_t i = 0; i < RD_ARRAY_SIZE(absent); i++)
		if (rd_str_ieq(name, rd_str_of(absent[i].name)))
			return &absent[i];
	return NULL;
}
