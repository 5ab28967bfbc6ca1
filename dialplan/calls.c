/* Applications that stand in the arguments of others. */
#include <strings.h>

#include <ringdown/app.h>

#include "dialplan/calls.h"

static bool is(const struct dp_step *step, const char *app)
{
	return strcasecmp(step->app, app) == 0;
}

void dp_call_split(struct rd_str text, struct rd_str *app, struct rd_str *args)
{
	rd_str_cut(&text, '(', app);
	*app = rd_str_trim(*app);
	*args = rd_str_trim(text);
	if (args->n && args->p[args->n - 1] == ')')
		args->n--;
}

static void tell(struct rd_str text, dp_call_fn *call, void *arg)
{
	struct rd_str app, args;

	dp_call_split(text, &app, &args);
	if (app.n)
		call(app, args, arg);
}

void dp_calls_inner(const struct dp_step *step, dp_call_fn *call, void *arg)
{
	struct rd_str condition, then, otherwise;

	if (is(step, "Exec") || is(step, "TryExec")) {
		tell(rd_str_of(step->args), call, arg);
	} else if (is(step, "ExecIf") &&
		   rd_app_branches(step->args, &condition, &then, &otherwise)) {
		tell(then, call, arg);
		tell(otherwise, call, arg);
	}
}

void dp_calls_each(const struct dp_step *step, dp_call_fn *call, void *arg)
{
	call(rd_str_of(step->app), rd_str_of(step->args), arg);
	dp_calls_inner(step, call, arg);
}

int dp_app_devices_at(const char *app)
{
	static const struct {
		const char *app;
		int at;
	} rows[] = { { "Dial", 0 }, { "RetryDial", 3 }, { "Page", 0 }, { "Originate", 0 } };

	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++)
		if (strcasecmp(app, rows[i].app) == 0)
			return rows[i].at;
	return -1;
}

bool dp_app_ends(const char *app)
{
	static const char *const last[] = { "Hangup", "Return", "Busy", "Congestion" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(last); i++)
		if (strcasecmp(app, last[i]) == 0)
			return true;
	return false;
}
