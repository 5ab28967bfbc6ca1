/* One channel on its way through the dialplan. */
#ifndef DIALPLAN_RUN_H
#define DIALPLAN_RUN_H

#include <ringdown/channel.h>

#include "dialplan/plan.h"

struct dp_frame;

/* Kept with the channel: subroutines outlive a redirect. */
struct dp_run {
	struct rd_channel *ch;
	struct dp_plan *plan;
	const struct dp_exten *exten; /* NULL: look it up anew */
	const struct dp_step *step;   /* that runs now */
	bool first;		      /* see struct dp_found */
	bool hanging_up;	      /* the h extension runs, the leg is gone */
	int steps;		      /* since the last wait */
	int expanding;		      /* dp_expand() within dp_expand() */
	uint64_t moment;	      /* of the last step, to notice waits */
	uint64_t turn_us;	      /* when others had their turn */
	const struct dp_step *jump;   /* led to where nothing is, else NULL */
	struct dp_frame *frames;      /* Gosub's, innermost first */
	int depth;
	/* what ${EXCEPTION()} tells in the e extension */
	const char *exception, *exception_context, *exception_exten;
	int exception_priority;
};

/* Outcomes of dp_run_steps() beside negative errno; a key is itself. */
enum {
	DP_END,		   /* nothing more to run here */
	DP_RETURNED,	   /* the frame that it was called for is popped */
	DP_INCOMPLETE = 2, /* as RD_APP_INCOMPLETE */
};

/* The channel's, made when there is none. 0 or -ENOMEM. */
int dp_run_of(struct rd_channel *ch, struct dp_run **rp);
/* NULL when it has never run. */
struct dp_run *dp_run_find(const struct rd_channel *ch);

/* Run steps from the channel's place until something else must be decided.
 * depth: stop when fewer frames than this are left. Yields. */
RD_YIELDS int dp_run_steps(struct dp_run *run, int depth);

/* Does the place exist, for this channel's caller? */
bool dp_run_exists(struct dp_run *run, const char *exten, int priority);

/* struct rd_dialplan's. */
RD_YIELDS int dp_run(struct rd_channel *ch);
RD_YIELDS int dp_gosub(struct rd_channel *ch, const char *target, const char *args);
const char *dp_place(const struct rd_channel *ch, int *line);

/* The plan in force; replaced by a reload. */
struct dp_plan *dp_current(void);
void dp_set_current(struct dp_plan *plan);

/* -- decide.c ------------------------------------------------------------------- */

/* What follows from the outcome of dp_run_steps(). 0: the place is set anew; negative:
 * the call ends. */
RD_YIELDS int dp_decide(struct dp_run *run, int outcome);

/* -- collect.c ----------------------------------------------------------------- */

/**
 * Take digits behind what number holds already until nothing longer can
 * match, or the caller pauses; first_ms for the first one. number has size.
 * 0 or -ECANCELED.
 */
RD_YIELDS int dp_collect(struct dp_run *run, char *number, size_t size, int first_ms);

/* -- stack.c ---------------------------------------------------------------------- */

/* "[[context,]exten,]priority[(arg1[,...])]": remember the place where the
 * channel would go on, set ARG1..., go there. 0 or negative, as
 * rd_dialplan_goto(). */
int dp_stack_call(struct dp_run *run, const char *target, const char *args);
/* Back to where the innermost frame was made. -ENOENT without frame. */
int dp_stack_return(struct dp_run *run, const char *value);
/* Forget the innermost frame and its variables; the place stays. */
int dp_stack_pop(struct dp_run *run);
void dp_stack_free(struct dp_run *run);
/* Set in the innermost frame, gone with it. */
int dp_stack_set_local(struct dp_run *run, const char *name, const char *value);

#endif
