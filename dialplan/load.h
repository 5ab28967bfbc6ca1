/* The reading of extensions.conf: what load.c and parse.c ask of each other. */
#ifndef DIALPLAN_LOAD_H
#define DIALPLAN_LOAD_H

#include "dialplan/plan.h"

/* text with what the globals read so far hold, in the plan's pool; they may stand in
 * other globals and in names of extensions. NULL without memory. */
const char *dp_with_globals(const struct dp_plan *plan, const char *text);

/* What a section says of its context, which may be there already. What is wrong with
 * it is reported; 0 or -ENOMEM. */
int dp_context_read(struct dp_plan *plan, const struct rd_config_section *section,
		    struct rd_config_report *report);

#endif
