/* Keys of who is in a conference: which row of his menu they are, and that it is done. */
#include <string.h>

#include <ringdown/prompt.h>

#include "apps/app_confbridge/confbridge.h"

enum { NEXT_KEY_MS = 2000 };

/* The row for what was typed; *more: there are longer ones that begin so. */
static const struct conf_keys *look_up(const struct conf_keys *row, const char *typed, bool *more)
{
	const struct conf_keys *found = NULL;
	size_t n = strlen(typed);

	*more = false;
	for (; row; row = row->next) {
		if (strcmp(row->keys, typed) == 0)
			found = row;
		else if (strncmp(row->keys, typed, n) == 0)
			*more = true;
	}
	return found;
}

static void type(struct conf_user *user, char key)
{
	size_t n = strlen(user->typed);

	if (n == CONF_KEYS_MAX)
		n = 0;
	user->typed[n] = key;
	user->typed[n + 1] = '\0';
}

/* A key during the prompt of a row goes on from that row's keys, if that leads anywhere. */
static void type_after(struct conf_user *user, char key)
{
	bool more;

	type(user, key);
	if (!look_up(user->menu.profile->menu, user->typed, &more) && !more) {
		user->typed[0] = '\0';
		type(user, key);
	}
}

/* Until what was typed is a row, or none. */
static const struct conf_keys *complete(struct conf_user *user)
{
	bool more;
	const struct conf_keys *row = look_up(user->menu.profile->menu, user->typed, &more);

	while (more && strlen(user->typed) < CONF_KEYS_MAX) {
		int key = rd_read_digit(user->ch, NEXT_KEY_MS);

		if (key <= 0)
			return row;
		type(user, (char)key);
		row = look_up(user->menu.profile->menu, user->typed, &more);
	}
	return row;
}

/* What no menu wants the others get, if that is wanted. */
static void pass_keys(const struct conf_user *user)
{
	if (!user->options->passes_keys)
		return;
	rd_list_foreach(node, tmp, &user->room->users) {
		struct conf_user *other = rd_list_entry(node, struct conf_user, link);

		for (const char *key = user->typed; other != user && *key; key++)
			(void)rd_channel_send_digit(other->ch, *key, 0);
	}
}

void conf_next_key(struct conf_user *user, int key)
{
	if (key <= 0)
		return;
	user->typed[0] = '\0';
	user->next_key = key;
}

static void run(struct conf_user *user, const struct conf_keys *row)
{
	for (const struct conf_step *step = row->steps; step && !user->leaves; step = step->next) {
		if (step->action->for_admins && !user->options->admin)
			conf_next_key(user, conf_play_sound(user, CONF_SOUND_ERROR_MENU));
		else if (step->action->run)
			step->action->run(user, step->arg);
	}
}

int conf_key(struct rd_channel *ch, char digit, void *arg)
{
	struct conf_user *user = arg;

	user->typed[0] = '\0';
	user->next_key = digit;
	while (user->next_key && !user->leaves && !rd_channel_gone(ch)) {
		const struct conf_keys *row;

		type_after(user, (char)user->next_key);
		user->next_key = 0;
		row = complete(user);
		if (row)
			run(user, row);
		else
			pass_keys(user);
	}
	return user->leaves;
}
