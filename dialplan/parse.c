/* A section of extensions.conf to a context: "exten", "same", "include" and
 * "ignorepat" lines fill it. Every error names file and line. The other sections, and
 * all of them together, are in load.c. */
#include <strings.h>

#include "dialplan/load.h"

/* What one section's reading carries along. */
struct reader {
	struct dp_plan *plan;
	struct rd_config_report *report;
	const struct rd_config_line *line;
	struct dp_context *context;
	const char *name, *caller; /* of the last "exten" line, for "same" */
	bool has_fault;		   /* that line, which is told; .name is NULL then */
	int priority;		   /* the last one; NONE_YET at first */
	int rc;
};

#define NONE_YET    (-2)
#define NAME_LIMIT  128

static bool out_of_memory(struct reader *r, const void *p)
{
	if (!p)
		r->rc = -ENOMEM;
	return !p;
}

#define complain(r, ...) rd_config_error((r)->report, (r)->line->file, (r)->line->line, __VA_ARGS__)

#define warn(r, ...) \
	rd_config_warning((r)->report, (r)->line->file, (r)->line->line, __VA_ARGS__)

/* -- texts ------------------------------------------------------------------------ */

static char *keep(struct reader *r, struct rd_str s)
{
	char *copy = rd_pool_strndup(r->plan->pool, s.p, s.n);

	out_of_memory(r, copy);
	return copy;
}

static const struct dp_template *cut(struct reader *r, const char *text)
{
	struct dp_template *template;
	struct dp_fault fault;
	int rc = dp_template_new(&template, r->plan->pool, rd_str_of(text), &fault);

	if (rc == -EINVAL)
		warn(r, "%s,%s,%d: %s at character %zu of '%s'", r->context->name, r->name,
		     r->priority, fault.text, fault.at + 1, text);
	else if (rc)
		r->rc = rc;
	return template;
}

/* -- extensions --------------------------------------------------------------------- */

