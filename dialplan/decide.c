/* What a call does when its extension has no next step: wait for digits, go on at i, t
 * or e, or end. */
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/dial.h>
#include <ringdown/log.h>

#include "dialplan/run.h"

#define NUMBER_SIZE 81

static int go(struct dp_run *run, const char *exten)
{
	rd_channel_set_place(run->ch, NULL, exten, 1);
	return 0;
}

/* To the e extension, which may ask for what happened; false without one. */
static bool raise_exception(struct dp_run *run, const char *reason)
{
	struct rd_pool *pool = rd_channel_pool(run->ch);

	if (strcmp(rd_channel_exten(run->ch), "e") == 0 || !dp_run_exists(run, "e", 1))
		return false;
	run->exception = reason;
	run->exception_context = rd_pool_strdup(pool, rd_channel_context(run->ch));
	run->exception_exten = rd_pool_strdup(pool, rd_channel_exten(run->ch));
	run->exception_priority = rd_channel_priority(run->ch);
	go(run, "e");
	return true;
}

/* The line to be mended is that of the jump, not of the place that is missing. */
static void complain_of_jump(const struct dp_run *run, const char *more)
{
	rd_warning("%s: %s:%d: %s: there is no %s,%s,%d%s", rd_channel_name(run->ch),
		   run->jump->file, run->jump->line, run->jump->app, rd_channel_context(run->ch),
		   rd_channel_exten(run->ch), rd_channel_priority(run->ch), more);
}

/* A Return() or the end of a loop may well come to where an extension ends. */
static bool is_meant_to_arrive(const struct dp_step *step)
{
	return strncasecmp(step->app, "Go", 2) == 0 || strcasecmp(step->app, "ExecIf") == 0;
}

static int invalid(struct dp_run *run, const char *number)
{
	if (dp_run_exists(run, "i", 1)) {
		rd_var_set(run->ch, "INVALID_EXTEN", number);
		return go(run, "i");
	}
	if (raise_exception(run, "INVALID"))
		return 0;
	if (run->jump)
		complain_of_jump(run, ", and no i or e in that context");
	else
		rd_app_warning(run->ch, "no extension %s in context %s, and no i or e there",
			       number, rd_channel_context(run->ch));
	return -EADDRNOTAVAIL;
}

static int timed_out(struct dp_run *run)
{
	if (dp_run_exists(run, "t", 1))
		return go(run, "t");
	if (raise_exception(run, "RESPONSETIMEOUT"))
		return 0;
	rd_notice("%s: dialled nothing, and there is no t or e in context %s",
		  rd_channel_name(run->ch), rd_channel_context(run->ch));
	return -ETIMEDOUT;
}

/* Where the caller dialled to. */
static int dialled(struct dp_run *run, const char *number)
{
	if (!*number)
		return timed_out(run);
	if (dp_run_exists(run, number, 1)) {
		rd_channel_set_place(run->ch, NULL, number, 1);
		return 0;
	}
	return invalid(run, number);
}

/* The status may be the dialplan's own word. */
static int cause_of_status(const char *status)
{
	if (strcmp(status, "BUSY") == 0)
		return RD_CAUSE_BUSY;
	if (strcmp(status, "CONGESTION") == 0 || strcmp(status, "CHANUNAVAIL") == 0)
		return RD_CAUSE_CONGESTION;
	return RD_CAUSE_NORMAL;
}

/* The extension came to its end and the caller is not asked for digits: say
 * so as the last Dial() ended. */
static int fall_through(struct dp_run *run)
{
	const char *status = rd_var_get(run->ch, "DIALSTATUS");
	int cause = rd_dialled_cause(run->ch);

	rd_verbose("%s: the extension ends here (DIALSTATUS %s)", rd_channel_name(run->ch),
		   status ? status : "not set");
	if (status && rd_channel_state(run->ch) != RD_CHANNEL_UP)
		rd_hangup(run->ch, cause ? cause : cause_of_status(status));
	return -ENODATA;
}

/* No further step. 0: the place is set anew; negative: the call ends. */
static int at_end(struct dp_run *run)
{
	char number[NUMBER_SIZE] = "";
	int rc;

	if (!dp_run_exists(run, rd_channel_exten(run->ch), 1))
		return invalid(run, rd_channel_exten(run->ch));
	if (run->jump && is_meant_to_arrive(run->jump))
		complain_of_jump(run, "");
	if (!run->plan || run->plan->autofallthrough)
		return fall_through(run);
	run->jump = NULL; /* what the caller dials is no jump's doing */
	rc = dp_collect(run, number, sizeof(number),
			rd_channel_timeout(run->ch, RD_TIMEOUT_RESPONSE));
	return rc ? rc : dialled(run, number);
}

/* A key was pressed in a menu, or the extension wants to be longer. */
static int more_digits(struct dp_run *run, int outcome)
{
	char number[NUMBER_SIZE] = "";
	size_t had = 0;
	int rc;

	if (outcome == DP_INCOMPLETE) {
		if (strcmp(rd_channel_exten(run->ch), "s") != 0)
			rd_strcpy(number, sizeof(number), rd_channel_exten(run->ch));
		had = strlen(number);
	} else {
		number[0] = (char)outcome;
	}
	rc = dp_collect(run, number, sizeof(number), rd_channel_timeout(run->ch, RD_TIMEOUT_DIGIT));
	if (rc)
		return rc;
	if (outcome == DP_INCOMPLETE && strlen(number) == had)
		return timed_out(run);
	return dialled(run, number);
}

int dp_decide(struct dp_run *run, int outcome)
{
	const char *reason = outcome == -ETIMEDOUT ? "RESPONSETIMEOUT" : "ERROR";

	if (outcome >= DP_INCOMPLETE)
		return more_digits(run, outcome);
	if (outcome >= 0)
		return at_end(run);
	if (outcome != -ECANCELED && !rd_channel_gone(run->ch) && raise_exception(run, reason))
		return 0;
	return outcome;
}
