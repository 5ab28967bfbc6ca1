/* Goto, GotoIf, GotoIfTime: going on elsewhere in the dialplan. Incomplete: to
 * a longer extension, when the caller has dialled it. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/dialplan.h>
#include <ringdown/module.h>

static int jump(struct rd_channel *ch, const char *target)
{
	int rc = rd_dialplan_goto(ch, target);

	if (rc == 0)
		return RD_APP_JUMP;
	if (rc == -ENOENT)
		rd_app_error(ch, "there is no label for '%s'", target);
	else if (rc == -EINVAL)
		rd_app_error(ch, "expected [[context,]extension,]priority or label, not '%s'",
			     target);
	return rc;
}

static int goto_app(struct rd_channel *ch, const char *args)
{
	return jump(ch, args);
}

static int jump_to(struct rd_channel *ch, struct rd_str target)
{
	char *copy;
	int rc;

	if (target.n == 0)
		return 0;
	copy = rd_strndup(target.p, target.n);
	if (!copy)
		return -ENOMEM;
	rc = jump(ch, copy);
	rd_free(copy);
	return rc;
}

static int gotoif_app(struct rd_channel *ch, const char *args)
{
	struct rd_str condition, then, otherwise;

	if (!rd_app_branches(args, &condition, &then, &otherwise)) {
		rd_app_warning(ch, "expected condition?[place][:[place]]; it goes on");
		return 0;
	}
	return jump_to(ch, rd_app_true(condition) ? then : otherwise);
}

static int gotoiftime_app(struct rd_channel *ch, const char *args)
{
	struct rd_str times, then, otherwise;
	char spec[160];
	int now = -EINVAL;

	if (rd_app_branches(args, &times, &then, &otherwise) &&
	    rd_strcpyn(spec, sizeof(spec), times))
		now = rd_dialplan_time_matches(spec);
	if (now < 0) {
		rd_app_error(ch, "expected times,weekdays,monthdays,months"
				 "[,timezone]?[place][:[place]], not '%s'", args);
		return -EINVAL;
	}
	return jump_to(ch, now ? then : otherwise);
}

/* "n": do not answer first, so that the driver may ask for digits its own way. */
static int incomplete_app(struct rd_channel *ch, const char *args)
{
	if (rd_channel_state(ch) != RD_CHANNEL_UP && !strchr(args, 'n')) {
		int rc = rd_answer(ch);

		if (rc)
			return rc;
	}
	return RD_APP_INCOMPLETE;
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
	{ .name = "Goto", .run = goto_app, .synopsis = "Go on at another place",
	  .syntax = "Goto([[context,]extension,]priority)",
	  .description = "A priority may be a number, a label, or +n and -n from here.",
	  .check = check_goto },
	{ .name = "GotoIf", .run = gotoif_app, .synopsis = "Go on at one of two places",
	  .syntax = "GotoIf(condition?[place][:[place]])",
	  .description = "A condition is true when it is neither empty nor 0. Where a place "
			 "is left out, the next priority follows.",
	  .check = check_branches },
	{ .name = "GotoIfTime", .run = gotoiftime_app,
	  .synopsis = "Go on elsewhere at certain times",
	  .syntax = "GotoIfTime(times,weekdays,monthdays,months[,timezone]?[place][:[place]])",
	  .description = "For example 09:00-17:00,mon-fri,*,*?open:closed",
	  .check = check_branches },
	{ .name = "Incomplete", .run = incomplete_app,
	  .synopsis = "Wait for more digits of the extension", .syntax = "Incomplete([n])",
	  .description = "Answers first, unless n is given." },
	{ 0 }
};

RD_MODULE(.name = "app_goto", .synopsis = "Going elsewhere in the dialplan", .apps = apps);
