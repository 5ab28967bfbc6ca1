/* What a step runs: its application, or those in it that Exec() and its like run. */
#ifndef DIALPLAN_CALLS_H
#define DIALPLAN_CALLS_H

#include "dialplan/plan.h"

/* One of them: its name and its arguments, as they are written. */
typedef void dp_call_fn(struct rd_str app, struct rd_str args, void *arg);

/* Those in the arguments of Exec(), TryExec() and ExecIf(); of other steps none. */
void dp_calls_inner(const struct dp_step *step, dp_call_fn *call, void *arg);
/* The step's own first. */
void dp_calls_each(const struct dp_step *step, dp_call_fn *call, void *arg);

/* "App(arguments)", as they are written there, taken apart. */
void dp_call_split(struct rd_str text, struct rd_str *app, struct rd_str *args);

/* Which argument of this application says who is called, from 0; -1: it calls nobody. */
int dp_app_devices_at(const char *app);

/* Does a call never get from this application to the step behind it? Jumps aside. */
bool dp_app_ends(const char *app);

/* -- globals whose value is known before a call (known.c) --------------------------- */

/* Where the "${NAME}" ends with which the text begins, at its brace; NULL: it begins otherwise. */
const char *dp_variable_at(struct rd_str text, struct rd_str *name);

/**
 * A text with the globals that are in it put in: those that extensions.conf gives and no step
 * sets. False where something is left that only a call knows; out has the rest as it is written.
 */
bool dp_globals_expand(const struct dp_plan *plan, struct rd_str text, struct rd_buf *out);
/* The same on a channel that has begun with these, "NAME", "value", .., NULL (NULL: none), or,
 * is_other, on one that got of them what is handed on: "_NAME". */
bool dp_known_expand(const struct dp_plan *plan, const char *const *variables, bool is_other,
		     struct rd_str text, struct rd_buf *out);

#endif
