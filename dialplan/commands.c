/* The console's "dialplan show|reload|check" and "core show hints". */
#include <stdio.h>

#include <ringdown/cli.h>
#include <ringdown/channel.h>
#include <ringdown/tech.h>

#include "dialplan/check.h"
#include "dialplan/module.h"
#include "dialplan/pattern.h"
#include "dialplan/run.h"

/* -- dialplan show ------------------------------------------------------------------ */

/* What to show: a context (NULL: all), what in it matches a number (NULL: all). */
struct selection {
	const char *context, *number;
	int extens, steps, contexts;
};

static void print_steps(struct rd_cli *cli, const struct dp_exten *exten)
{
	char name[64], where[96], text[24];

	snprintf(name, sizeof(name), "'%s%s%s' =>", exten->name, exten->caller ? "/" : "",
		 exten->caller ? exten->caller : "");
	if (exten->hint) {
		rd_cli_print(cli, "  %-18s hint: %s%s%s%s\n", name, exten->hint,
			     *exten->hint_name ? " (" : "", exten->hint_name,
			     *exten->hint_name ? ")" : "");
		name[0] = '\0';
	}
	for (size_t i = 0; i < exten->count; i++) {
		const struct dp_step *step = &exten->steps[i];

		snprintf(where, sizeof(where), "[%s:%d]", step->file, step->line);
		if (step->label)
			rd_cli_print(cli, "     [%s]\n", step->label);
		snprintf(text, sizeof(text), "%d.", step->priority);
		rd_cli_print(cli, "  %-18s %-4s %s(%s)  %s\n", name, text, step->app, step->args,
			     where);
		name[0] = '\0';
	}
}

static bool wanted(const struct selection *s, const struct dp_exten *exten)
{
	return !s->number || strcmp(s->number, exten->name) == 0 ||
	       dp_pattern_matches(exten->name, s->number);
}

static void print_context(struct rd_cli *cli, const struct dp_context *context,
			  struct selection *s)
{
	bool head = false;

	for (const struct dp_exten *e = context->first; e; e = e->following) {
		if (!wanted(s, e))
			continue;
		if (!head)
			rd_cli_print(cli, "[ Context '%s' of %s:%d ]\n", context->name,
				     context->file, context->line);
		head = true;
		print_steps(cli, e);
		if (++s->extens % 64 == 0)
			rd_yield();
		s->steps += (int)e->count;
	}
	if (!head && (s->number || (!context->includes && !context->ignores)))
		return;
	if (!head)
		rd_cli_print(cli, "[ Context '%s' of %s:%d ]\n", context->name, context->file,
			     context->line);
	for (const struct dp_include *i = context->includes; i; i = i->next)
		rd_cli_print(cli, "  Include =>         '%s'\n", i->spec);
	for (const struct dp_ignore *i = context->ignores; i; i = i->next)
		rd_cli_print(cli, "  Ignore pattern =>  '%s'\n", i->pattern);
	rd_cli_print(cli, "\n");
	s->contexts++;
}

/* A context together with what it includes, once each. */
static void print_with_includes(struct rd_cli *cli, const struct dp_plan *plan,
				const struct dp_context *context, struct selection *s,
				struct rd_map *seen)
{
	if (!context || rd_map_count(seen) > 128 || rd_map_get(seen, context->name) ||
	    rd_map_set(seen, context->name, (void *)context, NULL))
		return;
	print_context(cli, context, s);
	for (const struct dp_include *i = context->includes; i; i = i->next)
		print_with_includes(cli, plan, dp_plan_context(plan, i->context), s, seen);
}

static int count(struct rd_cli *cli, const struct selection *s)
{
	rd_cli_print(cli, "-= %d extension%s (%d priorit%s) in %d context%s. =-\n", s->extens,
		     s->extens == 1 ? "" : "s", s->steps, s->steps == 1 ? "y" : "ies", s->contexts,
		     s->contexts == 1 ? "" : "s");
	return s->contexts ? 0 : 1;
}

/* "100@office", "office", or nothing. */
static int show_plan(struct rd_cli *cli, const struct dp_plan *plan, int argc,
		     const char *const *argv)
{
	struct selection s = { 0 };
	struct rd_map *seen;
	char number[128];

	if (argc == 0) {
		for (const struct dp_context *c = plan->first; c; c = c->following)
			print_context(cli, c, &s);
		return count(cli, &s);
	}
	s.context = strchr(argv[0], '@');
	if (s.context) {
		rd_strcpyn(number, sizeof(number),
			   (struct rd_str){ argv[0], (size_t)(s.context - argv[0]) });
		s.number = *number ? number : NULL;
		s.context++;
	} else {
		s.context = argv[0];
	}
	if (!dp_plan_context(plan, s.context)) {
		rd_cli_print(cli, "There is no context '%s'.\n", s.context);
		return 1;
	}
	if (!s.number) {
		print_context(cli, dp_plan_context(plan, s.context), &s);
		return count(cli, &s);
	}
	if (rd_map_new(&seen, 0))
		return -ENOMEM;
	print_with_includes(cli, plan, dp_plan_context(plan, s.context), &s, seen);
	rd_map_free(seen);
	return count(cli, &s);
}

