/* The pieces of a template: template.c cuts them, template_join.c joins them. */
#ifndef DIALPLAN_TEMPLATE_PIECE_H
#define DIALPLAN_TEMPLATE_PIECE_H

#include <limits.h>

#include "dialplan/template.h"

enum dp_piece_kind {
	PIECE_LITERAL,
	PIECE_VARIABLE,	  /* ${NAME:1:3} */
	PIECE_FUNCTION,	  /* ${NAME(args):1:3} */
	PIECE_DYNAMIC,	  /* ${...}, whose name itself is made of pieces */
	PIECE_EXPRESSION, /* $[...] */
};

struct dp_slice {
	int offset, length; /* 0, INT_MAX: all of it */
};

struct dp_piece {
	enum dp_piece_kind kind;
	struct rd_str text; /* PIECE_LITERAL */
	const char *name;   /* PIECE_VARIABLE, PIECE_FUNCTION */
	const struct dp_builtin *builtin;
	struct dp_template *inner;	/* arguments, name, expression */
	struct dp_template *slice_text; /* offsets that hold variables */
	struct dp_slice slice;
};

struct dp_template {
	size_t count;
	struct dp_piece *pieces;
	const char *constant; /* all of the text, when there is nothing to replace */
};

#define DP_SLICE_WHOLE ((struct dp_slice){ 0, INT_MAX })

/* What stands in ${...}, taken apart. */
struct dp_reference {
	struct rd_str name, args, slice;
	bool call; /* has parentheses */
	bool dynamic;
	const char *fault;
};

/* nested: other references may stand in it; name and arguments are views. */
struct dp_reference dp_reference_read(struct rd_str s, bool nested);

/* "1" or "1:3", what follows the colon of a reference. */
struct dp_slice dp_slice_read(const char *text);
/* Keep only that of what was appended behind start. */
void dp_slice_apply(struct rd_buf *out, size_t start, struct dp_slice slice);

/* Where from i on the next ${ or $[ begins, or s.n. One behind a backslash is text, and
 * the backslash where it begins. */
size_t dp_next_opening(struct rd_str s, size_t i);

#endif
