/* Ringdown SDK: environment variables, as ENV() reads and sets them. On the switch
 * thread; nothing here yields. */
#ifndef RINGDOWN_ENV_H
#define RINGDOWN_ENV_H

#include <ringdown/pool.h>

RD_API_BEGIN

/* What was set last, else the daemon's own. NULL: not set. */
const char *rd_env_get(const char *name);

/* NULL or "" takes it away. 0, -EINVAL for a name that is none, -ENOMEM. */
int rd_env_set(const char *name, const char *value);

/* All of it for a program to be started, "NAME=value", NULL at the end; what
 * it points to lives as long as the pool. NULL without memory. */
char **rd_env_new(struct rd_pool *pool);

RD_API_END

#endif
