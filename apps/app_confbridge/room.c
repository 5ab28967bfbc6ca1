/* Conferences by name, and who is in them. A conference begins with the first
 * who enters and ends with the last who leaves. */
#include <stdio.h>
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/event.h>
#include <ringdown/prompt.h>
#include <ringdown/tech.h>

#include "apps/app_confbridge/confbridge.h"

struct conf_room *conf_find(const char *name)
{
	rd_list_foreach(node, tmp, &conf_state->rooms) {
		struct conf_room *room = rd_list_entry(node, struct conf_room, link);

		if (strcmp(room->name, name) == 0)
			return room;
	}
	return NULL;
}

struct conf_room *conf_next(const struct conf_room *after)
{
	struct rd_list *next = after ? after->link.next : conf_state->rooms.next;

	return next == &conf_state->rooms ? NULL : rd_list_entry(next, struct conf_room, link);
}

const char *conf_sound(const struct conf_room *room, enum conf_sound which)
{
	return room->options->sounds[which];
}

void conf_tell(const struct conf_room *room, const char *what, const struct conf_user *user)
{
	struct rd_event event = { .type = RD_EVENT_CONFERENCE,
				  .name = room->name,
				  .text = what,
				  .channel = user ? user->ch : NULL,
				  .bridge = room->bridge };

	rd_event_publish(&event);
}

static void tell_lamps(const struct conf_room *room)
{
	char device[sizeof("confbridge:") + CONF_NAME_MAX];

	snprintf(device, sizeof(device), "confbridge:%s", room->name);
	rd_device_changed(device);
}

/* ---- the room ---- */

/* That of the first who comes, where the profile leaves it open. */
static int rate_of(const struct conf_bridge_options *options, const struct rd_channel *ch)
{
	const struct rd_stream_config *media = rd_channel_media(ch, RD_MEDIA_AUDIO);
	int wanted = options->rate;

	if (!wanted && media && media->formats[0].codec)
		wanted = media->formats[0].codec->rate;
	if (options->max_rate)
		wanted = RD_MIN(wanted, options->max_rate);
	return conf_rate_below(RD_MAX(wanted, 8000));
}

static enum rd_bridge_pictures pictures_of(const struct conf_bridge_options *options)
{
	if (options->video == CONF_VIDEO_NONE)
		return RD_PICTURES_NONE;
	return options->video == CONF_VIDEO_SFU ? RD_PICTURES_ALL : RD_PICTURES_FOLLOW;
}

static int make_bridge(struct conf_room *room, const struct rd_channel *ch)
{
	/* Mixed from the first on: who talks is told, and lamps show it. */
	struct rd_bridge_setup setup = {
		.mix = true,
		.rate = rate_of(room->options, ch),
		.frame_ms = room->options->frame_ms,
		.pictures = pictures_of(room->options),
	};

	return rd_bridge_new(&room->bridge, &setup);
}

static void room_free(struct conf_room *room)
{
	rd_cond_fini(&room->heard);
	conf_settings_unref(room->profile.settings);
	rd_free(room);
}

static int room_new(struct conf_room **rp, const char *name, const char *profile,
		    struct rd_channel *ch)
{
	struct conf_room *room;
	int rc;

	if (!*name || strlen(name) >= CONF_NAME_MAX)
		return -EINVAL;
	room = rd_zalloc(sizeof(*room));
	if (!room)
		return -ENOMEM;
	rd_list_init(&room->link);
	rd_list_init(&room->users);
	rd_cond_init(&room->heard);
	snprintf(room->name, sizeof(room->name), "%s", name);
	rc = conf_choose(&room->profile, CONF_BRIDGE, profile, ch);
	if (!rc) {
		room->options = &room->profile.profile->bridge;
		rc = make_bridge(room, ch);
	}
	if (rc)
		room_free(room);
	else
		*rp = room;
	return rc;
}

int conf_open(struct conf_room **rp, const char *name, const char *profile, struct rd_channel *ch)
{
	struct conf_room *room = conf_find(name);
	int rc = room ? 0 : room_new(&room, name, profile, ch);

	if (rc)
		return rc;
	if (!rd_list_linked(&room->link))
		rd_list_push(&conf_state->rooms, &room->link);
	*rp = room;
	return 0;
}

static void room_close(struct conf_room *room)
{
	conf_record_end(room);
	rd_list_remove(&room->link);
	conf_tell(room, "END", NULL);
	tell_lamps(room);
	conf_announce_end(room);
	rd_bridge_close(room->bridge);
	room_free(room);
}

/* ---- who is in it ---- */

