/* Where a context leads: its steps, and those of contexts that it includes, goes on to or
 * dials. */
#include <string.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/map.h>

#include "dialplan/plan.h"

#define PLACE_SIZE 256

struct walk {
	const struct dp_plan *plan;
	struct rd_map *seen; /* contexts */
	bool (*step)(const struct rd_dialplan_step *step, void *arg);
	void *arg;
};

static bool walk_context(struct walk *walk, const char *name);

/* "context,exten,priority", by name: another way is the same context's. */
static bool walk_place(struct walk *walk, struct rd_str target)
{
	char text[PLACE_SIZE];
	const char *part[3];

	return target.n && !memchr(target.p, '$', target.n) &&
	       rd_strcpyn(text, sizeof(text), target) && rd_dialplan_split_place(text, part) == 0 &&
	       part[0] && walk_context(walk, part[0]);
}

/* The contexts of "Local/9@inside/n&...". */
static bool walk_dial(struct walk *walk, struct rd_str args)
{
	struct rd_str targets, one, name;
	char context[PLACE_SIZE];

	rd_str_cut(&args, ',', &targets);
	while (targets.n) {
		rd_str_cut(&targets, '&', &one);
		if (!rd_str_istarts(one, RD_STR("Local/")) || !rd_str_cut(&one, '@', &name))
			continue;
		rd_str_cut(&one, '/', &name);
		if (rd_strcpyn(context, sizeof(context), name) && walk_context(walk, context))
			return true;
	}
	return false;
}

static bool walk_jump(struct walk *walk, const struct dp_step *step)
{
	struct rd_str condition, then, otherwise, place = rd_str_of(step->args), rest;

	if (strcasecmp(step->app, "Goto") == 0 || strcasecmp(step->app, "Gosub") == 0) {
		rest = place;
		rd_str_cut(&rest, '(', &place);
		return walk_place(walk, place);
	}
	if (strcasecmp(step->app, "Dial") == 0)
		return walk_dial(walk, place);
	if (strcasecmp(step->app, "GotoIf") != 0 && strcasecmp(step->app, "GotoIfTime") != 0 &&
	    strcasecmp(step->app, "GosubIf") != 0)
		return false;
	return rd_app_branches(step->args, &condition, &then, &otherwise) &&
	       (walk_place(walk, then) || walk_place(walk, otherwise));
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

		if (walk->step(&told, walk->arg) || walk_jump(walk, step))
			return true;
	}
	return false;
}

static bool walk_context(struct walk *walk, const char *name)
{
	const struct dp_context *context = dp_plan_context(walk->plan, name);

	if (!context || rd_map_get(walk->seen, name) ||
	    rd_map_set(walk->seen, name, (void *)(uintptr_t)context, NULL))
		return false;
	for (const struct dp_exten *it = context->first; it; it = it->following)
		if (walk_exten(walk, it))
			return true;
	for (const struct dp_include *it = context->includes; it; it = it->next)
		if (walk_context(walk, it->context))
			return true;
	return false;
}

bool dp_each_step(const struct dp_plan *plan, const char *context,
		  bool (*step)(const struct rd_dialplan_step *step, void *arg), void *arg)
{
	struct walk walk = { .plan = plan, .step = step, .arg = arg };
	bool found;

	if (rd_map_new(&walk.seen, 0))
		return false;
	found = walk_context(&walk, context);
	rd_map_free(walk.seen);
	return found;
}
