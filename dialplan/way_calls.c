/* Whom steps call: technologies, Local/, and what only the module of an application knows. */
#include <stdio.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/app_leads.h>
#include <ringdown/module.h>

#include "dialplan/calls.h"
#include "dialplan/option_places.h"
#include "dialplan/ways.h"

/* ---- what is not in the arguments ---- */

/* The module of the application knows; NULL: it has nothing to say. To be put back. */
static const struct rd_app_leads *leads_of(const struct way_call *call)
{
	const struct rd_app *app = rd_app_find(call->app);
	char name[80];

	snprintf(name, sizeof(name), RD_APP_LEADS("%s"), app ? app->name : "");
	return rd_interface_get(name, RD_APP_LEADS_VERSION);
}

static void add_target(enum rd_app_lead lead, const char *text, void *arg)
{
	struct rd_buf *targets = arg;

	if (lead == RD_APP_LEAD_CALLS)
		rd_buf_printf(targets, "%s%s", targets->n ? "&" : "", text);
}

/* "SIP/1001&Local/9@out", the members of a queue; NULL: it calls nobody. */
static const char *targets_elsewhere(const struct way_call *call)
{
	const struct rd_app_leads *leads = leads_of(call);
	const char *copy = NULL;
	struct rd_buf targets;

	if (!leads)
		return NULL;
	rd_buf_init(&targets);
	leads->each(call->args, add_target, &targets);
	rd_interface_put(leads);
	if (targets.n)
		copy = rd_pool_strdup(call->walk->pool, rd_buf_text(&targets));
	rd_buf_fini(&targets);
	return copy;
}

static void take_key(struct way_call *call, const char *context)
{
	struct dp_numbers keys;
	struct way_target target = { context, &keys, "1", false };

	dp_numbers_of(&keys, "_[0-9*#]");
	way_enter(call->walk, &target, call->doubt);
}

static void jump_answered(const struct way_call *call, struct rd_str place, bool is_other)
{
	struct way_call inner = *call;

	inner.is_other = is_other;
	if (!inner.doubt)
		inner.doubt = way_doubt(call->walk, "somebody must answer %s()", call->app);
	way_jump(&inner, place);
}

/* Who answers runs it. */
static void answer_runs(const struct way_call *call, const char *place)
{
	const char *whole =
		rd_pool_printf(call->walk->pool, "%s%s", place, strchr(place, ',') ? "" : ",s,1");

	if (whole)
		jump_answered(call, rd_str_of(whole), true);
}

static void follow_lead(enum rd_app_lead lead, const char *text, void *arg)
{
	if (lead == RD_APP_LEAD_KEYS)
		take_key(arg, text);
	else if (lead == RD_APP_LEAD_ANSWERED)
		answer_runs(arg, text);
}

/* Of which queue, only a call may know. */
static void follow_elsewhere(struct way_call *call)
{
	const struct rd_app_leads *leads = leads_of(call);
	const char *argv[2];

	if (!leads)
		return;
	rd_app_args(call->walk->pool, call->args, argv, 2);
	if (way_varies(argv[0]))
		way_tell_lost(call);
	else
		leads->each(call->args, follow_lead, call);
	rd_interface_put(leads);
}

/* ---- places of options ---- */

/* A routine that is run first, by the caller or who is called, decides whether he is. */
static void look_for_door(struct rd_str place, char letter, void *arg)
{
	struct way_call *call = arg;

	if ((letter != 'b' && letter != 'B') || !way_may_keep(call->walk, place))
		return;
	call->may_stay |= letter == 'B';
	if (!call->doubt)
		call->doubt = way_doubt(call->walk,
					"option %c of %s() may end the call, or ask for a password",
					letter, call->app);
}

/* G: who has answered goes to the step behind it. */
static void jump_behind(const struct way_call *call, struct rd_str place)
{
	size_t n = place.n;
	uint64_t priority;
	char *next;

	while (n && place.p[n - 1] != ',')
		n--;
	if (rd_str_to_u64(rd_str_trim((struct rd_str){ place.p + n, place.n - n }), 1000000,
			  &priority))
		return;
	next = rd_pool_printf(call->walk->pool, "%.*s%d", (int)n, place.p, (int)priority + 1);
	if (next)
		jump_answered(call, rd_str_of(next), true);
}

static void follow_option(struct rd_str place, char letter, void *arg)
{
	struct way_call inner = *(const struct way_call *)arg;

	if (letter == 'b' || letter == 'B' || letter == 'c') {
		inner.is_other = letter == 'b';
		way_jump(&inner, place);
		return;
	}
	jump_answered(arg, place, letter != 'G');
	if (letter == 'G')
		jump_behind(arg, place);
}

/* ---- who is called ---- */

static void enter_local(struct way_call *call, struct rd_str target)
{
	const char *doubt = call->doubt;
	struct way_target place = { .priority = "1", .is_other = true };
	struct rd_str number, context;

	if (!rd_str_istarts(target, RD_STR("Local/")))
		return;
	target = (struct rd_str){ target.p + 6, target.n - 6 };
	if (!rd_str_cut(&target, '@', &number))
		return;
	rd_str_cut(&target, '/', &context);
	place.context = rd_pool_strndup(call->walk->pool, context.p, context.n);
	if (!place.context)
		return;
	if (way_varies(place.context)) {
		way_tell_lost(call);
		return;
	}
	place.numbers =
		way_numbers(call, rd_pool_strndup(call->walk->pool, number.p, number.n), &doubt);
	if (place.numbers)
		way_enter(call->walk, &place, doubt);
}

void way_tell_call(struct way_call *call)
{
	struct rd_way way = { .app = call->app, .args = call->args };
	int at = dp_app_devices_at(call->app);
	const char *argv[5];
	struct rd_str rest, one;

	dp_option_places(call->app, call->args, look_for_door, call);
	way.doubt = call->doubt;
	if (at < 0)
		way.targets = targets_elsewhere(call);
	else if (rd_app_args(call->walk->pool, call->args, argv, 5) > at)
		way.targets = argv[at];
	way_tell(call->walk, &way);
	rest = rd_str_of(way.targets);
	while (rest.n && !call->walk->found) {
		rd_str_cut(&rest, '&', &one);
		enter_local(call, rd_str_trim(one));
	}
	if (call->walk->found)
		return;
	dp_option_places(call->app, call->args, follow_option, call);
	follow_elsewhere(call);
}
