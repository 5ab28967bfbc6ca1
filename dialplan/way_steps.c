/* What steps do with a call that comes to them, as far as it can be told without one. */
#include <string.h>
#include <strings.h>

#include <ringdown/app.h>

#include "dialplan/calls.h"
#include "dialplan/ways.h"

enum { PLACE_SIZE = 256, DEPTH_MAX = 4 /* of a Gosub() in another */ };

static bool is(const struct way_call *call, const char *app)
{
	return strcasecmp(call->app, app) == 0;
}

bool way_varies(const char *text)
{
	return strchr(text, '$') != NULL;
}

void way_tell_lost(struct way_call *call)
{
	struct rd_way way = {
		.app = call->app, .args = call->args, .doubt = call->doubt, .is_lost = true
	};

	way_tell(call->walk, &way);
}

/* ---- jumps ---- */

/* "[[context,]exten,]priority[(args)]", cut; in the pool. NULL without memory, or where it is
 * none. */
static const char **read_place(struct way_walk *walk, struct rd_str text)
{
	const char **part = rd_pool_alloc(walk->pool, 3 * sizeof(*part)), *argv[3];
	char *copy = rd_pool_strndup(walk->pool, text.p ? text.p : "", text.n);
	const char *end;
	int argc = part && copy ? rd_app_args(walk->pool, copy, argv, 3) : 0;

	if (argc < 1)
		return NULL;
	for (int i = 0; i < 3; i++)
		part[i] = i >= 3 - argc ? argv[i - (3 - argc)] : NULL;
	end = strpbrk(part[2], "($");
	if (end && *end == '(')
		part[2] = rd_pool_strndup(walk->pool, part[2], (size_t)(end - part[2]));
	return part[2] ? part : NULL;
}

/* Numbers of a text; doubt grows where only a call knows it. */
const struct dp_numbers *way_numbers(struct way_call *call, const char *text, const char **doubt)
{
	struct way_walk *walk = call->walk;
	struct dp_numbers numbers;

	if (!text)
		return walk->spot->numbers;
	if (!dp_numbers_of_text(&numbers, rd_str_of(text), walk->spot->numbers) && !*doubt)
		*doubt = way_doubt(walk, "only a call knows what %s is", text);
	return dp_numbers_dup(walk->pool, &numbers);
}

void way_jump(struct way_call *call, struct rd_str place)
{
	const char **part = read_place(call->walk, place), *doubt = call->doubt;
	struct way_target target;

	if (!part)
		return;
	if ((part[0] && way_varies(part[0])) || way_varies(part[2])) {
		way_tell_lost(call);
		return;
	}
	target.is_other = call->is_other;
	target.context = part[0] ? part[0] : call->walk->spot->context;
	target.numbers = way_numbers(call, part[1], &doubt);
	target.priority = part[2];
	if (target.numbers)
		way_enter(call->walk, &target, doubt);
}

/* He dials on, or what he keys is an extension. */
static void dial_on(struct way_call *call, const char *context, const char *doubt)
{
	struct dp_numbers all;
	struct way_target target = { context, &all, "1", false };

	dp_numbers_all(&all);
	if (way_varies(context))
		way_tell_lost(call);
	else
		way_enter(call->walk, &target, doubt);
}

/* ---- subroutines ---- */

static bool may_keep(struct way_walk *walk, struct rd_str place, int depth);

static bool step_may_keep(struct way_walk *walk, const struct dp_step *step, int depth)
{
	static const char *const apps[] = {
		"Authenticate", "VMAuthenticate", "Hangup", "Busy",       "Congestion",
		"DISA",         "Goto",           "GotoIf", "GotoIfTime", NULL
	};
	static const char *const inner[] = { "Exec", "TryExec", "ExecIf", NULL };

	for (const char *const *app = apps; *app; app++) {
		if (strcasecmp(step->app, *app) == 0)
			return true;
		for (const char *const *outer = inner; *outer; outer++)
			if (strcasecmp(step->app, *outer) == 0 && strcasestr(step->args, *app))
				return true;
	}
	return strcasecmp(step->app, "GosubIf") == 0 ||
	       (strcasecmp(step->app, "Gosub") == 0 &&
		may_keep(walk, rd_str_of(step->args), depth + 1));
}

