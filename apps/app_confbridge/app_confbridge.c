/* ConfBridge() and ConfKick(), and what else the module offers. */
#include <stdio.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>

#include "apps/app_confbridge/confbridge.h"

enum { ARGUMENTS = 4 }; /* of ConfBridge(conference,bridge_profile,user_profile,menu) */

static const char *result_of(int end)
{
	switch (end) {
	case RD_BRIDGE_KEY:
		return "DTMF";
	case RD_BRIDGE_KICKED:
		return "KICKED";
	case CONF_LEADER_LEFT:
		return "ENDMARKED";
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

static int choose(struct conf_choice *choice, enum conf_kind kind, const char *name,
		  struct rd_channel *ch)
{
	int rc = conf_choose(choice, kind, name, ch);

	if (rc)
		rd_app_warning(ch, "%s profile \"%s\": %s", conf_kind_names[kind], name,
			       rc == -ENOENT ? "there is none of this name" : rd_strerror(rc));
	return rc;
}

/* The profiles that he named, or made, or the defaults. */
static int choose_own(struct conf_user *user, const char *const *argv)
{
	int rc = choose(&user->profile, CONF_USER, argv[2], user->ch);

	if (rc)
		return rc;
	user->options = &user->profile.profile->user;
	return choose(&user->menu, CONF_MENU, argv[3], user->ch);
}

/* Before the door: -EACCES where he is not let in. */
static int identify(struct conf_user *user, const char *bridge_profile)
{
	struct conf_choice bridge;
	int rc = choose(&bridge, CONF_BRIDGE, bridge_profile, user->ch);

	if (rc)
		return rc;
	rc = conf_ask_pin(user->ch, user->options, &bridge.profile->bridge);
	if (rc == -EACCES)
		rd_app_warning(user->ch, "%s does not know the PIN", rd_channel_name(user->ch));
	conf_settings_unref(bridge.settings);
	return rc;
}

static void say_goodbye(struct conf_user *user, int end, const char *const *sounds)
{
	if (end == RD_BRIDGE_KICKED)
		(void)conf_play(user, sounds[CONF_SOUND_KICKED], "");
	if (end == CONF_LEADER_LEFT && !user->options->quiet)
		(void)conf_play(user, sounds[CONF_SOUND_LEADER_HAS_LEFT], "");
}

static void visit(struct conf_room *room, struct conf_user *user, const char *const *sounds)
{
	int end = conf_stay(room, user);

	conf_leave(user);
	set_result(user->ch, result_of(end));
	say_goodbye(user, end, sounds);
}

/* From the door on. */
static int confer(struct conf_user *user, const char *const *argv)
{
	struct conf_room *room;
	struct conf_choice profile;
	int rc = conf_open(&room, argv[0], argv[1], user->ch);

	if (rc) {
		rd_app_warning(user->ch, "\"%s\": %s", argv[0], rd_strerror(rc));
		return rc;
	}
	/* The room may end while he hears that he may not come in, or that he is to go. */
	profile = room->profile;
	conf_settings_ref(profile.settings);
	if (conf_is_full(room, user)) {
		(void)conf_play(user, conf_sound(room, CONF_SOUND_LOCKED), "");
		rc = -EBUSY;
	} else {
		visit(room, user, profile.profile->bridge.sounds);
	}
	conf_settings_unref(profile.settings);
	return rc;
}

static int enter(struct conf_user *user, const char *const *argv)
{
	int rc = choose_own(user, argv);

	if (!rc)
		rc = rd_channel_set_conference(user->ch, argv[0]);
	if (!rc && user->options->answer)
		rc = rd_answer(user->ch);
	if (!rc)
		rc = identify(user, argv[1]);
	if (!rc)
		rc = conf_ask_name(user, argv[0]);
	return rc ? rc : confer(user, argv);
}

static int confbridge_app(struct rd_channel *ch, const char *args)
{
	struct conf_user user = { .ch = ch };
	const char *argv[ARGUMENTS];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, ARGUMENTS);

	if (rc < 0)
		return rc;
	rc = enter(&user, argv);
	rd_channel_set_conference(ch, NULL);
	conf_forget_name(&user);
	conf_settings_unref(user.profile.settings);
	conf_settings_unref(user.menu.settings);
	if (rd_channel_gone(ch) || rd_channel_moved(ch))
		return -ECANCELED;
	return rc ? set_result(ch, "FAILED") : 0;
}

/* ---- ConfKick() ---- */

/* How many. */
static unsigned kick(struct conf_room *room, const char *whom)
{
	unsigned n = 0;

	rd_list_foreach(node, tmp, &room->users) {
		struct conf_user *user = rd_list_entry(node, struct conf_user, link);

		if (!conf_is_meant(user, whom))
			continue;
		conf_dismiss(user, RD_BRIDGE_KICKED);
		n++;
	}
	return n;
}

static int confkick_app(struct rd_channel *ch, const char *args)
{
	struct conf_room *room;
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	room = conf_find(argv[0]);
	return rd_var_set(ch, "CONFKICKSTATUS",
			  room && kick(room, *argv[1] ? argv[1] : "all") ? "SUCCESS" : "FAILURE");
}

/* ---- the lamp "confbridge:NAME" ---- */

static const struct rd_tech techs[] = {
	{ .name = "confbridge",
	  .synopsis = "Conferences, for lamps",
	  .device_state = conf_device_state },
	{ 0 },
};

/* ---- the check of the dialplan ---- */

static const char *fault_of(const struct conf_settings *settings, const char *const *argv,
			    struct rd_pool *pool, char *buf, size_t size)
{
	const char *wrong = "";

	for (int kind = 0; wrong && kind < CONF_KINDS; kind++) {
		const char *name = argv[kind + 1];

		if (*name && !conf_profile_find(settings, (enum conf_kind)kind, name))
			wrong = rd_pool_printf(pool, "%s%s %s profile \"%s\"", wrong,
					       *wrong ? ", no" : "no", conf_kind_names[kind], name);
	}
	if (!wrong || !*wrong)
		return *argv[0] ? NULL : "the name of a conference is expected";
	snprintf(buf, size, "confbridge.conf has %s", wrong);
	return buf;
}

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	struct conf_settings *settings;
	const char *fault;

	if (conf_settings_coming(&settings))
		return NULL;
	fault = fault_of(settings, argv, pool, buf, size);
	conf_settings_unref(settings);
	return fault;
}

