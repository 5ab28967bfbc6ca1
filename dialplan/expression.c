/* The parser of $[...]: one function per level of precedence, each of which
 * evaluates as it reads. From loosest to tightest: ?::  |  &  comparison
 * + -  * / %  ! and sign  : =~ ~~  parentheses. What a value is: value.c. */
#include <limits.h>
#include <math.h>
#include <stdio.h>

#include <ringdown/pool.h>
#include <ringdown/regex.h>

#include "dialplan/expression.h"
#include "dialplan/expression_math.h"
#include "dialplan/value.h"

#define NESTING_LIMIT 64

enum token {
	END, WORD, OR, AND, EQ, NE, LT, GT, LE, GE, PLUS, MINUS, TIMES, OVER, REST, NOT,
	ANCHORED, SEARCH, JOIN, QUESTION, ELSE, OPEN, CLOSE, COMMA
};

struct parser {
	struct rd_str text;
	size_t at;    /* where the next token is read */
	size_t start; /* where the current token begins */
	enum token token;
	struct rd_str word;
	int depth;
	int rc;
	struct dp_fault *fault;
	struct rd_pool *pool; /* for texts that are made here; NULL until needed */
};

static struct dp_value expression(struct parser *p);

/* -- values ------------------------------------------------------------------ */

static int need_pool(struct parser *p)
{
	if (!p->pool && rd_pool_new(&p->pool, 0))
		p->rc = -ENOMEM;
	return p->rc;
}

/* As text without its quotes. */
static struct rd_str to_text(struct parser *p, const struct dp_value *v)
{
	struct rd_buf buf;
	char *copy = NULL;

	if (!v->computed)
		return dp_unquote(v->s);
	rd_buf_init(&buf);
	dp_add_number(&buf, v->n);
	if (!buf.failed && need_pool(p) == 0)
		copy = rd_pool_strdup(p->pool, rd_buf_text(&buf));
	rd_buf_fini(&buf);
	if (!copy)
		p->rc = -ENOMEM;
	return rd_str_of(copy ? copy : "");
}

/* -- complaints ---------------------------------------------------------------- */

static void complain(struct parser *p, const char *what)
{
	if (p->rc || p->fault->text[0])
		return;
	p->fault->at = p->start;
	rd_strcpy(p->fault->text, sizeof(p->fault->text), what);
}

static struct dp_value fail(struct parser *p, const char *what)
{
	if (p->rc == 0) {
		p->fault->text[0] = '\0';
		complain(p, what);
		p->rc = -EINVAL;
	}
	return dp_text(RD_STR(""));
}

static long double to_number(struct parser *p, const struct dp_value *v)
{
	long double n = v->n;
	struct rd_str s;
	char what[80];

	if (v->computed)
		return n;
	s = dp_unquote(v->s);
	if (dp_is_number(s, &n))
		return n;
	snprintf(what, sizeof(what), "'%.*s' is not a number and counts as 0",
		 (int)RD_MIN(s.n, (size_t)30), s.p ? s.p : "");
	complain(p, what);
	return 0;
}

/* -- words and signs ------------------------------------------------------------ */

static const struct sign {
	char text[3];
	enum token token;
} signs[] = {
	/* those of two characters come first */
	{ "||", OR },    { "&&", AND },    { "==", EQ },  { "!=", NE },	  { "<=", LE },
	{ ">=", GE },    { "=~", SEARCH }, { "~~", JOIN }, { "::", ELSE }, { "|", OR },
	{ "&", AND },    { "=", EQ },	   { "<", LT },   { ">", GT },	  { "+", PLUS },
	{ "-", MINUS },  { "*", TIMES },   { "/", OVER }, { "%", REST },  { "!", NOT },
	{ ":", ANCHORED }, { "?", QUESTION }, { "(", OPEN }, { ")", CLOSE }, { ",", COMMA },
};

