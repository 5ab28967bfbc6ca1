/* Applications that stand in the arguments of others. */
#include <strings.h>

#include <ringdown/app.h>

#include "dialplan/calls.h"

static bool is(const struct dp_step *step, const char *app)
{
	return strcasecmp(step->app, app) == 0;
}

/* "arguments)" without the last. */
static struct rd_str unclosed(struct rd_str text)
{
	text = rd_str_trim(text);
	if (text.n && text.p[text.n - 1] == ')')
		text.n--;
	return text;
}

/* "App(arguments)" */
static void split(struct rd_str text, dp_call_fn *call, void *arg)
{
	struct rd_str name;

	rd_str_cut(&text, '(', &name);
	name = rd_str_trim(name);
	if (name.n)
		call(name, unclosed(text), arg);
}

void dp_calls_inner(const struct dp_step *step, dp_call_fn *call, void *arg)
{
	struct rd_str condition, then, otherwise;

	if (is(step, "Exec") || is(step, "TryExec")) {
		split(rd_str_of(step->args), call, arg);
	} else if (is(step, "ExecIf") &&
		   rd_app_branches(step->args, &condition, &then, &otherwise)) {
		split(then, call, arg);
		split(otherwise, call, arg);
	}
}

void dp_calls_each(const struct dp_step *step, dp_call_fn *call, void *arg)
{
	call(rd_str_of(step->app), rd_str_of(step->args), arg);
	dp_calls_inner(step, call, arg);
}
