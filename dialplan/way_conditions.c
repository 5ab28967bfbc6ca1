/* What can be said of conditions and variables before there is a call. */
#include <string.h>

#include <ringdown/app.h>

#include "dialplan/calls.h"
#include "dialplan/ways.h"

/* ---- what is known ---- */

/* Of the channel, where it can be but this. */
static bool add_own(const struct way_spot *spot, struct rd_str name, struct rd_buf *out)
{
	char number[DP_NUMBERS_PLACES + 1];
	struct rd_str variable, skip = name;
	uint64_t n = 0;

	if (rd_str_eq(name, RD_STR("CONTEXT"))) {
		rd_buf_adds(out, spot->context);
		return true;
	}
	if (rd_str_cut(&skip, ':', &variable) && rd_str_to_u64(skip, DP_NUMBERS_PLACES, &n))
		return false;
	if (!rd_str_eq(variable, RD_STR("EXTEN")) || !dp_numbers_single(spot->numbers, number))
		return false;
	rd_buf_adds(out, number + RD_MIN(n, strlen(number)));
	return true;
}

const char *way_known(struct way_walk *walk, struct rd_str text)
{
	struct rd_buf globals, out;
	struct rd_str rest, name;
	const char *end, *known;

	rd_buf_init(&globals);
	rd_buf_init(&out);
	dp_known_expand(walk->plan, walk->variables, walk->spot->is_other, text, &globals);
	rest = (struct rd_str){ rd_buf_text(&globals), globals.n };
	while (rest.n) {
		end = dp_variable_at(rest, &name);
		if (end && add_own(walk->spot, name, &out)) {
			rest = (struct rd_str){ end + 1, rest.n - name.n - 3 };
			continue;
		}
		rd_buf_addc(&out, *rest.p);
		rest = (struct rd_str){ rest.p + 1, rest.n - 1 };
	}
	known = rd_pool_strdup(walk->pool, rd_buf_text(&out));
	rd_buf_fini(&globals);
	rd_buf_fini(&out);
	return known ? known : "";
}

/* ---- conditions ---- */

/* What the caller says, and what is now so and now otherwise; functions of those alone. */
static const char *const either[] = {
	"EXTEN",     "CALLERID",     "CALLINGPRES", "SIP_HEADER",      "PJSIP_HEADER",
	"RAND",      "EPOCH",        "STRFTIME",    "IFTIME",          "DATETIME",
	"TIMESTAMP", "LEN",          "CUT",         "FILTER",          "TOUPPER",
	"TOLOWER",   "REGEX",        "IF",          "ISNULL",          "FIELDQTY",
	"REPLACE",   "DEVICE_STATE", "HANGUPCAUSE", "EXTENSION_STATE", NULL
};

static bool is_either(struct rd_str name)
{
	for (const char *const *known = either; *known; known++)
		if (rd_str_eq(name, rd_str_of(*known)))
			return true;
	/* DIALSTATUS, QUEUESTATUS, ... */
	return name.n > 6 && memcmp(name.p + name.n - 6, "STATUS", 6) == 0;
}

static bool all_either(struct rd_str text)
{
	struct rd_str name;

	for (; text.n > 2; text = (struct rd_str){ text.p + 1, text.n - 1 }) {
		if (text.p[0] != '$' || text.p[1] != '{')
			continue;
		name = (struct rd_str){ text.p + 2, 0 };
		while (name.n < text.n - 2 && !strchr("(}:", name.p[name.n]))
			name.n++;
		if (!is_either(name))
			return false;
	}
	return true;
}

static enum way_truth value_of(struct rd_str expression)
{
	struct dp_fault fault;
	struct rd_buf out;
	enum way_truth truth = WAY_UNKNOWN;

	rd_buf_init(&out);
	if (dp_expression(expression, &out, &fault) == 0)
		truth = rd_app_true((struct rd_str){ rd_buf_text(&out), out.n }) ? WAY_TRUE
										 : WAY_FALSE;
	rd_buf_fini(&out);
	return truth;
}

enum way_truth way_truth(struct rd_str condition)
{
	struct rd_str inner;

	condition = rd_str_trim(condition);
	if (!condition.n || !memchr(condition.p, '$', condition.n))
		return rd_app_true(condition) ? WAY_TRUE : WAY_FALSE;
	if (condition.n > 3 && rd_str_starts(condition, RD_STR("$[")) &&
	    condition.p[condition.n - 1] == ']') {
		inner = (struct rd_str){ condition.p + 2, condition.n - 3 };
		if (!memchr(inner.p, '$', inner.n))
			return value_of(inner);
	}
	return all_either(condition) ? WAY_EITHER : WAY_UNKNOWN;
}

/* The first of the character outside of brackets and quotes; the end without. */
static size_t outside(struct rd_str text, char c)
{
	bool quoted = false;
	int depth = 0;
	size_t i = 0;

	for (; i < text.n && (text.p[i] != c || depth > 0 || quoted); i++) {
		if (text.p[i] == '\\')
			i++;
		else if (text.p[i] == '"')
			quoted = !quoted;
		else if (strchr("([{", text.p[i]))
			depth++;
		else if (strchr(")]}", text.p[i]))
			depth--;
	}
	return RD_MIN(i, text.n);
}

bool way_branches(struct rd_str text, struct rd_str *condition, struct rd_str *then,
		  struct rd_str *otherwise)
{
	size_t at = outside(text, '?');
	struct rd_str rest;

	*then = *otherwise = (struct rd_str){ 0 };
	*condition = (struct rd_str){ text.p, at };
	if (at == text.n)
		return false;
	rest = (struct rd_str){ text.p + at + 1, text.n - at - 1 };
	at = outside(rest, ':');
	*then = rd_str_trim((struct rd_str){ rest.p, at });
	if (at < rest.n)
		*otherwise = rd_str_trim((struct rd_str){ rest.p + at + 1, rest.n - at - 1 });
	return true;
}
