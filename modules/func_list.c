/* CUT, FIELDQTY, FIELDNUM, LISTFILTER, PUSH, POP, SHIFT, UNSHIFT: lists kept
 * in a variable, their fields parted by a character. */
#include <stdlib.h>

#include <ringdown/module.h>

#include "modules/func.h"

/* A call's arguments and the value of the variable that the first one names. */
struct list_call {
	struct func_args args;
	struct rd_buf value;
	char delimiter;
};

static int list_begin(struct list_call *call, struct rd_channel *ch, const char *args, int max,
		      char fallback)
{
	int rc = func_args_read(&call->args, args, max);

	rd_buf_init(&call->value);
	if (rc == 0 && call->args.argc < 1)
		rc = -EINVAL;
	if (rc)
		return rc;
	call->delimiter = func_delimiter(call->args.argv[1], fallback);
	return func_read_named(ch, call->args.argv[0], &call->value);
}

static int list_end(struct list_call *call, int rc)
{
	rd_buf_fini(&call->value);
	func_args_free(&call->args);
	return rc;
}

/* Is field n (from 1) in "1-3&5&7-"? */
static bool in_ranges(const char *ranges, long n)
{
	while (*ranges) {
		char *end;
		long from = *ranges == '-' ? 1 : strtol(ranges, &end, 10), to = from;

		if (*ranges == '-')
			end = (char *)ranges;
		if (*end == '-') {
			char *after;

			to = strtol(end + 1, &after, 10);
			if (after == end + 1)
				to = INT32_MAX;
			end = after;
		}
		if (n >= from && n <= to)
			return true;
		ranges = *end == '&' ? end + 1 : end + strlen(end);
	}
	return false;
}

static int cut_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct list_call call;
	int rc = list_begin(&call, ch, args, 4, '-');
	struct rd_str rest, field;
	bool more = true, first = true;

	if (rc == 0 && call.args.argc < 3)
		rc = -EINVAL;
	rest = rd_str_of(rd_buf_text(&call.value));
	for (long n = 1; rc == 0 && more; n++) {
		more = rd_str_cut(&rest, call.delimiter, &field);
		if (!in_ranges(call.args.argv[2], n))
			continue;
		if (!first)
			rd_buf_addc(out, call.delimiter);
		rd_buf_add(out, field.p, field.n);
		first = false;
	}
	return list_end(&call, rc);
}

static int fieldqty_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct list_call call;
	int rc = list_begin(&call, ch, args, 3, ','), n = 0;

	if (rc == 0) {
		const char *p = rd_buf_text(&call.value);

		n = *p != '\0';
		for (; *p; p++)
			n += *p == call.delimiter;
		rd_buf_printf(out, "%d", n);
	}
	return list_end(&call, rc);
}

static int fieldnum_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct list_call call;
	int rc = list_begin(&call, ch, args, 4, ','), n = 0, found = 0;
	struct rd_str rest, field;
	bool more = true;

	if (rc == 0 && call.args.argc < 3)
		rc = -EINVAL;
	rest = rd_str_of(rd_buf_text(&call.value));
	while (rc == 0 && more && !found) {
		more = rd_str_cut(&rest, call.delimiter, &field);
		n++;
		if (rd_str_eq(field, rd_str_of(call.args.argv[2])))
			found = n;
	}
	if (rc == 0)
		rd_buf_printf(out, "%d", found);
	return list_end(&call, rc);
}

static int listfilter_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct list_call call;
	int rc = list_begin(&call, ch, args, 4, ',');
	struct rd_str rest, field;
	bool more = true, first = true, taken = false;

	if (rc == 0 && call.args.argc < 3)
		rc = -EINVAL;
	rest = rd_str_of(rd_buf_text(&call.value));
	while (rc == 0 && more) {
		more = rd_str_cut(&rest, call.delimiter, &field);
		if (!taken && rd_str_eq(field, rd_str_of(call.args.argv[2]))) {
			taken = true;
			continue;
		}
		if (!first)
			rd_buf_addc(out, call.delimiter);
		rd_buf_add(out, field.p, field.n);
		first = false;
	}
	return list_end(&call, rc);
}

