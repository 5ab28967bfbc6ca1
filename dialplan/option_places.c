/* Places that applications lead to by their options: Dial(SIP/1001,20,U(screen)b(prepare^s^1)). */
#include <string.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/pool.h>

#include "dialplan/option_places.h"

enum { ARGUMENTS = 10, QUEUE_GOSUB = 6 };

static const struct leading {
	const char *name, *letters; /* those of whose argument is a place */
	int options; /* which argument has them */
} leading[] = {
	{ "Dial", "bBFGU", 2 },        { "RetryDial", "bBFGU", 5 }, { "Queue", "bBF", 1 },
	{ "Page", "bB", 1 },           { "FollowMe", "bB", 1 },     { "Park", "c", 1 },
	{ "ParkAndAnnounce", "c", 1 },
};

struct looking {
	struct rd_pool *pool;
	dp_look_at_place *look;
	void *arg;
};

/* "context" alone is a routine that begins at s. */
static void look_at(const struct looking *it, struct rd_str text, char letter, bool routine)
{
	char *target = rd_pool_printf(it->pool, "%.*s%s", RD_STR_ARG(text), routine ? ",s,1" : "");

	for (char *p = target; p && *p && *p != '('; p++)
		if (*p == '^')
			*p = ',';
	if (target)
		it->look(rd_str_of(target), letter, it->arg);
}

static void look_at_option(const struct looking *it, char letter, struct rd_str text)
{
	struct rd_str rest = text;

	if (letter == 'U')
		rd_str_cut(&rest, '^', &text);
	if (text.n)
		look_at(it, text, letter, letter == 'U');
}

static bool opens(char c)
{
	return c == '(' || c == '{' || c == '[';
}

static bool closes(char c)
{
	return c == ')' || c == '}' || c == ']';
}

/* From behind what opens to what closes it, or the end. */
static const char *end_of(const char *p)
{
	for (int depth = 1; *p; p++) {
		if (opens(*p))
			depth++;
		else if (closes(*p) && --depth == 0)
			break;
	}
	return p;
}

/* What stands in variables is for a call to know. */
static void look_at_options(const struct looking *it, const char *letters, const char *options)
{
	char letter = '\0';

	for (const char *p = options; *p; p++) {
		if (!opens(*p)) {
			letter = *p;
		} else {
			const char *end = end_of(p + 1);

			if (*p == '(' && *end && letter && strchr(letters, letter))
				look_at_option(it, letter,
					       (struct rd_str){ p + 1, (size_t)(end - p - 1) });
			letter = '\0';
			p = *end ? end : end - 1;
		}
	}
}

static void look_at_arguments(const struct looking *it, const struct leading *app, const char *args)
{
	const char *argv[ARGUMENTS];

	if (rd_app_args(it->pool, args, argv, ARGUMENTS) < 0)
		return;
	look_at_options(it, app->letters, argv[app->options]);
	if (strcmp(app->name, "Queue") == 0 && *argv[QUEUE_GOSUB])
		look_at(it, rd_str_of(argv[QUEUE_GOSUB]), '-', !strchr(argv[QUEUE_GOSUB], ','));
}

void dp_option_places(const char *app, const char *args, dp_look_at_place *look, void *arg)
{
	struct looking it = { .look = look, .arg = arg };

	for (size_t i = 0; i < RD_ARRAY_SIZE(leading); i++) {
		if (strcasecmp(leading[i].name, app) != 0 || rd_pool_new(&it.pool, 0))
			continue;
		look_at_arguments(&it, &leading[i], args);
		rd_pool_free(it.pool);
	}
}