/* May a call that is sent there not come back: it asks for a password, or hangs up? */
static bool may_keep(struct way_walk *walk, struct rd_str place, int depth)
{
	const char **part = depth < DEPTH_MAX ? read_place(walk, place) : NULL;
	const struct dp_context *context;

	if (!part || (part[0] && way_varies(part[0])))
		return true;
	context = dp_plan_context(walk->plan, part[0] ? part[0] : walk->spot->context);
	for (const struct dp_exten *it = context ? context->first : NULL; it; it = it->following)
		for (size_t i = 0; i < it->count; i++)
			if ((!part[1] || way_varies(part[1]) || *it->name == '_' ||
			     strcmp(it->name, part[1]) == 0) &&
			    step_may_keep(walk, &it->steps[i], depth))
				return true;
	return !context;
}

bool way_may_keep(struct way_walk *walk, struct rd_str place)
{
	return may_keep(walk, place, 0);
}

static enum way_rest gosub(struct way_call *call, struct rd_str place)
{
	way_jump(call, place);
	if (!way_may_keep(call->walk, place))
		return WAY_GOES_ON;
	*call->rest_doubt = way_doubt(call->walk, "%s() may end the call, or ask for a password",
				      call->walk->step->app);
	return WAY_MAY_GO_ON;
}

/* ---- branches ---- */

static enum way_rest take(struct way_call *call, struct rd_str place, bool returns)
{
	if (!place.n)
		return WAY_GOES_ON;
	if (returns)
		return gosub(call, place);
	way_jump(call, place);
	return WAY_ENDS;
}

/* The rest of what may have taken one of two ways. */
static enum way_rest either_of(enum way_truth truth, enum way_rest then, enum way_rest otherwise)
{
	if (truth == WAY_TRUE)
		return then;
	if (truth == WAY_FALSE)
		return otherwise;
	if (then == WAY_ENDS && otherwise == WAY_ENDS)
		return WAY_ENDS;
	if (truth == WAY_EITHER)
		return then == WAY_GOES_ON || otherwise == WAY_GOES_ON ? WAY_GOES_ON
								       : WAY_MAY_GO_ON;
	return then == WAY_GOES_ON && otherwise == WAY_GOES_ON ? WAY_GOES_ON : WAY_MAY_GO_ON;
}

static const char *doubt_of(struct way_call *call, enum way_truth truth, struct rd_str condition)
{
	if (truth != WAY_UNKNOWN || call->doubt)
		return call->doubt;
	return way_doubt(call->walk, "only a call knows whether %.*s", RD_STR_ARG(condition));
}

static enum way_rest branch(struct way_call *call, bool returns)
{
	struct rd_str condition, then, otherwise;
	enum way_rest first = WAY_GOES_ON, second = WAY_GOES_ON, rest;
	struct way_call inner = *call;
	enum way_truth truth;

	if (!way_branches(rd_str_of(call->args), &condition, &then, &otherwise))
		return WAY_GOES_ON;
	truth = is(call, "GotoIfTime") ? WAY_EITHER : way_truth(condition);
	inner.doubt = doubt_of(call, truth, condition);
	if (truth != WAY_FALSE)
		first = take(&inner, then, returns);
	if (truth != WAY_TRUE)
		second = take(&inner, otherwise, returns);
	rest = either_of(truth, first, second);
	if (rest == WAY_MAY_GO_ON && truth == WAY_UNKNOWN)
		*call->rest_doubt = inner.doubt;
	return rest;
}

/* ---- who is called ---- */

/* The one who is called goes there: "tech/data,exten,context,exten,priority". */
static void originate(struct way_call *call)
{
	const char *argv[6], *doubt = call->doubt;
	struct way_target target;

	if (rd_app_args(call->walk->pool, call->args, argv, 6) < 3 ||
	    strcasecmp(argv[1], "exten") != 0)
		return;
	if (way_varies(argv[2])) {
		way_tell_lost(call);
		return;
	}
	target.is_other = true;
	target.context = argv[2];
	target.numbers = way_numbers(call, *argv[3] ? argv[3] : "s", &doubt);
	target.priority = *argv[4] && !way_varies(argv[4]) ? argv[4] : "1";
	if (target.numbers)
		way_enter(call->walk, &target, doubt);
}

