/* One daemon at a time writes to a state directory. */
#ifndef CORE_CLAIM_H
#define CORE_CLAIM_H

#include <ringdown/config.h>

/* Lock the state directory, as long as the process lives or until _drop. 0, -EINVAL when
 * another daemon has it (reported, with its process and configuration) or it cannot be
 * opened (reported), or negative errno. */
int rd__claim_take(struct rd_config_report *report);
void rd__claim_drop(void);

#endif
