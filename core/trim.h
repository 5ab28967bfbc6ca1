/* Memory that a storm of calls leaves behind goes back to the system. */
#ifndef CORE_TRIM_H
#define CORE_TRIM_H

#include <ringdown/base.h>

/* First of all, before there are threads. */
void rd__trim_prepare(void);
/* 0 or negative errno. */
int rd__trim_start(void);
RD_YIELDS void rd__trim_stop(void);

/* Ten seconds have passed, so busy for the loop: is it time to trim? *left is how
 * often yet since the last storm; 0 at first. */
bool rd__trim_due(unsigned *left, unsigned busy_percent);

#endif