/* ---- doors ---- */

static enum way_rest ask(struct way_call *call)
{
	*call->rest_doubt = way_doubt(call->walk, "%s() asks for a password", call->app);
	return WAY_MAY_GO_ON;
}

static enum way_rest disa(struct way_call *call)
{
	const char *argv[2], *doubt = call->doubt;

	if (rd_app_args(call->walk->pool, call->args, argv, 2) < 1)
		return WAY_ENDS;
	if (strcmp(argv[0], "no-password") != 0 && !doubt)
		doubt = way_doubt(call->walk, "DISA() asks for a password");
	dial_on(call, *argv[1] ? argv[1] : "disa", doubt);
	return WAY_ENDS;
}

static void hear_digits(struct way_call *call)
{
	const char *argv[4];
	bool is_background = is(call, "Background");

	rd_app_args(call->walk->pool, call->args, argv, 4);
	dial_on(call, is_background && *argv[3] ? argv[3] : call->walk->spot->context, call->doubt);
}

/* ---- one call ---- */

static enum way_rest run(struct way_call *call);

static enum way_rest run_inner(const struct way_call *call, struct rd_str text, const char *doubt)
{
	struct way_call inner = *call;
	struct rd_str name, args;

	dp_call_split(text, &name, &args);
	if (!name.n)
		return WAY_GOES_ON;
	inner.app = rd_pool_strndup(call->walk->pool, name.p, name.n);
	inner.args = rd_pool_strndup(call->walk->pool, args.p, args.n);
	inner.doubt = doubt;
	return inner.app && inner.args ? run(&inner) : WAY_GOES_ON;
}

static enum way_rest exec_if(struct way_call *call)
{
	struct rd_str condition, then, otherwise;
	enum way_rest first = WAY_GOES_ON, second = WAY_GOES_ON, rest;
	enum way_truth truth;
	const char *doubt;

	if (!way_branches(rd_str_of(call->args), &condition, &then, &otherwise))
		return WAY_GOES_ON;
	truth = way_truth(condition);
	doubt = doubt_of(call, truth, condition);
	if (truth != WAY_FALSE)
		first = run_inner(call, then, doubt);
	if (truth != WAY_TRUE)
		second = run_inner(call, otherwise, doubt);
	rest = either_of(truth, first, second);
	if (rest == WAY_MAY_GO_ON && truth == WAY_UNKNOWN)
		*call->rest_doubt = doubt;
	return rest;
}

static enum way_rest follow(struct way_call *call)
{
	if (dp_app_ends(call->app) || is(call, "Incomplete"))
		return WAY_ENDS;
	if (is(call, "Goto"))
		return take(call, rd_str_of(call->args), false);
	if (is(call, "Gosub"))
		return take(call, rd_str_of(call->args), true);
	if (is(call, "GotoIf") || is(call, "GotoIfTime"))
		return branch(call, false);
	if (is(call, "GosubIf"))
		return branch(call, true);
	if (is(call, "ExecIf"))
		return exec_if(call);
	if (is(call, "Exec") || is(call, "TryExec"))
		return run_inner(call, rd_str_of(call->args), call->doubt);
	if (is(call, "Authenticate") || is(call, "VMAuthenticate"))
		return ask(call);
	if (is(call, "DISA"))
		return disa(call);
	if (is(call, "Background") || is(call, "BackgroundDetect") || is(call, "WaitExten"))
		hear_digits(call);
	else if (is(call, "Originate"))
		originate(call);
	return WAY_GOES_ON;
}

static enum way_rest run(struct way_call *call)
{
	enum way_rest rest;

	way_tell_call(call);
	if (call->walk->found)
		return WAY_ENDS;
	rest = follow(call);
	if (rest != WAY_GOES_ON || !call->may_stay)
		return rest;
	*call->rest_doubt = call->doubt;
	return WAY_MAY_GO_ON;
}

enum way_rest way_step(struct way_walk *walk, const char **doubt)
{
	struct way_call call = { .walk = walk,
				 .app = walk->step->app,
				 .doubt = walk->spot->doubt,
				 .rest_doubt = doubt };

	call.args = way_known(walk, rd_str_of(walk->step->args));
	return run(&call);
}
