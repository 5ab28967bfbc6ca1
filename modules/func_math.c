/* MATH(), INC(), DEC(), MIN(), MAX(), ABS(), RAND(). */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/module.h>

#include "modules/func.h"

/* ---- MATH ------------------------------------------------------------------- */

enum operation {
	OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_POW, OP_SHL, OP_SHR, OP_AND, OP_OR,
	OP_XOR, OP_LE, OP_GE, OP_EQ, OP_LT, OP_GT
};

/* The longer of two that begin alike comes first. */
static const struct {
	const char *text;
	enum operation op;
} operations[] = {
	{ "<<", OP_SHL },  { ">>", OP_SHR },  { "<=", OP_LE }, { ">=", OP_GE },
	{ "==", OP_EQ },   { "=", OP_EQ },    { "<", OP_LT },  { ">", OP_GT },
	{ "AND", OP_AND }, { "XOR", OP_XOR }, { "OR", OP_OR }, { "+", OP_ADD },
	{ "-", OP_SUB },   { "*", OP_MUL },   { "/", OP_DIV }, { "%", OP_MOD },
	{ "^", OP_POW },   { "&", OP_AND },   { "|", OP_OR },
};

struct sum {
	double a, b;
	enum operation op;
};

/* "12 + -3": a number, an operator, a number. */
static int sum_read(const char *text, struct sum *sum)
{
	char *p;
	size_t i;

	sum->a = strtod(text, &p);
	if (p == text)
		return -EINVAL;
	p += strspn(p, " ");
	for (i = 0; i < RD_ARRAY_SIZE(operations); i++)
		if (strncasecmp(p, operations[i].text, strlen(operations[i].text)) == 0)
			break;
	if (i == RD_ARRAY_SIZE(operations))
		return -EINVAL;
	sum->op = operations[i].op;
	text = p + strlen(operations[i].text);
	sum->b = strtod(text, &p);
	return p == text || p[strspn(p, " ")] ? -EINVAL : 0;
}

/* A double as a whole number; what does not fit is cut to what does. */
static int64_t whole(double d)
{
	if (isnan(d))
		return 0;
	if (d >= 9.2e18)
		return INT64_MAX;
	return d <= -9.2e18 ? INT64_MIN : (int64_t)d;
}

static int64_t shift(int64_t a, int64_t by)
{
	if (by <= -64 || by >= 64)
		return 0;
	return by >= 0 ? (int64_t)((uint64_t)a << by) : a >> -by;
}

static int sum_do(const struct sum *sum, double *result)
{
	double a = sum->a, b = sum->b;

	if ((sum->op == OP_DIV || sum->op == OP_MOD) && b == 0)
		return -EDOM;
	switch (sum->op) {
	case OP_ADD: *result = a + b; break;
	case OP_SUB: *result = a - b; break;
	case OP_MUL: *result = a * b; break;
	case OP_DIV: *result = a / b; break;
	case OP_MOD: *result = fmod(trunc(a), trunc(b)); break;
	case OP_POW: *result = pow(a, b); break;
	case OP_SHL: *result = (double)shift(whole(a), whole(b)); break;
	case OP_SHR: *result = (double)shift(whole(a), -whole(b)); break;
	case OP_AND: *result = (double)(whole(a) & whole(b)); break;
	case OP_OR: *result = (double)(whole(a) | whole(b)); break;
	case OP_XOR: *result = (double)(whole(a) ^ whole(b)); break;
	case OP_LE: *result = a <= b; break;
	case OP_GE: *result = a >= b; break;
	case OP_EQ: *result = a == b; break;
	case OP_LT: *result = a < b; break;
	case OP_GT: *result = a > b; break;
	}
	return 0;
}

static bool compares(enum operation op)
{
	return op >= OP_LE;
}

static void sum_print(const struct sum *sum, double result, const char *type,
		      struct rd_buf *out)
{
	char letter = (char)tolower((unsigned char)*type);

	if (compares(sum->op))
		rd_buf_adds(out, result != 0 ? "TRUE" : "FALSE");
	else if (letter == 'i')
		rd_buf_printf(out, "%lld", (long long)whole(result));
	else if (letter == 'h')
		rd_buf_printf(out, "%llx", (unsigned long long)whole(result));
	else if (letter == 'c')
		rd_buf_addc(out, (char)whole(result));
	else
		rd_buf_printf(out, "%f", result);
}

