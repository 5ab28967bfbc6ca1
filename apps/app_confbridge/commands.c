/* The console's view of conferences: list, kick, mute, lock. */
#include <inttypes.h>
#include <string.h>

#include <ringdown/clock.h>

#include "apps/app_confbridge/confbridge.h"

static struct conf_room *named(struct rd_cli *cli, const char *name)
{
	struct conf_room *room = conf_find(name);

	if (!room)
		rd_cli_print(cli, "No conference \"%s\"\n", name);
	return room;
}

static int list_rooms(struct rd_cli *cli)
{
	rd_cli_print(cli, "%-32s %6s %s\n", "Conference", "Users", "Locked");
	for (struct conf_room *room = conf_next(NULL); room; room = conf_next(room))
		rd_cli_print(cli, "%-32s %6u %s\n", room->name, room->count,
			     room->locked ? "yes" : "no");
	return 0;
}

enum { FLAGS_MAX = 8 };

/* As Asterisk shows them: Admin, Marked, Waits for a marked one, Ends with him, w: waits. */
static const char *flags(const struct conf_user *user, char text[FLAGS_MAX])
{
	const struct conf_user_options *options = user->options;
	const struct {
		char letter;
		bool set;
	} all[] = { { 'A', options->admin },
		    { 'M', options->marked },
		    { 'W', options->wait_marked },
		    { 'E', options->end_marked || options->end_marked_any },
		    { 'w', user->waits } };
	size_t n = 0;

	for (size_t i = 0; i < RD_ARRAY_SIZE(all); i++)
		if (all[i].set)
			text[n++] = all[i].letter;
	text[n] = '\0';
	return text;
}

static int list_users(struct rd_cli *cli, const struct conf_room *room)
{
	const struct rd_channel *seen = rd_bridge_seen(room->bridge);

	rd_cli_print(cli, "%-32s %-20s %-5s %-6s %-6s %-6s %s\n", "Channel", "Caller", "Flags",
		     "Muted", "Talks", "Seen", "Since");
	rd_list_foreach(node, tmp, &room->users) {
		const struct conf_user *user = rd_list_entry(node, struct conf_user, link);
		const char *number = rd_channel_party(user->ch, RD_PARTY_CALLER)->number;
		char text[FLAGS_MAX];

		rd_cli_print(cli, "%-32s %-20s %-5s %-6s %-6s %-6s %" PRIu64 " s\n",
			     rd_channel_name(user->ch), number ? number : "", flags(user, text),
			     user->seat.mute ? "yes" : "no",
			     rd_bridge_talks(room->bridge, user->ch) ? "yes" : "no",
			     user->ch == seen ? "yes" : "no",
			     (rd_wall_us() - user->joined_us) / 1000000);
	}
	return 0;
}

static int list(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct conf_room *room;

	if (argc == 0)
		return list_rooms(cli);
	if (argc > 1)
		return -EINVAL;
	room = named(cli, argv[0]);
	return room ? list_users(cli, room) : 1;
}

/* ---- one of them, or all ---- */

static void kick(struct conf_user *user)
{
	conf_dismiss(user, RD_BRIDGE_KICKED);
}

static void mute(struct conf_user *user)
{
	conf_mute(user, true);
}

static void unmute(struct conf_user *user)
{
	conf_mute(user, false);
}

static int to_users(struct rd_cli *cli, int argc, const char *const *argv,
		    void (*act)(struct conf_user *user))
{
	struct conf_room *room;
	int done = 0;

	if (argc != 2)
		return -EINVAL;
	room = named(cli, argv[0]);
	if (!room)
		return 1;
	rd_list_foreach(node, tmp, &room->users) {
		struct conf_user *user = rd_list_entry(node, struct conf_user, link);

		if (!conf_is_meant(user, argv[1]))
			continue;
		act(user);
		done++;
	}
	rd_cli_count(cli, done, "channel", "channels");
	return done ? 0 : 1;
}

static int run_kick(struct rd_cli *cli, int argc, const char *const *argv)
{
	return to_users(cli, argc, argv, kick);
}

static int run_mute(struct rd_cli *cli, int argc, const char *const *argv)
{
	return to_users(cli, argc, argv, mute);
}

static int run_unmute(struct rd_cli *cli, int argc, const char *const *argv)
{
	return to_users(cli, argc, argv, unmute);
}

static int set_locked(struct rd_cli *cli, int argc, const char *const *argv, bool locked)
{
	struct conf_room *room;

	if (argc != 1)
		return -EINVAL;
	room = named(cli, argv[0]);
	if (room)
		conf_lock(room, locked);
	return room ? 0 : 1;
}

static int run_lock(struct rd_cli *cli, int argc, const char *const *argv)
{
	return set_locked(cli, argc, argv, true);
}

static int run_unlock(struct rd_cli *cli, int argc, const char *const *argv)
{
	return set_locked(cli, argc, argv, false);
}

/* ---- recording ---- */

static int run_record(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct conf_room *room;
	int rc;

	if (argc != 1 && argc != 2)
		return -EINVAL;
	room = named(cli, argv[0]);
	if (!room)
		return 1;
	rc = conf_record_start(room, argc == 2 ? argv[1] : NULL);
	if (rc == -EALREADY)
		rd_cli_print(cli, "It is recorded already\n");
	return rc == -EALREADY ? 1 : rc;
}

static int run_record_stop(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct conf_room *room;

	if (argc != 1)
		return -EINVAL;
	room = named(cli, argv[0]);
	if (!room)
		return 1;
	if (conf_record_stop(room))
		return 0;
	rd_cli_print(cli, "It is not recorded\n");
	return 1;
}

/* ---- the words of Tab ---- */

static char *complete(int argc, const char *const *argv, int n)
{
	const struct conf_room *room = NULL;
	size_t typed = strlen(argv[argc - 1]);

	if (argc != 1)
		return NULL;
	while ((room = conf_next(room)))
		if (strncmp(room->name, argv[0], typed) == 0 && n-- == 0)
			return rd_strdup(room->name);
	return NULL;
}

const struct rd_cli_command conf_commands[] = {
	{ .name = "confbridge list",
	  .usage = "[conference]",
	  .help = "Show the conferences, or who is in one",
	  .run = list,
	  .complete = complete },
	{ .name = "confbridge kick",
	  .usage = "conference channel|all|participants",
	  .help = "Let somebody leave",
	  .run = run_kick,
	  .complete = complete },
	{ .name = "confbridge mute",
	  .usage = "conference channel|all|participants",
	  .help = "Nobody hears them any more",
	  .run = run_mute,
	  .complete = complete },
	{ .name = "confbridge unmute",
	  .usage = "conference channel|all|participants",
	  .help = "They are heard again",
	  .run = run_unmute,
	  .complete = complete },
	{ .name = "confbridge lock",
	  .usage = "conference",
	  .help = "Let nobody else in",
	  .run = run_lock,
	  .complete = complete },
	{ .name = "confbridge unlock",
	  .usage = "conference",
	  .help = "Let others in again",
	  .run = run_unlock,
	  .complete = complete },
	{ .name = "confbridge record start",
	  .usage = "conference [file]",
	  .help = "Record what is said in it",
	  .run = run_record,
	  .complete = complete },
	{ .name = "confbridge record stop",
	  .usage = "conference",
	  .help = "Record it no more",
	  .run = run_record_stop,
	  .complete = complete },
	{ .name = "confbridge show profile",
	  .usage = "bridges|users|menus|bridge name|user name|menu name",
	  .help = "Show the profiles of confbridge.conf, or one of them",
	  .run = conf_show_profile },
	{ 0 },
};
