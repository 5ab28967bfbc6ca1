/* BridgeWait(): a place to wait, with music, until somebody fetches the channel or its time
 * is up. Those who wait do not hear each other; an announcer is heard by all of them. */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/bridge.h>
#include <ringdown/channel.h>
#include <ringdown/list.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

#include "apps/seconds.h"

enum { OPT_MUSIC = 1, OPT_ENTERTAINMENT = 2, OPT_TIME = 4, OPT_NO_ANSWER = 8 };
enum { ARG_MUSIC, ARG_ENTERTAINMENT, ARG_TIME };
enum { NAME, ROLE, OPTIONS, ARGUMENTS };

struct room {
	struct rd_list link, guests;
	struct rd_bridge *bridge;
	int announcers;
	char name[];
};

/* On the stack of its fiber. */
struct guest {
	struct rd_list link;
	struct rd_channel *ch;
	struct room *room;
	bool announces;
	char entertainment; /* see options */
	bool entertained;
	const char *music;
	struct rd_bridge_seat seat;
};

static struct rd_list rooms = RD_LIST_INIT(rooms);

static const struct rd_app_option options[] = {
	{ 'm', true, OPT_MUSIC, ARG_MUSIC },
	{ 'e', true, OPT_ENTERTAINMENT, ARG_ENTERTAINMENT },
	{ 'S', true, OPT_TIME, ARG_TIME },
	{ 'n', false, OPT_NO_ANSWER, 0 },
	{ 0 },
};

static const char entertainments[] = "mrshn";

/* ---- what one hears while nobody announces ---- */

static void entertain(struct guest *guest)
{
	guest->entertained = true;
	switch (guest->entertainment) {
	case 'm':
		rd_music_start(guest->ch, guest->music);
		break;
	case 'r':
		rd_tone_start(guest->ch, "ring");
		break;
	case 'h':
		rd_indicate(guest->ch, RD_INDICATE_HOLD);
		break;
	default: /* s and n: nothing */
		break;
	}
}

static void stop_entertaining(struct guest *guest)
{
	if (!guest->entertained)
		return;
	guest->entertained = false;
	if (guest->entertainment == 'm')
		rd_music_stop(guest->ch);
	else if (guest->entertainment == 'r')
		rd_tone_stop(guest->ch);
	else if (guest->entertainment == 'h')
		rd_indicate(guest->ch, RD_INDICATE_RESUME);
}

/* In the guest's own fiber. */
static void look_around(struct rd_channel *ch, void *arg)
{
	struct guest *guest = arg;

	(void)ch;
	if (guest->announces)
		return;
	if (guest->room->announcers)
		stop_entertaining(guest);
	else if (!guest->entertained)
		entertain(guest);
}

/* ---- rooms ---- */

static struct room *room_find(const char *name)
{
	rd_list_foreach(node, tmp, &rooms) {
		struct room *room = rd_list_entry(node, struct room, link);

		if (strcmp(room->name, name) == 0)
			return room;
	}
	return NULL;
}

static struct room *room_new(const char *name)
{
	struct room *room = rd_zalloc(sizeof(*room) + strlen(name) + 1);

	if (!room)
		return NULL;
	strcpy(room->name, name);
	if (rd_bridge_new(&room->bridge, NULL)) {
		rd_free(room);
		return NULL;
	}
	rd_list_init(&room->guests);
	rd_list_push(&rooms, &room->link);
	return room;
}

static void call_all(struct room *room)
{
	rd_list_foreach(node, tmp, &room->guests)
		rd_bridge_call(room->bridge, rd_list_entry(node, struct guest, link)->ch);
}

static void enter(struct guest *guest, struct room *room)
{
	guest->room = room;
	rd_list_init(&guest->link);
	rd_list_push(&room->guests, &guest->link);
	room->announcers += guest->announces;
	if (guest->announces)
		call_all(room);
}