static const struct sign *sign_at(struct rd_str rest)
{
	/* The characters of a word are looked at one by one: out quickly. */
	if (!strchr("|&=!<>+-*/%~:?(),", *rest.p) || !*rest.p)
		return NULL;
	for (size_t i = 0; i < RD_ARRAY_SIZE(signs); i++)
		if (rd_str_starts(rest, rd_str_of(signs[i].text)))
			return &signs[i];
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The end of a "quoted" piece or of a ${piece} that was left as it is. */
static size_t skip_piece(struct rd_str s, size_t i)
{
	if (s.p[i] == '"') {
		for (i++; i < s.n && s.p[i] != '"'; i++)
			if (s.p[i] == '\\' && i + 1 < s.n)
				i++;
	} else if (s.p[i] == '$' && i + 1 < s.n && s.p[i + 1] == '{') {
		int depth = 0;

		for (i++; i < s.n; i++) {
			depth += s.p[i] == '{' ? 1 : s.p[i] == '}' ? -1 : 0;
			if (depth == 0)
				break;
		}
	}
	return i < s.n ? i + 1 : s.n;
}

static void next(struct parser *p)
{
	struct rd_str s = p->text;
	const struct sign *sign;
	size_t i = p->at;

	while (i < s.n && is_blank(s.p[i]))
		i++;
	p->start = i;
	p->token = END;
	if (i < s.n) {
		sign = sign_at((struct rd_str){ s.p + i, s.n - i });
		if (sign) {
			p->token = sign->token;
			i += strlen(sign->text);
		} else {
			p->token = WORD;
			while (i < s.n && !is_blank(s.p[i]) &&
			       !sign_at((struct rd_str){ s.p + i, s.n - i }))
				i = skip_piece(s, i);
		}
	}
	p->word = (struct rd_str){ s.p + p->start, i - p->start };
	p->at = i;
}

static bool accept(struct parser *p, enum token token)
{
	if (p->rc || p->token != token)
		return false;
	next(p);
	return true;
}

/* -- from tight to loose ------------------------------------------------------------ */

#define MATH_ARGS 3

/* NAME(a, b): p stands behind the opening parenthesis. */
static struct dp_value math_call(struct parser *p, struct rd_str name)
{
	long double args[MATH_ARGS] = { 0 }, result;
	int count = 0;
	size_t start = p->start;

	if (p->token != CLOSE) {
		do {
			struct dp_value v = expression(p);

			if (count == MATH_ARGS)
				return fail(p, "too many arguments");
			args[count++] = to_number(p, &v);
		} while (accept(p, COMMA));
	}
	if (!accept(p, CLOSE))
		return fail(p, "expected ')' after the arguments");
	if (!dp_math(name, args, count, &result)) {
		p->start = start;
		return fail(p, "no such function, or not with so many arguments");
	}
	return dp_number(result);
}

static struct dp_value primary(struct parser *p)
{
	struct rd_str word = p->word;
	struct dp_value v;

	if (accept(p, OPEN)) {
		v = expression(p);
		return accept(p, CLOSE) ? v : fail(p, "expected ')'");
	}
	if (accept(p, WORD)) {
		if (p->token == OPEN && word.p[0] != '"') {
			next(p);
			return math_call(p, word);
		}
		v = dp_text(word);
		v.quoted = word.p[0] == '"';
		return v;
	}
	return fail(p, p->token == END ?
			       "expected a value at the end (a variable that is empty?)" :
			       "expected a value before this (a variable that is empty?)");
}

static struct dp_value regex_failed(struct parser *p, int rc)
{
	if (rc == -ENOMEM) {
		p->rc = rc;
		return dp_text(RD_STR(""));
	}
	return fail(p, rd_pool_printf(p->pool, "the regular expression before this %s",
				      rd_regex_error(rc)));
}

/* Length of the match, or the text of the first group. */
static struct dp_value regex(struct parser *p, struct dp_value subject, struct dp_value pattern,
			     bool anchored)
{
	struct rd_str s = to_text(p, &subject), re_text = to_text(p, &pattern);
	char *terminated, *re_terminated;
	struct rd_regex_span match[2];
	struct rd_regex *re;
	size_t groups;
	int rc;

	if (need_pool(p))
		return dp_text(RD_STR(""));
	terminated = rd_pool_strndup(p->pool, s.p, s.n);
	re_terminated = rd_pool_strndup(p->pool, re_text.p, re_text.n);
	if (!terminated || !re_terminated) {
		p->rc = -ENOMEM;
		return dp_text(RD_STR(""));
	}
	rc = rd_regex_new(&re, re_terminated);
	if (rc)
		return regex_failed(p, rc);
	groups = rd_regex_groups(re);
	rc = rd_regex_match(re, terminated, match);
	rd_regex_free(re);
	if (rc < 0)
		return regex_failed(p, rc);
	if (rc && anchored && match[0].start != 0)
		rc = 0;
	if (groups == 0)
		return dp_number(rc ? (double)(match[0].end - match[0].start) : 0);
	if (!rc || match[1].start < 0)
		return dp_text(RD_STR(""));
	return dp_text((struct rd_str){ terminated + match[1].start,
					(size_t)(match[1].end - match[1].start) });
}

static struct dp_value join(struct parser *p, struct dp_value left, struct dp_value right)
{
	struct rd_str a = to_text(p, &left), b = to_text(p, &right);
	char *both;

	if (need_pool(p))
		return left;
	both = rd_pool_printf(p->pool, "%.*s%.*s", RD_STR_ARG(a), RD_STR_ARG(b));
	if (!both)
		p->rc = -ENOMEM;
	return dp_text(rd_str_of(both ? both : ""));
}

static struct dp_value matching(struct parser *p)
{
	struct dp_value v = primary(p);

	for (;;) {
		enum token token = p->token;

		if (token != ANCHORED && token != SEARCH && token != JOIN)
			return v;
		if (!accept(p, token))
			return v;
		if (token == JOIN)
			v = join(p, v, primary(p));
		else
			v = regex(p, v, primary(p), token == ANCHORED);
	}
}

static struct dp_value prefixed(struct parser *p)
{
	struct dp_value v;

	if (p->depth >= NESTING_LIMIT)
		return fail(p, "nested too deeply");
	p->depth++;
	if (accept(p, NOT)) {
		v = prefixed(p);
		v = dp_number(!dp_is_true(&v));
	} else if (accept(p, MINUS)) {
		v = prefixed(p);
		v = dp_number(-to_number(p, &v));
	} else {
		v = matching(p);
	}
	p->depth--;
	return v;
}

static long double divide(struct parser *p, enum token token, long double a, long double b)
{
	if (b == 0) {
		complain(p, "division by zero");
		return INT_MAX;
	}
	return token == OVER ? a / b : fmodl(a, b);
}

static struct dp_value product(struct parser *p)
{
	struct dp_value v = prefixed(p), right;

	for (;;) {
		enum token token = p->token;
		long double a, b;

		if (token != TIMES && token != OVER && token != REST)
			return v;
		if (!accept(p, token))
			return v;
		right = prefixed(p);
		a = to_number(p, &v);
		b = to_number(p, &right);
		v = dp_number(token == TIMES ? a * b : divide(p, token, a, b));
	}
}

static struct dp_value sum(struct parser *p)
{
	struct dp_value v = product(p), right;

	for (;;) {
		bool minus = p->token == MINUS;
		long double a, b;

		if (!accept(p, PLUS) && !accept(p, MINUS))
			return v;
		right = product(p);
		a = to_number(p, &v);
		b = to_number(p, &right);
		v = dp_number(minus ? a - b : a + b);
	}
}

static int compare(struct parser *p, const struct dp_value *left, const struct dp_value *right)
{
	long double a, b;
	struct rd_str s, t;
	int order;

	if (dp_is_comparable(left, &a) && dp_is_comparable(right, &b))
		return a < b ? -1 : a > b;
	s = to_text(p, left);
	t = to_text(p, right);
	order = memcmp(s.p, t.p, RD_MIN(s.n, t.n));
	return order ? order : s.n < t.n ? -1 : s.n > t.n;
}

static struct dp_value comparison(struct parser *p)
{
	struct dp_value v = sum(p), right;

	for (;;) {
		enum token token = p->token;
		int order;

		if (token < EQ || token > GE || !accept(p, token))
			return v;
		right = sum(p);
		order = compare(p, &v, &right);
		v = dp_number(token == EQ   ? order == 0
			      : token == NE ? order != 0
			      : token == LT ? order < 0
			      : token == GT ? order > 0
			      : token == LE ? order <= 0
					    : order >= 0);
	}
}

static struct dp_value conjunction(struct parser *p)
{
	struct dp_value v = comparison(p), right;

	while (accept(p, AND)) {
		right = comparison(p);
		if (!dp_is_true(&v) || !dp_is_true(&right))
			v = dp_number(0);
	}
	return v;
}

static struct dp_value disjunction(struct parser *p)
{
	struct dp_value v = conjunction(p), right;

	while (accept(p, OR)) {
		right = conjunction(p);
		if (!dp_is_true(&v))
			v = right;
	}
	return v;
}

static struct dp_value expression(struct parser *p)
{
	struct dp_value v, yes, no;

	if (p->depth >= NESTING_LIMIT)
		return fail(p, "nested too deeply");
	p->depth++;
	v = disjunction(p);
	if (accept(p, QUESTION)) {
		yes = expression(p);
		if (!accept(p, ELSE))
			fail(p, "expected '::'");
		no = expression(p);
		v = dp_is_true(&v) ? yes : no;
	}
	p->depth--;
	return v;
}

int dp_expression(struct rd_str text, struct rd_buf *out, struct dp_fault *fault)
{
	struct parser p = { .text = text, .fault = fault };
	struct dp_value v;

	*fault = (struct dp_fault){ 0 };
	next(&p);
	if (p.token == END)
		return 0;
	v = expression(&p);
	if (p.rc == 0 && p.token != END)
		fail(&p, p.token == WORD ? "expected an operator (quote a text that has blanks)" :
					   "did not expect this");
	if (p.rc == 0) {
		if (v.computed)
			dp_add_number(out, v.n);
		else
			rd_buf_add(out, v.s.p, v.s.n);
	}
	rd_pool_free(p.pool);
	return p.rc;
}
