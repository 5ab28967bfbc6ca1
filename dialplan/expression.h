/* What stands in $[...]: arithmetic, comparison, regular expressions. Pure
 * text in, text out; variables have been replaced before. */
#ifndef DIALPLAN_EXPRESSION_H
#define DIALPLAN_EXPRESSION_H

#include <ringdown/str.h>

/* What was wrong, and at which character (from 0). */
struct dp_fault {
	size_t at;
	char text[120]; /* "" when all was well */
};

/**
 * Evaluate text and append the result to out.
 *
 * 0; then fault->text may still hold a warning (a word where a number was
 * wanted counts as 0, as ever). -EINVAL when it cannot be read, -ENOMEM.
 */
int dp_expression(struct rd_str text, struct rd_buf *out, struct dp_fault *fault);

#endif
