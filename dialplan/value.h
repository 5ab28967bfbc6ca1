/* A value of $[...], a text or a number; and numbers as texts. */
#ifndef DIALPLAN_VALUE_H
#define DIALPLAN_VALUE_H

#include <ringdown/str.h>

/* A number keeps its text as long as nothing was computed: 007 stays 007. */
struct dp_value {
	bool computed;
	bool quoted; /* compares as text whatever it holds */
	long double n;
	struct rd_str s;
};

static inline struct dp_value dp_number(long double n)
{
	return (struct dp_value){ .computed = true, .n = n };
}

static inline struct dp_value dp_text(struct rd_str s)
{
	return (struct dp_value){ .s = s };
}

/* Not computed to 0, not empty, no text for 0. */
bool dp_is_true(const struct dp_value *v);

/* Does it compare as a number, and as which? */
bool dp_is_comparable(const struct dp_value *v, long double *n);

/* Without the double quotes around it. */
struct rd_str dp_unquote(struct rd_str s);

/* Digits, at most one point, and a sign: what compares as a number. */
bool dp_is_number(struct rd_str s, long double *n);

/* As the results of expressions are written: no more digits than needed. */
void dp_add_number(struct rd_buf *out, long double n);

#endif
