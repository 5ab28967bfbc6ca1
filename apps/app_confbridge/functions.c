/* CONFBRIDGE(), CONFBRIDGE_INFO() and CONFBRIDGE_CHANNELS(). */
#include <stdio.h>
#include <string.h>

#include "apps/app_confbridge/confbridge.h"

/* "what,conference": what, and the room, or NULL. */
static const struct conf_room *read_args(const char *args, struct rd_str *what)
{
	struct rd_str rest = rd_str_of(args);
	char name[CONF_NAME_MAX];

	rd_str_cut(&rest, ',', what);
	*what = rd_str_trim(*what);
	return rd_strcpyn(name, sizeof(name), rd_str_trim(rest)) ? conf_find(name) : NULL;
}

static bool any(const struct conf_user *user)
{
	(void)user;
	return true;
}

static bool is_admin(const struct conf_user *user)
{
	return user->options->admin;
}

static bool is_marked(const struct conf_user *user)
{
	return user->options->marked;
}

static bool is_muted(const struct conf_user *user)
{
	return user->seat.mute;
}

static bool is_active(const struct conf_user *user)
{
	return !conf_must_wait(user);
}

typedef bool (*choose_fn)(const struct conf_user *user);

static const struct {
	const char *name;
	choose_fn choose;
	bool counted, listed;
} kinds[] = {
	{ "parties", any, true, true },       { "admins", is_admin, true, true },
	{ "marked", is_marked, true, true },  { "muted", is_muted, true, false },
	{ "active", is_active, false, true }, { "waiting", conf_must_wait, false, true },
};

static choose_fn kind_of(struct rd_str name, bool listed)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(kinds); i++)
		if (rd_str_ieq(name, rd_str_of(kinds[i].name)) &&
		    (listed ? kinds[i].listed : kinds[i].counted))
			return kinds[i].choose;
	return NULL;
}

static bool is_locked(struct rd_str what)
{
	return rd_str_ieq(what, RD_STR("locked"));
}

static const char *check_words(const char *args, bool listed, char *buf, size_t size)
{
	struct rd_str rest = rd_str_of(args), what;

	rd_str_cut(&rest, ',', &what);
	what = rd_str_trim(what);
	if (kind_of(what, listed) || (!listed && is_locked(what)))
		return NULL;
	snprintf(buf, size, "there is no \"%.*s\"", RD_STR_ARG(what));
	return buf;
}

static const char *info_check(const char *args, char *buf, size_t size)
{
	return check_words(args, false, buf, size);
}

static const char *channels_check(const char *args, char *buf, size_t size)
{
	return check_words(args, true, buf, size);
}

static int info(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str what;
	const struct conf_room *room = read_args(args, &what);
	choose_fn choose = kind_of(what, false);
	unsigned n = 0;

	(void)ch;
	if (is_locked(what)) {
		rd_buf_printf(out, "%d", room && room->locked);
		return 0;
	}
	if (!choose)
		return -EINVAL;
	if (room)
		rd_list_foreach(node, tmp, &room->users)
			n += choose(rd_list_entry(node, struct conf_user, link));
	rd_buf_printf(out, "%u", n);
	return 0;
}

static int channels(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str what;
	const struct conf_room *room = read_args(args, &what);
	choose_fn choose = kind_of(what, true);
	size_t before = out->n;

	(void)ch;
	if (!choose)
		return -EINVAL;
	if (!room)
		return 0;
	rd_list_foreach(node, tmp, &room->users) {
		const struct conf_user *user = rd_list_entry(node, struct conf_user, link);

		if (!choose(user))
			continue;
		if (out->n > before)
			rd_buf_addc(out, ',');
		rd_buf_adds(out, rd_channel_name(user->ch));
	}
	return 0;
}

const struct rd_function conf_functions[] = {
	{ .name = "CONFBRIDGE",
	  .write = conf_dynamic_set,
	  .check = conf_dynamic_check,
	  .synopsis = "A profile of this channel's own, option by option",
	  .syntax = "CONFBRIDGE(bridge|user|menu,option)",
	  .description = "Options are those of confbridge.conf; template: begin with a profile of "
			 "that file; clear: forget what was set. Of a menu, options are keys. "
			 "ConfBridge() takes it where no profile is named." },
	{ .name = "CONFBRIDGE_INFO",
	  .read = info,
	  .check = info_check,
	  .synopsis = "How many are in a conference, or is it locked",
	  .syntax = "CONFBRIDGE_INFO(parties|admins|marked|muted|locked,conference)" },
	{ .name = "CONFBRIDGE_CHANNELS",
	  .read = channels,
	  .check = channels_check,
	  .synopsis = "Who is in a conference, with commas between",
	  .syntax = "CONFBRIDGE_CHANNELS(parties|admins|marked|active|waiting,conference)" },
	{ 0 },
};
