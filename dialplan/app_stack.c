/* Gosub, GosubIf, Return, StackPop, and LOCAL(): subroutines in the dialplan.
 * They are the interpreter's own, because it keeps the frames. */
#include <stdio.h>

#include <ringdown/app.h>

#include "dialplan/module.h"
#include "dialplan/run.h"

/* "sub-x,s,1(a,b)" at *target: cut off the arguments, "" when there are none. */
static char *cut_args(char *target)
{
	char *open = strchr(target, '('), *close;

	if (!open)
		return target + strlen(target);
	*open = '\0';
	close = strrchr(open + 1, ')');
	if (close)
		*close = '\0';
	return open + 1;
}

static int call(struct rd_channel *ch, const char *text)
{
	struct dp_run *run;
	char *target, *args;
	int rc = dp_run_of(ch, &run);

	if (rc)
		return rc;
	target = rd_strdup(text);
	if (!target)
		return -ENOMEM;
	args = cut_args(target);
	rc = dp_stack_call(run, target, args);
	if (rc && rc != -ENOMEM && rc != -ELOOP)
		rd_app_error(ch, "there is no '%s'", target);
	rd_free(target);
	return rc ? rc : RD_APP_JUMP;
}

static int gosub_app(struct rd_channel *ch, const char *args)
{
	if (!*args) {
		rd_app_error(ch, "expected [[context,]exten,]priority[(arg1[,...])]");
		return -EINVAL;
	}
	return call(ch, args);
}

static int gosubif_app(struct rd_channel *ch, const char *args)
{
	struct rd_str condition, then, otherwise, branch;
	char *target;
	int rc;

	if (!rd_app_branches(args, &condition, &then, &otherwise)) {
		rd_app_error(ch, "expected condition?place[(args)][:place[(args)]]");
		return -EINVAL;
	}
	branch = rd_app_true(condition) ? then : otherwise;
	if (branch.n == 0)
		return 0;
	target = rd_strndup(branch.p, branch.n);
	rc = target ? call(ch, target) : -ENOMEM;
	rd_free(target);
	return rc;
}

static int return_app(struct rd_channel *ch, const char *args)
{
	struct dp_run *run;
	int rc = dp_run_of(ch, &run);

	if (rc == 0)
		rc = dp_stack_return(run, args);
	if (rc == -ENOENT)
		rd_app_error(ch, "no Gosub() has led here");
	return rc ? rc : RD_APP_JUMP;
}

static int stackpop_app(struct rd_channel *ch, const char *args)
{
	struct dp_run *run;
	int rc = dp_run_of(ch, &run);

	(void)args;
	if (rc == 0 && dp_stack_pop(run) == -ENOENT)
		rd_app_warning(ch, "no Gosub() has led here");
	return rc;
}

const struct rd_app dp_apps[] = {
	{ .name = "Gosub", .run = gosub_app, .synopsis = "Run a subroutine and come back",
	  .syntax = "Gosub([[context,]exten,]priority[(arg1[,...])])",
	  .description = "Goes to the place and comes back to the next priority at Return(). "
			 "The arguments are ARG1, ARG2, ... there, their number is ARGC." },
	{ .name = "GosubIf", .run = gosubif_app, .synopsis = "Run one of two subroutines",
	  .syntax = "GosubIf(condition?[place[(args)]][:[place[(args)]]])",
	  .description = "A condition is true when it is neither empty nor 0." },
	{ .name = "Return", .run = return_app, .synopsis = "Come back from a subroutine",
	  .syntax = "Return([value])",
	  .description = "The value is in GOSUB_RETVAL afterwards." },
	{ .name = "StackPop", .run = stackpop_app,
	  .synopsis = "Forget where the subroutine would come back to",
	  .syntax = "StackPop()" },
	{ .name = "While", .run = dp_while_app, .synopsis = "Repeat as long as a condition holds",
	  .syntax = "While(condition)",
	  .description = "Runs what stands between it and its EndWhile() again and again." },
	{ .name = "EndWhile", .run = dp_endwhile_app, .synopsis = "The end of a While()",
	  .syntax = "EndWhile()" },
	{ .name = "ExitWhile", .run = dp_exitwhile_app, .synopsis = "Leave the While() loop",
	  .syntax = "ExitWhile()" },
	{ .name = "ContinueWhile", .run = dp_continuewhile_app,
	  .synopsis = "Go to the next round of the While() loop", .syntax = "ContinueWhile()" },
	{ 0 }
};

/* -- LOCAL() --------------------------------------------------------------------- */

static int local_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const char *value = rd_var_get(ch, args);

	rd_buf_adds(out, value ? value : "");
	return 0;
}

static int local_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct dp_run *run;
	int rc = ch ? dp_run_of(ch, &run) : -EINVAL;

	if (rc)
		return rc;
	rc = dp_stack_set_local(run, args, value);
	if (rc == -ENOENT)
		rd_app_warning(ch, "LOCAL(%s): no Gosub() has led here", args);
	return rc;
}

static int print_exception(const struct dp_run *run, const char *what, struct rd_buf *out)
{
	if (strcmp(what, "reason") == 0)
		rd_buf_adds(out, run->exception);
	else if (strcmp(what, "context") == 0)
		rd_buf_adds(out, run->exception_context ? run->exception_context : "");
	else if (strcmp(what, "exten") == 0)
		rd_buf_adds(out, run->exception_exten ? run->exception_exten : "");
	else if (strcmp(what, "priority") == 0)
		rd_buf_printf(out, "%d", run->exception_priority);
	else
		return -EINVAL;
	return 0;
}

static int exception_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const struct dp_run *run = ch ? dp_run_find(ch) : NULL;

	return run && run->exception ? print_exception(run, args, out) : 0;
}

static const char *exception_check(const char *args, char *buf, size_t size)
{
	const struct dp_run any = { .exception = "" };
	struct rd_buf out;
	int rc;

	rd_buf_init(&out);
	rc = print_exception(&any, args, &out);
	rd_buf_fini(&out);
	snprintf(buf, size, "it is reason, context, exten or priority, not \"%s\"", args);
	return rc == -EINVAL ? buf : NULL;
}

static const char *local_check(const char *name, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return *name ? NULL : "which variable?";
}

const struct rd_function dp_functions[] = {
	{ .name = "LOCAL",
	  .read = local_read,
	  .write = local_write,
	  .check = local_check,
	  .synopsis = "A variable of this subroutine",
	  .syntax = "LOCAL(name)",
	  .description = "Set in a subroutine, it has its former value again after Return()." },
	{ .name = "EXCEPTION",
	  .read = exception_read,
	  .check = exception_check,
	  .synopsis = "Why the e extension runs",
	  .syntax = "EXCEPTION(reason|context|exten|priority)",
	  .description = "The reason is INVALID, ERROR or RESPONSETIMEOUT." },
	{ 0 }
};
