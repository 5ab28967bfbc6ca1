/* Conferences by name, and who is in them. A conference begins with the first
 * who enters and ends with the last who leaves. */
#include <stdio.h>
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/event.h>

#include "apps/app_confbridge/confbridge.h"

static struct rd_list rooms = RD_LIST_INIT(rooms);

struct conf_room *conf_find(const char *name)
{
	rd_list_foreach(node, tmp, &rooms) {
		struct conf_room *room = rd_list_entry(node, struct conf_room, link);

		if (strcmp(room->name, name) == 0)
			return room;
	}
	return NULL;
}

struct conf_room *conf_next(const struct conf_room *after)
{
	struct rd_list *next = after ? after->link.next : rooms.next;

	return next == &rooms ? NULL : rd_list_entry(next, struct conf_room, link);
}

static void tell(const struct conf_room *room)
{
	struct rd_event event = { .type = RD_EVENT_CONFERENCE,
				  .name = room->name,
				  .bridge = room->bridge };

	rd_event_publish(&event);
}

int conf_open(struct conf_room **rp, const char *name, struct rd_channel *ch)
{
	/* Mixed from the first on: who talks is told, and lamps show it. */
	struct rd_bridge_setup setup = { .mix = true };
	struct conf_room *room = conf_find(name);
	int rc;

	if (!room) {
		if (!*name || strlen(name) >= CONF_NAME_MAX)
			return -EINVAL;
		room = rd_zalloc(sizeof(*room));
		if (!room)
			return -ENOMEM;
		conf_options(ch, &setup);
		rc = rd_bridge_new(&room->bridge, &setup);
		if (rc) {
			rd_free(room);
			return rc;
		}
		snprintf(room->name, sizeof(room->name), "%s", name);
		rd_list_init(&room->users);
		rd_list_push(&rooms, &room->link);
	}
	*rp = room;
	return 0;
}

void conf_enter(struct conf_room *room, struct conf_user *user)
{
	user->room = room;
	user->joined_us = rd_wall_us();
	rd_list_push(&room->users, &user->link);
	room->count++;
	tell(room);
}

void conf_leave(struct conf_user *user)
{
	struct conf_room *room = user->room;

	rd_list_remove(&user->link);
	if (--room->count) {
		tell(room);
		return;
	}
	rd_list_remove(&room->link);
	tell(room);
	rd_bridge_close(room->bridge);
	rd_free(room);
}

struct conf_user *conf_user_of(const struct conf_room *room, const char *channel)
{
	rd_list_foreach(node, tmp, &room->users) {
		struct conf_user *user = rd_list_entry(node, struct conf_user, link);

		if (strcmp(rd_channel_name(user->ch), channel) == 0)
			return user;
	}
	return NULL;
}

void conf_update(struct conf_user *user)
{
	rd_bridge_set_seat(user->room->bridge, user->ch, &user->seat);
	tell(user->room);
}

/* ---- for those who show it ---- */

static int find(const char *name, struct rd_conference *conference)
{
	const struct conf_room *room = conf_find(name);

	if (!room)
		return -ENOENT;
	*conference = (struct rd_conference){ .users = room->count, .locked = room->locked };
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
					    .muted = user->seat.mute,
					    .dialled_out = rd_channel_outgoing(user->ch) };
	if (rd_presentation_shown(who->name_pres))
		out->name = who->name;
	if (rd_presentation_shown(who->number_pres))
		out->number = who->number;
	return true;
}

const struct rd_conferences conf_interface = { .find = find, .user = next_user };
