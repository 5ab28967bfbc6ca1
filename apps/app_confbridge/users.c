/* What is done to those who are in a conference, and what others may know of them. */
#include <string.h>

#include <ringdown/tech.h>

#include "apps/app_confbridge/confbridge.h"

void conf_update(struct conf_user *user)
{
	rd_bridge_set_seat(user->room->bridge, user->ch, &user->seat);
}

bool conf_is_meant(const struct conf_user *user, const char *whom)
{
	const char *name;
	char proper[160];

	if (strcmp(whom, "participants") == 0)
		return !user->options->admin;
	name = rd_tech_proper_name(whom, proper, sizeof(proper));
	return strcmp(whom, "all") == 0 || strcmp(name, rd_channel_name(user->ch)) == 0 ||
	       strcmp(name, rd_channel_device(user->ch)) == 0;
}

void conf_mute(struct conf_user *user, bool mute)
{
	user->seat.mute = mute;
	conf_update(user);
	conf_tell(user->room, mute ? "MUTE" : "UNMUTE", user);
}

void conf_dismiss(struct conf_user *user, int why)
{
	user->end = why;
	rd_bridge_kick(user->room->bridge, user->ch, RD_BRIDGE_KICKED);
	rd_cond_broadcast(&user->changed);
}

void conf_lock(struct conf_room *room, bool lock)
{
	room->locked = lock;
	conf_tell(room, lock ? "LOCK" : "UNLOCK", NULL);
}

void conf_mute_all(struct conf_room *room, bool mute)
{
	room->all_muted = mute;
	rd_list_foreach(node, tmp, &room->users) {
		struct conf_user *user = rd_list_entry(node, struct conf_user, link);

		if (!user->options->admin && user->seat.mute != mute)
			conf_mute(user, mute);
	}
}

/* ---- for those who show it ---- */

int conf_device_state(const char *name)
{
	return conf_find(name) ? RD_DEVICE_INUSE : RD_DEVICE_NOT_INUSE;
}

static int find(const char *name, struct rd_conference *conference)
{
	const struct conf_room *room = conf_find(name);

	if (!room)
		return -ENOENT;
	*conference = (struct rd_conference){ .users = room->count,
					      .max_users = (unsigned)room->options->max_members,
					      .locked = room->locked };
	return 0;
}

static struct conf_user *nth_user(const struct conf_room *room, size_t n)
{
	rd_list_foreach(node, tmp, &room->users)
		if (n-- == 0)
			return rd_list_entry(node, struct conf_user, link);
	return NULL;
}

static bool next_user(const char *name, size_t *pos, struct rd_conference_user *out)
{
	const struct conf_room *room = conf_find(name);
	struct conf_user *user = room ? nth_user(room, *pos) : NULL;
	const struct rd_party *who;

	if (!user)
		return false;
	++*pos;
	who = rd_channel_party(user->ch, RD_PARTY_CALLER);
	*out = (struct rd_conference_user){ .id = rd_channel_uniqueid(user->ch),
					    .joined_us = user->joined_us,
					    .on_hold = user->waits || rd_channel_on_hold(user->ch),
					    .muted = user->seat.mute,
					    .dialled_out = rd_channel_outgoing(user->ch) };
	if (rd_presentation_shown(who->name_pres))
		out->name = who->name;
	if (rd_presentation_shown(who->number_pres))
		out->number = who->number;
	return true;
}

static bool has_dialled(const struct conf_room *room, const char *number)
{
	rd_list_foreach(node, tmp, &room->users) {
		const struct rd_channel *ch = rd_list_entry(node, struct conf_user, link)->ch;

		if (!rd_channel_outgoing(ch) && strcmp(rd_channel_dialled(ch), number) == 0)
			return true;
	}
	return false;
}

static const char *by_number(const char *dialled)
{
	const struct conf_room *room = NULL;

	while ((room = conf_next(room)))
		if (has_dialled(room, dialled))
			return room->name;
	return NULL;
}

const struct rd_conferences conf_interface = { .find = find,
					       .user = next_user,
					       .by_number = by_number };
