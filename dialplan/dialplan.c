/* The module `dialplan`: hands the interpreter to the house, and takes part
 * in load and reload of extensions.conf. */
#include <stdio.h>

#include <ringdown/channel.h>
#include <ringdown/clock.h>
#include <ringdown/dialplan_ways.h>
#include <ringdown/log.h>

#include "dialplan/check.h"
#include "dialplan/examine.h"
#include "dialplan/kept.h"
#include "dialplan/module.h"
#include "dialplan/pattern.h"
#include "dialplan/run.h"

/* -- the interpreter as the house sees it ------------------------------------------ */

static enum rd_match match(const char *context, const char *exten, int priority,
			   const char *caller)
{
	struct dp_wanted wanted = { .context = context, .number = exten, .caller = caller,
				    .priority = priority };

	return dp_current() ? dp_match(dp_current(), &wanted) : RD_MATCH_NONE;
}

static const char *home(const char *context, const char *exten, int priority, const char *caller)
{
	struct dp_wanted wanted = { .context = context, .number = exten, .caller = caller,
				    .priority = priority };
	struct dp_found found;

	if (!dp_current() || !dp_find(dp_current(), &wanted, &found))
		return NULL;
	return found.exten->context->name;
}

static int label(const char *context, const char *exten, const char *name, const char *caller)
{
	struct dp_wanted wanted = { .context = context, .number = exten, .caller = caller,
				    .label = name };
	struct dp_found found;

	if (!dp_current() || !dp_find(dp_current(), &wanted, &found))
		return -ENOENT;
	return found.step->priority;
}

static int expression(const char *text, struct rd_buf *out)
{
	struct dp_fault fault;
	int rc = dp_expression(rd_str_of(text), out, &fault);

	if (fault.text[0])
		rd_warning("$[%s]: at character %zu: %s", text, fault.at + 1, fault.text);
	return rc;
}

static bool pattern(const char *text, const char *number)
{
	char with_underscore[256];

	if (*text == '_')
		return dp_pattern_matches(text, number);
	snprintf(with_underscore, sizeof(with_underscore), "_%s", text);
	return dp_pattern_matches(with_underscore, number);
}

static int time_matches(const char *spec)
{
	struct dp_timing timing;
	const char *fault;
	int rc = dp_timing_parse(&timing, spec, &fault);

	return rc ? rc : dp_timing_holds(&timing, rd_wall());
}

static bool context_exists(const char *context)
{
	return dp_current() && dp_plan_context(dp_current(), context);
}

/* NULL: there is none at all. */
static const struct dp_plan *coming(void)
{
	const struct dp_plan *plan = rd_config_coming(RD_MODULE_NAME);

	return plan ? plan : dp_current();
}

static bool context_coming(const char *context)
{
	return !coming() || dp_plan_context(coming(), context);
}

static bool each_step(const char *context,
		      bool (*step)(const struct rd_dialplan_step *step, void *arg), void *arg)
{
	return coming() && dp_each_step(coming(), context, step, arg);
}

static bool ignore_pattern(const char *context, const char *digits)
{
	return dp_current() && dp_ignores(dp_current(), context, digits);
}

static const struct rd_dialplan interpreter = {
	.run = dp_run,
	.gosub = dp_gosub,
	.match = match,
	.label = label,
	.hint = dp_hint,
	.expand = dp_expand,
	.expression = expression,
	.pattern = pattern,
	.time_matches = time_matches,
	.place = dp_place,
	.context_exists = context_exists,
	.ignore_pattern = ignore_pattern,
	.home = home,
	.context_coming = context_coming,
	.each_step = each_step,
	.pattern_fault = dp_pattern_fault,
};

static bool follow(const char *context, const char *const *variables,
		   bool (*step)(const struct rd_way *way, void *arg), void *arg)
{
	return coming() && dp_ways_follow(coming(), context, variables, step, arg);
}

static const struct rd_dialplan_ways ways = { .follow = follow, .print = dp_ways_print };

static const struct rd_interface interfaces[] = {
	{ .name = RD_DIALPLAN_WAYS, .version = RD_DIALPLAN_WAYS_VERSION, .functions = &ways },
	{ 0 },
};

/* -- load and reload ------------------------------------------------------------------ */

static int build(void **snapshot, struct rd_config_report *report)
{
	struct dp_plan *plan;
	int rc = dp_plan_load(&plan, report);

	if (rc == -ENOENT) {
		rd_config_error(report, "extensions.conf", 0,
				"there is no such file in %s: no call can be routed",
				rd_directory("etc"));
		return -EINVAL;
	}
	if (rc)
		return rc;
	dp_zones_read(plan);
	*snapshot = plan;
	return 0;
}

static void warn(const char *file, int line, const char *text, void *report)
{
	rd_config_warning(report, file, line, "%s", text);
}

/* What "dialplan check" finds: a call would stumble over it. */
static void review(void *snapshot, struct rd_config_report *report)
{
	int findings = dp_check(snapshot, warn, report);

	if (findings < 0)
		rd_config_warning(report, "extensions.conf", 0, "it was not looked over: %s",
				  rd_strerror(findings));
	if (!rd_config_is_examined())
		return;
	dp_examine(snapshot, report);
	dp_examine_prompts(snapshot, report);
}

static void set_global(const char *name, const char *value)
{
	int rc = rd_var_set(NULL, name, value);

	if (rc && rc != -EOVERFLOW)
		rd_warning("extensions.conf: [globals] %s = %s: %s", name, value,
			   rd_strerror(rc));
}

/* What calls have set, and what stood in the file before. */
static void forget_globals(void)
{
	const char *name, *value;
	size_t pos = 0;

	while (rd_var_next(NULL, &pos, &name, &value))
		rd_var_set(NULL, name, NULL);
}

static void commit(void *snapshot)
{
	struct dp_plan *plan = snapshot;

	if (plan->clear_globals && dp_current())
		forget_globals();
	for (const struct dp_global *g = plan->globals; g; g = g->next)
		set_global(g->name, g->value);
	dp_set_current(plan);
	dp_hints_changed();
}

static void discard(void *snapshot)
{
	dp_plan_unref(snapshot);
}

static const char *const files[] = { "extensions.conf", NULL };

static const struct rd_module_config config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};

static void unload(void)
{
	dp_set_current(NULL);
	dp_hints_forget();
}

RD_MODULE(.name = "dialplan", .synopsis = "extensions.conf: where calls go", .apps = dp_apps,
	  .functions = dp_functions, .commands = dp_commands, .subscribers = dp_hint_subscribers,
	  .dialplan = &interpreter, .interfaces = interfaces, .config = &config, .review = review,
	  .unload = unload, .state = &dp_state);
