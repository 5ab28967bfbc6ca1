/* Finding an extension: in the context itself, then in what it includes, in
 * the order of the file, each context once. */
#include <ringdown/clock.h>

#include "dialplan/pattern.h"
#include "dialplan/plan.h"

#define CONTEXT_LIMIT 128 /* contexts that one search looks into */

struct search {
	const struct dp_plan *plan;
	const struct dp_wanted *wanted;
	struct dp_found *found;
	bool passed_over; /* an extension matched but has no such priority */
	size_t visited_count;
	const struct dp_context *visited[CONTEXT_LIMIT];
};

static bool caller_matches(const char *wanted, const char *caller)
{
	if (!wanted)
		return true;
	if (!*wanted)
		return !caller || !*caller;
	return caller && dp_pattern_matches(wanted, caller);
}

static const struct dp_step *step_of_label(const struct dp_exten *exten, const char *label)
{
	for (size_t i = 0; i < exten->count; i++)
		if (exten->steps[i].label && strcmp(exten->steps[i].label, label) == 0)
			return &exten->steps[i];
	return NULL;
}

/* Has it what is wanted? */
static bool suits(struct search *s, struct dp_exten *exten)
{
	const struct dp_wanted *wanted = s->wanted;
	const struct dp_step *step = NULL;

	if (!caller_matches(exten->caller, wanted->caller))
		return false;
	if (wanted->priority == DP_HINT) {
		if (!exten->hint)
			return false;
	} else {
		step = wanted->label ? step_of_label(exten, wanted->label) :
				       dp_exten_step(exten, wanted->priority);
		if (!step) {
			s->passed_over = s->passed_over || exten->count;
			return false;
		}
	}
	*s->found = (struct dp_found){ exten, step, !s->passed_over };
	return true;
}

static bool visit_exten(struct dp_exten *exten, void *arg)
{
	for (; exten; exten = exten->next)
		if (suits(arg, exten))
			return true;
	return false;
}

/* Walk a context and its includes until look says true. */
static bool walk(struct search *s, const struct dp_context *context,
		 bool (*look)(struct search *s, const struct dp_context *context))
{
	if (!context || s->visited_count == CONTEXT_LIMIT)
		return false;
	for (size_t i = 0; i < s->visited_count; i++)
		if (s->visited[i] == context)
			return false;
	s->visited[s->visited_count++] = context;
	if (look(s, context))
		return true;
	for (const struct dp_include *i = context->includes; i; i = i->next) {
		if (i->timing && !dp_timing_holds(i->timing, rd_wall()))
			continue;
		if (walk(s, dp_plan_context(s->plan, i->context), look))
			return true;
	}
	return false;
}

static bool look_for_match(struct search *s, const struct dp_context *context)
{
	return dp_trie_match(&context->trie, s->wanted->number, visit_exten, s);
}

static bool look_for_more(struct search *s, const struct dp_context *context)
{
	return dp_trie_more(&context->trie, s->wanted->number);
}

bool dp_find(const struct dp_plan *plan, const struct dp_wanted *wanted, struct dp_found *found)
{
	struct search s;

	s.plan = plan;
	s.wanted = wanted;
	s.found = found;
	s.passed_over = false;
	s.visited_count = 0;
	return walk(&s, dp_plan_context(plan, wanted->context), look_for_match);
}

enum rd_match dp_match(const struct dp_plan *plan, const struct dp_wanted *wanted)
{
	struct search s;
	struct dp_found found;
	bool full = dp_find(plan, wanted, &found), more;

	s.plan = plan;
	s.wanted = wanted;
	s.visited_count = 0;
	more = walk(&s, dp_plan_context(plan, wanted->context), look_for_more);
	if (full)
		return more ? RD_MATCH_FULL_MORE : RD_MATCH_FULL;
	return more ? RD_MATCH_PARTIAL : RD_MATCH_NONE;
}

static bool look_for_ignore(struct search *s, const struct dp_context *context)
{
	for (const struct dp_ignore *i = context->ignores; i; i = i->next)
		if (dp_pattern_begun(i->pattern, s->wanted->number))
			return true;
	return false;
}

bool dp_ignores(const struct dp_plan *plan, const char *context, const char *digits)
{
	struct dp_wanted wanted = { .context = context, .number = digits };
	struct search s;

	s.plan = plan;
	s.wanted = &wanted;
	s.visited_count = 0;
	return walk(&s, dp_plan_context(plan, context), look_for_ignore);
}
