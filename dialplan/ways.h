/* Where calls into a context can come to. ways.c has the places that are reached, way_steps.c
 * knows what steps do, way_calls.c whom they call, way_conditions.c when. */
#ifndef DIALPLAN_WAYS_H
#define DIALPLAN_WAYS_H

#include <ringdown/dialplan_ways.h>

#include "dialplan/numbers.h"
#include "dialplan/plan.h"

/* A step that is reached, and from it those that follow. */
struct way_spot {
	struct way_spot *next;
	const struct way_spot *from; /* NULL: the caller begins here */
	const struct dp_step *by; /* of those of from: the one that leads here */
	const struct dp_exten *exten;
	const char *context; /* the channel's, which may include that of exten */
	size_t at;
	const struct dp_numbers *numbers; /* that EXTEN may be */
	bool is_other; /* channel than the one that begins: it has what that hands on */
	const char *doubt; /* NULL: it is reached for certain */
};

struct way_search;

struct way_queue {
	struct way_spot *first, **end;
};

struct way_walk {
	const struct dp_plan *plan;
	const char *const *variables; /* of the channel that begins; NULL: none */
	struct rd_pool *pool;
	struct rd_map *reached;
	struct way_search *search; /* of the call that is looked at */
	struct way_queue certain, doubtful;
	unsigned count;
	bool (*tell)(const struct rd_way *way, void *arg);
	void *arg;
	bool found; /* tell has returned true */
	/* The step that is looked at: */
	const struct way_spot *spot;
	const struct dp_step *step;
};

/* Where a jump leads. */
struct way_target {
	const char *context;
	const struct dp_numbers *numbers;
	const char *priority; /* or a label */
	bool is_other; /* channel comes there than the one that runs the step */
};

/* ---- ways.c ---- */

/* A call of the step that is looked at gets there; doubt: why it may not, NULL for certain. */
void way_enter(struct way_walk *walk, const struct way_target *target, const char *doubt);
/* "at in,_X.,1 ..." of the step that is looked at; in the pool. The first doubt of a way counts. */
const char *way_doubt(struct way_walk *walk, const char *fmt, ...) RD_PRINTF(2, 3);
/* Tell of a call of the step. */
void way_tell(struct way_walk *walk, struct rd_way *way);

/* ---- way_steps.c ---- */

/* What is left of the extension behind the step? */
enum way_rest { WAY_GOES_ON, WAY_ENDS, WAY_MAY_GO_ON };

/* Tell of the step that is looked at, and follow it. *doubt: why a call may not go on. */
enum way_rest way_step(struct way_walk *walk, const char **doubt);

/* One application of it with its arguments, what is known put in. */
struct way_call {
	struct way_walk *walk;
	const char *app, *args;
	const char *doubt; /* why it may not run */
	const char **rest_doubt;
	bool may_stay; /* a routine that the caller runs first may keep him */
	bool is_other; /* it is one of who is called */
};

/* Is there a variable in it? */
bool way_varies(const char *text);
/* It leads on, nobody knows where to. */
void way_tell_lost(struct way_call *call);
/* Numbers of a text, NULL: as it is; doubt grows where only a call knows it. NULL without
 * memory. */
const struct dp_numbers *way_numbers(struct way_call *call, const char *text, const char **doubt);
/* To "[[context,]exten,]priority[(args)]". */
void way_jump(struct way_call *call, struct rd_str place);
/* May a call that is sent there not come back: it asks for a password, or hangs up? */
bool way_may_keep(struct way_walk *walk, struct rd_str place);

/* ---- way_calls.c ---- */

/* Tell of it, and enter where those that it calls come to, and what its options name. */
void way_tell_call(struct way_call *call);

/* ---- way_conditions.c ---- */

enum way_truth { WAY_FALSE, WAY_TRUE, WAY_EITHER /* as callers like, or in time */, WAY_UNKNOWN };

/* The text with what is known put in: variables that the channel begins with, globals, CONTEXT,
 * EXTEN where it can be but one. */
const char *way_known(struct way_walk *walk, struct rd_str text);
/* Of a text with what is known in it. */
enum way_truth way_truth(struct rd_str condition);
/* "condition?then:otherwise", parted outside of what is in brackets and quotes. */
bool way_branches(struct rd_str text, struct rd_str *condition, struct rd_str *then,
		  struct rd_str *otherwise);

#endif
