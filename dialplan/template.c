/* Cutting texts into literal pieces, variables, functions and expressions,
 * and joining them for a call. */
#include <limits.h>
#include <stdlib.h>

#include <ringdown/app.h>
#include <ringdown/function.h>

#include "dialplan/run.h"
#include "dialplan/template.h"
#include "dialplan/variable.h"

#define NESTING_LIMIT 32
#define EXPAND_LIMIT  8

enum kind {
	LITERAL,
	VARIABLE,   /* ${NAME:1:3} */
	FUNCTION,   /* ${NAME(args):1:3} */
	DYNAMIC,    /* ${...}, whose name itself is made of pieces */
	EXPRESSION, /* $[...] */
};

struct slice {
	int offset, length; /* 0, INT_MAX: all of it */
};

struct piece {
	enum kind kind;
	struct rd_str text; /* LITERAL */
	const char *name;   /* VARIABLE, FUNCTION */
	const struct dp_builtin *builtin;
	struct dp_template *inner;	/* arguments, name, expression */
	struct dp_template *slice_text; /* offsets that hold variables */
	struct slice slice;
};

struct dp_template {
	size_t count;
	struct piece *pieces;
	const char *constant; /* all of the text, when there is nothing to replace */
};

static const struct slice whole = { 0, INT_MAX };

/* -- reading -------------------------------------------------------------------- */

/* What stands in ${...}, taken apart. */
struct reference {
	struct rd_str name, args, slice;
	bool call; /* has parentheses */
	bool dynamic;
	const char *fault;
};

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

/* Where the next ${ or $[ begins, or s.n. One behind a backslash is text. */
static size_t next_opening(struct rd_str s, size_t i)
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

