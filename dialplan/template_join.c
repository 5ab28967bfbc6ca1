/* Joining the pieces of a text for a call; what a function or an expression complains
 * of is logged with its place. */
#include <limits.h>

#include <ringdown/app.h>
#include <ringdown/function.h>

#include "dialplan/run.h"
#include "dialplan/template_piece.h"
#include "dialplan/variable.h"

#define EXPAND_LIMIT 8
#define SHOWN        120 /* of a value that a warning is about */

void dp_slice_apply(struct rd_buf *out, size_t start, struct dp_slice slice)
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
		return rd_function_find(name) ? "there is nothing of this name"
					      : "there is no function of this name";
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
	struct dp_reference r = dp_reference_read(rd_str_of(text), false);
	char *name = rd_strndup(r.name.p, r.name.n),
	     *args = rd_strndup(r.call ? r.args.p : "", r.args.n);
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
		dp_slice_apply(out, start, dp_slice_read(r.slice.p));
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

static int join_slice(const struct dp_piece *piece, struct rd_channel *ch, struct rd_buf *out,
		      size_t start)
{
	struct dp_slice slice = piece->slice;
	struct rd_buf scratch;
	const char *text;
	int rc = 0;

	if (piece->slice_text) {
		begin_text(&scratch);
		rc = inner_text(piece->slice_text, ch, &scratch, &text);
		slice = dp_slice_read(text);
		rd_buf_fini(&scratch);
	}
	if (slice.offset != 0 || slice.length != INT_MAX)
		dp_slice_apply(out, start, slice);
	return rc;
}

static int join_nested(const struct dp_piece *piece, struct rd_channel *ch, struct rd_buf *out)
{
	struct rd_buf scratch;
	const char *text;
	int rc;

	begin_text(&scratch);
	rc = inner_text(piece->inner, ch, &scratch, &text);
	if (rc == 0 && piece->kind == PIECE_FUNCTION)
		rc = read_function(ch, piece->name, text, out);
	else if (rc == 0 && piece->kind == PIECE_DYNAMIC)
		rc = join_dynamic(ch, text, out);
	else if (rc == 0)
		rc = join_expression(ch, text, out);
	rd_buf_fini(&scratch);
	return rc;
}

static int join_piece(const struct dp_piece *piece, struct rd_channel *ch, struct rd_buf *out)
{
	size_t start = out->n;
	int rc = 0;

	switch (piece->kind) {
	case PIECE_LITERAL:
		rd_buf_add(out, piece->text.p, piece->text.n);
		return 0;
	case PIECE_VARIABLE:
		dp_variable_read(ch, piece->builtin, piece->name, out);
		break;
	case PIECE_FUNCTION:
	case PIECE_DYNAMIC:
		rc = join_nested(piece, ch, out);
		break;
	case PIECE_EXPRESSION:
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

	if (dp_next_opening(rd_str_of(text), 0) == strlen(text)) {
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
