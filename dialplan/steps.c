/* Where a context leads: its steps, and those of contexts that it includes, goes on to or
 * dials. One after the other: a plan may be a chain of more contexts than a stack has room for. */
#include <string.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/map.h>

#include "dialplan/plan.h"

#define PLACE_SIZE 256

/* A context that is reached, in the order in which it was. */
struct stop {
	const struct dp_context *context;
	struct stop *next;
};

struct walk {
	const struct dp_plan *plan;
	struct rd_map *reached; /* name to struct stop */
	struct stop *first, **end;
	bool (*step)(const struct rd_dialplan_step *step, void *arg);
	void *arg;
};

static void reach(struct walk *walk, const char *name)
{
	const struct dp_context *context = dp_plan_context(walk->plan, name);
	struct stop *stop;

	if (!context || rd_map_get(walk->reached, name))
		return;
	stop = rd_zalloc(sizeof(*stop));
	if (!stop || rd_map_set(walk->reached, name, stop, NULL)) {
		rd_free(stop);
		return;
	}
	stop->context = context;
	*walk->end = stop;
	walk->end = &stop->next;
}

/* "context,exten,priority", by name: another way is the same context's. */
static void reach_place(struct walk *walk, struct rd_str target)
{
	char text[PLACE_SIZE];
	const char *part[3];

	if (target.n && !memchr(target.p, '$', target.n) &&
	    rd_strcpyn(text, sizeof(text), target) && rd_dialplan_split_place(text, part) == 0 &&
	    part[0])
		reach(walk, part[0]);
}

/* The contexts of "Local/9@inside/n&...". */
static void reach_dialled(struct walk *walk, struct rd_str args)
{
	struct rd_str targets, one, name;
	char context[PLACE_SIZE];

	rd_str_cut(&args, ',', &targets);
	while (targets.n) {
		rd_str_cut(&targets, '&', &one);
		if (!rd_str_istarts(one, RD_STR("Local/")) || !rd_str_cut(&one, '@', &name))
			continue;
		rd_str_cut(&one, '/', &name);
		if (rd_strcpyn(context, sizeof(context), name))
			reach(walk, context);
	}
}

static void reach_next(struct walk *walk, const struct dp_step *step)
{
	struct rd_str condition, then, otherwise, place = rd_str_of(step->args), rest;

	if (strcasecmp(step->app, "Goto") == 0 || strcasecmp(step->app, "Gosub") == 0) {
		rest = place;
		rd_str_cut(&rest, '(', &place);
		reach_place(walk, place);
	} else if (strcasecmp(step->app, "Dial") == 0) {
		reach_dialled(walk, place);
	} else if ((strcasecmp(step->app, "GotoIf") == 0 ||
		    strcasecmp(step->app, "GotoIfTime") == 0 ||
		    strcasecmp(step->app, "GosubIf") == 0) &&
		   rd_app_branches(step->args, &condition, &then, &otherwise)) {
		reach_place(walk, then);
		reach_place(walk, otherwise);
	}
}

static bool walk_exten(struct walk *walk, const struct dp_exten *exten)
{
	for (size_t i = 0; i < exten->count; i++) {
		const struct dp_step *step = &exten->steps[i];
		const struct rd_dialplan_step told = {
			.context = exten->context->name,
			.exten = exten->name,
			.app = step->app,
			.args = step->args,
			.file = step->file,
			.line = step->line,
		};

		if (walk->step(&told, walk->arg))
			return true;
		reach_next(walk, step);
	}
	return false;
}

static bool walk_context(struct walk *walk, const struct dp_context *context)
{
	for (const struct dp_exten *it = context->first; it; it = it->following)
		if (walk_exten(walk, it))
			return true;
	for (const struct dp_include *it = context->includes; it; it = it->next)
		reach(walk, it->context);
	return false;
}

static bool walk_all(struct walk *walk)
{
	for (const struct stop *it = walk->first; it; it = it->next)
		if (walk_context(walk, it->context))
			return true;
	return false;
}

bool dp_each_step(const struct dp_plan *plan, const char *context,
		  bool (*step)(const struct rd_dialplan_step *step, void *arg), void *arg)
{
	struct walk walk = { .plan = plan, .end = &walk.first, .step = step, .arg = arg };
	bool found;

	if (rd_map_new(&walk.reached, 0))
		return false;
	reach(&walk, context);
	found = walk_all(&walk);
	for (struct stop *it = walk.first, *next; it; it = next) {
		next = it->next;
		rd_free(it);
	}
	rd_map_free(walk.reached);
	return found;
}