static struct reference read_reference(struct rd_str s, bool nested)
{
	struct reference r = { 0 };
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

static struct slice read_slice(const char *text)
{
	struct slice slice = whole;
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

static void cut_slice(struct cutter *c, struct rd_str text, struct piece *piece)
{
	char *copy;

	piece->slice = whole;
	if (text.n == 0)
		return;
	if (next_opening(text, 0) < text.n) {
		piece->slice_text = cut(c, text);
		return;
	}
	copy = keep(c, text);
	if (copy)
		piece->slice = read_slice(copy);
}

static void cut_reference(struct cutter *c, struct rd_str text, struct piece *piece)
{
	struct reference r = read_reference(text, true);

	if (r.fault)
		complain(c, text.p, r.fault);
	if (r.dynamic) {
		*piece = (struct piece){ .kind = DYNAMIC, .slice = whole, .inner = cut(c, text) };
		return;
	}
	*piece = (struct piece){ .kind = r.call ? FUNCTION : VARIABLE, .name = keep(c, r.name) };
	if (r.call)
		piece->inner = cut(c, r.args);
	else
		piece->builtin = dp_builtin_find(r.name);
	cut_slice(c, r.slice, piece);
}

/* One piece at s.p[i]; returns where the next begins. */
static size_t cut_piece(struct cutter *c, struct rd_str s, size_t i, struct piece *piece)
{
	size_t end = next_opening(s, i);
	struct rd_str inner;

	if (end > i || s.p[i] == '\\') {
		if (end == i) { /* \${: the backslash goes, the rest up to the next stays */
			i++;
			end = next_opening(s, i + 1);
		}
		*piece = (struct piece){ .text = { s.p + i, end - i } };
		return end;
	}
	end = closing(s, i + 1);
	if (end == s.n) {
		complain(c, s.p + i, s.p[i + 1] == '{' ? "a '}' is missing" : "a ']' is missing");
		*piece = (struct piece){ .text = { s.p + i, s.n - i } };
		return s.n;
	}
	inner = (struct rd_str){ s.p + i + 2, end - i - 2 };
	if (s.p[i + 1] == '{')
		cut_reference(c, inner, piece);
	else
		*piece = (struct piece){ .kind = EXPRESSION, .inner = cut(c, inner) };
	return end + 1;
}

static size_t count_pieces(struct rd_str s)
{
	size_t n = 0, i = 0;

	while (i < s.n) {
		size_t end = next_opening(s, i);

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
		t->pieces[t->count++] = (struct piece){ .text = text };
		i = text.n;
	}
	while (i < text.n && t->count < most && c->rc == 0)
		i = cut_piece(c, text, i, &t->pieces[t->count++]);
	c->depth--;
	if (t->count == 0)
		t->constant = "";
	else if (t->count == 1 && t->pieces[0].kind == LITERAL)
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

static bool next_function(const struct dp_template *t, size_t *skip, const char **name)
{
	for (size_t i = 0; t && i < t->count; i++) {
		const struct piece *piece = &t->pieces[i];

		if (piece->kind == FUNCTION && (*skip)-- == 0) {
			*name = piece->name;
			return true;
		}
		if (next_function(piece->inner, skip, name) ||
		    next_function(piece->slice_text, skip, name))
			return true;
	}
	return false;
}

bool dp_template_next_function(const struct dp_template *t, size_t *pos, const char **name)
{
	size_t skip = (*pos)++;

	return next_function(t, &skip, name);
}

static bool next_expression(const struct dp_template *t, size_t *skip, const char **text)
{
	for (size_t i = 0; t && i < t->count; i++) {
		const struct piece *piece = &t->pieces[i];

		if (piece->kind == EXPRESSION && piece->inner->constant && (*skip)-- == 0) {
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

enum { SHOWN = 120 }; /* of a value that a warning is about */

/* -- joining -------------------------------------------------------------------- */

/* Keep only the slice of what was appended behind start. */
static void apply_slice(struct rd_buf *out, size_t start, struct slice slice)
{
	long long n = (long long)(out->n - start), from = slice.offset, to;

	if (n <= 0)
		return;
	if (from < 0)
		from = RD_MAX(n + from, 0);
	from = RD_MIN(from, n);
	to = slice.length < 0 ? n + slice.length : RD_MIN(n, from + slice.length);
	to = RD_MAX(to, from);
	memmove(out->p + start, out->p + start + from, (size_t)(to - from));
	out->n = start + (size_t)(to - from);
	out->p[out->n] = '\0';
}

/* A value may be longer than a line of the log, and the reason stands behind it. */
static const char *dots(const char *value)
{
	return strlen(value) > SHOWN ? "..." : "";
}

static const char *why_unread(const char *name, int rc)
{
	if (rc == -ENOENT)
		return rd_function_find(name) ? "there is nothing of this name" :
						"there is no function of this name";
	if (rc == -EPERM)
		return "can be set, not read";
	return rc == -EDEADLK ? "waits, which cannot be done here" : rd_strerror(rc);
}

static int read_function(struct rd_channel *ch, const char *name, const char *args,
			 struct rd_buf *out)
{
	size_t start = out->n;
	int rc = rd_function_read(ch, name, args, out);

	if (rc == 0 || rc == -ECANCELED || rc == -ENOMEM || rc == -EOVERFLOW)
		return rc;
	if (out->n > start) {
		out->n = start;
		out->p[start] = '\0';
	}
	rd_app_warning(ch, "${%s(%.*s%s)}: %s", name, SHOWN, args, dots(args),
		       why_unread(name, rc));
	return 0;
}

/* The inner template as a text: constant, or built in scratch. */
static int inner_text(const struct dp_template *t, struct rd_channel *ch, struct rd_buf *scratch,
		      const char **text)
{
	int rc = 0;

	*text = t->constant;
	if (!*text) {
		rc = dp_template_expand(t, ch, scratch);
		*text = rd_buf_text(scratch);
	}
	return rc;
}

static int join_dynamic(struct rd_channel *ch, const char *text, struct rd_buf *out)
{
	struct reference r = read_reference(rd_str_of(text), false);
	char *name = rd_strndup(r.name.p, r.name.n), *args = rd_strndup(r.call ? r.args.p : "",
									 r.args.n);
	size_t start = out->n;
	int rc = 0;

	if (!name || !args)
		rc = -ENOMEM;
	else if (r.fault)
		rd_app_warning(ch, "${%.*s%s}: %s", SHOWN, text, dots(text), r.fault);
	else if (r.call)
		rc = read_function(ch, name, args, out);
	else
		dp_variable_read(ch, dp_builtin_find(r.name), name, out);
	if (rc == 0 && r.slice.n)
		apply_slice(out, start, read_slice(r.slice.p));
	rd_free(name);
	rd_free(args);
	return rc;
}

static int join_expression(struct rd_channel *ch, const char *text, struct rd_buf *out)
{
	struct dp_fault fault;
	int rc = dp_expression(rd_str_of(text), out, &fault);

	if (fault.text[0])
		rd_app_warning(ch, "$[%.*s%s]: at character %zu: %s", SHOWN, text, dots(text),
			       fault.at + 1, fault.text);
	return rc == -ENOMEM ? rc : 0;
}

static void begin_text(struct rd_buf *text)
{
	rd_buf_init(text);
	text->limit = DP_TEXT_MAX;
}

static int join_slice(const struct piece *piece, struct rd_channel *ch, struct rd_buf *out,
		      size_t start)
{
	struct slice slice = piece->slice;
	struct rd_buf scratch;
	const char *text;
	int rc = 0;

	if (piece->slice_text) {
		begin_text(&scratch);
		rc = inner_text(piece->slice_text, ch, &scratch, &text);
		slice = read_slice(text);
		rd_buf_fini(&scratch);
	}
	if (slice.offset != 0 || slice.length != INT_MAX)
		apply_slice(out, start, slice);
	return rc;
}

static int join_nested(const struct piece *piece, struct rd_channel *ch, struct rd_buf *out)
{
	struct rd_buf scratch;
	const char *text;
	int rc;

	begin_text(&scratch);
	rc = inner_text(piece->inner, ch, &scratch, &text);
	if (rc == 0 && piece->kind == FUNCTION)
		rc = read_function(ch, piece->name, text, out);
	else if (rc == 0 && piece->kind == DYNAMIC)
		rc = join_dynamic(ch, text, out);
	else if (rc == 0)
		rc = join_expression(ch, text, out);
	rd_buf_fini(&scratch);
	return rc;
}

static int join_piece(const struct piece *piece, struct rd_channel *ch, struct rd_buf *out)
{
	size_t start = out->n;
	int rc = 0;

	switch (piece->kind) {
	case LITERAL:
		rd_buf_add(out, piece->text.p, piece->text.n);
		return 0;
	case VARIABLE:
		dp_variable_read(ch, piece->builtin, piece->name, out);
		break;
	case FUNCTION:
	case DYNAMIC:
		rc = join_nested(piece, ch, out);
		break;
	case EXPRESSION:
		return join_nested(piece, ch, out);
	}
	return rc ? rc : join_slice(piece, ch, out, start);
}

int dp_template_expand(const struct dp_template *t, struct rd_channel *ch, struct rd_buf *out)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < t->count; i++)
		rc = join_piece(&t->pieces[i], ch, out);
	if (out->full && rc != -EOVERFLOW) {
		rd_app_error(ch, "the text grows beyond %zu bytes: %.60s...", out->limit,
			     rd_buf_text(out));
		return -EOVERFLOW;
	}
	return rc == 0 && out->failed ? -ENOMEM : rc;
}

/* EVAL() of a value that holds EVAL() of itself: how deep this channel is. */
static int *depth_of(const struct rd_channel *ch)
{
	static int outside_calls;
	struct dp_run *run = ch ? dp_run_find(ch) : NULL;

	return run ? &run->expanding : &outside_calls;
}

static int expand_new(struct rd_channel *ch, const char *text, struct rd_buf *out)
{
	struct dp_template *t;
	struct rd_pool *pool;
	struct dp_fault fault;
	int rc = rd_pool_new(&pool, 0);

	if (rc)
		return rc;
	rc = dp_template_new(&t, pool, rd_str_of(text), &fault);
	if (rc == -EINVAL) {
		rd_app_warning(ch, "%s: at character %zu: %s", text, fault.at + 1, fault.text);
		rc = 0;
	}
	if (rc == 0)
		rc = dp_template_expand(t, ch, out);
	rd_pool_free(pool);
	return rc;
}

int dp_expand(struct rd_channel *ch, const char *text, struct rd_buf *out)
{
	int *depth = depth_of(ch), rc;

	if (next_opening(rd_str_of(text), 0) == strlen(text)) {
		rd_buf_adds(out, text);
		return out->failed ? -ENOMEM : 0;
	}
	if (*depth >= EXPAND_LIMIT)
		return -ELOOP;
	++*depth;
	rc = expand_new(ch, text, out);
	--*depth;
	return rc;
}
