/* What of extensions.conf works and is unwise, for whoever asks a doctor. */
#ifndef DIALPLAN_EXAMINE_H
#define DIALPLAN_EXAMINE_H

#include "dialplan/plan.h"

/* Doors without a password, and with one that is guessed. The caller holds the plan. */
void dp_examine(const struct dp_plan *plan, struct rd_config_report *report);

#endif
