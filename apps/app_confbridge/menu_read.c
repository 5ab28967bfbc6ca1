/* Menus of confbridge.conf: keys, and the actions that they stand for. */
#include <stdlib.h>
#include <string.h>

#include "apps/app_confbridge/profile.h"

#define KEYS "0123456789*#ABCD"

/* What a menu is where no file says it. */
static const struct {
	const char *keys, *actions;
} default_rows[] = {
	{ "1", "toggle_mute" },
	{ "4", "decrease_listening_volume" },
	{ "5", "participant_count" },
	{ "6", "increase_listening_volume" },
	{ "7", "decrease_talking_volume" },
	{ "8", "leave_conference" },
	{ "9", "increase_talking_volume" },
};

/* What stands before the next comma outside of parentheses. */
static struct rd_str cut_action(struct rd_str *rest)
{
	struct rd_str action = { rest->p, 0 };
	int depth = 0;

	while (action.n < rest->n && (depth > 0 || action.p[action.n] != ',')) {
		depth += (action.p[action.n] == '(') - (action.p[action.n] == ')');
		action.n++;
	}
	rest->p += RD_MIN(action.n + 1, rest->n);
	rest->n -= RD_MIN(action.n + 1, rest->n);
	return rd_str_trim(action);
}

/* "playback(a&b)": its name, and what is in the parentheses. False: they do not match. */
static bool split(struct rd_str action, struct rd_str *name, struct rd_str *arg)
{
	struct rd_str rest = action;

	*arg = RD_STR("");
	if (!rd_str_cut(&rest, '(', name))
		return true;
	if (!rest.n || rest.p[rest.n - 1] != ')')
		return false;
	*name = rd_str_trim(*name);
	*arg = rd_str_trim((struct rd_str){ rest.p, rest.n - 1 });
	return true;
}

/* 0, -EINVAL with what is wrong, -ENOMEM. */
static int read_step(struct conf_step **sp, struct rd_str text, struct rd_pool *pool,
		     const char **wrong)
{
	struct conf_step *step = rd_pool_zalloc(pool, sizeof(*step));
	struct rd_str name, arg;

	if (!step)
		return -ENOMEM;
	*wrong = "its parentheses do not match";
	if (!split(text, &name, &arg))
		return -EINVAL;
	*wrong = "there is no such action";
	step->action = conf_action_find(name);
	if (!step->action)
		return -EINVAL;
	*wrong = step->action->has_arg ? "something in parentheses is expected"
				       : "nothing in parentheses is expected";
	if (step->action->has_arg != (arg.n > 0))
		return -EINVAL;
	step->arg = rd_pool_strndup(pool, arg.p, arg.n);
	*sp = step;
	return step->arg ? 0 : -ENOMEM;
}

static int read_steps(struct conf_keys *keys, const struct rd_config_line *line,
		      struct rd_pool *pool, struct rd_config_report *report)
{
	struct rd_str rest = rd_str_of(keys->text);
	struct conf_step **end = &keys->steps;
	int rc = 0;

	while (!rc && (rest.n || !keys->steps)) {
		struct rd_str action = cut_action(&rest);
		const char *wrong;

		rc = read_step(end, action, pool, &wrong);
		if (rc == -EINVAL)
			rd_config_error(report, line ? line->file : NULL, line ? line->line : 0,
					"\"%.*s\": %s", RD_STR_ARG(action), wrong);
		if (rc)
			continue;
		if (line && (*end)->action->instead)
			rd_config_warning(report, line->file, line->line, "%s has no effect: %s",
					  (*end)->action->name, (*end)->action->instead);
		end = &(*end)->next;
	}
	return rc;
}

static int add_row(struct conf_profile *profile, const char *name, const char *text,
		   const struct rd_config_line *line, struct rd_pool *pool,
		   struct rd_config_report *report)
{
	struct conf_keys *keys = rd_pool_zalloc(pool, sizeof(*keys));
	struct conf_keys **end = &profile->menu;
	int rc;

	if (!keys)
		return -ENOMEM;
	keys->keys = rd_pool_strdup(pool, name);
	keys->text = rd_pool_strdup(pool, text);
	if (!keys->keys || !keys->text)
		return -ENOMEM;
	/* The last of several lines for the same keys counts. */
	while (*end && strcmp((*end)->keys, name) != 0)
		end = &(*end)->next;
	keys->next = *end ? (*end)->next : NULL;
	rc = read_steps(keys, line, pool, report);
	if (!rc)
		*end = keys;
	return rc;
}

static int read_line(struct conf_profile *profile, const struct rd_config_line *line,
		     struct rd_pool *pool, struct rd_config_report *report)
{
	if (strcmp(line->name, "type") == 0)
		return 0;
	if (strcmp(line->name, "template") == 0) {
		rd_config_warning(report, line->file, line->line,
				  "template has no effect: " CONF_NO_TEMPLATE);
		return 0;
	}
	if (line->name[strspn(line->name, KEYS)]) {
		rd_config_error(report, line->file, line->line,
				"\"%s\": keys are expected, some of " KEYS, line->name);
		return -EINVAL;
	}
	return add_row(profile, line->name, line->value, line, pool, report);
}

int conf_menu_read(struct conf_profile *profile, const struct rd_config_section *section,
		   struct rd_pool *pool, struct rd_config_report *report)
{
	const struct rd_config_line *line = NULL;
	int result = 0, rc = 0;

	for (size_t i = 0; !section && i < RD_ARRAY_SIZE(default_rows) && !rc; i++)
		rc = add_row(profile, default_rows[i].keys, default_rows[i].actions, NULL, pool,
			     report);
	while (section && rc != -ENOMEM && (line = rd_config_line_next(section, line))) {
		rc = read_line(profile, line, pool, report);
		result = rc ? rc : result;
	}
	return rc == -ENOMEM ? rc : result;
}
