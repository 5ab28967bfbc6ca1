/* Globals whose value is the same in each call: extensions.conf gives it, and no step sets
 * another. */
#include <ctype.h>
#include <string.h>

#include "dialplan/calls.h"

enum { DEPTH_MAX = 8 }; /* of globals in globals */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* "NAME=", "GLOBAL(NAME)=" */
static bool is_assigned(const char *end)
{
	while (*end == ' ' || *end == '\t' || *end == ')')
		end++;
	return *end == '=' && end[1] != '=';
}

/* Read(NAME,...): it stands there alone. */
static bool is_argument(const char *args, const char *at, const char *end)
{
	return (at == args || at[-1] == ',') && (!*end || *end == ',');
}

/* Those that are inherited begin with _ or __. */
static const char *without_marks(const char *args, const char *at)
{
	while (at > args && at[-1] == '_')
		at--;
	return at;
}

static bool may_set(const struct dp_step *step, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = step->args; (at = strstr(at, name)); at += n) {
		const char *begin = without_marks(step->args, at);

		if ((begin > step->args && (is_word(begin[-1]) || begin[-1] == '{')) ||
		    is_word(at[n]))
			continue;
		if (is_assigned(at + n) || is_argument(step->args, begin, at + n))
			return true;
	}
	return false;
}

static bool is_set(const struct dp_plan *plan, const char *name)
{
	for (struct dp_spot spot = { 0 }; dp_plan_next_step(plan, &spot);)
		if (may_set(spot.step, name))
			return true;
	return false;
}

/* Of two lines the last counts. */
static const char *value_of(const struct dp_plan *plan, struct rd_str name)
{
	const struct dp_global *found = NULL;

	for (const struct dp_global *it = plan->globals; it; it = it->next)
		if (rd_str_eq(name, rd_str_of(it->name)))
			found = it;
	return found && !is_set(plan, found->name) ? found->value : NULL;
}

const char *dp_variable_at(struct rd_str text, struct rd_str *name)
{
	const char *end = text.n > 3 && text.p[0] == '$' && text.p[1] == '{'
				  ? memchr(text.p, '}', text.n)
				  : NULL;

	if (end)
		*name = (struct rd_str){ text.p + 2, (size_t)(end - text.p) - 2 };
	return end;
}

static bool expand(const struct dp_plan *plan, struct rd_str text, struct rd_buf *out, int depth)
{
	bool known = true;

	while (text.n) {
		struct rd_str name;
		const char *end = dp_variable_at(text, &name);
		const char *value = end && depth < DEPTH_MAX ? value_of(plan, name) : NULL;
		size_t taken = value ? name.n + 3 : 1;

		if (value)
			known = expand(plan, rd_str_of(value), out, depth + 1) && known;
		else
			rd_buf_add(out, text.p, 1);
		known = known && (value || *text.p != '$');
		text = (struct rd_str){ text.p + taken, text.n - taken };
	}
	return known;
}

bool dp_globals_expand(const struct dp_plan *plan, struct rd_str text, struct rd_buf *out)
{
	return expand(plan, text, out, 0);
}
