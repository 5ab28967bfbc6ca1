/* Shell commands of applications: the fiber waits for their end, and neither
 * the switch thread nor the pool does. */
#ifndef APPS_SHELL_H
#define APPS_SHELL_H

#include <ringdown/base.h>

/* Exit status, or 128 + signal, or negative: -ECANCELED when the fiber's wait was ended
 * and the command goes on, which keeps the module, RD_MODULE_NAME. Yields. */
RD_YIELDS int shell_run(const char *module, const char *command);

#endif
