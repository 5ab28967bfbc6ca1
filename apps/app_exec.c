/* Exec, TryExec and ExecIf: applications whose name is found while the call
 * runs. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/dialplan.h>
#include <ringdown/module.h>

/* "Playback(hello)" run on ch; -ENOENT when there is no such application. */
static int run_text(struct rd_channel *ch, struct rd_str text)
{
	char *copy = rd_strndup(text.p, text.n), *args = "", *close;
	int rc;

	if (!copy)
		return -ENOMEM;
	if (strchr(copy, '(')) {
		args = strchr(copy, '(');
		*args++ = '\0';
		close = strrchr(args, ')');
		if (close)
			*close = '\0';
	}
	rc = rd_app_find(copy) ? rd_app_run(ch, copy, args) : -ENOENT;
	if (rc == -ENOENT)
		rd_app_error(ch, "there is no application '%s'", copy);
	rd_free(copy);
	return rc;
}

/* Exec's text holds variables of variables: it is replaced once more. */
static int expand_and_run(struct rd_channel *ch, const char *args)
{
	struct rd_buf text;
	int rc;

	rd_buf_init(&text);
	rc = rd_dialplan_expand(ch, args, &text);
	if (rc == 0)
		rc = run_text(ch, rd_str_trim(rd_str_of(rd_buf_text(&text))));
	rd_buf_fini(&text);
	return rc;
}

static int exec_app(struct rd_channel *ch, const char *args)
{
	return *args ? expand_and_run(ch, args) : 0;
}

static int tryexec_app(struct rd_channel *ch, const char *args)
{
	bool known;
	int rc;
	struct rd_str rest = rd_str_of(args), name;
	char copy[80];

	rd_str_cut(&rest, '(', &name);
	rd_strcpyn(copy, sizeof(copy), rd_str_trim(name));
	known = strchr(copy, '$') || rd_app_find(copy);
	rc = known ? expand_and_run(ch, args) : -ENOENT;
	if (rd_channel_gone(ch) || rc == RD_APP_JUMP || rc == -ECANCELED)
		return rc;
	rd_var_set(ch, "TRYSTATUS", !known ? "NOAPP" : rc < 0 ? "FAILED" : "SUCCESS");
	return rc > 0 ? rc : 0;
}

static int execif_app(struct rd_channel *ch, const char *args)
{
	struct rd_str condition, then, otherwise, branch;

	if (!rd_app_branches(args, &condition, &then, &otherwise)) {
		rd_app_error(ch, "expected condition?application(args)[:application(args)]");
		return -EINVAL;
	}
	branch = rd_app_true(condition) ? then : otherwise;
	return branch.n ? run_text(ch, branch) : 0;
}

static const char *check_exec_if(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return strchr(args, '?') ? NULL : "needs condition?application";
}

static const struct rd_app apps[] = {
	{ .name = "Exec", .run = exec_app,
	  .synopsis = "Run an application whose name is in a variable",
	  .syntax = "Exec(application(args))" },
	{ .name = "TryExec", .run = tryexec_app,
	  .synopsis = "Run an application and go on even when it fails",
	  .syntax = "TryExec(application(args))",
	  .description = "TRYSTATUS is SUCCESS, FAILED or NOAPP afterwards." },
	{ .name = "ExecIf", .run = execif_app, .synopsis = "Run one of two applications",
	  .syntax = "ExecIf(condition?application[(args)][:application[(args)]])",
	  .description = "A condition is true when it is neither empty nor 0.",
	  .check = check_exec_if },
	{ 0 }
};

RD_MODULE(.name = "app_exec", .synopsis = "Applications by name", .apps = apps);
