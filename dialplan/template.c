/* Cutting texts into literal pieces, variables, functions and expressions. They are
 * joined for a call in template_join.c. */
#include <stdlib.h>

#include "dialplan/template_piece.h"
#include "dialplan/variable.h"

#define NESTING_LIMIT 32

/* -- reading -------------------------------------------------------------------- */

/* The index of the bracket that closes the one at s.p[open], or s.n. */
static size_t closing(struct rd_str s, size_t open)
{
	char up = s.p[open], down = up == '{' ? '}' : ']';
	int depth = 0;

	for (size_t i = open; i < s.n; i++) {
		if (s.p[i] == up)
			depth++;
		else if (s.p[i] == down && --depth == 0)
			return i;
	}
	return s.n;
}

static bool opens(struct rd_str s, size_t i)
{
	return s.p[i] == '$' && i + 1 < s.n && (s.p[i + 1] == '{' || s.p[i + 1] == '[');
}

size_t dp_next_opening(struct rd_str s, size_t i)
{
	for (; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n && opens(s, i + 1))
			return i;
		if (opens(s, i))
			return i;
	}
	return s.n;
}

/* Step from i over one character, or over a nested ${...} or $[...] whole. */
static size_t step(struct rd_str s, size_t i)
{
	if (opens(s, i)) {
		size_t end = closing(s, i + 1);

		return end < s.n ? end + 1 : s.n;
	}
	return i + 1;
}

/* The last ')' that does not stand in something nested. */
static size_t last_parenthesis(struct rd_str s, size_t i)
{
	size_t last = s.n;

	for (; i < s.n; i = step(s, i))
		if (s.p[i] == ')')
			last = i;
	return last;
}

struct dp_reference dp_reference_read(struct rd_str s, bool nested)
{
	struct dp_reference r = { 0 };
	size_t i = 0, end;

	while (i < s.n && s.p[i] != '(' && s.p[i] != ':' && !(nested && opens(s, i)))
		i++;
	r.name = (struct rd_str){ s.p, i };
	r.dynamic = nested && i < s.n && s.p[i] == '$';
	if (i == s.n || r.dynamic)
		return r;
	if (s.p[i] == '(') {
		end = nested ? last_parenthesis(s, i) : s.n;
		for (size_t k = i; !nested && k < s.n; k++)
			if (s.p[k] == ')')
				end = k;
		if (end == s.n) {
			r.fault = "a ')' is missing";
			return r;
		}
		r.call = true;
		r.args = (struct rd_str){ s.p + i + 1, end - i - 1 };
		i = end + 1;
	}
	if (i < s.n && s.p[i] != ':')
		r.fault = "only an offset may follow ')'";
	else if (i < s.n)
		r.slice = (struct rd_str){ s.p + i + 1, s.n - i - 1 };
	return r;
}

struct dp_slice dp_slice_read(const char *text)
{
	struct dp_slice slice = DP_SLICE_WHOLE;
	char *end;

	slice.offset = (int)strtol(text, &end, 10);
	if (*end == ':')
		slice.length = (int)strtol(end + 1, NULL, 10);
	return slice;
}

/* -- cutting -------------------------------------------------------------------- */

struct cutter {
	struct rd_pool *pool;
	const char *origin; /* of the outermost text, for positions */
	struct dp_fault *fault;
	int depth;
	int rc;
};

static struct dp_template *cut(struct cutter *c, struct rd_str text);

static void complain(struct cutter *c, const char *at, const char *what)
{
	if (c->fault->text[0])
		return;
	c->fault->at = (size_t)(at - c->origin);
	rd_strcpy(c->fault->text, sizeof(c->fault->text), what);
}

static char *keep(struct cutter *c, struct rd_str s)
{
	char *copy = rd_pool_strndup(c->pool, s.p, s.n);

	if (!copy)
		c->rc = -ENOMEM;
	return copy;
}

static void cut_slice(struct cutter *c, struct rd_str text, struct dp_piece *piece)
{
	char *copy;

	piece->slice = DP_SLICE_WHOLE;
	if (text.n == 0)
		return;
	if (dp_next_opening(text, 0) < text.n) {
		piece->slice_text = cut(c, text);
		return;
	}
	copy = keep(c, text);
	if (copy)
		piece->slice = dp_slice_read(copy);
}

static void cut_reference(struct cutter *c, struct rd_str text, struct dp_piece *piece)
{
	struct dp_reference r = dp_reference_read(text, true);

	if (r.fault)
		complain(c, text.p, r.fault);
	if (r.dynamic) {
		*piece = (struct dp_piece){ .kind = PIECE_DYNAMIC,
					    .slice = DP_SLICE_WHOLE,
					    .inner = cut(c, text) };
		return;
	}
	*piece = (struct dp_piece){ .kind = r.call ? PIECE_FUNCTION : PIECE_VARIABLE,
				    .name = keep(c, r.name) };
	if (r.call)
		piece->inner = cut(c, r.args);
	else
		piece->builtin = dp_builtin_find(r.name);
	cut_slice(c, r.slice, piece);
}

