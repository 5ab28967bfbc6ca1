/* What confbridge.conf says, and what a channel has set by CONFBRIDGE(): profiles of
 * three kinds. settings.c keeps them, profile.c has the options of bridges and users,
 * menu_read.c those of menus, dynamic.c is for the function. */
#ifndef APPS_APP_CONFBRIDGE_PROFILE_H
#define APPS_APP_CONFBRIDGE_PROFILE_H

#include <ringdown/base.h>
#include <ringdown/bridge.h>
#include <ringdown/config.h>
#include <ringdown/list.h>
#include <ringdown/str.h>

struct conf_user;

enum conf_kind { CONF_BRIDGE, CONF_USER, CONF_MENU, CONF_KINDS };

enum conf_sound {
	CONF_SOUND_JOIN,
	CONF_SOUND_LEAVE,
	CONF_SOUND_HAS_JOINED,
	CONF_SOUND_HAS_LEFT,
	CONF_SOUND_KICKED,
	CONF_SOUND_MUTED,
	CONF_SOUND_UNMUTED,
	CONF_SOUND_ONLY_PERSON,
	CONF_SOUND_ONLY_ONE,
	CONF_SOUND_THERE_ARE,
	CONF_SOUND_OTHER_IN_PARTY,
	CONF_SOUND_WAIT_FOR_LEADER,
	CONF_SOUND_LEADER_HAS_LEFT,
	CONF_SOUND_GET_PIN,
	CONF_SOUND_INVALID_PIN,
	CONF_SOUND_LOCKED,
	CONF_SOUND_LOCKED_NOW,
	CONF_SOUND_UNLOCKED_NOW,
	CONF_SOUND_ERROR_MENU,
	CONF_SOUND_BEGIN,
	CONF_SOUND_ALL_MUTED,
	CONF_SOUND_ALL_UNMUTED,
	CONF_SOUNDS,
};

/* Whose pictures are shown. */
enum conf_video {
	CONF_VIDEO_NONE,
	CONF_VIDEO_FOLLOW,
	CONF_VIDEO_FIRST_MARKED,
	CONF_VIDEO_LAST_MARKED,
	CONF_VIDEO_SFU, /* everybody, by all others */
};

struct conf_bridge_options {
	int max_members; /* 0: no limit */
	bool record, record_timestamp, record_append;
	const char *record_file, *record_command; /* NULL: none */
	int rate, max_rate; /* Hz, 0: as the first who comes; no limit */
	int frame_ms;
	int video; /* enum conf_video */
	const char *language;
	const char *sounds[CONF_SOUNDS];
};

struct conf_user_options {
	bool admin, marked, startmuted, quiet, answer, passes_keys, denoise;
	bool hear_own_join, announce_only, announce_count;
	bool announce_join_leave, review_name;
	bool wait_marked, end_marked, end_marked_any;
	bool music;
	int count_all_above; /* others are told how many there are, when more; -1: never */
	int timeout_ms; /* 0: none */
	const char *music_class, *pin, *announcement;
};

/* One thing that keys do. */
struct conf_action {
	const char *name;
	bool has_arg, for_admins;
	const char *instead; /* of one that has no effect: why */
	/* In his own fiber; may yield. NULL: it has no effect. */
	void (*run)(struct conf_user *user, const char *arg);
};

struct conf_step {
	struct conf_step *next;
	const struct conf_action *action;
	const char *arg; /* "" */
};

struct conf_keys {
	struct conf_keys *next;
	const char *keys;
	const char *text; /* as it is written */
	struct conf_step *steps;
};

struct conf_profile {
	struct rd_list link;
	enum conf_kind kind;
	const char *name;
	struct conf_bridge_options bridge;
	struct conf_user_options user;
	struct conf_keys *menu;
};

/* One reading; whoever is in a conference keeps what he came with. */
struct conf_settings {
	unsigned refs;
	struct rd_pool *pool;
	struct rd_config *config; /* what they are made of; NULL: nothing */
	struct rd_list profiles;
};

/* A profile with a reference to what it belongs to. */
struct conf_choice {
	struct conf_settings *settings;
	const struct conf_profile *profile;
};

/* Why a line "template" of confbridge.conf has no effect. */
#define CONF_NO_TEMPLATE "it is for CONFBRIDGE(); here, write [NAME](TEMPLATE)"

extern const char *const conf_kind_names[]; /* "bridge", "user", "menu" */

/* -- settings.c -- */

extern const struct rd_module_config conf_config;
/* 0 or -ENOMEM; those of the file, or the defaults. A reference. */
int conf_settings_get(struct conf_settings **sp);
/* The same, during a review: those that are to be in force. */
int conf_settings_coming(struct conf_settings **sp);
struct conf_settings *conf_settings_ref(struct conf_settings *settings);
void conf_settings_unref(struct conf_settings *settings); /* NULL is fine */
void conf_settings_drop(void); /* at the end */
/* Made of these sections; config may be NULL. 0, -EINVAL (reported), -ENOMEM. */
int conf_settings_make(struct conf_settings **sp, struct rd_config *config,
		       struct rd_config_report *report);
const struct conf_profile *conf_profile_find(const struct conf_settings *settings,
					     enum conf_kind kind, const char *name);
/* CONF_KINDS: there is no such kind. */
enum conf_kind conf_kind_of(struct rd_str name);

/* -- profile.c, menu_read.c -- */

/* The next rate below, or this one, that a room can have, in Hz; 0: there is none. */
int conf_rate_below(int hz);
/* Fill a profile of its kind from a section (NULL: the defaults). 0, -EINVAL (reported),
 * -ENOMEM. */
int conf_profile_read(struct conf_profile *profile, const struct rd_config_section *section,
		      struct rd_pool *pool, struct rd_config_report *report);
/* What is wrong with the name of an option, in buf, or NULL. Those of a menu are keys. */
const char *conf_profile_fault(enum conf_kind kind, struct rd_str option, char *buf, size_t size);
int conf_menu_read(struct conf_profile *profile, const struct rd_config_section *section,
		   struct rd_pool *pool, struct rd_config_report *report);

/* -- examine.c -- */

/* rd_module.review */
void conf_review(void *snapshot, struct rd_config_report *report);

/* -- actions.c -- */

const struct conf_action *conf_action_find(struct rd_str name);

/* -- dynamic.c -- */

struct rd_channel;
/* Set(CONFBRIDGE(user,pin)=1234). 0, -EINVAL or -ENOMEM. */
int conf_dynamic_set(struct rd_channel *ch, const char *args, const char *value);
/* rd_function.check of that. */
const char *conf_dynamic_check(const char *args, char *buf, size_t size);
/* The profile by this name, or, where it is "", the one that the channel has made,
 * or the default. 0, -ENOENT, -EINVAL, -ENOMEM. */
int conf_choose(struct conf_choice *choice, enum conf_kind kind, const char *name,
		struct rd_channel *ch);

#endif
