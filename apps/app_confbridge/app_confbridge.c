/* ConfBridge(): a conference by name. Profiles, PINs and announcements of who
 * comes are not here. */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

#include "apps/app_confbridge/confbridge.h"

static const char *result_of(int end)
{
	switch (end) {
	case RD_BRIDGE_KEY:
		return "DTMF";
	case RD_BRIDGE_KICKED:
		return "KICKED";
	case RD_BRIDGE_LIMIT:
		return "TIMEOUT";
	case RD_BRIDGE_CLOSED:
	case -ECANCELED:
		return "HANGUP";
	default:
		return "FAILED";
	}
}

static int set_result(struct rd_channel *ch, const char *result)
{
	return rd_var_set(ch, "CONFBRIDGE_RESULT", result);
}

static int stay(struct rd_channel *ch, struct conf_room *room)
{
	struct conf_user user = { .ch = ch };
	int end;

	rd_list_init(&user.link);
	user.seat = (struct rd_bridge_seat){ .digit = conf_key, .arg = &user };
	conf_enter(room, &user);
	/* Whoever is alone is told so; he would think that he was not heard. */
	end = room->count == 1 ? conf_say_count(&user) : 0;
	if (end != -ECANCELED)
		end = rd_bridge_join(room->bridge, ch, &user.seat);
	conf_leave(&user);
	return end;
}

static void refuse_profiles(struct rd_channel *ch, const char *const *argv)
{
	static const char *const kinds[] = { "", "bridge", "user", "menu" };

	for (int i = 1; i <= 3; i++)
		if (*argv[i])
			rd_app_warning(ch, "there are no %s profiles: \"%s\" is passed over",
				       kinds[i], argv[i]);
}

static int confbridge_app(struct rd_channel *ch, const char *args)
{
	struct conf_room *room;
	const char *argv[4];
	int end, rc = rd_app_args(rd_channel_scratch(ch), args, argv, 4);

	if (rc < 0)
		return rc;
	refuse_profiles(ch, argv);
	rc = rd_answer(ch);
	if (rc)
		return rc;
	rc = conf_open(&room, argv[0], ch);
	if (rc == 0 && room->locked) {
		set_result(ch, "FAILED");
		return rd_play(ch, "conf-locked", "") == -ECANCELED ? -ECANCELED : 0;
	}
	if (rc) {
		rd_app_warning(ch, "\"%s\": %s", argv[0], rd_strerror(rc));
		return set_result(ch, "FAILED");
	}
	end = stay(ch, room);
	set_result(ch, result_of(end));
	if (end == RD_BRIDGE_KICKED)
		rd_play(ch, "conf-kicked", "");
	return rd_channel_gone(ch) || rd_channel_moved(ch) ? -ECANCELED : 0;
}

/* ---- ConfKick() ---- */

static int kick_all(struct conf_room *room)
{
	rd_list_foreach(node, tmp, &room->users)
		rd_bridge_kick(room->bridge, rd_list_entry(node, struct conf_user, link)->ch,
			       RD_BRIDGE_KICKED);
	return 0;
}

static int confkick_app(struct rd_channel *ch, const char *args)
{
	struct conf_room *room;
	struct conf_user *user;
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	room = conf_find(argv[0]);
	user = room ? conf_user_of(room, argv[1]) : NULL;
	if (room && (!*argv[1] || strcmp(argv[1], "all") == 0))
		rc = kick_all(room);
	else
		rc = user ? rd_bridge_kick(room->bridge, user->ch, RD_BRIDGE_KICKED) : -ENOENT;
	return rd_var_set(ch, "CONFKICKSTATUS", rc ? "FAILURE" : "SUCCESS");
}

/* ---- CONFBRIDGE_INFO() ---- */

static int info(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str rest = rd_str_of(args), what;
	const struct conf_room *room;
	unsigned muted = 0;
	char name[CONF_NAME_MAX];

	(void)ch;
	rd_str_cut(&rest, ',', &what);
	room = rd_strcpyn(name, sizeof(name), rd_str_trim(rest)) ? conf_find(name) : NULL;
	if (room)
		rd_list_foreach(node, tmp, &room->users)
			muted += rd_list_entry(node, struct conf_user, link)->seat.mute;
	if (rd_str_eq(what, rd_str_of("parties")))
		rd_buf_printf(out, "%u", room ? room->count : 0);
	else if (rd_str_eq(what, rd_str_of("muted")))
		rd_buf_printf(out, "%u", muted);
	else if (rd_str_eq(what, rd_str_of("locked")))
		rd_buf_printf(out, "%d", room && room->locked);
	else
		return -EINVAL;
	return 0;
}

static const struct rd_app apps[] = {
	{
		.name = "ConfBridge",
		.run = confbridge_app,
		.synopsis = "Enter a conference",
		.syntax = "ConfBridge(conference)",
		.description =
			"The conference begins with the first who enters. Keys: 1 mute, 4 and 6 "
			"how loud the others are, 7 and 9 how loud you are, 5 how many there "
			"are, 8 leave. Sets CONFBRIDGE_RESULT: HANGUP KICKED DTMF FAILED.",
	},
	{
		.name = "ConfKick",
		.run = confkick_app,
		.synopsis = "Let somebody, or all, leave a conference",
		.syntax = "ConfKick(conference[,channel])",
		.description = "Sets CONFKICKSTATUS: SUCCESS FAILURE.",
	},
	{ 0 },
};

static const struct rd_function functions[] = {
	{ .name = "CONFBRIDGE",
	  .write = conf_option_set,
	  .synopsis = "How the conference is that this channel begins",
	  .syntax = "CONFBRIDGE(bridge,video_mode)",
	  .description = "Whose pictures are shown, where more than two have some: follow_talker, "
			 "which is the default, or none." },
	{ .name = "CONFBRIDGE_INFO",
	  .read = info,
	  .synopsis = "How many are in a conference",
	  .syntax = "CONFBRIDGE_INFO(parties|muted|locked,conference)" },
	{ 0 },
};

static const struct rd_interface interfaces[] = {
	{ .name = RD_CONFERENCES, .version = RD_CONFERENCES_VERSION, .functions = &conf_interface },
	{ 0 },
};

RD_MODULE(.name = "app_confbridge", .synopsis = "Conferences", .apps = apps,
	  .functions = functions, .interfaces = interfaces, .commands = conf_commands);
