/* Goto, GotoIf, GotoIfTime: going on elsewhere in the dialplan. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/dialplan.h>
#include <ringdown/module.h>

static int jump(struct rd_channel *ch, const char *app, const char *target)
{
	int rc = rd_dialplan_parse_goto(ch, target);

	if (rc == 0)
		return RD_APP_JUMP;
	if (rc == -ENOENT)
		rd_app_error(ch, "%s: there is no label for '%s'", app, target);
	else if (rc == -EINVAL)
		rd_app_error(ch, "%s: expected [[context,]extension,]priority or label, not '%s'",
			     app, target);
	return rc;
}

static int goto_run(struct rd_channel *ch, const char *args)
{
	return jump(ch, "Goto", args);
}

/* Neither empty nor 0, as $[...] writes it. */
static bool is_true(struct rd_str condition)
{
	condition = rd_str_trim(condition);
	for (size_t i = 0; i < condition.n; i++)
		if (condition.p[i] != '0')
			return true;
	return false;
}

/* "condition?then:else": the place to go to, "" for none; false without '?'. */
static bool choose(const char *args, bool condition_holds, struct rd_str *target)
{
	struct rd_str rest = rd_str_of(args), head, then;

	if (!rd_str_cut(&rest, '?', &head))
		return false;
	rd_str_cut(&rest, ':', &then);
	*target = rd_str_trim(condition_holds ? then : rest);
	return true;
}

static int jump_to(struct rd_channel *ch, const char *app, struct rd_str target)
{
	char *copy;
	int rc;

	if (target.n == 0)
		return 0;
	copy = rd_strndup(target.p, target.n);
	if (!copy)
		return -ENOMEM;
	rc = jump(ch, app, copy);
	rd_free(copy);
	return rc;
}

static int goto_if(struct rd_channel *ch, const char *args)
{
	struct rd_str rest = rd_str_of(args), condition, target;

	rd_str_cut(&rest, '?', &condition);
	if (!choose(args, is_true(condition), &target)) {
		rd_app_error(ch, "GotoIf: expected condition?[place][:[place]]");
		return -EINVAL;
	}
	return jump_to(ch, "GotoIf", target);
}

static int goto_if_time(struct rd_channel *ch, const char *args)
{
	struct rd_str rest = rd_str_of(args), times, target;
	char spec[160];
	int now = -EINVAL;

	rd_str_cut(&rest, '?', &times);
	if (rd_strcpyn(spec, sizeof(spec), times))
		now = rd_dialplan_time_matches(spec);
	if (now < 0 || !choose(args, now > 0, &target)) {
		rd_app_error(ch, "GotoIfTime: expected times,weekdays,monthdays,months"
				 "[,timezone]?[place][:[place]], not '%s'", args);
		return -EINVAL;
	}
	return jump_to(ch, "GotoIfTime", target);
}

static const char *check_goto(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return *args ? NULL : "needs a place to go to";
}

static const char *check_branches(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return strchr(args, '?') ? NULL : "needs condition?place:place";
}

static const struct rd_app apps[] = {
	{ .name = "Goto", .run = goto_run, .synopsis = "Go on at another place",
	  .syntax = "Goto([[context,]extension,]priority)",
	  .description = "A priority may be a number, a label, or +n and -n from here.",
	  .check = check_goto },
	{ .name = "GotoIf", .run = goto_if, .synopsis = "Go on at one of two places",
	  .syntax = "GotoIf(condition?[place][:[place]])",
	  .description = "A condition is true when it is neither empty nor 0. Where a place "
			 "is left out, the next priority follows.",
	  .check = check_branches },
	{ .name = "GotoIfTime", .run = goto_if_time,
	  .synopsis = "Go on elsewhere at certain times",
	  .syntax = "GotoIfTime(times,weekdays,monthdays,months[,timezone]?[place][:[place]])",
	  .description = "For example 09:00-17:00,mon-fri,*,*?open:closed",
	  .check = check_branches },
	{ 0 }
};

RD_MODULE(.name = "app_goto", .synopsis = "Going elsewhere in the dialplan", .apps = apps);
