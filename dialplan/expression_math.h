/* The mathematical functions that may stand in $[...]. */
#ifndef DIALPLAN_EXPRESSION_MATH_H
#define DIALPLAN_EXPRESSION_MATH_H

#include <ringdown/str.h>

/* False when there is no such function with so many arguments. */
bool dp_math(struct rd_str name, const long double *args, int count, long double *result);

#endif