static bool same_caller(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Those for a certain caller stand before the one for all. */
static void chain(struct dp_exten **slot, struct dp_exten *exten)
{
	while (*slot && ((*slot)->caller || !exten->caller))
		slot = &(*slot)->next;
	exten->next = *slot;
	*slot = exten;
}

/* Where the extensions of its name are chained. */
static struct dp_exten **slot_of(struct reader *r)
{
	const char *fault;
	struct dp_exten **slot = dp_trie_slot(&r->context->trie, r->name, &fault);

	if (fault)
		complain(r, "%s,%s: %s", r->context->name, r->name, fault);
	else
		out_of_memory(r, slot);
	return slot;
}

/* The one that is being read, if it has had a step. */
static struct dp_exten *find_exten(const struct reader *r, struct dp_exten **slot)
{
	struct dp_exten *exten = slot ? *slot : NULL;

	while (exten &&
	       (!same_caller(exten->caller, r->caller) || strcmp(exten->name, r->name) != 0))
		exten = exten->next;
	return exten;
}

static struct dp_exten *need_exten(struct reader *r)
{
	struct dp_context *context = r->context;
	struct dp_exten **slot = slot_of(r), *exten = find_exten(r, slot);

	if (exten || !slot)
		return exten;
	exten = rd_pool_zalloc(r->plan->pool, sizeof(*exten));
	if (out_of_memory(r, exten))
		return NULL;
	exten->name = r->name;
	exten->caller = r->caller;
	exten->context = context;
	exten->file = r->line->file;
	exten->line = r->line->line;
	chain(slot, exten);
	if (context->last)
		context->last->following = exten;
	else
		context->first = exten;
	context->last = exten;
	context->extens++;
	r->plan->extens++;
	return exten;
}

static struct dp_step *insert_step(struct reader *r, struct dp_exten *exten)
{
	size_t i = exten->count;

	while (i > 0 && exten->steps[i - 1].priority > r->priority)
		i--;
	if (i > 0 && exten->steps[i - 1].priority == r->priority) {
		warn(r, "%s,%s: priority %d is written already in line %d and counts there",
		     r->context->name, r->name, r->priority, exten->steps[i - 1].line);
		return NULL;
	}
	if (exten->count == exten->cap) {
		size_t cap = exten->cap ? exten->cap * 2 : 2;
		struct dp_step *steps = rd_pool_alloc(r->plan->pool, cap * sizeof(*steps));

		if (out_of_memory(r, steps))
			return NULL;
		if (exten->count)
			memcpy(steps, exten->steps, exten->count * sizeof(*steps));
		exten->steps = steps;
		exten->cap = cap;
	}
	memmove(&exten->steps[i + 1], &exten->steps[i], (exten->count - i) * sizeof(*exten->steps));
	exten->count++;
	r->plan->steps++;
	return &exten->steps[i];
}

/* "Dial(SIP/100,20)": the arguments end at the last parenthesis. Asterisk starts without
 * it, too, and with something behind it. */
static bool split_application(struct reader *r, struct rd_str s, const char **app,
			      const char **args)
{
	struct rd_str rest = s, arguments = { NULL, 0 };
	size_t n;

	if (rd_str_cut(&rest, '(', &s)) {
		n = rest.n;
		while (n && rest.p[n - 1] != ')')
			n--;
		arguments = (struct rd_str){ rest.p, n ? n - 1 : rest.n };
		if (!n)
			warn(r, "%s,%s,%d: a ')' is missing behind '%.*s('", r->context->name,
			     r->name, r->priority, RD_STR_ARG(s));
		else if (n < rest.n)
			warn(r, "%s,%s,%d: '%.*s' behind the ')' is left out", r->context->name,
			     r->name, r->priority, (int)(rest.n - n), rest.p + n);
	}
	*args = arguments.n ? keep(r, arguments) : "";
	*app = keep(r, rd_str_trim(s));
	return *app && *args;
}

static void add_step(struct reader *r, struct rd_str application, const char *label)
{
	const char *app, *args;
	struct dp_exten *exten;
	struct dp_step *step;

	if (application.n == 0) {
		complain(r, "%s,%s,%d: an application is missing", r->context->name, r->name,
			 r->priority);
		return;
	}
	exten = need_exten(r);
	if (!exten || !split_application(r, application, &app, &args))
		return;
	step = insert_step(r, exten);
	if (step)
		*step = (struct dp_step){ .priority = r->priority, .label = label, .app = app,
					  .args = args, .template = cut(r, args),
					  .file = r->line->file, .line = r->line->line };
}

/* "hint,SIP/100(Alice)" */
static void add_hint(struct reader *r, struct rd_str devices)
{
	struct dp_exten *exten = need_exten(r);

	if (!exten)
		return;
	if (devices.n == 0)
		complain(r, "%s,%s: a hint needs a device, as in 'hint,SIP/100'",
			 r->context->name, r->name);
	else if (exten->hint)
		warn(r, "%s,%s: has a hint already", r->context->name, r->name);
	else
		split_application(r, devices, &exten->hint, &exten->hint_name);
}

/* The step of a label in the extension that is being read; 0: there is none. */
static int labelled(struct reader *r, struct rd_str label)
{
	const struct dp_exten *exten = find_exten(r, slot_of(r));

	for (size_t i = 0; exten && i < exten->count; i++)
		if (exten->steps[i].label &&
		    rd_str_eq(rd_str_of(exten->steps[i].label), label))
			return exten->steps[i].priority;
	return 0;
}

/* "n", "s+2", "7", "label+100": the priority, or 0 when it cannot be read. */
static int read_priority(struct reader *r, struct rd_str text)
{
	struct rd_str base;
	uint64_t n, plus = 0;

	if (rd_str_cut(&text, '+', &base) && rd_str_to_u64(rd_str_trim(text), 1000000, &plus))
		return 0;
	base = rd_str_trim(base);
	if (rd_str_to_u64(base, 1000000, &n) == 0)
		return (int)(n + plus);
	if (r->priority == NONE_YET)
		return 0;
	if (rd_str_ieq(base, RD_STR("n")) || rd_str_ieq(base, RD_STR("next")))
		return r->priority + 1 + (int)plus;
	if (rd_str_ieq(base, RD_STR("s")) || rd_str_ieq(base, RD_STR("same")))
		return r->priority + (int)plus;
	n = (uint64_t)labelled(r, base);
	return n ? (int)(n + plus) : 0;
}

/* "priority[(label)],application(arguments)" */
static void read_step(struct reader *r, struct rd_str rest)
{
	struct rd_str priority, label, head;
	const char *label_copy = NULL;
	int n;

	rd_str_cut(&rest, ',', &priority);
	label = rd_str_trim(priority);
	if (rd_str_cut(&label, '(', &head)) {
		if (label.n == 0 || label.p[label.n - 1] != ')') {
			complain(r, "%s,%s: a label is not closed with ')'", r->context->name,
				 r->name);
			return;
		}
		label.n--;
		label = rd_str_trim(label);
		label_copy = keep(r, label);
	}
	head = rd_str_trim(head);
	rest = rd_str_trim(rest);
	if (rd_str_ieq(head, RD_STR("hint"))) {
		add_hint(r, rest);
		return;
	}
	n = read_priority(r, head);
	if (n <= 0) {
		complain(r, "%s,%s: '%.*s' is no priority; expected a number, n, n+1, s, a label "
			 "or hint%s",
			 r->context->name, r->name, RD_STR_ARG(head),
			 r->priority == NONE_YET ? " (the first one cannot be n)" : "");
		if (r->priority == NONE_YET)
			r->priority = 1; /* those that follow are not wrong, too */
		return;
	}
	r->priority = n;
	add_step(r, rest, label_copy);
}

/* "100/5551234,1,Dial(SIP/100)" */
static void read_exten(struct reader *r)
{
	const char *comma = strchr(r->line->value, ','), *value;
	struct rd_str name, caller;
	bool for_caller;

	r->name = NULL;
	r->has_fault = true;
	if (!comma) {
		complain(r, "%s: expected 'exten => name,priority,application'", r->context->name);
		return;
	}
	/* Only the name takes globals now; the rest waits for the call. */
	value = keep(r, (struct rd_str){ r->line->value, (size_t)(comma - r->line->value) });
	value = value ? dp_with_globals(r->plan, value) : NULL;
	if (out_of_memory(r, value))
		return;
	caller = rd_str_of(value);
	for_caller = rd_str_cut(&caller, '/', &name);
	name = rd_str_trim(name);
	if (name.n == 0 || name.n > NAME_LIMIT) {
		complain(r, "%s: an extension's name has 1 to %d characters", r->context->name,
			 NAME_LIMIT);
		return;
	}
	if (rd_str_eq(name, RD_STR("_.")))
		warn(r, "%s: _. takes h, i, t and s too; _X. is what most want",
		     r->context->name);
	r->name = keep(r, name);
	r->caller = for_caller ? keep(r, rd_str_trim(caller)) : NULL;
	if (r->rc == 0 && slot_of(r))
		read_step(r, rd_str_of(comma + 1));
	else
		r->name = NULL;
}

/* -- the other lines of a context ------------------------------------------------------ */

/* "name[,times,weekdays,monthdays,months[,timezone]]" */
static void read_include(struct reader *r)
{
	struct rd_str rest = rd_str_of(r->line->value), name;
	struct dp_include *include, **end = &r->context->includes;
	struct dp_timing *timing;
	const char *fault;
	bool timed;

	timed = rd_str_cut(&rest, strchr(r->line->value, '|') ? '|' : ',', &name);
	include = rd_pool_zalloc(r->plan->pool, sizeof(*include));
	if (out_of_memory(r, include))
		return;
	include->context = keep(r, rd_str_trim(name));
	include->spec = r->line->value;
	include->file = r->line->file;
	include->line = r->line->line;
	if (timed) {
		timing = rd_pool_alloc(r->plan->pool, sizeof(*timing));
		if (out_of_memory(r, timing))
			return;
		if (dp_timing_parse(timing, rest.p, &fault))
			complain(r, "%s: include %s: %s", r->context->name, include->context,
				 fault);
		include->timing = timing;
	}
	while (*end)
		end = (struct dp_include **)&(*end)->next;
	*end = include;
}

static void read_ignorepat(struct reader *r)
{
	struct dp_ignore *ignore = rd_pool_zalloc(r->plan->pool, sizeof(*ignore));

	if (out_of_memory(r, ignore))
		return;
	ignore->pattern = r->line->value;
	ignore->next = r->context->ignores;
	r->context->ignores = ignore;
}

/* What other systems' files have and this one does without. */
static bool is_foreign(const char *name)
{
	static const char *const foreign[] = { "switch", "lswitch", "eswitch", "autohints" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(foreign); i++)
		if (strcasecmp(name, foreign[i]) == 0)
			return true;
	return false;
}

static void read_context_line(struct reader *r)
{
	static const char *const known[] = { "exten", "same", "include", "ignorepat", NULL };
	const char *name = r->line->name, *nearest;

	if (strcasecmp(name, "exten") == 0) {
		read_exten(r);
	} else if (strcasecmp(name, "same") == 0) {
		if (r->name)
			read_step(r, rd_str_of(r->line->value));
		else if (!r->has_fault)
			complain(r, "%s: 'same' without an 'exten' before it", r->context->name);
	} else if (strcasecmp(name, "include") == 0) {
		read_include(r);
	} else if (strcasecmp(name, "ignorepat") == 0) {
		read_ignorepat(r);
	} else if (is_foreign(name)) {
		warn(r, "%s: %s has no effect here", r->context->name, name);
	} else {
		nearest = rd_str_nearest(name, known);
		complain(r,
			 "%s: unknown '%s'; a context has exten, same, include and ignorepat%s%s%s",
			 r->context->name, name, nearest ? " (did you mean '" : "",
			 nearest ? nearest : "", nearest ? "'?)" : "");
	}
}

static struct dp_context *need_context(struct reader *r, const struct rd_config_section *section)
{
	const char *name = rd_config_section_name(section);
	struct dp_context *context = dp_plan_context(r->plan, name);

	if (context)
		return context;
	context = rd_pool_zalloc(r->plan->pool, sizeof(*context));
	if (out_of_memory(r, context))
		return NULL;
	context->name = name;
	context->file = rd_config_section_file(section);
	context->line = rd_config_section_line(section);
	r->rc = dp_trie_init(&context->trie, r->plan->pool);
	if (r->rc == 0)
		r->rc = rd_map_set(r->plan->contexts, name, context, NULL);
	if (r->plan->last)
		r->plan->last->following = context;
	else
		r->plan->first = context;
	r->plan->last = context;
	return context;
}

int dp_context_read(struct dp_plan *plan, const struct rd_config_section *section,
		    struct rd_config_report *report)
{
	struct reader r = { .plan = plan, .report = report, .priority = NONE_YET };

	r.context = need_context(&r, section);
	while (r.rc == 0 && (r.line = rd_config_line_next(section, r.line)))
		read_context_line(&r);
	return r.rc;
}
