/* Looking through a whole plan for what will go wrong when a call gets there. */
#ifndef DIALPLAN_CHECK_H
#define DIALPLAN_CHECK_H

#include "dialplan/plan.h"

/* One finding, "office,100,3: there is no application Dail". */
typedef void dp_check_report(const char *file, int line, const char *text, void *arg);

/**
 * Report unknown applications and functions, expressions that cannot be
 * read, what applications and functions say of their arguments, places that Goto() and its
 * like name but do not exist, steps that nothing leads to, includes that
 * are missing or go in a circle, hints on devices that there are not, and
 * classes of music that musiconhold.conf has not.
 * Returns the number of findings, or -ENOMEM. Yields when in a fiber; the
 * caller holds the plan.
 */
RD_YIELDS int dp_check(const struct dp_plan *plan, dp_check_report *report, void *arg);
/* The part of it that is about hints. */
RD_YIELDS int dp_check_hints(const struct dp_plan *plan, dp_check_report *report, void *arg);

/* The part of it that is about classes of music. */
int dp_check_music(const struct dp_plan *plan, dp_check_report *report, void *arg);

/* For a doctor: prompts that are played and are nowhere. The caller holds the plan. */
void dp_examine_prompts(const struct dp_plan *plan, struct rd_config_report *report);

/**
 * What is wrong with devices that an application calls, where only a call knows all of its
 * arguments: those without variables are looked at, and peers of "TRUNK/out/${EXTEN}". A phrase
 * in buf; NULL: nothing that is known.
 */
const char *dp_check_devices(const char *app, const char *args, char *buf, size_t size);

/* What is wrong with a function that is read, or set, a phrase in buf; NULL: nothing is. args:
 * NULL where only a call knows them. */
const char *dp_check_function(const char *name, const char *args, bool set, char *buf, size_t size);

#endif
