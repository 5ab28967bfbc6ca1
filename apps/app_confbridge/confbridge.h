/* Conferences between the files of this module: room.c keeps them and who is in them,
 * enter.c is the way in, stay.c the time in there, announce.c what all hear, record.c what
 * is kept of it, menu.c and actions.c what keys do, commands.c and show.c the console's,
 * functions.c the dialplan's. Profiles have profile.h. */
#ifndef APPS_APP_CONFBRIDGE_CONFBRIDGE_H
#define APPS_APP_CONFBRIDGE_CONFBRIDGE_H

#include <ringdown/base.h>
#include <ringdown/bridge.h>
#include <ringdown/channel.h>
#include <ringdown/cli.h>
#include <ringdown/conference.h>
#include <ringdown/function.h>
#include <ringdown/list.h>

#include "apps/app_confbridge/profile.h"

enum {
	CONF_NAME_MAX = 80,
	CONF_KEYS_MAX = 8,
	CONF_PATH_MAX = 512,
	CONF_VOLUME_STEP_DB = 3,
	CONF_VOLUME_MAX_DB = 18
};

/* Besides those of enum rd_bridge_end. */
enum { CONF_LEADER_LEFT = 100 };

/* What stays when a new file takes the module's place, and how long it is, file by file. */
struct conf_state {
	struct rd_list rooms;
	struct conf_settings *in_force; /* NULL: none yet */
	char key; /* of what CONFBRIDGE() keeps with a channel */
};
extern struct conf_state *conf_state;
extern const struct rd_module_state conf_kept;
extern const size_t conf_sizes_announced[], conf_sizes_recorded[], conf_sizes_wished[];

struct conf_room;
struct conf_announcer;
struct conf_recording;

/* One who is in a conference; it lies on the stack of his fiber. */
struct conf_user {
	struct rd_list link; /* in .users of its room */
	struct conf_room *room;
	struct rd_channel *ch; /* borrowed: its own fiber has it */
	struct rd_bridge_seat seat;
	struct conf_choice profile, menu;
	const struct conf_user_options *options; /* of the profile */
	uint64_t joined_us, deadline_ms; /* 0: he may stay */
	struct rd_cond changed; /* while he waits for the leader */
	bool waits;
	bool recalled; /* out of the bridge, to wait again */
	bool leaves; /* by a key */
	int end; /* enum rd_bridge_end, CONF_LEADER_LEFT; 0: not yet */
	char typed[CONF_KEYS_MAX + 1];
	int next_key; /* pressed during a prompt, 0: none */
	char name_file[CONF_PATH_MAX]; /* his name, recorded, without extension; "": none */
};

/* A conference; it is there while somebody is in it. */
struct conf_room {
	struct rd_list link;
	char name[CONF_NAME_MAX];
	struct conf_choice profile;
	const struct conf_bridge_options *options; /* of the profile */
	struct rd_bridge *bridge;
	struct rd_list users;
	unsigned count, marked;
	unsigned followers; /* wait while nobody is marked */
	bool locked, all_muted;
	struct conf_user *alone; /* the only one who does not wait; NULL */
	struct conf_user *shown; /* by a key; NULL: as the profile says */
	struct conf_announcer *announcer; /* while it speaks */
	struct rd_cond heard; /* something was said */
	unsigned to_say, said;
	struct conf_recording *recording; /* NULL: none */
};

/* -- room.c -- */

/* NULL: there is none of that name. */
struct conf_room *conf_find(const char *name);
struct conf_room *conf_next(const struct conf_room *after); /* NULL: the first */
/* Found, or made by who comes first, of the profile that he names. 0, -EINVAL (the name),
 * -ENOENT (the profile), -ENOMEM. */
