/* Conferences between the files of this module: room.c keeps them and who is
 * in them, options.c how they are made, menu.c is what keys do, commands.c the
 * console's. */
#ifndef APPS_APP_CONFBRIDGE_CONFBRIDGE_H
#define APPS_APP_CONFBRIDGE_CONFBRIDGE_H

#include <ringdown/base.h>
#include <ringdown/bridge.h>
#include <ringdown/channel.h>
#include <ringdown/cli.h>
#include <ringdown/conference.h>
#include <ringdown/list.h>

enum { CONF_NAME_MAX = 80,
       CONF_VOLUME_STEP_DB = 3,
       CONF_VOLUME_MAX_DB = 18 };

struct conf_user {
	struct rd_list link; /* in .users of its room */
	struct conf_room *room;
	struct rd_channel *ch; /* borrowed: its own fiber has it */
	struct rd_bridge_seat seat;
	uint64_t joined_us;
};

/* A conference; it is there while somebody is in it. */
struct conf_room {
	struct rd_list link;
	char name[CONF_NAME_MAX];
	struct rd_bridge *bridge;
	struct rd_list users;
	unsigned count;
	bool locked;
};

/* -- room.c -- */

/* NULL: there is none of that name. */
struct conf_room *conf_find(const char *name);
struct conf_room *conf_next(const struct conf_room *after); /* NULL: the first */
/* Found, or made by who comes first, as he wants it. -EINVAL (the name), -ENOMEM. */
int conf_open(struct conf_room **rp, const char *name, struct rd_channel *ch);
/* Into the list of those who are there; the last one out closes the door. */
void conf_enter(struct conf_room *room, struct conf_user *user);
void conf_leave(struct conf_user *user);
struct conf_user *conf_user_of(const struct conf_room *room, const char *channel);
/* Its seat has changed: in the bridge too, and everybody is told. */
void conf_update(struct conf_user *user);
extern const struct rd_conferences conf_interface;

/* -- options.c -- */

/* Set(CONFBRIDGE(bridge,video_mode)=none). 0, -EINVAL or -ENOMEM. */
int conf_option_set(struct rd_channel *ch, const char *args, const char *value);
/* What this channel has set, into the setup of a bridge. */
void conf_options(struct rd_channel *ch, struct rd_bridge_setup *setup);

/* -- menu.c -- */

/* rd_bridge_seat.digit; arg: the user. Yields. */
int conf_key(struct rd_channel *ch, char digit, void *arg);
/* "There are three others": how many are in it besides him. Yields. */
RD_YIELDS int conf_say_count(struct conf_user *user);

/* -- commands.c -- */

extern const struct rd_cli_command conf_commands[];

#endif