/* One piece at s.p[i]; returns where the next begins. */
static size_t cut_piece(struct cutter *c, struct rd_str s, size_t i, struct dp_piece *piece)
{
	size_t end = dp_next_opening(s, i);
	struct rd_str inner;

	if (end > i || s.p[i] == '\\') {
		if (end == i) { /* \${: the backslash goes, the rest up to the next stays */
			i++;
			end = dp_next_opening(s, i + 1);
		}
		*piece = (struct dp_piece){ .text = { s.p + i, end - i } };
		return end;
	}
	end = closing(s, i + 1);
	if (end == s.n) {
		complain(c, s.p + i, s.p[i + 1] == '{' ? "a '}' is missing" : "a ']' is missing");
		*piece = (struct dp_piece){ .text = { s.p + i, s.n - i } };
		return s.n;
	}
	inner = (struct rd_str){ s.p + i + 2, end - i - 2 };
	if (s.p[i + 1] == '{')
		cut_reference(c, inner, piece);
	else
		*piece = (struct dp_piece){ .kind = PIECE_EXPRESSION, .inner = cut(c, inner) };
	return end + 1;
}

static size_t count_pieces(struct rd_str s)
{
	size_t n = 0, i = 0;

	while (i < s.n) {
		size_t end = dp_next_opening(s, i);

		n += end > i;
		if (end < s.n && s.p[end] == '\\') {
			end += 2;
			n++;
		} else if (end < s.n) {
			end = step(s, end);
			n++;
		}
		i = end;
	}
	return n + 1;
}

static struct dp_template *cut(struct cutter *c, struct rd_str text)
{
	struct dp_template *t = rd_pool_zalloc(c->pool, sizeof(*t));
	size_t i = 0, most = count_pieces(text);

	if (!t || !(t->pieces = rd_pool_alloc(c->pool, most * sizeof(*t->pieces)))) {
		c->rc = -ENOMEM;
		return t;
	}
	if (++c->depth > NESTING_LIMIT) {
		complain(c, text.p, "nested too deeply");
		t->pieces[t->count++] = (struct dp_piece){ .text = text };
		i = text.n;
	}
	while (i < text.n && t->count < most && c->rc == 0)
		i = cut_piece(c, text, i, &t->pieces[t->count++]);
	c->depth--;
	if (t->count == 0)
		t->constant = "";
	else if (t->count == 1 && t->pieces[0].kind == PIECE_LITERAL)
		t->constant = keep(c, t->pieces[0].text);
	return t;
}

int dp_template_new(struct dp_template **tp, struct rd_pool *pool, struct rd_str text,
		    struct dp_fault *fault)
{
	struct cutter c = { .pool = pool, .origin = text.p, .fault = fault };

	*fault = (struct dp_fault){ 0 };
	*tp = cut(&c, text);
	if (c.rc)
		return c.rc;
	return fault->text[0] ? -EINVAL : 0;
}

const char *dp_template_constant(const struct dp_template *t)
{
	return t->constant;
}

static bool next_function(const struct dp_template *t, size_t *skip, const char **name,
			  const char **args)
{
	for (size_t i = 0; t && i < t->count; i++) {
		const struct dp_piece *piece = &t->pieces[i];

		if (piece->kind == PIECE_FUNCTION && (*skip)-- == 0) {
			*name = piece->name;
			*args = piece->inner->constant;
			return true;
		}
		if (next_function(piece->inner, skip, name, args) ||
		    next_function(piece->slice_text, skip, name, args))
			return true;
	}
	return false;
}

bool dp_template_next_function(const struct dp_template *t, size_t *pos, const char **name,
			       const char **args)
{
	size_t skip = (*pos)++;

	return next_function(t, &skip, name, args);
}

static bool next_expression(const struct dp_template *t, size_t *skip, const char **text)
{
	for (size_t i = 0; t && i < t->count; i++) {
		const struct dp_piece *piece = &t->pieces[i];

		if (piece->kind == PIECE_EXPRESSION && piece->inner->constant && (*skip)-- == 0) {
			*text = piece->inner->constant;
			return true;
		}
		if (next_expression(piece->inner, skip, text) ||
		    next_expression(piece->slice_text, skip, text))
			return true;
	}
	return false;
}

bool dp_template_next_expression(const struct dp_template *t, size_t *pos, const char **text)
{
	size_t skip = (*pos)++;

	return next_expression(t, &skip, text);
}
