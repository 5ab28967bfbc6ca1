/* A text of the dialplan with its ${...} and $[...] cut into pieces once, when
 * the file is read, so that a step of a call only joins them. */
#ifndef DIALPLAN_TEMPLATE_H
#define DIALPLAN_TEMPLATE_H

#include <ringdown/channel.h>
#include <ringdown/pool.h>
#include <ringdown/str.h>

#include "dialplan/expression.h"

struct rd_channel;
struct dp_template;

/* What a text may grow to when its variables are put in: Set() of the longest
 * value that there may be. */
#define DP_TEXT_MAX (RD_VAR_MAX + 256)

/**
 * Cut text (borrowed for as long as the template lives) into pieces.
 *
 * 0 with *tp in the pool; -EINVAL with *fault when a brace, bracket or
 * parenthesis is not closed: what follows it then stays as it is, and *tp is
 * usable all the same. -ENOMEM.
 */
int dp_template_new(struct dp_template **tp, struct rd_pool *pool, struct rd_str text,
		    struct dp_fault *fault);

/* The text itself when it holds nothing to replace, else NULL. */
const char *dp_template_constant(const struct dp_template *t);

/**
 * Join the pieces for a channel (NULL outside a call) and append to out. What
 * a function or an expression complains of is logged with its place and
 * leaves nothing. Yields where a function does. 0, -ENOMEM, -ECANCELED, or
 * -EOVERFLOW when out has a limit, and it was reached: logged.
 */
RD_YIELDS int dp_template_expand(const struct dp_template *t, struct rd_channel *ch,
				 struct rd_buf *out);

/* The functions that it calls, args NULL where they hold variables: start with *pos = 0. */
bool dp_template_next_function(const struct dp_template *t, size_t *pos, const char **name,
			       const char **args);

/* Expressions without variables in them, likewise. */
bool dp_template_next_expression(const struct dp_template *t, size_t *pos, const char **text);

/* Cut and join in one go, for texts that come while a call runs. Yields. */
RD_YIELDS int dp_expand(struct rd_channel *ch, const char *text, struct rd_buf *out);

#endif
