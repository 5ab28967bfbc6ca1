/* "dialplan check": see check.h. Texts that hold variables are left alone:
 * only a call knows what they will be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/fiber.h>
#include <ringdown/function.h>
#include <ringdown/pool.h>

#include "dialplan/calls.h"
#include "dialplan/check.h"
#include "dialplan/foreign.h"
#include "dialplan/option_places.h"
#include "dialplan/timing.h"

#define PLACE_SIZE 256
#define MSET_MAX   64

struct check {
	const struct dp_plan *plan;
	dp_check_report *report;
	void *arg;
	struct rd_map *targets; /* "context,exten,7" that some jump names */
	const struct dp_exten *exten;
	const struct dp_step *step;
	int findings, rc;
	unsigned steps;
};

static void found(struct check *c, const char *fmt, ...) RD_PRINTF(2, 3);

static void found(struct check *c, const char *fmt, ...)
{
	struct rd_buf text;
	va_list ap;

	rd_buf_init(&text);
	rd_buf_printf(&text, "%s,%s,%d: ", c->exten->context->name, c->exten->name,
		      c->step->priority);
	va_start(ap, fmt);
	rd_buf_vprintf(&text, fmt, ap);
	va_end(ap);
	c->report(c->step->file, c->step->line, rd_buf_text(&text), c->arg);
	c->findings++;
	rd_buf_fini(&text);
}

/* -- places that are jumped to ------------------------------------------------------- */

struct place {
	const char *context, *exten, *priority; /* in .text, or the step's own */
	int number;				/* of the priority; 0 when that is a label */
	char text[PLACE_SIZE];
};

static bool has_variables(struct rd_str s)
{
	return s.n && memchr(s.p, '$', s.n);
}

/* "[[context,]exten,]priority[(args)]" as seen from the step; false when it
 * holds variables or is nothing that can be read. */
static bool read_place(struct check *c, struct rd_str target, struct place *place)
{
	struct rd_str rest = target, head;
	const char *part[3];
	char *end;

	rd_str_cut(&rest, '(', &head);
	if (has_variables(head) || !rd_strcpyn(place->text, PLACE_SIZE, head) ||
	    rd_dialplan_split_place(place->text, part))
		return false;
	place->context = part[0] ? part[0] : c->exten->context->name;
	place->exten = part[1] ? part[1] : c->exten->name;
	place->priority = part[2];
	place->number = (int)strtol(place->priority, &end, 10);
	if (*end)
		place->number = 0;
	else if (*place->priority == '+' || *place->priority == '-')
		place->number += c->step->priority;
	return true;
}

typedef void look_at_place(struct check *c, struct rd_str target);

static bool is(const struct dp_step *step, const char *app)
{
	return strcasecmp(step->app, app) == 0;
}

struct looking {
	struct check *c;
	look_at_place *look;
};

static void look_at_option(struct rd_str target, char letter, void *arg)
{
	const struct looking *looking = arg;

	(void)letter;
	looking->look(looking->c, target);
}

/* All places that this step may jump to, as they are written. */
static void each_target(struct check *c, look_at_place *look)
{
	struct looking looking = { c, look };
	struct rd_str condition, then, otherwise;
	const struct dp_step *step = c->step;

	if (is(step, "Goto") || is(step, "Gosub")) {
		look(c, rd_str_of(step->args));
	} else if (is(step, "GotoIf") || is(step, "GotoIfTime") || is(step, "GosubIf")) {
		if (!rd_app_branches(step->args, &condition, &then, &otherwise))
			return;
		if (then.n)
			look(c, then);
		if (otherwise.n)
			look(c, otherwise);
	} else {
		dp_option_places(step->app, step->args, look_at_option, &looking);
	}
}

/* Others get their turn while a large plan is looked through. */
static void give_way(struct check *c)
{
	if (++c->steps % 256 == 0 && rd_fiber_self())
		rd_yield();
}

static void each_step(struct check *c, void (*look)(struct check *c))
{
	for (struct dp_spot spot = { 0 }; c->rc == 0 && dp_plan_next_step(c->plan, &spot);) {
		c->exten = spot.exten;
		c->step = spot.step;
		look(c);
		give_way(c);
	}
}

static void note_target(struct check *c, struct rd_str target)
{
	struct place place;
	char key[3 * PLACE_SIZE];
	int rc;

	if (!read_place(c, target, &place) || !place.number)
		return;
	snprintf(key, sizeof(key), "%s,%s,%d", place.context, place.exten, place.number);
	rc = rd_map_set(c->targets, key, c, NULL);
	c->rc = rc ? rc : c->rc;
}

static void note_targets(struct check *c)
{
	each_target(c, note_target);
}