static int math(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	struct sum sum;
	double result;
	int rc = func_args_read(&a, args, 2);

	(void)ch;
	if (rc)
		return rc;
	rc = sum_read(a.argv[0], &sum);
	if (rc == 0 && *a.argv[1] && !strchr("fihcFIHC", *a.argv[1]))
		rc = -EINVAL;
	if (rc == 0)
		rc = sum_do(&sum, &result);
	if (rc == 0)
		sum_print(&sum, result, a.argv[1], out);
	func_args_free(&a);
	return rc;
}

/* ---- INC, DEC ----------------------------------------------------------------- */

static int step(struct rd_channel *ch, const char *name, int by, struct rd_buf *out)
{
	const char *value = rd_var_get(ch, name);
	long long n = value ? strtoll(value, NULL, 10) : 0;
	char text[24];

	if (!*name)
		return -EINVAL;
	snprintf(text, sizeof(text), "%lld", (long long)((uint64_t)n + (uint64_t)by));
	rd_buf_adds(out, text);
	return rd_var_set(ch, name, text);
}

static int inc(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	return step(ch, args, 1, out);
}

static int dec(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	return step(ch, args, -1, out);
}

/* ---- MIN, MAX, ABS -------------------------------------------------------------- */

static int number(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end == text || end[strspn(end, " ")] ? -EINVAL : 0;
}

static void print_number(double d, struct rd_buf *out)
{
	if (d == trunc(d) && fabs(d) < 1e15)
		rd_buf_printf(out, "%.0f", d);
	else
		rd_buf_printf(out, "%.6g", d);
}

static int extreme(const char *args, bool largest, struct rd_buf *out)
{
	struct func_args a;
	double x, y;
	int rc = func_args_read(&a, args, 2);

	if (rc)
		return rc;
	rc = number(a.argv[0], &x);
	if (rc == 0)
		rc = number(a.argv[1], &y);
	if (rc == 0)
		print_number(largest ? fmax(x, y) : fmin(x, y), out);
	func_args_free(&a);
	return rc;
}

static int max(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	return extreme(args, true, out);
}

static int min(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	return extreme(args, false, out);
}

static int absolute(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	double x;
	int rc = number(args, &x);

	(void)ch;
	if (rc == 0)
		print_number(fabs(x), out);
	return rc;
}

/* ---- RAND ----------------------------------------------------------------------- */

static int rand_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	int64_t low, high;
	uint32_t random;
	int rc = func_args_read(&a, args, 2);

	(void)ch;
	if (rc)
		return rc;
	low = *a.argv[0] ? strtoll(a.argv[0], NULL, 10) : 0;
	high = *a.argv[1] ? strtoll(a.argv[1], NULL, 10) : INT32_MAX;
	func_args_free(&a);
	if (low < INT32_MIN || high > INT32_MAX)
		return -ERANGE;
	if (low > high)
		return -EINVAL;
	rd_random(&random, sizeof(random));
	rd_buf_printf(out, "%lld", (long long)(low + (int64_t)(random %
							       (uint64_t)(high - low + 1))));
	return 0;
}

static const struct rd_function functions[] = {
	{ .name = "MATH",
	  .read = math,
	  .synopsis = "One operation on two numbers",
	  .syntax = "MATH(number operator number[,type])",
	  .description = "Operators: + - * / % ^ << >> AND OR XOR < > <= >= ==. Type: "
			 "float (six decimals, the default), int, hex, char." },
	{ .name = "INC",
	  .read = inc,
	  .synopsis = "Add one to a variable",
	  .syntax = "INC(variable)" },
	{ .name = "DEC",
	  .read = dec,
	  .synopsis = "Take one from a variable",
	  .syntax = "DEC(variable)" },
	{ .name = "MIN",
	  .read = min,
	  .synopsis = "The smaller of two numbers",
	  .syntax = "MIN(number,number)" },
	{ .name = "MAX",
	  .read = max,
	  .synopsis = "The larger of two numbers",
	  .syntax = "MAX(number,number)" },
	{ .name = "ABS",
	  .read = absolute,
	  .synopsis = "A number without its sign",
	  .syntax = "ABS(number)" },
	{ .name = "RAND",
	  .read = rand_read,
	  .synopsis = "A random number, both ends included",
	  .syntax = "RAND([min][,max])" },
	{ 0 }
};

RD_MODULE(.name = "func_math", .synopsis = "Numbers", .functions = functions);