static int show(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct dp_plan *plan;
	int rc;

	if (argc > 1 || !dp_current())
		return -EINVAL;
	plan = dp_plan_ref(dp_current()); /* a reload may come in between */
	rc = show_plan(cli, plan, argc, argv);
	dp_plan_unref(plan);
	return rc;
}

enum { OFFER_MAX = 50 }; /* extensions: nobody reads more, and each is a walk over all */

/* The n-th extension, "600@office", that begins so; patterns are nobody's number. */
static char *nth_extension(const struct dp_plan *plan, const char *typed, int n)
{
	if (!*typed || n >= OFFER_MAX)
		return NULL;
	for (const struct dp_context *c = plan->first; c; c = c->following)
		for (const struct dp_exten *e = c->first; e; e = e->following)
			if (*e->name != '_' && strncmp(e->name, typed, strlen(typed)) == 0 &&
			    n-- == 0)
				return rd_asprintf("%s@%s", e->name, c->name);
	return NULL;
}

static char *complete_place(int argc, const char *const *argv, int n)
{
	const struct dp_plan *plan = dp_current();
	const char *typed = argc ? argv[argc - 1] : "", *at = strchr(typed, '@');
	size_t before = at ? (size_t)(at - typed) + 1 : 0;

	if (argc > 1 || !plan)
		return NULL;
	for (const struct dp_context *c = plan->first; c; c = c->following)
		if (strncmp(c->name, typed + before, strlen(typed + before)) == 0 && n-- == 0)
			return rd_asprintf("%.*s%s", (int)before, typed, c->name);
	return at ? NULL : nth_extension(plan, typed, n);
}

/* -- dialplan reload, dialplan check ---------------------------------------------------- */

static int reload(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argv;
	return argc ? -EINVAL : rd_cli_reload(cli, "dialplan");
}

static void print_finding(const char *file, int line, const char *text, void *arg)
{
	rd_cli_print(arg, "%s:%d: %s\n", file, line, text);
}

static int check(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct dp_plan *plan;
	int findings;

	(void)argv;
	if (argc || !dp_current())
		return -EINVAL;
	plan = dp_plan_ref(dp_current());
	findings = dp_check(plan, print_finding, cli);
	if (findings >= 0)
		rd_cli_print(cli, "%zu extensions, %zu priorities: %d finding%s.\n", plan->extens,
			     plan->steps, findings, findings == 1 ? "" : "s");
	dp_plan_unref(plan);
	return findings > 0 ? 1 : findings;
}

/* -- global variables --------------------------------------------------------------------- */

static int show_globals(struct rd_cli *cli, int argc, const char *const *argv)
{
	const char *name, *value;
	size_t pos = 0, n = 0;

	(void)argc;
	(void)argv;
	for (; rd_var_next(NULL, &pos, &name, &value); n++)
		rd_cli_print(cli, "   %s=%s\n", name, value);
	rd_cli_count(cli, n, "variable", "variables");
	return 0;
}

static int set_global(struct rd_cli *cli, int argc, const char *const *argv)
{
	int rc = argc == 2 ? rd_var_set(NULL, argv[0], argv[1]) : -EINVAL;

	if (rc == 0)
		rd_cli_print(cli, "%s=%s\n", argv[0], argv[1]);
	return rc;
}

/* -- core show hints ------------------------------------------------------------------------ */

static void print_hint(struct rd_cli *cli, const struct dp_exten *exten)
{
	struct rd_buf devices;
	char name[128];

	snprintf(name, sizeof(name), "%s@%s", exten->name, exten->context->name);
	rd_buf_init(&devices);
	if (*exten->name == '_' ||
	    dp_hint(exten->context->name, exten->name, &devices, NULL))
		rd_cli_print(cli, "%-28s %-30s %s\n", name, exten->hint, "-");
	else
		rd_cli_print(cli, "%-28s %-30s %s\n", name, rd_buf_text(&devices),
			     rd_device_state_name(rd_device_state(rd_buf_text(&devices))));
	rd_buf_fini(&devices);
}

static int show_hints(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct dp_plan *plan = dp_current();
	int n = 0;

	(void)argv;
	if (argc || !plan)
		return -EINVAL;
	for (const struct dp_context *c = plan->first; c; c = c->following) {
		for (const struct dp_exten *e = c->first; e; e = e->following) {
			if (!e->hint)
				continue;
			print_hint(cli, e);
			n++;
		}
	}
	rd_cli_count(cli, n, "hint", "hints");
	return 0;
}

const struct rd_cli_command dp_commands[] = {
	{ .name = "dialplan show", .usage = "[[EXTENSION@]CONTEXT]",
	  .help = "Show where calls go: all, a context, or what a number matches.", .run = show,
	  .complete = complete_place },
	{ .name = "dialplan reload", .usage = "", .help = "Read extensions.conf anew.",
	  .run = reload },
	{ .name = "dialplan check", .usage = "",
	  .help = "Look for applications, functions and places that do not exist, and for steps "
		  "that nothing leads to.",
	  .run = check },
	{ .name = "dialplan show globals", .usage = "", .help = "Show the global variables.",
	  .run = show_globals },
	{ .name = "dialplan set global", .usage = "NAME VALUE",
	  .help = "Set a global variable; \"\" empties it.", .run = set_global },
	{ .name = "core show hints", .usage = "",
	  .help = "Show hints and the state of their devices.", .run = show_hints },
	{ 0 }
};