static bool exists(const struct check *c, const struct place *place)
{
	struct dp_wanted wanted = { .context = place->context, .number = place->exten,
				    .priority = place->number,
				    .label = place->number ? NULL : place->priority };
	struct dp_found found;

	/* In an extension that is a pattern, its own name stands for any number. */
	if (strcmp(place->exten, c->exten->name) == 0 &&
	    strcmp(place->context, c->exten->context->name) == 0) {
		if (place->number && dp_exten_step(c->exten, place->number))
			return true;
		for (size_t i = 0; !place->number && i < c->exten->count; i++)
			if (c->exten->steps[i].label &&
			    strcmp(c->exten->steps[i].label, place->priority) == 0)
				return true;
		if (*place->exten == '_')
			return true; /* other patterns may have it */
	}
	return dp_find(c->plan, &wanted, &found);
}

static void check_target(struct check *c, struct rd_str target)
{
	struct place place;

	if (!read_place(c, target, &place) || exists(c, &place))
		return;
	if (!dp_plan_context(c->plan, place.context))
		found(c, "%s: there is no context %s", c->step->app, place.context);
	else
		found(c, "%s: there is no %s %s in extension %s of context %s", c->step->app,
		      place.number ? "priority" : "label", place.priority, place.exten,
		      place.context);
}

/* -- what a step calls ------------------------------------------------------------------ */

static const char *nearest_app(const char *name)
{
	const char *names[384];
	const struct rd_app *app;
	size_t pos = 0, n = 0;

	while (n + 1 < RD_ARRAY_SIZE(names) && rd_app_next(&pos, &app))
		names[n++] = app->name;
	names[n] = NULL;
	return rd_str_nearest(name, names);
}

static void complain_of_app(struct check *c)
{
	const char *name = c->step->app, *instead = dp_foreign_app(name);
	const char *near = instead ? NULL : nearest_app(name);

	if (instead)
		found(c, "there is no application %s (%s)", name, instead);
	else
		found(c, "there is no application %s%s%s%s", name, near ? " (did you mean " : "",
		      near ? near : "", near ? "?)" : "");
}

static void check_app(struct check *c)
{
	const struct rd_app *app = rd_app_find(c->step->app);
	const char *wrong;
	char buf[160];

	if (!app) {
		complain_of_app(c);
		return;
	}
	if (!dp_template_constant(c->step->template))
		wrong = dp_check_devices(app->name, c->step->args, buf, sizeof(buf));
	else
		wrong = app->check ? app->check(c->step->args, buf, sizeof(buf)) : NULL;
	if (wrong)
		found(c, "%s: %s", app->name, wrong);
}

static void check_function(struct check *c, const char *name, const char *args, bool set)
{
	char buf[512];
	const char *wrong = dp_check_function(name, args, set, buf, sizeof(buf));

	if (wrong)
		found(c, "%s", wrong);
}

/* Those that are inherited begin with _ or __. */
static void check_variable(struct check *c, const char *name)
{
	const char *instead = dp_foreign_variable(name + strspn(name, "_"));

	if (instead)
		found(c, "the variable %s has no effect (%s)", name, instead);
}

/* "args)" of a function that is set. */
static void check_set_function(struct check *c, const char *name, struct rd_str args)
{
	char copy[256];

	args = rd_str_trim(args);
	if (args.n && args.p[args.n - 1] == ')')
		args.n--;
	check_function(c, name,
		       !has_variables(args) && rd_strcpyn(copy, sizeof(copy), args) ? copy : NULL,
		       true);
}

/* "NAME(args)=value", the function that is set, or "NAME=value"; the text ends with the step's. */
static void check_set(struct check *c, struct rd_str text)
{
	const char *equals = text.n ? rd_app_equals(text.p) : NULL;
	struct rd_str left, name;
	bool is_function;
	char copy[80];

	if (!equals || equals >= text.p + text.n)
		return;
	left = (struct rd_str){ text.p, (size_t)(equals - text.p) };
	is_function = rd_str_cut(&left, '(', &name);
	if (has_variables(name) || !rd_strcpyn(copy, sizeof(copy), rd_str_trim(name)))
		return;
	if (is_function)
		check_set_function(c, copy, left);
	else
		check_variable(c, copy);
}

/* Does "F(b)=2..." set a function? */
static bool sets_function(struct rd_str text)
{
	const char *equals = rd_app_equals(text.p);
	struct rd_str left, name;
	char copy[80];

	if (!equals || equals >= text.p + text.n)
		return false;
	left = rd_str_trim((struct rd_str){ text.p, (size_t)(equals - text.p) });
	return left.n && left.p[left.n - 1] == ')' && rd_str_cut(&left, '(', &name) &&
	       rd_strcpyn(copy, sizeof(copy), rd_str_trim(name)) && rd_function_find(copy);
}

