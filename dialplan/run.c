/* The interpreter: step after step of an extension. What follows when there is no next
 * one is in decide.c. Hangs up in the end, and then runs the h extension. */
#include <ringdown/app.h>
#include <ringdown/clock.h>
#include <ringdown/event.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

#include "dialplan/kept.h"
#include "dialplan/run.h"

#define YIELD_EVERY 64
#define TURN_US	    2000
#define HANGUP_MS   30000 /* what the h extension may take */

struct dp_plan *dp_current(void)
{
	return dp_kept->current;
}

void dp_set_current(struct dp_plan *plan)
{
	struct dp_plan *old = dp_kept->current;

	dp_kept->current = plan;
	dp_plan_unref(old);
}

/* -- the state of a channel ---------------------------------------------------- */

static void run_free(void *data)
{
	struct dp_run *run = data;

	dp_stack_free(run);
	dp_plan_unref(run->plan);
	rd_free(run);
}

struct dp_run *dp_run_find(const struct rd_channel *ch)
{
	return rd_channel_attached(ch, &dp_kept->run_key);
}

int dp_run_of(struct rd_channel *ch, struct dp_run **rp)
{
	struct dp_run *run = dp_run_find(ch);
	int rc;

	if (!run) {
		run = rd_zalloc(sizeof(*run));
		if (!run)
			return -ENOMEM;
		rc = rd_channel_attach(ch, &dp_kept->run_key, run, run_free);
		if (rc) {
			rd_free(run);
			return rc;
		}
		run->ch = ch;
		run->plan = dp_plan_ref(dp_kept->current);
	}
	*rp = run;
	return 0;
}

const char *dp_place(const struct rd_channel *ch, int *line)
{
	const struct dp_run *run = dp_run_find(ch);

	if (!run || !run->step)
		return NULL;
	*line = run->step->line;
	return run->step->file;
}

static const char *caller_of(const struct rd_channel *ch)
{
	return rd_channel_party(ch, RD_PARTY_CALLER)->number;
}

bool dp_run_exists(struct dp_run *run, const char *exten, int priority)
{
	struct dp_wanted wanted = { .context = rd_channel_context(run->ch), .number = exten,
				    .caller = caller_of(run->ch), .priority = priority };
	struct dp_found found;

	return run->plan && dp_find(run->plan, &wanted, &found);
}

/* -- one step after the other -------------------------------------------------- */

static bool find_place(struct dp_run *run)
{
	struct dp_wanted wanted = {
		.context = rd_channel_context(run->ch), .number = rd_channel_exten(run->ch),
		.caller = caller_of(run->ch), .priority = rd_channel_priority(run->ch)
	};
	struct dp_found found;

	run->exten = NULL;
	run->step = NULL;
	if (!run->plan || !dp_find(run->plan, &wanted, &found))
		return false;
	run->exten = found.exten;
	run->step = found.step;
	run->first = found.first;
	return true;
}

/* The next priority: mostly the next step of the same extension. */
static bool advance(struct dp_run *run)
{
	const struct dp_step *next = run->step + 1;
	int priority = run->step->priority + 1;

	rd_channel_set_place(run->ch, NULL, NULL, priority);
	if (run->first && run->exten && next < run->exten->steps + run->exten->count &&
	    next->priority == priority) {
		run->step = next;
		return true;
	}
	return find_place(run);
}

/* Where the step has sent the channel. */
static bool follow_jump(struct dp_run *run)
{
	const struct dp_step *from = run->step;
	bool there = find_place(run);

	run->jump = there ? NULL : from;
	return there;
}

static void publish_step(struct dp_run *run, const char *args)
{
	struct rd_event event = { .type = RD_EVENT_CHANNEL_STEP, .channel = run->ch,
				  .name = run->step->app, .text = args,
				  .number = run->depth };

	rd_event_publish(&event);
}

/* What rd_app.run() may return: anything else positive means nothing. */
static bool known_result(int rc)
{
	return rc <= RD_APP_INCOMPLETE || (rc < 128 && strchr("0123456789*#ABCD", rc));
}

static int run_step(struct dp_run *run, struct rd_buf *scratch)
{
	const struct dp_step *step = run->step;
	const char *args = dp_template_constant(step->template);
	int rc = 0;

	if (!args) {
		rd_buf_reset(scratch);
		rc = dp_template_expand(step->template, run->ch, scratch);
		args = rd_buf_text(scratch);
	}
	if (rc)
		return rc;
	rd_verbose("%s: %s,%s,%d: %s(%s)", rd_channel_name(run->ch), rd_channel_context(run->ch),
		   rd_channel_exten(run->ch), step->priority, step->app, args);
	if (rd_event_wanted(RD_EVENT_CHANNEL_STEP))
		publish_step(run, args);
	rc = rd_app_run(run->ch, step->app, args);
	if (rc == -ENOENT && !rd_app_find(step->app))
		rd_app_error(run->ch, "there is no application %s", step->app);
	return known_result(rc) ? rc : 0;
}

/* It may have been a wait that took so long; then one turn more does no harm. */
static bool is_turn_over(const struct dp_run *run)
{
	return run->steps % YIELD_EVERY == 0 || rd_clock_us() - run->turn_us > TURN_US;
}