int conf_open(struct conf_room **rp, const char *name, const char *profile, struct rd_channel *ch);
/* Is there no place for him? */
bool conf_is_full(const struct conf_room *room, const struct conf_user *user);
/* Into the list of those who are there; the last one out closes the door. */
void conf_enter(struct conf_room *room, struct conf_user *user);
void conf_leave(struct conf_user *user);
/* How many do not wait for the leader. */
unsigned conf_active(const struct conf_room *room);
bool conf_must_wait(const struct conf_user *user);
/* Let all see this one; NULL: whom the profile says. */
void conf_show(struct conf_room *room, struct conf_user *user);
/* Tell what has happened; user: to whom, NULL. */
void conf_tell(const struct conf_room *room, const char *what, const struct conf_user *user);
const char *conf_sound(const struct conf_room *room, enum conf_sound which);

/* -- users.c -- */

/* His seat has changed: in the bridge, too. */
void conf_update(struct conf_user *user);
/* A channel or its device, "all", or "participants", who are no admins. */
bool conf_is_meant(const struct conf_user *user, const char *whom);
void conf_mute(struct conf_user *user, bool mute);
/* Let him leave; why: enum rd_bridge_end, CONF_LEADER_LEFT. */
void conf_dismiss(struct conf_user *user, int why);
void conf_lock(struct conf_room *room, bool lock);
/* Those who are no admins, and who come later. */
void conf_mute_all(struct conf_room *room, bool mute);
extern const struct rd_conferences conf_interface;
int conf_device_state(const char *name);

/* -- enter.c, stay.c -- */

/* Is he let in? 0, -EACCES, -ECANCELED. Yields. */
RD_YIELDS int conf_ask_pin(struct rd_channel *ch, const struct conf_user_options *options,
			   const struct conf_bridge_options *bridge);
/* Record what he is called, where others are to hear it. 0 or -ECANCELED. Yields. */
RD_YIELDS int conf_ask_name(struct conf_user *user, const char *conference);
/* How it ended: enum rd_bridge_end, CONF_LEADER_LEFT or negative. Yields. */
RD_YIELDS int conf_stay(struct conf_room *room, struct conf_user *user);
/* What he alone hears: 0, a key, or -ECANCELED. "" is nothing. Yields. */
RD_YIELDS int conf_play(struct conf_user *user, const char *prompt, const char *stop_keys);
RD_YIELDS int conf_play_sound(struct conf_user *user, enum conf_sound which);
/* "There are three others": how many are in it besides him. Yields. */
RD_YIELDS int conf_say_count(struct conf_user *user);

/* -- announce.c -- */

/* To all who are in it, when what is said before has ended; does not wait. "" is nothing. */
void conf_announce(struct conf_room *room, const char *prompts);
/* Who is in the list, or is not any more, and how many there are. */
void conf_announce_come(const struct conf_user *user);
void conf_announce_gone(struct conf_user *user);
void conf_announce_count(struct conf_room *room);
/* Until all has been said that is to be said now. 0 or -ECANCELED. Yields. */
RD_YIELDS int conf_announce_wait(struct conf_room *room);
/* Nobody is there any more. */
void conf_announce_end(struct conf_room *room);
/* His name is needed no more. */
void conf_forget_name(struct conf_user *user);

/* -- record.c -- */

/* path: NULL: as the profile says. 0, -EALREADY, -ECANCELED (the conference has ended), or
 * what was in the way. Yields. */
RD_YIELDS int conf_record_start(struct conf_room *room, const char *path);
/* Its file is made whole, and the command is run, in the background. False: there is none. */
bool conf_record_stop(struct conf_room *room);
/* Nobody is there any more. */
void conf_record_end(struct conf_room *room);

/* -- menu.c -- */

/* rd_bridge_seat.digit; arg: the user. Yields. */
int conf_key(struct rd_channel *ch, char digit, void *arg);
/* What has cut off the prompt of an action is the next of the menu; 0 or an error: none has. */
void conf_next_key(struct conf_user *user, int key);

/* -- dialplan and console -- */

extern const struct rd_function conf_functions[];
extern const struct rd_cli_command conf_commands[];
int conf_show_profile(struct rd_cli *cli, int argc, const char *const *argv);

#endif
