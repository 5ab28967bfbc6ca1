/* Arguments of dialplan functions, and the variables that they name. */
#include <stdio.h>

#include <ringdown/dialplan.h>
#include <ringdown/regex.h>

#include "modules/func.h"

int func_args_read(struct func_args *args, const char *text, int max)
{
	rd_assert(max <= FUNC_ARGS);
	args->argc = 0;
	if (rd_pool_new(&args->pool, 256)) {
		args->pool = NULL;
		return -ENOMEM;
	}
	args->argc = rd_app_args(args->pool, text, args->argv, max);
	if (args->argc >= 0)
		return 0;
	rd_pool_free(args->pool);
	args->pool = NULL;
	return -ENOMEM;
}

void func_args_free(struct func_args *args)
{
	rd_pool_free(args->pool);
}

int func_read_named(struct rd_channel *ch, const char *name, struct rd_buf *out)
{
	struct rd_buf reference;
	int rc;

	rd_buf_init(&reference);
	rd_buf_printf(&reference, "${%s}", name);
	rc = reference.failed ? -ENOMEM : rd_dialplan_expand(ch, rd_buf_text(&reference), out);
	rd_buf_fini(&reference);
	return rc;
}

/* "FUNCTION(args)" in two; false: it is a variable. */
static bool cut_call(const char *text, struct rd_str *name, struct rd_str *args)
{
	struct rd_str rest = rd_str_trim(rd_str_of(text));

	if (!rd_str_cut(&rest, '(', name) || !rest.n || rest.p[rest.n - 1] != ')')
		return false;
	*args = (struct rd_str){ rest.p, rest.n - 1 };
	return true;
}

static const char *function_fault(const char *name, const char *args, bool set, char *buf,
				  size_t size)
{
	const struct rd_function *function = rd_function_find(name);

	if (!function)
		snprintf(buf, size, "there is no function %s", name);
	else if (set ? !function->write : !function->read)
		snprintf(buf, size, "%s() cannot be %s", name, set ? "set" : "read");
	else
		return function->check ? function->check(args, buf, size) : NULL;
	return buf;
}

const char *func_check_named(const char *text, bool set, char *buf, size_t size)
{
	char name_text[80], args_text[256];
	struct rd_str name, args;

	if (!*text)
		return "which variable?";
	if (!cut_call(text, &name, &args) || !rd_strcpyn(name_text, sizeof(name_text), name) ||
	    !rd_strcpyn(args_text, sizeof(args_text), args))
		return NULL;
	return function_fault(name_text, args_text, set, buf, size);
}

const char *func_check_read(func_read *read, const char *args, const char *expected)
{
	struct rd_buf out;
	int rc;

	rd_buf_init(&out);
	rc = read(NULL, args, &out);
	rd_buf_fini(&out);
	return rc && rc != -ENOMEM ? expected : NULL;
}

const char *func_check_regex(const char *pattern, char *buf, size_t size)
{
	struct rd_regex *re = NULL;
	int rc = rd_regex_new(&re, pattern);

	rd_regex_free(re);
	if (!rc || rc == -ENOMEM)
		return NULL;
	snprintf(buf, size, "the regular expression %s", rd_regex_error(rc));
	return buf;
}

char func_delimiter(const char *text, char fallback)
{
	if (text[0] != '\\' || !text[1])
		return text[0] ? text[0] : fallback;
	switch (text[1]) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	default:
		return text[1];
	}
}

int func_regex_failed(struct rd_channel *ch, const char *function, int rc)
{
	if (rc == -ENOMEM)
		return rc;
	rd_app_warning(ch, "%s: the regular expression %s", function, rd_regex_error(rc));
	return 0;
}