bool conf_is_full(const struct conf_room *room, const struct conf_user *user)
{
	int max = room->options->max_members;

	return !user->options->admin && (room->locked || (max && (int)room->count >= max));
}

unsigned conf_active(const struct conf_room *room)
{
	return room->marked ? room->count : room->count - room->followers;
}

static bool follows(const struct conf_user *user)
{
	return user->options->wait_marked && !user->options->marked;
}

bool conf_must_wait(const struct conf_user *user)
{
	return follows(user) && !user->room->marked;
}

static void count(struct conf_user *user, unsigned by)
{
	struct conf_room *room = user->room;

	room->count += by;
	room->marked += user->options->marked ? by : 0;
	room->followers += follows(user) ? by : 0;
}

static struct conf_user *only_active(const struct conf_room *room)
{
	rd_list_foreach(node, tmp, &room->users) {
		struct conf_user *user = rd_list_entry(node, struct conf_user, link);

		if (!conf_must_wait(user))
			return user;
	}
	return NULL;
}

/* Who is alone may hear music, which ends when somebody comes. */
static void find_lonely(struct conf_room *room)
{
	struct conf_user *alone = conf_active(room) == 1 ? only_active(room) : NULL;

	if (room->alone && room->alone != alone)
		rd_music_stop(room->alone->ch);
	room->alone = alone;
	if (alone)
		rd_bridge_call(room->bridge, alone->ch);
}

/* Those who have waited for him come in by themselves, and after him. */
static void leader_comes(struct conf_room *room)
{
	struct rd_list behind = RD_LIST_INIT(behind);
	struct rd_list *first;

	rd_list_foreach(node, tmp, &room->users) {
		struct conf_user *user = rd_list_entry(node, struct conf_user, link);

		rd_cond_broadcast(&user->changed);
		if (!follows(user))
			continue;
		rd_list_remove(&user->link);
		rd_list_push(&behind, &user->link);
	}
	while ((first = rd_list_pop(&behind)))
		rd_list_push(&room->users, first);
	if (room->followers)
		conf_announce(room, conf_sound(room, CONF_SOUND_BEGIN));
}

static void recall(struct conf_user *user)
{
	user->recalled = true;
	rd_bridge_kick(user->room->bridge, user->ch, RD_BRIDGE_MOVED);
}

static void leader_leaves(struct conf_room *room)
{
	rd_list_foreach(node, tmp, &room->users) {
		struct conf_user *user = rd_list_entry(node, struct conf_user, link);

		if (user->options->end_marked_any ||
		    (!room->marked && user->options->end_marked && !user->options->marked))
			conf_dismiss(user, CONF_LEADER_LEFT);
		else if (conf_must_wait(user))
			recall(user);
	}
}

/* The first or the last who is marked, where the mode is one of these; NULL. */
static const struct conf_user *seen_by_mode(const struct conf_room *room)
{
	const struct conf_user *found = NULL;
	int mode = room->options->video;

	if (mode != CONF_VIDEO_FIRST_MARKED && mode != CONF_VIDEO_LAST_MARKED)
		return NULL;
	rd_list_foreach(node, tmp, &room->users) {
		const struct conf_user *user = rd_list_entry(node, struct conf_user, link);

		if (user->options->marked && (!found || mode == CONF_VIDEO_LAST_MARKED))
			found = user;
	}
	return found;
}

void conf_show(struct conf_room *room, struct conf_user *user)
{
	const struct conf_user *seen = user ? user : seen_by_mode(room);

	room->shown = user;
	rd_bridge_show(room->bridge, seen ? seen->ch : NULL);
}

void conf_enter(struct conf_room *room, struct conf_user *user)
{
	user->room = room;
	user->joined_us = rd_wall_us();
	rd_list_push(&room->users, &user->link);
	count(user, 1);
	if (room->count == 1) {
		conf_tell(room, "START", NULL);
		tell_lamps(room);
	}
	conf_tell(room, "JOIN", user);
	if (user->options->marked && room->marked == 1)
		leader_comes(room);
	conf_show(room, room->shown);
	find_lonely(room);
}

void conf_leave(struct conf_user *user)
{
	struct conf_room *room = user->room;

	if (room->alone == user)
		room->alone = NULL;
	rd_list_remove(&user->link);
	rd_cond_fini(&user->changed);
	count(user, -1u);
	conf_tell(room, "LEAVE", user);
	if (!room->count) {
		room_close(room);
		return;
	}
	conf_show(room, room->shown == user ? NULL : room->shown);
	if (!user->options->quiet)
		conf_announce_gone(user);
	if (user->options->marked)
		leader_leaves(room);
	find_lonely(room);
}