/* Take the first or the last field off the variable. */
static int take(struct rd_channel *ch, const char *args, bool last, struct rd_buf *out)
{
	struct list_call call;
	int rc = list_begin(&call, ch, args, 2, ',');
	char *text = call.value.p, *at;

	if (rc || call.value.n == 0)
		return list_end(&call, rc);
	at = last ? strrchr(text, call.delimiter) : strchr(text, call.delimiter);
	if (at)
		*at++ = '\0';
	rd_buf_adds(out, last && at ? at : text);
	rc = rd_var_set(ch, call.args.argv[0], !at ? "" : last ? text : at);
	return list_end(&call, rc);
}

static int pop_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	return take(ch, args, true, out);
}

static int shift_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	return take(ch, args, false, out);
}

static int put(struct rd_channel *ch, const char *args, const char *value, bool last)
{
	struct list_call call;
	int rc = list_begin(&call, ch, args, 2, ',');
	struct rd_buf joined;

	rd_buf_init(&joined);
	if (rc == 0) {
		const char *old = rd_buf_text(&call.value);

		rd_buf_adds(&joined, last ? old : value);
		if (*old)
			rd_buf_addc(&joined, call.delimiter);
		rd_buf_adds(&joined, last ? value : old);
		rc = joined.failed ? -ENOMEM :
				     rd_var_set(ch, call.args.argv[0], rd_buf_text(&joined));
	}
	rd_buf_fini(&joined);
	return list_end(&call, rc);
}

static int push_write(struct rd_channel *ch, const char *args, const char *value)
{
	return put(ch, args, value, true);
}

static int unshift_write(struct rd_channel *ch, const char *args, const char *value)
{
	return put(ch, args, value, false);
}

static const char *check_read(struct rd_pool *pool, const char *const *argv, char *buf, size_t size)
{
	(void)pool;
	return func_check_named(argv[0], false, buf, size);
}

static const char *read_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 4, check_read, buf, size);
}

static const char *check_three(struct rd_pool *pool, const char *const *argv, char *buf,
			       size_t size)
{
	if (!*argv[2])
		return "the third argument is missing";
	return check_read(pool, argv, buf, size);
}

static const char *three_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 4, check_three, buf, size);
}

static const char *check_variable(struct rd_pool *pool, const char *const *argv, char *buf,
				  size_t size)
{
	(void)pool;
	(void)buf;
	(void)size;
	return *argv[0] && !strchr(argv[0], '(') ? NULL : "expected the name of a variable";
}

static const char *variable_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_variable, buf, size);
}

static const struct rd_function functions[] = {
	{ .name = "CUT",
	  .read = cut_read,
	  .expands = true,
	  .check = three_check,
	  .synopsis = "Fields of a variable",
	  .syntax = "CUT(name,delimiter,fields)",
	  .description = "Fields as in 1-3&5&7-. The delimiter is - when left out." },
	{ .name = "FIELDQTY",
	  .read = fieldqty_read,
	  .expands = true,
	  .check = read_check,
	  .synopsis = "How many fields a variable has",
	  .syntax = "FIELDQTY(name,delimiter)" },
	{ .name = "FIELDNUM",
	  .read = fieldnum_read,
	  .expands = true,
	  .check = three_check,
	  .synopsis = "Which field a text is, from 1",
	  .syntax = "FIELDNUM(name,delimiter,text)",
	  .description = "0 when it is none." },
	{ .name = "LISTFILTER",
	  .read = listfilter_read,
	  .expands = true,
	  .check = three_check,
	  .synopsis = "A list without one field",
	  .syntax = "LISTFILTER(name,delimiter,text)" },
	{ .name = "PUSH",
	  .write = push_write,
	  .expands = true,
	  .check = variable_check,
	  .synopsis = "Append to a list",
	  .syntax = "PUSH(name[,delimiter])" },
	{ .name = "UNSHIFT",
	  .write = unshift_write,
	  .expands = true,
	  .check = variable_check,
	  .synopsis = "Put at the head of a list",
	  .syntax = "UNSHIFT(name[,delimiter])" },
	{ .name = "POP",
	  .read = pop_read,
	  .expands = true,
	  .check = variable_check,
	  .synopsis = "Take the last field off a list",
	  .syntax = "POP(name[,delimiter])" },
	{ .name = "SHIFT",
	  .read = shift_read,
	  .expands = true,
	  .check = variable_check,
	  .synopsis = "Take the first field off a list",
	  .syntax = "SHIFT(name[,delimiter])" },
	{ 0 }
};

RD_MODULE(.name = "func_list", .synopsis = "Lists in variables", .functions = functions);
