/* Prompts and classes of music that applications name in their arguments. What holds variables
 * that only a call knows is passed over. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/prompt.h>

#include "dialplan/calls.h"
#include "dialplan/check.h"

enum { ARGUMENTS = 7, NAME_MAX_SIZE = 256 };
enum kind { PROMPT, MUSIC };

/* Where one stands: in an argument, or behind a letter of it, "A(hello)". */
static const struct row {
	const char *app;
	int at;
	char letter;
	enum kind kind;
} rows[] = {
	{ "Playback", 0, 0, PROMPT },
	{ "Background", 0, 0, PROMPT },
	{ "BackgroundDetect", 0, 0, PROMPT },
	{ "ControlPlayback", 0, 0, PROMPT },
	{ "Read", 1, 0, PROMPT },
	{ "Authenticate", 3, 0, PROMPT },
	{ "Queue", 3, 0, PROMPT },
	{ "RetryDial", 0, 0, PROMPT },
	{ "RetryDial", 5, 'A', PROMPT },
	{ "Dial", 2, 'A', PROMPT },
	{ "Page", 1, 'A', PROMPT },
	{ "MusicOnHold", 0, 0, MUSIC },
	{ "StartMusicOnHold", 0, 0, MUSIC },
	{ "SetMusicOnHold", 0, 0, MUSIC },
	{ "Dial", 2, 'm', MUSIC },
	{ "RetryDial", 5, 'm', MUSIC },
	{ "Queue", 1, 'm', MUSIC },
	{ "BridgeWait", 2, 'm', MUSIC },
	{ "WaitExten", 1, 'm', MUSIC },
};

/* What is told of one of them: "office,1: Dial" and its name. */
typedef void found_fn(const struct dp_step *step, const char *what, char *name, void *arg);

struct look {
	const struct dp_plan *plan;
	struct dp_spot spot;
	struct rd_pool *pool;
	enum kind kind;
	found_fn *found;
	void *arg;
};

/* What stands behind a letter, outside of what stands behind others. */
static struct rd_str behind(const char *options, char letter)
{
	const char *begin = NULL;
	int depth = 0;

	for (; *options; options++) {
		if (*options == '(' && depth++ == 0)
			continue;
		if (*options == ')' && --depth == 0 && begin)
			return (struct rd_str){ begin, (size_t)(options - begin) };
		if (depth == 0 && *options == letter && options[1] == '(')
			begin = options + 2;
	}
	return (struct rd_str){ 0 };
}

static void tell(const struct look *look, struct rd_str app, struct rd_str name)
{
	char what[NAME_MAX_SIZE], text[NAME_MAX_SIZE];

	name = rd_str_trim(name);
	if (!name.n || memchr(name.p, '$', name.n) || !rd_strcpyn(text, sizeof(text), name))
		return;
	snprintf(what, sizeof(what), "%s,%s: %.*s", look->spot.exten->context->name,
		 look->spot.exten->name, RD_STR_ARG(app));
	look->found(look->spot.step, what, text, look->arg);
}

/* Read() with i: it is a tone. */
static bool is_tone(struct rd_str app, const char *const *argv)
{
	return rd_str_ieq(app, RD_STR("Read")) && strchr(argv[3], 'i');
}

static void look_at_row(const struct look *look, const struct row *row, struct rd_str app,
			const char *args)
{
	const char *argv[ARGUMENTS];

	if (rd_app_args(look->pool, args, argv, ARGUMENTS) <= row->at || is_tone(app, argv))
		return;
	tell(look, app,
	     row->letter ? behind(argv[row->at], row->letter) : rd_str_of(argv[row->at]));
}

/* What Set() names. */
static const struct variable {
	const char *name;
	enum kind kind;
} variables[] = {
	{ "CHANNEL(musicclass)", MUSIC },
	{ "LIMIT_WARNING_FILE", PROMPT },
	{ "LIMIT_TIMEOUT_FILE", PROMPT },
	{ "LIMIT_CONNECT_FILE", PROMPT },
};

/* "_NAME=value": underscores hand it on to who is called. */
static void look_at_set(const struct look *look, struct rd_str app, struct rd_str value)
{
	struct rd_str name;

	if (!rd_str_ieq(app, RD_STR("Set")) || !rd_str_cut(&value, '=', &name))
		return;
	name = rd_str_trim(name);
	while (name.n && *name.p == '_')
		name = (struct rd_str){ name.p + 1, name.n - 1 };
	for (size_t i = 0; i < RD_ARRAY_SIZE(variables); i++)
		if (variables[i].kind == look->kind &&
		    rd_str_ieq(name, rd_str_of(variables[i].name)))
			tell(look, app, value);
}

static void look_at_call(struct rd_str app, struct rd_str args, void *arg)
{
	const struct look *look = arg;
	struct rd_buf known;

	rd_buf_init(&known);
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		if (rows[i].kind != look->kind || !rd_str_ieq(app, rd_str_of(rows[i].app)))
			continue;
		rd_buf_reset(&known);
		dp_globals_expand(look->plan, args, &known);
		look_at_row(look, &rows[i], app, rd_buf_text(&known));
	}
	look_at_set(look, app, args);
	rd_buf_fini(&known);
}

static void look_at_all(const struct dp_plan *plan, enum kind kind, found_fn *found, void *arg)
{
	struct look look = { .plan = plan, .kind = kind, .found = found, .arg = arg };

	if (rd_pool_new(&look.pool, 0))
		return;
	while (dp_plan_next_step(plan, &look.spot)) {
		dp_calls_each(look.spot.step, look_at_call, &look);
		rd_pool_reset(look.pool);
	}
	rd_pool_free(look.pool);
}

/* ---- prompts ---- */

/* "A(who is called:who calls)" */
static void found_prompt(const struct dp_step *step, const char *what, char *name, void *report)
{
	for (char *colon = name; (colon = strchr(colon, ':'));)
		*colon = '&';
	rd_prompt_examine(report, step->file, step->line, what, name);
}

void dp_examine_prompts(const struct dp_plan *plan, struct rd_config_report *report)
{
	look_at_all(plan, PROMPT, found_prompt, report);
}

/* ---- music ---- */

struct findings {
	dp_check_report *report;
	void *arg;
	int count;
};

static void found_music(const struct dp_step *step, const char *what, char *name, void *arg)
{
	struct findings *findings = arg;
	char text[2 * NAME_MAX_SIZE + 64];

	if (rd_music_exists(name))
		return;
	snprintf(text, sizeof(text), "%s: musiconhold.conf has no class \"%s\"", what, name);
	findings->report(step->file, step->line, text, findings->arg);
	findings->count++;
}

int dp_check_music(const struct dp_plan *plan, dp_check_report *report, void *arg)
{
	struct findings findings = { .report = report, .arg = arg };

	look_at_all(plan, MUSIC, found_music, &findings);
	return findings.count;
}