/* "a=1,F(b)=2" sets a alone, to all of the rest. */
static void check_set_alone(struct check *c, struct rd_str text)
{
	bool quoted = false, more = false;
	int depth = 0;

	check_set(c, text);
	for (; text.n && !more; text.p++, text.n--) {
		if (*text.p == '"')
			quoted = !quoted;
		else if (strchr("({[", *text.p))
			depth++;
		else if (strchr(")}]", *text.p))
			depth--;
		else if (*text.p == ',' && !quoted && depth == 0)
			more = sets_function((struct rd_str){ text.p + 1, text.n - 1 });
	}
	if (more)
		found(c, "Set() sets one; what follows the comma is part of its value: MSet() sets "
			 "several");
}

/* "a=1,F(b)=2": each as Set() takes it. */
static void check_mset(struct check *c, struct rd_str text)
{
	const char *argv[MSET_MAX];
	struct rd_pool *pool;
	char *copy;
	int argc;

	if (rd_pool_new(&pool, 0))
		return;
	copy = rd_pool_strndup(pool, text.p, text.n);
	argc = copy ? rd_app_args(pool, copy, argv, MSET_MAX) : 0;
	for (int i = 0; i < argc; i++)
		check_set(c, rd_str_of(argv[i]));
	rd_pool_free(pool);
}

static void check_arguments(struct check *c, const struct rd_app *app, struct rd_str text)
{
	char args[256], buf[160];
	const char *wrong;

	if (!rd_strcpyn(args, sizeof(args), text))
		return;
	if (has_variables(text))
		wrong = dp_check_devices(app->name, args, buf, sizeof(buf));
	else
		wrong = app->check ? app->check(args, buf, sizeof(buf)) : NULL;
	if (wrong)
		found(c, "%s: %s: %s", c->step->app, app->name, wrong);
}

static void check_inner_arguments(struct check *c, const struct rd_app *app, struct rd_str text)
{
	if (strcasecmp(app->name, "Set") == 0)
		check_set_alone(c, text);
	else if (strcasecmp(app->name, "MSet") == 0)
		check_mset(c, text);
	else
		check_arguments(c, app, text);
}

/* "App(arguments)" as ExecIf() and its like run it. */
static void check_inner(struct rd_str name, struct rd_str args, void *arg)
{
	struct check *c = arg;
	const struct rd_app *app;
	char copy[80];

	if (has_variables(name) || !rd_strcpyn(copy, sizeof(copy), name))
		return;
	app = rd_app_find(copy);
	if (!app && dp_foreign_app(copy))
		found(c, "%s: there is no application %s (%s)", c->step->app, copy,
		      dp_foreign_app(copy));
	else if (!app)
		found(c, "%s: there is no application %s", c->step->app, copy);
	else
		check_inner_arguments(c, app, args);
}

/* The times of "GotoIfTime(times?place)". */
static void check_times(struct check *c)
{
	struct rd_str rest = rd_str_of(c->step->args), times;
	struct dp_timing timing;
	const char *fault;
	char copy[PLACE_SIZE];

	if (!is(c->step, "GotoIfTime") || !rd_str_cut(&rest, '?', &times) ||
	    has_variables(times) || !rd_strcpyn(copy, sizeof(copy), times))
		return;
	if (dp_timing_parse(&timing, copy, &fault))
		found(c, "GotoIfTime(%s): %s", copy, fault);
}

/* A jump to it finds the first; the other is out of reach. */
static void check_label(struct check *c)
{
	for (const struct dp_step *other = c->exten->steps; other < c->step; other++)
		if (c->step->label && other->label && strcmp(other->label, c->step->label) == 0)
			found(c, "the label %s is that of priority %d already", other->label,
			      other->priority);
}

/* One with variables in it may be right or wrong, call by call. */
static void check_expressions(struct check *c)
{
	struct dp_fault fault;
	struct rd_buf out;
	const char *text;
	size_t pos = 0;

	rd_buf_init(&out);
	while (dp_template_next_expression(c->step->template, &pos, &text))
		if (dp_expression(rd_str_of(text), &out, &fault) == -EINVAL)
			found(c, "$[%s]: at character %zu: %s", text, fault.at + 1, fault.text);
	rd_buf_fini(&out);
}

static void check_functions(struct check *c)
{
	const char *name, *args;
	size_t pos = 0;

	while (dp_template_next_function(c->step->template, &pos, &name, &args))
		check_function(c, name, args, false);
	if (is(c->step, "Set"))
		check_set_alone(c, rd_str_of(c->step->args));
	else if (is(c->step, "MSet"))
		check_mset(c, rd_str_of(c->step->args));
}

