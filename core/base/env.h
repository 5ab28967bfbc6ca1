/* The end of the environment that the dialplan has set. */
#ifndef RD_CORE_BASE_ENV_H
#define RD_CORE_BASE_ENV_H

void rd__env_free(void);

#endif
