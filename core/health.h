/* The console's answer to "how are you?". */
#ifndef CORE_HEALTH_H
#define CORE_HEALTH_H

#include <ringdown/cli.h>

extern const struct rd_cli_command rd__health_commands[]; /* "core show health" */

#endif