/* -- steps that nothing leads to ---------------------------------------------------------- */

static bool is_target(const struct check *c)
{
	char key[3 * PLACE_SIZE];

	snprintf(key, sizeof(key), "%s,%s,%d", c->exten->context->name, c->exten->name,
		 c->step->priority);
	return rd_map_get(c->targets, key) != NULL;
}

/* Another extension that matches the same numbers may lead here: only steps
 * of one that stands alone are judged. */
static bool stands_alone(const struct dp_exten *exten)
{
	return *exten->name != '_' && !exten->next;
}

static void check_reachable(struct check *c)
{
	const struct dp_step *before = c->step > c->exten->steps ? c->step - 1 : NULL;
	struct dp_wanted wanted = { .context = c->exten->context->name, .number = c->exten->name,
				    .caller = c->exten->caller,
				    .priority = c->step->priority - 1 };
	struct dp_found other;

	if (c->step->label || c->step->priority == 1 || !stands_alone(c->exten) || is_target(c))
		return;
	if (before && before->priority == c->step->priority - 1) {
		if (is(before, "Goto") || dp_app_ends(before->app))
			found(c, "nothing leads here: %s before it does not go on", before->app);
	} else if (!dp_find(c->plan, &wanted, &other)) {
		found(c, "nothing leads here: there is no priority %d", c->step->priority - 1);
	}
}

static void check_step(struct check *c)
{
	check_app(c);
	dp_calls_inner(c->step, check_inner, c);
	check_functions(c);
	check_expressions(c);
	check_times(c);
	check_label(c);
	each_target(c, check_target);
	check_reachable(c);
}

/* -- includes -------------------------------------------------------------------------------- */

static void include_found(struct check *c, const struct dp_include *include, const char *context,
			  const char *what)
{
	struct rd_buf text;

	rd_buf_init(&text);
	rd_buf_printf(&text, "%s: include %s: %s", context, include->context, what);
	c->report(include->file, include->line, rd_buf_text(&text), c->arg);
	c->findings++;
	rd_buf_fini(&text);
}

/* Contexts yet to be looked into, each once. */
struct search {
	struct rd_map *seen;
	const struct dp_context **queue;
	size_t head, tail;
};

static int enqueue_includes(const struct check *c, struct search *s,
			    const struct dp_context *context)
{
	int rc = 0;

	for (const struct dp_include *i = context->includes; i && rc == 0; i = i->next) {
		const struct dp_context *next = dp_plan_context(c->plan, i->context);

		if (!next || rd_map_get(s->seen, next->name))
			continue;
		rc = rd_map_set(s->seen, next->name, (void *)next, NULL);
		s->queue[s->tail++] = next;
	}
	return rc;
}

/* Does what from includes, and what that includes, lead back to start? */
static bool leads_to(struct check *c, const struct dp_context *from, const struct dp_context *start)
{
	struct search s = { 0 };
	int rc = rd_map_new(&s.seen, 0);

	s.queue = rd_malloc((rd_map_count(c->plan->contexts) + 1) * sizeof(*s.queue));
	if (rc == 0)
		rc = s.queue ? enqueue_includes(c, &s, from) : -ENOMEM;
	while (rc == 0 && s.head < s.tail && s.queue[s.head] != start)
		rc = enqueue_includes(c, &s, s.queue[s.head++]);
	c->rc = rc ? rc : c->rc;
	rd_map_free(s.seen);
	rd_free(s.queue);
	return rc == 0 && s.head < s.tail;
}

static void check_includes(struct check *c)
{
	for (const struct dp_context *context = c->plan->first; context;
	     context = context->following) {
		for (const struct dp_include *i = context->includes; i; i = i->next) {
			const struct dp_context *next = dp_plan_context(c->plan, i->context);

			give_way(c);
			if (!next)
				include_found(c, i, context->name, "there is no such context");
			else if (next == context || leads_to(c, next, context))
				include_found(c, i, context->name, "goes in a circle");
		}
	}
}

int dp_check(const struct dp_plan *plan, dp_check_report *report, void *arg)
{
	struct check c = { .plan = plan, .report = report, .arg = arg };
	int rc = rd_map_new(&c.targets, 0);

	if (rc)
		return rc;
	each_step(&c, note_targets);
	each_step(&c, check_step);
	check_includes(&c);
	c.findings += dp_check_hints(plan, report, arg);
	c.findings += dp_check_music(plan, report, arg);
	rd_map_free(c.targets);
	return c.rc ? c.rc : c.findings;
}