/* Every so often others get a turn; a loop that never waits is ended. */
static int keep_pace(struct dp_run *run)
{
	uint64_t now = rd_now_us();

	if (now != run->moment)
		run->steps = 0;
	run->moment = now;
	run->steps++;
	if (run->plan && run->steps > run->plan->step_limit) {
		rd_app_error(run->ch, "%d steps without a wait: this loops, the call is ended",
			     run->plan->step_limit);
		run->steps = 0;
		return -ELOOP;
	}
	if (is_turn_over(run)) {
		int rc = rd_yield();

		run->moment = rd_now_us(); /* this one does not count as a wait */
		run->turn_us = rd_clock_us();
		return rc;
	}
	return 0;
}

static bool must_stop(const struct dp_run *run)
{
	if (run->hanging_up)
		return false;
	return rd_channel_gone(run->ch) || rd_channel_moved(run->ch);
}

int dp_run_steps(struct dp_run *run, int depth)
{
	bool there = find_place(run);
	struct rd_buf scratch;
	int rc = DP_END;

	run->jump = NULL;
	rd_buf_init(&scratch);
	scratch.limit = DP_TEXT_MAX;
	while (there) {
		rc = must_stop(run) ? -ECANCELED : keep_pace(run);
		if (rc == 0)
			rc = run_step(run, &scratch);
		/* Whatever it returned: the place is no longer this step's to go on from. */
		if (must_stop(run))
			rc = -ECANCELED;
		if (rc != 0 && rc != RD_APP_JUMP)
			break;
		if (run->depth < depth) {
			rc = DP_RETURNED;
			break;
		}
		there = rc == RD_APP_JUMP || !run->step ? follow_jump(run) : advance(run);
		rc = DP_END;
	}
	rd_buf_fini(&scratch);
	return rc;
}

/* -- the whole way ------------------------------------------------------------------ */

/* A call whose extension is not there begins at s. */
static void find_start(struct dp_run *run)
{
	if (!dp_run_exists(run, rd_channel_exten(run->ch), rd_channel_priority(run->ch)) &&
	    dp_run_exists(run, "s", 1))
		rd_channel_set_place(run->ch, NULL, "s", 1);
}

/* What the far end is told when the dialplan ends a call with rc. */
static int end_cause(int rc)
{
	switch (rc) {
	case -EADDRNOTAVAIL:
		return RD_CAUSE_UNALLOCATED;
	case -ECANCELED:
	case -ENODATA:
	case -ETIMEDOUT:
		return RD_CAUSE_NORMAL;
	default:
		return RD_CAUSE_TEMPORARY_FAILURE;
	}
}

static void hang_up(struct dp_run *run, int cause)
{
	rd_shield_begin(HANGUP_MS);
	rd_hangup(run->ch, cause);
	/* Not hung up: it goes back to whoever transferred it here. */
	if (rd_channel_gone(run->ch) && dp_run_exists(run, "h", 1)) {
		run->hanging_up = true;
		run->steps = 0;
		rd_channel_set_place(run->ch, NULL, "h", 1);
		dp_run_steps(run, 0);
	}
	rd_shield_end();
}

int dp_run(struct rd_channel *ch)
{
	struct dp_run *run;
	int rc = dp_run_of(ch, &run);

	if (rc)
		return rc;
	if (run->plan != dp_kept->current) { /* a leg that was moved sees what was reloaded */
		dp_plan_unref(run->plan);
		run->plan = dp_plan_ref(dp_kept->current);
	}
	find_start(run);
	do
		rc = dp_decide(run, dp_run_steps(run, 0));
	while (rc == 0);
	if (!rd_channel_moved(ch) || rd_channel_gone(ch))
		hang_up(run, end_cause(rc));
	run->step = NULL;
	run->exten = NULL;
	return rc == -ENODATA ? 0 : rc;
}

/* -- on behalf of others --------------------------------------------------------------- */

/* Where a leg was before somebody borrowed it. */
struct place {
	char context[80], exten[80];
	int priority;
	const struct dp_exten *in;
	const struct dp_step *step;
	bool first;
};

static void save_place(const struct dp_run *run, struct place *place)
{
	rd_strcpy(place->context, sizeof(place->context), rd_channel_context(run->ch));
	rd_strcpy(place->exten, sizeof(place->exten), rd_channel_exten(run->ch));
	place->priority = rd_channel_priority(run->ch);
	place->in = run->exten;
	place->step = run->step;
	place->first = run->first;
}

static void restore_place(struct dp_run *run, const struct place *place)
{
	rd_channel_set_place(run->ch, place->context, place->exten, place->priority);
	run->exten = place->in;
	run->step = place->step;
	run->first = place->first;
}

int dp_gosub(struct rd_channel *ch, const char *target, const char *args)
{
	struct dp_run *run;
	struct place place;
	bool ends;
	int depth, rc = dp_run_of(ch, &run);

	if (rc)
		return rc;
	if (!run->plan)
		run->plan = dp_plan_ref(dp_kept->current);
	save_place(run, &place);
	depth = run->depth + 1;
	rc = dp_stack_call(run, target, args);
	if (rc)
		return rc;
	ends = run->hanging_up;
	run->hanging_up = ends || rd_channel_gone(ch);
	rc = dp_run_steps(run, depth);
	run->hanging_up = ends;
	while (run->depth >= depth) /* it ended without Return() */
		dp_stack_pop(run);
	if (!rd_channel_moved(ch))
		restore_place(run, &place);
	return rc < 0 ? rc : 0;
}
