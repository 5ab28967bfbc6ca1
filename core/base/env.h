/* The end of the environment that the dialplan has set. */
#ifndef CORE_BASE_ENV_H
#define CORE_BASE_ENV_H

void rd__env_free(void);

#endif
