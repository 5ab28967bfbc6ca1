/* Arguments of dialplan functions, and the variables that they name. */
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
