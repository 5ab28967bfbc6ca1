/* MATH, INC, DEC, MIN, MAX, ABS, RAND: numbers. */
#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include <ringdown/module.h>

#include "modules/func.h"

/* -- MATH ------------------------------------------------------------------------ */

enum operation { ADD, SUBTRACT, MULTIPLY, DIVIDE, MODULO, POWER, SHIFT_LEFT, SHIFT_RIGHT,
		 AND, OR, XOR, LESS, GREATER, LESS_EQUAL, GREATER_EQUAL, EQUAL };

/* Longer signs before the shorter ones that they begin with. */
static const struct {
	const char *sign;
	enum operation operation;
} signs[] = {
	{ "**", POWER },	{ "^", POWER },
	{ "<<", SHIFT_LEFT },	{ ">>", SHIFT_RIGHT },
	{ "<=", LESS_EQUAL },	{ ">=", GREATER_EQUAL }, { "==", EQUAL },
	{ "AND", AND },		{ "OR", OR },		 { "XOR", XOR },
	{ "+", ADD },		{ "-", SUBTRACT },	 { "*", MULTIPLY },
	{ "/", DIVIDE },	{ "%", MODULO },	 { "<", LESS },
	{ ">", GREATER },
};

static bool read_operation(const char **p, enum operation *operation)
{
	while (**p == ' ')
		++*p;
	for (size_t i = 0; i < RD_ARRAY_SIZE(signs); i++) {
		size_t n = strlen(signs[i].sign);

		if (strncasecmp(*p, signs[i].sign, n) == 0) {
			*operation = signs[i].operation;
			*p += n;
			return true;
		}
	}
	return false;
}

static bool read_number(const char **p, double *n)
{
	char *end;

	*n = strtod(*p, &end);
	if (end == *p)
		return false;
	*p = end;
	return true;
}

static int compute(double a, double b, enum operation operation, double *result)
{
	long long i = (long long)a, j = (long long)b;

	if ((operation == DIVIDE || operation == MODULO) && b == 0)
		return -EDOM;
	if ((operation == SHIFT_LEFT || operation == SHIFT_RIGHT) && (j < 0 || j > 62))
		return -EDOM;
	switch (operation) {
	case ADD: *result = a + b; break;
	case SUBTRACT: *result = a - b; break;
	case MULTIPLY: *result = a * b; break;
	case DIVIDE: *result = a / b; break;
	case MODULO: *result = fmod(a, b); break;
	case POWER: *result = pow(a, b); break;
	case SHIFT_LEFT: *result = (double)(long long)((unsigned long long)i << j); break;
	case SHIFT_RIGHT: *result = (double)(i >> j); break;
	case AND: *result = (double)(i & j); break;
	case OR: *result = (double)(i | j); break;
	case XOR: *result = (double)(i ^ j); break;
	case LESS: *result = a < b; break;
	case GREATER: *result = a > b; break;
	case LESS_EQUAL: *result = a <= b; break;
	case GREATER_EQUAL: *result = a >= b; break;
	case EQUAL: *result = a == b; break;
	}
	return 0;
}

static int add_typed(struct rd_buf *out, double n, enum operation operation, const char *type)
{
	if (operation >= LESS)
		rd_buf_adds(out, n != 0 ? "TRUE" : "FALSE");
	else if (!*type || strcasecmp(type, "f") == 0 || strcasecmp(type, "float") == 0)
		rd_buf_printf(out, "%f", n);
	else if (strcasecmp(type, "i") == 0 || strcasecmp(type, "int") == 0)
		rd_buf_printf(out, "%lld", (long long)n);
	else if (strcasecmp(type, "h") == 0 || strcasecmp(type, "hex") == 0)
		rd_buf_printf(out, "%llx", (unsigned long long)(long long)n);
	else if (strcasecmp(type, "c") == 0 || strcasecmp(type, "char") == 0)
		rd_buf_addc(out, (char)n);
	else
		return -EINVAL;
	return 0;
}

static int math_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	enum operation operation;
	struct func_args a;
	double left, right, result = 0;
	int rc = func_args_read(&a, args, 2);
	const char *p = a.argv[0];

	(void)ch;
	if (rc == 0 && (!read_number(&p, &left) || !read_operation(&p, &operation) ||
			!read_number(&p, &right)))
		rc = -EINVAL;
	if (rc == 0)
		rc = compute(left, right, operation, &result);
	if (rc == 0)
		rc = add_typed(out, result, operation, a.argv[1]);
	func_args_free(&a);
	return rc;
}

/* -- the others --------------------------------------------------------------------- */

/* As numbers in the dialplan are written: no more digits than needed. */
static void add_number(struct rd_buf *out, double n)
{
	if (fabs(n) < 1e15 && n == trunc(n))
		rd_buf_printf(out, "%lld", (long long)n);
	else
		rd_buf_printf(out, "%.15g", n);
}

