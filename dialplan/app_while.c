/* While, EndWhile, ExitWhile, ContinueWhile. A loop is not remembered: where
 * it begins and ends is read from the steps of the extension, so a Goto() out
 * of it leaves nothing behind. */
#include <strings.h>

#include <ringdown/app.h>

#include "dialplan/module.h"
#include "dialplan/run.h"

static bool is(const struct dp_step *step, const char *app)
{
	return strcasecmp(step->app, app) == 0;
}

/* The EndWhile() that belongs to what stands at step; NULL without. */
static const struct dp_step *end_of(const struct dp_exten *exten, const struct dp_step *step)
{
	int depth = 1;

	for (step++; step < exten->steps + exten->count; step++) {
		if (is(step, "While"))
			depth++;
		else if (is(step, "EndWhile") && --depth == 0)
			return step;
	}
	return NULL;
}

/* The While() that step stands in. */
static const struct dp_step *begin_of(const struct dp_exten *exten, const struct dp_step *step)
{
	int depth = 1;

	while (step-- > exten->steps) {
		if (is(step, "EndWhile"))
			depth++;
		else if (is(step, "While") && --depth == 0)
			return step;
	}
	return NULL;
}

/* The run of ch when it stands in an extension, else NULL. */
static struct dp_run *run_in(struct rd_channel *ch, const char *app)
{
	struct dp_run *run = dp_run_find(ch);

	if (run && run->exten && run->step)
		return run;
	rd_app_error(ch, "%s: works only as a step of an extension", app);
	return NULL;
}

static int jump(struct rd_channel *ch, int priority)
{
	int rc = rd_channel_set_place(ch, NULL, NULL, priority);

	return rc ? rc : RD_APP_JUMP;
}

static int leave_loop(struct rd_channel *ch, const struct dp_run *run, const char *app,
		      const struct dp_step *from)
{
	const struct dp_step *end = from ? end_of(run->exten, from) : NULL;

	if (!end) {
		rd_app_error(ch, "%s: its %s is missing", app, from ? "EndWhile()" : "While()");
		return -EINVAL;
	}
	return jump(ch, end->priority + 1);
}

int dp_while_app(struct rd_channel *ch, const char *args)
{
	struct dp_run *run = run_in(ch, "While");

	if (!run)
		return -EINVAL;
	return rd_app_true(rd_str_of(args)) ? 0 : leave_loop(ch, run, "While", run->step);
}

static int to_begin(struct rd_channel *ch, const char *app)
{
	struct dp_run *run = run_in(ch, app);
	const struct dp_step *begin = run ? begin_of(run->exten, run->step) : NULL;

	if (begin)
		return jump(ch, begin->priority);
	if (run)
		rd_app_error(ch, "%s: its While() is missing", app);
	return -EINVAL;
}

int dp_endwhile_app(struct rd_channel *ch, const char *args)
{
	(void)args;
	return to_begin(ch, "EndWhile");
}

int dp_continuewhile_app(struct rd_channel *ch, const char *args)
{
	(void)args;
	return to_begin(ch, "ContinueWhile");
}

int dp_exitwhile_app(struct rd_channel *ch, const char *args)
{
	struct dp_run *run = run_in(ch, "ExitWhile");

	(void)args;
	if (!run)
		return -EINVAL;
	return leave_loop(ch, run, "ExitWhile", begin_of(run->exten, run->step));
}