static void leave(struct guest *guest)
{
	struct room *room = guest->room;

	rd_list_remove(&guest->link);
	room->announcers -= guest->announces;
	if (guest->announces)
		call_all(room);
	if (!rd_list_empty(&room->guests))
		return;
	rd_list_remove(&room->link);
	rd_bridge_close(room->bridge);
	rd_free(room);
}

/* ---- the application ---- */

static void read_role(struct guest *guest, const char *text)
{
	guest->announces = strcmp(text, "announcer") == 0;
	if (*text && !guest->announces && strcmp(text, "participant") != 0)
		rd_app_warning(guest->ch,
			       "\"%s\" is no role, it waits as a participant; there are "
			       "participant and announcer",
			       text);
	guest->seat = (struct rd_bridge_seat){ .mute = !guest->announces,
					       .deaf = guest->announces,
					       .called = look_around,
					       .arg = guest };
}

static void read_entertainment(struct guest *guest, const struct rd_app_options *given)
{
	const char *letter = given->args[ARG_ENTERTAINMENT];

	guest->music = given->args[ARG_MUSIC] ? given->args[ARG_MUSIC] : "";
	guest->entertainment = 'm';
	if (!(given->flags & OPT_ENTERTAINMENT))
		return;
	if (letter && *letter && strchr(entertainments, *letter))
		guest->entertainment = *letter;
	else
		rd_app_warning(guest->ch, "option e(%s): expected one of m, r, s, h, n",
			       letter ? letter : "");
}

static int read_arguments(struct guest *guest, const char *const *argv)
{
	struct rd_app_options given;
	int rc = rd_app_read_options(guest->ch, options, argv[OPTIONS], &given);

	if (rc)
		return rc;
	read_role(guest, argv[ROLE]);
	read_entertainment(guest, &given);
	if (given.flags & OPT_TIME)
		(void)app_seconds(guest->ch, given.args[ARG_TIME] ? given.args[ARG_TIME] : "",
				  &guest->seat.limit_ms);
	return given.flags & OPT_NO_ANSWER ? 0 : rd_answer(guest->ch);
}

static int stay(struct guest *guest)
{
	int rc;

	look_around(guest->ch, guest);
	if (guest->room->announcers) /* one came while the music began */
		stop_entertaining(guest);
	rc = rd_bridge_join(guest->room->bridge, guest->ch, &guest->seat);
	stop_entertaining(guest);
	return RD_MIN(rc, 0);
}

static int bridgewait_app(struct rd_channel *ch, const char *args)
{
	struct guest guest = { .ch = ch };
	struct room *room;
	const char *argv[ARGUMENTS], *name;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, ARGUMENTS);

	if (rc >= 0)
		rc = read_arguments(&guest, argv);
	if (rc)
		return rc;
	name = *argv[NAME] ? argv[NAME] : "default";
	room = room_find(name);
	if (!room)
		room = room_new(name);
	if (!room)
		return -ENOMEM;
	enter(&guest, room);
	rc = stay(&guest);
	leave(&guest);
	return rc;
}

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	if (*argv[ROLE] && strcmp(argv[ROLE], "announcer") != 0 &&
	    strcmp(argv[ROLE], "participant") != 0)
		return "a role is participant or announcer";
	return rd_app_check_options(pool, options, argv[OPTIONS], buf, size);
}

static const char *bridgewait_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, ARGUMENTS, check_arguments, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "BridgeWait",
	  .run = bridgewait_app,
	  .check = bridgewait_check,
	  .synopsis = "Wait, with music, until somebody fetches the channel",
	  .syntax = "BridgeWait([name[,role[,options]]])",
	  .description =
		  "Who waits at a name (default) hears music, but not the others; an announcer "
		  "(role announcer, else participant) is heard by all of them, and hears nobody. "
		  "Options: m(class) that music; e(m|r|s|h|n) music, ringing, silence, hold, or "
		  "nothing; S(seconds) then the dialplan goes on; n the call is not answered." },
	{ 0 },
};

RD_MODULE(.name = "app_bridgewait", .synopsis = "BridgeWait", .apps = apps);