static const char *check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, ARGUMENTS, check_arguments, buf, size);
}

static const struct rd_app apps[] = {
	{
		.name = "ConfBridge",
		.run = confbridge_app,
		.check = check,
		.synopsis = "Enter a conference",
		.syntax = "ConfBridge(conference,bridge_profile,user_profile,menu)",
		.description =
			"The conference begins with the first who enters, and is as his bridge "
			"profile says. Profiles are sections of confbridge.conf, or what was set "
			"with CONFBRIDGE(), or the defaults: then keys are 1 mute, 4 and 6 how "
			"loud the others are, 7 and 9 how loud you are, 5 how many there are, 8 "
			"leave. Sets CONFBRIDGE_RESULT: HANGUP KICKED ENDMARKED DTMF TIMEOUT "
			"FAILED.",
	},
	{
		.name = "ConfKick",
		.run = confkick_app,
		.synopsis = "Let somebody, or all, leave a conference",
		.syntax = "ConfKick(conference[,channel|all|participants])",
		.description = "Sets CONFKICKSTATUS: SUCCESS FAILURE.",
	},
	{ 0 },
};

static const struct rd_interface interfaces[] = {
	{ .name = RD_CONFERENCES, .version = RD_CONFERENCES_VERSION, .functions = &conf_interface },
	{ 0 },
};

RD_MODULE(.name = "app_confbridge", .synopsis = "Conferences", .apps = apps,
	  .functions = conf_functions, .techs = techs, .interfaces = interfaces,
	  .commands = conf_commands, .config = &conf_config, .review = conf_review,
	  .unload = conf_settings_drop, .state = &conf_kept);
