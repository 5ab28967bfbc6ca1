/* The mathematical functions that may stand in $[...]: COS(x), POW(x,y)... */
#include <math.h>

#include "dialplan/expression_math.h"

static long double exp10_of(long double x)
{
	return powl(10, x);
}

static const struct unary {
	const char *name;
	long double (*call)(long double x);
} unary[] = {
	{ "SIN", sinl },     { "COS", cosl },	  { "TAN", tanl },     { "ASIN", asinl },
	{ "ACOS", acosl },   { "ATAN", atanl },	  { "EXP", expl },     { "EXP2", exp2l },
	{ "EXP10", exp10_of }, { "LOG", logl },	  { "LOG2", log2l },   { "LOG10", log10l },
	{ "SQRT", sqrtl },   { "CBRT", cbrtl },	  { "FLOOR", floorl }, { "CEIL", ceill },
	{ "ROUND", roundl }, { "RINT", rintl },	  { "TRUNC", truncl }, { "ABS", fabsl },
};

static const struct binary {
	const char *name;
	long double (*call)(long double x, long double y);
} binary[] = {
	{ "POW", powl },
	{ "ATAN2", atan2l },
	{ "REMAINDER", remainderl },
	{ "FMOD", fmodl },
	{ "MIN", fminl },
	{ "MAX", fmaxl },
};

bool dp_math(struct rd_str name, const long double *args, int count, long double *result)
{
	for (size_t i = 0; count == 1 && i < RD_ARRAY_SIZE(unary); i++) {
		if (rd_str_ieq(name, rd_str_of(unary[i].name))) {
			*result = unary[i].call(args[0]);
			return true;
		}
	}
	for (size_t i = 0; count == 2 && i < RD_ARRAY_SIZE(binary); i++) {
		if (rd_str_ieq(name, rd_str_of(binary[i].name))) {
			*result = binary[i].call(args[0], args[1]);
			return true;
		}
	}
	return false;
}
