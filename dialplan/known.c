/* Variables whose value is the same in each call: extensions.conf gives it, or the caller's
 * section of sip.conf, and no step sets another. */
#include <ctype.h>
#include <string.h>

#include "dialplan/calls.h"

enum { DEPTH_MAX = 8 /* of globals in globals */, NAME_SIZE = 128 };

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

struct known {
	const struct dp_plan *plan;
	const char *const *variables;
	bool is_other;
};

/* Those of the channel come before globals. Of two lines the last counts. */
static const char *given(const struct known *known, struct rd_str name)
{
	const char *value = NULL;

	for (const char *const *it = known->variables; it && *it; it += 2)
		if (rd_str_eq(name, rd_str_of(*it + strspn(*it, "_"))) &&
		    (**it == '_' || !known->is_other))
			value = it[1];
	for (const struct dp_global *it = value ? NULL : known->plan->globals; it; it = it->next)
		if (rd_str_eq(name, rd_str_of(it->name)))
			value = it->value;
	return value;
}

static const char *value_of(const struct known *known, struct rd_str name)
{
	const char *value = given(known, name);
	char text[NAME_SIZE];

	return value && rd_strcpyn(text, sizeof(text), name) && !is_set(known->plan, text) ? value
											   : NULL;
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

static bool expand(const struct known *known, struct rd_str text, struct rd_buf *out, int depth)
{
	bool whole = true;

	while (text.n) {
		struct rd_str name;
		const char *end = dp_variable_at(text, &name);
		const char *value = end && depth < DEPTH_MAX ? value_of(known, name) : NULL;
		size_t taken = value ? name.n + 3 : 1;

		if (value)
			whole = expand(known, rd_str_of(value), out, depth + 1) && whole;
		else
			rd_buf_add(out, text.p, 1);
		whole = whole && (value || *text.p != '$');
		text = (struct rd_str){ text.p + taken, text.n - taken };
	}
	return whole;
}

bool dp_known_expand(const struct dp_plan *plan, const char *const *variables, bool is_other,
		     struct rd_str text, struct rd_buf *out)
{
	const struct known known = { plan, variables, is_other };

	return expand(&known, text, out, 0);
}

bool dp_globals_expand(const struct dp_plan *plan, struct rd_str text, struct rd_buf *out)
{
	return dp_known_expand(plan, NULL, false, text, out);
}