static int step(struct rd_channel *ch, const char *name, int by, struct rd_buf *out)
{
	const char *value = rd_var_get(ch, name);
	struct rd_buf text;
	int rc;

	if (!*name)
		return -EINVAL;
	rd_buf_init(&text);
	add_number(&text, (value ? strtod(value, NULL) : 0) + by);
	rd_buf_adds(out, rd_buf_text(&text));
	rc = text.failed ? -ENOMEM : rd_var_set(ch, name, rd_buf_text(&text));
	rd_buf_fini(&text);
	return rc;
}

static int inc_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	return step(ch, args, 1, out);
}

static int dec_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	return step(ch, args, -1, out);
}

static int extreme(const char *args, bool largest, struct rd_buf *out)
{
	struct func_args a;
	int rc = func_args_read(&a, args, FUNC_ARGS);
	double best = 0;

	if (rc == 0 && a.argc == 0)
		rc = -EINVAL;
	for (int i = 0; rc == 0 && i < a.argc; i++) {
		const char *p = a.argv[i];
		double n;

		if (!read_number(&p, &n))
			rc = -EINVAL;
		else if (i == 0 || (largest ? n > best : n < best))
			best = n;
	}
	if (rc == 0)
		add_number(out, best);
	func_args_free(&a);
	return rc;
}

static int min_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	return extreme(args, false, out);
}

static int max_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	return extreme(args, true, out);
}

static int abs_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	double n;

	(void)ch;
	if (!read_number(&args, &n))
		return -EINVAL;
	add_number(out, fabs(n));
	return 0;
}

static int rand_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	int rc = func_args_read(&a, args, 3);
	long long min, max;
	uint64_t random;

	(void)ch;
	if (rc == 0) {
		min = strtoll(a.argv[0], NULL, 10);
		max = *a.argv[1] ? strtoll(a.argv[1], NULL, 10) : INT32_MAX;
		if (max < min) {
			long long swap = max;

			max = min;
			min = swap;
		}
		rd_random(&random, sizeof(random));
		random %= (uint64_t)max - (uint64_t)min + 1 ? (uint64_t)max - (uint64_t)min + 1 : 1;
		rd_buf_printf(out, "%lld", (long long)((uint64_t)min + random));
	}
	func_args_free(&a);
	return rc;
}

static const char *math_check(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return func_check_read(math_read, args, "expected number operator number[,f|i|h|c]");
}

static const char *step_check(const char *name, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return *name ? NULL : "which variable?";
}

static const char *numbers_check(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return func_check_read(min_read, args, "expected number[,number...]");
}

static const char *abs_check(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return func_check_read(abs_read, args, "expected a number");
}

static bool is_whole(const char *text)
{
	char *end;

	strtoll(text, &end, 10);
	return !*end;
}

static const char *check_limits(struct rd_pool *pool, const char *const *argv, char *buf,
				size_t size)
{
	(void)pool;
	(void)buf;
	(void)size;
	return is_whole(argv[0]) && is_whole(argv[1]) ? NULL : "expected [min][,max]";
}

static const char *rand_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 3, check_limits, buf, size);
}

static const struct rd_function functions[] = {
	{ .name = "MATH",
	  .read = math_read,
	  .check = math_check,
	  .synopsis = "One operation on two numbers",
	  .syntax = "MATH(number operator number[,type])",
	  .description = "Operators: + - * / % ** << >> AND OR XOR < > <= >= ==. "
			 "Type: f or float (as it is without), i or int, h or hex, c or char. "
			 "Comparisons give TRUE or FALSE." },
	{ .name = "INC",
	  .read = inc_read,
	  .check = step_check,
	  .synopsis = "Add 1 to a variable, and its new value",
	  .syntax = "INC(name)" },
	{ .name = "DEC",
	  .read = dec_read,
	  .check = step_check,
	  .synopsis = "Subtract 1 from a variable, and its new value",
	  .syntax = "DEC(name)" },
	{ .name = "MIN",
	  .read = min_read,
	  .check = numbers_check,
	  .synopsis = "The least number",
	  .syntax = "MIN(number[,number...])" },
	{ .name = "MAX",
	  .read = max_read,
	  .check = numbers_check,
	  .synopsis = "The greatest number",
	  .syntax = "MAX(number[,number...])" },
	{ .name = "ABS",
	  .read = abs_read,
	  .check = abs_check,
	  .synopsis = "Without its sign",
	  .syntax = "ABS(number)" },
	{ .name = "RAND",
	  .read = rand_read,
	  .check = rand_check,
	  .synopsis = "A random whole number",
	  .syntax = "RAND([min][,max])" },
	{ 0 }
};

RD_MODULE(.name = "func_math", .synopsis = "Numbers", .functions = functions);
