/* IF, IFTIME, ISNULL, EXISTS, SET: choosing values. */
#include <ringdown/dialplan.h>
#include <ringdown/function.h>
#include <ringdown/module.h>
#include <ringdown/var.h>

#include "modules/func.h"

static void add_unquoted(struct rd_buf *out, struct rd_str s)
{
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"') {
		s.p++;
		s.n -= 2;
	}
	if (s.n)
		rd_buf_add(out, s.p, s.n);
}

static int if_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str condition, then, otherwise;

	(void)ch;
	if (!rd_app_branches(args, &condition, &then, &otherwise))
		return -EINVAL;
	add_unquoted(out, rd_app_true(condition) ? then : otherwise);
	return 0;
}

static int iftime_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str times, then, otherwise;
	char spec[160];
	int now;

	(void)ch;
	if (!rd_app_branches(args, &times, &then, &otherwise) ||
	    !rd_strcpyn(spec, sizeof(spec), times))
		return -EINVAL;
	now = rd_dialplan_time_matches(spec);
	if (now < 0)
		return now;
	add_unquoted(out, now ? then : otherwise);
	return 0;
}

static int isnull_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	rd_buf_addc(out, *args ? '0' : '1');
	return 0;
}

static int exists_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	rd_buf_addc(out, *args ? '1' : '0');
	return 0;
}

static int set_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const char *equals = rd_app_equals(args);
	struct rd_str name = { args, equals ? (size_t)(equals - args) : 0 };
	char *copy;
	int rc;

	name = rd_str_trim(name);
	if (!name.n)
		return -EINVAL;
	copy = rd_strndup(name.p, name.n);
	if (!copy)
		return -ENOMEM;
	rd_buf_adds(out, equals + 1);
	rc = rd_var_assign(ch, copy, equals + 1);
	rd_free(copy);
	return rc;
}

static const char *if_check(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return func_check_read(if_read, args, "expected condition?[true][:[false]]");
}

static const char *iftime_check(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return func_check_read(iftime_read, args,
			       "expected times,weekdays,monthdays,months?[true][:[false]]");
}

static const char *set_check(const char *args, char *buf, size_t size)
{
	const char *equals = rd_app_equals(args);
	char name[256];

	if (!equals || equals == args)
		return "expected name=value";
	if (!rd_strcpyn(name, sizeof(name), (struct rd_str){ args, (size_t)(equals - args) }))
		return NULL;
	return func_check_named(name, true, buf, size);
}

static const struct rd_function functions[] = {
	{ .name = "IF",
	  .read = if_read,
	  .check = if_check,
	  .synopsis = "One of two texts",
	  .syntax = "IF(condition?[true][:[false]])",
	  .description = "A condition is true when it is neither empty nor 0." },
	{ .name = "IFTIME",
	  .read = iftime_read,
	  .check = iftime_check,
	  .synopsis = "One of two texts by the time of day",
	  .syntax = "IFTIME(times,weekdays,monthdays,months[,timezone]?[true][:[false]])" },
	{ .name = "ISNULL",
	  .read = isnull_read,
	  .synopsis = "1 when a text is empty",
	  .syntax = "ISNULL(text)" },
	{ .name = "EXISTS",
	  .read = exists_read,
	  .synopsis = "1 when a text is not empty",
	  .syntax = "EXISTS(text)" },
	{ .name = "SET",
	  .read = set_read,
	  .expands = true,
	  .check = set_check,
	  .synopsis = "Set a variable or function and give the value",
	  .syntax = "SET(name=[value])" },
	{ 0 }
};

RD_MODULE(.name = "func_logic", .synopsis = "Choosing values", .functions = functions);
